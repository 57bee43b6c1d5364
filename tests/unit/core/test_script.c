/* test_script.c - the scripted door itself: guests that are C functions, served by a kernel in miniature. */
#include <criterion/criterion.h>
#include <string.h>

#include "support/test_kernel.h"

#define NR_ADD 1000
#define NR_INTERRUPTED 1001
#define NR_SIGRETURN 15
#define PAGE_AT 0x10000000UL

static struct cpu_regs saved;
static int handled, restarts;
static uint64_t faults, sum, restarted;

static void handler(uint64_t signo)
{
	handled = (int)signo;
	guest_syscall(NR_ADD, 100, 0, 0, 0, 0, 0);
}

static void guest(uint64_t arg)
{
	uint64_t word = 0x1122334455667788, back = 0;

	cr_assert_eq(arg, 77);
	sum = (uint64_t)guest_syscall(NR_ADD, 2, 3, 4, 5, 6, 7);
	guest_store(PAGE_AT + PAGE_SIZE - 4, &word, sizeof(word));
	guest_load(&back, PAGE_AT + PAGE_SIZE - 4, sizeof(back));
	cr_assert_eq(back, word);
	restarted = (uint64_t)guest_syscall(NR_INTERRUPTED, 9, 0, 0, 0, 0, 0);
}

/* Serves one call; false: the guest has ended. */
static bool serve(struct cpu_regs *r)
{
	switch (r->orig_rax) {
	case NR_ADD: r->rax = r->rdi + r->rsi + r->rdx + r->r10 + r->r8 + r->r9; return true;
	case NR_INTERRUPTED:
		if (restarts++ == 1) {
			r->rax = r->rdi;
			return true;
		}
		/* A signal came: the handler first, then the call again. */
		r->rip -= 2;
		r->rax = r->orig_rax;
		saved = *r;
		r->rip = (uint64_t)(uintptr_t)handler;
		r->rdi = 12;
		return true;
	case NR_SIGRETURN: *r = saved; return true;
	default: return false;
	}
}

static void run_guest(void *arg)
{
	struct cpu_space *space = door->space_create();
	struct cpu_mapop op = {.kind = CPU_MAP, .prot = CPU_PROT_READ | CPU_PROT_WRITE, .npages = 1};
	struct cpu_trap trap;
	size_t nops = 0;

	(void)arg;
	current->thread = door->thread_create(space);
	current->regs.rip = (uint64_t)(uintptr_t)guest;
	current->regs.rdi = 77;
	for (;;) {
		door->guest_run(current->thread, &op, nops, &current->regs, true, &trap);
		nops = 0;
		if (trap.kind == CPU_TRAP_FAULT) {
			faults++;
			op.vaddr = trap.addr & PAGE_MASK;
			op.pfn = (pfn_t)(100 + faults);
			nops = 1;
		} else if (!serve(&current->regs)) {
			break;
		}
		sched_yield_cpu(); /* others may run between two traps */
	}
	door->thread_destroy(current->thread);
	current->thread = NULL;
	door->space_destroy(space);
}

/* Do calls, faults, handlers and restarted calls of a guest work, with another task in between? */
KTEST(script, guest)
{
	test_task(NULL, NULL, run_guest, NULL);
	test_run();
	cr_expect_eq(sum, 27);
	cr_expect_eq(faults, 2);
	cr_expect_eq(handled, 12);
	cr_expect_eq(restarts, 2);
	cr_expect_eq(restarted, 9);
	cr_expect_eq(memcmp((char *)test_ram() + 102 * PAGE_SIZE - 4, "\x88\x77\x66\x55", 4), 0);
}

/* Are the streams what the test put there? */
KTEST(script, streams)
{
	char buf[8];

	script.stream[0].input = "hello";
	script.stream[0].input_len = 5;
	cr_expect(door->con_ready(0));
	cr_expect_eq(door->con_read(0, buf, 3), 3);
	cr_expect_eq(door->con_read(0, buf, 8), 2);
	cr_expect_eq(door->con_read(0, buf, 8), 0);
	door->con_write(1, "out", 3);
	cr_expect_str_eq(script.stream[1].output, "out");
}
