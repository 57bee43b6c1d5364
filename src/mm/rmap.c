/* rmap.c - from a page cache to the mappings of its pages: truncation, write-back and reclaim need them.
 *
 * A cache lists the VMAs that map it; which of them show a page follows from the offsets, and whether they
 * really do from their page tables. Tables that become empty stay until the VMA is unmapped: callers higher
 * up may be holding pointers into them.
 *
 * Leaves out: reverse mapping of anonymous memory (nothing needs it: there is no swap). */
#include "mm/rmap.h"

#include "mm/mapops.h"
#include "mm/mm.h"
#include "mm/pagetable.h"
#include "mm/vma.h"

/* The addresses in v of pages [first, end); false if there are none. */
static bool vma_window(const struct vma *v, uint64_t first, uint64_t end, uint64_t *from, uint64_t *to)
{
	uint64_t v_end = v->pgoff + vma_pages(v);
	uint64_t a = MAX(first, v->pgoff), b = MIN(end, v_end);
	if (a >= b)
		return false;
	*from = v->start + ((a - v->pgoff) << PAGE_SHIFT);
	*to = v->start + ((b - v->pgoff) << PAGE_SHIFT);
	return true;
}

static void unmap_window(struct vma *v, uint64_t from, uint64_t to)
{
	struct mm *mm = v->mm;
	struct mapops_run run = {.mm = mm};
	for (struct pt_iter it = pt_iter(mm, from, to); pt_next(&it);) {
		uint64_t pte = *it.pte;
		if (!(pte & PTE_FILE))
			continue;
		if (pte & PTE_INSTALLED)
			mapops_run_add(&run, it.at, 0);
		mm->rss_file--;
		pt_set(it.pte, 0);
		frame_put(pte_pfn(pte));
	}
	mapops_run_flush(&run);
}

void rmap_unmap(struct pagecache *pc, uint64_t first, uint64_t end, bool even_private)
{
	struct vma *v;
	LIST_FOR_EACH (v, &pc->vmas, struct vma, pc_node) {
		uint64_t from, to;
		if (!vma_window(v, first, end, &from, &to))
			continue;
		if (even_private)
			vma_zap(v, from, to);
		else
			unmap_window(v, from, to);
	}
}

void rmap_write_protect(struct pagecache *pc, uint64_t index)
{
	struct vma *v;
	LIST_FOR_EACH (v, &pc->vmas, struct vma, pc_node) {
		uint64_t from, to;
		if (!vma_window(v, index, index + 1, &from, &to))
			continue;
		uint64_t *pte = pt_lookup(v->mm, from);
		if (!pte || !(*pte & PTE_FILE) || !(*pte & PTE_WRITE))
			continue;
		*pte &= ~PTE_WRITE;
		if (*pte & PTE_INSTALLED)
			mapops_protect(v->mm, from, 1, *pte & PTE_PERMS);
	}
}
