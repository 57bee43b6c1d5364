/* futex_waitv.c - waiting for one of several futexes (futex_waitv(2)), and interrupted waits of futex(2). */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "say.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

struct waitv {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

static uint32_t word[4];
static struct waitv v[129];

static void *waker(void *arg)
{
	sleep_ms(10);
	syscall(SYS_futex, arg, 1 | 128, 10, NULL, NULL, 0);
	return NULL;
}

static void wake_later(uint32_t *w)
{
	pthread_t t;

	pthread_create(&t, NULL, waker, w);
	pthread_detach(t);
}

static long waitv(unsigned n, unsigned flags, struct timespec *ts, clockid_t clock)
{
	return syscall(SYS_futex_waitv, v, n, flags, ts, clock);
}

static volatile sig_atomic_t count;
static void on_signal(int sig)
{
	count++;
}

static void *interrupter(void *arg)
{
	sleep_ms(10);
	kill(getpid(), (int)(intptr_t)arg);
	sleep_ms(20);
	syscall(SYS_futex, &word[0], 1 | 128, 10, NULL, NULL, 0);
	return NULL;
}

/* A wait that a handler interrupts: what comes back? */
static void interrupted(const char *what, int flags, struct timespec *timeout)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = flags};
	pthread_t t;
	sigset_t mask;

	sigaction(SIGUSR1, &sa, NULL);
	count = 0;
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &mask, NULL);
	pthread_create(&t, NULL, interrupter, (void *)(intptr_t)SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
	long r = syscall(SYS_futex, &word[0], 0 | 128, 0, timeout, NULL, 0);
	SAY("%s: %s, %d signals\n", what, r == 0 ? "woken" : strerror(errno), count);
	pthread_join(t, NULL);
}

int main(void)
{
	struct timespec ts;

	for (int i = 0; i < 3; i++)
		v[i] = (struct waitv){.val = 0, .uaddr = (uintptr_t)&word[i], .flags = 2 | 128};
	wake_later(&word[1]);
	TRY(waitv(3, 0, NULL, 0));
	wake_later(&word[2]);
	TRY(waitv(3, 0, NULL, 0));
	word[2] = 1;
	TRY(waitv(3, 0, NULL, 0));
	word[2] = 0;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	TRY(waitv(3, 0, &ts, CLOCK_MONOTONIC));
	clock_gettime(CLOCK_REALTIME, &ts);
	TRY(waitv(3, 0, &ts, CLOCK_REALTIME));
	TRY(waitv(3, 0, &ts, CLOCK_BOOTTIME));
	ts.tv_nsec = 1000000000;
	TRY(waitv(3, 0, &ts, CLOCK_REALTIME));
	TRY(waitv(3, 1, NULL, 0));
	TRY(waitv(0, 0, NULL, 0));
	TRY(waitv(129, 0, NULL, 0));
	TRY(syscall(SYS_futex_waitv, NULL, 1, 0, NULL, 0));
	TRY(syscall(SYS_futex_waitv, 8, 1, 0, NULL, 0));
	v[1].flags = 0;
	TRY(waitv(3, 0, NULL, 0));
	v[1].flags = 2 | 128 | 1024;
	TRY(waitv(3, 0, NULL, 0));
	v[1].flags = 2 | 128;
	v[1].reserved = 1;
	TRY(waitv(3, 0, NULL, 0));
	v[1].reserved = 0;
	v[1].uaddr = 8;
	TRY(waitv(3, 0, NULL, 0));
	v[1].uaddr = (uintptr_t)&word[1] + 1;
	TRY(waitv(3, 0, NULL, 0));
	/* nothing stays queued */
	TRY(syscall(SYS_futex, &word[0], 1 | 128, 10, NULL, NULL, 0));

	ts = (struct timespec){5, 0};
	interrupted("wait", 0, NULL);
	interrupted("wait with SA_RESTART", SA_RESTART, NULL);
	interrupted("timed wait", 0, &ts);
	interrupted("timed wait with SA_RESTART", SA_RESTART, &ts);
	ts = (struct timespec){0, 15000000};
	int64_t t0 = now_ns();
	signal(SIGUSR1, SIG_IGN);
	interrupted("timed wait, end kept", SA_RESTART, &ts);
	IS(now_ns() - t0 < 1000000000);
	return 0;
}
