/* kfmt.c - text formatting: the integer and string part of printf(3), and a growing buffer.
 *
 * LEAVES OUT: floating point, %n, positional arguments, wide characters, the ' flag. */
#include "core/kfmt.h"

#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"

/* Where the text goes: what does not fit is counted only. */
struct sink {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, plus, space, alt, zero, upper;
	int width, precision; /* precision < 0: none */
	int length;           /* bytes of the integer argument */
	unsigned base;
};

static void put(struct sink *s, const char *text, size_t n)
{
	if (s->len < s->size) {
		size_t room = s->size - s->len;

		memcpy(s->buf + s->len, text, MIN(n, room));
	}
	s->len += n;
}

static void pad(struct sink *s, char c, int n)
{
	for (; n > 0; n--)
		put(s, &c, 1);
}

static void put_text(struct sink *s, const struct spec *sp, const char *text, size_t n)
{
	int fill = sp->width - (int)n;

	if (!sp->left)
		pad(s, ' ', fill);
	put(s, text, n);
	if (sp->left)
		pad(s, ' ', fill);
}

static void put_number(struct sink *s, const struct spec *sp, uint64_t v, const char *sign)
{
	const char *digits = sp->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	const char *prefix = "";
	char buf[24];
	int n = 0, zeros, fill;
	uint64_t rest;

	for (rest = v; rest; rest /= sp->base)
		buf[sizeof(buf) - (size_t)++n] = digits[rest % sp->base];
	if (v && sp->alt && sp->base == 16)
		prefix = sp->upper ? "0X" : "0x";
	zeros = (sp->precision < 0 ? 1 : sp->precision) - n;
	if (sp->alt && sp->base == 8 && zeros <= 0)
		zeros = 1;
	zeros = MAX(zeros, 0);
	fill = sp->width - (int)strlen(sign) - (int)strlen(prefix) - zeros - n;
	if (sp->zero && !sp->left && sp->precision < 0 && fill > 0) {
		zeros += fill;
		fill = 0;
	}
	if (!sp->left)
		pad(s, ' ', fill);
	put(s, sign, strlen(sign));
	put(s, prefix, strlen(prefix));
	pad(s, '0', zeros);
	put(s, buf + sizeof(buf) - (size_t)n, (size_t)n);
	if (sp->left)
		pad(s, ' ', fill);
}

static const char *parse_flags(const char *f, struct spec *sp)
{
	for (;; f++) {
		switch (*f) {
		case '-': sp->left = true; break;
		case '+': sp->plus = true; break;
		case ' ': sp->space = true; break;
		case '#': sp->alt = true; break;
		case '0': sp->zero = true; break;
		default: return f;
		}
	}
}

/* A number or a * argument. */
static const char *parse_count(const char *f, int *n, va_list *ap)
{
	*n = 0;
	if (*f == '*') {
		*n = va_arg(*ap, int);
		return f + 1;
	}
	while (*f >= '0' && *f <= '9')
		*n = *n * 10 + (*f++ - '0');
	return f;
}

static const char *parse_length(const char *f, struct spec *sp)
{
	sp->length = sizeof(int);
	if (*f == 'h') {
		sp->length = f[1] == 'h' ? 1 : 2;
		return f + (f[1] == 'h' ? 2 : 1);
	}
	if (*f == 'l' || *f == 'z' || *f == 'j' || *f == 't') {
		sp->length = 8;
		return f + (f[0] == 'l' && f[1] == 'l' ? 2 : 1);
	}
	return f;
}

static void format_signed(struct sink *s, const struct spec *sp, va_list *ap)
{
	int64_t v = sp->length == 8 ? va_arg(*ap, int64_t) : va_arg(*ap, int);

	if (sp->length == 2)
		v = (int16_t)v;
	else if (sp->length == 1)
		v = (int8_t)v;
	put_number(s, sp, v < 0 ? 0 - (uint64_t)v : (uint64_t)v,
		   v < 0       ? "-"
		   : sp->plus  ? "+"
		   : sp->space ? " "
			       : "");
}

static void format_unsigned(struct sink *s, const struct spec *sp, va_list *ap)
{
	uint64_t v = sp->length == 8 ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned);

	if (sp->length == 2)
		v = (uint16_t)v;
	else if (sp->length == 1)
		v = (uint8_t)v;
	put_number(s, sp, v, "");
}

static void format_string(struct sink *s, const struct spec *sp, const char *text)
{
	if (!text)
		text = "(null)";
	put_text(s, sp, text, sp->precision >= 0 ? strnlen(text, (size_t)sp->precision) : strlen(text));
}

/* The conversion at f (behind flags, width, precision and length). */
static void format_one(struct sink *s, struct spec *sp, char conv, va_list *ap)
{
	char c;

	sp->base = 10;
	switch (conv) {
	case 'd':
	case 'i': format_signed(s, sp, ap); return;
	case 'u': format_unsigned(s, sp, ap); return;
	case 'X':
		sp->upper = true;
		sp->base = 16;
		format_unsigned(s, sp, ap);
		return;
	case 'x':
		sp->base = 16;
		format_unsigned(s, sp, ap);
		return;
	case 'o':
		sp->base = 8;
		format_unsigned(s, sp, ap);
		return;
	case 'p':
		sp->base = 16;
		put(s, "0x", 2);
		put_number(s, sp, (uint64_t)(uintptr_t)va_arg(*ap, void *), "");
		return;
	case 's': format_string(s, sp, va_arg(*ap, const char *)); return;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_text(s, sp, &c, 1);
		return;
	case '%': put(s, "%", 1); return;
	default: /* not ours: shown as it is */
		put(s, "%", 1);
		put(s, &conv, 1);
		return;
	}
}

static void format_all(struct sink *s, const char *f, va_list *ap)
{
	while (*f) {
		struct spec sp = {.precision = -1};
		const char *start = f;

		while (*f && *f != '%')
			f++;
		put(s, start, (size_t)(f - start));
		if (!*f)
			return;
		f = parse_flags(f + 1, &sp);
		f = parse_count(f, &sp.width, ap);
		if (sp.width < 0) {
			sp.left = true;
			sp.width = -sp.width;
		}
		if (*f == '.')
			f = parse_count(f + 1, &sp.precision, ap);
		f = parse_length(f, &sp);
		if (!*f)
			return;
		format_one(s, &sp, *f++, ap);
	}
}

int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct sink s = {.buf = buf, .size = size ? size - 1 : 0};
	va_list copy;

	va_copy(copy, ap);
	format_all(&s, fmt, &copy);
	va_end(copy);
	if (size)
		buf[MIN(s.len, size - 1)] = 0;
	return (int)s.len;
}

int ksnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = kvsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

/* --- strbuf ----------------------------------------------------------------------------------- */

/* Makes room for n more bytes and the NUL. */
static bool strbuf_reserve(struct strbuf *sb, size_t n)
{
	size_t cap = MAX(sb->cap, 128UL);
	char *data;

	if (sb->failed)
		return false;
	if (sb->cap - sb->len > n)
		return true;
	while (cap - sb->len <= n)
		cap *= 2;
	data = krealloc(sb->data, cap);
	if (!data) {
		sb->failed = true;
		return false;
	}
	sb->data = data;
	sb->cap = cap;
	return true;
}

void strbuf_append(struct strbuf *sb, const void *data, size_t n)
{
	if (!strbuf_reserve(sb, n))
		return;
	if (n)
		memcpy(sb->data + sb->len, data, n);
	sb->len += n;
	sb->data[sb->len] = 0;
}

void strbuf_putc(struct strbuf *sb, char c)
{
	strbuf_append(sb, &c, 1);
}

void strbuf_printf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;
	int n;

	/* Most lines are short: they fit at the first try. */
	if (!strbuf_reserve(sb, 80))
		return;
	va_start(ap, fmt);
	n = kvsnprintf(sb->data + sb->len, sb->cap - sb->len, fmt, ap);
	va_end(ap);
	if ((size_t)n >= sb->cap - sb->len) {
		if (!strbuf_reserve(sb, (size_t)n)) {
			sb->data[sb->len] = 0;
			return;
		}
		va_start(ap, fmt);
		kvsnprintf(sb->data + sb->len, sb->cap - sb->len, fmt, ap);
		va_end(ap);
	}
	sb->len += (size_t)n;
}

void strbuf_free(struct strbuf *sb)
{
	kfree(sb->data);
	memset(sb, 0, sizeof(*sb));
}

int kparse_u64(const char **s, uint64_t *out)
{
	const char *p = *s;
	uint64_t v = 0;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(v, 10ULL, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return -ERANGE;
	}
	*s = p;
	*out = v;
	return 0;
}
