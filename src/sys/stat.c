/* stat.c - stat(2), statx(2), statfs(2), access(2), readlink(2).
 * LEAVES OUT: STATX_DIOALIGN and later fields: their mask bits are never set. */
#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/mount.h"
#include "fs/super.h"
#include "fs/user_path.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

#define SECBIT_NO_SETUID_FIXUP 4U

static int64_t stat_out(struct inode *ino, uaddr_t buf)
{
	struct stat_linux st;

	inode_stat(ino, &st);
	return copy_to_user(buf, &st, sizeof(st));
}

static int64_t stat_at(int dirfd, uaddr_t path, uaddr_t buf, uint32_t walk_flags)
{
	struct path p;
	int64_t err = vfs_walk_at(dirfd, path, walk_flags, &p);

	if (err)
		return err;
	err = stat_out(p.dentry->inode, buf);
	path_put(&p);
	return err;
}

int64_t sys_stat(uaddr_t path, uaddr_t buf)
{
	return stat_at(AT_FDCWD_LINUX, path, buf, WALK_FOLLOW);
}

int64_t sys_lstat(uaddr_t path, uaddr_t buf)
{
	return stat_at(AT_FDCWD_LINUX, path, buf, 0);
}

int64_t sys_fstat(int fd, uaddr_t buf)
{
	struct file *f = fd_file(fd);

	return f ? stat_out(f->inode, buf) : -EBADF;
}

/* Is it fstat(2) in the clothes of an *at call? With AT_EMPTY_PATH the name may also be NULL. */
static bool stat_name_empty(uaddr_t path)
{
	char first;

	return uaddr_null(path) || (copy_from_user(&first, path, 1) == 0 && first == '\0');
}

static uint32_t stat_walk_flags(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW_LINUX ? 0 : WALK_FOLLOW) |
	       (flags & AT_EMPTY_PATH_LINUX ? WALK_EMPTY : 0);
}

int64_t sys_newfstatat(int dirfd, uaddr_t path, uaddr_t buf, int flags)
{
	if ((flags & AT_EMPTY_PATH_LINUX) && dirfd >= 0 && stat_name_empty(path))
		return sys_fstat(dirfd, buf);
	if (flags & ~(AT_SYMLINK_NOFOLLOW_LINUX | AT_NO_AUTOMOUNT_LINUX | AT_EMPTY_PATH_LINUX |
		      AT_STATX_SYNC_TYPE_LINUX))
		return -EINVAL;
	return stat_at(dirfd, path, buf, stat_walk_flags(flags));
}

/* --- statx --- */
static struct statx_timestamp_linux statx_time(int64_t ns)
{
	int64_t rest = ns % NSEC_PER_SEC;

	return (struct statx_timestamp_linux){
	    .tv_sec = ns / NSEC_PER_SEC - (rest < 0),
	    .tv_nsec = (uint32_t)(rest < 0 ? rest + NSEC_PER_SEC : rest),
	};
}

/* mask only decides about what costs extra: the time of birth. */
static void statx_fill(const struct path *p, struct inode *ino, uint32_t mask, struct statx_linux *sx)
{
	struct stat_linux st;

	inode_stat(ino, &st);
	*sx = (struct statx_linux){
	    .stx_mask = STATX_BASIC_STATS_LINUX | STATX_MNT_ID_LINUX,
	    .stx_blksize = (uint32_t)st.st_blksize,
	    .stx_nlink = (uint32_t)st.st_nlink,
	    .stx_uid = st.st_uid,
	    .stx_gid = st.st_gid,
	    .stx_mode = (uint16_t)st.st_mode,
	    .stx_ino = st.st_ino,
	    .stx_size = (uint64_t)st.st_size,
	    .stx_blocks = (uint64_t)st.st_blocks,
	    .stx_attributes_mask = STATX_ATTR_MOUNT_ROOT_LINUX,
	    .stx_atime = statx_time(ino->atime),
	    .stx_ctime = statx_time(ino->ctime),
	    .stx_mtime = statx_time(ino->mtime),
	    .stx_rdev_major = major_linux(st.st_rdev),
	    .stx_rdev_minor = minor_linux(st.st_rdev),
	    .stx_dev_major = major_linux(st.st_dev),
	    .stx_dev_minor = minor_linux(st.st_dev),
	};
	if (!p->mnt) { /* a pipe or the like */
		sx->stx_mnt_id = mount_anon->id;
		return;
	}
	sx->stx_mnt_id = p->mnt->id;
	if (p->dentry == p->mnt->root)
		sx->stx_attributes |= STATX_ATTR_MOUNT_ROOT_LINUX;
	if (mask & STATX_BTIME_LINUX) {
		sx->stx_mask |= STATX_BTIME_LINUX;
		sx->stx_btime = statx_time(ino->btime);
	}
}

int64_t sys_statx(int dirfd, uaddr_t path, int flags, uint32_t mask, uaddr_t buf)
{
	struct statx_linux sx;
	struct path p;
	struct file *f;
	int64_t err;

	if (mask & STATX_RESERVED_LINUX)
		return -EINVAL;
	if ((flags & AT_STATX_SYNC_TYPE_LINUX) == AT_STATX_SYNC_TYPE_LINUX)
		return -EINVAL;
	if (flags & ~(AT_SYMLINK_NOFOLLOW_LINUX | AT_NO_AUTOMOUNT_LINUX | AT_EMPTY_PATH_LINUX |
		      AT_STATX_SYNC_TYPE_LINUX))
		return -EINVAL;
	if ((flags & AT_EMPTY_PATH_LINUX) && dirfd >= 0 && stat_name_empty(path)) {
		f = fd_file(dirfd);
		if (!f)
			return -EBADF;
		statx_fill(&f->path, f->inode, mask, &sx);
		return copy_to_user(buf, &sx, sizeof(sx));
	}
	err = vfs_walk_at(dirfd, path, stat_walk_flags(flags), &p);
	if (err)
		return err;
	statx_fill(&p, p.dentry->inode, mask, &sx);
	path_put(&p);
	return copy_to_user(buf, &sx, sizeof(sx));
}

/* --- statfs --- */
static int64_t statfs_out(const struct path *p, struct super *sb, uaddr_t buf)
{
	struct statfs_linux st;

	super_statfs(sb, p->mnt, &st);
	return copy_to_user(buf, &st, sizeof(st));
}

int64_t sys_statfs(uaddr_t path, uaddr_t buf)
{
	struct path p;
	int64_t err = vfs_walk_at(AT_FDCWD_LINUX, path, WALK_FOLLOW, &p);

	if (err)
		return err;
	err = statfs_out(&p, p.dentry->sb, buf);
	path_put(&p);
	return err;
}

int64_t sys_fstatfs(int fd, uaddr_t buf)
{
	struct file *f = fd_file(fd);

	return f ? statfs_out(&f->path, f->inode->sb, buf) : -EBADF;
}

/* ustat(2), which nobody should use any more: by device number. */
int64_t sys_ustat(uint32_t dev, uaddr_t ubuf)
{
	struct ustat_linux u = {0};
	struct statfs_linux st;

	for (struct super *sb = super_next(NULL); sb; sb = super_next(sb)) {
		if (sb->dev != dev || sb->dead)
			continue;
		super_statfs(sb, NULL, &st);
		u.f_tfree = (int32_t)st.f_bfree;
		u.f_tinode = st.f_ffree;
		return copy_to_user(ubuf, &u, sizeof(u));
	}
	return -EINVAL;
}

/* --- access --- */
static int access_check(const struct path *p, uint32_t mode)
{
	struct inode *ino = p->dentry->inode;
	int err;

	if ((mode & MAY_EXEC) && S_ISREG_LINUX(ino->mode) && (p->mnt->flags & MS_NOEXEC_LINUX))
		return -EACCES;
	err = vfs_permission(ino, mode);
	if (err || !(mode & MAY_WRITE) || S_ISCHR_LINUX(ino->mode) || S_ISBLK_LINUX(ino->mode) ||
	    S_ISFIFO_LINUX(ino->mode) || S_ISSOCK_LINUX(ino->mode))
		return err;
	return mount_want_write(p);
}

/* access(2) asks for the real user: what would be allowed if the set-user-id bits were not there. */
static struct cred *access_real_cred(void)
{
	struct cred *c = cred_copy(current->cred);

	if (!c)
		return NULL;
	c->fsuid = c->uid;
	c->fsgid = c->gid;
	if (!(c->securebits & SECBIT_NO_SETUID_FIXUP))
		c->cap_effective = c->uid == 0 ? c->cap_permitted : 0;
	return c;
}

static int64_t access_at(int dirfd, uaddr_t path, int mode, int flags)
{
	struct cred *own = current->cred, *real = NULL;
	struct path p;
	int64_t err;

	if (mode & ~(R_OK_LINUX | W_OK_LINUX | X_OK_LINUX))
		return -EINVAL;
	if (flags & ~(AT_EACCESS_LINUX | AT_SYMLINK_NOFOLLOW_LINUX | AT_EMPTY_PATH_LINUX))
		return -EINVAL;
	if (!(flags & AT_EACCESS_LINUX)) {
		real = access_real_cred();
		if (!real)
			return -ENOMEM;
		current->cred = real; /* for the walk as well; nothing sleeps until it is put back */
	}
	err = vfs_walk_at(dirfd, path, stat_walk_flags(flags), &p);
	if (!err) {
		err = access_check(&p, (uint32_t)mode);
		path_put(&p);
	}
	current->cred = own;
	if (real)
		cred_put(real);
	return err;
}

int64_t sys_access(uaddr_t path, int mode)
{
	return access_at(AT_FDCWD_LINUX, path, mode, 0);
}

int64_t sys_faccessat(int dirfd, uaddr_t path, int mode)
{
	return access_at(dirfd, path, mode, 0);
}

int64_t sys_faccessat2(int dirfd, uaddr_t path, int mode, int flags)
{
	return access_at(dirfd, path, mode, flags);
}

/* --- readlink --- */
static int64_t readlink_out(struct dentry *d, uaddr_t buf, uint64_t size)
{
	const struct inode_ops *ops = d->inode->ops;
	char *text;
	int64_t n;

	if (!S_ISLNK_LINUX(d->inode->mode) || !ops || !ops->readlink)
		return -EINVAL;
	text = kmalloc(PATH_MAX);
	if (!text)
		return -ENOMEM;
	n = ops->readlink(d, text, PATH_MAX);
	if (n > 0) {
		n = MIN(n, (int64_t)size);
		if (copy_to_user(buf, text, (size_t)n))
			n = -EFAULT;
	}
	kfree(text);
	return n;
}

int64_t sys_readlinkat(int dirfd, uaddr_t path, uaddr_t buf, uint64_t bufsiz)
{
	struct user_path up;
	struct path p;
	int64_t n;

	if ((int32_t)bufsiz <= 0)
		return -EINVAL;
	n = user_path_get(&up, path);
	if (n)
		return n;
	n = user_path_walk(dirfd, up.text, WALK_EMPTY, &p);
	if (!n) {
		/* readlinkat(fd, "") reads the link an O_PATH descriptor stands for; anything else has no
		 * name. */
		n = up.text[0] == '\0' && !S_ISLNK_LINUX(p.dentry->inode->mode)
			? -ENOENT
			: readlink_out(p.dentry, buf, bufsiz);
		if (n >= 0)
			inode_accessed(p.dentry->inode, p.mnt);
		path_put(&p);
	}
	user_path_put(&up);
	return n;
}

int64_t sys_readlink(uaddr_t path, uaddr_t buf, uint64_t bufsiz)
{
	return sys_readlinkat(AT_FDCWD_LINUX, path, buf, bufsiz);
}
