/* walk.h - path resolution in steps, for open(2), which must stop before the last component
 * (path_resolution(7)). */
#ifndef KEVSIM_FS_WALK_H
#define KEVSIM_FS_WALK_H

#include "fs/vfs.h"

/* A symbolic link being walked: what is left of its text. Level 0 is the caller's name. */
struct walk_level {
	const char *rest;
	char *text; /* owned; NULL at level 0 */
};

struct walk {
	struct path cur, root; /* both referenced */
	uint32_t flags;        /* enum walk_flag */
	uint32_t links;        /* symbolic links followed so far */
	uint32_t depth;
	struct walk_level levels[SYMLINK_DEPTH_MAX + 1];
	/* After walk_to_last(): */
	const char *last; /* points into the name or a link's text; valid until the next step */
	size_t last_len;  /* 0: there is no component ("/") */
	bool slash;       /* a slash follows: the result must be a directory */
};

/* Starts at `start` (NULL: cwd). 0, -ENOENT for an empty name, -EXDEV. After an error nothing is held. */
int walk_begin(struct walk *w, const struct path *start, const char *name, uint32_t flags);
/* Walks all components but the last. */
int walk_to_last(struct walk *w);
/* Steps into the last component. 1: it was a link to follow, call walk_to_last() again; 0: w->cur is the
 * result. */
int walk_last(struct walk *w, bool follow);
/* The same for a last component that the caller found (takes over the reference). */
int walk_last_found(struct walk *w, struct dentry *d, bool follow);
void walk_end(struct walk *w);
bool walk_is_dot(const char *name, size_t len);
bool walk_is_dotdot(const char *name, size_t len);

/* The child of dir, from memory or the file system, referenced. Permission is the caller's. -ENOENT,
 * -ENAMETOOLONG. */
int walk_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out);
/* Root of current, or of everything; not referenced. */
struct path walk_root(void);

#endif
