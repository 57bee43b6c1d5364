/* pipe_edges.c - what do pipes and FIFOs do at their edges: capacity, merging, packets, broken ends, blocking
 * opens? */
#include "say.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

static void st(int fd, const char *w)
{
	struct pollfd p = {fd, 0x3fff & ~POLLNVAL, 0};
	int n = poll(&p, 1, 0);
	SAY("%s: poll %d %#x\n", w, n, p.revents);
}

static volatile int got;
static siginfo_t gi;

static void h(int s, siginfo_t *i, void *c)
{
	got = s;
	gi = *i;
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = h, .sa_flags = SA_SIGINFO};
	sigaction(SIGPIPE, &sa, 0);
	sigaction(SIGALRM, &sa, 0);
	int p[2];
	char b[70000];
	memset(b, 'x', sizeof b);
	pipe(p);
	st(p[0], "r empty");
	st(p[1], "w empty");
	TRY(fcntl(p[0], F_GETPIPE_SZ));
	TRY(fcntl(p[0], F_SETPIPE_SZ, 1));
	TRY(fcntl(p[0], F_SETPIPE_SZ, 4097));
	TRY(fcntl(p[1], F_SETPIPE_SZ, 65536));
	TRY(fcntl(p[1], F_SETPIPE_SZ, -1));
	TRY(fcntl(p[1], F_SETPIPE_SZ, 65536));
	TRY(fcntl(0, F_GETFL) >= 0);
	int n;
	write(p[1], b, 5000);
	TRY(ioctl(p[0], FIONREAD, &n));
	SAY("%d\n", n);
	TRY(ioctl(p[1], FIONREAD, &n));
	SAY("%d\n", n);
	TRY(lseek(p[0], 0, SEEK_CUR));
	TRY(pread(p[0], b, 1, 0));
	TRY(pwrite(p[1], b, 1, 0));
	TRY(write(p[0], b, 1));
	TRY(read(p[1], b, 1));
	TRY(ftruncate(p[1], 0));
	TRY(fsync(p[1]));
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	TRY(read(p[0], b, 70000));
	TRY(read(p[0], b, 1));
	TRY(read(p[0], b, 0));
	TRY(write(p[1], b, 0));
	TRY(write(p[1], b, 70000));
	TRY(write(p[1], b, 1));
	st(p[1], "w full");
	st(p[0], "r full");
	TRY(read(p[0], b, 4096));
	st(p[1], "w one page");
	TRY(write(p[1], b, 4097));
	TRY(read(p[0], b, 4000));
	TRY(write(p[1], b, 100));
	TRY(read(p[0], b, 200));
	TRY(write(p[1], b, 4096));
	TRY(write(p[1], b, 4096));
	while (read(p[0], b, sizeof b) > 0)
		;
	for (n = 0; write(p[1], b, 1) == 1; n++)
		;
	SAY("ones %d\n", n);
	while (read(p[0], b, sizeof b) > 0)
		;
	for (n = 0; write(p[1], b, 4095) == 4095; n++)
		;
	SAY("4095s %d\n", n);
	TRY(write(p[1], b, 1));
	TRY(write(p[1], b, 1));
	TRY(write(p[1], b, 2));
	while (read(p[0], b, sizeof b) > 0)
		;
	for (n = 0; write(p[1], b, 2049) == 2049; n++)
		;
	SAY("2049s %d\n", n);
	while (read(p[0], b, sizeof b) > 0)
		;
	// bad memory
	TRY(write(p[1], (void *)8, 10));
	TRY(read(p[0], b, 10));
	write(p[1], "abc", 3);
	TRY(read(p[0], (void *)8, 10));
	TRY(read(p[0], b, 10));
	struct iovec iv[3] = {{b, 3}, {(void *)8, 4}, {b, 2}};
	TRY(writev(p[1], iv, 3));
	TRY(read(p[0], b, 100));
	iv[1].iov_base = b;
	TRY(writev(p[1], iv, 3));
	TRY(readv(p[0], iv, 2));
	TRY(read(p[0], b, 100));
	close(p[1]);
	st(p[0], "r no writer");
	TRY(read(p[0], b, 1));
	close(p[0]);
	pipe(p);
	close(p[0]);
	st(p[1], "w no reader");
	TRY(write(p[1], b, 1));
	SAY("sig %d code %d pid %d\n", got, gi.si_code, gi.si_pid == getpid());
	got = 0;
	TRY(write(p[1], b, 0));
	SAY("sig %d\n", got);
	close(p[1]);
	// packet
	TRY(pipe2(p, O_DIRECT));
	TRY(fcntl(p[1], F_GETFL));
	TRY(fcntl(p[0], F_GETFL));
	write(p[1], "aaa", 3);
	write(p[1], "bbbb", 4);
	write(p[1], b, 5000);
	TRY(read(p[0], b, 100));
	TRY(read(p[0], b, 2));
	TRY(read(p[0], b, 70000));
	TRY(read(p[0], b, 70000));
	close(p[0]);
	close(p[1]);
	TRY(pipe2(p, O_TRUNC));
	int *nowhere = (int *)(uintptr_t)strtoul("8", NULL, 0);
	TRY(pipe2(nowhere, 0));
	TRY(pipe2(p, O_CLOEXEC | O_NONBLOCK));
	TRY(fcntl(p[0], F_GETFD));
	TRY(fcntl(p[0], F_GETFL));
	TRY(fcntl(p[1], F_GETFL));
	// reopen
	char path[64];
	sprintf(path, "/proc/self/fd/%d", p[0]);
	int w = open(path, O_WRONLY | O_NONBLOCK);
	SAY("reopen %d\n", w >= 0);
	TRY(write(w, "hi", 2));
	TRY(read(p[0], b, 10));
	int rw = open(path, O_RDWR);
	TRY(write(rw, "yo", 2));
	TRY(read(rw, b, 10));
	close(p[1]);
	close(w);
	st(p[0], "rw holds");
	close(rw);
	st(p[0], "gone");
	struct stat s;
	fstat(p[0], &s);
	SAY("mode %o nlink %d size %d blk %d\n", s.st_mode, (int)s.st_nlink, (int)s.st_size,
	    (int)s.st_blksize);
	TRY(fchmod(p[0], 0644));
	fstat(p[0], &s);
	SAY("mode %o\n", s.st_mode);
	// fifo
	unlink("ff");
	TRY(mkfifo("ff", 0600));
	TRY(open("ff", O_WRONLY | O_NONBLOCK));
	int r = open("ff", O_RDONLY | O_NONBLOCK);
	st(r, "fifo fresh");
	TRY(read(r, b, 1));
	w = open("ff", O_WRONLY);
	st(r, "fifo writer");
	close(w);
	st(r, "fifo writer gone");
	w = open("ff", O_RDWR);
	st(r, "again");
	st(w, "rdwr");
	TRY(write(w, "q", 1));
	TRY(lseek(r, 0, 0));
	close(r);
	TRY(read(w, b, 10));
	st(w, "rdwr alone");
	close(w);
	TRY(truncate("ff", 0));
	r = open("ff", O_RDONLY | O_NONBLOCK);
	w = open("ff", O_WRONLY | O_TRUNC | O_APPEND);
	TRY(fcntl(w, F_GETFL));
	TRY(write(w, "z", 1));
	close(w);
	close(r);
	r = open("ff", O_RDONLY | O_NONBLOCK);
	TRY(read(r, b, 1));
	close(r);
	alarm(1);
	got = 0;
	TRY(open("ff", O_RDONLY));
	SAY("sig %d\n", got);
	sa.sa_flags |= SA_RESTART;
	sigaction(SIGALRM, &sa, 0);
	if (!fork()) {
		sleep(2);
		int x = open("ff", O_WRONLY);
		write(x, "late", 4);
		_exit(0);
	}
	alarm(1);
	r = open("ff", O_RDONLY);
	SAY("restarted %d\n", r >= 0);
	TRY(read(r, b, 10));
	TRY(read(r, b, 10));
	wait(0);
	// blocking read with SA_RESTART
	pipe(p);
	if (!fork()) {
		sleep(2);
		write(p[1], "x", 1);
		_exit(0);
	}
	alarm(1);
	TRY(read(p[0], b, 10));
	wait(0);
	sa.sa_flags &= ~SA_RESTART;
	sigaction(SIGALRM, &sa, 0);
	alarm(1);
	TRY(read(p[0], b, 10));
	// blocking write partially done then interrupted
	alarm(1);
	TRY(write(p[1], b, 70000));
	return 0;
}
