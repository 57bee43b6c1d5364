/* engine.c - engine `ptrace`: runs guest threads until their next trap (ptrace(2), seccomp(2)).
 *
 * One stop per system call: the filter's SECCOMP_RET_TRACE stops before the call, and the resumed thread skips it
 * because its number is set to -1. Faults are signal-delivery stops whose signal is dropped. Kernel and guests share one
 * host CPU, so a stop is a plain context switch.
 *
 * Slots instead of pointers: a struct cpu_space * is slot + 1 of a table, the same in every run, so that the
 * kernel's memory holds nothing of the host.
 *
 * Left out: telling reads from writes at a fault (ptrace does not report the error code; mm decides); stopping call
 * 335 (uretprobe) and 336 (uprobe) on host kernels that let them pass every seccomp filter: outside a probe's trampoline
 * they do nothing but end in SIGILL, which the guest then gets. */
#define _GNU_SOURCE
#include "hostcpu/engine.h"

#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostcpu/engine_host.h"
#include "hostcpu/hostevents.h"

/* A short mapping is not populated: after a fork most of what is mapped around a fault is never touched, and the host
 * serves the rest with faults of its own, which are no traps of ours. */
#define POPULATE_MIN_PAGES 16

/* Virtual clock mode: CPU time of a burst after which the watchdog stops it. */
#define BURST_CPU_NS (3 * NSEC_PER_SEC)

static pid_t template_pid;
static bool cpuid_faulting, real_clock;
static uint32_t xstate_bytes = 576;
static uint64_t xstate_features = 3;
static int idle_space = -1; /* stack of processes waiting for reuse, linked by next_free */

static uint32_t space_slot(const struct cpu_space *s)
{
	return (uint32_t)(uintptr_t)s - 1;
}

static uint32_t thread_slot(const struct cpu_thread *t)
{
	return (uint32_t)(uintptr_t)t - 1;
}

bool engine_cpuid_faulting(void)
{
	return cpuid_faulting;
}

/* Size of the state that a thread's NT_X86_XSTATE note has, and XCR0 from its software-reserved bytes. */
static void xstate_measure(void)
{
	struct cpu_xstate xs;
	struct iovec iov = {xs.data, sizeof(xs.data)};

	if (ptrace(PTRACE_GETREGSET, template_pid, (void *)NT_X86_XSTATE, &iov) == 0) {
		xstate_bytes = (uint32_t)iov.iov_len;
		memcpy(&xstate_features, xs.data + 464, 8);
	}
}

int engine_open(int ram_fd, enum clock_mode mode, char *err, size_t errlen)
{
	int stub_fd = template_make_stub(err, errlen);

	real_clock = mode == CLOCK_MODE_REAL;
	if (stub_fd < 0)
		return -1;
	template_pid = template_start(ram_fd, stub_fd, &cpuid_faulting, err, errlen);
	close(stub_fd);
	if (template_pid < 0)
		return -1;
	xstate_measure();
	return 0;
}

void engine_close(void)
{
	for (uint32_t i = 0; i < host_space_slots(); i++)
		if (host_space(i)->pid > 0)
			kill(host_space(i)->pid, SIGKILL);
	if (template_pid > 0)
		kill(template_pid, SIGKILL);
	/* Zombies go with us, or with init; nothing here waits for a host that is slow to kill. */
	template_pid = 0;
}

struct cpu_space *engine_space_create(void)
{
	int64_t slot;
	pid_t pid;

	if (idle_space >= 0) {
		slot = idle_space;
		idle_space = host_space((uint32_t)slot)->next_free;
		host_space((uint32_t)slot)->in_use = true;
		return (struct cpu_space *)(uintptr_t)(slot + 1);
	}
	stub_ops[0] = (struct stub_op){.nr = SYS_clone, .arg = {CLONE_PARENT | SIGCHLD}};
	if (mapper_run(template_pid, 1, true, &pid) < 0)
		return NULL;
	slot = host_space_new();
	if (slot < 0) {
		kill(pid, SIGKILL);
		return NULL;
	}
	*host_space((uint32_t)slot) = (struct host_space){.pid = pid, .in_use = true};
	return (struct cpu_space *)(uintptr_t)(slot + 1);
}

/* Waits for the end of a host task that was killed. */
static void reap(pid_t tid)
{
	int st;

	for (;;) {
		pid_t p = waitpid(tid, &st, __WALL);
		if (p == tid ? !WIFSTOPPED(st) : errno != EINTR)
			return;
	}
}

/* The threads first: the end of a process is not reported while a thread of it is waited for (ptrace(2)). */
static void space_kill(uint32_t slot)
{
	struct host_space *s = host_space(slot);

	kill(s->pid, SIGKILL);
	for (uint32_t t = s->first_idle; t;) {
		uint32_t next = host_thread(t - 1)->next_idle;
		reap(host_thread(t - 1)->tid);
		host_thread_free(t - 1);
		t = next;
	}
	reap(s->pid);
	host_space_free(slot);
}

void engine_space_destroy(struct cpu_space *space)
{
	uint32_t slot = space_slot(space);
	struct host_space *s = host_space(slot);

	if (s->broken) {
		space_kill(slot);
		return;
	}
	/* The mappings go when somebody needs the process again: no guest thread runs in it until then. */
	s->in_use = false;
	s->dirty = true;
	s->next_free = idle_space;
	idle_space = (int)slot;
}

/* A clean extended state: everything in its initial configuration, MXCSR and control word as at exec. */
static void thread_clean_xstate(struct host_thread *t)
{
	struct cpu_xstate xs;
	struct iovec iov = {xs.data, xstate_bytes};
	uint16_t fcw = 0x37f;
	uint32_t mxcsr = 0x1f80;

	memset(xs.data, 0, xstate_bytes);
	memcpy(xs.data, &fcw, sizeof(fcw));
	memcpy(xs.data + 24, &mxcsr, sizeof(mxcsr));
	ptrace(PTRACE_SETREGSET, t->tid, (void *)NT_X86_XSTATE, &iov);
	t->stale_xstate = false;
}

struct cpu_thread *engine_thread_create(struct cpu_space *space)
{
	uint32_t sslot = space_slot(space);
	struct host_space *s = host_space(sslot);
	uint32_t slot;

	if (s->broken)
		return NULL;
	if (s->first_idle) {
		slot = s->first_idle - 1;
		s->first_idle = host_thread(slot)->next_idle;
	} else {
		pid_t tid = 0;
		int64_t n = host_thread_new();
		if (n < 0)
			return NULL;
		slot = (uint32_t)n;
		stub_ops[0] = (struct stub_op){.nr = SYS_clone,
					       .arg = {CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
						       CLONE_THREAD | CLONE_SYSVSEM}};
		int err = mapper_run(s->pid, 1, true, &tid);
		if (err < 0 && tid <= 0) {
			host_thread_free(slot);
			return NULL;
		}
		host_thread(slot)->tid = tid;
		host_thread(slot)->space = sslot;
		if (err < 0) { /* made, but lost again */
			s->broken = true;
			host_thread(slot)->next_idle = s->first_idle;
			s->first_idle = slot + 1;
			return NULL;
		}
	}
	s->nthreads++;
	host_thread(slot)->stale_xstate = true;
	return (struct cpu_thread *)(uintptr_t)(slot + 1);
}

void engine_thread_destroy(struct cpu_thread *thread)
{
	uint32_t slot = thread_slot(thread);
	struct host_thread *t = host_thread(slot);
	struct host_space *s = host_space(t->space);

	s->nthreads--;
	s->broken |= t->broken; /* nobody will be given it: space_kill() takes it from the list */
	t->next_idle = s->first_idle;
	s->first_idle = slot + 1;
}

/* --- mapping operations -------------------------------------------------------------------------------------------- */

static int host_prot(uint8_t prot)
{
	return (prot & CPU_PROT_READ ? PROT_READ : 0) | (prot & CPU_PROT_WRITE ? PROT_WRITE : 0) |
	       (prot & CPU_PROT_EXEC ? PROT_EXEC : 0);
}

static struct stub_op encode(const struct cpu_mapop *op)
{
	uint64_t len = op->npages * PAGE_SIZE;
	uint64_t prot = (uint64_t)host_prot(op->prot);
	uint64_t populate = op->npages > POPULATE_MIN_PAGES ? MAP_POPULATE : 0;

	switch ((enum cpu_mapop_kind)op->kind) {
	case CPU_MAP:
		return (struct stub_op){.nr = SYS_mmap,
					.arg = {op->vaddr, len, prot, MAP_SHARED | MAP_FIXED | populate,
						STUB_RAM_FD, (uint64_t)op->pfn * PAGE_SIZE}};
	case CPU_UNMAP: return (struct stub_op){.nr = SYS_munmap, .arg = {op->vaddr, len}};
	case CPU_PROTECT: return (struct stub_op){.nr = SYS_mprotect, .arg = {op->vaddr, len, prot}};
	}
	return (struct stub_op){.nr = -1};
}

static bool in_guest_range(const struct cpu_mapop *op)
{
	uint64_t end = op->vaddr + op->npages * PAGE_SIZE;

	return op->npages && end > op->vaddr && end <= CPU_GUEST_END && op->vaddr >= CPU_GUEST_START &&
	       !(op->vaddr & (PAGE_SIZE - 1));
}

static int apply(struct host_space *s, const struct cpu_mapop *ops, size_t nops)
{
	uint32_t n = 0;
	int err;

	if (s->dirty) {
		stub_ops[n++] = (struct stub_op){.nr = SYS_munmap,
						 .arg = {CPU_GUEST_START, CPU_GUEST_END - CPU_GUEST_START}};
		s->dirty = false;
	}
	for (size_t i = 0; i < nops; i++) {
		if (!in_guest_range(&ops[i]))
			return -EINVAL;
		stub_ops[n++] = encode(&ops[i]);
		if (n == STUB_OPS_MAX) {
			err = mapper_run(s->pid, n, false, NULL);
			if (err)
				return err;
			n = 0;
		}
	}
	return n ? mapper_run(s->pid, n, false, NULL) : 0;
}

/* --- running ------------------------------------------------------------------------------------------------------- */

/* An exception of ours or a general protection fault: the instruction decides what it was. */
static bool emulated_insn(uint64_t rip, pid_t tid, struct cpu_trap *trap)
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKTEXT, tid, (void *)rip, NULL);
	if (errno)
		return false;
	if ((word & 0xffff) == 0x310f) { /* rdtsc */
		trap->kind = CPU_TRAP_RDTSC;
		trap->insn_len = 2;
		return true;
	}
	if ((word & 0xffffff) == 0xf9010f) { /* rdtscp */
		trap->kind = CPU_TRAP_RDTSC;
		trap->insn_len = 3;
		return true;
	}
	if ((word & 0xffff) == 0xa20f) { /* cpuid */
		trap->kind = CPU_TRAP_CPUID;
		trap->insn_len = 2;
		return true;
	}
	return false;
}

/* A signal-delivery stop. Signals from outside (kill on the host) are no traps of the guest. */
static void decode_signal(pid_t tid, int signo, const struct cpu_regs *regs, struct cpu_trap *trap)
{
	siginfo_t si;

	trap->kind = CPU_TRAP_KICK;
	if (ptrace(PTRACE_GETSIGINFO, tid, NULL, &si) < 0) {
		trap->kind = CPU_TRAP_DEAD;
		return;
	}
	if (si.si_code <= 0)
		return;
	trap->signo = signo;
	trap->code = si.si_code;
	trap->addr = (uint64_t)si.si_addr;
	switch (signo) {
	case SIGSEGV:
		if (si.si_code == SEGV_MAPERR || si.si_code == SEGV_ACCERR) {
			trap->kind = CPU_TRAP_FAULT;
		} else if (!emulated_insn(regs->rip, tid, trap)) {
			trap->kind = CPU_TRAP_EXCEPTION;
			trap->trapno = 13;
		}
		break;
	case SIGBUS: /* the host could not provide the page, or an alignment check */
	case SIGILL:
	case SIGFPE:
	case SIGTRAP: trap->kind = CPU_TRAP_EXCEPTION; break;
	case SIGSYS: trap->kind = CPU_TRAP_BAD_SYSCALL; break;
	default: break;
	}
}

/* CPU time that the host has given to a guest process, nanoseconds. */
static int64_t process_cpu_ns(pid_t pid)
{
	struct timespec ts = {0, 0};
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) == 0)
		syscall(SYS_clock_gettime, clock, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* Has the guest been running for too long? In real clock mode: a slice of the host's time. In virtual mode time does
 * not pass for the guest, and only one that never traps at all must be stopped; that is counted in CPU time, so that a
 * busy host does not change the run. *cpu_start is -1 at the start of a burst. */
static bool burst_is_over(pid_t pid, int64_t *cpu_start)
{
	int64_t cpu;

	if (real_clock)
		return hostevents_burst_ticks() > 1;
	if (hostevents_burst_ticks() == 0)
		return false;
	cpu = process_cpu_ns(pid);
	if (*cpu_start < 0)
		*cpu_start = cpu;
	return cpu - *cpu_start >= BURST_CPU_NS;
}

/* Waits for the thread's stop; stops it when the host wants the kernel to look at something or (*watchdog) when it has
 * been running for too long. -1: it is gone. */
static int wait_trap(const struct host_thread *t, bool *watchdog)
{
	int64_t cpu_start = -1;
	bool kicked = false;
	int st;

	for (;;) {
		pid_t p = waitpid(t->tid, &st, __WALL);
		if (p == t->tid)
			return st;
		if (p < 0 && errno != EINTR)
			return -1;
		if (kicked)
			continue;
		*watchdog = burst_is_over(host_space(t->space)->pid, &cpu_start);
		kicked = *watchdog || hostevents_kick_wanted();
		if (kicked)
			ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL);
	}
}

static void dead(struct host_thread *t, struct cpu_trap *trap)
{
	t->broken = true;
	host_space(t->space)->broken = true;
	trap->kind = CPU_TRAP_DEAD;
}

void engine_run(struct cpu_thread *thread, const struct cpu_mapop *ops, size_t nops, struct cpu_regs *regs,
		bool regs_dirty, struct cpu_trap *trap)
{
	struct host_thread *t = host_thread(thread_slot(thread));
	struct host_space *s = host_space(t->space);
	bool watchdog = false;
	int st;

	memset(trap, 0, sizeof(*trap));
	if (s->broken || ((nops || s->dirty) && apply(s, ops, nops) < 0)) {
		dead(t, trap);
		return;
	}
	if (t->stale_xstate)
		thread_clean_xstate(t);
	if (regs_dirty) {
		struct cpu_regs host = *regs;
		host.orig_rax = UINT64_MAX; /* skip the call we stopped at, and no restarting by the host */
		if (ptrace(PTRACE_SETREGS, t->tid, NULL, &host) < 0) {
			dead(t, trap);
			return;
		}
	}
	hostevents_burst_begin();
	if (ptrace(PTRACE_CONT, t->tid, NULL, NULL) < 0 || (st = wait_trap(t, &watchdog)) < 0 ||
	    !WIFSTOPPED(st) || ptrace(PTRACE_GETREGS, t->tid, NULL, regs) < 0) {
		dead(t, trap);
		return;
	}
	if (st >> 16 == PTRACE_EVENT_SECCOMP)
		trap->kind = CPU_TRAP_SYSCALL;
	else if (st >> 16)
		*trap = (struct cpu_trap){.kind = CPU_TRAP_KICK, .code = watchdog}; /* PTRACE_EVENT_STOP */
	else
		decode_signal(t->tid, WSTOPSIG(st), regs, trap);
}

/* --- extended state, CPUID ------------------------------------------------------------------------------------------ */

void engine_xstate_get(struct cpu_thread *thread, struct cpu_xstate *xs)
{
	struct host_thread *t = host_thread(thread_slot(thread));
	struct iovec iov = {xs->data, sizeof(xs->data)};

	if (t->stale_xstate)
		thread_clean_xstate(t);
	memset(xs, 0, sizeof(*xs));
	ptrace(PTRACE_GETREGSET, t->tid, (void *)NT_X86_XSTATE, &iov);
}

void engine_xstate_set(struct cpu_thread *thread, const struct cpu_xstate *xs)
{
	struct host_thread *t = host_thread(thread_slot(thread));
	struct iovec iov = {(void *)(uintptr_t)xs->data, xstate_bytes};

	ptrace(PTRACE_SETREGSET, t->tid, (void *)NT_X86_XSTATE, &iov);
	t->stale_xstate = false;
}

uint32_t engine_xstate_size(uint64_t *features)
{
	if (features)
		*features = xstate_features;
	return xstate_bytes;
}

/* With faulting: what a guest may know of the CPU. Masked: RDRAND, RDSEED, RTM, HLE (they bypass the kernel), the
 * hypervisor leaves, everything beyond AVX2 that would make the signal frame depend on the machine. */
static void cpuid_mask(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	if (leaf == 1) {
		out[1] &= 0x0000ffffu; /* APIC id, CLFLUSH; logical count */
		out[1] |= 1u << 16;
		out[2] &= ~((1u << 30) | (1u << 31) | (1u << 3) |
			    (1u << 24)); /* RDRAND, hypervisor, MONITOR, TSC deadline */
	} else if (leaf == 7 && subleaf == 0) {
		out[1] &= ~((1u << 4) | (1u << 11) | (1u << 18) |
			    0xdc230000u); /* HLE, RTM, RDSEED, AVX-512 */
		out[2] &= ~((1u << 1) | (1u << 3) | (1u << 4) | (1u << 6) | (1u << 11) | (1u << 12) |
			    (1u << 14) | (1u << 22)); /* AVX-512 parts, PKU, RDPID */
		out[3] = 0;
	} else if (leaf == 0xb || leaf == 0x1f || leaf == 4 || leaf == 6 || leaf == 0x15 || leaf == 0x16 ||
		   (leaf >= 0x40000000 && leaf < 0x40000100)) {
		memset(out, 0, 16);
	}
}

void engine_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	__cpuid_count(leaf, subleaf, out[0], out[1], out[2], out[3]);
	if (cpuid_faulting)
		cpuid_mask(leaf, subleaf, out);
}
