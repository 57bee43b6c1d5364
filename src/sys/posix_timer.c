/* posix_timer.c - POSIX timers: timer_create(2) and relatives.
 *
 * A timer whose signal is queued rests until the signal is taken; then the periods that passed meanwhile are
 * counted as overruns and it starts again (as in Linux, and so a blocked signal costs nothing). A signal that
 * was not queued, because it is ignored or the queue is full, lets the timer go on at most once a tick.
 *
 * Left out: timers on the CPU clocks of other processes (EINVAL), on the alarm clocks (EOPNOTSUPP, as without
 * an RTC). */
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/kmem.h"
#include "core/signal.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/abi_time.h"
#include "sys/syscall.h"
#include "sys/time.h"

#define TICK_NS (4 * NSEC_PER_MSEC)

struct posix_timer {
	struct list node; /* in process->posix_timers */
	struct process *process;
	int32_t id;
	int32_t clockid;
	bool cpu;          /* on CPU time: compared at return to user */
	int32_t clock_tid; /* cpu: the thread that is measured, 0: the process */
	int clock_which;   /* cpu: CPUCLOCK_*_LINUX */
	int32_t notify, signo, tid;
	union sigval_linux value;

	bool armed;
	bool absolute;
	ktime_t expires; /* on the timer's own clock */
	ktime_t interval;
	bool queued; /* its signal was queued and not taken yet, as far as the hook knows */
	int64_t overrun_last;
	struct ktimer ktimer;
};

static KMEM_CACHE(posix_timer_cache, posix_timer);

static struct posix_timer *timer_find(struct process *p, int32_t id)
{
	struct posix_timer *t;
	LIST_FOR_EACH (t, &p->posix_timers, struct posix_timer, node) {
		if (t->id == id)
			return t;
	}
	return NULL;
}

/* --- clocks and arming
 * ------------------------------------------------------------------------------------------- */

static ktime_t timer_clock_now(const struct posix_timer *t)
{
	ktime_t now = 0;
	if (t->cpu) {
		struct cpu_clock c = {.process = t->process, .which = t->clock_which};
		if (t->clock_tid) {
			c.task = task_find(t->clock_tid);
			if (!c.task || c.task->process != t->process)
				return 0; /* its thread ended: the clock stands */
		}
		return cpu_clock_read(&c);
	}
	(void)clock_read(t->clockid, &now);
	return now;
}

/* Relative timers on a wall clock do not follow it when it is set. */
static void timer_arm(struct posix_timer *t)
{
	if (!t->armed && t->cpu)
		t->process->cpu_timers++;
	t->armed = true;
	if (!t->cpu)
		ktimer_start(&t->ktimer,
			     t->absolute ? clock_to_monotonic(t->clockid, t->expires) : t->expires);
}

static void timer_disarm(struct posix_timer *t)
{
	if (t->armed && t->cpu)
		t->process->cpu_timers--;
	t->armed = false;
	if (!t->cpu)
		ktimer_stop(&t->ktimer);
}

/* The time that `expires` counts in: monotonic for relative timers, else the clock itself. */
static ktime_t timer_now(const struct posix_timer *t)
{
	return t->cpu || t->absolute ? timer_clock_now(t) : clock_now();
}

/* Moves expires behind now in steps of the interval; how many. */
static int64_t timer_forward(struct posix_timer *t, ktime_t now)
{
	if (t->expires > now)
		return 0;
	int64_t n = (now - t->expires) / t->interval + 1;
	t->expires += n * t->interval;
	return n;
}

/* --- expiry
 * ----------------------------------------------------------------------------------------------------------
 */

static struct task *timer_target(const struct posix_timer *t)
{
	struct task *task = task_find(t->tid);
	return task && task->process == t->process && !task->exiting ? task : NULL;
}

/* Is its signal still in the queue? It may also have been thrown away, because it became ignored. */
static bool timer_is_queued(const struct posix_timer *t)
{
	const struct sigpending *q = &t->process->pending;
	if (!t->queued)
		return false;
	if (t->notify & SIGEV_THREAD_ID_LINUX) {
		const struct task *task = timer_target(t);
		if (!task)
			return false;
		q = &task->pending;
	}
	return signal_timer_queued(q, t->signo, t->id);
}

/* Sends the signal; false if the timer has nobody to tell any more. */
static bool timer_send(struct posix_timer *t)
{
	struct siginfo_linux info;
	memset(&info, 0, sizeof(info));
	info.si_signo = t->signo;
	info.si_code = SI_TIMER_LINUX;
	info.timer.tid = t->id;
	info.timer.value = t->value;
	if (t->notify & SIGEV_THREAD_ID_LINUX) {
		struct task *task = timer_target(t);
		if (!task)
			return false;
		(void)signal_send_task(task, &info);
	} else {
		(void)signal_send_process(t->process, &info);
	}
	t->queued = true;
	t->queued = timer_is_queued(t);
	return true;
}

static void timer_expire(struct posix_timer *t)
{
	timer_disarm(t);
	if (t->notify == SIGEV_NONE_LINUX || !timer_send(t) || t->queued || !t->interval)
		return;
	ktime_t now = timer_now(t);
	(void)timer_forward(t, now);
	/* nobody listens: not more often than a tick */
	t->expires = MAX(t->expires, now + TICK_NS);
	timer_arm(t);
}

/* A task takes a signal: the timer behind it goes on. */
static void timer_signal_taken(struct process *p, struct siginfo_linux *info)
{
	if (info->si_signo == SIGALRM_LINUX)
		itimer_real_restart(p);
	if (info->si_code != SI_TIMER_LINUX)
		return;
	struct posix_timer *t = timer_find(p, info->timer.tid);
	if (!t || !t->queued || t->signo != info->si_signo)
		return;
	t->queued = false;
	t->overrun_last = 0;
	if (t->interval && !t->armed && t->expires) {
		/* the first step leads from the expiry that was signalled to the next one */
		int64_t n = timer_forward(t, timer_now(t));
		t->overrun_last = MIN(MAX(n - 1, (int64_t)0), (int64_t)INT32_MAX);
		timer_arm(t);
	}
	info->timer.overrun = (int32_t)t->overrun_last;
}

void timer_signals_hook(void)
{
	signal_on_dequeue = timer_signal_taken;
}

static void timer_fire(struct ktimer *k)
{
	timer_expire(CONTAINER_OF(k, struct posix_timer, ktimer));
}

void posix_timers_check_cpu(struct process *p)
{
	struct posix_timer *t;
	LIST_FOR_EACH (t, &p->posix_timers, struct posix_timer, node) {
		if (t->cpu && t->armed && timer_clock_now(t) >= t->expires)
			timer_expire(t);
	}
}

void posix_timers_clock_set(struct process *p)
{
	struct posix_timer *t;
	LIST_FOR_EACH (t, &p->posix_timers, struct posix_timer, node) {
		if (t->armed && t->absolute && !t->cpu && clock_is_wall(t->clockid))
			timer_arm(t);
	}
}

/* --- create and delete
 * ------------------------------------------------------------------------------------------ */

static int timer_clock_check(int clockid, struct posix_timer *t)
{
	struct cpu_clock c;
	switch (clockid) {
	case CLOCK_REALTIME_LINUX:
	case CLOCK_MONOTONIC_LINUX:
	case CLOCK_BOOTTIME_LINUX:
	case CLOCK_TAI_LINUX: return 0;
	case CLOCK_MONOTONIC_RAW_LINUX:
	case CLOCK_REALTIME_COARSE_LINUX:
	case CLOCK_MONOTONIC_COARSE_LINUX:
	case CLOCK_REALTIME_ALARM_LINUX:
	case CLOCK_BOOTTIME_ALARM_LINUX: return -EOPNOTSUPP;
	default:
		if (cpu_clock_decode(clockid, &c))
			return -EINVAL;
		if (!c.task && c.process != current->process)
			return -EINVAL;
		t->cpu = true;
		t->clock_tid = c.task ? c.task->tid : 0;
		t->clock_which = c.which;
		return 0;
	}
}

static int timer_event_check(const struct sigevent_linux *ev)
{
	const struct task *task;
	switch (ev->notify) {
	case SIGEV_NONE_LINUX: return 0;
	case SIGEV_THREAD_ID_LINUX:
		task = task_find(ev->tid);
		if (!task || task->process != current->process)
			return -EINVAL;
		break;
	case SIGEV_SIGNAL_LINUX:
	case SIGEV_THREAD_LINUX: break;
	default: return -EINVAL;
	}
	return ev->signo < 1 || ev->signo > NSIG_LINUX ? -EINVAL : 0;
}

static uint64_t timer_count(struct process *p)
{
	uint64_t n = 0;
	const struct posix_timer *t;
	LIST_FOR_EACH (t, &p->posix_timers, const struct posix_timer, node)
		n++;
	return n;
}

static void timer_free(struct posix_timer *t)
{
	timer_disarm(t);
	list_del(&t->node);
	kmem_free(&posix_timer_cache, t);
}

void posix_timers_delete_all(struct process *p)
{
	while (!list_empty(&p->posix_timers))
		timer_free(LIST_FIRST(&p->posix_timers, struct posix_timer, node));
}

int64_t sys_timer_create(int clockid, uaddr_t usev, uaddr_t utimerid)
{
	struct posix_timer proto;
	struct process *p = current->process;
	struct sigevent_linux ev;
	memset(&ev, 0, sizeof(ev));
	memset(&proto, 0, sizeof(proto));
	if (!uaddr_null(usev) && copy_from_user(&ev, usev, sizeof(ev)))
		return -EFAULT;
	int err = timer_clock_check(clockid, &proto);
	if (err)
		return err;
	if (timer_count(p) >= task_rlimit(RLIMIT_SIGPENDING_LINUX))
		return -EAGAIN;
	if (uaddr_null(usev)) {
		ev.notify = SIGEV_SIGNAL_LINUX;
		ev.signo = SIGALRM_LINUX;
		ev.value.sival_int = p->next_timer_id;
	}
	err = timer_event_check(&ev);
	if (err)
		return err;
	struct posix_timer *t = kmem_alloc(&posix_timer_cache);
	if (!t)
		return -EAGAIN;
	*t = proto;
	t->process = p;
	t->id = p->next_timer_id;
	if (put_user_u32(utimerid, (uint32_t)t->id)) {
		kmem_free(&posix_timer_cache, t);
		return -EFAULT;
	}
	p->next_timer_id = p->next_timer_id == INT32_MAX ? 0 : p->next_timer_id + 1;
	t->clockid = clockid;
	t->notify = ev.notify;
	t->tid = ev.tid;
	ktimer_init(&t->ktimer, timer_fire);
	t->signo = ev.signo;
	t->value = ev.value;
	timer_signals_hook();
	list_add_tail(&p->posix_timers, &t->node);
	return 0;
}

int64_t sys_timer_delete(int timerid)
{
	struct posix_timer *t = timer_find(current->process, timerid);
	if (!t)
		return -EINVAL;
	timer_free(t);
	return 0;
}

/* --- get and set
 * ---------------------------------------------------------------------------------------------------- */

static struct itimerspec_linux timer_get(struct posix_timer *t)
{
	struct itimerspec_linux out = {.interval = ktime_to_timespec(t->interval)};
	/* waiting for its signal to be taken, an interval timer is still running */
	bool resting = t->interval && (timer_is_queued(t) || t->notify == SIGEV_NONE_LINUX) && t->expires;
	if (!t->armed && !resting)
		return out;
	ktime_t now = timer_now(t);
	ktime_t expires = t->expires;
	if (!t->armed && expires <= now)
		expires += ((now - expires) / t->interval + 1) * t->interval;
	out.value = ktime_to_timespec(MAX(expires - now, (ktime_t)1));
	return out;
}

int64_t sys_timer_gettime(int timerid, uaddr_t value)
{
	struct posix_timer *t = timer_find(current->process, timerid);
	if (!t)
		return -EINVAL;
	struct itimerspec_linux out = timer_get(t);
	return copy_to_user(value, &out, sizeof(out));
}

int64_t sys_timer_settime(int timerid, int flags, uaddr_t value, uaddr_t uold)
{
	struct itimerspec_linux new, old;
	if (uaddr_null(value))
		return -EINVAL;
	if (copy_from_user(&new, value, sizeof(new)))
		return -EFAULT;
	if (!timespec_valid(&new.value) || !timespec_valid(&new.interval))
		return -EINVAL;
	struct posix_timer *t = timer_find(current->process, timerid);
	if (!t)
		return -EINVAL;
	old = timer_get(t);
	timer_disarm(t);
	t->queued = false; /* a signal still in the queue belongs to the past */
	t->overrun_last = 0;
	t->interval = timespec_to_ktime(&new.interval);
	t->expires = 0;
	ktime_t v = timespec_to_ktime(&new.value);
	if (v) {
		t->absolute = (flags & TIMER_ABSTIME_LINUX) != 0;
		t->expires = t->absolute ? v : ktime_add_saturating(timer_now(t), v);
		timer_arm(t);
	} else {
		t->interval = 0;
	}
	return uaddr_null(uold) ? 0 : copy_to_user(uold, &old, sizeof(old));
}

int64_t sys_timer_getoverrun(int timerid)
{
	const struct posix_timer *t = timer_find(current->process, timerid);
	return t ? t->overrun_last : -EINVAL;
}
