/* fsync.c - writing back and access advice: sync(2), fsync(2), sync_file_range(2), posix_fadvise(2),
 * readahead(2). Memory is the only store of most files: these calls check their arguments and write
 * host-backed files through. */
#include "core/errno.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/super.h"
#include "mm/pagecache.h"
#include "sys/syscalls.h"

#define SYNC_FILE_RANGE_VALID \
	(SYNC_FILE_RANGE_WAIT_BEFORE_LINUX | SYNC_FILE_RANGE_WRITE_LINUX | SYNC_FILE_RANGE_WAIT_AFTER_LINUX)

int64_t sys_sync(void)
{
	for (struct super *sb = super_next(NULL); sb; sb = super_next(sb))
		super_sync(sb);
	return 0;
}

int64_t sys_syncfs(int fd)
{
	struct file *f = fd_file_io(fd);

	return f ? super_sync(f->inode->sb) : -EBADF;
}

static int64_t fsync_file(int fd, bool data_only)
{
	struct file *f = fd_get_io(fd);
	int64_t err;

	if (!f)
		return -EBADF;
	err = f->ops->fsync ? f->ops->fsync(f, data_only) : -EINVAL;
	file_put(f);
	return err;
}

int64_t sys_fsync(int fd)
{
	return fsync_file(fd, false);
}

int64_t sys_fdatasync(int fd)
{
	return fsync_file(fd, true);
}

int64_t sys_sync_file_range(int fd, int64_t offset, int64_t nbytes, uint32_t flags)
{
	struct file *f = fd_file_io(fd);
	uint32_t mode;

	if (!f)
		return -EBADF;
	if (flags & ~SYNC_FILE_RANGE_VALID)
		return -EINVAL;
	if (offset < 0 || nbytes < 0 || offset > INT64_MAX - nbytes)
		return -EINVAL;
	mode = f->inode->mode;
	if (!S_ISREG_LINUX(mode) && !S_ISBLK_LINUX(mode) && !S_ISDIR_LINUX(mode) && !S_ISLNK_LINUX(mode))
		return -ESPIPE;
	return flags & SYNC_FILE_RANGE_WRITE_LINUX ? pagecache_writeback(&f->inode->pc) : 0;
}

int64_t sys_fadvise64(int fd, int64_t offset, int64_t len, int advice)
{
	struct file *f = fd_file_io(fd);

	(void)offset;
	if (!f)
		return -EBADF;
	if (S_ISFIFO_LINUX(f->inode->mode))
		return -ESPIPE;
	if (len < 0 || advice < POSIX_FADV_NORMAL_LINUX || advice > POSIX_FADV_NOREUSE_LINUX)
		return -EINVAL;
	return 0; /* advice: the page cache does well enough without */
}

int64_t sys_readahead(int fd, int64_t offset, uint64_t count)
{
	struct file *f = fd_file_io(fd);

	(void)offset;
	(void)count;
	if (!f || !f->readable)
		return -EBADF;
	return S_ISREG_LINUX(f->inode->mode) || S_ISBLK_LINUX(f->inode->mode) ? 0 : -EINVAL;
}
