/* posix_timers.c - timer_create(2): notification, values, overruns, absolute times, CPU clocks, errors, inheritance. */
#include <sys/syscall.h>

#include "say.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id __sev_fields.sigev_notify_thread_id
#endif

static volatile sig_atomic_t count, value, code, overrun;
static int fired;

static void on_signal(int sig, siginfo_t *si, void *ctx)
{
	count++;
	value = si->si_value.sival_int;
	code = si->si_code;
	overrun = si->si_overrun;
}

static int ktimer_create(clockid_t clock, struct sigevent *ev)
{
	int id = -1;
	long r = syscall(SYS_timer_create, clock, ev, &id);

	return r ? (int)r : id;
}

static long settime(int id, int flags, int64_t first_ns, int64_t period_ns)
{
	struct itimerspec its = {{period_ns / 1000000000, period_ns % 1000000000},
				 {first_ns / 1000000000, first_ns % 1000000000}};

	return syscall(SYS_timer_settime, id, flags, &its, NULL);
}

static int64_t left(int id)
{
	struct itimerspec its;

	syscall(SYS_timer_gettime, id, &its);
	return (int64_t)its.it_value.tv_sec * 1000000000 + its.it_value.tv_nsec;
}

static void burn(void)
{
	struct timespec ts;

	for (int i = 0; i < 200; i++)
		syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &ts);
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	struct sigevent ev = {
	    .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 42};
	sigset_t mask, old;
	struct timespec ts;
	int status;

	sigaction(SIGRTMIN, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN);
	sigaddset(&mask, SIGALRM);
	sigprocmask(SIG_BLOCK, &mask, &old);

	int t = ktimer_create(CLOCK_MONOTONIC, &ev);
	SAY("first timer %d\n", t);
	IS(left(t) == 0);
	TRY(settime(t, 0, 20000000, 0));
	IS(left(t) > 0 && left(t) <= 20000000);
	sigsuspend(&old);
	SAY("count %d value %d SI_TIMER %d overrun %d\n", count, value, code == SI_TIMER, overrun);
	IS(left(t) == 0);
	TRY(syscall(SYS_timer_getoverrun, t));

	/* Periodic, and nobody looks for a while: one signal, the rest are overruns. */
	TRY(settime(t, 0, 10000000, 10000000));
	sleep_ms(105);
	IS(left(t) > 0);
	count = 0;
	sigsuspend(&old);
	fired = count;
	SAY("signals %d, overruns about nine: %d\n", fired, overrun >= 8 && overrun <= 10);
	IS(syscall(SYS_timer_getoverrun, t) == overrun);
	sigsuspend(&old);
	SAY("then on time: %d\n", overrun == 0);
	TRY(settime(t, 0, 0, 0));
	IS(left(t) == 0);

	/* Absolute times: past ones fire at once, on both clocks. */
	count = 0;
	TRY(settime(t, TIMER_ABSTIME, 1, 0));
	sigsuspend(&old);
	SAY("past: %d\n", count);
	ev.sigev_value.sival_int = 7;
	int r = ktimer_create(CLOCK_REALTIME, &ev);
	SAY("second timer %d\n", r);
	clock_gettime(CLOCK_REALTIME, &ts);
	TRY(settime(r, TIMER_ABSTIME, (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec + 10000000, 0));
	sigsuspend(&old);
	SAY("realtime: %d value %d\n", count, value);

	/* CPU time */
	int c = ktimer_create(CLOCK_PROCESS_CPUTIME_ID, &ev);
	count = 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
	TRY(settime(c, 0, 2000000, 0));
	sleep_ms(20);
	SAY("asleep: %d\n", count);
	for (int i = 0; i < 2000 && count == 0; i++)
		burn();
	SAY("busy: %d\n", count);
	TRY(syscall(SYS_timer_delete, c));
	int th = ktimer_create(CLOCK_THREAD_CPUTIME_ID, &ev);
	count = 0;
	TRY(settime(th, 0, 2000000, 0));
	for (int i = 0; i < 2000 && count == 0; i++)
		burn();
	SAY("thread busy: %d\n", count);

	/* To a thread, and to nobody */
	ev.sigev_notify = SIGEV_THREAD_ID;
	ev.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	int d = ktimer_create(CLOCK_MONOTONIC, &ev);
	count = 0;
	settime(d, 0, 5000000, 0);
	pause();
	SAY("thread id: %d\n", count);
	ev.sigev_notify_thread_id = 1;
	TRY(ktimer_create(CLOCK_MONOTONIC, &ev));
	struct sigevent none = {.sigev_notify = SIGEV_NONE};
	int q = ktimer_create(CLOCK_MONOTONIC, &none);
	settime(q, 0, 1000000000, 1000000000);
	IS(left(q) > 900000000);
	/* the default: SIGALRM with the timer's number */
	int dflt = ktimer_create(CLOCK_MONOTONIC, NULL);
	count = 0;
	settime(dflt, 0, 5000000, 0);
	pause();
	SAY("default: %d, value is its number: %d\n", count, value == dflt);

	/* errors */
	none.sigev_notify = 77;
	TRY(ktimer_create(CLOCK_MONOTONIC, &none));
	none.sigev_notify = SIGEV_SIGNAL;
	none.sigev_signo = 65;
	TRY(ktimer_create(CLOCK_MONOTONIC, &none));
	TRY(ktimer_create(77, NULL));
	TRY(ktimer_create(CLOCK_MONOTONIC_COARSE, NULL));
	TRY(ktimer_create(CLOCK_MONOTONIC, (void *)8));
	TRY(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, (void *)8));
	TRY(settime(4711, 0, 1, 0));
	TRY(syscall(SYS_timer_settime, t, 0, NULL, NULL));
	struct itimerspec bad = {{0, 0}, {0, 1000000000}};
	TRY(syscall(SYS_timer_settime, t, 0, &bad, NULL));
	TRY(syscall(SYS_timer_gettime, -1, &bad));
	TRY(syscall(SYS_timer_getoverrun, 4711));
	TRY(syscall(SYS_timer_delete, 4711));
	TRY(syscall(SYS_timer_delete, t));
	TRY(settime(t, 0, 1, 0));

	/* a child has none of them */
	fflush(stdout);
	if (fork() == 0)
		_exit(syscall(SYS_timer_delete, r) == 0);
	wait(&status);
	say_status("child", status);
	return 0;
}
