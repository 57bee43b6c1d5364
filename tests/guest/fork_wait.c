/* fork_wait.c - do parents learn how their children end? wait4(2), waitid(2) in their variants. */
#include "say.h"

static pid_t child(int code)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(code);
	return pid;
}

static pid_t killed_child(int sig)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		raise(sig);
		_exit(1);
	}
	return pid;
}

int main(void)
{
	int status;
	siginfo_t si;

	TRY(wait(&status));
	TRY(waitpid(1, &status, 0));
	for (int code = 0; code < 600; code += 117) {
		pid_t pid = child(code);
		IS(waitpid(pid, &status, 0) == pid);
		say_status("child", status);
	}
	int signals[] = {SIGKILL, SIGTERM, SIGUSR1, SIGALRM, SIGPIPE};
	for (int i = 0; i < 5; i++) {
		killed_child(signals[i]);
		wait(&status);
		say_status("child", status);
	}
	/* WNOHANG with a living child, then a group wait. */
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	TRY(waitpid(pid, &status, WNOHANG));
	TRY(waitpid(-12345, &status, WNOHANG));
	TRY(kill(pid, SIGTERM));
	IS(waitpid(0, &status, 0) == pid);
	say_status("child", status);
	/* waitid leaves the zombie with WNOWAIT. */
	pid = child(7);
	memset(&si, 0, sizeof(si));
	TRY(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT));
	IS(si.si_pid == pid && si.si_code == CLD_EXITED && si.si_status == 7 && si.si_signo == SIGCHLD);
	memset(&si, 0, sizeof(si));
	TRY(waitid(P_ALL, 0, &si, WEXITED));
	IS(si.si_pid == pid);
	TRY(waitid(P_ALL, 0, &si, WEXITED));
	TRY(waitid(P_PID, (id_t)pid, &si, 0));
	TRY(waitpid(-1, &status, 0x1000));
	return 0;
}
