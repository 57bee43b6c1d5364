/* timer_rules.c - sleeping, interval timers and POSIX timers: do they end on time, in order, on the right
 * clock? */
#include <sys/time.h>
#include <sys/times.h>

#include "say.h"

static volatile sig_atomic_t alarms, value, overrun;
static void on_alarm(int sig, siginfo_t *si, void *ctx)
{
	alarms++;
	value = si->si_value.sival_int;
	if (si->si_code == SI_TIMER)
		overrun += si->si_overrun;
}

static void spin(long ms)
{
	int64_t end = now_ns() + ms * 1000000;

	while (now_ns() < end)
		continue;
}

int main(void)
{
	struct timespec ts = {0, 5000000}, a, b;
	struct sigaction sa = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO};

	for (int id = 0; id < 13; id++) {
		bool ok = clock_gettime(id, &a) == 0;
		SAY("clock %d: %s, resolution %s\n", id, ok ? "yes" : strerror(errno),
		    ok && clock_getres(id, &b) == 0
			? (b.tv_sec == 0 && b.tv_nsec >= 1 && b.tv_nsec <= 10000000 ? "fine" : "odd")
			: "-");
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	TRY(nanosleep(&ts, NULL));
	clock_gettime(CLOCK_MONOTONIC, &b);
	IS((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec >= 5000000);
	TRY(nanosleep(&(struct timespec){0, 1000000000}, NULL));
	TRY(nanosleep(&(struct timespec){-1, 0}, NULL));
	clock_gettime(CLOCK_REALTIME, &a);
	a.tv_nsec += 5000000;
	if (a.tv_nsec >= 1000000000)
		a = (struct timespec){a.tv_sec + 1, a.tv_nsec - 1000000000};
	SAY("clock_nanosleep: %d\n", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &a, NULL));
	clock_gettime(CLOCK_REALTIME, &b);
	IS(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
	SAY("clock_nanosleep: %s\n", strerror(clock_nanosleep(77, 0, &ts, NULL)));

	sigaction(SIGALRM, &sa, NULL);
	sigaction(SIGRTMIN, &sa, NULL);
	sigaction(SIGVTALRM, &sa, NULL);
	sigaction(SIGPROF, &sa, NULL);
	struct itimerval it = {{0, 4000}, {0, 4000}}, old;
	TRY(setitimer(ITIMER_REAL, &it, NULL));
	for (int i = 0; i < 3; i++)
		pause();
	IS(alarms >= 3);
	TRY(getitimer(ITIMER_REAL, &old));
	IS(old.it_interval.tv_usec == 4000 && old.it_value.tv_usec <= 4000);
	TRY(alarm(10));
	TRY(alarm(0));
	TRY(alarm(0));
	TRY(setitimer(3, &it, NULL));
	it.it_value.tv_usec = 1000000;
	TRY(setitimer(ITIMER_REAL, &it, NULL));
	alarms = 0;
	it = (struct itimerval){{0, 0}, {0, 5000}};
	TRY(setitimer(ITIMER_VIRTUAL, &it, NULL));
	sleep_ms(10);
	SAY("virtual timer while sleeping: %d\n", alarms);
	while (alarms == 0)
		spin(1);
	SAY("virtual timer while running: %d\n", alarms);

	timer_t t, t2;
	struct sigevent ev = {
	    .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 77};
	struct itimerspec its = {{0, 3000000}, {0, 3000000}}, now;
	TRY(timer_create(CLOCK_MONOTONIC, &ev, &t));
	TRY(timer_create(77, &ev, &t2));
	TRY(timer_settime(t, 0, &its, NULL));
	alarms = 0;
	while (alarms < 3)
		pause();
	SAY("value %d\n", value);
	TRY(timer_gettime(t, &now));
	IS(now.it_interval.tv_nsec == 3000000);
	sigset_t mask;
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	sleep_ms(20);
	overrun = 0;
	alarms = 0;
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	IS(overrun >= 4);
	TRY(timer_delete(t));
	TRY(timer_delete(t));
	TRY(timer_settime(t, 0, &its, NULL));
	struct tms tms;
	TRY_OK(times(&tms));
	IS(clock() >= 0);
	return 0;
}
