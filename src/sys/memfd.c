/* memfd.c - memfd_create(2). */
#include "fs/memfd.h"

#include "core/errno.h"
#include "fs/abi_event.h"
#include "mm/usercopy.h"
#include "sys/newfd.h"
#include "sys/syscalls.h"

int64_t sys_memfd_create(uaddr_t name, uint32_t flags)
{
	const uint32_t all = MFD_CLOEXEC_LINUX | MFD_ALLOW_SEALING_LINUX | MFD_NOEXEC_SEAL_LINUX |
			     MFD_EXEC_LINUX;
	char text[MFD_NAME_MAX_LINUX + 1];
	struct file *f = NULL;

	if (!(flags & MFD_HUGETLB_LINUX) && (flags & ~all))
		return -EINVAL;
	if ((flags & MFD_EXEC_LINUX) && (flags & MFD_NOEXEC_SEAL_LINUX))
		return -EINVAL;
	int64_t len = strncpy_from_user(text, name, sizeof(text));
	if (len < 0)
		return len == -ENAMETOOLONG ? -EINVAL : len;
	int err = memfd_open(text, flags, &f);
	return newfd_install(err, f, flags & MFD_CLOEXEC_LINUX ? (int)O_CLOEXEC_LINUX : 0);
}
