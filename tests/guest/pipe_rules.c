/* pipe_rules.c - do pipes keep their rules (pipe(7)): end of file, SIGPIPE, non-blocking, capacity, atomic
 * writes? */
#include <sys/ioctl.h>

#include "say.h"

static volatile sig_atomic_t broken;
static void on_pipe(int sig)
{
	broken++;
}

int main(void)
{
	int fd[2];
	char buf[70000];
	int n;

	memset(buf, 'x', sizeof(buf));
	TRY_OK(pipe2(fd, O_NONBLOCK | O_CLOEXEC));
	TRY(read(fd[0], buf, 10));
	TRY(write(fd[1], buf, 0));
	TRY(write(fd[1], buf, 65536));
	TRY(write(fd[1], buf, 1));
	TRY(read(fd[0], buf, 4095));
	TRY(write(fd[1], buf, 4096));
	TRY(read(fd[0], buf, 1));
	TRY(write(fd[1], buf, 4096));
	TRY(ioctl(fd[0], FIONREAD, &n));
	SAY("%d bytes wait\n", n);
	TRY(write(fd[1], buf, 70000));
	TRY(read(fd[0], buf, 70000));
	TRY(read(fd[0], buf, 70000));
	TRY(fcntl(fd[0], F_GETPIPE_SZ));
	TRY(fcntl(fd[0], F_SETPIPE_SZ, 5000));
	TRY(write(fd[1], buf, 70000));
	TRY(fcntl(fd[0], F_SETPIPE_SZ, 4096));
	TRY(read(fd[0], buf, 70000));
	TRY(fcntl(fd[0], F_SETPIPE_SZ, 1 << 20));
	TRY(lseek(fd[0], 0, SEEK_CUR));
	TRY(write(fd[0], buf, 1));
	TRY(read(fd[1], buf, 1));
	TRY(close(fd[1]));
	TRY(read(fd[0], buf, 1));
	TRY(close(fd[0]));

	signal(SIGPIPE, on_pipe);
	TRY_OK(pipe(fd));
	TRY(close(fd[0]));
	TRY(write(fd[1], "x", 1));
	IS(broken == 1);
	TRY(close(fd[1]));

	/* A blocked writer goes on when the reader takes something, and a blocked reader sees the end of
	 * file. */
	TRY_OK(pipe(fd));
	fflush(stdout);
	if (fork() == 0) {
		close(fd[0]);
		ssize_t w = write(fd[1], buf, 200000 > sizeof(buf) ? sizeof(buf) : 200000);
		_exit(w == sizeof(buf) ? 0 : 1);
	}
	close(fd[1]);
	size_t total = 0;
	ssize_t r;
	while ((r = read(fd[0], buf, 1000)) > 0)
		total += (size_t)r;
	SAY("%zu bytes came through, then %zd\n", total, r);
	int status;
	wait(&status);
	say_status("writer", status);
	TRY(pipe2(fd, 0x1234567));
	return 0;
}
