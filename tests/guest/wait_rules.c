/* wait_rules.c - wait4(2) and waitid(2): every option, siginfo fields, WNOWAIT, groups, clone children,
 * SIGCHLD ignored. */
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "say.h"

#ifndef __WCLONE
#define __WCLONE 0x80000000
#endif
#ifndef __WALL
#define __WALL 0x40000000
#endif

static pid_t child(int code)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(code);
	return pid;
}

static pid_t sleeper(void)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

static long waitid5(int type, int id, siginfo_t *si, int options)
{
	return syscall(SYS_waitid, type, id, si, options, NULL);
}

static void say_info(const siginfo_t *si, pid_t pid)
{
	SAY("signo %d code %d status %d, right pid %d, right uid %d\n", si->si_signo, si->si_code,
	    si->si_status, si->si_pid == pid, si->si_uid == getuid());
}

static int child_with_signal(void *arg)
{
	_exit(5);
}

static pid_t clone_child(int signo)
{
	static char stack[65536] __attribute__((aligned(16)));

	return clone(child_with_signal, stack + sizeof(stack), signo, NULL);
}

static volatile sig_atomic_t chld, usr1;
static void on_signal(int sig)
{
	if (sig == SIGCHLD)
		chld++;
	else
		usr1++;
}

int main(void)
{
	siginfo_t si;
	struct rusage ru;
	int status;
	pid_t pid, other;

	TRY(wait4(-1, &status, 0, NULL));
	TRY(wait4(-1, &status, 0x100, NULL));
	TRY(syscall(SYS_wait4, (long)INT32_MIN, &status, 0, NULL));
	TRY(waitid5(P_ALL, 0, &si, WEXITED));
	TRY(waitid5(P_ALL, 0, &si, 0));
	TRY(waitid5(P_ALL, 0, &si, WNOHANG));
	TRY(waitid5(77, 0, &si, WEXITED));
	TRY(waitid5(P_PID, 0, &si, WEXITED));
	TRY(waitid5(P_PID, -1, &si, WEXITED));
	TRY(waitid5(P_PGID, -1, &si, WEXITED));
	TRY(waitid5(P_PID, 1, &si, WEXITED));

	pid = child(7);
	memset(&si, 0x55, sizeof(si));
	TRY(waitid5(P_PID, pid, &si, WEXITED | WNOWAIT));
	say_info(&si, pid);
	IS(si.si_utime == 0x5555555555555555); /* the kernel does not write it */
	TRY(waitid5(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT));
	say_info(&si, pid);
	IS(wait4(pid, &status, 0, &ru) == pid);
	say_status("child", status);
	IS(ru.ru_maxrss >= 0);
	TRY(wait4(pid, &status, 0, NULL));

	pid = sleeper();
	memset(&si, 0x55, sizeof(si));
	TRY(waitid5(P_PID, pid, &si, WEXITED | WNOHANG));
	SAY("signo %d pid %d\n", si.si_signo, si.si_pid);
	TRY(wait4(pid, &status, WNOHANG, NULL));
	kill(pid, SIGSTOP);
	TRY(waitid5(P_PID, pid, &si, WSTOPPED | WNOWAIT));
	say_info(&si, pid);
	TRY(waitid5(P_PID, pid, &si, WSTOPPED));
	TRY(wait4(pid, &status, WNOHANG | WUNTRACED, NULL));
	TRY(waitid5(P_PID, pid, &si, WCONTINUED | WNOHANG));
	kill(pid, SIGCONT);
	TRY(waitid5(P_PID, pid, &si, WCONTINUED | WNOWAIT));
	say_info(&si, pid);
	IS(wait4(pid, &status, WCONTINUED, NULL) == pid);
	say_status("child", status);
	TRY(wait4(pid, &status, WCONTINUED | WNOHANG, NULL));
	kill(pid, SIGSTOP);
	TRY(waitid5(P_PID, pid, &si, WSTOPPED));
	kill(pid, SIGKILL); /* ends even what is stopped */
	TRY(waitid5(P_ALL, 0, &si, WEXITED));
	say_info(&si, pid);

	/* groups */
	pid = child(1);
	other = fork();
	if (other == 0) {
		setpgid(0, 0);
		_exit(2);
	}
	setpgid(other, other);
	TRY(wait4(-999999, &status, 0, NULL));
	IS(wait4(-other, &status, 0, NULL) == other);
	say_status("in its own group", status);
	IS(wait4(0, &status, 0, NULL) == pid);
	say_status("in ours", status);
	TRY(waitid5(P_PGID, getpgrp(), &si, WEXITED));

	/* children that announce themselves with another signal, or none */
	pid = clone_child(0);
	TRY(wait4(-1, &status, 0, NULL));
	IS(wait4(-1, &status, __WCLONE, NULL) == pid);
	say_status("clone child", status);
	pid = clone_child(SIGUSR1);
	signal(SIGUSR1, on_signal);
	IS(wait4(pid, &status, __WALL, NULL) == pid ||
	   (errno == EINTR && wait4(pid, &status, __WALL, NULL) == pid));
	SAY("SIGUSR1 came: %d\n", usr1);
	pid = child(3);
	TRY(wait4(pid, &status, __WCLONE, NULL));
	IS(wait4(pid, &status, __WALL, NULL) == pid);

	/* SA_NOCLDWAIT, SIG_IGN: no zombies, and wait() says so when the last one is gone */
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_NOCLDWAIT | SA_RESTART};
	sigaction(SIGCHLD, &sa, NULL);
	child(1);
	child(2);
	TRY(wait4(-1, &status, 0, NULL));
	SAY("SIGCHLD came: %d\n", chld > 0);
	sa.sa_handler = SIG_IGN;
	sa.sa_flags = 0;
	sigaction(SIGCHLD, &sa, NULL);
	child(1);
	TRY(wait4(-1, &status, 0, NULL));
	signal(SIGCHLD, SIG_DFL);

	/* a bad address takes the child all the same */
	pid = child(1);
	TRY(wait4(pid, (void *)8, 0, NULL));
	TRY(wait4(pid, &status, 0, NULL));
	pid = child(1);
	TRY(waitid5(P_PID, pid, (void *)8, WEXITED));
	TRY(waitid5(P_PID, pid, &si, WEXITED));

	/* usage of waited-for children adds up */
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 20000; i++)
			getppid();
		_exit(0);
	}
	wait4(pid, &status, 0, &ru);
	IS(ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec + ru.ru_stime.tv_sec * 1000000 +
	       ru.ru_stime.tv_usec >
	   0);
	getrusage(RUSAGE_CHILDREN, &ru);
	IS(ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec + ru.ru_stime.tv_sec * 1000000 +
	       ru.ru_stime.tv_usec >
	   0);
	return 0;
}
