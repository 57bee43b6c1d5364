/* itimer.c - interval timers: getitimer(2), setitimer(2), alarm(2).
 *
 * ITIMER_REAL is a kernel timer that rests from its expiry until its signal has been taken, as in Linux, so
 * that a process that blocks SIGALRM causes no work. The other two are compared with the CPU time at return
 * to user. */
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/signal.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/abi_time.h"
#include "sys/rusage.h"
#include "sys/syscall.h"
#include "sys/time.h"

static void itimer_signal(struct process *p, int signo)
{
	struct siginfo_linux info;
	memset(&info, 0, sizeof(info));
	info.si_signo = signo;
	info.si_code = SI_KERNEL_LINUX;
	(void)signal_send_process(p, &info);
}

static void itimer_real_fire(struct ktimer *t)
{
	itimer_signal(CONTAINER_OF(t, struct process, itimer_real), SIGALRM_LINUX);
}

/* The next period begins when SIGALRM is taken; ignored, the timer rests, as on Linux. */
void itimer_real_restart(struct process *p)
{
	ktime_t interval = p->itimer_real_interval;
	if (interval == 0 || p->itimer_real.armed)
		return;
	ktime_t next = ktime_add_saturating(p->itimer_real.expires, interval);
	ktime_t now = clock_now();
	if (next <= now) /* the expiries that were missed are not made up for */
		next += (now - next + interval) / interval * interval;
	ktimer_start(&p->itimer_real, next);
}

/* --- CPU time
 * ------------------------------------------------------------------------------------------------------ */

static ktime_t itimer_cpu_now(const struct process *p, int which)
{
	struct rusage_count u = rusage_process(p);
	return which == ITIMER_VIRTUAL_LINUX ? u.utime : u.utime + u.stime;
}

static void itimer_check_one(struct process *p, int which, ktime_t *value, ktime_t interval, int signo)
{
	if (*value == 0 || itimer_cpu_now(p, which) < *value)
		return;
	if (interval) {
		*value += interval;
	} else {
		*value = 0;
		p->cpu_timers--;
	}
	itimer_signal(p, signo);
}

void itimers_check_cpu(struct process *p)
{
	itimer_check_one(p, ITIMER_VIRTUAL_LINUX, &p->itimer_virtual.value, p->itimer_virtual.interval,
			 SIGVTALRM_LINUX);
	itimer_check_one(p, ITIMER_PROF_LINUX, &p->itimer_prof.value, p->itimer_prof.interval, SIGPROF_LINUX);
}

void itimers_stop(struct process *p)
{
	ktimer_stop(&p->itimer_real);
	p->itimer_real_interval = 0;
	if (p->itimer_virtual.value)
		p->cpu_timers--;
	if (p->itimer_prof.value)
		p->cpu_timers--;
	p->itimer_virtual.value = 0;
	p->itimer_prof.value = 0;
}

/* --- get and set
 * ---------------------------------------------------------------------------------------------------- */

struct itimer_state {
	ktime_t left, interval;
};

static struct itimer_state itimer_get(const struct process *p, int which)
{
	struct itimer_state s;
	if (which == ITIMER_REAL_LINUX) {
		s.interval = p->itimer_real_interval;
		s.left = 0;
		/* due but not run yet: not over, so not 0 */
		if (p->itimer_real.armed)
			s.left = MAX(p->itimer_real.expires - clock_now(), NSEC_PER_USEC);
		return s;
	}
	ktime_t value = which == ITIMER_VIRTUAL_LINUX ? p->itimer_virtual.value : p->itimer_prof.value;
	s.interval = which == ITIMER_VIRTUAL_LINUX ? p->itimer_virtual.interval : p->itimer_prof.interval;
	s.left = value ? MAX(value - itimer_cpu_now(p, which), NSEC_PER_USEC) : 0;
	return s;
}

static void itimer_set_real(struct process *p, const struct itimer_state *s)
{
	timer_signals_hook();
	ktimer_stop(&p->itimer_real);
	p->itimer_real.fn = itimer_real_fire;
	p->itimer_real_interval = s->left ? s->interval : 0;
	if (s->left)
		ktimer_start(&p->itimer_real, ktime_add_saturating(clock_now(), s->left));
}

static void itimer_set_cpu(struct process *p, int which, const struct itimer_state *s)
{
	ktime_t *value = which == ITIMER_VIRTUAL_LINUX ? &p->itimer_virtual.value : &p->itimer_prof.value;
	ktime_t *interval = which == ITIMER_VIRTUAL_LINUX ? &p->itimer_virtual.interval
							  : &p->itimer_prof.interval;
	if (*value)
		p->cpu_timers--;
	*interval = s->interval;
	*value = s->left ? ktime_add_saturating(itimer_cpu_now(p, which), s->left) : 0;
	if (*value)
		p->cpu_timers++;
}

static struct timeval_linux itimer_timeval(ktime_t t)
{
	return (struct timeval_linux){t / NSEC_PER_SEC, t % NSEC_PER_SEC / NSEC_PER_USEC};
}

static int itimer_put(uaddr_t to, const struct itimer_state *s)
{
	struct itimerval_linux v = {.interval = itimer_timeval(s->interval),
				    .value = itimer_timeval(s->left)};
	return copy_to_user(to, &v, sizeof(v));
}

static bool itimer_timeval_valid(const struct timeval_linux *tv)
{
	return tv->tv_sec >= 0 && tv->tv_usec >= 0 && tv->tv_usec < 1000000;
}

static ktime_t itimer_ktime(const struct timeval_linux *tv)
{
	struct timespec_linux ts = {tv->tv_sec, tv->tv_usec * NSEC_PER_USEC};
	return timespec_to_ktime(&ts);
}

int64_t sys_getitimer(int which, uaddr_t value)
{
	if (which < ITIMER_REAL_LINUX || which > ITIMER_PROF_LINUX)
		return -EINVAL;
	struct itimer_state s = itimer_get(current->process, which);
	return itimer_put(value, &s);
}

int64_t sys_setitimer(int which, uaddr_t value, uaddr_t uold)
{
	struct itimerval_linux v;
	memset(&v, 0, sizeof(v)); /* a NULL value disarms, as it always has */
	if (!uaddr_null(value) && copy_from_user(&v, value, sizeof(v)))
		return -EFAULT;
	if (!itimer_timeval_valid(&v.value) || !itimer_timeval_valid(&v.interval))
		return -EINVAL;
	if (which < ITIMER_REAL_LINUX || which > ITIMER_PROF_LINUX)
		return -EINVAL;
	struct process *p = current->process;
	struct itimer_state old = itimer_get(p, which);
	struct itimer_state new = {.left = itimer_ktime(&v.value), .interval = itimer_ktime(&v.interval)};
	if (which == ITIMER_REAL_LINUX)
		itimer_set_real(p, &new);
	else
		itimer_set_cpu(p, which, &new);
	return uaddr_null(uold) ? 0 : itimer_put(uold, &old);
}

int64_t sys_alarm(uint32_t seconds)
{
	struct process *p = current->process;
	struct itimer_state old = itimer_get(p, ITIMER_REAL_LINUX);
	struct itimer_state new = {.left = (ktime_t)MIN(seconds, (uint32_t)INT32_MAX) * NSEC_PER_SEC};
	itimer_set_real(p, &new);
	/* rounded, but an alarm that is pending is never reported as 0 */
	int64_t sec = old.left / NSEC_PER_SEC;
	ktime_t frac = old.left % NSEC_PER_SEC;
	if ((sec == 0 && frac > 0) || frac >= NSEC_PER_SEC / 2)
		sec++;
	return sec;
}
