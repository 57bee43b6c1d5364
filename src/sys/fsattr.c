/* fsattr.c - changing attributes: chmod(2), chown(2), utime(2), truncate(2), fallocate(2), umask(2). */
#include "core/clock.h"
#include "core/errno.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/fsctx.h"
#include "fs/user_path.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

/* Walks and sets; the walk is what the *at calls share. */
static int64_t fsattr_at(int dirfd, uaddr_t path, uint32_t walk_flags, const struct iattr *a)
{
	struct path p;
	int64_t err = vfs_walk_at(dirfd, path, walk_flags, &p);

	if (err)
		return err;
	/* The mode of a symbolic link means nothing and cannot be set. */
	if ((a->valid & ATTR_MODE) && S_ISLNK_LINUX(p.dentry->inode->mode))
		err = -EOPNOTSUPP;
	else
		err = vfs_setattr(&p, a);
	path_put(&p);
	return err;
}

static int64_t fsattr_file(struct file *f, const struct iattr *a)
{
	struct path p;
	int64_t err;

	if (!f)
		return -EBADF;
	err = file_path(f, &p);
	if (err)
		return err;
	err = vfs_setattr(&p, a);
	path_put(&p);
	return err;
}

/* --- mode --- */
static int64_t chmod_at(int dirfd, uaddr_t path, uint32_t mode, int flags)
{
	struct iattr a = {.valid = ATTR_MODE, .mode = mode & S_IALLUGO_LINUX};
	uint32_t walk = flags & AT_SYMLINK_NOFOLLOW_LINUX ? 0 : WALK_FOLLOW;

	if (flags & ~(AT_SYMLINK_NOFOLLOW_LINUX | AT_EMPTY_PATH_LINUX))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH_LINUX)
		walk |= WALK_EMPTY;
	return fsattr_at(dirfd, path, walk, &a);
}

int64_t sys_chmod(uaddr_t path, uint32_t mode)
{
	return chmod_at(AT_FDCWD_LINUX, path, mode, 0);
}

int64_t sys_fchmodat(int dirfd, uaddr_t path, uint32_t mode)
{
	return chmod_at(dirfd, path, mode, 0);
}

int64_t sys_fchmodat2(int dirfd, uaddr_t path, uint32_t mode, int flags)
{
	return chmod_at(dirfd, path, mode, flags);
}

int64_t sys_fchmod(int fd, uint32_t mode)
{
	struct iattr a = {.valid = ATTR_MODE, .mode = mode & S_IALLUGO_LINUX};

	return fsattr_file(fd_file_io(fd), &a);
}

int64_t sys_umask(uint32_t mask)
{
	uint32_t old = current->fs->umask;

	current->fs->umask = mask & S_IRWXUGO_LINUX;
	return old;
}

/* --- owner --- */
static struct iattr chown_attr(uint32_t owner, uint32_t group)
{
	struct iattr a = {.uid = owner, .gid = group};

	if (owner != UINT32_MAX)
		a.valid |= ATTR_UID;
	if (group != UINT32_MAX)
		a.valid |= ATTR_GID;
	return a;
}

int64_t sys_fchownat(int dirfd, uaddr_t path, uint32_t owner, uint32_t group, int flags)
{
	struct iattr a = chown_attr(owner, group);
	uint32_t walk = flags & AT_SYMLINK_NOFOLLOW_LINUX ? 0 : WALK_FOLLOW;

	if (flags & ~(AT_SYMLINK_NOFOLLOW_LINUX | AT_EMPTY_PATH_LINUX))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH_LINUX)
		walk |= WALK_EMPTY;
	return fsattr_at(dirfd, path, walk, &a);
}

int64_t sys_chown(uaddr_t path, uint32_t owner, uint32_t group)
{
	return sys_fchownat(AT_FDCWD_LINUX, path, owner, group, 0);
}

int64_t sys_lchown(uaddr_t path, uint32_t owner, uint32_t group)
{
	return sys_fchownat(AT_FDCWD_LINUX, path, owner, group, AT_SYMLINK_NOFOLLOW_LINUX);
}

int64_t sys_fchown(int fd, uint32_t owner, uint32_t group)
{
	struct iattr a = chown_attr(owner, group);

	return fsattr_file(fd_file_io(fd), &a);
}

/* --- times --- */
static int64_t times_ns(const struct timespec_linux *ts)
{
	int64_t ns;

	/* Beyond the year 2262 is as late as it gets. */
	if (__builtin_mul_overflow(ts->tv_sec, NSEC_PER_SEC, &ns) ||
	    __builtin_add_overflow(ns, ts->tv_nsec, &ns))
		return ts->tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

static bool times_valid(const struct timespec_linux *ts)
{
	return ts->tv_nsec == UTIME_NOW_LINUX || ts->tv_nsec == UTIME_OMIT_LINUX ||
	       (ts->tv_nsec >= 0 && ts->tv_nsec < NSEC_PER_SEC);
}

/* times NULL: both are now. */
static void times_attr(const struct timespec_linux *times, struct iattr *a)
{
	int64_t now = clock_wall();
	bool atime_now = !times || times[0].tv_nsec == UTIME_NOW_LINUX;
	bool mtime_now = !times || times[1].tv_nsec == UTIME_NOW_LINUX;

	*a = (struct iattr){.valid = ATTR_ATIME | ATTR_MTIME};
	if (times && times[0].tv_nsec == UTIME_OMIT_LINUX)
		a->valid &= ~(uint32_t)ATTR_ATIME;
	if (times && times[1].tv_nsec == UTIME_OMIT_LINUX)
		a->valid &= ~(uint32_t)ATTR_MTIME;
	a->atime = atime_now ? now : times_ns(&times[0]);
	a->mtime = mtime_now ? now : times_ns(&times[1]);
	if (atime_now && mtime_now)
		a->valid |= ATTR_TIMES_NOW;
}

static int64_t times_set(int dirfd, uaddr_t path, const struct timespec_linux *times, int flags)
{
	uint32_t walk = flags & AT_SYMLINK_NOFOLLOW_LINUX ? 0 : WALK_FOLLOW;
	struct iattr a;

	if (times && (!times_valid(&times[0]) || !times_valid(&times[1])))
		return -EINVAL;
	times_attr(times, &a);
	if (uaddr_null(path) && dirfd != AT_FDCWD_LINUX) {
		if (flags)
			return -EINVAL;
		return fsattr_file(fd_file_io(dirfd), &a);
	}
	if (flags & ~(AT_SYMLINK_NOFOLLOW_LINUX | AT_EMPTY_PATH_LINUX))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH_LINUX)
		walk |= WALK_EMPTY;
	return fsattr_at(dirfd, path, walk, &a);
}

int64_t sys_utimensat(int dirfd, uaddr_t path, uaddr_t times_addr, int flags)
{
	struct timespec_linux times[2];

	if (uaddr_null(times_addr))
		return times_set(dirfd, path, NULL, flags);
	if (copy_from_user(times, times_addr, sizeof(times)))
		return -EFAULT;
	if (times[0].tv_nsec == UTIME_OMIT_LINUX && times[1].tv_nsec == UTIME_OMIT_LINUX)
		return 0; /* nothing to do: not even the path is looked at */
	return times_set(dirfd, path, times, flags);
}

int64_t sys_futimesat(int dirfd, uaddr_t path, uaddr_t times_addr)
{
	struct timeval_linux tv[2];
	struct timespec_linux times[2];

	if (uaddr_null(times_addr))
		return times_set(dirfd, path, NULL, 0);
	if (copy_from_user(tv, times_addr, sizeof(tv)))
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return -EINVAL;
		times[i] = (struct timespec_linux){tv[i].tv_sec, tv[i].tv_usec * NSEC_PER_USEC};
	}
	return times_set(dirfd, path, times, 0);
}

int64_t sys_utimes(uaddr_t path, uaddr_t times)
{
	return sys_futimesat(AT_FDCWD_LINUX, path, times);
}

int64_t sys_utime(uaddr_t path, uaddr_t times_addr)
{
	struct utimbuf_linux ub;
	struct timespec_linux times[2];

	if (uaddr_null(times_addr))
		return times_set(AT_FDCWD_LINUX, path, NULL, 0);
	if (copy_from_user(&ub, times_addr, sizeof(ub)))
		return -EFAULT;
	times[0] = (struct timespec_linux){ub.actime, 0};
	times[1] = (struct timespec_linux){ub.modtime, 0};
	return times_set(AT_FDCWD_LINUX, path, times, 0);
}

/* --- size --- */
int64_t sys_truncate(uaddr_t path, int64_t length)
{
	struct path p;
	int64_t err;

	if (length < 0)
		return -EINVAL;
	err = vfs_walk_at(AT_FDCWD_LINUX, path, WALK_FOLLOW, &p);
	if (err)
		return err;
	err = vfs_truncate(&p, (uint64_t)length);
	path_put(&p);
	return err;
}

int64_t sys_ftruncate(int fd, int64_t length)
{
	struct iattr a = {.valid = ATTR_SIZE | ATTR_FORCE, .size = (uint64_t)length};
	struct file *f;

	if (length < 0)
		return -EINVAL;
	f = fd_file_io(fd);
	if (!f)
		return -EBADF;
	if (!S_ISREG_LINUX(f->inode->mode) || !f->writable)
		return -EINVAL;
	return fsattr_file(f, &a);
}

static int fallocate_check(const struct file *f, int mode, int64_t offset, int64_t len)
{
	const int known = FALLOC_FL_KEEP_SIZE_LINUX | FALLOC_FL_PUNCH_HOLE_LINUX |
			  FALLOC_FL_COLLAPSE_RANGE_LINUX | FALLOC_FL_ZERO_RANGE_LINUX |
			  FALLOC_FL_INSERT_RANGE_LINUX | FALLOC_FL_UNSHARE_RANGE_LINUX;
	int kind = mode & ~FALLOC_FL_KEEP_SIZE_LINUX;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	/* One kind of change at a time; a hole never changes the size. */
	if ((mode & ~known) || (kind & (kind - 1)))
		return -EOPNOTSUPP;
	if (kind == FALLOC_FL_PUNCH_HOLE_LINUX && !(mode & FALLOC_FL_KEEP_SIZE_LINUX))
		return -EOPNOTSUPP;
	if ((kind == FALLOC_FL_COLLAPSE_RANGE_LINUX || kind == FALLOC_FL_INSERT_RANGE_LINUX) && kind != mode)
		return -EOPNOTSUPP;
	if (!f->writable)
		return -EBADF;
	if (S_ISFIFO_LINUX(f->inode->mode))
		return -ESPIPE;
	if (S_ISDIR_LINUX(f->inode->mode))
		return -EISDIR;
	if (!S_ISREG_LINUX(f->inode->mode) && !S_ISBLK_LINUX(f->inode->mode))
		return -ENODEV;
	if ((uint64_t)offset + (uint64_t)len > FILE_SIZE_MAX_LINUX)
		return -EFBIG;
	return f->ops->fallocate ? 0 : -EOPNOTSUPP;
}

int64_t sys_fallocate(int fd, int mode, int64_t offset, int64_t len)
{
	struct file *f = fd_get_io(fd);
	int64_t err;

	if (!f)
		return -EBADF;
	err = fallocate_check(f, mode, offset, len);
	if (!err)
		err = f->ops->fallocate(f, mode, (uint64_t)offset, (uint64_t)len);
	if (!err && f->path.dentry)
		fsnotify_dentry(f->path.dentry, IN_MODIFY_LINUX);
	file_put(f);
	return err;
}
