/* fcntl.c - fcntl(2): descriptor flags, status flags, owners; locks, pipe sizes and seals go to their owners.
 * LEAVES OUT: leases (F_SETLEASE), directory notification by signal (F_NOTIFY), write hints: -EINVAL, as a
 * kernel built without them says. O_ASYNC cannot be set. */
#include "core/errno.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/locks.h"
#include "fs/memfd.h"
#include "fs/pipe.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"

static int64_t fcntl_dup(struct file *f, uint64_t min, bool cloexec)
{
	if (min >= task_rlimit(RLIMIT_NOFILE_LINUX) || min > INT32_MAX)
		return -EINVAL;
	return fd_install(file_get(f), (int)min, cloexec);
}

static int64_t fcntl_set_flags(struct file *f, uint32_t flags)
{
	uint32_t settable = O_SETFL_LINUX & ~O_ASYNC_LINUX;
	int err;

	if ((flags & O_NOATIME_LINUX) && !(f->flags & O_NOATIME_LINUX) && !vfs_owner_or_capable(f->inode))
		return -EPERM;
	/* On a pipe O_DIRECT means packets. */
	if ((flags & O_DIRECT_LINUX) && !S_ISREG_LINUX(f->inode->mode) && !S_ISFIFO_LINUX(f->inode->mode))
		return -EINVAL;
	flags = (flags & settable) | (f->flags & ~settable);
	err = f->ops->set_flags ? f->ops->set_flags(f, flags) : 0;
	if (err)
		return err;
	f->flags = flags;
	return 0;
}

/* --- who gets SIGIO and SIGURG --- */
static int fcntl_set_owner(struct file *f, int32_t type, int32_t id)
{
	if (id < 0)
		return -EINVAL;
	if (id && type == F_OWNER_PGRP_LINUX && !process_pgrp_first(id))
		return -ESRCH;
	if (id && type != F_OWNER_PGRP_LINUX && !task_find(id))
		return -ESRCH;
	f->owner_pid = type == F_OWNER_PGRP_LINUX ? -id : id;
	f->owner_type = type;
	return 0;
}

static int64_t fcntl_set_owner_plain(struct file *f, int32_t who)
{
	if (who == INT32_MIN)
		return -EINVAL;
	return who < 0 ? fcntl_set_owner(f, F_OWNER_PGRP_LINUX, -who)
		       : fcntl_set_owner(f, F_OWNER_PID_LINUX, who);
}

static int64_t fcntl_set_owner_ex(struct file *f, uaddr_t arg)
{
	struct f_owner_ex_linux o;

	if (copy_from_user(&o, arg, sizeof(o)))
		return -EFAULT;
	if (o.type < F_OWNER_TID_LINUX || o.type > F_OWNER_PGRP_LINUX)
		return -EINVAL;
	if (o.pid < 0)
		return -ESRCH;
	return fcntl_set_owner(f, o.type, o.pid);
}

static int64_t fcntl_get_owner_ex(const struct file *f, uaddr_t arg)
{
	struct f_owner_ex_linux o = {.type = f->owner_type};

	o.pid = f->owner_pid < 0 ? -f->owner_pid : f->owner_pid;
	if (f->owner_pid == 0)
		o.type = F_OWNER_PID_LINUX;
	return copy_to_user(arg, &o, sizeof(o));
}

static int64_t fcntl_set_signal(struct file *f, uint64_t signo)
{
	if (signo > NSIG_LINUX)
		return -EINVAL;
	f->owner_signal = (int32_t)signo;
	return 0;
}

/* The commands that an O_PATH descriptor knows, too. 1: not one of them. */
static int64_t fcntl_descriptor(int fd, struct file *f, uint32_t cmd, uint64_t arg)
{
	switch (cmd) {
	case F_DUPFD_LINUX: return fcntl_dup(f, arg & UINT32_MAX, false);
	case F_DUPFD_CLOEXEC_LINUX: return fcntl_dup(f, arg & UINT32_MAX, true);
	case F_DUPFD_QUERY_LINUX:
		if (!fd_file((int)arg))
			return -EBADF;
		return fd_file((int)arg) == f;
	case F_GETFD_LINUX: return fd_cloexec(fd) ? FD_CLOEXEC_LINUX : 0;
	case F_SETFD_LINUX: return fd_set_cloexec(fd, arg & FD_CLOEXEC_LINUX);
	case F_GETFL_LINUX: return f->flags;
	default: return 1 + (int64_t)INT32_MAX;
	}
}

static int64_t fcntl_file(int fd, struct file *f, uint32_t cmd, uint64_t arg)
{
	switch (cmd) {
	case F_SETFL_LINUX: return fcntl_set_flags(f, (uint32_t)arg);
	case F_GETLK_LINUX:
	case F_SETLK_LINUX:
	case F_SETLKW_LINUX:
	case F_OFD_GETLK_LINUX:
	case F_OFD_SETLK_LINUX:
	case F_OFD_SETLKW_LINUX: return locks_fcntl(f, fd, (int)cmd, uaddr(arg));
	case F_SETOWN_LINUX: return fcntl_set_owner_plain(f, (int32_t)arg);
	case F_GETOWN_LINUX:
		syscall_any_result(); /* a process group is told as its negative */
		return f->owner_pid;
	case F_SETOWN_EX_LINUX: return fcntl_set_owner_ex(f, uaddr(arg));
	case F_GETOWN_EX_LINUX: return fcntl_get_owner_ex(f, uaddr(arg));
	case F_SETSIG_LINUX: return fcntl_set_signal(f, arg);
	case F_GETSIG_LINUX: return f->owner_signal;
	case F_SETPIPE_SZ_LINUX: return pipe_fcntl_set_size(f, arg & UINT32_MAX);
	case F_GETPIPE_SZ_LINUX: return pipe_fcntl_get_size(f);
	case F_ADD_SEALS_LINUX: return arg > UINT32_MAX ? -EINVAL : memfd_add_seals(f, (uint32_t)arg);
	case F_GET_SEALS_LINUX: return arg > UINT32_MAX ? -EINVAL : memfd_get_seals(f);
	case F_GETLEASE_LINUX: return F_UNLCK_LINUX; /* nobody ever holds one */
	case F_NOTIFY_LINUX: return S_ISDIR_LINUX(f->inode->mode) ? -EINVAL : -ENOTDIR;
	default: return -EINVAL;
	}
}

int64_t sys_fcntl(int fd, uint32_t cmd, uint64_t arg)
{
	struct file *f = fd_get(fd); /* locks sleep */
	int64_t r;

	if (!f)
		return -EBADF;
	r = fcntl_descriptor(fd, f, cmd, arg);
	if (r > INT32_MAX)
		r = f->flags & O_PATH_LINUX ? -EBADF : fcntl_file(fd, f, cmd, arg);
	file_put(f);
	return r;
}
