/* mapper.c - tables of host processes and threads, and the run of an operation list by a mapper thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "hostcpu/engine_host.h"

/* Slots are handed out last in, first out, so that slot numbers (which the kernel stores) are the same every run. */
static struct host_space *spaces;
static struct host_thread *threads;
static uint32_t nspaces, spaces_cap, nthreads, threads_cap;
static int32_t free_space = -1, free_thread = -1;

struct host_space *host_space(uint32_t slot)
{
	return &spaces[slot];
}

struct host_thread *host_thread(uint32_t slot)
{
	return &threads[slot];
}

uint32_t host_space_slots(void)
{
	return nspaces;
}

static bool grow(void **table, uint32_t *cap, size_t size)
{
	uint32_t n = *cap ? *cap * 2 : 64;
	void *p = realloc(*table, n * size);

	if (!p)
		return false;
	*table = p;
	*cap = n;
	return true;
}

int64_t host_space_new(void)
{
	uint32_t slot;

	if (free_space >= 0) {
		slot = (uint32_t)free_space;
		free_space = spaces[slot].next_free;
	} else {
		if (nspaces == spaces_cap && !grow((void **)&spaces, &spaces_cap, sizeof(*spaces)))
			return -ENOMEM;
		slot = nspaces++;
	}
	spaces[slot] = (struct host_space){.next_free = -1};
	return slot;
}

int64_t host_thread_new(void)
{
	uint32_t slot;

	if (free_thread >= 0) {
		slot = (uint32_t)free_thread;
		free_thread = threads[slot].next_free;
	} else {
		if (nthreads == threads_cap && !grow((void **)&threads, &threads_cap, sizeof(*threads)))
			return -ENOMEM;
		slot = nthreads++;
	}
	threads[slot] = (struct host_thread){.next_free = -1};
	return slot;
}

void host_thread_free(uint32_t slot)
{
	threads[slot].tid = 0;
	threads[slot].next_free = free_thread;
	free_thread = (int32_t)slot;
}

void host_space_free(uint32_t slot)
{
	spaces[slot].pid = 0;
	spaces[slot].in_use = false;
	spaces[slot].next_free = free_space;
	free_space = (int32_t)slot;
}

static int wait_stop(pid_t pid)
{
	int st;

	while (waitpid(pid, &st, __WALL) < 0)
		if (errno != EINTR)
			return -1;
	return st;
}

/* The error that stopped the list: rax of the mapper at its ud2, which is then skipped. */
static int mapper_failure(pid_t pid)
{
	struct cpu_regs r;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &r) < 0)
		return -ESRCH;
	r.rip += 2;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &r) < 0 || ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
		return -ESRCH;
	/* It loops back to its int3 with the list pointer reset. */
	return wait_stop(pid) < 0 ? -ESRCH : (int)(int64_t)r.rax;
}

/* A new thread or process: from its first stop (PTRACE_EVENT_STOP) on to the int3 that says it is ready. */
static int child_ready(pid_t child)
{
	int st = wait_stop(child);

	if (st < 0 || !WIFSTOPPED(st))
		return -ESRCH;
	if (ptrace(PTRACE_CONT, child, NULL, NULL) < 0)
		return -ESRCH;
	st = wait_stop(child);
	if (st < 0 || !WIFSTOPPED(st) || WSTOPSIG(st) != SIGTRAP || st >> 16)
		return -EIO;
	return 0;
}

int mapper_run(pid_t pid, uint32_t n, bool expect_child, pid_t *child)
{
	unsigned long message = 0;
	int err = 0;

	stub_ops[n].nr = -1;
	for (;;) {
		if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
			return -ESRCH;
		int st = wait_stop(pid);
		if (st < 0 || !WIFSTOPPED(st))
			return -ESRCH;
		if (expect_child && (st >> 16 == PTRACE_EVENT_CLONE || st >> 16 == PTRACE_EVENT_FORK ||
				     st >> 16 == PTRACE_EVENT_VFORK)) {
			if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &message) < 0)
				return -ESRCH;
			continue;
		}
		if (WSTOPSIG(st) == SIGTRAP && st >> 16 == 0)
			break;
		if (WSTOPSIG(st) == SIGILL) {
			err = mapper_failure(pid);
			break;
		}
		/* Anything else (a fault, a call that is not on the list): the process is given up. */
		return -EPERM;
	}
	if (!err && expect_child) {
		*child = (pid_t)message;
		err = message ? child_ready(*child) : -EIO;
	}
	return err;
}
