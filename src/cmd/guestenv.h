/* guestenv.h - the clean environment of the first program. */
#ifndef KEVSIM_CMD_GUESTENV_H
#define KEVSIM_CMD_GUESTENV_H

#include "cmd/options.h"

/* PATH, HOME, TERM when a terminal is attached, and what --env says (which may replace those). A NULL
 * terminated array; guestenv_free() takes it back. */
char **guestenv_create(const struct options *opt, const char *home);
void guestenv_free(char **env);

#endif
