/* sigframe.c - delivery of signals to user mode and the way back (rt_sigreturn(2)), byte for byte as x86-64
 * Linux.
 *
 * On the guest's stack, from high to low addresses: the 128-byte red zone (or the top of the alternate
 * stack), the extended state (64-byte aligned), struct rt_sigframe at an address = 8 mod 16, as after a CALL.
 *
 * Left out: 32-bit frames and code segments (a frame that asks for another cs or ss than the 64-bit ones gets
 * SIGSEGV), shadow stacks, core files: a core-dumping signal sets the flag in the status when RLIMIT_CORE
 * allows one, as a parent would see it from Linux, but nothing is written. */
#include "sys/sigframe.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/signal.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/exit.h"
#include "sys/sigaltstack.h"
#include "sys/sigxstate.h"
#include "sys/strace.h"
#include "sys/syscall.h"
#include "sys/time.h"

#define RED_ZONE 128
#define NR_RESTART_SYSCALL 219
#define USER_CS 0x33
#define USER_SS 0x2b

#define EFLAGS_CF 0x1ULL
#define EFLAGS_PF 0x4ULL
#define EFLAGS_AF 0x10ULL
#define EFLAGS_ZF 0x40ULL
#define EFLAGS_SF 0x80ULL
#define EFLAGS_TF 0x100ULL
#define EFLAGS_DF 0x400ULL
#define EFLAGS_OF 0x800ULL
#define EFLAGS_RF 0x10000ULL
#define EFLAGS_AC 0x40000ULL
/* What a frame may change. */
#define EFLAGS_FIX                                                                                       \
	(EFLAGS_AC | EFLAGS_OF | EFLAGS_DF | EFLAGS_TF | EFLAGS_SF | EFLAGS_ZF | EFLAGS_AF | EFLAGS_PF | \
	 EFLAGS_CF | EFLAGS_RF)

#define UC_FP_XSTATE 1
#define UC_SIGCONTEXT_SS 2
#define UC_STRICT_RESTORE_SS 4

/* struct sigcontext_64 */
struct sigcontext_linux {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t di, si, bp, bx, dx, ax, cx, sp, ip, flags;
	uint16_t cs, gs, fs, ss;
	uint64_t err, trapno, oldmask, cr2;
	uint64_t fpstate;
	uint64_t reserved[8];
};
_Static_assert(sizeof(struct sigcontext_linux) == 256, "struct sigcontext_64");

struct ucontext_linux {
	uint64_t uc_flags;
	uint64_t uc_link;
	struct stack_linux uc_stack;
	struct sigcontext_linux uc_mcontext;
	uint64_t uc_sigmask;
};
_Static_assert(sizeof(struct ucontext_linux) == 304, "struct ucontext");

struct rt_sigframe_linux {
	uint64_t pretcode; /* return address: sa_restorer */
	struct ucontext_linux uc;
	struct siginfo_linux info;
};
_Static_assert(sizeof(struct rt_sigframe_linux) == 440, "struct rt_sigframe");

/* --- making a frame
 * ------------------------------------------------------------------------------------------- */

/* Where the frame goes; false when it would run over the end of the alternate stack. */
static bool frame_place(const struct sigaction_linux *sa, uint64_t *frame, uint64_t *fpstate)
{
	bool nested = sigaltstack_contains(current, current->regs.rsp);
	bool entering = false;
	uint64_t sp = current->regs.rsp - RED_ZONE;
	if ((sa->flags & SA_ONSTACK_LINUX) && sigaltstack_flags(current, sp) == 0) {
		sp = current->sigaltstack.ss_sp + current->sigaltstack.ss_size;
		entering = true;
	}
	*fpstate = round_down(sp - sigxstate_size(), 64);
	*frame = round_down(*fpstate - sizeof(struct rt_sigframe_linux), 16) - 8;
	return !((nested || entering) && !sigaltstack_in_range(current, *frame));
}

static void frame_fill_context(struct sigcontext_linux *sc, const struct cpu_regs *r)
{
	sc->r8 = r->r8;
	sc->r9 = r->r9;
	sc->r10 = r->r10;
	sc->r11 = r->r11;
	sc->r12 = r->r12;
	sc->r13 = r->r13;
	sc->r14 = r->r14;
	sc->r15 = r->r15;
	sc->di = r->rdi;
	sc->si = r->rsi;
	sc->bp = r->rbp;
	sc->bx = r->rbx;
	sc->dx = r->rdx;
	sc->ax = r->rax;
	sc->cx = r->rcx;
	sc->sp = r->rsp;
	sc->ip = r->rip;
	sc->flags = r->eflags;
	sc->cs = USER_CS;
	sc->ss = USER_SS;
	sc->err = current->fault_error;
	sc->trapno = current->fault_trapno;
	sc->cr2 = current->fault_addr;
}

static void frame_enter_handler(int signo, const struct sigaction_linux *sa, uint64_t frame)
{
	struct cpu_regs *r = &current->regs;
	r->rdi = (uint64_t)signo;
	r->rax = 0; /* for handlers declared without a prototype */
	r->rsi = frame + offsetof(struct rt_sigframe_linux, info);
	r->rdx = frame + offsetof(struct rt_sigframe_linux, uc);
	r->rip = sa->handler;
	r->rsp = frame;
	r->cs = USER_CS;
	r->ss = USER_SS;
	r->eflags &= ~(EFLAGS_DF | EFLAGS_RF | EFLAGS_TF);
	current->regs_dirty = true;
}

/* Builds the frame and turns the registers to the handler; false when it cannot be delivered. */
static bool frame_setup(int signo, const struct siginfo_linux *info, const struct sigaction_linux *sa)
{
	uint64_t at, fpstate;
	if (!frame_place(sa, &at, &fpstate) || !(sa->flags & SA_RESTORER_LINUX))
		return false;
	struct rt_sigframe_linux f;
	memset(&f, 0, sizeof(f));
	f.pretcode = sa->restorer;
	f.uc.uc_flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	f.uc.uc_stack = current->sigaltstack;
	f.uc.uc_stack.pad_ = 0;
	frame_fill_context(&f.uc.uc_mcontext, &current->regs);
	f.uc.uc_sigmask = current->has_saved_mask ? current->saved_mask : current->blocked;
	f.uc.uc_mcontext.oldmask = f.uc.uc_sigmask;
	f.uc.uc_mcontext.fpstate = fpstate;
	f.info = *info;
	/* The frame first: the extended state is the step that changes the thread. */
	if (copy_to_user(uaddr(at), &f, sizeof(f)) || sigxstate_save(uaddr(fpstate)))
		return false;
	frame_enter_handler(signo, sa, at);
	return true;
}

/* SIGSEGV for a frame that cannot be written or read; for SIGSEGV itself there is no way out. */
static void frame_bad(int signo)
{
	struct siginfo_linux info;
	memset(&info, 0, sizeof(info));
	info.si_signo = SIGSEGV_LINUX;
	info.si_code = SI_KERNEL_LINUX;
	if (signo == SIGSEGV_LINUX)
		current->sighand->action[SIGSEGV_LINUX - 1].handler = SIG_DFL_LINUX;
	signal_force(current, &info);
}

/* --- restarts
 * --------------------------------------------------------------------------------------------------- */

static bool restart_wanted(int64_t *result)
{
	if (!current->in_syscall || current->never_again || (int64_t)current->regs.orig_rax < 0)
		return false;
	*result = (int64_t)current->regs.rax;
	return *result == -ERESTARTSYS || *result == -ERESTARTNOINTR || *result == -ERESTARTNOHAND ||
	       *result == -ERESTART_RESTARTBLOCK;
}

static void restart_call(uint64_t nr)
{
	current->regs.rax = nr;
	current->regs.rip -= 2; /* the length of SYSCALL */
	current->regs_dirty = true;
}

/* A handler is about to run: does the interrupted call come back with EINTR or go on afterwards? */
static void restart_before_handler(const struct sigaction_linux *sa)
{
	int64_t result;
	if (!restart_wanted(&result))
		return;
	bool again = result == -ERESTARTNOINTR || (result == -ERESTARTSYS && (sa->flags & SA_RESTART_LINUX));
	if (again) {
		restart_call(current->regs.orig_rax);
	} else {
		current->regs.rax = (uint64_t)-EINTR;
		current->regs_dirty = true;
	}
	current->in_syscall = false;
}

static void restart_without_handler(void)
{
	int64_t result;
	if (!restart_wanted(&result))
		return;
	restart_call(result == -ERESTART_RESTARTBLOCK ? NR_RESTART_SYSCALL : current->regs.orig_rax);
	current->in_syscall = false;
}

/* --- delivery
 * --------------------------------------------------------------------------------------------------- */

static void deliver_to_handler(int signo, const struct siginfo_linux *info, const struct sigaction_linux *sa)
{
	restart_before_handler(sa);
	if (!frame_setup(signo, info, sa)) {
		frame_bad(signo);
		return;
	}
	/* The saved mask is in the frame now and comes back with it. */
	current->has_saved_mask = false;
	sigset_t_linux mask = current->blocked | sa->mask;
	if (!(sa->flags & SA_NODEFER_LINUX))
		mask |= SIGSET_BIT(signo);
	signal_set_mask(current, mask);
	if ((uint32_t)current->sigaltstack.ss_flags & SS_AUTODISARM_LINUX)
		current->sigaltstack = (struct stack_linux){.ss_flags = SS_DISABLE_LINUX};
}

/* The default action of a signal that has no handler. */
static void deliver_default(int signo)
{
	struct process *p = current->process;
	int32_t code = signo;
	switch (signal_default_action(signo)) {
	case SIG_DEFAULT_IGNORE:
	case SIG_DEFAULT_CONT: /* continuing happened when it was sent */ return;
	case SIG_DEFAULT_STOP:
		process_stop(p, signo);
		if (strace_enabled && p->stopped)
			strace_stop(signo);
		return;
	case SIG_DEFAULT_CORE:
		if (task_rlimit(RLIMIT_CORE_LINUX) > 0 && current->dumpable) {
			code |= 0x80;
			klog(KLOG_INFO, "%s[%d]: signal %d would dump core; core files are not written",
			     current->comm, current->tid, signo);
		}
		do_group_exit(code);
	case SIG_DEFAULT_TERM: do_group_exit(code);
	}
}

static void deliver_one(int signo, const struct siginfo_linux *info)
{
	struct sigaction_linux *slot = &current->sighand->action[signo - 1];
	struct sigaction_linux sa = *slot;
	if (signo == SIGKILL_LINUX)
		do_group_exit(SIGKILL_LINUX);
	if (sa.handler == SIG_IGN_LINUX)
		return;
	if (strace_enabled)
		strace_signal(info);
	if (sa.handler == SIG_DFL_LINUX) {
		deliver_default(signo);
		return;
	}
	if (sa.flags & SA_RESETHAND_LINUX)
		slot->handler = SIG_DFL_LINUX;
	deliver_to_handler(signo, info, &sa);
}

/* The group is ending, or another thread's exec is taking over: no return to user mode. */
static void deliver_exit(void)
{
	struct process *p = current->process;
	if (p->group_exit)
		do_exit(p->group_exit_code);
	if (p->exec_thread && p->exec_thread != current)
		do_exit(0);
}

void signal_deliver_all(void)
{
	cpu_timers_check();
	for (;;) {
		deliver_exit();
		if (!signal_pending(current))
			break;
		if (current->process->stopped && !signal_fatal_pending(current)) {
			task_stop_here();
			continue;
		}
		struct siginfo_linux info;
		int signo = signal_dequeue(current, ~current->blocked, &info);
		if (signo == 0)
			break;
		deliver_one(signo, &info);
	}
	restart_without_handler();
	if (current->has_saved_mask) {
		current->has_saved_mask = false;
		signal_set_mask(current, current->saved_mask);
		/* the old mask may let something through that waited */
		if (signal_pending(current))
			signal_deliver_all();
	}
}

/* --- the way back
 * --------------------------------------------------------------------------------------------------- */

static void frame_load_context(const struct sigcontext_linux *sc)
{
	struct cpu_regs *r = &current->regs;
	r->r8 = sc->r8;
	r->r9 = sc->r9;
	r->r10 = sc->r10;
	r->r11 = sc->r11;
	r->r12 = sc->r12;
	r->r13 = sc->r13;
	r->r14 = sc->r14;
	r->r15 = sc->r15;
	r->rdi = sc->di;
	r->rsi = sc->si;
	r->rbp = sc->bp;
	r->rbx = sc->bx;
	r->rdx = sc->dx;
	r->rax = sc->ax;
	r->rcx = sc->cx;
	r->rsp = sc->sp;
	r->rip = sc->ip;
	r->eflags = (r->eflags & ~EFLAGS_FIX) | (sc->flags & EFLAGS_FIX);
	r->cs = USER_CS;
	r->ss = USER_SS;
	r->orig_rax = UINT64_MAX; /* nothing to restart */
	current->restart.fn = NULL;
	current->regs_dirty = true;
	current->in_syscall = false;
}

static bool frame_restore(void)
{
	struct rt_sigframe_linux f;
	/* RET has taken pretcode off the stack */
	uint64_t at = current->regs.rsp - sizeof(uint64_t);
	if (copy_from_user(&f.uc, uaddr(at + offsetof(struct rt_sigframe_linux, uc)), sizeof(f.uc)))
		return false;
	signal_set_mask(current, f.uc.uc_sigmask);
	const struct sigcontext_linux *sc = &f.uc.uc_mcontext;
	/* As in Linux the two privilege bits are forced before anybody looks; without UC_STRICT_RESTORE_SS a
	 * wrong stack segment is repaired. */
	bool ss_ok = !(f.uc.uc_flags & UC_STRICT_RESTORE_SS) || (sc->ss | 3) == USER_SS;
	if ((sc->cs | 3) != USER_CS || !ss_ok)
		return false;
	frame_load_context(sc);
	if (sigxstate_restore(uaddr(sc->fpstate)))
		return false;
	sigaltstack_restore(&f.uc.uc_stack);
	return true;
}

int64_t sys_rt_sigreturn(void)
{
	if (!frame_restore())
		frame_bad(0);
	current->in_syscall = false;
	syscall_no_result();
	return 0;
}
