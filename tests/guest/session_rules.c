/* session_rules.c - process groups and sessions: setpgid(2), setsid(2), signals to groups, orphaned stopped groups. */
#include <sys/syscall.h>

#include "say.h"

static volatile sig_atomic_t hups, conts;
static void on_signal(int sig)
{
	if (sig == SIGHUP)
		hups++;
	else
		conts++;
}

static int go[2], said[2];

static void groups(void)
{
	pid_t me = getpid();
	int status;
	char c;

	TRY_OK(setsid());
	IS(getsid(0) == me && getpgrp() == me && getpgid(me) == me);
	TRY(setsid());
	TRY(setpgid(0, 0));
	pipe(go);
	pid_t a = fork();
	if (a == 0) {
		read(go[0], &c, 1);
		_exit(0);
	}
	IS(getpgid(a) == me && getsid(a) == me);
	TRY(setpgid(a, 999999));
	TRY(setpgid(a, -1));
	TRY(setpgid(a, 0));
	IS(getpgid(a) == a);
	pid_t b = fork();
	if (b == 0)
		pause();
	TRY(setpgid(b, a));
	IS(getpgid(b) == a);
	TRY(setpgid(b, me));
	IS(getpgid(b) == me);
	TRY(setpgid(b, a));
	TRY(setpgid(1, 0));
	TRY(setpgid(999999, 0));
	TRY(getpgid(999999));
	TRY(getsid(999999));
	TRY(getpgid(-1));
	TRY(kill(-a, 0));
	TRY(kill(-999999, 0));
	TRY(kill(-a, SIGTERM));
	for (int i = 0; i < 2; i++) {
		IS(waitpid(-a, &status, 0) > 0);
		say_status("member", status);
	}
	TRY(kill(-a, 0));
}

/* The middle process ends: its stopped child's group becomes orphaned and gets SIGHUP, then SIGCONT. */
static void orphans(void)
{
	char c;
	struct sigaction sa = {.sa_handler = on_signal};

	setsid();
	pipe(said);
	pid_t middle = fork();
	if (middle == 0) {
		pid_t child = fork();
		if (child == 0) {
			setpgid(0, 0);
			sigaction(SIGHUP, &sa, NULL);
			sigaction(SIGCONT, &sa, NULL);
			raise(SIGSTOP);
			c = (char)('0' + hups * 2 + conts);
			write(said[1], &c, 1);
			/* now that the group is orphaned the terminal's stop signals do nothing */
			raise(SIGTSTP);
			raise(SIGTTIN);
			raise(SIGTTOU);
			write(said[1], "x", 1);
			_exit(0);
		}
		setpgid(child, child);
		int status;
		waitpid(child, &status, WUNTRACED);
		_exit(0);
	}
	waitpid(middle, NULL, 0);
	close(said[1]);
	IS(read(said[0], &c, 1) == 1);
	SAY("SIGHUP and SIGCONT: %c\n", c);
	IS(read(said[0], &c, 1) == 1);
	IS(read(said[0], &c, 1) == 0);
}

static void exec_then_setpgid(void)
{
	int status;
	char *argv[] = {"sh", "-c", "sleep 5", NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execv("/bin/sh", argv);
		_exit(1);
	}
	while (setpgid(pid, pid) == 0)
		sleep_ms(1);
	SAY("after exec: %s\n", strerror(errno));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

int main(void)
{
	say_child("groups", groups);
	say_child("orphans", orphans);
	say_child("exec", exec_then_setpgid);
	IS(syscall(SYS_getppid) == getppid() && syscall(SYS_gettid) == getpid());
	return 0;
}
