/* fork_bomb.c - processes that only multiply: stopped by the process limit of their user, or by
 * memory; then all can be killed.
 *
 * options: --mem 256M
 * status: 0
 * stdout: the parent lives */
#include <sys/resource.h>

#include "../guest/say.h"

static void bomb(void)
{
	while (fork() >= 0)
		continue;
	pause();
	_exit(0);
}

static void limited(void)
{
	struct rlimit r = {100, 100};

	setrlimit(RLIMIT_NPROC, &r);
	setgid(1000);
	setuid(1000);
	bomb();
}

static void run(const char *what, void (*fn)(void))
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		fn();
	}
	setpgid(pid, pid);
	sleep_ms(200);
	kill(-pid, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	printf("%s: over\n", what);
}

int main(void)
{
	run("limited by RLIMIT_NPROC", limited);
	pid_t pid = fork();
	if (pid == 0)
		_exit(3);
	int status;
	waitpid(pid, &status, 0);
	say_status("a process afterwards", status);
	puts("the parent lives");
	return 0;
}
