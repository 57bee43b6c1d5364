/* pipe.c - pipe(2), pipe2(2). */
#include "fs/pipe.h"

#include "core/errno.h"
#include "fs/fdtable.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

int64_t sys_pipe2(uaddr_t pipefd, int flags)
{
	bool cloexec = (uint32_t)flags & O_CLOEXEC_LINUX;
	struct file *rd, *wr;
	int fds[2];

	if ((uint32_t)flags & ~(O_CLOEXEC_LINUX | O_NONBLOCK_LINUX | O_DIRECT_LINUX))
		return -EINVAL;
	int err = pipe_create((uint32_t)flags, &rd, &wr);
	if (err)
		return err;
	fds[0] = fd_install(rd, 0, cloexec);
	if (fds[0] < 0) {
		file_put(wr);
		return fds[0];
	}
	fds[1] = fd_install(wr, 0, cloexec);
	if (fds[1] < 0) {
		fd_close(fds[0]);
		return fds[1];
	}
	if (copy_to_user(pipefd, fds, sizeof(fds)) == 0)
		return 0;
	fd_close(fds[0]);
	fd_close(fds[1]);
	return -EFAULT;
}

int64_t sys_pipe(uaddr_t pipefd)
{
	return sys_pipe2(pipefd, 0);
}
