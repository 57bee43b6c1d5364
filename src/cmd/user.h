/* user.h - who the first program runs as. */
#ifndef KEVSIM_CMD_USER_H
#define KEVSIM_CMD_USER_H

#include "core/types.h"

struct user {
	uint32_t uid, gid;
	char home[256];
};

/* Decodes --user UID[:GID] or NAME; passwd is the guest's /etc/passwd (passwd(5)), or NULL when it has none.
 * spec NULL is root. Returns false, with a reason in *why, when it means nobody. */
bool user_find(const char *spec, const char *passwd, struct user *user, const char **why);

#endif
