/* newfd.c - giving a fresh file its descriptor. */
#include "sys/newfd.h"

#include "fs/abi_fs.h"
#include "fs/fdtable.h"

int64_t newfd_install(int err, struct file *f, int flags)
{
	return err < 0 ? err : fd_install(f, 0, (uint32_t)flags & O_CLOEXEC_LINUX);
}
