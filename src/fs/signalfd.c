/* signalfd.c - pending signals as a file: signalfd(2).
 *
 * The file holds only a set of signals; whoever reads or polls it sees his own pending signals, thread and
 * process queue together. */
#include "fs/signalfd.h"

#include "core/errno.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/abi_event.h"
#include "fs/noseek.h"

struct signalfd {
	sigset_t_linux mask; /* signals that can be read */
};

static KMEM_CACHE(signalfd_cache, signalfd);

enum siginfo_shape {
	SHAPE_KILL,
	SHAPE_TIMER,
	SHAPE_POLL,
	SHAPE_FAULT,
	SHAPE_CHLD,
	SHAPE_RT,
	SHAPE_SYS
};

/* Which member of the union is in use (sigaction(2), "the siginfo_t argument"). */
static enum siginfo_shape siginfo_shape(const struct siginfo_linux *i)
{
	if (i->si_code == SI_TIMER_LINUX)
		return SHAPE_TIMER;
	if (i->si_code == SI_SIGIO_LINUX)
		return SHAPE_POLL;
	if (i->si_code < 0)
		return SHAPE_RT;
	if (i->si_code == SI_USER_LINUX || i->si_code >= SI_KERNEL_LINUX)
		return SHAPE_KILL;
	switch (i->si_signo) {
	case SIGCHLD_LINUX: return SHAPE_CHLD;
	case SIGIO_LINUX: return SHAPE_POLL;
	case SIGSYS_LINUX: return SHAPE_SYS;
	case SIGILL_LINUX:
	case SIGTRAP_LINUX:
	case SIGBUS_LINUX:
	case SIGFPE_LINUX:
	case SIGSEGV_LINUX: return SHAPE_FAULT;
	default: return SHAPE_KILL;
	}
}

static void signalfd_fill(struct signalfd_siginfo_linux *s, const struct siginfo_linux *i)
{
	s->ssi_signo = (uint32_t)i->si_signo;
	s->ssi_errno = i->si_errno;
	s->ssi_code = i->si_code;
	switch (siginfo_shape(i)) {
	case SHAPE_RT:
		s->ssi_ptr = i->rt.value.sival_ptr;
		s->ssi_int = i->rt.value.sival_int;
		s->ssi_pid = (uint32_t)i->rt.pid;
		s->ssi_uid = i->rt.uid;
		break;
	case SHAPE_KILL:
		s->ssi_pid = (uint32_t)i->rt.pid;
		s->ssi_uid = i->rt.uid;
		break;
	case SHAPE_TIMER:
		s->ssi_tid = (uint32_t)i->timer.tid;
		s->ssi_overrun = (uint32_t)i->timer.overrun;
		s->ssi_ptr = i->timer.value.sival_ptr;
		s->ssi_int = i->timer.value.sival_int;
		break;
	case SHAPE_POLL:
		s->ssi_band = (uint32_t)i->poll.band;
		s->ssi_fd = i->poll.fd;
		break;
	case SHAPE_FAULT: s->ssi_addr = i->fault.addr; break;
	case SHAPE_CHLD:
		s->ssi_pid = (uint32_t)i->chld.pid;
		s->ssi_uid = i->chld.uid;
		s->ssi_status = i->chld.status;
		s->ssi_utime = (uint64_t)i->chld.utime;
		s->ssi_stime = (uint64_t)i->chld.stime;
		break;
	case SHAPE_SYS:
		s->ssi_call_addr = i->sys.call_addr;
		s->ssi_syscall = i->sys.syscall;
		s->ssi_arch = i->sys.arch;
		break;
	}
}

/* The next signal of the set: its number, -EAGAIN or -ERESTARTSYS. */
static int signalfd_take(const struct signalfd *s, struct siginfo_linux *info, bool nonblock)
{
	for (;;) {
		int signo = signal_dequeue(current, s->mask, info);
		if (signo)
			return signo;
		if (nonblock)
			return -EAGAIN;
		int err = wait_on(&current->sighand->signalfd_wait);
		if (err)
			return err;
	}
}

static int64_t signalfd_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	uint64_t n = to->count / sizeof(struct signalfd_siginfo_linux);
	bool nonblock = f->flags & O_NONBLOCK_LINUX;
	int64_t done = 0;

	(void)pos;
	if (n == 0)
		return -EINVAL;
	for (; n > 0; n--) {
		struct signalfd_siginfo_linux out = {0};
		struct siginfo_linux info = {0};
		int err = signalfd_take(f->private, &info, nonblock);
		if (err < 0)
			return done ? done : err;
		signalfd_fill(&out, &info);
		if (iter_write(to, &out, sizeof(out)) < sizeof(out))
			return done ? done : -EFAULT;
		done += (int64_t)sizeof(out);
		nonblock = true; /* only the first one is waited for */
	}
	return done;
}

static uint32_t signalfd_poll(struct file *f, struct poll_table *pt)
{
	const struct signalfd *s = f->private;

	poll_wait(f, &current->sighand->signalfd_wait, pt);
	return signal_pending_set(current) & s->mask ? POLLIN_LINUX : 0;
}

static void signalfd_release(struct file *f)
{
	kmem_free(&signalfd_cache, f->private);
}

static void signalfd_fdinfo(struct file *f, struct strbuf *out)
{
	const struct signalfd *s = f->private;

	strbuf_printf(out, "sigmask:\t%016llx\n", (unsigned long long)s->mask);
}

static const struct file_ops signalfd_file_ops = {
    .read = signalfd_read,
    .llseek = noseek_llseek,
    .stream = true,
    .poll = signalfd_poll,
    .release = signalfd_release,
    .fdinfo = signalfd_fdinfo,
};

static sigset_t_linux signalfd_allowed(sigset_t_linux mask)
{
	return mask & ~(SIGSET_BIT(SIGKILL_LINUX) | SIGSET_BIT(SIGSTOP_LINUX));
}

int signalfd_create(sigset_t_linux mask, uint32_t flags, struct file **out)
{
	struct signalfd *s = kmem_alloc(&signalfd_cache);

	if (!s)
		return -ENOMEM;
	s->mask = signalfd_allowed(mask);
	*out = file_create_anon("signalfd", &signalfd_file_ops, O_RDWR_LINUX | (flags & O_NONBLOCK_LINUX), s);
	if (*out)
		return 0;
	kmem_free(&signalfd_cache, s);
	return -ENOMEM;
}

int signalfd_set_mask(struct file *f, sigset_t_linux mask)
{
	struct signalfd *s = f->private;

	if (f->ops != &signalfd_file_ops)
		return -EINVAL;
	s->mask = signalfd_allowed(mask);
	/* Somebody may be waiting for what is in the set now. */
	waitq_wake_all(&current->sighand->signalfd_wait);
	return 0;
}
