/* super.c - superblocks: one per instance of a file system, with a device number of its own.
 * LEAVES OUT: block devices below file systems; every st_dev is an anonymous device (major 0). */
#include "fs/super.h"

#include "core/kassert.h"
#include "core/kmem.h"
#include "fs/inotify.h"

static KMEM_CACHE(super_cache, super);
static struct list supers;
static uint32_t next_minor;

struct super *super_anon;

void super_init(void)
{
	list_init(&supers);
	next_minor = 1;
}

struct super *super_create(const char *type, uint32_t magic, const struct super_ops *ops)
{
	struct super *sb = kmem_alloc(&super_cache);

	if (!sb)
		return NULL;
	sb->refs = 1;
	sb->dev = makedev_linux(0, next_minor++);
	sb->type = type;
	sb->magic = magic;
	sb->ops = ops;
	sb->next_ino = 1;
	list_init(&sb->inodes);
	list_add_tail(&supers, &sb->node);
	return sb;
}

struct super *super_get(struct super *sb)
{
	sb->refs++;
	return sb;
}

static void super_free(struct super *sb)
{
	list_del(&sb->node);
	kmem_free(&super_cache, sb);
}

/* Takes every entry out of the tree, leaves first. Whatever is still in use somewhere loses its name only.
 * Trees may be deeper than any stack, and as deep as they are large: no recursion, no step twice. */
static void super_drop_tree(struct dentry *root)
{
	struct dentry *d = dentry_get(root), *next;

	while (d != root || !list_empty(&d->children)) {
		if (!list_empty(&d->children)) {
			next = dentry_get(LIST_FIRST(&d->children, struct dentry, sibling));
		} else {
			next = dentry_get(d->parent);
			dentry_unlink(d);
		}
		dentry_put(d);
		d = next;
	}
	dentry_put(d);
}

void super_put(struct super *sb)
{
	KASSERT(sb->refs > 0);
	if (--sb->refs > 0)
		return;
	inotify_unmount(sb);
	sb->dead = true;
	sb->refs = 1; /* the last inode must not free it under our hands */
	if (sb->root) {
		super_drop_tree(sb->root);
		dentry_put(sb->root);
		sb->root = NULL;
	}
	if (sb->ops && sb->ops->shutdown)
		sb->ops->shutdown(sb);
	sb->refs = 0;
	super_inode_gone(sb);
}

void super_inode_gone(struct super *sb)
{
	if (sb->dead && sb->refs == 0 && list_empty(&sb->inodes))
		super_free(sb);
}

struct super *super_next(struct super *sb)
{
	struct list *n = sb ? sb->node.next : supers.next;

	return n == &supers ? NULL : LIST_ENTRY(n, struct super, node);
}

int super_sync(struct super *sb)
{
	struct inode *i;
	int err = 0;

	LIST_FOR_EACH (i, &sb->inodes, struct inode, sb_node) {
		int e = S_ISREG_LINUX(i->mode) ? pagecache_writeback(&i->pc) : 0;

		if (e && !err)
			err = e;
	}
	if (sb->ops && sb->ops->sync) {
		int e = sb->ops->sync(sb);

		if (e && !err)
			err = e;
	}
	return err;
}

void super_statfs(struct super *sb, const struct mount *mnt, struct statfs_linux *st)
{
	uint32_t flags = mnt ? mnt->flags : 0;

	*st = (struct statfs_linux){.f_type = sb->magic, .f_bsize = PAGE_SIZE, .f_namelen = NAME_MAX};
	st->f_fsid[0] = (int32_t)sb->dev;
	if (sb->ops && sb->ops->statfs)
		sb->ops->statfs(sb, st);
	if (!st->f_frsize)
		st->f_frsize = st->f_bsize;
	st->f_flags = ST_VALID_LINUX;
	if ((flags | sb->flags) & MS_RDONLY_LINUX)
		st->f_flags |= ST_RDONLY_LINUX;
	if (flags & MS_NOSUID_LINUX)
		st->f_flags |= ST_NOSUID_LINUX;
	if (flags & MS_NODEV_LINUX)
		st->f_flags |= ST_NODEV_LINUX;
	if (flags & MS_NOEXEC_LINUX)
		st->f_flags |= ST_NOEXEC_LINUX;
	if (flags & MS_NOATIME_LINUX)
		st->f_flags |= ST_NOATIME_LINUX;
	else if (!(flags & MS_STRICTATIME_LINUX))
		st->f_flags |= ST_RELATIME_LINUX;
	if (flags & MS_NODIRATIME_LINUX)
		st->f_flags |= ST_NODIRATIME_LINUX;
}
