/* test_kfmt.c - formatting: the C library is the oracle. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/errno.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "support/test_kernel.h"

#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#define SAME(...)                                                      \
	do {                                                           \
		char a[200], b[200];                                   \
		int n = snprintf(a, sizeof(a), __VA_ARGS__);           \
		cr_expect_eq(ksnprintf(b, sizeof(b), __VA_ARGS__), n); \
		cr_expect_str_eq(b, a);                                \
	} while (0)

/* Does every combination of flags, width and precision read as printf(3) has it? */
KTEST(kfmt, integers_as_libc)
{
	static const char *const flags[] = {"", "-", "0", "+", " ", "#", "-+", "0+", "#0", "-#", "+ ", "-0"};
	static const char *const widths[] = {"", "1", "5", "12"};
	static const char *const precisions[] = {"", ".", ".0", ".3", ".10"};
	static const char conversions[] = "diuxXo";
	static const int values[] = {0, 1, -1, 42, -300, INT32_MAX, INT32_MIN};

	for (size_t f = 0; f < ARRAY_LEN(flags); f++)
		for (size_t w = 0; w < ARRAY_LEN(widths); w++)
			for (size_t p = 0; p < ARRAY_LEN(precisions); p++)
				for (const char *c = conversions; *c; c++)
					for (size_t v = 0; v < ARRAY_LEN(values); v++) {
						char fmt[32];

						snprintf(fmt, sizeof(fmt), "[%%%s%s%s%c]", flags[f],
							 widths[w], precisions[p], *c);
						SAME(fmt, values[v]);
					}
}

/* Lengths, strings, characters, pointers, stars. */
KTEST(kfmt, others_as_libc)
{
	SAME("%hhd %hd %ld %lld %zu %jd", 300, 70000, INT64_MIN, (long long)INT64_MAX, SIZE_MAX,
	     (intmax_t)-5);
	SAME("%hhx %hx %lx %#llx", 0x1ff, 0x12345, UINT64_MAX, 0xdeadbeefULL);
	SAME("%s|%10s|%-10s|%.2s|%10.1s|%.*s", "abc", "abc", "abc", "abc", "abc", 1, "xyz");
	SAME("%c%5c%-5c%%", 'a', 'b', 'c');
	SAME("%*d|%-*d|%*d", 6, 42, 6, 42, -6, 42);
	SAME("%p", (void *)0x1234);
	SAME("no conversion");
}

/* Is a short buffer never overrun, always terminated, and the full length returned? */
KTEST(kfmt, truncation)
{
	const char *volatile none = NULL;
	char buf[8] = "zzzzzzz";

	cr_expect_eq(ksnprintf(buf, 4, "%s", "abcdef"), 6);
	cr_expect_str_eq(buf, "abc");
	cr_expect_eq(buf[4], 'z');
	cr_expect_eq(ksnprintf(buf, 1, "%d", 12345), 5);
	cr_expect_str_eq(buf, "");
	cr_expect_eq(ksnprintf(NULL, 0, "%d", 12345), 5);
	cr_expect_eq(ksnprintf(buf, 8, "%s", none), 6);
	cr_expect_str_eq(buf, "(null)");
}

/* Does a strbuf grow over many additions and long ones? */
KTEST(kfmt, strbuf)
{
	struct strbuf sb = {0};
	char *big = kmalloc(10000);

	memset(big, 'x', 9999);
	for (int i = 0; i < 1000; i++)
		strbuf_printf(&sb, "%d\n", i);
	cr_expect_eq(sb.len, 10 * 2 + 90 * 3 + 900 * 4);
	strbuf_printf(&sb, "%s", big);
	strbuf_putc(&sb, '!');
	strbuf_append(&sb, "\0z", 2);
	cr_expect_eq(sb.len, 10 * 2 + 90 * 3 + 900 * 4 + 9999 + 3);
	cr_expect_eq(sb.data[sb.len - 1], 'z');
	cr_expect_eq(sb.data[sb.len], 0);
	cr_expect_not(sb.failed);
	strbuf_free(&sb);
	kfree(big);
}

/* Numbers: end, overflow, none. */
KTEST(kfmt, parse)
{
	const char *s = "18446744073709551615,x";
	uint64_t v;

	cr_expect_eq(kparse_u64(&s, &v), 0);
	cr_expect_eq(v, UINT64_MAX);
	cr_expect_eq(*s, ',');
	s = "18446744073709551616";
	cr_expect_eq(kparse_u64(&s, &v), -ERANGE);
	s = "-1";
	cr_expect_eq(kparse_u64(&s, &v), -EINVAL);
}
