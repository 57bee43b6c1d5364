/* user.c - users of the guest by number or name (passwd(5)). Leaves out: group names and supplementary
 * groups. */
#include "cmd/user.h"

#include <stdio.h>
#include <string.h>

#include "cmd/number.h"

#define LINE_FIELDS 7

/* Splits a line of passwd(5) in place. */
static bool split(char *line, char *field[LINE_FIELDS])
{
	for (int i = 0; i < LINE_FIELDS; i++) {
		field[i] = line;
		char *colon = strchr(line, ':');
		if (i + 1 < LINE_FIELDS && !colon)
			return false;
		if (colon) {
			*colon = '\0';
			line = colon + 1;
		}
	}
	return true;
}

static bool parse_id(const char *s, uint32_t *id)
{
	uint64_t v;

	/* The last number means "no user" to chown(2) and relatives. */
	if (!number_parse(s, &v) || v >= UINT32_MAX)
		return false;
	*id = (uint32_t)v;
	return true;
}

/* The first entry with this name, or with this uid when name is NULL. */
static bool lookup(const char *passwd, const char *name, uint32_t uid, struct user *user)
{
	char *field[LINE_FIELDS];
	char line[512];

	for (const char *p = passwd; p && *p;) {
		size_t n = strcspn(p, "\n");
		size_t kept = MIN(n, sizeof(line) - 1);
		uint32_t entry_uid, entry_gid;
		memcpy(line, p, kept);
		line[kept] = '\0';
		p += n + (p[n] == '\n');
		if (!split(line, field) || !parse_id(field[2], &entry_uid) || !parse_id(field[3], &entry_gid))
			continue;
		if (name ? strcmp(field[0], name) != 0 : entry_uid != uid)
			continue;
		user->uid = entry_uid;
		user->gid = entry_gid;
		snprintf(user->home, sizeof(user->home), "%s", field[5][0] ? field[5] : "/");
		return true;
	}
	return false;
}

bool user_find(const char *spec, const char *passwd, struct user *user, const char **why)
{
	char uid_text[32];
	uint32_t uid, gid;

	*user = (struct user){.home = "/root"};
	if (!spec)
		return true;
	size_t n = strcspn(spec, ":");
	if (n == 0 || n >= sizeof(uid_text)) {
		*why = "expected UID, UID:GID or a name";
		return false;
	}
	memcpy(uid_text, spec, n);
	uid_text[n] = '\0';
	if (!parse_id(uid_text, &uid)) {
		*why = "no such user in the guest's /etc/passwd";
		return !spec[n] && lookup(passwd, spec, 0, user);
	}
	if (!lookup(passwd, NULL, uid, user)) {
		user->uid = user->gid = uid;
		snprintf(user->home, sizeof(user->home), "%s", uid ? "/" : "/root");
	}
	if (spec[n]) {
		*why = "GID must be a number";
		if (!parse_id(spec + n + 1, &gid))
			return false;
		user->gid = gid;
	}
	return true;
}
