/* check.c - the invariants of an address space as code: mm_check(). */
#include "core/kassert.h"
#include "mm/fault.h"
#include "mm/mm.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"
#include "mm/vma.h"

struct totals {
	uint64_t pages, locked, data, stack, exec, rss_anon, rss_file;
	uint32_t vmas;
};

static void check_pte(const struct vma *v, uint64_t at, uint64_t pte)
{
	unsigned long long a = at;
	uint64_t perms = pte & PTE_PERMS;
	pfn_t pfn = pte_pfn(pte);
	if (perms & ~vma_perms(v->flags))
		KPANIC("page %#llx allows %llx, its VMA %x", a, (unsigned long long)perms, v->flags);
	if ((pte & PTE_INSTALLED) && !perms)
		KPANIC("page %#llx is on the host without permissions", a);
	if (!(pte & PTE_FILE)) {
		if (v->flags & (VMA_SHARED | VMA_SPECIAL) || frame_owner(pfn) != FRAME_ANON)
			KPANIC("page %#llx: anonymous frame %u of owner %u in the wrong place", a, pfn,
			       frame_owner(pfn));
		if ((perms & PTE_WRITE) && frame_refs(pfn) != 1 && v->mm->refs == 1)
			KPANIC("page %#llx is writable, but frame %u has %u references", a, pfn,
			       frame_refs(pfn));
	} else if (!(v->flags & VMA_SPECIAL)) {
		if (!v->pc || pagecache_lookup(v->pc, vma_index(v, at)) != pfn)
			KPANIC("page %#llx shows frame %u, which is not its file's", a, pfn);
		if ((perms & PTE_WRITE) && !(v->flags & VMA_SHARED))
			KPANIC("page %#llx: a private mapping can write to its file", a);
	}
}

static void check_vma(const struct vma *v, uint64_t prev_end, struct totals *t)
{
	if (v->start >= v->end || v->start < prev_end || v->start < CPU_GUEST_START ||
	    v->end > CPU_GUEST_END || ((v->start | v->end) & (PAGE_SIZE - 1)))
		KPANIC("VMA %#llx-%#llx is out of order", (unsigned long long)v->start,
		       (unsigned long long)v->end);
	if (!v->pc != list_empty(&v->pc_node))
		KPANIC("VMA %#llx is not listed at its page cache", (unsigned long long)v->start);
	uint64_t n = vma_pages(v);
	t->vmas++;
	t->pages += n;
	if (v->flags & VMA_LOCKED)
		t->locked += n;
	if (vma_is_data(v->flags))
		t->data += n;
	if (v->flags & VMA_GROWSDOWN)
		t->stack += n;
	else if ((v->flags & (VMA_EXEC | VMA_WRITE)) == VMA_EXEC)
		t->exec += n;
	for (struct pt_iter it = pt_iter(v->mm, v->start, v->end); pt_next(&it);) {
		check_pte(v, it.at, *it.pte);
		if (*it.pte & PTE_FILE)
			t->rss_file++;
		else
			t->rss_anon++;
	}
}

void mm_check(struct mm *mm)
{
	struct totals t = {0};
	uint64_t end = 0;
	for (struct vma *v = mm_first_vma(mm); v; v = mm_next_vma(v)) {
		KASSERT(v->mm == mm);
		check_vma(v, end, &t);
		end = v->end;
	}
	KASSERT(t.vmas == mm->nr_vmas);
	KASSERT(t.pages == mm->total_pages);
	KASSERT(t.locked == mm->locked_pages);
	KASSERT(t.data == mm->data_pages);
	KASSERT(t.stack == mm->stack_pages);
	KASSERT(t.exec == mm->exec_pages);
	KASSERT(t.rss_anon == mm->rss_anon);
	KASSERT(t.rss_file == mm->rss_file);
	/* Every entry was seen: none outside of the VMAs. */
	uint64_t present = pt_check(mm);
	KASSERT(present == t.rss_anon + t.rss_file);
}
