/* script_guest.c - guests as C functions: a thread is a context of its own that traps by switching to the
 * kernel's, and an address space is a table of the pages that the kernel has mapped. */
#include "support/script_guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/context.h"
#include "support/script_door.h"

#define GUEST_STACK_SIZE (256 * 1024)
#define XSTATE_SIZE 576 /* legacy area and header: x87 and SSE */
#define SYS_RT_SIGRETURN 15
#define SYS_EXIT_GROUP 231
/* Where every guest's one syscall instruction seems to lie; rip is behind it. */
#define SYSCALL_RIP 0x401000ULL
#define SYSCALL_LEN 2

struct page {
	uint64_t vpage; /* page number */
	pfn_t pfn;
	uint8_t prot;
};

struct cpu_space {
	struct page *pages; /* in no order */
	size_t n, cap;
};

struct cpu_thread {
	struct cpu_space *space;
	struct kcontext guest, kernel;
	uint8_t *stack; /* NULL: has not run yet */
	struct cpu_regs *regs;
	struct cpu_trap *trap;
	struct cpu_xstate xstate;
};

static struct cpu_thread *running;

/* --- address spaces --------------------------------------------------------------------------- */

struct cpu_space *script_space_create(void)
{
	script.nspaces++;
	return calloc(1, sizeof(struct cpu_space));
}

void script_space_destroy(struct cpu_space *space)
{
	script.nspaces--;
	free(space->pages);
	free(space);
}

static struct page *page_find(struct cpu_space *s, uint64_t addr)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->pages[i].vpage == addr / PAGE_SIZE)
			return &s->pages[i];
	return NULL;
}

static void page_set(struct cpu_space *s, uint64_t addr, pfn_t pfn, uint8_t prot)
{
	struct page *p = page_find(s, addr);

	if (!p) {
		if (s->n == s->cap) {
			s->cap = s->cap ? s->cap * 2 : 64;
			s->pages = realloc(s->pages, s->cap * sizeof(*p));
		}
		p = &s->pages[s->n++];
		p->vpage = addr / PAGE_SIZE;
	}
	p->pfn = pfn;
	p->prot = prot;
}

static void unmap_range(struct cpu_space *s, uint64_t start, uint64_t npages)
{
	size_t i, kept = 0;

	for (i = 0; i < s->n; i++)
		if (s->pages[i].vpage - start / PAGE_SIZE >= npages)
			s->pages[kept++] = s->pages[i];
	s->n = kept;
}

static void apply(struct cpu_space *s, const struct cpu_mapop *op)
{
	uint64_t i;

	if (op->kind == CPU_UNMAP) {
		unmap_range(s, op->vaddr, op->npages);
		return;
	}
	for (i = 0; i < op->npages; i++) {
		uint64_t addr = op->vaddr + i * PAGE_SIZE;
		struct page *p = page_find(s, addr);

		if (op->kind == CPU_MAP) {
			page_set(s, addr, op->pfn + (pfn_t)i, op->prot);
		} else if (p) {
			p->prot = op->prot;
		} else {
			fprintf(stderr, "script: protect of unmapped %#llx\n", (unsigned long long)addr);
			abort();
		}
	}
}

uint64_t guest_mapped_pages(void)
{
	return running->space->n;
}

/* --- threads ---------------------------------------------------------------------------------- */

struct cpu_thread *script_thread_create(struct cpu_space *space)
{
	struct cpu_thread *t = aligned_alloc(64, (sizeof(*t) + 63) & ~63UL);

	memset(t, 0, sizeof(*t));
	t->space = space;
	script.nthreads++;
	return t;
}

void script_thread_destroy(struct cpu_thread *t)
{
	script.nthreads--;
	free(t->stack);
	free(t);
}

static void guest_main(void)
{
	struct cpu_regs *r = running->regs;

	((void (*)(uint64_t))r->rip)(r->rdi);
	for (;;)
		guest_syscall(SYS_EXIT_GROUP, 0, 0, 0, 0, 0, 0);
}

void script_guest_run(struct cpu_thread *t, const struct cpu_mapop *ops, size_t nops, struct cpu_regs *regs,
		      bool regs_dirty, struct cpu_trap *trap)
{
	size_t i;

	(void)regs_dirty;
	for (i = 0; i < nops; i++)
		apply(t->space, &ops[i]);
	t->regs = regs;
	t->trap = trap;
	memset(trap, 0, sizeof(*trap));
	if (!t->stack) {
		t->stack = malloc(GUEST_STACK_SIZE);
		context_prepare(&t->guest, t->stack, GUEST_STACK_SIZE, guest_main);
	}
	running = t;
	context_switch(&t->kernel, &t->guest, false);
	running = NULL;
}

/* On the guest's stack: hands `trap` to the kernel and returns when the kernel runs this guest again. */
static void trap_once(const struct cpu_trap *trap)
{
	struct cpu_thread *t = running;

	*t->trap = *trap;
	context_switch(&t->guest, &t->kernel, false);
}

static void syscall_once(uint64_t nr)
{
	struct cpu_regs *r = running->regs;

	r->orig_rax = nr;
	r->rax = (uint64_t)-38;
	r->rip = SYSCALL_RIP + SYSCALL_LEN;
	r->rcx = r->rip;
	trap_once(&(struct cpu_trap){.kind = CPU_TRAP_SYSCALL});
}

/* Goes on where the kernel has put rip: calls signal handlers and repeats restarted calls until rip is
 * `until`. */
static void follow_rip(uint64_t until)
{
	while (running->regs->rip != until) {
		struct cpu_regs *r = running->regs;

		if (r->rip == SYSCALL_RIP) {
			syscall_once(r->rax);
			continue;
		}
		((void (*)(uint64_t, uint64_t, uint64_t))r->rip)(r->rdi, r->rsi, r->rdx);
		running->regs->rsp += 8; /* the handler's return pops the restorer's address */
		syscall_once(SYS_RT_SIGRETURN);
	}
}

void guest_trap_at(const struct cpu_trap *trap, uint64_t rip, uint64_t until)
{
	running->regs->rip = rip;
	trap_once(trap);
	follow_rip(until);
}

void guest_trap(const struct cpu_trap *trap)
{
	uint64_t rip = SYSCALL_RIP + 0x100; /* some other instruction */

	guest_trap_at(trap, rip, rip);
}

int64_t guest_syscall(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	struct cpu_regs *r = running->regs;

	r->rdi = a;
	r->rsi = b;
	r->rdx = c;
	r->r10 = d;
	r->r8 = e;
	r->r9 = f;
	syscall_once(nr);
	follow_rip(SYSCALL_RIP + SYSCALL_LEN);
	return (int64_t)running->regs->rax;
}

struct cpu_regs *guest_regs(void)
{
	return running->regs;
}

/* The byte at addr, after as many faults as it takes. */
static uint8_t *guest_byte(uint64_t addr, uint8_t prot)
{
	for (;;) {
		struct page *p = page_find(running->space, addr);

		if (p && (p->prot & prot) == prot)
			return script_frame(p->pfn) + addr % PAGE_SIZE;
		guest_trap(&(struct cpu_trap){.kind = CPU_TRAP_FAULT, .addr = addr, .code = p ? 2 : 1});
	}
}

void guest_load(void *dst, uint64_t addr, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		((uint8_t *)dst)[i] = *guest_byte(addr + i, CPU_PROT_READ);
}

void guest_store(uint64_t addr, const void *src, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		*guest_byte(addr + i, CPU_PROT_WRITE) = ((const uint8_t *)src)[i];
}

/* --- the rest of the CPU ---------------------------------------------------------------------- */

void script_xstate_get(struct cpu_thread *t, struct cpu_xstate *xs)
{
	*xs = t->xstate;
}

void script_xstate_set(struct cpu_thread *t, const struct cpu_xstate *xs)
{
	t->xstate = *xs;
}

uint32_t script_xstate_size(uint64_t *features)
{
	*features = 3;
	return XSTATE_SIZE;
}

void script_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	(void)leaf;
	(void)subleaf;
	memset(out, 0, 4 * sizeof(*out));
}
