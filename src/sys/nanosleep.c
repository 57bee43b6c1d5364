/* nanosleep.c - sleeping: nanosleep(2), clock_nanosleep(2).
 *
 * Sleeps end exactly at their deadline: timer slack only ever delays, and delays of no use are left out. */
#include "core/clock.h"
#include "core/errno.h"
#include "core/list.h"
#include "core/sched.h"
#include "core/signal.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/abi_time.h"
#include "sys/syscall.h"
#include "sys/time.h"

/* Somebody sleeping on the CPU clock of a process. */
struct cpu_sleeper {
	struct list node;
	const struct process *process;
	struct cpu_clock clock;
	ktime_t deadline;
	struct waitq wait;
};
static struct list cpu_sleepers = LIST_INIT(cpu_sleepers);

static int64_t nanosleep_restart(struct restart_block *rb);

/* Interrupted with `left` to go: a relative sleep goes on through restart_syscall(2) to the same deadline. */
static int64_t nanosleep_interrupted(int32_t clockid, ktime_t deadline, ktime_t left, uaddr_t urem)
{
	if (left <= 0)
		return 0;
	if (!uaddr_null(urem)) {
		struct timespec_linux ts = ktime_to_timespec(left);
		if (copy_to_user(urem, &ts, sizeof(ts)))
			return -EFAULT;
	}
	struct restart_block *rb = &current->restart;
	rb->fn = nanosleep_restart;
	rb->arg[0] = (uint64_t)deadline;
	rb->arg[1] = urem.v;
	rb->arg[2] = (uint64_t)(int64_t)clockid;
	return -ERESTART_RESTARTBLOCK;
}

/* Until a monotonic deadline; 0 or -ERESTARTSYS. */
static int sleep_monotonic(ktime_t deadline)
{
	if (clock_now() >= deadline) {
		sched_yield_cpu();
		return 0;
	}
	while (clock_now() < deadline) {
		int err = task_sleep_until(SLEEP_INTERRUPTIBLE, deadline);
		if (err == -ERESTARTSYS)
			return err;
	}
	return 0;
}

/* Until an absolute wall time; setting the clock moves the deadline. */
static int sleep_wall(int32_t clockid, ktime_t t)
{
	for (;;) {
		ktime_t deadline = clock_to_monotonic(clockid, t);
		if (clock_now() >= deadline)
			return 0;
		int err = wait_on_until(&clock_set_wait, deadline);
		if (err == -ERESTARTSYS)
			return err;
	}
}

static int sleep_cpu(const struct cpu_clock *clock, ktime_t deadline)
{
	struct cpu_sleeper s = {.clock = *clock, .deadline = deadline};
	struct process *p = clock->task ? clock->task->process : clock->process;
	int err = 0;
	s.process = process_get(p);
	waitq_init(&s.wait);
	list_add_tail(&cpu_sleepers, &s.node);
	p->cpu_timers++;
	while (!err && !p->zombie && !p->reaped && cpu_clock_read(clock) < deadline)
		err = wait_on(&s.wait);
	p->cpu_timers--;
	list_del(&s.node);
	process_put(p);
	return err;
}

void nanosleep_check_cpu(const struct process *p)
{
	struct cpu_sleeper *s;
	LIST_FOR_EACH (s, &cpu_sleepers, struct cpu_sleeper, node) {
		if (s->process == p && cpu_clock_read(&s->clock) >= s->deadline)
			waitq_wake_all(&s->wait);
	}
}

static int64_t nanosleep_cpu(int32_t clockid, ktime_t t, bool absolute, uaddr_t urem)
{
	struct cpu_clock clock;
	if (cpu_clock_decode(clockid, &clock))
		return -EINVAL;
	/* one's own CPU time does not pass while one sleeps */
	if (clock.task == current)
		return -EINVAL;
	if (clock.task)
		return -EOPNOTSUPP;
	ktime_t deadline = absolute ? t : ktime_add_saturating(cpu_clock_read(&clock), t);
	int err = sleep_cpu(&clock, deadline);
	if (!err)
		return 0;
	if (absolute)
		return -ERESTARTNOHAND;
	return nanosleep_interrupted(clockid, deadline, deadline - cpu_clock_read(&clock), urem);
}

static int64_t nanosleep_restart(struct restart_block *rb)
{
	ktime_t deadline = (ktime_t)rb->arg[0];
	uaddr_t urem = uaddr(rb->arg[1]);
	int32_t clockid = (int32_t)rb->arg[2];
	struct cpu_clock clock;
	if (cpu_clock_decode(clockid, &clock) == 0) {
		int err = sleep_cpu(&clock, deadline);
		return err ? nanosleep_interrupted(clockid, deadline, deadline - cpu_clock_read(&clock), urem)
			   : 0;
	}
	int err = sleep_monotonic(deadline);
	return err ? nanosleep_interrupted(clockid, deadline, deadline - clock_now(), urem) : 0;
}

static int64_t nanosleep_relative(int32_t clockid, ktime_t t, uaddr_t urem)
{
	ktime_t deadline = ktime_add_saturating(clock_now(), t);
	int err = sleep_monotonic(deadline);
	return err ? nanosleep_interrupted(clockid, deadline, deadline - clock_now(), urem) : 0;
}

int64_t sys_nanosleep(uaddr_t ureq, uaddr_t urem)
{
	struct timespec_linux ts;
	if (copy_from_user(&ts, ureq, sizeof(ts)))
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	return nanosleep_relative(CLOCK_MONOTONIC_LINUX, timespec_to_ktime(&ts), urem);
}

int64_t sys_clock_nanosleep(int clockid, int flags, uaddr_t ureq, uaddr_t urem)
{
	struct timespec_linux ts;
	ktime_t now;
	bool absolute = (flags & TIMER_ABSTIME_LINUX) != 0;
	bool alarm = clockid == CLOCK_REALTIME_ALARM_LINUX || clockid == CLOCK_BOOTTIME_ALARM_LINUX;
	if (!alarm && clock_read(clockid, &now) && clockid >= 0)
		return -EINVAL;
	if (alarm || clockid == CLOCK_MONOTONIC_RAW_LINUX || clockid == CLOCK_REALTIME_COARSE_LINUX ||
	    clockid == CLOCK_MONOTONIC_COARSE_LINUX || clockid == CLOCK_THREAD_CPUTIME_ID_LINUX)
		return -EOPNOTSUPP;
	if (copy_from_user(&ts, ureq, sizeof(ts)))
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	ktime_t t = timespec_to_ktime(&ts);
	if (clockid < 0 || clockid == CLOCK_PROCESS_CPUTIME_ID_LINUX)
		return nanosleep_cpu(clockid, t, absolute, urem);
	if (!absolute)
		return nanosleep_relative(clockid, t, urem);
	int err = clock_is_wall(clockid) ? sleep_wall(clockid, t) : sleep_monotonic(t);
	return err ? -ERESTARTNOHAND : 0;
}
