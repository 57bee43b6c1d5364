/* names.c - making, removing, moving and linking names (mkdir(2), mknod(2), symlink(2), link(2), unlink(2),
 * rename(2)). Each function makes all checks of its call, in Linux's order. LEAVES OUT: limits on the number
 * of links below 2^32. */
#include "fs/names.h"

#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/inotify.h"
#include "fs/super.h"
#include "fs/walk.h"

/* May current add a name to dir? */
static int names_may_create(struct dentry *dir)
{
	if (dir->unlinked)
		return -ENOENT;
	return vfs_permission(dir->inode, MAY_WRITE | MAY_EXEC);
}

/* The place of a new name: free, and on a writable file system. */
static int names_check_free(struct dentry *dir, struct mount *mnt, const char *name, size_t len)
{
	struct path p = {mnt, dir};
	struct dentry *d;
	int err = walk_lookup(dir, name, len, &d);

	if (!err) {
		dentry_put(d);
		return -EEXIST;
	}
	return err == -ENOENT ? mount_want_write(&p) : err;
}

/* ... and in a directory current may write to. */
static int names_check_new(struct dentry *dir, struct mount *mnt, const char *name, size_t len)
{
	int err = names_check_free(dir, mnt, name, len);

	return err ? err : names_may_create(dir);
}

int vfs_create(struct dentry *dir, struct mount *mnt, const char *name, size_t len, uint32_t mode,
	       uint64_t rdev, struct dentry **out)
{
	const struct inode_ops *ops = dir->inode->ops;
	int err = names_check_new(dir, mnt, name, len);

	if (err)
		return err;
	/* 0:0 is the whiteout, which needs no privilege. */
	if ((S_ISCHR_LINUX(mode) || S_ISBLK_LINUX(mode)) && !(S_ISCHR_LINUX(mode) && rdev == 0) &&
	    !vfs_capable(CAP_MKNOD))
		return -EPERM;
	if (!ops || !ops->create)
		return S_ISREG_LINUX(mode) ? -EACCES : -EPERM;
	if (S_ISDIR_LINUX(mode))
		mode &= S_IFMT_LINUX | S_IRWXUGO_LINUX | S_ISVTX_LINUX;
	else
		mode &= S_IFMT_LINUX | S_IALLUGO_LINUX;
	err = ops->create(dir, name, len, mode, rdev, out);
	if (!err)
		fsnotify(dir->inode, (*out)->inode, IN_CREATE_LINUX, (*out)->name, 0);
	return err;
}

int vfs_symlink(struct dentry *dir, struct mount *mnt, const char *name, size_t len, const char *target)
{
	const struct inode_ops *ops = dir->inode->ops;
	struct dentry *d;
	int err = names_check_new(dir, mnt, name, len);

	if (err)
		return err;
	if (!ops || !ops->symlink)
		return -EPERM;
	err = ops->symlink(dir, name, len, target, &d);
	if (err)
		return err;
	fsnotify(dir->inode, d->inode, IN_CREATE_LINUX, d->name, 0);
	dentry_put(d);
	return 0;
}

/* protected_hardlinks of /proc/sys/fs, which is on: a link must not keep a file of somebody else's alive that
 * one could not write to, or that gives privileges. */
static bool names_may_link(struct inode *ino)
{
	const uint32_t setgid = S_ISGID_LINUX | S_IXGRP_LINUX;

	if (vfs_owner_or_capable(ino))
		return true;
	if (!S_ISREG_LINUX(ino->mode) || (ino->mode & S_ISUID_LINUX) || (ino->mode & setgid) == setgid)
		return false;
	return vfs_permission(ino, MAY_READ | MAY_WRITE) == 0;
}

int vfs_link(const struct path *old, const struct path *dir, const char *name, size_t len)
{
	struct inode *ino = old->dentry->inode;
	const struct inode_ops *ops = dir->dentry->inode->ops;
	char *copy;
	int err = names_check_free(dir->dentry, dir->mnt, name, len);

	if (err)
		return err;
	if (old->mnt != dir->mnt)
		return -EXDEV;
	if (!names_may_link(ino))
		return -EPERM;
	err = names_may_create(dir->dentry);
	if (err)
		return err;
	if (ino->sb != dir->dentry->sb)
		return -EXDEV;
	if (!ops || !ops->link || S_ISDIR_LINUX(ino->mode))
		return -EPERM;
	if (ino->nlink == 0 && !ino->linkable)
		return -ENOENT;
	copy = kstrndup(name, len);
	if (!copy)
		return -ENOMEM;
	err = ops->link(old->dentry, dir->dentry, name, len);
	if (!err) {
		fsnotify(NULL, ino, IN_ATTRIB_LINUX, NULL, 0);
		fsnotify(dir->dentry->inode, ino, IN_CREATE_LINUX, copy, 0);
	}
	kfree(copy);
	return err;
}

/* --- removal --- */
/* May victim be taken out of dir, as a directory or as something else? */
static int names_may_delete(const struct dentry *dir, const struct dentry *victim, bool directory)
{
	int err = vfs_may_delete(dir->inode, victim->inode);

	if (err)
		return err;
	if (directory && !S_ISDIR_LINUX(victim->inode->mode))
		return -ENOTDIR;
	if (!directory && S_ISDIR_LINUX(victim->inode->mode))
		return -EISDIR;
	return dir->unlinked ? -ENOENT : 0;
}

static int names_remove(struct dentry *dir, struct dentry *victim, bool directory)
{
	const struct inode_ops *ops = dir->inode->ops;
	int err = names_may_delete(dir, victim, directory);

	if (err)
		return err;
	if (!ops || !(directory ? ops->rmdir : ops->unlink))
		return -EPERM;
	if (victim->mounts)
		return -EBUSY;
	return directory ? ops->rmdir(dir, victim) : ops->unlink(dir, victim);
}

int vfs_unlink(const struct path *dir, const char *name, size_t len, bool directory)
{
	struct dentry *victim;
	struct inode *ino;
	char *copy;
	int err = mount_want_write(dir);

	if (!err)
		err = walk_lookup(dir->dentry, name, len, &victim);
	if (err)
		return err;
	ino = inode_get(victim->inode);
	copy = kstrndup(name, len);
	err = copy ? names_remove(dir->dentry, victim, directory) : -ENOMEM;
	if (!err && !directory)
		fsnotify(NULL, ino, IN_ATTRIB_LINUX, NULL, 0); /* the link count */
	dentry_put(victim); /* the last user: IN_DELETE_SELF comes before the directory's IN_DELETE */
	if (!err)
		fsnotify(dir->dentry->inode, ino, IN_DELETE_LINUX, copy, 0);
	inode_put(ino);
	kfree(copy);
	return err;
}

/* --- rename --- */
struct rename_op {
	struct dentry *old_dir, *new_dir, *old, *target; /* target NULL: the new name is free */
	const char *name;
	size_t len;
	uint32_t flags;
};

/* Trailing slashes and loops, which rename checks before any permission. */
static int rename_check_shape(const struct rename_op *op)
{
	bool exchange = op->flags & RENAME_EXCHANGE_LINUX;
	bool old_is_dir = S_ISDIR_LINUX(op->old->inode->mode);

	if (op->target && (op->flags & RENAME_NOREPLACE_LINUX))
		return -EEXIST;
	if (exchange && !op->target)
		return -ENOENT;
	if (exchange && (op->flags & RENAME_NEW_SLASH) && !S_ISDIR_LINUX(op->target->inode->mode))
		return -ENOTDIR;
	if (!old_is_dir && (op->flags & RENAME_OLD_SLASH))
		return -ENOTDIR;
	if (!old_is_dir && !exchange && (op->flags & RENAME_NEW_SLASH))
		return -ENOTDIR;
	if (dentry_is_below(op->new_dir, op->old))
		return -EINVAL;
	if (op->target && dentry_is_below(op->old_dir, op->target))
		return exchange ? -EINVAL : -ENOTEMPTY;
	return 0;
}

static int rename_check_access(const struct rename_op *op)
{
	bool exchange = op->flags & RENAME_EXCHANGE_LINUX;
	bool old_is_dir = S_ISDIR_LINUX(op->old->inode->mode);
	bool new_is_dir = op->target && S_ISDIR_LINUX(op->target->inode->mode);
	int err = names_may_delete(op->old_dir, op->old, old_is_dir);

	if (!err)
		err = op->target
			  ? names_may_delete(op->new_dir, op->target, exchange ? new_is_dir : old_is_dir)
			  : names_may_create(op->new_dir);
	if (err)
		return err;
	if (!op->old_dir->inode->ops || !op->old_dir->inode->ops->rename)
		return -EPERM;
	/* A directory that changes its parent has its ".." written. */
	if (old_is_dir && op->old_dir != op->new_dir)
		err = vfs_permission(op->old->inode, MAY_WRITE);
	if (!err && exchange && new_is_dir && op->old_dir != op->new_dir)
		err = vfs_permission(op->target->inode, MAY_WRITE);
	if (err)
		return err;
	return op->old->mounts || (op->target && op->target->mounts) ? -EBUSY : 0;
}

static void rename_notify(const struct rename_op *op, struct inode *moved, struct inode *target,
			  const char *old_name, const char *new_name)
{
	uint32_t cookie = inotify_cookie();

	fsnotify(op->old_dir->inode, moved, IN_MOVED_FROM_LINUX, old_name, cookie);
	fsnotify(op->new_dir->inode, moved, IN_MOVED_TO_LINUX, new_name, cookie);
	if (target && !(op->flags & RENAME_EXCHANGE_LINUX))
		fsnotify(NULL, target, IN_ATTRIB_LINUX, NULL, 0);
	fsnotify(NULL, moved, IN_MOVE_SELF_LINUX, NULL, 0);
	if (op->flags & RENAME_EXCHANGE_LINUX) {
		cookie = inotify_cookie();
		fsnotify(op->new_dir->inode, target, IN_MOVED_FROM_LINUX, new_name, cookie);
		fsnotify(op->old_dir->inode, target, IN_MOVED_TO_LINUX, old_name, cookie);
		fsnotify(NULL, target, IN_MOVE_SELF_LINUX, NULL, 0);
	}
}

static int rename_run(const struct rename_op *op)
{
	struct inode *moved = op->old->inode, *target = op->target ? op->target->inode : NULL;
	char *old_name, *new_name;
	int err = rename_check_shape(op);

	if (err)
		return err;
	if (moved == target)
		return 0; /* two links of one file: nothing to do, says POSIX */
	err = rename_check_access(op);
	if (err)
		return err;
	old_name = kstrdup(op->old->name);
	new_name = kstrndup(op->name, op->len);
	err = old_name && new_name
		  ? op->old_dir->inode->ops->rename(op->old_dir, op->old, op->new_dir, op->name, op->len,
						    op->target, op->flags & RENAME_FLAGS)
		  : -ENOMEM;
	if (!err)
		rename_notify(op, moved, target, old_name, new_name);
	kfree(old_name);
	kfree(new_name);
	return err;
}

int vfs_rename(const struct path *old_dir, const char *old, size_t old_len, const struct path *new_dir,
	       const char *new_name, size_t new_len, uint32_t flags)
{
	struct rename_op op = {.old_dir = old_dir->dentry,
			       .new_dir = new_dir->dentry,
			       .name = new_name,
			       .len = new_len,
			       .flags = flags};
	int err;

	if (old_dir->mnt != new_dir->mnt)
		return -EXDEV;
	err = mount_want_write(old_dir);
	if (!err)
		err = walk_lookup(op.old_dir, old, old_len, &op.old);
	if (err)
		return err;
	err = walk_lookup(op.new_dir, new_name, new_len, &op.target);
	if (err == -ENOENT) {
		op.target = NULL;
		err = 0;
	}
	if (!err)
		err = rename_run(&op);
	else
		op.target = NULL;
	if (op.target)
		dentry_put(op.target);
	dentry_put(op.old);
	return err;
}
