/* test_trap.c - traps that are not system calls: faults, exceptions, RDTSC, CPUID, foreign entries; and the
 * vDSO page. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/abi_signal.h"
#include "core/clock.h"
#include "core/errno.h"
#include "core/sched.h"
#include "sys/boot_fixture.h"

enum {
	NR_mmap = 9,
	NR_rt_sigaction = 13,
	NR_getpid = 39
};

static int run(void (*guest)(void))
{
	boot_fixture_reset();
	boot_fixture_program(guest);
	return boot_fixture_run();
}

static void null_pointer(void)
{
	char c;

	guest_load(&c, 0, 1);
	guest_exit(0);
}

static void wild_pointer(void)
{
	guest_trap(&(struct cpu_trap){.kind = CPU_TRAP_FAULT, .addr = CPU_GUEST_END + 0x123000, .code = 1});
	guest_exit(0);
}

static void read_only(void)
{
	guest_store((uint64_t)guest_syscall(NR_mmap, 0, 4096, 1, 0x22, (uint64_t)-1, 0), "x", 1);
	guest_exit(0);
}

/* Do accesses that no mapping allows end the program with SIGSEGV? */
Test(trap, bad_accesses)
{
	cr_expect_eq(run(null_pointer), 128 + SIGSEGV_LINUX);
	cr_expect_eq(run(wild_pointer), 128 + SIGSEGV_LINUX);
	cr_expect_eq(run(read_only), 128 + SIGSEGV_LINUX);
}

static struct siginfo_linux seen;

static void handler(uint64_t signo, uint64_t info, uint64_t context)
{
	(void)context;
	guest_load(&seen, info, sizeof(seen));
	guest_exit((int)signo);
}

static void catch (int signo)
{
	struct sigaction_linux sa = {.handler = (uint64_t)(uintptr_t)handler,
				     .flags = SA_SIGINFO_LINUX | SA_RESTORER_LINUX,
				     .restorer = 1};

	GUEST_CHECK(CALL4(NR_rt_sigaction, signo, guest_data(&sa, sizeof(sa)), 0, 8) == 0);
}

static void caught_maperr(void)
{
	char c;

	catch (SIGSEGV_LINUX);
	guest_load(&c, 0x123456, 1);
}

static void caught_accerr(void)
{
	catch (SIGSEGV_LINUX);
	guest_store((uint64_t)guest_syscall(NR_mmap, 0x20000000, 4096, 1, 0x32, (uint64_t)-1, 0) + 8, "x", 1);
}

static void divide(void)
{
	catch (SIGFPE_LINUX);
	guest_trap(&(struct cpu_trap){
	    .kind = CPU_TRAP_EXCEPTION, .signo = SIGFPE_LINUX, .code = FPE_INTDIV_LINUX, .addr = 0x401234});
}

/* Does a handler learn what happened and where? */
Test(trap, siginfo)
{
	cr_expect_eq(run(caught_maperr), SIGSEGV_LINUX);
	cr_expect_eq(seen.si_code, SEGV_MAPERR_LINUX);
	cr_expect_eq(seen.fault.addr, 0x123456);
	cr_expect_eq(run(caught_accerr), SIGSEGV_LINUX);
	cr_expect_eq(seen.si_code, SEGV_ACCERR_LINUX);
	cr_expect_eq(seen.fault.addr, 0x20000008);
	cr_expect_eq(run(divide), SIGFPE_LINUX);
	cr_expect_eq(seen.si_code, FPE_INTDIV_LINUX);
	cr_expect_eq(seen.fault.addr, 0x401234);
}

static uint64_t rdtsc(unsigned insn_len)
{
	struct cpu_trap trap = {.kind = CPU_TRAP_RDTSC, .insn_len = (uint8_t)insn_len};

	guest_regs()->rcx = 77;
	guest_trap_at(&trap, 0x402000, 0x402000 + insn_len);
	return guest_regs()->rax | guest_regs()->rdx << 32;
}

static void time_stamps(void)
{
	uint64_t a = rdtsc(2), b;

	GUEST_CHECK(guest_regs()->rcx == 77);
	b = rdtsc(3);
	GUEST_CHECK(guest_regs()->rcx == 0);
	GUEST_CHECK(b - a == (uint64_t)cost_model.rdtsc);
	guest_exit(0);
}

/* Is the time-stamp counter the virtual clock, at its price? */
Test(trap, time_stamp_counter)
{
	cr_expect_eq(run(time_stamps), 0);
}

static void foreign_entry(void)
{
	static const uint8_t int80[] = {0xcd, 0x80};
	uint64_t code = guest_data(int80, sizeof(int80));

	catch (SIGSEGV_LINUX);
	guest_trap_at(&(struct cpu_trap){.kind = CPU_TRAP_BAD_SYSCALL}, code + 2, code + 2);
}

static void x32_entry(void)
{
	static const uint8_t insn[] = {0x0f, 0x05};
	uint64_t code = guest_data(insn, sizeof(insn));

	guest_trap_at(&(struct cpu_trap){.kind = CPU_TRAP_BAD_SYSCALL}, code + 2, code + 2);
	GUEST_CHECK((int64_t)guest_regs()->rax == -ENOSYS);
	GUEST_CHECK(CALL0(0x40000000 + NR_getpid) == -ENOSYS);
	/* Only the low half of rax is the number. */
	GUEST_CHECK(CALL0((1ULL << 40) + NR_getpid) == 2);
	guest_exit(0);
}

/* int 0x80 is a general protection fault, x32 numbers do not exist. */
Test(trap, foreign_entries)
{
	cr_expect_eq(run(foreign_entry), SIGSEGV_LINUX);
	cr_expect_eq(seen.si_code, SI_KERNEL_LINUX);
	cr_expect_eq(run(x32_entry), 0);
}

static uint64_t vvar_address(void)
{
	uint64_t at = guest_regs()->rsp, word, vdso = 0;

	/* argc, argv[0], NULL, envp[0], NULL, then pairs */
	for (at += 5 * 8;; at += 16) {
		guest_load(&word, at, 8);
		if (word == 0)
			return vdso - PAGE_SIZE;
		if (word == 33)
			guest_load(&vdso, at + 8, 8);
	}
}

static void read_clock_page(void)
{
	struct vvar v;
	uint64_t at = vvar_address(), before;

	guest_load(&v, at, sizeof(v));
	CALL0(NR_getpid);
	guest_load(&v, at, sizeof(v));
	GUEST_CHECK(v.magic == VVAR_MAGIC && v.cost_ns == (uint64_t)cost_model.vdso_read);
	GUEST_CHECK(v.now_ns == (uint64_t)clock_now());
	GUEST_CHECK(v.limit_ns > v.now_ns);
	/* What a read leaves behind is taken over at the next trap... */
	before = v.now_ns;
	v.now_ns += 512;
	guest_store(at, &v, 8);
	CALL0(NR_getpid);
	GUEST_CHECK((uint64_t)clock_now() - before == 512 + (uint64_t)cost_model.syscall);
	/* ... but neither back in time nor beyond what may happen next. */
	before = (uint64_t)clock_now();
	v.now_ns = 0;
	guest_store(at, &v, 8);
	CALL0(NR_getpid);
	GUEST_CHECK((uint64_t)clock_now() == before + (uint64_t)cost_model.syscall);
	v.now_ns = UINT64_MAX / 2;
	guest_store(at, &v, 8);
	CALL0(NR_getpid);
	GUEST_CHECK((uint64_t)clock_now() < before + (uint64_t)(2 * cost_model.slice));
	guest_exit(0);
}

/* Does the vDSO's data page carry the clock both ways, and no further than it may? */
Test(trap, clock_page)
{
	cr_expect_eq(run(read_clock_page), 0);
}
