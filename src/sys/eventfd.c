/* eventfd.c - eventfd(2), eventfd2(2). */
#include "fs/eventfd.h"

#include "core/errno.h"
#include "fs/abi_event.h"
#include "sys/newfd.h"
#include "sys/syscalls.h"

int64_t sys_eventfd2(uint32_t initval, int flags)
{
	struct file *f = NULL;

	if ((uint32_t)flags & ~(EFD_SEMAPHORE_LINUX | EFD_CLOEXEC_LINUX | EFD_NONBLOCK_LINUX))
		return -EINVAL;
	int err = eventfd_create(initval, (uint32_t)flags, &f);
	return newfd_install(err, f, flags);
}

int64_t sys_eventfd(uint32_t initval)
{
	return sys_eventfd2(initval, 0);
}
