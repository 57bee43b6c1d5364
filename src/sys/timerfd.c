/* timerfd.c - timerfd_create(2), timerfd_settime(2), timerfd_gettime(2). */
#include "fs/timerfd.h"

#include "core/errno.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "mm/usercopy.h"
#include "sys/newfd.h"
#include "sys/syscalls.h"

/* Wakes the machine from sleep; only the privilege has a meaning here. */
#define CAP_WAKE_ALARM ((enum cap)35)

int64_t sys_timerfd_create(int clockid, int flags)
{
	struct file *f = NULL;

	if ((uint32_t)flags & ~(TFD_CLOEXEC_LINUX | TFD_NONBLOCK_LINUX))
		return -EINVAL;
	switch (clockid) {
	case TFD_CLOCK_REALTIME_LINUX:
	case TFD_CLOCK_MONOTONIC_LINUX:
	case TFD_CLOCK_BOOTTIME_LINUX: break;
	case TFD_CLOCK_REALTIME_ALARM_LINUX:
	case TFD_CLOCK_BOOTTIME_ALARM_LINUX:
		if (!cred_capable(current->cred, CAP_WAKE_ALARM))
			return -EPERM;
		break;
	default: return -EINVAL;
	}
	int err = timerfd_open(clockid, (uint32_t)flags, &f);
	return newfd_install(err, f, flags);
}

int64_t sys_timerfd_settime(int fd, int flags, uaddr_t value, uaddr_t old)
{
	struct timerfd_spec_linux new, before;

	if (copy_from_user(&new, value, sizeof(new)))
		return -EFAULT;
	int err = timerfd_check(flags, &new);
	if (err)
		return err;
	struct file *f = fd_file_io(fd);
	if (!f)
		return -EBADF;
	err = timerfd_set(f, flags, &new, &before);
	/* Canceled: the new value is in force all the same, but the old one is not told. */
	if (!err && !uaddr_null(old) && copy_to_user(old, &before, sizeof(before)))
		return -EFAULT;
	return err;
}

int64_t sys_timerfd_gettime(int fd, uaddr_t value)
{
	struct timerfd_spec_linux cur;
	struct file *f = fd_file_io(fd);

	if (!f)
		return -EBADF;
	int err = timerfd_get(f, &cur);
	return err ? err : copy_to_user(value, &cur, sizeof(cur));
}
