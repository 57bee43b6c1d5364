/* test_sigframe.c - frames of signal handlers and rt_sigreturn(2), with handlers that are C functions. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/errno.h"
#include "sys/guest_tasks.h"

/* Offsets in struct rt_sigframe behind the return address: struct ucontext. */
#define UC_STACK 16
#define UC_REGS 40
#define UC_FPSTATE (UC_REGS + 23 * 8)
#define UC_SIGMASK 296
#define UC_RSP (UC_REGS + 15 * 8)
#define UC_RIP (UC_REGS + 16 * 8)
#define UC_RBX (UC_REGS + 11 * 8)
#define UC_EFLAGS (UC_REGS + 17 * 8)
#define UC_CS (UC_REGS + 18 * 8)
#define BIT(signo) SIGSET_BIT_(signo##_LINUX)
#define SIGSET_BIT_(n) (1ULL << ((n)-1))

static int runs;
static uint64_t seen[16];

/* What does a handler find? */
static void looks_around(uint64_t signo, uint64_t info, uint64_t uc)
{
	const struct cpu_regs *r = guest_regs();

	seen[0] = signo;
	seen[1] = r->rsp;
	seen[2] = guest_u32(info);
	seen[3] = guest_u64(uc + UC_RBX);
	seen[4] = guest_u64(uc + UC_FPSTATE);
	seen[5] = guest_u64(uc + UC_SIGMASK);
	seen[6] = r->eflags;
	seen[7] = guest_u64(uc + UC_RSP);
	seen[8] = r->rbx;
	seen[9] = uc - r->rsp;
	seen[10] = guest_u64(uc);
	runs++;
}

static void raise_self(int signo)
{
	CALL2(NR_KILL, CALL0(NR_GETPID), signo);
}

GUEST_TEST(sigframe, layout)
{
	uint64_t rsp = guest_regs()->rsp;
	uint64_t mask = BIT(SIGHUP), p = guest_data(&mask, 8);

	guest_sigaction(SIGUSR1_LINUX, looks_around, SA_SIGINFO_LINUX, 0);
	CALL4(NR_SIGPROCMASK, SIG_SETMASK_LINUX, p, 0, 8);
	guest_regs()->rbx = 0x1234567890;
	guest_regs()->eflags = 0x202 | 0x400 | 0x100; /* DF and TF are off in the handler */
	raise_self(SIGUSR1_LINUX);
	GUEST_CHECK(runs == 1 && seen[0] == SIGUSR1_LINUX && seen[2] == SIGUSR1_LINUX);
	/* the red zone stays free; the frame is where a CALL would have left the stack */
	GUEST_CHECK(seen[1] % 16 == 8 && seen[1] < rsp - 128 && seen[9] == 8);
	GUEST_CHECK(seen[4] % 64 == 0 && seen[4] > seen[1] && seen[4] < rsp - 128);
	GUEST_CHECK(seen[3] == 0x1234567890 && seen[8] == 0x1234567890 && seen[7] == rsp);
	GUEST_CHECK(seen[5] == BIT(SIGHUP) && seen[10] == 7);
	GUEST_CHECK((seen[6] & 0x500) == 0);
	/* all of it is back */
	GUEST_CHECK(guest_regs()->rsp == rsp && guest_regs()->rbx == 0x1234567890);
	GUEST_CHECK((guest_regs()->eflags & 0x500) == 0x500);
	GUEST_CHECK(CALL4(NR_SIGPROCMASK, SIG_BLOCK_LINUX, 0, p, 8) == 0 && guest_u64(p) == BIT(SIGHUP));
	guest_exit(0);
}

static void changes_context(uint64_t signo, uint64_t info, uint64_t uc)
{
	uint64_t v = 77;

	(void)signo;
	(void)info;
	guest_store(uc + UC_RBX, &v, 8);
	v = BIT(SIGTERM) | BIT(SIGKILL);
	guest_store(uc + UC_SIGMASK, &v, 8);
	v = 0xffffffffffffffff;
	guest_store(uc + UC_EFLAGS, &v, 8);
}

/* What a handler writes into its frame holds, as far as it may. */
GUEST_TEST(sigframe, context_is_loaded)
{
	uint64_t p = guest_data(&runs, sizeof(runs));

	guest_sigaction(SIGUSR1_LINUX, changes_context, SA_SIGINFO_LINUX, 0);
	guest_regs()->eflags = 0x202;
	raise_self(SIGUSR1_LINUX);
	GUEST_CHECK(guest_regs()->rbx == 77);
	GUEST_CHECK((guest_regs()->eflags & ~0x50dd5ULL) == 0x202); /* no IOPL, NT, VM... */
	CALL4(NR_SIGPROCMASK, SIG_BLOCK_LINUX, 0, p, 8);
	GUEST_CHECK(guest_u64(p) == BIT(SIGTERM));
	guest_exit(0);
}

static void nested(uint64_t signo, uint64_t info, uint64_t uc)
{
	seen[runs++] = guest_regs()->rsp;
	if (signo == SIGUSR1_LINUX)
		raise_self(SIGUSR2_LINUX);
	(void)info;
	(void)uc;
}

GUEST_TEST(sigframe, alternate_stack)
{
	uint64_t alt = (uint64_t)guest_syscall(NR_MMAP, 0, 65536, 3, 0x22, (uint64_t)-1, 0);
	struct stack_linux ss = {.ss_sp = alt, .ss_size = 65536};
	uint64_t p = guest_data(&ss, sizeof(ss));

	GUEST_CHECK(CALL2(NR_SIGALTSTACK, p, 0) == 0);
	guest_sigaction(SIGUSR1_LINUX, nested, SA_ONSTACK_LINUX, 0);
	guest_sigaction(SIGUSR2_LINUX, nested, SA_ONSTACK_LINUX, 0);
	raise_self(SIGUSR1_LINUX);
	GUEST_CHECK(runs == 2 && seen[0] > alt && seen[0] < alt + 65536 && seen[1] < seen[0] &&
		    seen[1] > alt);
	GUEST_CHECK(CALL2(NR_SIGALTSTACK, 0, p) == 0);
	guest_load(&ss, p, sizeof(ss));
	GUEST_CHECK(ss.ss_flags == 0 && ss.ss_sp == alt);
	guest_exit(0);
}

/* --- what cannot be delivered or restored ends with SIGSEGV
 * ------------------------------------------------------- */

static void bad_stack(void)
{
	guest_sigaction(SIGUSR1_LINUX, nested, 0, 0);
	guest_regs()->rsp = 0x10;
	raise_self(SIGUSR1_LINUX);
	guest_exit(1);
}

Test(sigframe, unwritable_stack)
{
	boot_fixture_reset();
	boot_fixture_program(bad_stack);
	cr_expect_eq(boot_fixture_run(), 128 + SIGSEGV_LINUX);
	cr_expect_eq(runs, 0);
}

static uint64_t spoil_offset, spoil_value;
static void spoils(uint64_t signo, uint64_t info, uint64_t uc)
{
	(void)signo;
	(void)info;
	runs++;
	guest_store((spoil_offset >= 1024 ? uc : guest_u64(uc + UC_FPSTATE)) + spoil_offset % 1024,
		    &spoil_value, 8);
}

static void spoilt_frame(void)
{
	guest_sigaction(SIGUSR1_LINUX, spoils, SA_SIGINFO_LINUX, 0);
	raise_self(SIGUSR1_LINUX);
	guest_exit(0);
}

static int run_spoilt(uint64_t offset, uint64_t value)
{
	spoil_offset = offset;
	spoil_value = value;
	boot_fixture_reset();
	boot_fixture_program(spoilt_frame);
	return boot_fixture_run();
}

Test(sigframe, bad_xstate)
{
	/* a feature that does not exist, a compacted header, reserved header bytes, reserved MXCSR bits */
	cr_expect_eq(run_spoilt(512, 1ULL << 40), 139);
	cr_expect_eq(run_spoilt(520, 1ULL << 63), 139);
	cr_expect_eq(run_spoilt(568, 1), 139);
	cr_expect_eq(run_spoilt(24, UINT64_MAX), 139);
	/* no description: the legacy area alone is loaded */
	cr_expect_eq(run_spoilt(464, 0), 0);
	/* ...with the pointer itself: unaligned, unmapped, none */
	cr_expect_eq(run_spoilt(1024 + UC_FPSTATE, 0x12345), 139);
	cr_expect_eq(run_spoilt(1024 + UC_FPSTATE, 0x40), 139);
	cr_expect_eq(run_spoilt(1024 + UC_FPSTATE, 0), 0);
	/* segments */
	cr_expect_eq(run_spoilt(1024 + UC_CS, 0x10), 139);
}

static void returns_without_frame(void)
{
	guest_regs()->rsp = 0x20;
	CALL0(15);
	guest_exit(1);
}

Test(sigframe, no_frame)
{
	boot_fixture_reset();
	boot_fixture_program(returns_without_frame);
	cr_expect_eq(boot_fixture_run(), 139);
}

/* --- the extended state survives, and a handler starts with a fresh one
 * ---------------------------------------------- */

static void scribbles_on_state(uint64_t signo, uint64_t info, uint64_t uc)
{
	uint64_t fp = guest_u64(uc + UC_FPSTATE);

	(void)signo;
	(void)info;
	seen[0] = guest_u32(fp + 464);
	seen[1] = guest_u32(fp + 576);
	seen[2] = guest_u64(fp + 160);
	seen[3] = guest_u64(fp + 464 + 8);
	/* as a handler that uses SSE would */
	uint64_t v = 99;
	guest_store(fp + 176, &v, 8);
	runs++;
}

static struct cpu_xstate captured, last_set;
static void (*real_xstate_get)(struct cpu_thread *t, struct cpu_xstate *xs);
static void (*real_xstate_set)(struct cpu_thread *t, const struct cpu_xstate *xs);

static void get_known(struct cpu_thread *t, struct cpu_xstate *xs)
{
	real_xstate_get(t, xs);
	uint64_t v = 0x4242;
	memcpy(xs->data + 160, &v, 8); /* xmm0 */
	uint32_t mask = 0xffff;
	memcpy(xs->data + 28, &mask, 4);
	captured = *xs;
}

static void set_seen(struct cpu_thread *t, const struct cpu_xstate *xs)
{
	last_set = *xs;
	if (runs == 0) { /* the handler's fresh state */
		uint32_t mxcsr;
		uint64_t xmm0;
		memcpy(&mxcsr, xs->data + 24, 4);
		memcpy(&xmm0, xs->data + 160, 8);
		cr_expect_eq(mxcsr, 0x1f80);
		cr_expect_eq(xmm0, 0);
	}
	real_xstate_set(t, xs);
}

static void state_guest(void)
{
	guest_sigaction(SIGUSR1_LINUX, scribbles_on_state, SA_SIGINFO_LINUX, 0);
	real_xstate_get = script_door.xstate_get;
	real_xstate_set = script_door.xstate_set;
	script_door.xstate_get = get_known;
	script_door.xstate_set = set_seen;
	raise_self(SIGUSR1_LINUX);
	script_door.xstate_get = real_xstate_get;
	script_door.xstate_set = real_xstate_set;
	GUEST_CHECK(runs == 1 && seen[0] == 0x46505853 && seen[1] == 0x46505845 && seen[2] == 0x4242 &&
		    seen[3] == 3);
	guest_exit(0);
}

Test(sigframe, extended_state)
{
	uint64_t v;

	boot_fixture_reset();
	boot_fixture_program(state_guest);
	cr_expect_eq(boot_fixture_run(), 0);
	memcpy(&v, last_set.data + 160, 8);
	cr_expect_eq(v, 0x4242);
	memcpy(&v, last_set.data + 176, 8);
	cr_expect_eq(v, 99);
}

/* --- restarts
 * ---------------------------------------------------------------------------------------------------------
 */

static int pipe_fds[2];
static void counts(uint64_t signo, uint64_t info, uint64_t uc)
{
	runs++;
	(void)signo;
	(void)info;
	(void)uc;
}

static void interrupts_then_writes(uint64_t flags)
{
	(void)flags;
	guest_sleep_ns(1000000);
	CALL2(NR_KILL, CALL0(NR_GETPPID), SIGUSR1_LINUX);
	guest_sleep_ns(1000000);
	CALL3(NR_WRITE, pipe_fds[1], guest_string("x"), 1);
	guest_exit(0);
}

static int64_t interrupted_read(uint64_t sa_flags)
{
	uint64_t p = guest_data(pipe_fds, 8);

	runs = 0;
	GUEST_CHECK(CALL1(NR_PIPE, p) == 0);
	guest_load(pipe_fds, p, 8);
	guest_sigaction(SIGUSR1_LINUX, counts, sa_flags, 0);
	int64_t child = guest_fork(interrupts_then_writes);
	GUEST_CHECK(child > 0);
	int64_t r = CALL3(NR_READ, pipe_fds[0], p, 1);
	guest_wait(child, 0);
	GUEST_CHECK(runs == 1);
	return r;
}

GUEST_TEST(sigframe, restarts)
{
	GUEST_CHECK(interrupted_read(0) == -EINTR);
	GUEST_CHECK(interrupted_read(SA_RESTART_LINUX) == 1);
	guest_exit(0);
}
