/* message.c - one-line messages of kevsim itself. Leaves out: localisation, colours, log files. */
#define _GNU_SOURCE
#include "cmd/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);
static void print(const char *fmt, va_list ap)
{
	char line[1024];

	int n = vsnprintf(line, sizeof(line), fmt, ap);
	if (n < 0)
		return;
	fprintf(stderr, "kevsim: %s\n", line);
}

void message_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(fmt, ap);
	va_end(ap);
	exit(EXIT_OWN_FAILURE);
}

void message_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(fmt, ap);
	va_end(ap);
}

void message_flush_stdout(void)
{
	if (fflush(stdout) || ferror(stdout))
		message_fail("standard output: %s", strerror(errno));
}

void *message_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		message_fail("out of memory");
	return p;
}

char *message_strdup(const char *s)
{
	char *p = strdup(s);

	if (!p)
		message_fail("out of memory");
	return p;
}
