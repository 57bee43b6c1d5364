/* guestenv.c - the environment of the first program. Nothing of the host's environment goes in but TERM, and
 * that only when a terminal is attached. Leaves out: locale variables, LOGNAME and the like; a login shell
 * sets those. */
#include "cmd/guestenv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/message.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static char *join(const char *name, const char *value)
{
	size_t size = strlen(name) + 1 + strlen(value) + 1;
	char *s = message_alloc(size);

	snprintf(s, size, "%s=%s", name, value);
	return s;
}

/* Puts kv (owned) in place of the variable of the same name, or behind the others. */
static void put(char **env, char *kv)
{
	size_t name = (size_t)(strchr(kv, '=') - kv) + 1;

	while (*env && strncmp(*env, kv, name) != 0)
		env++;
	free(*env);
	*env = kv;
}

char **guestenv_create(const struct options *opt, const char *home)
{
	const char *term = getenv("TERM");
	char **env = message_alloc((opt->nenv + 4) * sizeof(*env));

	put(env, message_strdup(DEFAULT_PATH));
	put(env, join("HOME", home));
	if (term && *term && (isatty(STDIN_FILENO) || isatty(STDOUT_FILENO)))
		put(env, join("TERM", term));
	for (size_t i = 0; i < opt->nenv; i++)
		put(env, message_strdup(opt->env[i]));
	return env;
}

void guestenv_free(char **env)
{
	for (char **e = env; *e; e++)
		free(*e);
	free(env);
}
