/* message.h - what kevsim itself has to say to its user: one line on stderr. */
#ifndef KEVSIM_CMD_MESSAGE_H
#define KEVSIM_CMD_MESSAGE_H

#include "core/types.h"

/* Exit statuses of kevsim itself, besides the guest's own and 128 + signal. */
enum {
	EXIT_OWN_FAILURE = 125,
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127
};

/* Prints "kevsim: TEXT" and ends with EXIT_OWN_FAILURE. */
_Noreturn void message_fail(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Prints "kevsim: TEXT". */
void message_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Flushes stdout; a full disk or closed pipe there ends kevsim with EXIT_OWN_FAILURE. */
void message_flush_stdout(void);

/* malloc(3) and strdup(3) that end kevsim when the host has no memory. */
void *message_alloc(size_t size);
char *message_strdup(const char *s);

#endif
