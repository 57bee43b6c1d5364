/* epoll_edges.c - does epoll(7) do edges, order, nesting, masks and errors like Linux? */
#include "say.h"
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

static volatile int got;

static void h(int s)
{
	got = s;
}

static int ep, base;
static struct epoll_event ev[16];

static void w(const char *x)
{
	int n = epoll_wait(ep, ev, 16, 0);
	SAY("%s: %d", x, n);
	for (int i = 0; i < n; i++)
		SAY(" %+d:%#x", ev[i].data.fd - base, ev[i].events);
	SAY("\n");
}

static int ctl(int e, int op, int fd, unsigned m)
{
	struct epoll_event v = {.events = m, .data.fd = fd};
	return epoll_ctl(e, op, fd, &v);
}

static void *waiter(void *a)
{
	struct epoll_event v;
	int n = epoll_wait(ep, &v, 1, 2000);
	return (void *)(long)n;
}

int main(void)
{
	struct sigaction sa = {.sa_handler = h, .sa_flags = SA_RESTART};
	sigaction(SIGALRM, &sa, 0);
	sigaction(SIGUSR1, &sa, 0);
	int p[2];
	pipe(p);
	ep = epoll_create(1);
	TRY(ctl(ep, EPOLL_CTL_ADD, p[0], EPOLLIN));
	TRY(ctl(ep, EPOLL_CTL_ADD, p[1], EPOLLOUT | EPOLLET));
	w("a");
	w("b");
	char buf[70000] = {0};
	write(p[1], buf, 65536);
	w("full");
	read(p[0], buf, 4096);
	w("room");
	read(p[0], buf, 4096);
	w("more room");
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	write(p[1], buf, 8192);
	w("full again");
	read(p[0], buf, 8192);
	w("room");
	TRY(ctl(ep, EPOLL_CTL_MOD, p[1], EPOLLOUT | EPOLLET));
	w("mod");
	w("mod2");
	TRY(ctl(ep, EPOLL_CTL_MOD, p[0], 0));
	w("no events");
	close(p[1]);
	w("hup");
	TRY(ctl(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLRDHUP | EPOLLPRI | EPOLLRDNORM));
	w("hup+in");
	int d = dup(p[0]);
	close(p[0]);
	w("dup keeps");
	TRY(ctl(ep, EPOLL_CTL_DEL, p[0], 0));
	TRY(ctl(ep, EPOLL_CTL_DEL, d, 0));
	close(d);
	w("gone");
	// order & rotation
	int e[5];
	for (int i = 0; i < 5; i++) {
		e[i] = eventfd(1, 0);
		ctl(ep, EPOLL_CTL_ADD, e[i], EPOLLIN);
	}
	for (int k = 0; k < 4; k++) {
		int n = epoll_wait(ep, ev, 2, 0);
		SAY("rot %d %d %d\n", n, ev[0].data.fd - e[0], ev[1].data.fd - e[0]);
	}
	TRY(ctl(ep, EPOLL_CTL_MOD, e[0], EPOLLIN | EPOLLONESHOT | EPOLLET));
	w("os");
	w("os2");
	uint64_t one = 1;
	write(e[0], &one, 8);
	w("os3");
	for (int i = 0; i < 5; i++)
		close(e[i]);
	w("closed");
	// errors
	TRY(epoll_wait(ep, ev, -1, 0));
	TRY(epoll_wait(ep, ev, 0x7fffffff, 0));
	TRY(epoll_wait(99, ev, 1, 0));
	TRY(epoll_wait(0, ev, 1, 0));
	TRY(epoll_wait(0, ev, -1, 0));
	TRY(epoll_wait(99, ev, -1, 0));
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, 1000, 0));
	TRY(epoll_ctl(99, EPOLL_CTL_DEL, 1000, 0));
	int reg = open("epf", O_CREAT | O_RDWR, 0600);
	TRY(ctl(ep, EPOLL_CTL_ADD, reg, EPOLLIN));
	TRY(ctl(ep, EPOLL_CTL_ADD, open("/dev/null", O_RDONLY), EPOLLIN));
	TRY(ctl(ep, EPOLL_CTL_ADD, open(".", O_PATH), EPOLLIN));
	TRY(ctl(ep, 9, ep, EPOLLIN));
	int x = eventfd(0, 0);
	TRY(ctl(ep, EPOLL_CTL_ADD, x, EPOLLIN | EPOLLEXCLUSIVE));
	TRY(ctl(ep, EPOLL_CTL_MOD, x, EPOLLIN));
	TRY(ctl(ep, EPOLL_CTL_MOD, x, EPOLLIN | EPOLLEXCLUSIVE));
	TRY(ctl(ep, EPOLL_CTL_DEL, x, EPOLLIN));
	TRY(ctl(ep, EPOLL_CTL_ADD, x, EPOLLIN | EPOLLEXCLUSIVE | EPOLLRDHUP));
	TRY(ctl(ep, EPOLL_CTL_ADD, x, EPOLLIN | EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLET | EPOLLERR));
	TRY(ctl(ep, EPOLL_CTL_DEL, x, 0));
	// nesting
	int l[8];
	for (int i = 0; i < 8; i++)
		l[i] = epoll_create1(0);
	TRY(ctl(l[0], EPOLL_CTL_ADD, x, EPOLLIN));
	for (int i = 1; i < 8; i++)
		TRY(ctl(l[i], EPOLL_CTL_ADD, l[i - 1], EPOLLIN));
	TRY(ctl(l[0], EPOLL_CTL_ADD, l[2], EPOLLIN));
	TRY(ctl(l[0], EPOLL_CTL_ADD, l[0], EPOLLIN));
	TRY(ctl(l[1], EPOLL_CTL_ADD, l[0], EPOLLIN | EPOLLEXCLUSIVE));
	ep = l[3];
	base = l[2];
	w("nest");
	write(x, &one, 8);
	w("nest ready");
	struct pollfd pf = {l[4], 0x3fff, 0};
	TRY(poll(&pf, 1, 0));
	SAY("%#x\n", pf.revents);
	read(x, &one, 8);
	w("nest empty");
	pf.revents = 0;
	TRY(poll(&pf, 1, 0));
	// tops: build from the top down
	int m[8];
	for (int i = 0; i < 8; i++)
		m[i] = epoll_create1(0);
	for (int i = 0; i < 7; i++)
		TRY(ctl(m[i], EPOLL_CTL_ADD, m[i + 1], EPOLLIN));
	TRY(ctl(m[5], EPOLL_CTL_ADD, x, EPOLLIN));
	TRY(ctl(m[4], EPOLL_CTL_ADD, x, EPOLLIN));
	TRY(ctl(m[7], EPOLL_CTL_ADD, x, EPOLLIN));
	// pwait
	base = x;
	ep = epoll_create1(0);
	ctl(ep, EPOLL_CTL_ADD, x, EPOLLIN);
	sigset_t s, em;
	sigemptyset(&em);
	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	sigprocmask(SIG_BLOCK, &s, 0);
	raise(SIGUSR1);
	TRY(epoll_pwait(ep, ev, 1, 100, &em));
	SAY("sig %d\n", got);
	got = 0;
	raise(SIGUSR1);
	write(x, &one, 8);
	TRY(epoll_pwait(ep, ev, 1, 100, &em));
	SAY("sig %d\n", got);
	read(x, &one, 8);
	TRY(epoll_pwait(ep, ev, 1, 0, &em));
	SAY("sig %d\n", got);
	TRY(epoll_pwait(ep, ev, 1, 10, &em));
	SAY("sig %d\n", got);
	TRY(syscall(SYS_epoll_pwait, ep, ev, 1, 0, &em, 4));
	struct timespec ts = {0, 20000000};
	TRY(syscall(SYS_epoll_pwait2, ep, ev, 1, &ts, 0, 8));
	SAY("%ld\n", ts.tv_nsec);
	ts.tv_nsec = -1;
	TRY(syscall(SYS_epoll_pwait2, ep, ev, 1, &ts, 0, 8));
	TRY(syscall(SYS_epoll_pwait2, ep, ev, 1, 8, 0, 8));
	ualarm(20000, 0);
	TRY(epoll_wait(ep, ev, 1, -1));
	SAY("sig %d\n", got);
	// two threads, one event, level
	pthread_t t1, t2;
	void *r1, *r2;
	pthread_create(&t1, 0, waiter, 0);
	pthread_create(&t2, 0, waiter, 0);
	usleep(50000);
	write(x, &one, 8);
	pthread_join(t1, &r1);
	pthread_join(t2, &r2);
	SAY("threads %d\n", (int)(long)r1 + (int)(long)r2);
	write(x, &one, 8);
	TRY(epoll_wait(ep, (void *)8, 1, 0));
	w("after fault");
	TRY(lseek(ep, 5, SEEK_SET));
	TRY(read(ep, buf, 1));
	TRY(write(ep, buf, 1));
	struct stat st;
	fstat(ep, &st);
	SAY("%o %d\n", st.st_mode, (int)st.st_size);
	TRY(ftruncate(ep, 0));
	TRY(fsync(ep));
	char path[80], lnk[80] = {0};
	sprintf(path, "/proc/self/fd/%d", ep);
	TRY(readlink(path, lnk, 79));
	SAY("%s\n", lnk);
	TRY(open(path, O_RDWR));
	sprintf(path, "/proc/self/fd/%d", x);
	memset(lnk, 0, 80);
	readlink(path, lnk, 79);
	SAY("%s\n", lnk);
	return 0;
}
