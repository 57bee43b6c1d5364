/* priority.c - nice values and I/O priorities: getpriority(2), setpriority(2), ioprio_get(2), ioprio_set(2).
 *
 * Both families choose tasks in the same way: one task, the tasks of a process group, or those of a user. I/O
 * priorities are kept and reported; with no block device there is nothing to schedule by them. */
#include "core/errno.h"
#include "core/sched.h"
#include "core/task.h"
#include "sys/syscall.h"

/* clang-format off */
enum { PRIO_PROCESS, PRIO_PGRP, PRIO_USER };
enum { IOPRIO_CLASS_NONE, IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE };
/* clang-format on */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_CLASS_SHIFT 13
#define IOPRIO_LEVELS 8
#define NICE_MIN (-20)
#define NICE_MAX 19

/* Calls fn for each task chosen; stops when it returns false. The number of tasks. */
static int for_each_chosen(int which, int who, bool (*fn)(struct task *t, void *arg), void *arg)
{
	int n = 0;
	if (which == PRIO_PROCESS) {
		struct task *t = who ? task_find(who) : current;
		if (!t || !t->cred)
			return 0;
		fn(t, arg);
		return 1;
	}
	uint32_t uid = who ? (uint32_t)who : current->cred->uid;
	int32_t pgid = who ? who : current->process->pgid;
	for (struct process *p = process_next(0); p; p = process_next(p->pid)) {
		struct task *t;
		LIST_FOR_EACH (t, &p->threads, struct task, thread_node) {
			if (!t->cred || (which == PRIO_USER ? t->cred->uid != uid : p->pgid != pgid))
				continue;
			n++;
			if (!fn(t, arg))
				return n;
		}
	}
	return n;
}

static bool owner_of(const struct task *t)
{
	const struct cred *me = current->cred;
	return t->cred->uid == me->euid || t->cred->euid == me->euid;
}

/* --- nice
 * ------------------------------------------------------------------------------------------------------------
 */

static bool best_nice(struct task *t, void *arg)
{
	int *best = arg;
	*best = MIN(*best, (int)t->nice);
	return true;
}

int64_t sys_getpriority(int which, int who)
{
	int best = NICE_MAX + 1;
	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	if (for_each_chosen(which, who, best_nice, &best) == 0)
		return -ESRCH;
	return 20 - best; /* 1..40, so that it is no error */
}

struct nice_change {
	int nice;
	int err;
};

static bool set_nice(struct task *t, void *arg)
{
	struct nice_change *c = arg;
	bool privileged = cred_capable(current->cred, CAP_SYS_NICE);
	if (!owner_of(t) && !privileged) {
		c->err = -EPERM;
	} else if (c->nice < t->nice && !privileged &&
		   (uint64_t)(20 - c->nice) > t->process->rlimit[RLIMIT_NICE_LINUX].cur) {
		c->err = -EACCES;
	} else {
		if (c->err == -ESRCH)
			c->err = 0;
		sched_set_policy(t, t->sched_policy, t->sched_priority, (int8_t)c->nice);
	}
	return true;
}

int64_t sys_setpriority(int which, int who, int prio)
{
	struct nice_change c = {.nice = MAX(MIN(prio, NICE_MAX), NICE_MIN), .err = -ESRCH};
	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	for_each_chosen(which, who, set_nice, &c);
	return c.err;
}

/* --- I/O priority
 * ------------------------------------------------------------------------------------------------------ */

struct ioprio_change {
	uint16_t ioprio;
	int err;
};

static bool set_ioprio(struct task *t, void *arg)
{
	struct ioprio_change *c = arg;
	if (!owner_of(t) && !cred_capable(current->cred, CAP_SYS_NICE)) {
		c->err = -EPERM;
		return false;
	}
	t->ioprio = c->ioprio;
	c->err = 0;
	return true;
}

static int ioprio_check(int ioprio)
{
	int level = ioprio & ((1 << IOPRIO_CLASS_SHIFT) - 1);
	switch (ioprio >> IOPRIO_CLASS_SHIFT) {
	case IOPRIO_CLASS_RT:
		if (!cred_capable(current->cred, CAP_SYS_ADMIN) && !cred_capable(current->cred, CAP_SYS_NICE))
			return -EPERM;
		return level < IOPRIO_LEVELS ? 0 : -EINVAL;
	case IOPRIO_CLASS_BE: return level < IOPRIO_LEVELS ? 0 : -EINVAL;
	case IOPRIO_CLASS_IDLE: return 0;
	case IOPRIO_CLASS_NONE: return level ? -EINVAL : 0;
	default: return -EINVAL;
	}
}

int64_t sys_ioprio_set(int which, int who, int ioprio)
{
	struct ioprio_change c = {.ioprio = (uint16_t)ioprio, .err = -ESRCH};
	int err = ioprio_check(ioprio);
	if (err)
		return err;
	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_PROCESS + PRIO_USER)
		return -EINVAL;
	for_each_chosen(which - IOPRIO_WHO_PROCESS, who, set_ioprio, &c);
	return c.err;
}

/* The better of two: a real class before none, then the lower number. */
static bool best_ioprio(struct task *t, void *arg)
{
	int *best = arg;
	if (*best < 0 || (t->ioprio && (*best == 0 || t->ioprio < *best)))
		*best = t->ioprio;
	return true;
}

int64_t sys_ioprio_get(int which, int who)
{
	int best = -1;
	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_PROCESS + PRIO_USER)
		return -EINVAL;
	return for_each_chosen(which - IOPRIO_WHO_PROCESS, who, best_ioprio, &best) ? best : -ESRCH;
}
