/* poll.c - poll(2), ppoll(2). */
#include "core/clock.h"
#include "core/errno.h"
#include "core/kmem.h"
#include "core/signal.h"
#include "core/task.h"
#include "fs/abi_event.h"
#include "fs/fdtable.h"
#include "fs/pollset.h"
#include "mm/usercopy.h"
#include "sys/polltime.h"
#include "sys/syscalls.h"
#include "sys/tempmask.h"
#include "sys/time.h"

#define INLINE_FDS 32U

/* revents of one entry. Descriptors are looked up every time: one that was closed meanwhile becomes POLLNVAL.
 */
static uint32_t poll_one(struct pollset *ps, const struct pollfd_linux *p, bool enter)
{
	uint32_t wanted = (uint16_t)p->events | (uint32_t)(POLLERR_LINUX | POLLHUP_LINUX);
	struct file *f;

	if (p->fd < 0)
		return 0;
	f = fd_file_io(p->fd);
	return f ? pollset_poll(ps, f, wanted, enter) & wanted : POLLNVAL_LINUX;
}

/* Fills in revents and returns how many entries have some; waits for one until the deadline. */
static int64_t poll_wait_any(struct pollfd_linux *fds, uint32_t nfds, ktime_t deadline, bool no_wait)
{
	bool enter = !no_wait, last_look = no_wait;
	struct pollset ps;
	int64_t n;

	pollset_init(&ps);
	for (;;) {
		n = 0;
		for (uint32_t i = 0; i < nfds; i++) {
			uint32_t revents = poll_one(&ps, &fds[i], enter && n == 0);
			fds[i].revents = (int16_t)revents;
			n += revents != 0;
		}
		enter = false;
		if (n == 0 && signal_pending(current))
			n = -ERESTARTNOHAND;
		if (n != 0 || last_look)
			break;
		int err = pollset_wait(&ps, deadline);
		if (err == -ENOMEM) {
			n = err;
			break;
		}
		last_look = err == -ETIMEDOUT;
	}
	pollset_destroy(&ps);
	return n;
}

static int64_t poll_user(uaddr_t ufds, uint32_t nfds, ktime_t deadline, bool no_wait)
{
	struct pollfd_linux small[INLINE_FDS], *fds = small;
	size_t size = nfds * sizeof(*fds);
	int64_t n = -EFAULT;

	if (nfds > task_rlimit(RLIMIT_NOFILE_LINUX))
		return -EINVAL;
	if (nfds > INLINE_FDS)
		fds = kmalloc(size);
	if (!fds)
		return -ENOMEM;
	if (copy_from_user(fds, ufds, size) == 0) {
		n = poll_wait_any(fds, nfds, deadline, no_wait);
		for (uint32_t i = 0; i < nfds; i++) {
			uaddr_t to = uaddr_add(ufds,
					       i * sizeof(*fds) + offsetof(struct pollfd_linux, revents));
			if (copy_to_user(to, &fds[i].revents, sizeof(fds[i].revents))) {
				n = -EFAULT;
				break;
			}
		}
	}
	if (fds != small)
		kfree(fds);
	return n;
}

static int64_t poll_restart(struct restart_block *rb);

/* poll(2) goes on through restart_syscall(2), with the deadline it had. */
static int64_t poll_until(uaddr_t ufds, uint32_t nfds, ktime_t deadline, bool no_wait)
{
	int64_t n = poll_user(ufds, nfds, deadline, no_wait);

	if (n != -ERESTARTNOHAND)
		return n;
	current->restart = (struct restart_block){.fn = poll_restart,
						  .arg = {ufds.v, nfds, (uint64_t)deadline}};
	return -ERESTART_RESTARTBLOCK;
}

static int64_t poll_restart(struct restart_block *rb)
{
	return poll_until(uaddr(rb->arg[0]), (uint32_t)rb->arg[1], (ktime_t)rb->arg[2], false);
}

int64_t sys_poll(uaddr_t fds, uint32_t nfds, int timeout)
{
	ktime_t deadline = KTIME_NEVER;

	if (timeout >= 0)
		deadline = ktime_add_saturating(clock_now(), timeout * NSEC_PER_MSEC);
	return poll_until(fds, nfds, deadline, timeout == 0);
}

int64_t sys_ppoll(uaddr_t fds, uint32_t nfds, uaddr_t timeout, uaddr_t sigmask, uint64_t sigsetsize)
{
	struct polltime t;
	int64_t ret = polltime_get(&t, timeout, false);

	if (!ret)
		ret = tempmask_begin(sigmask, sigsetsize);
	if (ret)
		return ret;
	return polltime_finish(&t, poll_user(fds, nfds, t.deadline, t.zero));
}
