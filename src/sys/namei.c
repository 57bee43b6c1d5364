/* namei.c - calls that make, remove and move names: mkdir(2), mknod(2), link(2), symlink(2), unlink(2),
 * rename(2). */
#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/fsctx.h"
#include "fs/names.h"
#include "fs/user_path.h"
#include "fs/walk.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

/* The place for a new name. With slashes behind it only a directory may be made there. */
static int namei_new(struct user_parent *p, int dirfd, uaddr_t name, bool directory)
{
	struct dentry *d;
	int err = user_parent_get(p, dirfd, name);

	if (err)
		return err;
	if (!user_parent_is_normal(p)) {
		err = -EEXIST;
	} else if (p->slash && !directory) {
		err = walk_lookup(p->dir.dentry, p->last, p->last_len, &d);
		if (!err) {
			dentry_put(d);
			err = -EEXIST;
		}
	}
	if (err)
		user_parent_put(p);
	return err;
}

static int64_t namei_create(int dirfd, uaddr_t path, uint32_t mode, uint64_t rdev)
{
	struct user_parent p;
	struct dentry *d;
	int64_t err = namei_new(&p, dirfd, path, S_ISDIR_LINUX(mode));

	if (err)
		return err;
	mode &= ~current->fs->umask;
	err = vfs_create(p.dir.dentry, p.dir.mnt, p.last, p.last_len, mode, rdev, &d);
	if (!err)
		dentry_put(d);
	user_parent_put(&p);
	return err;
}

int64_t sys_mkdirat(int dirfd, uaddr_t path, uint32_t mode)
{
	return namei_create(dirfd, path, S_IFDIR_LINUX | (mode & S_IALLUGO_LINUX), 0);
}

int64_t sys_mkdir(uaddr_t path, uint32_t mode)
{
	return sys_mkdirat(AT_FDCWD_LINUX, path, mode);
}

int64_t sys_mknodat(int dirfd, uaddr_t path, uint32_t mode, uint32_t dev)
{
	switch (mode & S_IFMT_LINUX) {
	case 0: mode |= S_IFREG_LINUX; break;
	case S_IFREG_LINUX:
	case S_IFCHR_LINUX:
	case S_IFBLK_LINUX:
	case S_IFIFO_LINUX:
	case S_IFSOCK_LINUX: break;
	case S_IFDIR_LINUX: return -EPERM;
	default: return -EINVAL;
	}
	return namei_create(dirfd, path, mode, dev);
}

int64_t sys_mknod(uaddr_t path, uint32_t mode, uint32_t dev)
{
	return sys_mknodat(AT_FDCWD_LINUX, path, mode, dev);
}

/* --- links --- */
int64_t sys_symlinkat(uaddr_t target, int newdirfd, uaddr_t linkpath)
{
	struct user_path text;
	struct user_parent p;
	int64_t err = user_path_get(&text, target);

	if (err)
		return err;
	err = text.text[0] == '\0' ? -ENOENT : namei_new(&p, newdirfd, linkpath, false);
	if (!err) {
		err = vfs_symlink(p.dir.dentry, p.dir.mnt, p.last, p.last_len, text.text);
		user_parent_put(&p);
	}
	user_path_put(&text);
	return err;
}

int64_t sys_symlink(uaddr_t target, uaddr_t linkpath)
{
	return sys_symlinkat(target, AT_FDCWD_LINUX, linkpath);
}

/* The existing file of linkat(2). An empty name takes the descriptor itself: its opener or a privileged task
 * may. */
static int namei_link_source(int dirfd, uaddr_t path, int flags, struct path *out)
{
	uint32_t walk = flags & AT_SYMLINK_FOLLOW_LINUX ? WALK_FOLLOW : 0;
	const struct file *f;
	int err;

	if (!(flags & AT_EMPTY_PATH_LINUX))
		return vfs_walk_at(dirfd, path, walk, out);
	err = vfs_walk_at(dirfd, path, walk | WALK_EMPTY, out);
	f = err || dirfd < 0 ? NULL : fd_file(dirfd);
	if (f && f->inode == out->dentry->inode && !vfs_capable(CAP_DAC_READ_SEARCH) &&
	    f->cred != current->cred) {
		path_put(out);
		return -ENOENT;
	}
	return err;
}

int64_t sys_linkat(int olddirfd, uaddr_t oldpath, int newdirfd, uaddr_t newpath, int flags)
{
	struct user_parent p;
	struct path old;
	int64_t err;

	if (flags & ~(AT_SYMLINK_FOLLOW_LINUX | AT_EMPTY_PATH_LINUX))
		return -EINVAL;
	err = namei_link_source(olddirfd, oldpath, flags, &old);
	if (err)
		return err;
	err = namei_new(&p, newdirfd, newpath, false);
	if (!err) {
		err = vfs_link(&old, &p.dir, p.last, p.last_len);
		user_parent_put(&p);
	}
	path_put(&old);
	return err;
}

int64_t sys_link(uaddr_t oldpath, uaddr_t newpath)
{
	return sys_linkat(AT_FDCWD_LINUX, oldpath, AT_FDCWD_LINUX, newpath, 0);
}

/* --- removal --- */
/* unlink("x/"): says what is wrong with x. */
static int namei_unlink_slash(const struct user_parent *p)
{
	struct dentry *d;
	int err = mount_want_write(&p->dir);

	if (!err)
		err = walk_lookup(p->dir.dentry, p->last, p->last_len, &d);
	if (err)
		return err;
	err = S_ISDIR_LINUX(d->inode->mode) ? -EISDIR : -ENOTDIR;
	dentry_put(d);
	return err;
}

static int namei_remove(const struct user_parent *p, bool directory)
{
	if (!user_parent_is_normal(p)) {
		if (!directory)
			return -EISDIR;
		if (user_parent_is_dotdot(p))
			return -ENOTEMPTY;
		return user_parent_is_dot(p) ? -EINVAL : -EBUSY;
	}
	if (!directory && p->slash)
		return namei_unlink_slash(p);
	return vfs_unlink(&p->dir, p->last, p->last_len, directory);
}

int64_t sys_unlinkat(int dirfd, uaddr_t path, int flags)
{
	struct user_parent p;
	int64_t err;

	if (flags & ~AT_REMOVEDIR_LINUX)
		return -EINVAL;
	err = user_parent_get(&p, dirfd, path);
	if (err)
		return err;
	err = namei_remove(&p, flags & AT_REMOVEDIR_LINUX);
	user_parent_put(&p);
	return err;
}

int64_t sys_unlink(uaddr_t path)
{
	return sys_unlinkat(AT_FDCWD_LINUX, path, 0);
}

int64_t sys_rmdir(uaddr_t path)
{
	return sys_unlinkat(AT_FDCWD_LINUX, path, AT_REMOVEDIR_LINUX);
}

/* --- rename --- */
static int namei_rename(const struct user_parent *old, const struct user_parent *new, uint32_t flags)
{
	if (old->dir.mnt != new->dir.mnt)
		return -EXDEV;
	if (!user_parent_is_normal(old))
		return -EBUSY;
	if (!user_parent_is_normal(new))
		return flags & RENAME_NOREPLACE_LINUX ? -EEXIST : -EBUSY;
	if (old->slash)
		flags |= RENAME_OLD_SLASH;
	if (new->slash)
		flags |= RENAME_NEW_SLASH;
	return vfs_rename(&old->dir, old->last, old->last_len, &new->dir, new->last, new->last_len, flags);
}

int64_t sys_renameat2(int olddirfd, uaddr_t oldpath, int newdirfd, uaddr_t newpath, uint32_t flags)
{
	struct user_parent old, new;
	int64_t err;

	if (flags & ~RENAME_FLAGS)
		return -EINVAL;
	if ((flags & (RENAME_NOREPLACE_LINUX | RENAME_WHITEOUT_LINUX)) && (flags & RENAME_EXCHANGE_LINUX))
		return -EINVAL;
	err = user_parent_get(&old, olddirfd, oldpath);
	if (err)
		return err;
	err = user_parent_get(&new, newdirfd, newpath);
	if (!err) {
		err = namei_rename(&old, &new, flags);
		user_parent_put(&new);
	}
	user_parent_put(&old);
	return err;
}

int64_t sys_renameat(int olddirfd, uaddr_t oldpath, int newdirfd, uaddr_t newpath)
{
	return sys_renameat2(olddirfd, oldpath, newdirfd, newpath, 0);
}

int64_t sys_rename(uaddr_t oldpath, uaddr_t newpath)
{
	return sys_renameat2(AT_FDCWD_LINUX, oldpath, AT_FDCWD_LINUX, newpath, 0);
}
