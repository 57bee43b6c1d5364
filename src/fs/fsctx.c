/* fsctx.c - root, current directory and umask of tasks (chroot(2), chdir(2), umask(2)). */
#include "fs/fsctx.h"

#include "core/kassert.h"
#include "core/kmem.h"

static KMEM_CACHE(fsctx_cache, fsctx);

static struct fsctx *fsctx_alloc(const struct path *root, const struct path *cwd, uint32_t umask)
{
	struct fsctx *c = kmem_alloc(&fsctx_cache);

	if (!c)
		return NULL;
	c->refs = 1;
	c->root = *root;
	c->cwd = *cwd;
	c->umask = umask;
	path_get(&c->root);
	path_get(&c->cwd);
	return c;
}

struct fsctx *fsctx_create(const struct path *root, const struct path *cwd)
{
	return fsctx_alloc(root, cwd, 022);
}

struct fsctx *fsctx_copy(const struct fsctx *c)
{
	return fsctx_alloc(&c->root, &c->cwd, c->umask);
}

struct fsctx *fsctx_get(struct fsctx *c)
{
	c->refs++;
	return c;
}

void fsctx_put(struct fsctx *c)
{
	KASSERT(c->refs > 0);
	if (--c->refs > 0)
		return;
	path_put(&c->cwd);
	path_put(&c->root);
	kmem_free(&fsctx_cache, c);
}

static void fsctx_replace(struct path *slot, const struct path *p)
{
	struct path old = *slot;

	path_get(p);
	*slot = *p;
	path_put(&old);
}

void fsctx_set_root(struct fsctx *c, const struct path *p)
{
	fsctx_replace(&c->root, p);
}

void fsctx_set_cwd(struct fsctx *c, const struct path *p)
{
	fsctx_replace(&c->cwd, p);
}
