/* fork_bomb_root.c - processes of root that only multiply. Root is above RLIMIT_NPROC: memory or the
 * host is the limit, and whoever is left can still start something afterwards.
 *
 * options: --mem 64M
 * status: 0
 * stdout: the parent lives */
#include "../guest/say.h"

int main(void)
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		while (fork() >= 0)
			continue;
		pause();
		_exit(0);
	}
	setpgid(pid, pid);
	sleep_ms(300);
	kill(-pid, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	pid = fork();
	if (pid == 0)
		_exit(3);
	waitpid(pid, &status, 0);
	say_status("a process afterwards", status);
	puts("the parent lives");
	return 0;
}
