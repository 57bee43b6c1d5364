/* test_engine.c - does the ptrace engine run guest instructions, report each trap as what it is, and keep guests away
 * from the host? Guests are a few bytes of machine code in a frame. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/door.h"
#include "hostcpu/live.h"
#include "hostcpu/stub.h"

#define CODE 0x400000ULL
#define DATA 0x600000ULL
#define CODE_FRAME 5
#define DATA_FRAME 6

static uint8_t *ram;
static struct cpu_space *space;
static struct cpu_thread *thread;
static struct cpu_regs regs;
static struct cpu_trap trap;

static void open_live(void)
{
	struct live_config cfg = {
	    .ram_bytes = 1 << 24, .arena_size = 1 << 20, .clock_mode = CLOCK_MODE_VIRTUAL};
	char err[200] = "";
	void *arena, *r;

	cr_assert(live_open(&cfg, &arena, &r, err, sizeof(err)) == 0, "%s", err);
	ram = r;
	space = door->space_create();
	cr_assert_not_null(space);
	thread = door->thread_create(space);
	cr_assert_not_null(thread);
}

static void close_live(void)
{
	live_close();
}

TestSuite(engine, .init = open_live, .fini = close_live, .timeout = 60);

/* Runs `code` from its start until the next trap, with the code page (and a data page) mapped. */
static void run_code(const void *code, size_t n)
{
	const struct cpu_mapop ops[] = {
	    {.kind = CPU_MAP,
	     .prot = CPU_PROT_READ | CPU_PROT_EXEC,
	     .pfn = CODE_FRAME,
	     .vaddr = CODE,
	     .npages = 1},
	    {.kind = CPU_MAP,
	     .prot = CPU_PROT_READ | CPU_PROT_WRITE,
	     .pfn = DATA_FRAME,
	     .vaddr = DATA,
	     .npages = 1},
	};

	memcpy(ram + CODE_FRAME * PAGE_SIZE, code, n);
	memset(&regs, 0, sizeof(regs));
	regs.rip = CODE;
	regs.rsp = DATA + PAGE_SIZE;
	regs.cs = 0x33;
	regs.ss = 0x2b;
	regs.eflags = 0x202;
	door->guest_run(thread, ops, 2, &regs, true, &trap);
}

Test(engine, syscall_stops_once_and_takes_the_result)
{
	/* mov $39,%eax; syscall; mov %rax,%rbx; mov $1,%eax; syscall */
	static const uint8_t code[] = {0xb8, 39,   0, 0, 0, 0x0f, 0x05, 0x48, 0x89,
				       0xc3, 0xb8, 1, 0, 0, 0,    0x0f, 0x05};

	run_code(code, sizeof(code));
	cr_assert_eq(trap.kind, CPU_TRAP_SYSCALL);
	cr_assert_eq(regs.orig_rax, 39);
	cr_assert_eq(regs.rip, CODE + 7);
	regs.rax = 4242;
	door->guest_run(thread, NULL, 0, &regs, true, &trap);
	cr_assert_eq(trap.kind, CPU_TRAP_SYSCALL);
	cr_assert_eq(regs.orig_rax, 1);
	cr_assert_eq(regs.rbx, 4242, "the guest must see the kernel's result, not the host's");
}

Test(engine, fault_reports_the_address_and_goes_on_after_mapping)
{
	/* mov %rdi,(%rdi); mov $60,%eax; syscall */
	static const uint8_t code[] = {0x48, 0x89, 0x3f, 0xb8, 60, 0, 0, 0, 0x0f, 0x05};
	const struct cpu_mapop map = {.kind = CPU_MAP,
				      .prot = CPU_PROT_READ | CPU_PROT_WRITE,
				      .pfn = 9,
				      .vaddr = 0x12345000,
				      .npages = 1};

	run_code(code, sizeof(code));
	regs.rip = CODE;
	regs.rdi = 0x12345678;
	door->guest_run(thread, NULL, 0, &regs, true, &trap);
	cr_assert_eq(trap.kind, CPU_TRAP_FAULT);
	cr_assert_eq(trap.addr, 0x12345678);
	door->guest_run(thread, &map, 1, &regs, false, &trap);
	cr_assert_eq(trap.kind, CPU_TRAP_SYSCALL);
	cr_assert_eq(*(uint64_t *)(ram + 9 * PAGE_SIZE + 0x678), 0x12345678);
}

Test(engine, time_stamp_counter_and_foreign_calls_trap)
{
	static const uint8_t rdtsc[] = {0x0f, 0x31};
	static const uint8_t rdtscp[] = {0x0f, 0x01, 0xf9};
	static const uint8_t int80[] = {0xcd, 0x80};
	static const uint8_t int3[] = {0xcc};

	run_code(rdtsc, sizeof(rdtsc));
	cr_assert_eq(trap.kind, CPU_TRAP_RDTSC);
	cr_assert_eq(trap.insn_len, 2);
	run_code(rdtscp, sizeof(rdtscp));
	cr_assert_eq(trap.kind, CPU_TRAP_RDTSC);
	cr_assert_eq(trap.insn_len, 3);
	run_code(int80, sizeof(int80));
	cr_assert(trap.kind == CPU_TRAP_BAD_SYSCALL || trap.kind == CPU_TRAP_EXCEPTION);
	run_code(int3, sizeof(int3));
	cr_assert_eq(trap.kind, CPU_TRAP_EXCEPTION);
	cr_assert_eq(trap.signo, 5);
}

Test(engine, stub_pages_are_closed)
{
	static const uint8_t store[] = {0x48, 0x89, 0x3f}; /* mov %rdi,(%rdi) */
	static const uint8_t jump[] = {0xff, 0xe7};        /* jmp *%rdi */

	for (uint64_t at = STUB_BASE; at < STUB_BASE + STUB_SIZE; at += PAGE_SIZE) {
		run_code(store, sizeof(store));
		regs.rip = CODE;
		regs.rdi = at;
		door->guest_run(thread, NULL, 0, &regs, true, &trap);
		cr_assert_eq(trap.kind, CPU_TRAP_FAULT, "page at %lx", (long)at);
	}
	/* A guest in the mapper's code finds the list ended (int3) and can only trap. */
	run_code(jump, sizeof(jump));
	regs.rip = CODE;
	regs.rdi = STUB_CODE;
	door->guest_run(thread, NULL, 0, &regs, true, &trap);
	cr_assert_eq(trap.kind, CPU_TRAP_EXCEPTION);
	cr_assert_eq(trap.signo, 5);
	/* Even its system call instruction is a trap of ours: an mmap through it does not happen. */
	static const uint8_t *s;
	for (s = (const uint8_t *)stub_start; s[0] != 0x0f || s[1] != 0x05; s++)
		;
	regs.rip = STUB_CODE + (uint64_t)(s - (const uint8_t *)stub_start);
	regs.rax = 9;
	door->guest_run(thread, NULL, 0, &regs, true, &trap);
	cr_assert_eq(trap.kind, CPU_TRAP_SYSCALL);
	cr_assert_eq(regs.orig_rax, 9);
}

Test(engine, threads_share_a_space_and_spaces_are_wiped_for_reuse)
{
	static const uint8_t code[] = {0x48, 0x8b, 0x07, 0xb8, 60,
				       0,    0,    0,    0x0f, 0x05}; /* mov (%rdi),%rax; ... */
	struct cpu_thread *second = door->thread_create(space);

	run_code(code, sizeof(code)); /* faults at 0 */
	cr_assert_eq(trap.kind, CPU_TRAP_FAULT);
	cr_assert_eq(trap.addr, 0);
	*(uint64_t *)(ram + DATA_FRAME * PAGE_SIZE) = 77;
	regs.rip = CODE;
	regs.rdi = DATA;
	door->guest_run(second, NULL, 0, &regs, true, &trap);
	cr_assert_eq(trap.kind, CPU_TRAP_SYSCALL);
	cr_assert_eq(regs.rax & 0xff, 0xda, "rax is -ENOSYS at the stop, was %lx", (long)regs.rax);
	door->thread_destroy(second);
	door->thread_destroy(thread);
	door->space_destroy(space);

	space = door->space_create();
	thread = door->thread_create(space);
	regs.rip = CODE;
	door->guest_run(thread, NULL, 0, &regs, true, &trap);
	cr_assert_eq(trap.kind, CPU_TRAP_FAULT, "the code of the earlier user must be gone");
	cr_assert_eq(trap.addr, CODE);
}

Test(engine, extended_state_is_kept_per_thread)
{
	/* movq %xmm0,%rbx; movq %rdi,%xmm0; mov $60,%eax; syscall */
	static const uint8_t code[] = {0x66, 0x48, 0x0f, 0x7e, 0xc3, 0x66, 0x48, 0x0f, 0x6e,
				       0xc7, 0xb8, 60,   0,    0,    0,    0x0f, 0x05};
	struct cpu_thread *second = door->thread_create(space);
	struct cpu_xstate xs;

	run_code(code, sizeof(code));
	cr_assert_eq(regs.rbx, 0, "a new thread starts with clean state");
	regs.rip = CODE;
	regs.rdi = 0x1122334455667788;
	door->guest_run(thread, NULL, 0, &regs, true, &trap);
	door->xstate_get(thread, &xs);
	door->xstate_set(second, &xs);
	regs.rip = CODE;
	door->guest_run(second, NULL, 0, &regs, true, &trap);
	cr_assert_eq(regs.rbx, 0x1122334455667788);
}
