/* ptrace_loop.c - the floor under engine ptrace: a bare loop of seccomp stops, nothing behind it.
 *
 *   ptrace_loop MODE COUNT    the child makes COUNT system calls; the tracer skips each one
 *
 * Modes: regs (PTRACE_GETREGS and PTRACE_SETREGS at each stop), info (PTRACE_GET_SYSCALL_INFO and two
 * PTRACE_POKEUSER). Tracer and child share one CPU, as kevsim and its guests do. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void child(long n)
{
	/* Only getppid is traced: the loop needs exit_group to get out. */
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = 4, .filter = code};

	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0))
		_exit(1);
	while (n--)
		syscall(SYS_getppid);
	_exit(0);
}

static void skip_regs(pid_t pid)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, pid, 0, &regs);
	regs.orig_rax = (unsigned long long)-1;
	regs.rax = 42;
	ptrace(PTRACE_SETREGS, pid, 0, &regs);
}

static void skip_info(pid_t pid)
{
	struct __ptrace_syscall_info info;

	ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), 42L);
}

int main(int argc, char **argv)
{
	int status;

	if (argc != 3) {
		fputs("usage: ptrace_loop regs|info COUNT\n", stderr);
		return 2;
	}
	void (*skip)(pid_t) = strcmp(argv[1], "info") == 0 ? skip_info : skip_regs;
	pin();
	pid_t pid = fork();
	if (pid == 0)
		child(atol(argv[2]));
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL);
	ptrace(PTRACE_CONT, pid, 0, 0);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
			skip(pid);
		ptrace(PTRACE_CONT, pid, 0, 0);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
