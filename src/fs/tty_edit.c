/* tty_edit.c - erasing and reprinting in the line being typed (termios(3): VERASE, VWERASE, VKILL, VREPRINT).
 * LEAVES OUT: nothing of Linux's N_TTY. */
#include "fs/tty_echo.h"
#include "fs/tty_ldisc.h"

enum edit_kind {
	EDIT_ERASE,
	EDIT_WERASE,
	EDIT_KILL
};

static bool edit_is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
	       (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}

/* The columns from the last tab, or from the line's start, up to the cursor. */
static void edit_wipe_tab(struct tty *t)
{
	uint32_t columns = 0, at = t->read_head;
	bool after_tab = false;

	while (at != t->canon_head) {
		uint8_t c = tty_ldisc_byte(t, --at);

		if (c == '\t') {
			after_tab = true;
			break;
		}
		if (tty_iscntrl(c)) {
			if (tty_lflag(t, ECHOCTL_LINUX))
				columns += 2;
		} else if (!tty_is_continuation(t, c)) {
			columns++;
		}
	}
	tty_echo_erase_tab(t, columns, after_tab);
}

static void edit_wipe_column(struct tty *t)
{
	tty_echo_raw(t, '\b');
	tty_echo_raw(t, ' ');
	tty_echo_raw(t, '\b');
}

/* Shows that the character of n bytes that was at t->read_head is gone; c is its first byte. */
static void edit_wipe(struct tty *t, uint8_t c, uint32_t n, enum edit_kind kind)
{
	if (!tty_lflag(t, ECHO_LINUX))
		return;
	if (tty_lflag(t, ECHOPRT_LINUX)) {
		if (!t->erasing) {
			tty_echo_raw(t, '\\');
			t->erasing = true;
		}
		tty_echo_char(t, c);
		for (uint32_t i = 1; i < n; i++) {
			tty_echo_raw(t, tty_ldisc_byte(t, t->read_head + i));
			tty_echo_move_back(t);
		}
		return;
	}
	if (kind == EDIT_ERASE && !tty_lflag(t, ECHOE_LINUX)) {
		tty_echo_char(t, t->termios.c_cc[VERASE_LINUX]);
		return;
	}
	if (c == '\t') {
		edit_wipe_tab(t);
		return;
	}
	if (tty_iscntrl(c) && tty_lflag(t, ECHOCTL_LINUX))
		edit_wipe_column(t);
	if (!tty_iscntrl(c) || tty_lflag(t, ECHOCTL_LINUX))
		edit_wipe_column(t);
}

/* VKILL without the pretty form: the line is dropped at once. True if that was all. */
static bool edit_kill_plain(struct tty *t)
{
	bool pretty = tty_lflag(t, ECHOK_LINUX) && tty_lflag(t, ECHOKE_LINUX) && tty_lflag(t, ECHOE_LINUX);

	if (tty_lflag(t, ECHO_LINUX) && pretty)
		return false;
	t->read_head = t->canon_head;
	if (!tty_lflag(t, ECHO_LINUX))
		return true;
	tty_echo_finish_erasing(t);
	tty_echo_char(t, t->termios.c_cc[VKILL_LINUX]);
	if (tty_lflag(t, ECHOK_LINUX))
		tty_echo_raw(t, '\n');
	return true;
}

void tty_edit_erase(struct tty *t, uint8_t key)
{
	enum edit_kind kind = EDIT_KILL;
	bool seen_word = false;

	if (t->read_head == t->canon_head)
		return;
	if (tty_is_cc(t, key, VERASE_LINUX))
		kind = EDIT_ERASE;
	else if (tty_is_cc(t, key, VWERASE_LINUX) && tty_lflag(t, IEXTEN_LINUX))
		kind = EDIT_WERASE;
	else if (edit_kill_plain(t))
		return;
	while (t->read_head != t->canon_head) {
		uint32_t head = t->read_head, n;
		uint8_t c;

		do {
			c = tty_ldisc_byte(t, --head);
		} while (tty_is_continuation(t, c) && head != t->canon_head);
		if (tty_is_continuation(t, c))
			break; /* the rest of a character whose start is in an earlier line */
		if (kind == EDIT_WERASE) {
			if (edit_is_word(c))
				seen_word = true;
			else if (seen_word)
				break;
		}
		n = t->read_head - head;
		t->read_head = head;
		edit_wipe(t, c, n, kind);
		if (kind == EDIT_ERASE)
			break;
	}
	if (t->read_head == t->canon_head && tty_lflag(t, ECHO_LINUX))
		tty_echo_finish_erasing(t);
}

void tty_edit_reprint(struct tty *t, uint8_t key)
{
	tty_echo_finish_erasing(t);
	tty_echo_char(t, key);
	tty_echo_raw(t, '\n');
	for (uint32_t at = t->canon_head; at != t->read_head; at++)
		tty_echo_char(t, tty_ldisc_byte(t, at));
}
