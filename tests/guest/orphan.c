/* orphan.c - who inherits a process whose parent has ended (PR_SET_CHILD_SUBREAPER), and what does
 * PR_SET_PDEATHSIG do? */
#include <sys/prctl.h>

#include "say.h"

int main(void)
{
	int status, fd[2];
	char c;

	TRY(prctl(PR_SET_CHILD_SUBREAPER, 1));
	pipe(fd);
	fflush(stdout);
	pid_t me = getpid();
	pid_t pid = fork();
	if (pid == 0) {
		pid_t middle = getpid();
		if (fork() == 0) {
			while (getppid() == middle)
				sleep_ms(1);
			c = getppid() == me ? 'y' : 'n';
			write(fd[1], &c, 1);
			_exit(9);
		}
		_exit(5);
	}
	IS(waitpid(pid, &status, 0) == pid);
	say_status("middle", status);
	read(fd[0], &c, 1);
	IS(c == 'y');
	IS(wait(&status) > 0);
	say_status("orphan", status);

	/* The death signal of the parent arrives at the child. */
	pid = fork();
	if (pid == 0) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			write(fd[1], "x", 1);
			for (;;)
				pause();
		}
		read(fd[0], &c, 1);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	say_status("parent", status);
	wait(&status);
	say_status("child with a death signal", status);
	return 0;
}
