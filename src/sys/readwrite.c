/* readwrite.c - read(2), write(2), their vector and positioned forms, and lseek(2).
 * LEAVES OUT: RWF_ATOMIC and RWF_DONTCACHE (refused with -EOPNOTSUPP). */
#include "core/errno.h"
#include "core/kmem.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"

#define IOV_FAST 8 /* segments that need no allocation */
#define USER_ADDRESS_MAX 0x7ffffffff000ULL

enum rw_direction {
	RW_READ,
	RW_WRITE
};

/* An imported vector; lives on the handler's stack. */
struct rw_vector {
	struct iovec_linux fast[IOV_FAST];
	struct iovec_linux *iov; /* fast, or allocated */
	struct iov_iter it;
};

static bool rw_access_ok(uint64_t base, uint64_t len)
{
	return base <= USER_ADDRESS_MAX && len <= USER_ADDRESS_MAX - base;
}

static int rw_check_segments(struct iovec_linux *iov, uint32_t nr)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < nr; i++) {
		if ((int64_t)iov[i].len < 0)
			return -EINVAL;
		if (!rw_access_ok(iov[i].base, iov[i].len))
			return -EFAULT;
		iov[i].len = MIN(iov[i].len, MAX_RW_COUNT_LINUX - total);
		total += iov[i].len;
	}
	return 0;
}

static int rw_import(struct rw_vector *v, uaddr_t addr, int count)
{
	int err;

	v->iov = v->fast;
	if (count < 0 || count > IOV_MAX_LINUX)
		return -EINVAL;
	if (count > IOV_FAST) {
		v->iov = kmalloc((size_t)count * sizeof(*v->iov));
		if (!v->iov)
			return -ENOMEM;
	}
	err = count ? copy_from_user(v->iov, addr, (size_t)count * sizeof(*v->iov)) : 0;
	if (!err)
		err = rw_check_segments(v->iov, (uint32_t)count);
	if (err && v->iov != v->fast)
		kfree(v->iov);
	if (!err)
		iter_init_iovec(&v->it, v->iov, (uint32_t)count);
	return err;
}

static void rw_release(struct rw_vector *v)
{
	if (v->iov != v->fast)
		kfree(v->iov);
}

/* Mode and kind, before the arguments are looked at: read(2) on a write-only file is -EBADF even with a bad
 * buffer. */
static int rw_check_file(const struct file *f, enum rw_direction dir)
{
	if (dir == RW_READ && !f->readable)
		return -EBADF;
	if (dir == RW_WRITE && !f->writable)
		return -EBADF;
	if (dir == RW_READ && !f->ops->read)
		return S_ISDIR_LINUX(f->inode->mode) ? -EISDIR : -EINVAL;
	if (dir == RW_WRITE && !f->ops->write)
		return -EINVAL;
	return 0;
}

static int64_t rw_move(struct file *f, enum rw_direction dir, struct iov_iter *it, int64_t *pos)
{
	return dir == RW_READ ? file_read(f, it, pos) : file_write(f, it, pos);
}

/* read(2), write(2), pread64(2), pwrite64(2): at NULL means the file's own position. */
static int64_t rw_plain(int fd, enum rw_direction dir, uaddr_t buf, uint64_t count, int64_t *at)
{
	struct file *f;
	struct iov_iter it;
	int64_t n;

	if (at && *at < 0)
		return -EINVAL;
	f = fd_get_io(fd);
	if (!f)
		return -EBADF;
	n = at && f->ops->stream ? -ESPIPE : rw_check_file(f, dir);
	if (!n && !rw_access_ok(buf.v, count))
		n = -EFAULT;
	if (!n) {
		iter_init_user(&it, buf, MIN(count, MAX_RW_COUNT_LINUX));
		n = rw_move(f, dir, &it, at ? at : &f->pos);
	}
	file_put(f);
	return n;
}

int64_t sys_read(int fd, uaddr_t buf, uint64_t count)
{
	return rw_plain(fd, RW_READ, buf, count, NULL);
}

int64_t sys_write(int fd, uaddr_t buf, uint64_t count)
{
	return rw_plain(fd, RW_WRITE, buf, count, NULL);
}

int64_t sys_pread64(int fd, uaddr_t buf, uint64_t count, int64_t offset)
{
	return rw_plain(fd, RW_READ, buf, count, &offset);
}

int64_t sys_pwrite64(int fd, uaddr_t buf, uint64_t count, int64_t offset)
{
	return rw_plain(fd, RW_WRITE, buf, count, &offset);
}

/* --- vectors --- */
/* Flags of preadv2 act as if the file had been opened with them, for this call alone. */
static int rw_check_flags(const struct file *f, int flags)
{
	if (flags & ~RWF_SUPPORTED_LINUX)
		return -EOPNOTSUPP;
	/* Only files that can say -EAGAIN know RWF_NOWAIT. */
	if ((flags & RWF_NOWAIT_LINUX) && !S_ISFIFO_LINUX(f->inode->mode))
		return -EOPNOTSUPP;
	return 0;
}

static int64_t rw_move_flags(struct file *f, enum rw_direction dir, struct iov_iter *it, int64_t *pos,
			     int flags)
{
	uint32_t saved = f->flags;
	int64_t n;

	/* Nothing sleeps while the flags are changed: regular files do not, pipes not with O_NONBLOCK. */
	if ((flags & RWF_APPEND_LINUX) && dir == RW_WRITE && S_ISREG_LINUX(f->inode->mode))
		f->flags |= O_APPEND_LINUX;
	if (flags & RWF_NOWAIT_LINUX)
		f->flags |= O_NONBLOCK_LINUX;
	n = rw_move(f, dir, it, pos);
	if (f->flags != saved && (flags & (RWF_APPEND_LINUX | RWF_NOWAIT_LINUX)))
		f->flags = saved;
	if (n > 0 && dir == RW_WRITE && (flags & (RWF_SYNC_LINUX | RWF_DSYNC_LINUX)) && f->ops->fsync) {
		int err = f->ops->fsync(f, !(flags & RWF_SYNC_LINUX));

		if (err)
			return err;
	}
	return n;
}

static int64_t rw_vector(int fd, enum rw_direction dir, uaddr_t iov, int count, int64_t *at, int flags)
{
	struct rw_vector v;
	struct file *f;
	int64_t n;

	if (at && *at < 0)
		return -EINVAL;
	f = fd_get_io(fd);
	if (!f)
		return -EBADF;
	n = at && f->ops->stream ? -ESPIPE : rw_import(&v, iov, count);
	if (n) {
		file_put(f);
		return n;
	}
	n = rw_check_file(f, dir);
	if (!n && v.it.count > 0) {
		n = rw_check_flags(f, flags);
		if (!n && flags)
			n = rw_move_flags(f, dir, &v.it, at ? at : &f->pos, flags);
		else if (!n)
			n = rw_move(f, dir, &v.it, at ? at : &f->pos);
	}
	rw_release(&v);
	file_put(f);
	return n;
}

int64_t sys_readv(int fd, uaddr_t iov, int iovcnt)
{
	return rw_vector(fd, RW_READ, iov, iovcnt, NULL, 0);
}

int64_t sys_writev(int fd, uaddr_t iov, int iovcnt)
{
	return rw_vector(fd, RW_WRITE, iov, iovcnt, NULL, 0);
}

int64_t sys_preadv(int fd, uaddr_t iov, int iovcnt, int64_t offset)
{
	return rw_vector(fd, RW_READ, iov, iovcnt, &offset, 0);
}

int64_t sys_pwritev(int fd, uaddr_t iov, int iovcnt, int64_t offset)
{
	return rw_vector(fd, RW_WRITE, iov, iovcnt, &offset, 0);
}

int64_t sys_preadv2(int fd, uaddr_t iov, int iovcnt, int64_t offset, uint64_t pos_high, int flags)
{
	(void)pos_high; /* the whole offset is in one register on x86-64 */
	return rw_vector(fd, RW_READ, iov, iovcnt, offset == -1 ? NULL : &offset, flags);
}

int64_t sys_pwritev2(int fd, uaddr_t iov, int iovcnt, int64_t offset, uint64_t pos_high, int flags)
{
	(void)pos_high;
	return rw_vector(fd, RW_WRITE, iov, iovcnt, offset == -1 ? NULL : &offset, flags);
}

int64_t sys_lseek(int fd, int64_t offset, uint32_t whence)
{
	struct file *f = fd_get_io(fd);
	int64_t pos;

	if (!f)
		return -EBADF;
	if (whence > SEEK_HOLE_LINUX)
		pos = -EINVAL;
	else if (!f->ops->llseek)
		pos = -ESPIPE;
	else
		pos = f->ops->llseek(f, offset, (int)whence);
	syscall_any_result();
	file_put(f);
	return pos;
}
