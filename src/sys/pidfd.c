/* pidfd.c - process descriptors: pidfd_open(2), pidfd_send_signal(2), and the objects of CLONE_PIDFD and
 * P_PIDFD.
 *
 * A descriptor holds its process, so a pid that was used again is never mistaken for it.
 * Left out: pidfd_getfd(2), PIDFD_THREAD. */
#include "sys/pidfd.h"

#include "core/errno.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/procfs.h"
#include "mm/usercopy.h"
#include "sys/kill.h"
#include "sys/syscall.h"

struct pidfd {
	struct process *process;
	struct waitq wait; /* woken when the process has ended */
	struct list node;
};

static KMEM_CACHE(pidfd_cache, pidfd);
static struct list pidfd_all = LIST_INIT(pidfd_all);

static uint32_t pidfd_poll(struct file *f, struct poll_table *pt)
{
	struct pidfd *d = f->private;
	poll_wait(f, &d->wait, pt);
	return d->process->zombie || d->process->reaped ? POLLIN_LINUX | POLLRDNORM_LINUX : 0;
}

static void pidfd_release(struct file *f)
{
	struct pidfd *d = f->private;
	list_del(&d->node);
	process_put(d->process);
	kmem_free(&pidfd_cache, d);
}

static void pidfd_fdinfo(struct file *f, struct strbuf *out)
{
	const struct pidfd *d = f->private;
	int32_t pid = d->process->reaped ? -1 : d->process->pid;
	strbuf_printf(out, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

static const struct file_ops pidfd_ops = {
    .poll = pidfd_poll,
    .release = pidfd_release,
    .fdinfo = pidfd_fdinfo,
    .stream = true,
};

struct file *pidfd_create(struct process *p, uint32_t flags)
{
	struct pidfd *d = kmem_alloc(&pidfd_cache);
	if (!d)
		return NULL;
	struct file *f = file_create_anon("[pidfd]", &pidfd_ops, O_RDWR_LINUX | flags, d);
	if (!f) {
		kmem_free(&pidfd_cache, d);
		return NULL;
	}
	d->process = process_get(p);
	waitq_init(&d->wait);
	list_add_tail(&pidfd_all, &d->node);
	return f;
}

int pidfd_process(int fd, struct process **p, bool *nonblock)
{
	struct file *f = fd_file(fd);
	if (!f || f->ops != &pidfd_ops)
		return -EBADF;
	*p = ((struct pidfd *)f->private)->process;
	*nonblock = (f->flags & O_NONBLOCK_LINUX) != 0;
	return 0;
}

void pidfd_notify_exit(struct process *p)
{
	struct pidfd *d;
	LIST_FOR_EACH (d, &pidfd_all, struct pidfd, node) {
		if (d->process == p)
			waitq_wake(&d->wait, INT32_MAX, POLLIN_LINUX | POLLRDNORM_LINUX);
	}
}

int64_t sys_pidfd_open(int pid, uint32_t flags)
{
	if (flags & ~O_NONBLOCK_LINUX)
		return -EINVAL;
	if (pid <= 0)
		return -EINVAL;
	const struct task *t = task_find(pid);
	if (!t && !process_find(pid))
		return -ESRCH;
	struct process *p = process_find(pid);
	if (!p)
		return -EINVAL; /* a thread, but not the leader of its group */
	struct file *f = pidfd_create(p, flags);
	return f ? fd_install(f, 0, true) : -ENOMEM;
}

/* The oldest kind of process descriptor serves here as well: an open directory /proc/PID. */
static int pidfd_target(int pidfd, struct process **p)
{
	bool nonblock;
	int err = pidfd_process(pidfd, p, &nonblock);
	const struct file *f = err ? fd_file_io(pidfd) : NULL;
	if (!f || !procfs_stands_for(f->inode, p))
		return err;
	return *p ? 0 : -ESRCH;
}

int64_t sys_pidfd_send_signal(int pidfd, int sig, uaddr_t uinfo, uint32_t flags)
{
	struct process *p;
	struct siginfo_linux info;
	if (flags)
		return -EINVAL;
	int err = pidfd_target(pidfd, &p);
	if (err)
		return err;
	if (uaddr_null(uinfo)) {
		kill_info(&info, sig, SI_USER_LINUX);
	} else {
		err = copy_from_user(&info, uinfo, sizeof(info));
		if (err)
			return err;
		if (sig != info.si_signo)
			return -EINVAL;
		/* only to oneself may one pretend to be the kernel or kill(2) */
		if (p != current->process && (info.si_code >= 0 || info.si_code == SI_TKILL_LINUX))
			return -EPERM;
	}
	return kill_process(p, &info);
}
