/* trap.c - the life of a guest task: return to user mode, run until the next trap, serve it.
 *
 * Everything the kernel does happens here, between two runs of a guest: so scheduling, signals, timers and
 * garbage collection take place at a deterministic event number. The loop owns the cost model of everything
 * that is not a system call.
 *
 * LEAVES OUT: preemption of a task that never traps (the engine's watchdog kicks it; it goes on in its next
 * slice). */
#include "sys/trap.h"

#include "core/choice.h"
#include "core/clock.h"
#include "core/door.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/sched.h"
#include "core/signal.h"
#include "core/task.h"
#include "mm/mm.h"
#include "mm/usercopy.h"
#include "sys/exit.h"
#include "sys/oom.h"
#include "sys/sigframe.h"
#include "sys/strace.h"
#include "sys/syscall.h"

/* A fault at one address and instruction that was resolved so often without progress never will be. */
#define FAULT_RETRY_MAX 1000

/* x86 exceptions and error codes, for the signal frame. */
#define TRAP_GENERAL_PROTECTION 13
#define TRAP_PAGE_FAULT 14
#define PAGE_FAULT_USER 4
#define PAGE_FAULT_PRESENT_WRITE 3

/* What a burst costs that the watchdog had to end in virtual mode: about its length in host time. */
#define KICK_BURST (3 * NSEC_PER_SEC)

/* What the loop remembers of a task between two traps; lives on its kernel stack. */
struct fault_history {
	uint64_t rip, addr;
	uint32_t repeats;
};

static void charge_user(ktime_t ns)
{
	clock_charge(ns);
	current->usage.utime += ns;
}

/* A synchronous signal that the guest's own instruction caused. */
static void raise_fault(int signo, int code, uint64_t addr)
{
	struct siginfo_linux info = {.si_signo = signo, .si_code = code};

	if (code != SI_KERNEL_LINUX)
		info.fault.addr = addr;
	signal_force(current, &info);
}

/* An access that stays impossible. What kind it was is only guessed: a page that is there refuses writes. */
static void raise_page_fault(int signo, int code, uint64_t addr)
{
	current->fault_trapno = TRAP_PAGE_FAULT;
	current->fault_error = PAGE_FAULT_USER | (code == SEGV_ACCERR_LINUX ? PAGE_FAULT_PRESENT_WRITE : 0);
	current->fault_addr = addr;
	raise_fault(signo, code, addr);
}

static void serve_fault(const struct cpu_trap *trap, struct fault_history *h)
{
	/* The engine cannot tell reads from writes; an instruction fetch shows by itself. */
	enum mm_access access = trap->addr == current->regs.rip ? MM_EXEC : MM_UNKNOWN;
	int si_code = SEGV_MAPERR_LINUX;
	int err;

	charge_user(cost_model.fault);
	if (h->rip == current->regs.rip && h->addr == trap->addr) {
		h->repeats++;
	} else {
		h->rip = current->regs.rip;
		h->addr = trap->addr;
		h->repeats = 0;
	}
	if (trap->addr >= CPU_GUEST_END) {
		raise_page_fault(SIGSEGV_LINUX, SEGV_MAPERR_LINUX, trap->addr);
		return;
	}
	err = mm_fault(current->mm, trap->addr, access, true, &si_code);
	if (err == 0 && h->repeats > FAULT_RETRY_MAX) {
		klog(KLOG_ERROR, "task %d: access to 0x%llx at 0x%llx faults for ever", current->tid,
		     (unsigned long long)trap->addr, (unsigned long long)current->regs.rip);
		err = -EFAULT;
		si_code = SEGV_ACCERR_LINUX;
	}
	switch (err) {
	case 0: return;
	case -ENOMEM:
		/* Somebody, perhaps this task, has to go; then the access is tried again. */
		if (oom_kill())
			do_group_exit(SIGKILL_LINUX);
		current->need_resched = true;
		return;
	case -EIO: raise_page_fault(SIGBUS_LINUX, BUS_ADRERR_LINUX, trap->addr); return;
	default: raise_page_fault(SIGSEGV_LINUX, si_code, trap->addr);
	}
}

/* The virtual time-stamp counter: one tick a nanosecond. */
static void serve_rdtsc(const struct cpu_trap *trap)
{
	struct cpu_regs *r = &current->regs;
	uint64_t tsc;

	charge_user(cost_model.rdtsc);
	tsc = (uint64_t)clock_now();
	r->rax = tsc & UINT32_MAX;
	r->rdx = tsc >> 32;
	if (trap->insn_len == 3)
		r->rcx = 0; /* rdtscp: IA32_TSC_AUX is node 0, CPU 0 */
	r->rip += trap->insn_len;
	current->regs_dirty = true;
}

/* Costs nothing: on a host that cannot trap CPUID the guest executes it itself, and time must not tell. */
static void serve_cpuid(void)
{
	struct cpu_regs *r = &current->regs;
	uint32_t out[4];

	door->cpuid((uint32_t)r->rax, (uint32_t)r->rcx, out);
	r->rax = out[0];
	r->rbx = out[1];
	r->rcx = out[2];
	r->rdx = out[3];
	r->rip += 2;
	current->regs_dirty = true;
}

/* int 0x80 is a general protection fault where there is no 32-bit emulation; the x32 numbers of the syscall
 * instruction do not exist. */
static void serve_bad_syscall(void)
{
	uint8_t insn[2] = {0, 0};

	clock_charge(cost_model.syscall + cost_model.failed_syscall);
	current->usage.stime += cost_model.syscall + cost_model.failed_syscall;
	if (mm_copy_from(current->mm, insn, current->regs.rip - 2, 2) == 2 && insn[0] == 0x0f &&
	    insn[1] == 0x05) {
		current->regs.rax = (uint64_t)-ENOSYS;
		current->regs_dirty = true;
		return;
	}
	if (insn[0] == 0xcd || (insn[0] == 0x0f && insn[1] == 0x34))
		current->regs.rip -= 2;
	current->regs_dirty = true;
	current->fault_trapno = TRAP_GENERAL_PROTECTION;
	raise_fault(SIGSEGV_LINUX, SI_KERNEL_LINUX, 0);
}

/* Somebody outside stopped a guest that was just computing: the watchdog after a long burst, or a host
 * signal. In virtual mode time stands still between traps, so a guest that waits for a timer without trapping
 * would wait for ever: the burst is charged. It is not when nobody could tell (nothing else runs, no timer is
 * pending): then the guest's run must not depend on the host's speed. */
static void serve_kick(const struct cpu_trap *trap)
{
	bool others = sched_nr_running() > 1;

	if (clock_mode() == CLOCK_MODE_VIRTUAL && trap->code == 1 &&
	    (others || ktimer_next() != KTIME_NEVER || current->process->cpu_timers))
		charge_user(KICK_BURST);
	if (others)
		current->need_resched = true;
}

static void serve_trap(const struct cpu_trap *trap, struct fault_history *h)
{
	if (trap->kind != CPU_TRAP_FAULT)
		h->repeats = 0;
	switch (trap->kind) {
	case CPU_TRAP_SYSCALL: syscall_dispatch(); return;
	case CPU_TRAP_BAD_SYSCALL: serve_bad_syscall(); return;
	case CPU_TRAP_FAULT: serve_fault(trap, h); return;
	case CPU_TRAP_EXCEPTION:
		charge_user(cost_model.fault);
		current->fault_trapno = (uint64_t)trap->trapno;
		current->fault_error = 0;
		raise_fault(trap->signo, trap->code, trap->addr);
		return;
	case CPU_TRAP_RDTSC: serve_rdtsc(trap); return;
	case CPU_TRAP_CPUID: serve_cpuid(); return;
	case CPU_TRAP_KICK: serve_kick(trap); return;
	case CPU_TRAP_DEAD:
		klog(KLOG_ERROR, "task %d (%s): the host lost its guest thread", current->tid, current->comm);
		do_group_exit(SIGKILL_LINUX);
	}
}

/* A task made by clone(2) has its guest thread; one made by boot or exec gets it here. */
static void need_guest_thread(void)
{
	struct mm *mm = current->mm;

	if (current->thread)
		return;
	if (!mm->space)
		mm->space = door->space_create();
	if (mm->space)
		current->thread = door->thread_create(mm->space);
	if (!current->thread) {
		klog(KLOG_ERROR, "task %d (%s): the host gives no guest thread", current->tid, current->comm);
		do_group_exit(SIGKILL_LINUX);
	}
	current->regs_dirty = true;
}

/* Until when vDSO reads may go on without a trap: the next timer or the end of the slice. In real clock mode
 * every read traps, because only a host sample tells the time. */
static ktime_t vdso_limit(void)
{
	if (clock_mode() == CLOCK_MODE_REAL)
		return 0;
	if (current->slice_left == KTIME_NEVER) /* SCHED_FIFO */
		return ktimer_next();
	return MIN(ktimer_next(), clock_now() + current->slice_left);
}

static void run_guest(struct cpu_trap *trap)
{
	struct mm *mm = current->mm;
	ktime_t before;

	need_guest_thread();
	clock_publish(mm_vvar(mm), vdso_limit());
	before = clock_now();
	door->guest_run(current->thread, mm->ops, mm->nops, &current->regs, current->regs_dirty, trap);
	current->regs_dirty = false;
	mm_ops_done(mm);
	if (trap->kind != CPU_TRAP_KICK) /* a kick comes when the host likes: it is no event of the guest's */
		event_number++;
	clock_collect(mm_vvar(mm));
	clock_sync();
	current->usage.utime += clock_now() - before;
}

/* Everything that is due before user mode. Any of it may sleep, make new signals or end the task. */
static void return_to_user(void)
{
	do {
		sched_run_softirqs(); /* and garbage collection */
		signal_deliver_all();
		sched_tick();
	} while (signal_pending(current));
	current->in_syscall = false;
}

_Noreturn void trap_loop(void)
{
	struct fault_history history = {0, 0, 0};
	struct cpu_trap trap;

	for (;;) {
		return_to_user();
		run_guest(&trap);
		serve_trap(&trap, &history);
	}
}
