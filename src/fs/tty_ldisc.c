/* tty_ldisc.c - input processing of the line discipline N_TTY (termios(3); behaviour as Linux's, byte for byte).
 * LEAVES OUT: breaks and parity (no hardware has them, so PARMRK, INPCK, IGNBRK, BRKINT have no effect), IMAXBEL's bell
 * (Linux dropped it too). */
#include "fs/tty_ldisc.h"

#include <string.h>

#include "core/signal.h"
#include "fs/tty_echo.h"
#include "fs/tty_output.h"

#define RUN_CHUNK 256U

static void ldisc_put(struct tty *t, uint8_t c)
{
	t->read_buf[t->read_head & (TTY_READ_SIZE - 1)] = c;
	t->read_head++;
}

static void ldisc_wake(struct tty *t)
{
	waitq_wake(&t->read_wait, INT32_MAX, POLLIN_LINUX | POLLRDNORM_LINUX);
}

void tty_ldisc_flush(struct tty *t)
{
	t->read_head = t->canon_head = t->read_tail = 0;
	memset(t->read_flags, 0, sizeof(t->read_flags));
	t->erasing = false;
	if (t->driver->input_flushed)
		t->driver->input_flushed(t);
}

void tty_ldisc_signal(struct tty *t, int signo)
{
	if (t->pgrp > 0)
		signal_kernel_pgrp(t->pgrp, signo);
	if (tty_lflag(t, NOFLSH_LINUX))
		return;
	tty_ring_clear(&t->echo);
	if (t->driver->flush_output)
		t->driver->flush_output(t);
	tty_ldisc_flush(t);
	waitq_wake(&t->write_wait, INT32_MAX, POLLOUT_LINUX | POLLWRNORM_LINUX);
}

/* IXANY: any byte releases a stopped output. */
static void ldisc_restart_any(struct tty *t)
{
	if (!t->stopped || t->tco_stopped || !tty_iflag(t, IXON_LINUX) || !tty_iflag(t, IXANY_LINUX))
		return;
	tty_start(t);
	tty_echo_flush(t);
}

/* An ordinary byte. */
static void ldisc_char(struct tty *t, uint8_t c)
{
	ldisc_restart_any(t);
	if (tty_lflag(t, ECHO_LINUX)) {
		tty_echo_finish_erasing(t);
		if (t->canon_head == t->read_head)
			tty_echo_canon_column(t);
		tty_echo_char(t, c);
	}
	ldisc_put(t, c);
}

/* VINTR, VQUIT, VSUSP. True if c was one. */
static bool ldisc_signal_char(struct tty *t, uint8_t c)
{
	int signo = 0;

	if (!tty_lflag(t, ISIG_LINUX))
		return false;
	if (tty_is_cc(t, c, VINTR_LINUX))
		signo = SIGINT_LINUX;
	else if (tty_is_cc(t, c, VQUIT_LINUX))
		signo = SIGQUIT_LINUX;
	else if (tty_is_cc(t, c, VSUSP_LINUX))
		signo = SIGTSTP_LINUX;
	if (!signo)
		return false;
	tty_ldisc_signal(t, signo);
	if (tty_iflag(t, IXON_LINUX))
		tty_start(t);
	if (tty_lflag(t, ECHO_LINUX))
		tty_echo_char(t, c);
	else
		tty_echo_flush(t);
	return true;
}

/* VSTART, VSTOP. True if c was one. */
static bool ldisc_flow_char(struct tty *t, uint8_t c)
{
	if (!tty_iflag(t, IXON_LINUX))
		return false;
	if (tty_is_cc(t, c, VSTART_LINUX)) {
		tty_start(t);
		tty_echo_flush(t); /* what was typed before it, should a VSTOP follow at once */
		return true;
	}
	if (tty_is_cc(t, c, VSTOP_LINUX)) {
		tty_stop(t);
		return true;
	}
	return false;
}

/* Ends the line with c (VDISABLE: an end of file mark, which is not delivered). */
static void ldisc_end_line(struct tty *t, uint8_t c)
{
	tty_ldisc_mark_eol(t, t->read_head, true);
	ldisc_put(t, c);
	t->canon_head = t->read_head;
	ldisc_wake(t);
}

/* The characters that edit or end a line. True if c was one. */
static bool ldisc_canon_char(struct tty *t, uint8_t c)
{
	bool iexten = tty_lflag(t, IEXTEN_LINUX), echo = tty_lflag(t, ECHO_LINUX);

	if (tty_is_cc(t, c, VERASE_LINUX) || tty_is_cc(t, c, VKILL_LINUX) ||
	    (iexten && tty_is_cc(t, c, VWERASE_LINUX))) {
		tty_edit_erase(t, c);
		return true;
	}
	if (iexten && tty_is_cc(t, c, VLNEXT_LINUX)) {
		t->lnext = true;
		if (echo) {
			tty_echo_finish_erasing(t);
			if (tty_lflag(t, ECHOCTL_LINUX)) {
				tty_echo_raw(t, '^');
				tty_echo_raw(t, '\b');
			}
		}
		return true;
	}
	if (iexten && echo && tty_is_cc(t, c, VREPRINT_LINUX)) {
		tty_edit_reprint(t, c);
		return true;
	}
	if (c == '\n') {
		if (echo || tty_lflag(t, ECHONL_LINUX))
			tty_echo_raw(t, '\n');
		ldisc_end_line(t, c);
		return true;
	}
	if (tty_is_cc(t, c, VEOF_LINUX)) {
		ldisc_end_line(t, VDISABLE_LINUX);
		return true;
	}
	if (tty_is_cc(t, c, VEOL_LINUX) || (iexten && tty_is_cc(t, c, VEOL2_LINUX))) {
		if (echo) {
			if (t->canon_head == t->read_head)
				tty_echo_canon_column(t);
			tty_echo_char(t, c);
		}
		ldisc_end_line(t, c);
		return true;
	}
	return false;
}

static uint8_t ldisc_lower(uint8_t c)
{
	bool upper = (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);

	return upper ? (uint8_t)(c + 0x20) : c;
}

/* CR and NL mapping. False: the byte is dropped. */
static bool ldisc_map_newline(struct tty *t, uint8_t *c)
{
	if (*c == '\r') {
		if (tty_iflag(t, IGNCR_LINUX))
			return false;
		if (tty_iflag(t, ICRNL_LINUX))
			*c = '\n';
	} else if (*c == '\n' && tty_iflag(t, INLCR_LINUX)) {
		*c = '\r';
	}
	return true;
}

static void ldisc_receive_byte(struct tty *t, uint8_t c)
{
	uint8_t mapped;

	if (tty_iflag(t, ISTRIP_LINUX))
		c &= 0x7f;
	if (tty_iflag(t, IUCLC_LINUX) && tty_lflag(t, IEXTEN_LINUX))
		c = ldisc_lower(c);
	if (t->lnext) {
		t->lnext = false;
		ldisc_char(t, c);
		return;
	}
	if (tty_lflag(t, EXTPROC_LINUX)) {
		ldisc_put(t, c);
		return;
	}
	if (ldisc_flow_char(t, c) || ldisc_signal_char(t, c))
		return;
	ldisc_restart_any(t);
	mapped = c;
	if (!ldisc_map_newline(t, &mapped))
		return;
	if (tty_lflag(t, ICANON_LINUX) && ldisc_canon_char(t, mapped))
		return;
	if (mapped == '\n' && mapped != c && tty_lflag(t, ECHO_LINUX)) {
		/* A newline that ICRNL made echoes as itself even where lines are not assembled. */
		tty_echo_finish_erasing(t);
		tty_echo_raw(t, '\n');
		ldisc_put(t, '\n');
		return;
	}
	ldisc_char(t, mapped);
}

/* How many bytes may be processed now. A full buffer without a complete line takes one more byte again and again: the
 * line's end must still get in, and every other byte replaces the last one. */
static uint32_t ldisc_room(struct tty *t)
{
	uint32_t used = t->read_head - t->read_tail;

	if (used + 1 < TTY_READ_SIZE)
		return TTY_READ_SIZE - 1 - used;
	if (!tty_lflag(t, ICANON_LINUX) || t->canon_head != t->read_tail)
		return 0;
	if (used == TTY_READ_SIZE)
		t->read_head--;
	return 1;
}

void tty_ldisc_run(struct tty *t)
{
	uint8_t buf[RUN_CHUNK];
	bool moved = false;

	if (t->running)
		return;
	t->running = true;
	while (tty_ring_used(&t->flip) > 0) {
		uint32_t room = ldisc_room(t);
		uint32_t n = tty_ring_peek(&t->flip, buf, MIN(room, RUN_CHUNK));

		if (n == 0)
			break;
		tty_ring_skip(&t->flip, n);
		for (uint32_t i = 0; i < n; i++)
			ldisc_receive_byte(t, buf[i]);
		moved = true;
	}
	t->running = false;
	tty_echo_flush(t);
	if (!moved)
		return;
	if (!tty_canonical(t) && t->read_head != t->read_tail)
		ldisc_wake(t);
	if (t->driver->input_room)
		t->driver->input_room(t);
}

void tty_ldisc_set_termios(struct tty *t, const struct termios2_linux *old)
{
	uint32_t changed = old->c_lflag ^ t->termios.c_lflag;

	if (changed & (ICANON_LINUX | EXTPROC_LINUX)) {
		memset(t->read_flags, 0, sizeof(t->read_flags));
		if (!tty_lflag(t, ICANON_LINUX) || t->read_head == t->read_tail) {
			t->canon_head = t->read_tail;
		} else {
			/* What was typed in raw mode counts as a line. */
			tty_ldisc_mark_eol(t, t->read_head - 1, true);
			t->canon_head = t->read_head;
		}
		t->erasing = t->lnext = false;
	}
	/* A line that ^S holds must not stay so when nobody can type ^Q any more. */
	if (!tty_iflag(t, IXON_LINUX) && (old->c_iflag & IXON_LINUX) && !t->tco_stopped) {
		tty_start(t);
		tty_echo_flush(t);
	}
	waitq_wake_all(&t->write_wait);
	waitq_wake_all(&t->read_wait);
}
