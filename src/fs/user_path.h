/* user_path.h - the path strings of system calls: a kernel copy of a guest string, and walks that start at a
 * directory descriptor. */
#ifndef KEVSIM_FS_USER_PATH_H
#define KEVSIM_FS_USER_PATH_H

#include "fs/vfs.h"

/* Lives on the handler's stack; short names need no allocation. */
struct user_path {
	char *text;
	char small[160];
};

/* 0, -EFAULT, -ENAMETOOLONG (PATH_MAX with the NUL), -ENOMEM. An empty string is fine here; walks refuse it.
 */
int user_path_get(struct user_path *up, uaddr_t name);
void user_path_put(struct user_path *up);

/* Where a walk of `name` from dirfd begins, referenced: -EBADF, -ENOTDIR. Absolute names ignore dirfd. An
 * empty name takes any descriptor (the walk decides whether it may be empty). */
int user_path_start(int dirfd, const char *name, struct path *start);
/* Walks the kernel string name from dirfd. */
int user_path_walk(int dirfd, const char *name, uint32_t walk_flags, struct path *out);

/* The parent directory of a guest name, with the copy that `last` points into; release with
 * user_parent_put(). */
struct user_parent {
	struct user_path name;
	struct path dir;
	const char *last;
	size_t last_len; /* 0: the name is "/" */
	bool slash;      /* trailing slashes */
};
/* 0, or a negative errno of the copy or the walk; then there is nothing to release. */
int user_parent_get(struct user_parent *p, int dirfd, uaddr_t name);
void user_parent_put(struct user_parent *p);
bool user_parent_is_dot(const struct user_parent *p);
bool user_parent_is_dotdot(const struct user_parent *p);
/* An ordinary name: not "/", "." or "..". */
bool user_parent_is_normal(const struct user_parent *p);

#endif
