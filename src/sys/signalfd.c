/* signalfd.c - signalfd(2), signalfd4(2). */
#include "fs/signalfd.h"

#include "core/errno.h"
#include "fs/abi_event.h"
#include "fs/fdtable.h"
#include "mm/usercopy.h"
#include "sys/newfd.h"
#include "sys/syscalls.h"

int64_t sys_signalfd4(int fd, uaddr_t mask, uint64_t sigsetsize, int flags)
{
	struct file *f = NULL;
	sigset_t_linux set;

	if (sigsetsize != sizeof(set))
		return -EINVAL;
	if (get_user_u64(&set, mask))
		return -EFAULT;
	if ((uint32_t)flags & ~(SFD_CLOEXEC_LINUX | SFD_NONBLOCK_LINUX))
		return -EINVAL;
	if (fd == -1) {
		int err = signalfd_create(set, (uint32_t)flags, &f);
		return newfd_install(err, f, flags);
	}
	f = fd_file_io(fd);
	if (!f)
		return -EBADF;
	int err = signalfd_set_mask(f, set);
	return err ? err : fd;
}

int64_t sys_signalfd(int fd, uaddr_t mask, uint64_t sigsetsize)
{
	return sys_signalfd4(fd, mask, sigsetsize, 0);
}
