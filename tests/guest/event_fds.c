/* event_fds.c - do eventfd(2), timerfd_create(2) and signalfd(2) count, expire and report like Linux? */
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "say.h"

static void eventfds(void)
{
	uint64_t v = 5;
	int fd = eventfd(3, EFD_NONBLOCK);

	TRY(write(fd, &v, 8));
	TRY(read(fd, &v, 8));
	SAY("value %llu\n", (unsigned long long)v);
	TRY(read(fd, &v, 8));
	v = UINT64_MAX;
	TRY(write(fd, &v, 8));
	v = UINT64_MAX - 1;
	TRY(write(fd, &v, 8));
	v = 1;
	TRY(write(fd, &v, 8));
	TRY(write(fd, &v, 7));
	TRY(read(fd, &v, 4));
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};
	TRY(poll(&p, 1, 0));
	SAY("revents %#x\n", p.revents);
	fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	TRY(read(fd, &v, 8));
	SAY("value %llu\n", (unsigned long long)v);
	TRY(read(fd, &v, 8));
	TRY(read(fd, &v, 8));
	TRY(eventfd(0, 0x100));
}

static void timerfds(void)
{
	uint64_t n = 0;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	struct itimerspec its = {.it_value = {0, 10000000}, .it_interval = {0, 10000000}}, old;

	TRY(read(fd, &n, 8));
	TRY(timerfd_settime(fd, 0, &its, NULL));
	sleep_ms(35);
	TRY(read(fd, &n, 8));
	IS(n >= 3 && n < 100);
	TRY(timerfd_gettime(fd, &old));
	IS(old.it_interval.tv_nsec == 10000000 && old.it_value.tv_nsec <= 10000000 &&
	   old.it_value.tv_nsec > 0);
	its = (struct itimerspec){0};
	TRY(timerfd_settime(fd, 0, &its, &old));
	IS(old.it_interval.tv_nsec == 10000000);
	sleep_ms(20);
	TRY(read(fd, &n, 8));
	its.it_value.tv_nsec = 1; /* absolute and long gone */
	TRY(timerfd_settime(fd, TFD_TIMER_ABSTIME, &its, NULL));
	sleep_ms(1);
	TRY(read(fd, &n, 8));
	SAY("expirations %llu\n", (unsigned long long)n);
	its.it_value.tv_nsec = 1000000000;
	TRY(timerfd_settime(fd, 0, &its, NULL));
	TRY(timerfd_create(77, 0));
	TRY(timerfd_settime(0x7777, 0, &its, NULL));
	/* Blocking. */
	fd = timerfd_create(CLOCK_REALTIME, 0);
	its = (struct itimerspec){.it_value = {0, 5000000}};
	timerfd_settime(fd, 0, &its, NULL);
	TRY(read(fd, &n, 8));
}

static void signalfds(void)
{
	struct signalfd_siginfo si[3];
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	int fd = signalfd(-1, &mask, SFD_NONBLOCK);
	TRY(read(fd, si, sizeof(si)));
	raise(SIGUSR1);
	raise(SIGUSR1);
	sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 11});
	sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 22});
	ssize_t n = read(fd, si, sizeof(si));
	SAY("read %zd\n", n);
	for (int i = 0; i < n / (ssize_t)sizeof(si[0]); i++)
		SAY("signal %u code %d value %d, from me: %d\n", si[i].ssi_signo, si[i].ssi_code,
		    si[i].ssi_int, si[i].ssi_pid == (uint32_t)getpid());
	TRY(read(fd, si, sizeof(si)));
	TRY(read(fd, si, 100));
	TRY(signalfd(fd, &mask, 0x55));
	TRY(signalfd(0, &mask, 0));
}

int main(void)
{
	eventfds();
	timerfds();
	signalfds();
	return 0;
}
