/* mm.c - the life of an address space: creation, fork, end.
 *
 * fork copies the VMAs and the entries of private pages, which both sides then share until one writes. Pages
 * of files are left out: the child finds them in the page cache. Nothing of the child is on the host; of the
 * parent, what is there writable becomes read-only.
 *
 * Leaves out: sharing page tables between parent and child. */
#include "mm/mm.h"

#include <string.h>

#include "core/door.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "mm/fault.h"
#include "mm/hot.h"
#include "mm/kstack_frames.h"
#include "mm/mapops.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"
#include "mm/shmem.h"
#include "mm/special.h"
#include "mm/vma.h"

static KMEM_CACHE(mm_cache, mm);

/* Top of the layout below the stack's reach (8 MiB of stack, 1 MiB of guard, some room); exec sets its own.
 */
#define DEFAULT_MMAP_BASE (CPU_GUEST_END - (128ULL << 20))

void mm_init(void)
{
	pagecache_boot();
	kstack_frames_init();
	shmem_boot();
}

void mm_shutdown(void)
{
	kstack_frames_shutdown();
}

struct mm *mm_create(void)
{
	struct mm *mm = kmem_alloc(&mm_cache);
	if (!mm)
		return NULL;
	mm->refs = 1;
	mm->vvar_frame = PFN_NONE;
	mm->mmap_base = DEFAULT_MMAP_BASE;
	mm->pgd = frame_alloc(FRAME_PAGETABLE, 0, true);
	if (mm->pgd == PFN_NONE)
		goto fail_pgd;
	mm->nr_pagetables = 1;
	if (!mapops_init(mm))
		goto fail_ops;
	return mm;

fail_ops:
	frame_put(mm->pgd);
fail_pgd:
	kmem_free(&mm_cache, mm);
	return NULL;
}

struct mm *mm_get(struct mm *mm)
{
	KASSERT(mm->refs > 0);
	mm->refs++;
	return mm;
}

/* Drops every page of an address space whose host process is gone. */
static void release_pages(struct mm *mm)
{
	for (struct pt_iter it = pt_iter(mm, 0, CPU_GUEST_END); pt_next(&it);) {
		uint64_t pte = *it.pte;
		if (pte & PTE_FILE)
			mm->rss_file--;
		else
			mm->rss_anon--;
		pt_set(it.pte, 0);
		frame_put(pte_pfn(pte));
	}
	KASSERT(mm->rss_anon == 0 && mm->rss_file == 0);
}

void mm_put(struct mm *mm)
{
	KASSERT(mm->refs > 0);
	if (--mm->refs)
		return;
	if (mm->space)
		door->space_destroy(mm->space);
	mm->space = NULL;
	release_pages(mm);
	for (struct vma *v = mm_first_vma(mm), *next; v; v = next) {
		next = mm_next_vma(v);
		vma_remove(v);
	}
	KASSERT(mm->total_pages == 0 && mm->locked_pages == 0 && mm->data_pages == 0);
	pt_destroy(mm);
	special_release(mm);
	mapops_destroy(mm);
	hot_release(mm);
	if (mm->exe_file && mm->exe_put)
		mm->exe_put(mm->exe_file);
	kmem_free(&mm_cache, mm);
}

uint64_t mm_rss(const struct mm *mm)
{
	return mm->rss_anon + mm->rss_file;
}

/* --- fork ------------------------------------------------------------------------------------- */

/* Copies the pages of v that both sides are going to write at once anyway. What cannot be copied is shared
 * below. */
static void fork_hot_pages(struct vma *v, struct vma *c)
{
	struct mm *parent = v->mm;
	for (unsigned i = 0; i < HOT_PAGES; i++) {
		uint64_t at = hot_page(parent, i);
		const uint64_t *from = at >= v->start && at < v->end ? pt_lookup(parent, at) : NULL;
		if (!from || !(*from & PTE_WRITE) || (*from & PTE_FILE))
			continue;
		uint64_t *to = pt_alloc(c->mm, at);
		pfn_t pfn = to ? frame_try_alloc(FRAME_ANON, 0, false) : PFN_NONE;
		if (pfn == PFN_NONE)
			continue;
		memcpy(frame_ptr(pfn), frame_ptr(pte_pfn(*from)), PAGE_SIZE);
		fault_fill(c->mm, to, pte_make(pfn, *from & PTE_PERMS));
	}
}

/* Shares the private pages of v with its copy c. */
static int fork_pages(struct vma *v, struct vma *c, struct mapops_run *run)
{
	struct mm *child = c->mm;
	fork_hot_pages(v, c);
	for (struct pt_iter it = pt_iter(v->mm, v->start, v->end); pt_next(&it);) {
		if (*it.pte & PTE_FILE)
			continue;
		uint64_t *to = pt_alloc(child, it.at);
		if (!to)
			return -ENOMEM;
		if (*to)
			continue;
		if (*it.pte & PTE_WRITE) {
			*it.pte &= ~PTE_WRITE;
			if (*it.pte & PTE_INSTALLED)
				mapops_run_add(run, it.at, *it.pte & PTE_PERMS);
		}
		frame_get(pte_pfn(*it.pte));
		fault_fill(child, to, *it.pte & ~PTE_INSTALLED);
	}
	return 0;
}

static int fork_vma(struct mm *child, struct vma *v, struct mapops_run *run)
{
	struct vma *c = vma_copy(v);
	if (!c)
		return -ENOMEM;
	c->flags &= ~(uint32_t)VMA_LOCKED;
	c->last_fault = 0;
	c->fault_run = 0;
	vma_insert(child, c);
	if (c->ops && c->ops->open)
		c->ops->open(c);
	if (v->flags & VMA_SPECIAL)
		return special_fork(v, c);
	if (v->flags & (VMA_WIPEONFORK | VMA_SHARED))
		return 0;
	return fork_pages(v, c, run);
}

static void fork_fields(const struct mm *parent, struct mm *child)
{
	child->brk_start = parent->brk_start;
	child->brk = parent->brk;
	child->stack_top = parent->stack_top;
	child->arg_start = parent->arg_start;
	child->arg_end = parent->arg_end;
	child->env_start = parent->env_start;
	child->env_end = parent->env_end;
	child->start_code = parent->start_code;
	child->end_code = parent->end_code;
	child->start_data = parent->start_data;
	child->end_data = parent->end_data;
	memcpy(child->auxv, parent->auxv, sizeof(child->auxv));
	child->mmap_base = parent->mmap_base;
	child->vdso_base = parent->vdso_base;
	child->membarrier = parent->membarrier;
	child->exe_put = parent->exe_put;
	child->exe_get = parent->exe_get;
	if (parent->exe_file && parent->exe_get)
		child->exe_file = parent->exe_get(parent->exe_file);
}

int mm_fork(struct mm *parent, struct mm **out)
{
	struct mm *child = mm_create();
	if (!child)
		return -ENOMEM;
	fork_fields(parent, child);
	hot_share(parent, child);
	int err = special_fork_mm(parent, child);
	struct mapops_run run = {.mm = parent};
	for (struct vma *v = mm_first_vma(parent); v && !err; v = mm_next_vma(v))
		if (!(v->flags & VMA_DONTFORK))
			err = fork_vma(child, v, &run);
	mapops_run_flush(&run);
	if (err) {
		mm_put(child);
		return err;
	}
	for (unsigned i = 0; i < HOT_PAGES; i++)
		if (hot_page(child, i))
			mm_prefault(child, hot_page(child, i), MM_WRITE);
	child->hiwater_rss = mm_rss(child);
	*out = child;
	return 0;
}
