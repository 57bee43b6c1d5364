/* sleep_rules.c - nanosleep(2) and clock_nanosleep(2): how long, interrupted, stopped and continued,
 * absolute, errors. */
#include <sys/syscall.h>

#include "say.h"

static void on_signal(int sig)
{
}

static long csleep(clockid_t clock, int flags, int64_t ns, struct timespec *rem)
{
	struct timespec ts = {ns / 1000000000, ns % 1000000000};

	return syscall(SYS_clock_nanosleep, clock, flags, &ts, rem);
}

static int64_t on(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* A child that sleeps `ms` and says how long it took; meanwhile it is stopped and continued twice. */
static void stopped_sleep(int absolute)
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		int64_t t0 = now_ns();
		long r = absolute ? csleep(CLOCK_MONOTONIC, TIMER_ABSTIME, t0 + 120000000, NULL)
				  : csleep(CLOCK_MONOTONIC, 0, 120000000, NULL);
		int64_t took = now_ns() - t0;
		_exit(r == 0 && took >= 120000000 && took < 1000000000 ? 0 : 1);
	}
	for (int i = 0; i < 2; i++) {
		sleep_ms(20);
		kill(pid, SIGSTOP);
		waitpid(pid, &status, WUNTRACED);
		sleep_ms(10);
		kill(pid, SIGCONT);
	}
	waitpid(pid, &status, 0);
	say_status(absolute ? "stopped, absolute" : "stopped, relative", status);
}

int main(void)
{
	struct timespec rem = {77, 77}, bad = {0, 1000000000};
	struct sigaction sa = {.sa_handler = on_signal};

	int64_t t0 = now_ns();
	TRY(csleep(CLOCK_MONOTONIC, 0, 30000000, &rem));
	IS(now_ns() - t0 >= 30000000);
	IS(rem.tv_sec == 77);
	t0 = now_ns();
	TRY(csleep(CLOCK_REALTIME, TIMER_ABSTIME, on(CLOCK_REALTIME) + 30000000, NULL));
	IS(now_ns() - t0 >= 25000000);
	TRY(csleep(CLOCK_BOOTTIME, TIMER_ABSTIME, on(CLOCK_BOOTTIME) + 10000000, NULL));
	TRY(csleep(CLOCK_TAI, 0, 1000000, NULL));
	TRY(csleep(CLOCK_MONOTONIC, TIMER_ABSTIME, 1, NULL));
	TRY(csleep(CLOCK_MONOTONIC, 0, 0, NULL));

	sigaction(SIGALRM, &sa, NULL);
	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &sa, NULL);
	ualarm(10000, 0);
	TRY(csleep(CLOCK_MONOTONIC, 0, 500000000, &rem));
	IS(rem.tv_sec == 0 && rem.tv_nsec > 400000000 && rem.tv_nsec < 495000000);
	ualarm(10000, 0);
	rem.tv_sec = 77;
	TRY(csleep(CLOCK_MONOTONIC, TIMER_ABSTIME, now_ns() + 500000000, &rem));
	IS(rem.tv_sec == 77);
	/* SA_RESTART makes no difference for a sleep */
	fflush(stdout);
	pid_t parent = getpid();
	if (fork() == 0) {
		sleep_ms(10);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	TRY(csleep(CLOCK_MONOTONIC, 0, 200000000, NULL));
	wait(NULL);
	/* an ignored signal does not end it */
	signal(SIGUSR2, SIG_IGN);
	if (fork() == 0) {
		sleep_ms(10);
		kill(parent, SIGUSR2);
		_exit(0);
	}
	t0 = now_ns();
	TRY(csleep(CLOCK_MONOTONIC, 0, 50000000, NULL));
	IS(now_ns() - t0 >= 50000000);
	wait(NULL);
	stopped_sleep(0);
	stopped_sleep(1);

	TRY(syscall(SYS_nanosleep, &bad, NULL));
	bad.tv_nsec = -1;
	TRY(syscall(SYS_nanosleep, &bad, NULL));
	bad = (struct timespec){-1, 0};
	TRY(syscall(SYS_nanosleep, &bad, NULL));
	TRY(syscall(SYS_nanosleep, (void *)8, NULL));
	TRY(csleep(99, 0, 1, NULL));
	TRY(csleep(CLOCK_MONOTONIC_RAW, 0, 1, NULL));
	TRY(csleep(CLOCK_MONOTONIC_COARSE, 0, 1, NULL));
	TRY(csleep(CLOCK_THREAD_CPUTIME_ID, 0, 1, NULL));
	TRY(syscall(SYS_restart_syscall));
	return 0;
}
