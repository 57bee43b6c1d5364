/* walk.c - from a path name to a mount and a dentry (path_resolution(7), symlink(7), openat2(2)).
 * LEAVES OUT: automounts, RESOLVE_CACHED as a speed-up, and the protected_symlinks sysctl. */
#include "fs/walk.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/fsctx.h"
#include "fs/super.h"

struct path walk_root(void)
{
	if (current && current->fs)
		return current->fs->root;
	return (struct path){mount_root(), mount_root()->root};
}

static struct path walk_cwd(void)
{
	if (current && current->fs)
		return current->fs->cwd;
	return walk_root();
}

bool walk_is_dot(const char *name, size_t len)
{
	return len == 1 && name[0] == '.';
}

bool walk_is_dotdot(const char *name, size_t len)
{
	return len == 2 && name[0] == '.' && name[1] == '.';
}

static void walk_set(struct path *slot, struct path p)
{
	struct path old = *slot;

	*slot = p; /* the reference moves */
	path_put(&old);
}

static bool walk_same(const struct path *a, const struct path *b)
{
	return a->mnt == b->mnt && a->dentry == b->dentry;
}

/* --- one component --- */
int walk_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
	const struct inode_ops *ops = dir->inode->ops;
	struct dentry *d;

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	d = dentry_find(dir, name, len);
	if (d && d->inode->ops && d->inode->ops->revalidate && !d->inode->ops->revalidate(d)) {
		if (!d->unlinked)
			dentry_unlink(d);
		dentry_put(d);
		d = NULL;
	}
	if (d) {
		*out = d;
		return 0;
	}
	/* A directory that was removed has no entries any more, nor gets new ones. */
	if (!ops || !ops->lookup || dir->unlinked)
		return -ENOENT;
	return ops->lookup(dir, name, len, out);
}

/* From the root of a mount to the place it covers, past mounts on mounts. False: that is beyond the root. */
static bool walk_leave_mount(const struct walk *w, struct path *p)
{
	while (p->dentry == p->mnt->root) {
		if (!p->mnt->parent)
			return false;
		*p = (struct path){p->mnt->parent, p->mnt->mountpoint};
		if (walk_same(p, &w->root))
			return false;
	}
	return true;
}

static int walk_dotdot(struct walk *w)
{
	struct path p = w->cur;
	bool crossed = p.dentry == p.mnt->root;

	if (walk_same(&p, &w->root) || (crossed && !walk_leave_mount(w, &p)))
		return w->flags & WALK_BENEATH ? -EXDEV : 0; /* ".." of the root is the root */
	if (crossed && (w->flags & WALK_NO_XDEV))
		return -EXDEV;
	p.dentry = p.dentry->parent;
	path_get(&p);
	if (mount_on(&p) && (w->flags & WALK_NO_XDEV)) {
		path_put(&p);
		return -EXDEV;
	}
	mount_follow_down(&p);
	walk_set(&w->cur, p);
	return 0;
}

/* Puts the text of a link in front of what is left; takes the text over. */
static int walk_push(struct walk *w, char *text)
{
	while (w->depth > 0 && *w->levels[w->depth].rest == '\0')
		kfree(w->levels[w->depth--].text);
	KASSERT(w->depth < SYMLINK_DEPTH_MAX);
	w->depth++;
	w->levels[w->depth] = (struct walk_level){text, text};
	if (text[0] != '/')
		return 0;
	if (w->flags & WALK_BENEATH)
		return -EXDEV;
	if ((w->flags & WALK_NO_XDEV) && w->root.mnt != w->cur.mnt)
		return -EXDEV;
	path_get(&w->root);
	walk_set(&w->cur, w->root);
	return 0;
}

static int walk_magic_link(struct walk *w, const struct path *link)
{
	struct path p;
	int err;

	if (w->flags & WALK_NO_MAGICLINKS)
		return -ELOOP;
	err = link->dentry->inode->ops->follow(link->dentry, &p);
	if (err)
		return err;
	if ((w->flags & (WALK_BENEATH | WALK_IN_ROOT)) ||
	    ((w->flags & WALK_NO_XDEV) && p.mnt != w->cur.mnt)) {
		path_put(&p);
		return -EXDEV;
	}
	walk_set(&w->cur, p);
	return 0;
}

/* Follows a link that lies in w->cur. 1: its text was pushed; 0: a magic link, w->cur is its target. */
static int walk_link(struct walk *w, const struct path *link)
{
	const struct inode_ops *ops = link->dentry->inode->ops;
	char *text;
	int64_t n;
	int err;

	if (w->links++ >= SYMLINK_DEPTH_MAX)
		return -ELOOP;
	if ((w->flags & WALK_NO_SYMLINKS) || (link->mnt->flags & MS_NOSYMFOLLOW_LINUX))
		return -ELOOP;
	inode_accessed(link->dentry->inode, link->mnt);
	if (ops->follow)
		return walk_magic_link(w, link);
	if (!ops->readlink)
		return -EINVAL;
	text = kmalloc(PATH_MAX);
	if (!text)
		return -ENOMEM;
	n = ops->readlink(link->dentry, text, PATH_MAX - 1);
	if (n < 0) {
		kfree(text);
		return (int)n;
	}
	text[n] = '\0';
	err = walk_push(w, text);
	return err ? err : 1;
}

/* Enters what was found for the last or a middle component (takes over the reference on d). */
static int walk_enter(struct walk *w, struct dentry *d, bool follow)
{
	struct path next = {mount_get(w->cur.mnt), d};
	int r;

	if (d->mounts && mount_on(&next)) {
		if (w->flags & WALK_NO_XDEV) {
			path_put(&next);
			return -EXDEV;
		}
		mount_follow_down(&next);
	}
	if (!S_ISLNK_LINUX(next.dentry->inode->mode) || !follow) {
		walk_set(&w->cur, next);
		return 0;
	}
	r = walk_link(w, &next);
	path_put(&next);
	return r;
}

static int walk_component(struct walk *w, const char *name, size_t len, bool follow)
{
	struct dentry *d;
	int err;

	if (len == 0 || walk_is_dot(name, len))
		return 0;
	if (walk_is_dotdot(name, len))
		return walk_dotdot(w);
	err = walk_lookup(w->cur.dentry, name, len, &d);
	return err ? err : walk_enter(w, d, follow);
}

/* --- the steps of a walk --- */
int walk_begin(struct walk *w, const struct path *start, const char *name, uint32_t flags)
{
	struct path from = start ? *start : walk_cwd();

	memset(w, 0, sizeof(*w));
	if (name[0] == '\0' && !(flags & WALK_EMPTY))
		return -ENOENT;
	if (name[0] == '/' && (flags & WALK_BENEATH))
		return -EXDEV;
	w->flags = flags;
	w->levels[0].rest = name;
	w->root = flags & (WALK_BENEATH | WALK_IN_ROOT) ? from : walk_root();
	w->cur = name[0] == '/' ? w->root : from;
	path_get(&w->root);
	path_get(&w->cur);
	return 0;
}

void walk_end(struct walk *w)
{
	while (w->depth > 0)
		kfree(w->levels[w->depth--].text);
	path_put(&w->cur);
	path_put(&w->root);
}

/* Is nothing left behind the current component? */
static bool walk_at_end(const struct walk *w)
{
	for (uint32_t i = 0; i <= w->depth; i++) {
		if (*w->levels[i].rest != '\0')
			return false;
	}
	return true;
}

int walk_to_last(struct walk *w)
{
	while (true) {
		struct walk_level *level = &w->levels[w->depth];
		const char *s = level->rest, *e;
		int r;

		while (*s == '/')
			s++;
		if (*s == '\0') {
			level->rest = s;
			w->last_len = 0;
			w->last = s;
			if (w->depth == 0)
				return 0;
			if (walk_at_end(w))
				return 0; /* a link to "/" ended the name */
			kfree(level->text);
			w->depth--;
			continue;
		}
		if (!S_ISDIR_LINUX(w->cur.dentry->inode->mode))
			return -ENOTDIR;
		r = vfs_permission(w->cur.dentry->inode, MAY_EXEC);
		if (r)
			return r;
		for (e = s; *e != '\0' && *e != '/'; e++)
			;
		w->last = s;
		w->last_len = (size_t)(e - s);
		level->rest = e;
		while (*level->rest == '/')
			level->rest++;
		if (walk_at_end(w)) {
			if (*e == '/')
				w->slash = true;
			return 0;
		}
		r = walk_component(w, s, w->last_len, true);
		if (r < 0)
			return r;
	}
}

int walk_last(struct walk *w, bool follow)
{
	return walk_component(w, w->last, w->last_len, follow || w->slash);
}

int walk_last_found(struct walk *w, struct dentry *d, bool follow)
{
	return walk_enter(w, d, follow || w->slash);
}

/* --- whole walks --- */
static int walk_finish(struct walk *w)
{
	bool follow = w->flags & WALK_FOLLOW;
	int r;

	do {
		r = walk_to_last(w);
		if (r == 0)
			r = walk_last(w, follow);
	} while (r > 0);
	if (r < 0)
		return r;
	if ((w->slash || (w->flags & WALK_DIRECTORY)) && !S_ISDIR_LINUX(w->cur.dentry->inode->mode))
		return -ENOTDIR;
	return 0;
}

int vfs_walk(const struct path *start, const char *name, uint32_t flags, struct path *out)
{
	struct walk w;
	int err = walk_begin(&w, start, name, flags);

	if (err)
		return err;
	err = walk_finish(&w);
	if (!err) {
		*out = w.cur;
		path_get(out);
	}
	walk_end(&w);
	return err;
}

int vfs_walk_parent(const struct path *start, const char *name, struct path *dir, const char **last,
		    size_t *last_len, bool *trailing_slash)
{
	struct walk w;
	int err = walk_begin(&w, start, name, 0);

	if (err)
		return err;
	err = walk_to_last(&w);
	if (!err) {
		/* The last component is never reached through a link's text: it is the caller's own. */
		*last = w.last;
		*last_len = w.last_len;
		*trailing_slash = w.slash;
		*dir = w.cur;
		path_get(dir);
	}
	walk_end(&w);
	return err;
}

/* --- and back: from a path to its name --- */
static char *walk_prepend(char *at, const char *start, const char *text, size_t len)
{
	if (!at || (size_t)(at - start) < len)
		return NULL;
	memcpy(at - len, text, len);
	return at - len;
}

char *vfs_path_text(const struct path *p, char *buf, size_t size)
{
	static const char deleted[] = " (deleted)", unreachable[] = "(unreachable)";
	struct path root = walk_root();
	struct dentry *d = p->dentry;
	struct mount *m = p->mnt;
	char *at = buf + size, *end;

	if (size == 0)
		return NULL;
	*--at = '\0';
	if (d->unlinked)
		at = walk_prepend(at, buf, deleted, sizeof(deleted) - 1);
	end = at;
	while (at && !(d == root.dentry && m == root.mnt)) {
		if (m && d == m->root) {
			if (!m->parent)
				break;
			d = m->mountpoint;
			m = m->parent;
			continue;
		}
		if (d->parent == d)
			break;
		at = walk_prepend(at, buf, d->name, d->name_len);
		at = walk_prepend(at, buf, "/", 1);
		d = d->parent;
	}
	if (at && at == end && !m) /* a file without a name */
		return walk_prepend(at, buf, d->name, d->name_len);
	if (at && at == end)
		at = walk_prepend(at, buf, "/", 1);
	if (at && !(d == root.dentry && m == root.mnt))
		at = walk_prepend(at, buf, unreachable, sizeof(unreachable) - 1);
	return at;
}
