/* mm_fixture.c - memory management without guests. */
#include "mm/mm_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"
#include "core/kstack.h"
#include "mm/frame.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"

struct process mm_process;
const struct kstack_ops *mm_malloc_stacks;
static struct task mm_task;
uint64_t mm_seed = 1;
uint64_t host_faults;

uint64_t mm_random(uint64_t n)
{
	mm_seed ^= mm_seed << 13;
	mm_seed ^= mm_seed >> 7;
	mm_seed ^= mm_seed << 17;
	return (mm_seed >> 11) % n;
}

void mm_setup(void)
{
	test_kernel_setup();
	frame_init(test_ram(), TEST_RAM_SIZE >> PAGE_SHIFT);
	mm_malloc_stacks = kstack_ops;
	mm_init();
	memset(&mm_task, 0, sizeof(mm_task));
	memset(&mm_process, 0, sizeof(mm_process));
	for (int i = 0; i < RLIM_NLIMITS_LINUX; i++)
		mm_process.rlimit[i] = (struct rlimit_linux){RLIM_INFINITY_LINUX, RLIM_INFINITY_LINUX};
	mm_process.rlimit[RLIMIT_STACK_LINUX].cur = 8 << 20;
	mm_task.process = &mm_process;
	current = &mm_task;
	mm_seed = 88172645463325252ULL;
	host_faults = 0;
}

void mm_teardown(void)
{
	struct frame_stats st;

	mm_shutdown();
	frame_check();
	frame_stats(&st);
	for (int i = FRAME_KERNEL; i < FRAME_OWNERS; i++)
		if (i != FRAME_RESERVED)
			cr_expect_eq(st.by_owner[i], 0, "%u frames of owner %d leaked", st.by_owner[i], i);
	cr_expect_eq(st.free, st.total - 1);
	cr_expect_eq(pagecache_total_pages(), 0);
	frame_shutdown();
	current = NULL;
	test_kernel_teardown();
}

void mm_use(struct mm *mm)
{
	mm_task.mm = mm;
}

uint64_t mm_anon(struct mm *mm, uint64_t addr, uint64_t pages, uint32_t prot, uint32_t flags)
{
	struct mm_map_args a = {.addr = addr,
				.len = pages * PAGE_SIZE,
				.prot = prot,
				.flags = flags | MAP_ANONYMOUS_LINUX |
					 (flags & MAP_TYPE_LINUX ? 0 : MAP_PRIVATE_LINUX)};
	int64_t got = mm_map(mm, &a);

	cr_assert_gt(got, 0, "mm_map: %lld", (long long)got);
	return (uint64_t)got;
}

/* --- the host --------------------------------------------------------------------------------- */

static struct host_page *host_find(const struct host_model *h, uint64_t addr)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->pages[i].addr == addr)
			return &h->pages[i];
	return NULL;
}

static void host_remove(struct host_model *h, uint64_t start, uint64_t end)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n; i++)
		if (h->pages[i].addr < start || h->pages[i].addr >= end)
			h->pages[kept++] = h->pages[i];
	h->n = kept;
}

static void host_map(struct host_model *h, const struct cpu_mapop *op)
{
	host_remove(h, op->vaddr, op->vaddr + op->npages * PAGE_SIZE);
	if (h->n + op->npages > h->cap) {
		h->cap = 2 * (h->n + op->npages);
		h->pages = realloc(h->pages, h->cap * sizeof(h->pages[0]));
	}
	for (uint64_t i = 0; i < op->npages; i++)
		h->pages[h->n++] = (struct host_page){op->vaddr + i * PAGE_SIZE, op->pfn + (pfn_t)i,
						      op->prot};
}

static void host_protect(struct host_model *h, const struct cpu_mapop *op)
{
	uint64_t changed = 0;

	for (size_t i = 0; i < h->n; i++) {
		if (h->pages[i].addr < op->vaddr || h->pages[i].addr >= op->vaddr + op->npages * PAGE_SIZE)
			continue;
		h->pages[i].prot = op->prot;
		changed++;
	}
	cr_assert_eq(changed, op->npages, "CPU_PROTECT of %llu pages at %#llx, of which %llu are mapped",
		     (unsigned long long)op->npages, (unsigned long long)op->vaddr,
		     (unsigned long long)changed);
}

static void host_compare(const struct host_model *h, const struct mm *mm)
{
	size_t installed = 0;

	for (struct pt_iter it = pt_iter(mm, 0, CPU_GUEST_END); pt_next(&it);)
		installed += (*it.pte & PTE_INSTALLED) != 0;
	cr_assert_eq(installed, h->n, "%zu pages are on the host, %zu entries say so", h->n, installed);
	for (size_t i = 0; i < h->n; i++) {
		const struct host_page *p = &h->pages[i];
		const uint64_t *pte = pt_lookup(mm, p->addr);

		cr_assert(pte && (*pte & PTE_INSTALLED), "%#llx is on the host, its entry says no",
			  (unsigned long long)p->addr);
		cr_assert_eq(p->pfn, pte_pfn(*pte), "%#llx shows the wrong frame",
			     (unsigned long long)p->addr);
		cr_assert_eq(p->prot, *pte & PTE_PERMS, "%#llx has the wrong protection",
			     (unsigned long long)p->addr);
	}
}

void host_apply(struct host_model *h, struct mm *mm)
{
	for (size_t i = 0; i < mm->nops; i++) {
		const struct cpu_mapop *op = &mm->ops[i];

		cr_assert(op->npages > 0 && op->vaddr >= CPU_GUEST_START &&
			  op->vaddr + op->npages * PAGE_SIZE <= CPU_GUEST_END);
		if (op->kind == CPU_MAP)
			host_map(h, op);
		else if (op->kind == CPU_UNMAP)
			host_remove(h, op->vaddr, op->vaddr + op->npages * PAGE_SIZE);
		else
			host_protect(h, op);
		h->nops++;
	}
	mm_ops_done(mm);
	host_compare(h, mm);
}

void host_free(struct host_model *h)
{
	free(h->pages);
	*h = (struct host_model){0};
}

int host_touch(struct host_model *h, struct mm *mm, uint64_t addr, bool write, uint8_t *value)
{
	for (int tries = 0; tries < 4; tries++) {
		host_apply(h, mm);
		const struct host_page *p = host_find(h, round_down(addr, PAGE_SIZE));
		if (p && (p->prot & (write ? CPU_PROT_WRITE : CPU_PROT_READ))) {
			uint8_t *byte = (uint8_t *)frame_ptr(p->pfn) + (addr & (PAGE_SIZE - 1));
			if (write)
				*byte = *value;
			else
				*value = *byte;
			return 0;
		}
		int code;
		host_faults++;
		int err = mm_fault(mm, addr, MM_UNKNOWN, true, &code);
		if (err)
			return err;
	}
	cr_assert_fail("an access to %#llx faults for ever", (unsigned long long)addr);
	return -EFAULT;
}
