/* kill_everybody.c - signals to every process number there is: none of the host's may get one, and
 * nobody else's program either.
 *
 * status: 137
 * stdout: alive after all */
#include "../guest/say.h"

int main(void)
{
	int status, found = 0;

	fflush(stdout);
	pid_t sleeper = fork();
	if (sleeper == 0) {
		for (;;)
			pause();
	}
	for (pid_t pid = 1; pid < 100000; pid++)
		found += kill(pid, 0) == 0;
	printf("%d processes answer\n", found);
	IS(found == 3); /* init, this one and its child */
	for (pid_t pid = 1; pid < 100000; pid++)
		if (pid != getpid())
			kill(pid, SIGKILL);
	waitpid(sleeper, &status, 0);
	say_status("child", status);
	TRY(kill(1, 0));
	/* Everybody but oneself and init. */
	sleeper = fork();
	if (sleeper == 0) {
		for (;;)
			pause();
	}
	TRY(kill(-1, SIGTERM));
	waitpid(sleeper, &status, 0);
	say_status("child", status);
	puts("alive after all");
	fflush(stdout);
	kill(getpid(), SIGKILL);
	return 0;
}
