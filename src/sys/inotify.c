/* inotify.c - inotify_init(2), inotify_add_watch(2), inotify_rm_watch(2). */
#include "fs/inotify.h"

#include "core/errno.h"
#include "fs/abi_fs.h"
#include "fs/fdtable.h"
#include "sys/newfd.h"
#include "sys/syscalls.h"

#define MASK_KNOWN                                                                            \
	(IN_ALL_EVENTS_LINUX | IN_UNMOUNT_LINUX | IN_Q_OVERFLOW_LINUX | IN_IGNORED_LINUX |    \
	 IN_ONLYDIR_LINUX | IN_DONT_FOLLOW_LINUX | IN_EXCL_UNLINK_LINUX | IN_MASK_ADD_LINUX | \
	 IN_MASK_CREATE_LINUX | IN_ISDIR_LINUX | IN_ONESHOT_LINUX)

int64_t sys_inotify_init1(int flags)
{
	struct file *f = NULL;

	if ((uint32_t)flags & ~(IN_CLOEXEC_LINUX | IN_NONBLOCK_LINUX))
		return -EINVAL;
	int err = inotify_create((uint32_t)flags, &f);
	return newfd_install(err, f, flags);
}

int64_t sys_inotify_init(void)
{
	return sys_inotify_init1(0);
}

int64_t sys_inotify_add_watch(int fd, uaddr_t path, uint32_t mask)
{
	uint32_t walk = (mask & IN_DONT_FOLLOW_LINUX ? 0 : WALK_FOLLOW) |
			(mask & IN_ONLYDIR_LINUX ? WALK_DIRECTORY : 0);
	struct path p;
	int64_t ret;

	if (!(mask & MASK_KNOWN))
		return -EINVAL;
	struct file *f = fd_get_io(fd);
	if (!f)
		return -EBADF;
	ret = -EINVAL;
	if (!inotify_is_file(f) || ((mask & IN_MASK_ADD_LINUX) && (mask & IN_MASK_CREATE_LINUX)))
		goto out;
	ret = vfs_walk_at(AT_FDCWD_LINUX, path, walk, &p);
	if (ret)
		goto out;
	ret = vfs_permission(p.dentry->inode, MAY_READ);
	if (!ret)
		ret = inotify_add(f, p.dentry->inode, mask);
	path_put(&p);
out:
	file_put(f);
	return ret;
}

int64_t sys_inotify_rm_watch(int fd, int wd)
{
	struct file *f = fd_file_io(fd);

	if (!f)
		return -EBADF;
	return inotify_is_file(f) ? inotify_remove(f, wd) : -EINVAL;
}
