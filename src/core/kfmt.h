/* kfmt.h - text formatting for the kernel: a printf subset with no host behind it.
 * Conversions: d i u x X o c s p %, flags - 0 + space #, width, precision, *, hh h l ll z j. No floating point. */
#ifndef KEVSIM_CORE_KFMT_H
#define KEVSIM_CORE_KFMT_H

#include <stdarg.h>

#include "core/types.h"

/* As snprintf(3): writes at most size bytes with the NUL, returns the length the whole text would have. */
int ksnprintf(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);
int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

/* A growing text buffer (kmalloc). Zero-initialise; after an allocation failure it stays short and failed is set. */
struct strbuf {
	char *data; /* NUL terminated once anything was added; may be NULL */
	size_t len, cap;
	bool failed;
};

void strbuf_printf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_append(struct strbuf *sb, const void *data, size_t n);
void strbuf_putc(struct strbuf *sb, char c);
void strbuf_free(struct strbuf *sb);

/* Parses an unsigned decimal number at *s and moves *s behind it; -EINVAL if there is none, -ERANGE on overflow. */
int kparse_u64(const char **s, uint64_t *out);

#endif
