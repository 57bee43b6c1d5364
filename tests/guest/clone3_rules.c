/* clone3_rules.c - clone3(2): sizes and rules of its argument, stacks, CLONE_CLEAR_SIGHAND, exit signals, set_tid. */
#include <sched.h>
#include <sys/syscall.h>

#include "say.h"

struct args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	uint64_t set_tid, set_tid_size, cgroup;
	uint64_t more[2];
};

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

static void on_signal(int sig)
{
}

static long clone3(struct args *a, size_t size)
{
	fflush(stdout);
	long r = syscall(SYS_clone3, a, size);
	if (r == 0)
		_exit(42);
	if (r > 0) {
		int status;
		waitpid((pid_t)r, &status, __WALL);
		say_status("child", status);
		return 1;
	}
	return r;
}

int main(void)
{
	struct args a = {.exit_signal = SIGCHLD};
	static char stack[16384];

	TRY(clone3(&a, 64));
	TRY(clone3(&a, 88));
	TRY(clone3(&a, sizeof(a)));
	TRY(clone3(&a, 63));
	TRY(clone3(&a, 5000));
	a.more[1] = 1;
	TRY(clone3(&a, sizeof(a)));
	a.more[1] = 0;
	TRY(clone3((void *)8, 88));
	a.exit_signal = 65;
	TRY(clone3(&a, 88));
	a.exit_signal = 0x100;
	TRY(clone3(&a, 88));
	a.exit_signal = 0;
	TRY(clone3(&a, 88));
	a.exit_signal = SIGCHLD;
	a.flags = SIGCHLD;
	TRY(clone3(&a, 88));
	a.flags = 0x400000; /* CLONE_DETACHED */
	TRY(clone3(&a, 88));
	a.flags = 1ULL << 40;
	TRY(clone3(&a, 88));
	a.flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;
	TRY(clone3(&a, 88));
	a.flags = CLONE_SIGHAND;
	TRY(clone3(&a, 88));
	a.flags = CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND;
	TRY(clone3(&a, 88));
	a.flags = 0;
	a.stack = (uintptr_t)stack;
	TRY(clone3(&a, 88));
	a.stack_size = sizeof(stack);
	a.stack = 0;
	TRY(clone3(&a, 88));
	a.stack_size = 0;
	a.set_tid_size = 1;
	TRY(clone3(&a, 88));
	a.set_tid_size = 33;
	a.set_tid = (uintptr_t)stack;
	TRY(clone3(&a, 88));
	a.set_tid = a.set_tid_size = 0;
	a.flags = CLONE_INTO_CGROUP;
	a.cgroup = 0;
	TRY(clone3(&a, 88));
	a.flags = 0;

	struct sigaction now;
	signal(SIGUSR1, on_signal);
	signal(SIGUSR2, SIG_IGN);
	a.flags = CLONE_CLEAR_SIGHAND;
	long r = syscall(SYS_clone3, &a, 88);
	if (r == 0) {
		sigaction(SIGUSR1, NULL, &now);
		int ok = now.sa_handler == SIG_DFL;
		sigaction(SIGUSR2, NULL, &now);
		_exit(ok && now.sa_handler == SIG_IGN ? 0 : 1);
	}
	int status;
	waitpid((pid_t)r, &status, 0);
	say_status("CLONE_CLEAR_SIGHAND", status);

	uint32_t parent_tid = 0, child_tid = 0;
	a = (struct args){.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID,
			  .exit_signal = SIGCHLD,
			  .parent_tid = (uintptr_t)&parent_tid,
			  .child_tid = (uintptr_t)&child_tid};
	r = syscall(SYS_clone3, &a, 88);
	if (r == 0)
		_exit(child_tid == (uint32_t)getpid() && parent_tid == child_tid ? 0 : 1);
	waitpid((pid_t)r, &status, 0);
	say_status("SETTID", status);
	IS(parent_tid == (uint32_t)r && child_tid == 0);

	TRY(syscall(SYS_unshare, 0));
	TRY(syscall(SYS_unshare, CLONE_FS | CLONE_FILES));
	TRY(syscall(SYS_unshare, CLONE_VM));
	TRY(syscall(SYS_unshare, 1));
	return 0;
}
