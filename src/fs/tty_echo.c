/* tty_echo.c - echo of terminals (termios(3), c_lflag).
 *
 * What to echo is queued as operations and carried out when the line has room, with the output flags and the column of
 * that moment. A signal character throws away what is still queued, as in Linux. An operation is one byte to echo, or
 * ECHO_START with a code behind it.
 * LEAVES OUT: nothing of Linux's N_TTY; when nobody drains the line, the oldest operations are forgotten. */
#include "fs/tty_echo.h"

#include "fs/tty_output.h"

#define TAB_WIDTH 8U
#define AFTER_TAB 0x80U

enum echo_code {
	ECHO_MOVE_BACK = 0x80,
	ECHO_CANON_COLUMN = 0x81,
	ECHO_ERASE_TAB = 0x82, /* a third byte: columns, AFTER_TAB */
	ECHO_START = 0xff,     /* twice: the byte 0xff itself. Any other code: that control character as ^X */
};

static uint32_t echo_op_length(const uint8_t *op)
{
	if (op[0] != ECHO_START)
		return 1;
	return op[1] == ECHO_ERASE_TAB ? 3 : 2;
}

static void echo_put(struct tty *t, const uint8_t *op)
{
	uint8_t oldest[3];

	while (tty_ring_room(&t->echo) < 3) {
		(void)tty_ring_peek(&t->echo, oldest, 3);
		tty_ring_skip(&t->echo, echo_op_length(oldest));
	}
	tty_ring_put(&t->echo, op, echo_op_length(op));
}

static uint32_t echo_do_erase_tab(struct tty *t, uint8_t columns, uint8_t *out)
{
	uint32_t from = columns & (TAB_WIDTH - 1), back;

	if (!(columns & AFTER_TAB))
		from += t->canon_column;
	back = TAB_WIDTH - (from & (TAB_WIDTH - 1));
	for (uint32_t i = 0; i < back; i++) {
		out[i] = '\b';
		if (t->column > 0)
			t->column--;
	}
	return back;
}

/* Carries one operation out: the bytes to write, at most TTY_OUTPUT_MAX. */
static uint32_t echo_do(struct tty *t, const uint8_t *op, uint8_t *out)
{
	if (op[0] != ECHO_START) {
		if (tty_oflag(t, OPOST_LINUX))
			return tty_output_char(t, op[0], out);
		out[0] = op[0];
		return 1;
	}
	switch (op[1]) {
	case ECHO_MOVE_BACK:
		if (t->column > 0)
			t->column--;
		return 0;
	case ECHO_CANON_COLUMN: t->canon_column = t->column; return 0;
	case ECHO_ERASE_TAB: return echo_do_erase_tab(t, op[2], out);
	case ECHO_START:
		out[0] = ECHO_START;
		t->column++;
		return 1;
	default:
		out[0] = '^';
		out[1] = op[1] ^ 0100;
		t->column += 2;
		return 2;
	}
}

void tty_echo_flush(struct tty *t)
{
	uint8_t out[256];

	while (!t->stopped && tty_ring_used(&t->echo) > 0) {
		size_t room = MIN(t->driver->room(t), sizeof(out)), n = 0;

		while (n + TTY_OUTPUT_MAX <= room && tty_ring_used(&t->echo) > 0) {
			uint8_t op[3] = {0};

			(void)tty_ring_peek(&t->echo, op, 3);
			tty_ring_skip(&t->echo, echo_op_length(op));
			n += echo_do(t, op, out + n);
		}
		if (room < TTY_OUTPUT_MAX)
			break;
		if (n > 0 && t->driver->write(t, out, n))
			tty_ring_clear(&t->echo); /* a dead line swallows its echo */
	}
}

void tty_echo_raw(struct tty *t, uint8_t c)
{
	const uint8_t op[3] = {c, ECHO_START};

	echo_put(t, op);
}

void tty_echo_char(struct tty *t, uint8_t c)
{
	const uint8_t op[3] = {ECHO_START, c};

	if (tty_lflag(t, ECHOCTL_LINUX) && tty_iscntrl(c) && c != '\t')
		echo_put(t, op);
	else
		tty_echo_raw(t, c);
}

void tty_echo_canon_column(struct tty *t)
{
	const uint8_t op[3] = {ECHO_START, ECHO_CANON_COLUMN};

	echo_put(t, op);
}

void tty_echo_move_back(struct tty *t)
{
	const uint8_t op[3] = {ECHO_START, ECHO_MOVE_BACK};

	echo_put(t, op);
}

void tty_echo_erase_tab(struct tty *t, uint32_t columns, bool after_tab)
{
	uint8_t arg = (uint8_t)((columns & (TAB_WIDTH - 1)) | (after_tab ? AFTER_TAB : 0));
	const uint8_t op[3] = {ECHO_START, ECHO_ERASE_TAB, arg};

	echo_put(t, op);
}

void tty_echo_finish_erasing(struct tty *t)
{
	if (!t->erasing)
		return;
	tty_echo_raw(t, '/');
	t->erasing = false;
}
