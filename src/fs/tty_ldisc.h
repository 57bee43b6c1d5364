/* tty_ldisc.h - the line discipline N_TTY: input processing, line editing, reading (termios(3)). */
#ifndef KEVSIM_FS_TTY_LDISC_H
#define KEVSIM_FS_TTY_LDISC_H

#include "fs/tty_struct.h"

/* tty_ldisc.c: processes what waits in t->flip, as far as the read buffer has room. */
void tty_ldisc_run(struct tty *t);
/* The termios changed from *old. */
void tty_ldisc_set_termios(struct tty *t, const struct termios2_linux *old);
/* Throws the input away. */
void tty_ldisc_flush(struct tty *t);
/* ISIG: the signal to the foreground group, and the flush that goes with it. */
void tty_ldisc_signal(struct tty *t, int signo);

/* tty_edit.c: VERASE, VWERASE or VKILL was typed; VREPRINT was. */
void tty_edit_erase(struct tty *t, uint8_t c);
void tty_edit_reprint(struct tty *t, uint8_t c);

/* tty_read.c: read(2) of an open file of t: waits for a line, or for VMIN and VTIME. */
int64_t tty_ldisc_read(struct tty_file *tf, struct iov_iter *to);
/* Would read(2) return now? for_poll: what poll(2) asks, where VMIN counts. */
bool tty_ldisc_readable(const struct tty *t, bool for_poll);
/* FIONREAD */
uint32_t tty_ldisc_available(const struct tty *t);

static inline uint8_t tty_ldisc_byte(const struct tty *t, uint32_t at)
{
	return t->read_buf[at & (TTY_READ_SIZE - 1)];
}
static inline bool tty_ldisc_is_eol(const struct tty *t, uint32_t at)
{
	at &= TTY_READ_SIZE - 1;
	return t->read_flags[at / 64] & (1ULL << (at % 64));
}
static inline void tty_ldisc_mark_eol(struct tty *t, uint32_t at, bool on)
{
	at &= TTY_READ_SIZE - 1;
	if (on)
		t->read_flags[at / 64] |= 1ULL << (at % 64);
	else
		t->read_flags[at / 64] &= ~(1ULL << (at % 64));
}

#endif
