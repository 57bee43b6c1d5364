/* sigaction.c - dispositions, masks and waiting for signals: rt_sigaction(2), rt_sigprocmask(2),
 * rt_sigpending(2), rt_sigsuspend(2), rt_sigtimedwait(2), pause(2), restart_syscall(2). */
#include "core/clock.h"
#include "core/errno.h"
#include "core/signal.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"
#include "sys/time.h"

#define SIG_NEVER_BLOCKED (SIGSET_BIT(SIGKILL_LINUX) | SIGSET_BIT(SIGSTOP_LINUX))
/* The flags that a program can find out to be supported (SA_UNSUPPORTED probing of Linux 5.11). */
#define SA_KNOWN                                                                                            \
	(SA_NOCLDSTOP_LINUX | SA_NOCLDWAIT_LINUX | SA_SIGINFO_LINUX | SA_ONSTACK_LINUX | SA_RESTART_LINUX | \
	 SA_NODEFER_LINUX | SA_RESETHAND_LINUX | SA_RESTORER_LINUX)

/* A signal that has become ignored disappears from all queues (POSIX 2.4.3). */
static void sigaction_drop_pending(int signo)
{
	struct process *p = current->process;
	struct task *t;
	signal_discard(&p->pending, SIGSET_BIT(signo));
	LIST_FOR_EACH (t, &p->threads, struct task, thread_node)
		signal_discard(&t->pending, SIGSET_BIT(signo));
	LIST_FOR_EACH (t, &p->threads, struct task, thread_node) {
		if (t->signal_pending_flag)
			signal_recalc(t);
	}
}

static bool sigaction_ignores(int signo, uint64_t handler)
{
	if (handler == SIG_IGN_LINUX)
		return true;
	return handler == SIG_DFL_LINUX &&
	       (signal_default_action(signo) == SIG_DEFAULT_IGNORE || signo == SIGCONT_LINUX);
}

int64_t sys_rt_sigaction(int signo, uaddr_t uact, uaddr_t uold, uint64_t setsize)
{
	struct sigaction_linux new, old;
	if (setsize != sizeof(sigset_t_linux))
		return -EINVAL;
	if (!uaddr_null(uact) && copy_from_user(&new, uact, sizeof(new)))
		return -EFAULT;
	if (signo < 1 || signo > NSIG_LINUX)
		return -EINVAL;
	if (!uaddr_null(uact) && (signo == SIGKILL_LINUX || signo == SIGSTOP_LINUX))
		return -EINVAL;
	struct sigaction_linux *slot = &current->sighand->action[signo - 1];
	old = *slot;
	if (!uaddr_null(uact)) {
		new.flags &= SA_KNOWN;
		new.mask &= ~SIG_NEVER_BLOCKED;
		*slot = new;
		if (sigaction_ignores(signo, new.handler))
			sigaction_drop_pending(signo);
	}
	return uaddr_null(uold) ? 0 : copy_to_user(uold, &old, sizeof(old));
}

int64_t sys_rt_sigprocmask(int how, uaddr_t uset, uaddr_t uold, uint64_t setsize)
{
	sigset_t_linux old = current->blocked, set, mask;
	if (setsize != sizeof(sigset_t_linux))
		return -EINVAL;
	if (!uaddr_null(uset)) {
		if (get_user_u64(&set, uset))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK_LINUX: mask = old | set; break;
		case SIG_UNBLOCK_LINUX: mask = old & ~set; break;
		case SIG_SETMASK_LINUX: mask = set; break;
		default: return -EINVAL;
		}
		signal_set_mask(current, mask & ~SIG_NEVER_BLOCKED);
	}
	return uaddr_null(uold) ? 0 : put_user_u64(uold, old);
}

int64_t sys_rt_sigpending(uaddr_t uset, uint64_t setsize)
{
	sigset_t_linux set = signal_pending_set(current) & current->blocked;
	if (setsize > sizeof(set))
		return -EINVAL;
	return copy_to_user(uset, &set, setsize);
}

/* Sleeps until a signal is to be delivered. */
static int64_t sigaction_pause(void)
{
	while (!signal_pending(current)) {
		if (task_sleep_until(SLEEP_INTERRUPTIBLE, KTIME_NEVER))
			break;
	}
	return -ERESTARTNOHAND;
}

int64_t sys_pause(void)
{
	return sigaction_pause();
}

int64_t sys_rt_sigsuspend(uaddr_t uset, uint64_t setsize)
{
	sigset_t_linux mask;
	if (setsize != sizeof(mask))
		return -EINVAL;
	if (get_user_u64(&mask, uset))
		return -EFAULT;
	signal_set_temporary_mask(current, mask & ~SIG_NEVER_BLOCKED);
	return sigaction_pause();
}

int64_t sys_rt_sigtimedwait(uaddr_t uset, uaddr_t uinfo, uaddr_t utimeout, uint64_t setsize)
{
	sigset_t_linux set;
	struct siginfo_linux info;
	ktime_t deadline;
	if (setsize != sizeof(set))
		return -EINVAL;
	if (get_user_u64(&set, uset))
		return -EFAULT;
	int err = timeout_from_user(utimeout, &deadline);
	if (err)
		return err;
	set &= ~SIG_NEVER_BLOCKED;
	int signo;
	for (;;) {
		/* after a failed sleep too: what ended it may be what is waited for */
		signo = signal_dequeue(current, set, &info);
		if (signo || err)
			break;
		err = wait_on_until(&current->sighand->signalfd_wait, deadline);
	}
	if (!signo)
		return err == -ETIMEDOUT ? -EAGAIN : -EINTR;
	if (!uaddr_null(uinfo) && copy_to_user(uinfo, &info, sizeof(info)))
		return -EFAULT;
	return signo;
}

int64_t sys_restart_syscall(void)
{
	struct restart_block *rb = &current->restart;
	return rb->fn ? rb->fn(rb) : -EINTR;
}
