/* poll_edges.c - do poll(2) and select(2) keep time, masks and restart rules like Linux? */
#include "say.h"
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>

static volatile int got;

static void h(int s)
{
	got = s;
}

static int ms(struct timespec *a)
{
	struct timespec b;
	clock_gettime(CLOCK_MONOTONIC, &b);
	return (b.tv_sec - a->tv_sec) * 1000 + (b.tv_nsec - a->tv_nsec) / 1000000;
}

#define T0 clock_gettime(CLOCK_MONOTONIC, &t0)
int main(void)
{
	struct timespec t0;
	int p[2];
	pipe(p);
	struct sigaction sa = {.sa_handler = h, .sa_flags = SA_RESTART};
	sigaction(SIGALRM, &sa, 0);
	sigaction(SIGUSR1, &sa, 0);
	struct pollfd f[4] = {{p[0], POLLIN, 9}, {-1, POLLIN, 9}, {77, POLLIN, 9}, {p[1], POLLIN, 9}};
	TRY(poll(f, 4, 0));
	for (int i = 0; i < 4; i++)
		SAY("%#x ", f[i].revents);
	SAY("\n");
	f[2].fd = -5;
	T0;
	TRY(poll(f, 4, 50));
	IS(ms(&t0) >= 50);
	TRY(poll(0, 0, 10));
	TRY(poll((void *)8, 1, 0));
	TRY(poll((void *)8, 0, 0));
	TRY(poll(f, 5000000, 0));
	TRY(poll(f, -1, 0));
	ualarm(20000, 0);
	T0;
	TRY(poll(f, 1, 10000));
	SAY("sig %d\n", got);
	IS(ms(&t0) < 9000);
	// stop & cont: no EINTR
	pid_t c = fork();
	if (!c) {
		T0;
		int r = poll(f, 1, 300);
		_exit(r == 0 && ms(&t0) >= 300 ? 42 : errno);
	}
	usleep(50000);
	kill(c, SIGSTOP);
	usleep(50000);
	kill(c, SIGCONT);
	int s;
	waitpid(c, &s, 0);
	SAY("stopcont %d\n", WEXITSTATUS(s));
	// ppoll writes back? raw syscall
	struct timespec ts = {10, 0};
	ualarm(100000, 0);
	TRY(syscall(SYS_ppoll, f, 1, &ts, 0, 8));
	IS(ts.tv_sec < 10 && ts.tv_sec > 1);
	ts = (struct timespec){0, 30000000};
	TRY(syscall(SYS_ppoll, f, 1, &ts, 0, 8));
	SAY("%ld %ld\n", ts.tv_sec, ts.tv_nsec);
	ts = (struct timespec){0, 1000000000};
	TRY(syscall(SYS_ppoll, f, 1, &ts, 0, 8));
	ts = (struct timespec){-1, 0};
	TRY(syscall(SYS_ppoll, f, 1, &ts, 0, 8));
	sigset_t m, e;
	sigemptyset(&e);
	sigfillset(&m);
	TRY(syscall(SYS_ppoll, f, 1, &ts, &m, 7));
	ts = (struct timespec){0, 1};
	TRY(syscall(SYS_ppoll, f, 1, &ts, &m, 9));
	sigset_t old;
	sigemptyset(&m);
	sigaddset(&m, SIGUSR1);
	sigprocmask(SIG_BLOCK, &m, &old);
	raise(SIGUSR1);
	got = 0;
	ts = (struct timespec){0, 0};
	TRY(ppoll(f, 1, &ts, &e));
	SAY("sig %d\n", got);
	raise(SIGUSR1);
	got = 0;
	write(p[1], "x", 1);
	TRY(ppoll(f, 1, &ts, &e));
	SAY("sig %d\n", got);
	sigset_t now;
	sigprocmask(0, 0, &now);
	IS(sigismember(&now, SIGUSR1));
	TRY(ppoll(f, 1, 0, &e));
	SAY("sig %d\n", got);
	char b[10];
	read(p[0], b, 10);
	TRY(ppoll(f, 1, 0, &e));
	SAY("sig %d\n", got);
	sigprocmask(0, 0, &now);
	IS(sigismember(&now, SIGUSR1));
	// select
	fd_set r, w, x;
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_ZERO(&x);
	FD_SET(p[0], &r);
	FD_SET(p[1], &w);
	FD_SET(p[0], &x);
	struct timeval tv = {0, 0};
	TRY(select(p[1] + 1, &r, &w, &x, &tv));
	SAY("%d %d %d\n", FD_ISSET(p[0], &r), FD_ISSET(p[1], &w), FD_ISSET(p[0], &x));
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	tv = (struct timeval){0, 40000};
	T0;
	TRY(select(p[0] + 1, &r, 0, 0, &tv));
	IS(ms(&t0) >= 40);
	SAY("%ld %ld %d\n", tv.tv_sec, tv.tv_usec, FD_ISSET(p[0], &r));
	FD_ZERO(&r);
	FD_SET(63, &r);
	TRY(select(64, &r, 0, 0, &tv));
	TRY(select(63, &r, 0, 0, &tv));
	TRY(select(-1, &r, 0, 0, &tv));
	TRY(select(1, (void *)8, 0, 0, &tv));
	tv = (struct timeval){-1, 0};
	TRY(select(0, 0, 0, 0, &tv));
	tv = (struct timeval){0, 1500000};
	T0;
	TRY(select(0, 0, 0, 0, &tv));
	IS(ms(&t0) >= 1500);
	tv = (struct timeval){0, -1};
	TRY(select(0, 0, 0, 0, &tv));
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	tv = (struct timeval){10, 0};
	ualarm(100000, 0);
	TRY(select(p[0] + 1, &r, 0, 0, &tv));
	IS(tv.tv_sec < 10 && tv.tv_sec > 1);
	IS(FD_ISSET(p[0], &r));
	close(p[1]);
	TRY(select(p[0] + 1, &r, 0, 0, 0));
	SAY("%d\n", FD_ISSET(p[0], &r));
	read(p[0], b, 1);
	f[0].revents = 0;
	TRY(poll(f, 1, -1));
	SAY("%#x\n", f[0].revents);
	int dir = open(".", O_RDONLY);
	f[0] = (struct pollfd){dir, 0x3fff, 0};
	TRY(poll(f, 1, 0));
	SAY("%#x\n", f[0].revents);
	int op = open(".", O_PATH);
	f[0] = (struct pollfd){op, 0x3fff, 0};
	TRY(poll(f, 1, 0));
	SAY("%#x\n", f[0].revents);
	f[0] = (struct pollfd){dir, POLLRDNORM, 0};
	TRY(poll(f, 1, 0));
	SAY("%#x\n", f[0].revents);
	f[0] = (struct pollfd){open("/dev/null", O_RDWR), 0x3fff, 0};
	TRY(poll(f, 1, 0));
	SAY("%#x\n", f[0].revents);
	FD_ZERO(&r);
	FD_SET(dir, &r);
	w = r;
	x = r;
	TRY(select(dir + 1, &r, &w, &x, 0));
	pipe(p);
	FD_ZERO(&w);
	FD_SET(p[1], &w);
	close(p[0]);
	TRY(select(p[1] + 1, 0, &w, 0, 0));
	struct {
		const sigset_t *s;
		size_t n;
	} pk = {&e, 8};
	raise(SIGUSR1);
	got = 0;
	ts = (struct timespec){5, 0};
	TRY(syscall(SYS_pselect6, 0, 0, 0, 0, &ts, &pk));
	SAY("sig %d\n", got);
	pk.n = 4;
	TRY(syscall(SYS_pselect6, 0, 0, 0, 0, &ts, &pk));
	pk.s = 0;
	ts = (struct timespec){0, 5};
	TRY(syscall(SYS_pselect6, 0, 0, 0, 0, &ts, &pk));
	TRY(syscall(SYS_pselect6, 0, 0, 0, 0, &ts, 8));
	return 0;
}
