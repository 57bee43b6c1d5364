/* fsctx.h - root, current directory and umask, shared by CLONE_FS. */
#ifndef KEVSIM_FS_FSCTX_H
#define KEVSIM_FS_FSCTX_H

#include "fs/vfs.h"

struct fsctx {
	uint32_t refs;
	struct path root, cwd;
	uint32_t umask;
};

/* Takes references of its own on the paths; umask 022 in a new one. One reference, NULL without memory. */
struct fsctx *fsctx_create(const struct path *root, const struct path *cwd);
struct fsctx *fsctx_copy(const struct fsctx *c);
struct fsctx *fsctx_get(struct fsctx *c);
void fsctx_put(struct fsctx *c);
void fsctx_set_root(struct fsctx *c, const struct path *p);
void fsctx_set_cwd(struct fsctx *c, const struct path *p);

#endif
