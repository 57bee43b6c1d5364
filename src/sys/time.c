/* time.c - reading and setting clocks: clock_gettime(2), clock_getres(2), clock_settime(2), gettimeofday(2),
 * time(2), settimeofday(2), adjtimex(2).
 *
 * The coarse clocks are as fine as the others, because reading costs nothing extra here.
 * Left out: disciplining the clock (adjtimex and clock_adjtime only report; any change is EPERM), the alarm
 * clocks (no device could wake the machine: EINVAL, as in Linux without an RTC), clocks of descriptors. */
#include "sys/time.h"

#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/signal.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/abi_time.h"
#include "sys/rusage.h"
#include "sys/syscall.h"

/* The kernel's idea of a time zone: kept for settimeofday(2), otherwise without effect. */
static struct {
	int32_t minutes_west, dst;
} time_zone;

/* The latest settable time leaves room for 30 years of uptime (TIME_SETTOD_SEC_MAX). */
#define SETTOD_SEC_MAX (INT64_MAX / NSEC_PER_SEC - 30LL * 365 * 24 * 3600)

bool timespec_valid(const struct timespec_linux *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < NSEC_PER_SEC;
}

ktime_t timespec_to_ktime(const struct timespec_linux *ts)
{
	if (ts->tv_sec >= KTIME_NEVER / NSEC_PER_SEC)
		return KTIME_NEVER;
	return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

struct timespec_linux ktime_to_timespec(ktime_t t)
{
	struct timespec_linux ts = {t / NSEC_PER_SEC, t % NSEC_PER_SEC};
	if (ts.tv_nsec < 0) {
		ts.tv_nsec += NSEC_PER_SEC;
		ts.tv_sec--;
	}
	return ts;
}

ktime_t ktime_add_saturating(ktime_t a, ktime_t b)
{
	return a > KTIME_NEVER - b ? KTIME_NEVER : a + b;
}

int timeout_from_user(uaddr_t uts, ktime_t *deadline)
{
	struct timespec_linux ts;
	*deadline = KTIME_NEVER;
	if (uaddr_null(uts))
		return 0;
	if (copy_from_user(&ts, uts, sizeof(ts)))
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	*deadline = ktime_add_saturating(clock_now(), timespec_to_ktime(&ts));
	return 0;
}

/* --- clock ids
 * --------------------------------------------------------------------------------------------------- */

int cpu_clock_decode(int32_t clockid, struct cpu_clock *c)
{
	memset(c, 0, sizeof(*c));
	c->which = CPUCLOCK_SCHED_LINUX;
	if (clockid == CLOCK_PROCESS_CPUTIME_ID_LINUX) {
		c->process = current->process;
		return 0;
	}
	if (clockid == CLOCK_THREAD_CPUTIME_ID_LINUX) {
		c->task = current;
		return 0;
	}
	if (clockid >= 0 || (clockid & 3) > CPUCLOCK_SCHED_LINUX)
		return -EINVAL;
	int32_t id = ~(clockid >> 3);
	c->which = clockid & 3;
	if (clockid & CPUCLOCK_PERTHREAD_LINUX) {
		c->task = id ? task_find(id) : current;
		return c->task && c->task->process == current->process ? 0 : -EINVAL;
	}
	c->process = id ? process_find(id) : current->process;
	return c->process ? 0 : -EINVAL;
}

ktime_t cpu_clock_read(const struct cpu_clock *c)
{
	struct rusage_count u = c->task ? c->task->usage : rusage_process(c->process);
	return c->which == CPUCLOCK_VIRT_LINUX ? u.utime : u.utime + u.stime;
}

ktime_t process_cpu_time(const struct process *p)
{
	struct rusage_count u = rusage_process(p);
	return u.utime + u.stime;
}

int clock_read(int32_t clockid, ktime_t *out)
{
	struct cpu_clock c;
	switch (clockid) {
	case CLOCK_REALTIME_LINUX:
	case CLOCK_REALTIME_COARSE_LINUX:
	case CLOCK_TAI_LINUX: /* the offset to UTC was never set: 0 */ *out = clock_wall(); return 0;
	case CLOCK_MONOTONIC_LINUX:
	case CLOCK_MONOTONIC_RAW_LINUX:
	case CLOCK_MONOTONIC_COARSE_LINUX:
	case CLOCK_BOOTTIME_LINUX: /* nothing suspends this machine */ *out = clock_now(); return 0;
	default:
		if (cpu_clock_decode(clockid, &c))
			return -EINVAL;
		*out = cpu_clock_read(&c);
		return 0;
	}
}

bool clock_is_wall(int32_t clockid)
{
	return clockid == CLOCK_REALTIME_LINUX || clockid == CLOCK_TAI_LINUX ||
	       clockid == CLOCK_REALTIME_COARSE_LINUX;
}

ktime_t clock_to_monotonic(int32_t clockid, ktime_t t)
{
	if (!clock_is_wall(clockid) || t == KTIME_NEVER)
		return t;
	int64_t offset = clock_wall_offset();
	/* a time before boot is simply long past */
	return t > offset ? t - offset : 0;
}

/* --- system calls
 * ------------------------------------------------------------------------------------------------ */

int64_t sys_clock_gettime(int clockid, uaddr_t uts)
{
	ktime_t t;
	int err = clock_read(clockid, &t);
	if (err)
		return err;
	struct timespec_linux ts = ktime_to_timespec(t);
	return copy_to_user(uts, &ts, sizeof(ts));
}

int64_t sys_clock_getres(int clockid, uaddr_t uts)
{
	ktime_t t;
	struct timespec_linux ts = {0, 1};
	int err = clock_read(clockid, &t);
	if (err || uaddr_null(uts))
		return err;
	return copy_to_user(uts, &ts, sizeof(ts));
}

static int clock_set_checked(const struct timespec_linux *ts)
{
	if (!timespec_valid(ts) || ts->tv_sec >= SETTOD_SEC_MAX)
		return -EINVAL;
	if (!cred_capable(current->cred, CAP_SYS_TIME))
		return -EPERM;
	int64_t wall = timespec_to_ktime(ts);
	/* the machine cannot have been started before 1970 */
	if (wall < clock_now())
		return -EINVAL;
	clock_set_wall(wall);
	for (struct process *p = process_next(0); p; p = process_next(p->pid))
		posix_timers_clock_set(p);
	return 0;
}

int64_t sys_clock_settime(int clockid, uaddr_t uts)
{
	struct timespec_linux ts;
	struct cpu_clock c;
	bool cpu = clockid < 0 && cpu_clock_decode(clockid, &c) == 0;
	if (clockid != CLOCK_REALTIME_LINUX && !cpu)
		return -EINVAL;
	if (copy_from_user(&ts, uts, sizeof(ts)))
		return -EFAULT;
	return cpu ? -EPERM : clock_set_checked(&ts);
}

int64_t sys_gettimeofday(uaddr_t utv, uaddr_t utz)
{
	if (!uaddr_null(utv)) {
		struct timespec_linux ts = ktime_to_timespec(clock_wall());
		struct timeval_linux tv = {ts.tv_sec, ts.tv_nsec / NSEC_PER_USEC};
		if (copy_to_user(utv, &tv, sizeof(tv)))
			return -EFAULT;
	}
	return uaddr_null(utz) ? 0 : copy_to_user(utz, &time_zone, sizeof(time_zone));
}

int64_t sys_settimeofday(uaddr_t utv, uaddr_t utz)
{
	struct timeval_linux tv;
	struct timespec_linux ts = {0, 0};
	int32_t tz[2] = {0, 0};
	if (!uaddr_null(utv)) {
		if (copy_from_user(&tv, utv, sizeof(tv)))
			return -EFAULT;
		if (tv.tv_usec < 0 || tv.tv_usec > 1000000)
			return -EINVAL;
		ts = (struct timespec_linux){tv.tv_sec, tv.tv_usec * NSEC_PER_USEC};
		if (!timespec_valid(&ts) || ts.tv_sec >= SETTOD_SEC_MAX)
			return -EINVAL;
	}
	if (!uaddr_null(utz) && copy_from_user(tz, utz, sizeof(tz)))
		return -EFAULT;
	if (!cred_capable(current->cred, CAP_SYS_TIME))
		return -EPERM;
	if (!uaddr_null(utz)) {
		if (tz[0] > 15 * 60 || tz[0] < -15 * 60)
			return -EINVAL;
		time_zone.minutes_west = tz[0];
		time_zone.dst = tz[1];
	}
	return uaddr_null(utv) ? 0 : clock_set_checked(&ts);
}

int64_t sys_time(uaddr_t tloc)
{
	int64_t sec = ktime_to_timespec(clock_wall()).tv_sec;
	if (!uaddr_null(tloc) && put_user_u64(tloc, (uint64_t)sec))
		return -EFAULT;
	return sec;
}

/* What an undisturbed Linux clock without a time server says. */
static int64_t timex_report(uaddr_t buf)
{
	struct timex_linux tx;
	if (copy_from_user(&tx, buf, sizeof(tx)))
		return -EFAULT;
	if (tx.modes)
		return -EPERM;
	memset(&tx, 0, sizeof(tx));
	struct timespec_linux now = ktime_to_timespec(clock_wall());
	tx.maxerror = 16000000;
	tx.esterror = 16000000;
	tx.status = STA_UNSYNC_LINUX;
	tx.constant = 2;
	tx.precision = 1;
	tx.tolerance = 32768000;
	tx.tick = 10000;
	tx.time.tv_sec = now.tv_sec;
	tx.time.tv_usec = now.tv_nsec / NSEC_PER_USEC;
	return copy_to_user(buf, &tx, sizeof(tx)) ? -EFAULT : TIME_ERROR_LINUX;
}

int64_t sys_adjtimex(uaddr_t buf)
{
	return timex_report(buf);
}

int64_t sys_clock_adjtime(int clockid, uaddr_t buf)
{
	ktime_t t;
	if (clock_read(clockid, &t))
		return -EINVAL;
	return clockid == CLOCK_REALTIME_LINUX ? timex_report(buf) : -EOPNOTSUPP;
}

/* --- CPU time
 * ------------------------------------------------------------------------------------------------------ */

/* RLIMIT_CPU: SIGXCPU at the soft limit, which then moves on by a second, SIGKILL at the hard one. */
static void check_rlimit_cpu(struct process *p)
{
	struct rlimit_linux *r = &p->rlimit[RLIMIT_CPU_LINUX];
	if (r->cur == RLIM_INFINITY_LINUX)
		return;
	uint64_t used = (uint64_t)(process_cpu_time(p) / NSEC_PER_SEC);
	struct siginfo_linux info;
	memset(&info, 0, sizeof(info));
	info.si_code = SI_KERNEL_LINUX;
	if (r->max != RLIM_INFINITY_LINUX && used >= r->max) {
		info.si_signo = SIGKILL_LINUX;
		(void)signal_send_process(p, &info);
	} else if (used >= r->cur) {
		r->cur++;
		info.si_signo = SIGXCPU_LINUX;
		(void)signal_send_process(p, &info);
	}
}

void cpu_timers_check(void)
{
	struct process *p = current->process;
	if (p->cpu_timers == 0)
		return;
	itimers_check_cpu(p);
	posix_timers_check_cpu(p);
	nanosleep_check_cpu(p);
	check_rlimit_cpu(p);
}
