/* clone_rules.c - what clone(2) shares: memory, descriptors, working directory, handlers; vfork and
 * posix_spawn(3). */
#include <sched.h>
#include <spawn.h>
#include <sys/syscall.h>

#include "say.h"

static char stack[65536] __attribute__((aligned(16)));
static volatile int shared;
static int fd_from_child;

static int child(void *arg)
{
	shared = 1;
	fd_from_child = open("/dev/null", O_RDONLY);
	chdir("/");
	umask(077);
	signal(SIGUSR1, SIG_IGN);
	return 9;
}

static void with(const char *what, int flags)
{
	char cwd[256];
	int status;
	struct sigaction sa;

	enter_scratch();
	umask(022);
	signal(SIGUSR1, SIG_DFL);
	shared = 0;
	fd_from_child = -1;
	fflush(stdout);
	pid_t pid = clone(child, stack + sizeof(stack), flags | SIGCHLD, NULL);
	waitpid(pid, &status, __WALL);
	getcwd(cwd, sizeof(cwd));
	mode_t mask = umask(022);
	sigaction(SIGUSR1, NULL, &sa);
	SAY("%s: memory %d, descriptors %d, directory %d, umask %d, handlers %d\n", what, shared,
	    fcntl(fd_from_child < 0 ? 200 : fd_from_child, F_GETFD) >= 0, strcmp(cwd, "/") == 0, mask == 077,
	    sa.sa_handler == SIG_IGN);
	say_status("child", status);
}

static void spawns(void)
{
	posix_spawn_file_actions_t fa;
	char *argv[] = {"busybox", "sh", "-c", "echo spawned; exit 3", NULL};
	pid_t pid = -1;
	int status;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, 1, 2);
	fflush(stdout);
	int err = posix_spawn(&pid, "/bin/sh", &fa, NULL, argv + 1, (char *[]){NULL});
	waitpid(pid, &status, 0); /* its output comes first */
	SAY("spawn: %s\n", strerror(err));
	say_status("spawned", status);
	SAY("spawn: %s\n",
	    strerror(posix_spawn(&pid, "/no/such/program", &fa, NULL, argv, (char *[]){NULL})));
	TRY(waitpid(-1, &status, 0));
}

int main(void)
{
	int status;

	with("fork", 0);
	with("CLONE_VM", CLONE_VM);
	with("CLONE_VM|CLONE_VFORK", CLONE_VM | CLONE_VFORK);
	with("CLONE_FILES", CLONE_VM | CLONE_FILES);
	with("CLONE_FS", CLONE_FS);
	with("CLONE_SIGHAND", CLONE_VM | CLONE_SIGHAND);
	TRY(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0));
	TRY(syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0));
	TRY(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS, 0, 0, 0, 0));
	volatile int order = 0;
	pid_t pid = vfork();
	if (pid == 0) {
		order = 1;
		_exit(4);
	}
	SAY("after vfork: %d\n", order);
	waitpid(pid, &status, 0);
	say_status("child", status);
	/* set_tid words */
	pid_t parent_tid = 0, child_tid = 0;
	pid = (pid_t)syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &parent_tid,
			     &child_tid, 0);
	if (pid == 0)
		_exit(child_tid == getpid() ? 0 : 1);
	IS(parent_tid == pid);
	waitpid(pid, &status, 0);
	say_status("child", status);
	spawns();
	return 0;
}
