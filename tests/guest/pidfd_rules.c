/* pidfd_rules.c - process descriptors: pidfd_open(2), CLONE_PIDFD, poll, pidfd_send_signal(2), waitid(P_PIDFD). */
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>

#include "say.h"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#define P_PIDFD_ 3

static pid_t child(int fd)
{
	char c;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		read(fd, &c, 1);
		_exit(6);
	}
	return pid;
}

static int ready(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	/* newer versions add POLLHUP when it was reaped */
	return poll(&p, 1, ms) == 1 ? p.revents & POLLIN : 0;
}

static long send(int fd, int sig, siginfo_t *si, unsigned flags)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, si, flags);
}

int main(void)
{
	int fd[2], pidfd = -1, status;
	siginfo_t si;

	pipe(fd);
	pid_t pid = child(fd[0]);
	int p = (int)syscall(SYS_pidfd_open, pid, 0);
	IS(p >= 0 && fcntl(p, F_GETFD) == FD_CLOEXEC);
	int nb = (int)syscall(SYS_pidfd_open, pid, O_NONBLOCK);
	TRY(syscall(SYS_waitid, P_PIDFD_, nb, &si, WEXITED, NULL));
	TRY(syscall(SYS_waitid, P_PIDFD_, nb, &si, WEXITED | WNOHANG, NULL));
	SAY("ready before: %d\n", ready(p, 0));
	TRY(read(p, &status, 4));
	TRY(send(p, 0, NULL, 0));
	TRY(send(p, 0, NULL, 1U << 31));
	TRY(send(p, 65, NULL, 0));
	TRY(send(0, 0, NULL, 0));
	TRY(send(999, 0, NULL, 0));
	memset(&si, 0, sizeof(si));
	si.si_signo = SIGTERM;
	si.si_code = SI_QUEUE;
	TRY(send(p, SIGUSR1, &si, 0));
	char name[32];
	snprintf(name, sizeof(name), "/proc/%d", pid);
	int dir = open(name, O_RDONLY | O_DIRECTORY);
	int other = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
	TRY(send(dir, 0, NULL, 0));
	TRY(send(other, 0, NULL, 0));
	TRY(syscall(SYS_waitid, P_PIDFD_, dir, &si, WEXITED | WNOHANG, NULL));
	write(fd[1], "xx", 1);
	SAY("ready after: %d\n", ready(p, 2000));
	TRY(send(p, SIGTERM, NULL, 0));
	memset(&si, 0, sizeof(si));
	TRY(syscall(SYS_waitid, P_PIDFD_, p, &si, WEXITED, NULL));
	SAY("code %d status %d right pid %d\n", si.si_code, si.si_status, si.si_pid == pid);
	TRY(send(p, SIGTERM, NULL, 0));
	TRY(syscall(SYS_waitid, P_PIDFD_, p, &si, WEXITED, NULL));
	TRY(send(dir, SIGTERM, NULL, 0));
	SAY("ready when reaped: %d\n", ready(p, 0));
	close(p);
	close(nb);

	TRY(syscall(SYS_pidfd_open, 0, 0));
	TRY(syscall(SYS_pidfd_open, -1, 0));
	TRY(syscall(SYS_pidfd_open, 999999, 0));
	TRY(syscall(SYS_pidfd_open, getpid(), 1));
	TRY(syscall(SYS_waitid, P_PIDFD_, 0, &si, WEXITED, NULL));
	TRY(syscall(SYS_waitid, P_PIDFD_, -1, &si, WEXITED, NULL));

	fflush(stdout);
	pid = (pid_t)syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
	if (pid == 0) {
		/* the descriptor is the parent's alone */
		_exit(fcntl(pidfd < 0 ? 99 : pidfd, F_GETFD) == -1 ? 3 : 4);
	}
	IS(pidfd >= 0);
	SAY("ready at its end: %d\n", ready(pidfd, 2000));
	waitpid(pid, &status, 0);
	say_status("child", status);
	TRY(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &pidfd, 0, 0));
	TRY(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, 8, 0, 0));
	TRY(waitpid(-1, &status, 0));
	return 0;
}
