/* guest_tasks.c - tasks and signal handlers for guests that are C functions. */
#include "sys/guest_tasks.h"

#define RESTORER 0x401100 /* never run: the scripted CPU makes the call itself */

int64_t guest_clone(uint64_t flags, void (*fn)(uint64_t flags), uint64_t parent_tid, uint64_t child_tid)
{
	struct cpu_regs *r = guest_regs();
	uint64_t start = (uint64_t)(uintptr_t)fn;

	/* Both sides come back with rip at fn: the child because it starts there, the parent at once. */
	r->orig_rax = NR_CLONE;
	r->rax = (uint64_t)-38;
	r->rdi = flags;
	r->rsi = 0;
	r->rdx = parent_tid;
	r->r10 = child_tid;
	r->r8 = 0;
	guest_trap_at(&(struct cpu_trap){.kind = CPU_TRAP_SYSCALL}, start, start);
	return (int64_t)guest_regs()->rax;
}

int64_t guest_fork(void (*fn)(uint64_t flags))
{
	return guest_clone(SIGCHLD_LINUX, fn, 0, 0);
}

int64_t guest_thread(void (*fn)(uint64_t flags))
{
	return guest_clone(CLONE_THREAD_FLAGS, fn, 0, 0);
}

void guest_thread_exit(void)
{
	for (;;)
		CALL1(NR_EXIT, 0);
}

void guest_sigaction(int signo, void (*fn)(uint64_t signo, uint64_t info, uint64_t context), uint64_t flags,
		     uint64_t mask)
{
	struct sigaction_linux sa = {
	    .handler = (uint64_t)(uintptr_t)fn,
	    .flags = flags | SA_RESTORER_LINUX,
	    .restorer = RESTORER,
	    .mask = mask,
	};
	uint64_t p = guest_data(&sa, sizeof(sa));

	GUEST_CHECK(CALL4(NR_SIGACTION, signo, p, 0, 8) == 0);
	CALL2(NR_MUNMAP, p, 4096);
}

uint64_t guest_u64(uint64_t addr)
{
	uint64_t v;

	guest_load(&v, addr, sizeof(v));
	return v;
}

uint32_t guest_u32(uint64_t addr)
{
	uint32_t v;

	guest_load(&v, addr, sizeof(v));
	return v;
}

void guest_set_u32(uint64_t addr, uint32_t v)
{
	guest_store(addr, &v, sizeof(v));
}

int64_t guest_now(void)
{
	int64_t ts[2] = {0, 0};
	uint64_t p = guest_data(ts, sizeof(ts));

	CALL2(NR_CLOCK_GETTIME, 1, p);
	guest_load(ts, p, sizeof(ts));
	CALL2(NR_MUNMAP, p, 4096);
	return ts[0] * NSEC_PER_SEC + ts[1];
}

void guest_sleep_ns(int64_t ns)
{
	int64_t ts[2] = {ns / NSEC_PER_SEC, ns % NSEC_PER_SEC};
	uint64_t p = guest_data(ts, sizeof(ts));

	CALL2(NR_NANOSLEEP, p, 0);
	CALL2(NR_MUNMAP, p, 4096);
}

int64_t guest_wait(int64_t pid, int options)
{
	uint32_t status = 0;
	uint64_t p = guest_data(&status, sizeof(status));
	int64_t r = CALL4(NR_WAIT4, pid, p, options, 0);

	status = guest_u32(p);
	CALL2(NR_MUNMAP, p, 4096);
	return r < 0 ? r : (int64_t)status;
}
