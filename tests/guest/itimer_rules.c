/* itimer_rules.c - setitimer(2) with its three clocks, alarm(2), and what fork and exec do to them. */
#include <sys/syscall.h>
#include <sys/time.h>

#include "say.h"

static volatile sig_atomic_t count[65];

static void on_signal(int sig)
{
	count[sig]++;
}

static void burn(int sig)
{
	struct timespec ts;
	volatile unsigned spin = 0;

	for (int i = 0; i < 4000000 && !count[sig]; i++) {
		spin++;
		if (i % 16 == 0)
			syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &ts);
		else
			clock_gettime(CLOCK_MONOTONIC, &ts);
	}
}

static struct itimerval tv(long first_us, long period_us)
{
	return (struct itimerval){{period_us / 1000000, period_us % 1000000},
				  {first_us / 1000000, first_us % 1000000}};
}

int main(void)
{
	struct itimerval it, old;
	struct sigaction sa = {.sa_handler = on_signal};
	int status;

	sigaction(SIGALRM, &sa, NULL);
	sigaction(SIGVTALRM, &sa, NULL);
	sigaction(SIGPROF, &sa, NULL);

	it = tv(10000, 10000);
	TRY(setitimer(ITIMER_REAL, &it, &old));
	IS(old.it_value.tv_sec == 0 && old.it_value.tv_usec == 0);
	while (count[SIGALRM] < 5)
		pause();
	TRY(getitimer(ITIMER_REAL, &old));
	IS(old.it_value.tv_sec == 0 && old.it_value.tv_usec > 0 && old.it_value.tv_usec <= 10000);
	IS(old.it_interval.tv_usec == 10000);
	it = tv(0, 10000);
	TRY(setitimer(ITIMER_REAL, &it, &old));
	TRY(getitimer(ITIMER_REAL, &old));
	IS(old.it_interval.tv_usec == 0 && old.it_value.tv_usec == 0);

	/* blocked for long: one signal, and then the rhythm goes on */
	sigset_t mask, none;
	sigemptyset(&mask);
	sigemptyset(&none);
	sigaddset(&mask, SIGALRM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	count[SIGALRM] = 0;
	it = tv(10000, 10000);
	setitimer(ITIMER_REAL, &it, NULL);
	sleep_ms(55);
	sigsuspend(&none);
	SAY("after being blocked: %d\n", count[SIGALRM]);
	sigsuspend(&none);
	SAY("and on: %d\n", count[SIGALRM]);
	it = tv(0, 0);
	setitimer(ITIMER_REAL, &it, NULL);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);

	it = tv(3000, 0);
	TRY(setitimer(ITIMER_VIRTUAL, &it, NULL));
	sleep_ms(20);
	SAY("virtual while asleep: %d\n", count[SIGVTALRM]);
	burn(SIGVTALRM);
	SAY("virtual while busy: %d\n", count[SIGVTALRM]);
	it = tv(3000, 0);
	TRY(setitimer(ITIMER_PROF, &it, NULL));
	burn(SIGPROF);
	SAY("profiling: %d\n", count[SIGPROF]);
	TRY(getitimer(ITIMER_PROF, &old));
	IS(old.it_value.tv_sec == 0 && old.it_value.tv_usec == 0);

	TRY(setitimer(3, &it, NULL));
	TRY(getitimer(-1, &old));
	it.it_value.tv_usec = 1000000;
	TRY(setitimer(ITIMER_REAL, &it, NULL));
	TRY(setitimer(ITIMER_REAL, (void *)8, NULL));
	TRY(getitimer(ITIMER_REAL, (void *)8));

	TRY(alarm(0));
	TRY(alarm(100));
	TRY(alarm(3));
	TRY(alarm(0));
	alarm(1);
	count[SIGALRM] = 0;
	pause();
	SAY("alarm: %d\n", count[SIGALRM]);

	/* a child starts without, a new program keeps it */
	alarm(100);
	fflush(stdout);
	if (fork() == 0) {
		alarm(0) == 0 ? _exit(0) : _exit(1);
	}
	wait(&status);
	say_status("child", status);
	TRY(alarm(0));
	return 0;
}
