/* epoll.c - epoll_create(2), epoll_ctl(2), epoll_wait(2) and relatives. */
#include "fs/epoll.h"

#include "core/clock.h"
#include "core/errno.h"
#include "fs/fdtable.h"
#include "mm/usercopy.h"
#include "sys/newfd.h"
#include "sys/syscalls.h"
#include "sys/tempmask.h"
#include "sys/time.h"

#define MAXEVENTS_MAX ((int)((uint64_t)INT32_MAX / sizeof(struct epoll_event_linux)))

int64_t sys_epoll_create1(int flags)
{
	struct file *f = NULL;

	if ((uint32_t)flags & ~EPOLL_CLOEXEC_LINUX)
		return -EINVAL;
	int err = epoll_create_file(&f);
	return newfd_install(err, f, flags);
}

int64_t sys_epoll_create(int size)
{
	return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

int64_t sys_epoll_ctl(int epfd, int op, int fd, uaddr_t event)
{
	struct epoll_event_linux ev = {0};

	if (op != EPOLL_CTL_DEL_LINUX && copy_from_user(&ev, event, sizeof(ev)))
		return -EFAULT;
	struct file *ep = fd_file_io(epfd);
	if (!ep)
		return -EBADF;
	struct file *target = fd_file_io(fd);
	if (!target)
		return -EBADF;
	return epoll_control(ep, op, fd, target, &ev);
}

static int64_t epoll_do_wait(int epfd, uaddr_t events, int maxevents, ktime_t deadline, bool no_wait)
{
	struct file *f = fd_get_io(epfd);
	int64_t ret = -EINVAL;

	if (!f)
		return -EBADF;
	if (maxevents > 0 && maxevents <= MAXEVENTS_MAX && epoll_is_file(f))
		ret = epoll_collect(f, events, maxevents, deadline, no_wait);
	file_put(f);
	return ret;
}

static ktime_t deadline_of_ms(int ms)
{
	return ms < 0 ? KTIME_NEVER : ktime_add_saturating(clock_now(), ms * NSEC_PER_MSEC);
}

int64_t sys_epoll_wait(int epfd, uaddr_t events, int maxevents, int timeout)
{
	return epoll_do_wait(epfd, events, maxevents, deadline_of_ms(timeout), timeout == 0);
}

static int64_t epoll_do_pwait(int epfd, uaddr_t events, int maxevents, ktime_t deadline, bool no_wait,
			      uaddr_t sigmask, uint64_t sigsetsize)
{
	int64_t ret = tempmask_begin(sigmask, sigsetsize);

	if (ret)
		return ret;
	ret = epoll_do_wait(epfd, events, maxevents, deadline, no_wait);
	tempmask_end(ret == -EINTR);
	return ret;
}

int64_t sys_epoll_pwait(int epfd, uaddr_t events, int maxevents, int timeout, uaddr_t sigmask,
			uint64_t sigsetsize)
{
	return epoll_do_pwait(epfd, events, maxevents, deadline_of_ms(timeout), timeout == 0, sigmask,
			      sigsetsize);
}

int64_t sys_epoll_pwait2(int epfd, uaddr_t events, int maxevents, uaddr_t timeout, uaddr_t sigmask,
			 uint64_t sigsetsize)
{
	ktime_t deadline;
	int err = timeout_from_user(timeout, &deadline);

	if (err)
		return err;
	return epoll_do_pwait(epfd, events, maxevents, deadline, deadline <= clock_now(), sigmask,
			      sigsetsize);
}
