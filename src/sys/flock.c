/* flock.c - flock(2). */
#include "core/errno.h"
#include "fs/abi_fs.h"
#include "fs/fdtable.h"
#include "fs/locks.h"
#include "sys/syscalls.h"

#define LOCK_MAND_LINUX 32U /* mandatory locks: no longer known, and ignored */

int64_t sys_flock(int fd, uint32_t operation)
{
	uint32_t op = operation & ~(uint32_t)LOCK_NB_LINUX;

	if (operation & LOCK_MAND_LINUX)
		return 0;
	if (op != LOCK_SH_LINUX && op != LOCK_EX_LINUX && op != LOCK_UN_LINUX)
		return -EINVAL;
	struct file *f = fd_get_io(fd);
	if (!f)
		return -EBADF;
	int64_t err = locks_flock(f, (int)operation);
	file_put(f);
	return err;
}
