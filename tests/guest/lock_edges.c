/* lock_edges.c - do record locks, open file description locks and flock(2) meet, wait and end like on Linux?
 */
#include "say.h"
#include <poll.h>
#include <sys/file.h>

static volatile int got;

static void h(int s)
{
	got = s;
}

static int lk(int fd, int cmd, int t, long s, long l)
{
	struct flock f = {.l_type = t, .l_start = s, .l_len = l};
	int r = fcntl(fd, cmd, &f);
	return r;
}

static void get(int fd, int cmd, int t, long s, long l)
{
	struct flock f = {.l_type = t, .l_start = s, .l_len = l};
	int r = fcntl(fd, cmd, &f);
	SAY("get %d: type %d whence %d %ld %ld pid %s\n", r, f.l_type, f.l_whence, f.l_start, f.l_len,
	    f.l_pid == getpid()    ? "me"
	    : f.l_pid == getppid() ? "parent"
	    : f.l_pid == -1        ? "-1"
	    : f.l_pid == 0         ? "0"
				   : "other");
}

static void child(void (*fn)(int), int fd)
{
	fflush(stdout);
	pid_t p = fork();
	if (!p) {
		fn(fd);
		fflush(stdout);
		_exit(0);
	}
	waitpid(p, 0, 0);
}

static void c1(int fd)
{
	get(fd, F_GETLK, F_WRLCK, 0, 0);
	get(fd, F_GETLK, F_RDLCK, 0, 0);
	get(fd, F_GETLK, F_WRLCK, 50, 5);
	TRY(lk(fd, F_SETLK, F_WRLCK, 12, 1));
	TRY(lk(fd, F_SETLK, F_WRLCK, 25, 1));
	TRY(lk(fd, F_SETLK, F_RDLCK, 12, 1));
	get(fd, F_OFD_GETLK, F_WRLCK, 0, 0);
	TRY(lk(fd, F_OFD_SETLK, F_WRLCK, 12, 1));
	get(fd, F_OFD_GETLK, F_UNLCK, 0, 0);
}

static void c2(int fd)
{
	signal(SIGALRM, h);
	struct sigaction sa = {.sa_handler = h};
	sigaction(SIGALRM, &sa, 0);
	alarm(1);
	TRY(lk(fd, F_SETLKW, F_WRLCK, 0, 0));
	SAY("sig %d\n", got);
	alarm(1);
	TRY(lk(fd, F_OFD_SETLKW, F_WRLCK, 0, 0));
	alarm(1);
	int g = open("lf", O_RDWR);
	TRY(flock(g, LOCK_EX));
	TRY(flock(g, LOCK_EX | LOCK_NB));
	TRY(flock(g, LOCK_SH | LOCK_NB));
	TRY(flock(fd, LOCK_EX));
	TRY(flock(g, LOCK_SH | LOCK_NB));
	TRY(flock(fd, LOCK_UN));
	TRY(flock(g, LOCK_SH | LOCK_NB));
}

int main(void)
{
	setvbuf(stdout, 0, _IOFBF, 1 << 16);
	int fd = open("lf", O_RDWR | O_CREAT, 0600);
	write(fd, "0123456789", 10);
	TRY(lk(fd, F_SETLK, F_WRLCK, 10, 10));
	TRY(lk(fd, F_SETLK, F_RDLCK, 15, 2));
	child(c1, fd);
	TRY(lk(fd, F_SETLK, F_UNLCK, 0, 12));
	TRY(lk(fd, F_SETLK, F_WRLCK, -5, 1));
	TRY(lk(fd, F_SETLK, F_WRLCK, 5, -5));
	TRY(lk(fd, F_SETLK, F_WRLCK, 5, -6));
	TRY(lk(fd, F_SETLK, F_WRLCK, 0x7fffffffffffffff, 1));
	TRY(lk(fd, F_SETLK, F_WRLCK, 0x7fffffffffffffff, 2));
	TRY(lk(fd, F_SETLK, 5, 0, 1));
	TRY(fcntl(fd, F_SETLK, 8));
	TRY(lk(99, F_SETLK, F_WRLCK, 0, 1));
	child(c1, fd);
	struct flock f = {.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -3, .l_len = 2};
	TRY(fcntl(fd, F_SETLK, &f));
	f = (struct flock){.l_type = F_RDLCK, .l_whence = SEEK_CUR, .l_start = 5};
	TRY(fcntl(fd, F_SETLK, &f));
	f.l_whence = 9;
	TRY(fcntl(fd, F_SETLK, &f));
	child(c1, fd);
	f = (struct flock){.l_type = F_WRLCK, .l_pid = 3};
	TRY(fcntl(fd, F_OFD_SETLK, &f));
	TRY(fcntl(fd, F_OFD_GETLK, &f));
	TRY(lk(fd, F_SETLK, F_WRLCK, 0, 0));
	child(c1, fd);
	flock(fd, LOCK_EX);
	child(c2, fd);
	int g = open("lf", O_RDONLY);
	TRY(lk(g, F_SETLK, F_WRLCK, 0, 1));
	TRY(lk(g, F_SETLK, F_RDLCK, 0, 1));
	close(g);
	child(c1, fd);
	// close released everything
	TRY(lk(fd, F_OFD_SETLK, F_WRLCK, 3, 4));
	g = open("lf", O_RDWR);
	close(g);
	child(c1, fd);
	int d = dup(fd);
	close(fd);
	child(c1, d);
	fd = d;
	get(fd, F_OFD_GETLK, F_UNLCK, 0, 0);
	TRY(lk(fd, F_SETLK, F_WRLCK, 0, 0));
	g = open("lf", O_RDWR);
	TRY(lk(g, F_OFD_SETLK, F_RDLCK, 3, 1));
	TRY(lk(fd, F_OFD_SETLK, F_RDLCK, 0, 0));
	TRY(lk(g, F_OFD_SETLK, F_RDLCK, 3, 1));
	TRY(lk(g, F_OFD_SETLK, F_WRLCK, 3, 1));
	TRY(lk(fd, F_SETLK, F_RDLCK, 0, 0));
	// deadlock
	close(fd);
	close(g);
	fd = open("lf", O_RDWR);
	TRY(lk(fd, F_SETLK, F_WRLCK, 0, 1));
	int p[2];
	pipe(p);
	fflush(stdout);
	pid_t c = fork();
	if (!c) {
		TRY(lk(fd, F_SETLK, F_WRLCK, 1, 1));
		fflush(stdout);
		write(p[1], "x", 1);
		int r = lk(fd, F_SETLKW, F_WRLCK, 0, 1);
		_exit(r == 0 ? 7 : 8);
	}
	char b;
	read(p[0], &b, 1);
	usleep(100000);
	TRY(lk(fd, F_SETLKW, F_WRLCK, 1, 1));
	TRY(lk(fd, F_SETLK, F_UNLCK, 0, 1));
	int s;
	waitpid(c, &s, 0);
	SAY("child %d\n", WEXITSTATUS(s));
	// killed holder frees
	c = fork();
	if (!c) {
		lk(fd, F_SETLK, F_WRLCK, 0, 0);
		write(p[1], "x", 1);
		pause();
	}
	read(p[0], &b, 1);
	TRY(lk(fd, F_SETLK, F_WRLCK, 0, 0));
	kill(c, 9);
	TRY(lk(fd, F_SETLKW, F_WRLCK, 0, 0));
	wait(0);
	// exec keeps
	TRY(flock(99, LOCK_EX));
	TRY(flock(fd, 0));
	TRY(flock(fd, LOCK_SH | LOCK_EX));
	TRY(flock(fd, LOCK_NB));
	int op = open("lf", O_PATH);
	TRY(flock(op, LOCK_SH));
	TRY(lk(op, F_SETLK, F_RDLCK, 0, 1));
	g = open("lf", O_RDONLY);
	TRY(flock(g, LOCK_EX));
	TRY(flock(fd, LOCK_SH | LOCK_NB));
	fflush(stdout);
	if (!fork()) {
		TRY(flock(g, LOCK_UN));
		fflush(stdout);
		_exit(0);
	}
	wait(0);
	TRY(flock(fd, LOCK_SH | LOCK_NB));
	return 0;
}
