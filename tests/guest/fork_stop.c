/* fork_stop.c - do job control stops and continues reach the parent (WUNTRACED, WCONTINUED, SIGCHLD)? */
#include "say.h"

static volatile sig_atomic_t chld;
static volatile sig_atomic_t last_code;

static void on_chld(int sig, siginfo_t *si, void *ctx)
{
	chld++;
	last_code = si->si_code;
}

int main(void)
{
	int status;
	struct sigaction sa = {.sa_sigaction = on_chld, .sa_flags = SA_SIGINFO | SA_RESTART};

	sigaction(SIGCHLD, &sa, NULL);
	pid_t pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	setpgid(pid, pid); /* ours may be orphaned, and SIGTSTP does not stop an orphaned group */
	TRY(kill(pid, SIGSTOP));
	IS(waitpid(pid, &status, WUNTRACED) == pid);
	say_status("child", status);
	IS(last_code == CLD_STOPPED);
	TRY(waitpid(pid, &status, WUNTRACED | WNOHANG));
	TRY(kill(pid, SIGCONT));
	IS(waitpid(pid, &status, WCONTINUED) == pid);
	say_status("child", status);
	while (last_code != CLD_CONTINUED)
		sleep_ms(1); /* the wait may be over before the signal comes */
	/* A stopped process dies of SIGKILL at once, of SIGTERM only when continued. */
	TRY(kill(pid, SIGTSTP));
	IS(waitpid(pid, &status, WUNTRACED) == pid);
	say_status("child", status);
	TRY(kill(pid, SIGTERM));
	sleep_ms(20);
	TRY(waitpid(pid, &status, WNOHANG));
	TRY(kill(pid, SIGCONT));
	IS(waitpid(pid, &status, 0) == pid);
	say_status("child", status);
	/* SA_NOCLDSTOP: no signal for stops. */
	sa.sa_flags |= SA_NOCLDSTOP;
	sigaction(SIGCHLD, &sa, NULL);
	chld = 0;
	pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		_exit(3);
	}
	IS(waitpid(pid, &status, WUNTRACED) == pid);
	say_status("child", status);
	IS(chld == 0);
	kill(pid, SIGCONT);
	IS(waitpid(pid, &status, 0) == pid);
	say_status("child", status);
	IS(chld == 1);
	/* Ignored SIGCHLD: children vanish, wait() ends with ECHILD after the last one. */
	signal(SIGCHLD, SIG_IGN);
	if (fork() == 0)
		_exit(1);
	TRY(wait(&status));
	return 0;
}
