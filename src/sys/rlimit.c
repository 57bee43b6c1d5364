/* rlimit.c - resource limits: getrlimit(2), setrlimit(2), prlimit64(2). */
#include "core/errno.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"

#define NR_OPEN_MAX 1048576ULL /* /proc/sys/fs/nr_open */

/* Reads the old and, if new is given, sets the limit of p. */
static int rlimit_change(struct process *p, uint32_t resource, const struct rlimit_linux *new,
			 struct rlimit_linux *old)
{
	if (resource >= RLIM_NLIMITS_LINUX)
		return -EINVAL;
	struct rlimit_linux *r = &p->rlimit[resource];
	if (new) {
		if (new->cur > new->max)
			return -EINVAL;
		if (resource == RLIMIT_NOFILE_LINUX && new->max > NR_OPEN_MAX)
			return -EPERM;
		if (new->max > r->max && !cred_capable(current->cred, CAP_SYS_RESOURCE))
			return -EPERM;
	}
	if (old)
		*old = *r;
	if (!new)
		return 0;
	bool watched = r->cur != RLIM_INFINITY_LINUX;
	*r = *new;
	if (resource == RLIMIT_CPU_LINUX) {
		/* a limit of no time at all is one of a second, as the shells expect */
		if (r->cur == 0)
			r->cur = 1;
		if (!watched && r->cur != RLIM_INFINITY_LINUX)
			p->cpu_timers++;
		else if (watched && r->cur == RLIM_INFINITY_LINUX)
			p->cpu_timers--;
	}
	return 0;
}

int64_t sys_getrlimit(uint32_t resource, uaddr_t rlim)
{
	struct rlimit_linux old;
	int err = rlimit_change(current->process, resource, NULL, &old);
	return err ? err : copy_to_user(rlim, &old, sizeof(old));
}

int64_t sys_setrlimit(uint32_t resource, uaddr_t rlim)
{
	struct rlimit_linux new;
	if (copy_from_user(&new, rlim, sizeof(new)))
		return -EFAULT;
	return rlimit_change(current->process, resource, &new, NULL);
}

static int rlimit_may_touch(const struct task *t)
{
	const struct cred *me = current->cred, *you = t->cred;
	if (t->process == current->process || cred_capable(me, CAP_SYS_RESOURCE))
		return 0;
	bool same = me->uid == you->euid && me->uid == you->suid && me->uid == you->uid &&
		    me->gid == you->egid && me->gid == you->sgid && me->gid == you->gid;
	return same ? 0 : -EPERM;
}

int64_t sys_prlimit64(int pid, uint32_t resource, uaddr_t unew, uaddr_t uold)
{
	struct rlimit_linux new, old;
	if (!uaddr_null(unew) && copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	const struct task *t = pid ? task_find(pid) : current;
	if (!t || !t->cred)
		return -ESRCH;
	int err = rlimit_may_touch(t);
	if (err)
		return err;
	err = rlimit_change(t->process, resource, uaddr_null(unew) ? NULL : &new, &old);
	if (err || uaddr_null(uold))
		return err;
	return copy_to_user(uold, &old, sizeof(old));
}
