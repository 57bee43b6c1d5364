/* tty_output.c - output processing and flow control of terminals (termios(3), c_oflag).
 * LEAVES OUT: the delays NLDLY, CRDLY, BSDLY, VTDLY, FFDLY (no effect in Linux either, but for TAB3), OFILL, FLUSHO. */
#include "fs/tty_output.h"

#include <string.h>

#include "fs/tty_echo.h"

#define OUTPUT_CHUNK 512U
#define TAB_WIDTH TTY_OUTPUT_MAX

static uint8_t output_upper(uint8_t c)
{
	bool lower = (c >= 'a' && c <= 'z') || (c >= 0xdf && c != 0xf7);

	return lower ? (uint8_t)(c - 0x20) : c;
}

static uint32_t output_newline(struct tty *t, uint8_t *out)
{
	if (tty_oflag(t, ONLRET_LINUX))
		t->column = 0;
	if (tty_oflag(t, ONLCR_LINUX)) {
		t->canon_column = t->column = 0;
		memcpy(out, "\r\n", 2);
		return 2;
	}
	t->canon_column = t->column;
	out[0] = '\n';
	return 1;
}

static uint32_t output_return(struct tty *t, uint8_t *out)
{
	if (tty_oflag(t, ONOCR_LINUX) && t->column == 0)
		return 0;
	out[0] = '\r';
	if (tty_oflag(t, OCRNL_LINUX)) {
		out[0] = '\n';
		if (tty_oflag(t, ONLRET_LINUX))
			t->canon_column = t->column = 0;
		return 1;
	}
	t->canon_column = t->column = 0;
	return 1;
}

static uint32_t output_tab(struct tty *t, uint8_t *out)
{
	uint32_t spaces = TAB_WIDTH - (t->column & (TAB_WIDTH - 1));

	t->column += spaces;
	if ((t->termios.c_oflag & TABDLY_LINUX) != XTABS_LINUX) {
		out[0] = '\t';
		return 1;
	}
	memset(out, ' ', spaces);
	return spaces;
}

uint32_t tty_output_char(struct tty *t, uint8_t c, uint8_t *out)
{
	switch (c) {
	case '\n': return output_newline(t, out);
	case '\r': return output_return(t, out);
	case '\t': return output_tab(t, out);
	case '\b':
		if (t->column > 0)
			t->column--;
		break;
	default:
		if (tty_iscntrl(c))
			break;
		if (tty_oflag(t, OLCUC_LINUX))
			c = output_upper(c);
		if (!tty_is_continuation(t, c))
			t->column++;
		break;
	}
	out[0] = c;
	return 1;
}

int64_t tty_output(struct tty *t, const uint8_t *src, size_t n)
{
	uint8_t out[OUTPUT_CHUNK + TAB_WIDTH];
	size_t done = 0;
	int err;

	tty_echo_flush(t);
	while (done < n) {
		size_t room = t->stopped || tty_ring_used(&t->echo) ? 0 : t->driver->room(t);
		size_t len = 0, before = done;

		room = MIN(room, OUTPUT_CHUNK);
		if (!tty_oflag(t, OPOST_LINUX)) {
			len = MIN(room, n - done);
			memcpy(out, src + done, len);
			done += len;
		}
		while (tty_oflag(t, OPOST_LINUX) && done < n && len + TAB_WIDTH <= room)
			len += tty_output_char(t, src[done++], out + len);
		if (done == before)
			break;
		err = t->driver->write(t, out, len);
		if (err)
			return err;
	}
	return (int64_t)done;
}

/* --- flow control --- */
void tty_stop(struct tty *t)
{
	if (t->stopped)
		return;
	t->stopped = true;
	if (t->driver->flow_changed)
		t->driver->flow_changed(t);
}

void tty_start(struct tty *t)
{
	if (!t->stopped || t->tco_stopped)
		return;
	t->stopped = false;
	if (t->driver->flow_changed)
		t->driver->flow_changed(t);
	waitq_wake(&t->write_wait, INT32_MAX, POLLOUT_LINUX | POLLWRNORM_LINUX);
}
