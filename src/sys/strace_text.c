/* strace_text.c - the text buffer of traces, and strings in it.
 *
 * The buffer is static: the kernel has one thread of control, and no printer sleeps. LEAVES OUT: nothing. */
#include "sys/strace_print.h"

#include "core/door.h"
#include "core/kfmt.h"

#define TEXT_SIZE 32768

static char text[TEXT_SIZE];
static size_t len;
static size_t column;

static void putc_text(char c)
{
	if (len < TEXT_SIZE)
		text[len++] = c;
	column = c == '\n' ? 0 : column + 1;
}

void strace_out(const char *fmt, ...)
{
	static char piece[1024];
	va_list ap;

	va_start(ap, fmt);
	int n = kvsnprintf(piece, sizeof(piece), fmt, ap);
	va_end(ap);
	for (int i = 0; i < n && i < (int)sizeof(piece) - 1; i++)
		putc_text(piece[i]);
}

static char escape_letter(uint8_t c)
{
	switch (c) {
	case '\n': return 'n';
	case '\t': return 't';
	case '\r': return 'r';
	case '\f': return 'f';
	case '\v': return 'v';
	case '"':
	case '\\': return (char)c;
	default: return 0;
	}
}

static void out_byte(uint8_t c, bool digit_follows)
{
	char e = escape_letter(c);

	if (e)
		strace_out("\\%c", e);
	else if (c >= 0x20 && c < 0x7f)
		putc_text((char)c);
	else
		strace_out("\\%0*o", digit_follows ? 3 : 1, (unsigned)c);
}

void strace_out_bytes(const void *data, size_t n, size_t max)
{
	const uint8_t *p = data;
	size_t shown = MIN(n, max);

	putc_text('"');
	for (size_t i = 0; i < shown; i++)
		out_byte(p[i], i + 1 < shown && p[i + 1] >= '0' && p[i + 1] <= '9');
	putc_text('"');
	if (n > max)
		strace_out("...");
}

void strace_out_addr(uint64_t addr)
{
	if (addr)
		strace_out("0x%llx", (unsigned long long)addr);
	else
		strace_out("NULL");
}

size_t strace_column(void)
{
	return column;
}

void strace_flush(void)
{
	if (len)
		door->strace_write(text, len);
	len = 0;
}
