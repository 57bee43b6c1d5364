/* mapops.c - the queue of host mapping operations of an address space.
 *
 * The engine applies the queue, in order, before the guest runs again. Two things must stay bounded: the
 * queue, and the number of mappings that the host process has (Linux refuses more than 65,530). For the
 * second an upper estimate is kept: every operation can add at most two mappings. When it passes the limit,
 * the runs of installed pages are really counted, and if there are too many, everything is unmapped: pages
 * come back by faulting, with their surroundings, at a cost that the operations before have long outweighed.
 * The same is the answer to a queue that cannot grow.
 *
 * Leaves out: choosing what to unmap by use; a guest with that many fragments is rare. */
#include "mm/mapops.h"

#include "core/cpu.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "mm/mm.h"
#include "mm/pagetable.h"

_Static_assert(PTE_READ == CPU_PROT_READ && PTE_WRITE == CPU_PROT_WRITE && PTE_EXEC == CPU_PROT_EXEC,
	       "permissions are passed on unchanged");

#define OPS_FIRST 16
#define OPS_MAX 4096
/* Host mappings: the engine's own need a few, splitting needs room. */
#define HOST_MAPS_MAX 56000
#define HOST_MAPS_WANTED 40000

bool mapops_init(struct mm *mm)
{
	mm->ops = kmalloc(OPS_FIRST * sizeof(mm->ops[0]));
	mm->ops_cap = mm->ops ? OPS_FIRST : 0;
	return mm->ops != NULL;
}

void mapops_destroy(struct mm *mm)
{
	kfree(mm->ops);
	mm->ops = NULL;
	mm->nops = mm->ops_cap = 0;
}

void mm_ops_done(struct mm *mm)
{
	mm->nops = 0;
	if (mm->ops_cap <= 16 * OPS_FIRST)
		return;
	struct cpu_mapop *smaller = krealloc(mm->ops, OPS_FIRST * sizeof(mm->ops[0]));
	if (smaller) {
		mm->ops = smaller;
		mm->ops_cap = OPS_FIRST;
	}
}

void mapops_forget(struct mm *mm)
{
	for (struct pt_iter it = pt_iter(mm, 0, CPU_GUEST_END); pt_next(&it);)
		*it.pte &= ~PTE_INSTALLED;
	mm->ops[0] = (struct cpu_mapop){
	    .kind = CPU_UNMAP,
	    .vaddr = CPU_GUEST_START,
	    .npages = (CPU_GUEST_END - CPU_GUEST_START) >> PAGE_SHIFT,
	};
	mm->nops = 1;
	mm->host_maps = 0;
	mm->host_epoch++;
}

/* Host mappings that the installed pages need: runs of neighbours in consecutive frames with equal
 * permissions. */
static uint32_t count_host_maps(const struct mm *mm)
{
	uint32_t n = 0;
	uint64_t prev_at = 0, prev = 0;
	for (struct pt_iter it = pt_iter(mm, 0, CPU_GUEST_END); pt_next(&it);) {
		if (!(*it.pte & PTE_INSTALLED))
			continue;
		bool joined = prev && it.at == prev_at + PAGE_SIZE && pte_pfn(*it.pte) == pte_pfn(prev) + 1 &&
			      !((*it.pte ^ prev) & PTE_PERMS);
		n += !joined;
		prev_at = it.at;
		prev = *it.pte;
	}
	return n;
}

/* Room for one more operation. False: everything was unmapped instead. */
static bool make_room(struct mm *mm)
{
	if (mm->host_maps > HOST_MAPS_MAX) {
		mm->host_maps = count_host_maps(mm);
		if (mm->host_maps > HOST_MAPS_WANTED) {
			mapops_forget(mm);
			return false;
		}
	}
	if (mm->nops < mm->ops_cap)
		return true;
	struct cpu_mapop *more = NULL;
	if (mm->ops_cap < OPS_MAX)
		more = krealloc(mm->ops, 2 * mm->ops_cap * sizeof(mm->ops[0]));
	if (!more) {
		mapops_forget(mm);
		return false;
	}
	mm->ops = more;
	mm->ops_cap *= 2;
	return true;
}

static void append(struct mm *mm, enum cpu_mapop_kind kind, uint64_t addr, pfn_t pfn, uint64_t npages,
		   uint64_t perms)
{
	mm->ops[mm->nops++] = (struct cpu_mapop){
	    .kind = (uint8_t)kind, .prot = (uint8_t)perms, .pfn = pfn, .vaddr = addr, .npages = npages};
	mm->host_maps += 2;
}

/* The last operation, if it is of this kind and ends at addr. */
static struct cpu_mapop *last_op(struct mm *mm, enum cpu_mapop_kind kind, uint64_t addr)
{
	if (mm->nops == 0)
		return NULL;
	struct cpu_mapop *op = &mm->ops[mm->nops - 1];
	return op->kind == kind && op->vaddr + op->npages * PAGE_SIZE == addr ? op : NULL;
}

void mapops_map(struct mm *mm, uint64_t addr, pfn_t pfn, uint64_t npages, uint64_t perms)
{
	KASSERT(perms && npages && addr >= CPU_GUEST_START && addr + npages * PAGE_SIZE <= CPU_GUEST_END);
	struct cpu_mapop *op = last_op(mm, CPU_MAP, addr);
	if (op && op->prot == perms && op->pfn + op->npages == pfn) {
		op->npages += npages;
		return;
	}
	make_room(mm); /* after forgetting there is room, too, and this mapping is a good start */
	append(mm, CPU_MAP, addr, pfn, npages, perms);
}

void mapops_unmap(struct mm *mm, uint64_t addr, uint64_t npages)
{
	struct cpu_mapop *op = last_op(mm, CPU_UNMAP, addr);
	if (op)
		op->npages += npages;
	else if (make_room(mm))
		append(mm, CPU_UNMAP, addr, 0, npages, 0);
}

void mapops_protect(struct mm *mm, uint64_t addr, uint64_t npages, uint64_t perms)
{
	KASSERT(perms);
	struct cpu_mapop *op = last_op(mm, CPU_PROTECT, addr);
	if (op && op->prot == perms)
		op->npages += npages;
	else if (make_room(mm))
		append(mm, CPU_PROTECT, addr, 0, npages, perms);
}

void mapops_run_add(struct mapops_run *r, uint64_t addr, uint64_t perms)
{
	if (r->npages && r->start + r->npages * PAGE_SIZE == addr && r->perms == perms) {
		r->npages++;
		return;
	}
	uint32_t epoch = r->mm->host_epoch;
	mapops_run_flush(r);
	if (epoch != r->mm->host_epoch)
		return; /* everything was forgotten just now: this page is no longer on the host */
	r->epoch = epoch;
	r->start = addr;
	r->npages = 1;
	r->perms = perms;
}

void mapops_run_flush(struct mapops_run *r)
{
	uint64_t n = r->npages;
	r->npages = 0;
	if (n == 0 || r->epoch != r->mm->host_epoch)
		return;
	if (r->perms)
		mapops_protect(r->mm, r->start, n, r->perms);
	else
		mapops_unmap(r->mm, r->start, n);
}
