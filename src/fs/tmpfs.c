/* tmpfs.c - files in memory: the tree, its inodes and limits (tmpfs(5)).
 * LEAVES OUT: swap, huge pages, quotas, per-directory encodings (casefold). */
#include "fs/tmpfs.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "fs/file.h"
#include "fs/tmpfs_mount.h"
#include "fs/walk.h"
#include "fs/xattr.h"
#include "mm/frame.h"

#define TMPFS_DIRENT_SIZE 20U /* what one entry adds to the size of its directory */
#define SECTORS_PER_PAGE (PAGE_SIZE / 512)

/* --- limits --- */
static int tmpfs_charge(struct pagecache *pc, int64_t pages)
{
	struct inode *ino = CONTAINER_OF(pc, struct inode, pc);
	struct super *sb = ino->sb;

	if (pages > 0 && sb->max_pages && sb->used_pages + (uint64_t)pages > sb->max_pages)
		return -ENOSPC;
	sb->used_pages += (uint64_t)pages;
	ino->blocks += (uint64_t)(pages * (int64_t)SECTORS_PER_PAGE);
	return 0;
}

static uint64_t tmpfs_size(struct pagecache *pc)
{
	return CONTAINER_OF(pc, struct inode, pc)->size;
}

const struct pagecache_ops tmpfs_pagecache_ops = {.charge = tmpfs_charge, .size = tmpfs_size};

static void tmpfs_destroy(struct inode *ino)
{
	KASSERT(ino->sb->used_inodes > 0);
	ino->sb->used_inodes--;
	if (S_ISLNK_LINUX(ino->mode))
		kfree(ino->private);
}

/* --- inodes --- */
static struct inode *tmpfs_inode_alloc(struct super *sb, uint32_t mode)
{
	struct inode *ino;

	if (sb->max_inodes && sb->used_inodes >= sb->max_inodes)
		return NULL;
	ino = inode_create(sb, mode);
	if (!ino)
		return NULL;
	sb->used_inodes++;
	switch (mode & S_IFMT_LINUX) {
	case S_IFREG_LINUX:
		ino->ops = &tmpfs_file_iops;
		ino->fops = &tmpfs_file_fops;
		pagecache_init(&ino->pc, &tmpfs_pagecache_ops, false);
		break;
	case S_IFDIR_LINUX:
		ino->ops = &tmpfs_dir_iops;
		ino->fops = &tmpfs_dir_fops;
		ino->nlink = 2;
		ino->size = 2 * TMPFS_DIRENT_SIZE;
		break;
	case S_IFLNK_LINUX: ino->ops = &tmpfs_symlink_iops; break;
	default: ino->ops = &tmpfs_special_iops; break;
	}
	return ino;
}

struct inode *tmpfs_inode_create(struct super *sb, uint32_t mode)
{
	struct inode *ino = tmpfs_inode_alloc(sb, S_IFREG_LINUX | mode);

	if (!ino)
		return NULL;
	inode_init_owner(ino, NULL, S_IFREG_LINUX | mode);
	ino->nlink = 0;
	return ino;
}

/* A new inode under a new name: takes over the reference. */
static int tmpfs_enter(struct dentry *dir, const char *name, size_t len, struct inode *ino,
		       struct dentry **out)
{
	struct dentry *d = dentry_add(dir, name, len, ino);

	if (!d)
		return -ENOMEM;
	dentry_pin(d);
	dir->inode->size += TMPFS_DIRENT_SIZE;
	if (S_ISDIR_LINUX(ino->mode))
		dir->inode->nlink++;
	inode_touch(dir->inode, ATTR_MTIME | ATTR_CTIME);
	*out = d;
	return 0;
}

static int tmpfs_create(struct dentry *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
			struct dentry **out)
{
	struct inode *ino = tmpfs_inode_alloc(dir->sb, mode);

	if (!ino)
		return -ENOSPC;
	inode_init_owner(ino, dir->inode, mode);
	if (S_ISCHR_LINUX(mode) || S_ISBLK_LINUX(mode))
		ino->rdev = rdev;
	return tmpfs_enter(dir, name, len, ino, out);
}

static int tmpfs_symlink(struct dentry *dir, const char *name, size_t len, const char *target,
			 struct dentry **out)
{
	struct inode *ino = tmpfs_inode_alloc(dir->sb, S_IFLNK_LINUX | S_IRWXUGO_LINUX);

	if (!ino)
		return -ENOSPC;
	inode_init_owner(ino, dir->inode, S_IFLNK_LINUX | S_IRWXUGO_LINUX);
	ino->private = kstrdup(target);
	if (!ino->private) {
		inode_put(ino);
		return -ENOMEM;
	}
	ino->size = strlen(target);
	return tmpfs_enter(dir, name, len, ino, out);
}

static int tmpfs_tmpfile(struct dentry *dir, uint32_t mode, struct inode **out)
{
	struct inode *ino = tmpfs_inode_alloc(dir->sb, mode);

	if (!ino)
		return -ENOSPC;
	inode_init_owner(ino, dir->inode, mode);
	ino->nlink = 0;
	*out = ino;
	return 0;
}

static int tmpfs_link(struct dentry *old, struct dentry *dir, const char *name, size_t len)
{
	struct inode *ino = old->inode;
	struct dentry *d;
	int err = tmpfs_enter(dir, name, len, inode_get(ino), &d);

	if (err)
		return err;
	ino->nlink++;
	inode_touch(ino, ATTR_CTIME);
	dentry_put(d);
	return 0;
}

static int64_t tmpfs_readlink(struct dentry *d, char *buf, size_t n)
{
	size_t len = MIN(n, d->inode->size);

	memcpy(buf, d->inode->private, len);
	return (int64_t)len;
}

/* --- removal and rename --- */
/* Takes an entry's share away from its directory. */
static void tmpfs_forget(struct dentry *dir, const struct inode *ino)
{
	dir->inode->size -= TMPFS_DIRENT_SIZE;
	if (S_ISDIR_LINUX(ino->mode))
		dir->inode->nlink--;
	inode_touch(dir->inode, ATTR_MTIME | ATTR_CTIME);
}

static void tmpfs_remember(struct dentry *dir, const struct inode *ino)
{
	dir->inode->size += TMPFS_DIRENT_SIZE;
	if (S_ISDIR_LINUX(ino->mode))
		dir->inode->nlink++;
	inode_touch(dir->inode, ATTR_MTIME | ATTR_CTIME);
}

static int tmpfs_unlink(struct dentry *dir, struct dentry *victim)
{
	struct inode *ino = victim->inode;

	tmpfs_forget(dir, ino);
	ino->nlink--;
	inode_touch(ino, ATTR_CTIME);
	dentry_unlink(victim);
	return 0;
}

static int tmpfs_rmdir(struct dentry *dir, struct dentry *victim)
{
	if (dentry_has_children(victim))
		return -ENOTEMPTY;
	tmpfs_forget(dir, victim->inode);
	victim->inode->nlink = 0;
	inode_touch(victim->inode, ATTR_CTIME);
	dentry_unlink(victim);
	return 0;
}

static int tmpfs_exchange(struct dentry *old_dir, struct dentry *old, struct dentry *new_dir,
			  struct dentry *target)
{
	if (old_dir != new_dir) {
		tmpfs_forget(old_dir, old->inode);
		tmpfs_forget(new_dir, target->inode);
		tmpfs_remember(old_dir, target->inode);
		tmpfs_remember(new_dir, old->inode);
	} else {
		inode_touch(old_dir->inode, ATTR_MTIME | ATTR_CTIME);
	}
	dentry_exchange(old, target);
	inode_touch(old->inode, ATTR_CTIME);
	inode_touch(target->inode, ATTR_CTIME);
	return 0;
}

/* RENAME_WHITEOUT: leaves a character device 0:0 behind (overlayfs). */
static int tmpfs_whiteout(struct dentry *dir, const char *name, size_t len)
{
	struct dentry *d;
	int err = tmpfs_create(dir, name, len, S_IFCHR_LINUX, makedev_linux(0, 0), &d);

	if (!err)
		dentry_put(d);
	return err;
}

static int tmpfs_rename(struct dentry *old_dir, struct dentry *old, struct dentry *new_dir, const char *name,
			size_t len, struct dentry *target, uint32_t flags)
{
	char *old_name = NULL;
	size_t old_len = old->name_len;
	int err = 0;

	if (flags & RENAME_EXCHANGE_LINUX)
		return tmpfs_exchange(old_dir, old, new_dir, target);
	if (target && S_ISDIR_LINUX(target->inode->mode) && dentry_has_children(target))
		return -ENOTEMPTY;
	if (flags & RENAME_WHITEOUT_LINUX) {
		old_name = kstrdup(old->name);
		if (!old_name)
			return -ENOMEM;
	}
	err = dentry_move(old, new_dir, name, len);
	if (err)
		goto out;
	tmpfs_forget(old_dir, old->inode);
	tmpfs_remember(new_dir, old->inode);
	inode_touch(old->inode, ATTR_CTIME);
	if (target) {
		if (S_ISDIR_LINUX(target->inode->mode))
			tmpfs_rmdir(new_dir, target);
		else
			tmpfs_unlink(new_dir, target);
	}
	if (old_name)
		err = tmpfs_whiteout(old_dir, old_name, old_len);
out:
	kfree(old_name);
	return err;
}

/* --- attributes --- */
static int tmpfs_setattr(struct dentry *d, const struct iattr *a)
{
	if (a->valid & ATTR_SIZE) {
		int err = generic_truncate(d->inode, a->size);

		if (err)
			return err;
		d->inode->version++;
	}
	inode_apply_attr(d->inode, a);
	return 0;
}

static int64_t tmpfs_fallocate_check(const struct inode *ino, uint64_t off, uint64_t len)
{
	const struct super *sb = ino->sb;
	uint64_t pages = ((off + len + PAGE_SIZE - 1) >> PAGE_SHIFT) - (off >> PAGE_SHIFT);

	return sb->max_pages && pages > sb->max_pages ? -ENOSPC : 0;
}

static int tmpfs_fallocate(struct file *f, int mode, uint64_t off, uint64_t len)
{
	if (mode & ~(FALLOC_FL_KEEP_SIZE_LINUX | FALLOC_FL_PUNCH_HOLE_LINUX))
		return -EOPNOTSUPP; /* as Linux: no FALLOC_FL_ZERO_RANGE on a tmpfs */
	if (!(mode & FALLOC_FL_PUNCH_HOLE_LINUX) && tmpfs_fallocate_check(f->inode, off, len))
		return -ENOSPC;
	return generic_file_fallocate(f, mode, off, len);
}

/* Everything that has a name is in memory: a name that is not there does not exist. */
static int tmpfs_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
	(void)dir;
	(void)name;
	(void)len;
	(void)out;
	return -ENOENT;
}

/* --- superblocks --- */
static void tmpfs_statfs(struct super *sb, struct statfs_linux *st)
{
	if (sb->max_pages) {
		st->f_blocks = sb->max_pages;
		st->f_bfree = st->f_bavail = sb->max_pages - MIN(sb->max_pages, sb->used_pages);
	}
	if (sb->max_inodes) {
		st->f_files = sb->max_inodes;
		st->f_ffree = sb->max_inodes - MIN(sb->max_inodes, sb->used_inodes);
	}
}

static int tmpfs_remount(struct super *sb, uint32_t flags, const char *data)
{
	struct tmpfs_options o = {.max_pages = sb->max_pages, .max_inodes = sb->max_inodes};
	int err = tmpfs_options_parse(&o, data);

	(void)flags;
	if (err)
		return err;
	if ((o.max_pages && o.max_pages < sb->used_pages) || (o.max_inodes && o.max_inodes < sb->used_inodes))
		return -EINVAL;
	sb->max_pages = o.max_pages;
	sb->max_inodes = o.max_inodes;
	return 0;
}

static void tmpfs_show_options(struct super *sb, struct strbuf *out)
{
	const struct inode *root = sb->root->inode;

	if (sb->max_pages)
		strbuf_printf(out, ",size=%lluk", (unsigned long long)(sb->max_pages * (PAGE_SIZE / 1024)));
	if (sb->max_inodes)
		strbuf_printf(out, ",nr_inodes=%llu", (unsigned long long)sb->max_inodes);
	if ((root->mode & S_IALLUGO_LINUX) != (S_IRWXUGO_LINUX | S_ISVTX_LINUX))
		strbuf_printf(out, ",mode=%o", root->mode & S_IALLUGO_LINUX);
	if (root->uid)
		strbuf_printf(out, ",uid=%u", root->uid);
	if (root->gid)
		strbuf_printf(out, ",gid=%u", root->gid);
}

static const struct super_ops tmpfs_super_ops = {
    .statfs = tmpfs_statfs,
    .remount = tmpfs_remount,
    .show_options = tmpfs_show_options,
};

int tmpfs_super_create(uint64_t max_bytes, uint64_t max_inodes, uint32_t mode, struct super **out)
{
	struct super *sb = super_create("tmpfs", TMPFS_MAGIC_LINUX, &tmpfs_super_ops);
	struct inode *root;

	if (!sb)
		return -ENOMEM;
	sb->max_pages = max_bytes >> PAGE_SHIFT;
	sb->max_inodes = max_inodes;
	root = tmpfs_inode_alloc(sb, S_IFDIR_LINUX | mode);
	if (root)
		sb->root = dentry_add(NULL, "/", 1, root);
	if (!sb->root) {
		super_put(sb);
		return -ENOMEM;
	}
	*out = sb;
	return 0;
}

#define TMPFS_XATTR_OPS                                                                                \
	.getxattr = xattr_generic_get, .setxattr = xattr_generic_set, .listxattr = xattr_generic_list, \
	.removexattr = xattr_generic_remove

const struct inode_ops tmpfs_file_iops = {
    .setattr = tmpfs_setattr, .destroy = tmpfs_destroy, TMPFS_XATTR_OPS};
const struct inode_ops tmpfs_special_iops = {
    .setattr = tmpfs_setattr, .destroy = tmpfs_destroy, TMPFS_XATTR_OPS};
const struct inode_ops tmpfs_symlink_iops = {
    .readlink = tmpfs_readlink, .setattr = tmpfs_setattr, .destroy = tmpfs_destroy, TMPFS_XATTR_OPS};
const struct inode_ops tmpfs_dir_iops = {
    .lookup = tmpfs_lookup,
    .create = tmpfs_create,
    .tmpfile = tmpfs_tmpfile,
    .symlink = tmpfs_symlink,
    .link = tmpfs_link,
    .unlink = tmpfs_unlink,
    .rmdir = tmpfs_rmdir,
    .rename = tmpfs_rename,
    .setattr = tmpfs_setattr,
    .destroy = tmpfs_destroy,
    TMPFS_XATTR_OPS,
};
const struct file_ops tmpfs_file_fops = {
    .read = generic_file_read,
    .write = generic_file_write,
    .llseek = generic_file_llseek,
    .mmap = generic_file_mmap,
    .fsync = generic_file_fsync,
    .fallocate = tmpfs_fallocate,
};
const struct file_ops tmpfs_dir_fops = {
    .llseek = dentry_dir_llseek,
    .readdir = dentry_readdir,
    .fsync = generic_file_fsync,
};
