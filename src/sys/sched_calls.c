/* sched_calls.c - scheduling policies and affinity: sched_setscheduler(2), sched_setattr(2),
 * sched_setaffinity(2) and relatives. Left out: SCHED_DEADLINE and utilisation clamps (EINVAL). */
#include <string.h>

#include "core/errno.h"
#include "core/sched.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/abi_time.h"
#include "sys/syscall.h"
#include "sys/time.h"

#define SCHED_DEADLINE_LINUX 6
#define RT_PRIORITY_MAX 99
#define RR_SLICE (100 * NSEC_PER_MSEC)
#define SCHED_ATTR_SIZE_VER0 48
#define SCHED_RESET_ON_FORK 0x40000000
#define SCHED_FLAG_RESET_ON_FORK 0x01U
#define SCHED_FLAG_KEEP_POLICY 0x08U
#define SCHED_FLAG_KEEP_PARAMS 0x10U

struct sched_attr_linux {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};
_Static_assert(sizeof(struct sched_attr_linux) == 56, "struct sched_attr");

static bool policy_is_rt(int policy)
{
	return policy == SCHED_FIFO_LINUX || policy == SCHED_RR_LINUX;
}

static bool policy_known(int policy)
{
	return policy_is_rt(policy) || policy == SCHED_OTHER_LINUX || policy == SCHED_BATCH_LINUX ||
	       policy == SCHED_IDLE_LINUX;
}

static int sched_find(int pid, struct task **t)
{
	if (pid < 0)
		return -EINVAL;
	*t = pid ? task_find(pid) : current;
	return *t && (*t)->cred ? 0 : -ESRCH;
}

static bool sched_owner(const struct task *t)
{
	const struct cred *me = current->cred;
	return me->euid == t->cred->euid || me->euid == t->cred->uid;
}

/* What an unprivileged task may do: stay below its limits, and only to its own user's tasks. */
static int sched_permitted(const struct task *t, int policy, uint32_t priority, int nice, bool reset)
{
	const struct rlimit_linux *lim = t->process->rlimit;
	if (cred_capable(current->cred, CAP_SYS_NICE))
		return 0;
	if (!policy_is_rt(policy) && nice < t->nice && (uint64_t)(20 - nice) > lim[RLIMIT_NICE_LINUX].cur)
		return -EPERM;
	if (policy_is_rt(policy)) {
		uint64_t max = lim[RLIMIT_RTPRIO_LINUX].cur;
		if (policy != t->sched_policy && max == 0)
			return -EPERM;
		if (priority > t->sched_priority && priority > max)
			return -EPERM;
	}
	if (t->sched_policy == SCHED_IDLE_LINUX && policy != SCHED_IDLE_LINUX &&
	    (uint64_t)(20 - t->nice) > lim[RLIMIT_NICE_LINUX].cur)
		return -EPERM;
	if (t->sched_reset_on_fork && !reset)
		return -EPERM;
	return sched_owner(t) ? 0 : -EPERM;
}

static int sched_set(struct task *t, int policy, uint32_t priority, int nice, bool reset)
{
	if (!policy_known(policy) || priority > RT_PRIORITY_MAX || policy_is_rt(policy) != (priority != 0))
		return -EINVAL;
	int err = sched_permitted(t, policy, priority, nice, reset);
	if (err)
		return err;
	t->sched_reset_on_fork = reset;
	sched_set_policy(t, (uint8_t)policy, (uint8_t)priority, (int8_t)nice);
	return 0;
}

int64_t sys_sched_yield(void)
{
	sched_yield_cpu();
	return 0;
}

static int64_t sched_set_param(int pid, int policy, uaddr_t param)
{
	uint32_t priority;
	struct task *t;
	if (uaddr_null(param) || pid < 0)
		return -EINVAL;
	if (get_user_u32(&priority, param))
		return -EFAULT;
	int err = sched_find(pid, &t);
	if (err)
		return err;
	if (policy < 0)
		return sched_set(t, t->sched_policy, priority, t->nice, t->sched_reset_on_fork);
	return sched_set(t, policy & ~SCHED_RESET_ON_FORK, priority, t->nice,
			 (policy & SCHED_RESET_ON_FORK) != 0);
}

int64_t sys_sched_setscheduler(int pid, int policy, uaddr_t param)
{
	return policy < 0 ? -EINVAL : sched_set_param(pid, policy, param);
}

int64_t sys_sched_setparam(int pid, uaddr_t param)
{
	return sched_set_param(pid, -1, param);
}

int64_t sys_sched_getscheduler(int pid)
{
	struct task *t;
	int err = sched_find(pid, &t);
	return err ? err : t->sched_policy | (t->sched_reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

int64_t sys_sched_getparam(int pid, uaddr_t param)
{
	struct task *t;
	if (uaddr_null(param))
		return -EINVAL;
	int err = sched_find(pid, &t);
	return err ? err : put_user_u32(param, t->sched_priority);
}

int64_t sys_sched_get_priority_max(int policy)
{
	if (policy_is_rt(policy))
		return RT_PRIORITY_MAX;
	return policy_known(policy) || policy == SCHED_DEADLINE_LINUX ? 0 : -EINVAL;
}

int64_t sys_sched_get_priority_min(int policy)
{
	if (policy_is_rt(policy))
		return 1;
	return policy_known(policy) || policy == SCHED_DEADLINE_LINUX ? 0 : -EINVAL;
}

int64_t sys_sched_rr_get_interval(int pid, uaddr_t interval)
{
	struct task *t;
	int err = sched_find(pid, &t);
	if (err)
		return err;
	ktime_t slice = sched_slice(t);
	if (t->sched_policy == SCHED_RR_LINUX)
		slice = RR_SLICE;
	else if (t->sched_policy == SCHED_FIFO_LINUX)
		slice = 0;
	struct timespec_linux ts = ktime_to_timespec(slice);
	return copy_to_user(interval, &ts, sizeof(ts));
}

/* --- sched_attr
 * ------------------------------------------------------------------------------------------------------ */

static int sched_attr_from_user(struct sched_attr_linux *a, uaddr_t uattr)
{
	uint32_t size;
	memset(a, 0, sizeof(*a));
	if (get_user_u32(&size, uattr))
		return -EFAULT;
	if (size == 0)
		size = SCHED_ATTR_SIZE_VER0;
	bool too_big = size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE;
	for (uint64_t off = sizeof(*a); !too_big && off < size; off++) {
		uint8_t byte;
		if (copy_from_user(&byte, uaddr_add(uattr, off), 1))
			return -EFAULT;
		too_big = byte != 0;
	}
	if (too_big) /* tells the caller what would fit */
		return put_user_u32(uattr, sizeof(*a)) ? -EFAULT : -E2BIG;
	if (copy_from_user(a, uattr, MIN(size, (uint32_t)sizeof(*a))))
		return -EFAULT;
	a->nice = MAX(MIN(a->nice, 19), -20);
	return 0;
}

int64_t sys_sched_setattr(int pid, uaddr_t uattr, uint32_t flags, uint64_t unused)
{
	struct sched_attr_linux a;
	struct task *t;
	(void)unused;
	if (uaddr_null(uattr) || pid < 0 || flags)
		return -EINVAL;
	int err = sched_attr_from_user(&a, uattr);
	if (err)
		return err;
	if ((int32_t)a.policy < 0 || (a.flags & ~(uint64_t)(SCHED_FLAG_RESET_ON_FORK |
							    SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS)))
		return -EINVAL;
	err = sched_find(pid, &t);
	if (err)
		return err;
	int policy = a.flags & SCHED_FLAG_KEEP_POLICY ? t->sched_policy : (int)a.policy;
	bool reset = (a.flags & SCHED_FLAG_RESET_ON_FORK) != 0;
	if (a.flags & SCHED_FLAG_KEEP_PARAMS)
		return sched_set(t, policy, t->sched_priority, t->nice, reset);
	return sched_set(t, policy, a.priority, policy_is_rt(policy) ? t->nice : a.nice, reset);
}

int64_t sys_sched_getattr(int pid, uaddr_t uattr, uint32_t size, uint32_t flags)
{
	struct sched_attr_linux a;
	struct task *t;
	if (uaddr_null(uattr) || pid < 0 || size > PAGE_SIZE || size < SCHED_ATTR_SIZE_VER0 || flags)
		return -EINVAL;
	int err = sched_find(pid, &t);
	if (err)
		return err;
	memset(&a, 0, sizeof(a));
	a.size = MIN(size, (uint32_t)sizeof(a));
	a.policy = t->sched_policy;
	a.flags = t->sched_reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
	if (policy_is_rt(t->sched_policy))
		a.priority = t->sched_priority;
	else
		a.nice = t->nice;
	a.util_max = 1024;
	return copy_to_user(uattr, &a, a.size);
}

/* --- affinity
 * -------------------------------------------------------------------------------------------------------- */

int64_t sys_sched_setaffinity(int pid, uint64_t len, uaddr_t umask)
{
	uint64_t mask = 0;
	struct task *t;
	if (copy_from_user(&mask, umask, MIN(len, sizeof(mask))))
		return -EFAULT;
	int err = sched_find(pid < 0 ? INT32_MAX : pid, &t);
	if (err)
		return err;
	if (!sched_owner(t) && !cred_capable(current->cred, CAP_SYS_NICE))
		return -EPERM;
	if (!(mask & 1))
		return -EINVAL; /* CPU 0 is all there is */
	t->affinity = 1;
	return 0;
}

int64_t sys_sched_getaffinity(int pid, uint64_t len, uaddr_t umask)
{
	struct task *t;
	if (len < sizeof(uint64_t) || len % sizeof(uint64_t))
		return -EINVAL;
	int err = sched_find(pid < 0 ? INT32_MAX : pid, &t);
	if (err)
		return err;
	return put_user_u64(umask, t->affinity) ? -EFAULT : (int64_t)sizeof(uint64_t);
}
