/* kernel_objects.c - makes as many of everything as it can get: each ends with an error, and
 * everything comes back afterwards.
 *
 * options: --mem 512M
 * status: 0
 * stdout: still here */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

#include "../guest/say.h"

static void raise_limit(void)
{
	struct rlimit r = {4096, 4096};

	setrlimit(RLIMIT_NOFILE, &r);
}

static void pipes(void)
{
	int fd[2];
	static char buf[65536];

	raise_limit();
	for (int i = 0; i < 100000 && pipe2(fd, O_NONBLOCK) == 0; i++)
		write(fd[1], buf, sizeof(buf));
	_exit(errno == EMFILE || errno == ENFILE || errno == ENOMEM ? 20 : errno);
}

static void eventfds(void)
{
	raise_limit();
	int ep = epoll_create1(0);
	for (int i = 0; i < 300000; i++) {
		int fd = i & 1 ? eventfd(0, 0) : timerfd_create(CLOCK_MONOTONIC, 0);
		struct epoll_event ev = {.events = EPOLLIN};
		if (fd < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
			break;
	}
	_exit(errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOSPC ? 21 : errno);
}

static void files(void)
{
	char name[32];
	int i;

	enter_scratch();
	for (i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		int fd = open(name, O_CREAT | O_WRONLY, 0600);
		if (fd < 0)
			break;
		close(fd);
	}
	int err = errno;
	while (--i >= 0) {
		snprintf(name, sizeof(name), "%d", i);
		unlink(name);
	}
	_exit(err == ENOSPC || err == ENOMEM || err == EEXIST ? 22 : 23);
}

static void signals(void)
{
	sigset_t mask;

	sigfillset(&mask);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	for (int i = 0; i < 1000000; i++) {
		if (sigqueue(getpid(), SIGRTMIN, (union sigval){0}))
			_exit(errno == EAGAIN ? 24 : errno);
	}
	_exit(25);
}

static void timers(void)
{
	timer_t t;
	struct sigevent ev = {.sigev_notify = SIGEV_NONE};
	struct itimerspec its = {{0, 1}, {0, 1}};

	for (int i = 0; i < 1000000; i++) {
		if (timer_create(CLOCK_MONOTONIC, &ev, &t))
			_exit(errno == EAGAIN || errno == ENOMEM ? 26 : errno);
		if (i < 10)
			timer_settime(t, 0, &its, NULL);
	}
	_exit(27);
}

static void directories(void)
{
	enter_scratch();
	for (int i = 0; i < 20000; i++) {
		if (mkdir("d", 0755) || chdir("d"))
			break;
	}
	for (int i = 0; i < 20000; i++) {
		if (chdir("..") || rmdir("d"))
			break;
	}
	_exit(28);
}

static void watches(void)
{
	char name[32];
	int in = inotify_init1(IN_NONBLOCK);

	enter_scratch();
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		if (mkdir(name, 0755) || inotify_add_watch(in, name, IN_ALL_EVENTS) < 0)
			break;
	}
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		rmdir(name);
	}
	_exit(29);
}

int main(void)
{
	say_child("pipes", pipes);
	say_child("event descriptors", eventfds);
	say_child("files", files);
	say_child("queued signals", signals);
	say_child("timers", timers);
	say_child("deep directories", directories);
	say_child("watches", watches);
	say_child("pipes again", pipes);
	puts("still here");
	return 0;
}
