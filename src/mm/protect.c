/* protect.c - mprotect(2).
 *
 * Permissions of present pages follow at once, on the host too: adding a permission eagerly saves the fault
 * that would certainly come. Writing stays withheld where it must be noticed: pages shared by fork, pages of
 * files.
 *
 * Leaves out: protection keys, PROT_SEM. */
#include "core/errno.h"
#include "mm/fault.h"
#include "mm/mapops.h"
#include "mm/mm.h"
#include "mm/pagetable.h"
#include "mm/vma.h"

/* Permissions of a present page in a VMA with these flags. */
static uint64_t page_perms(const struct vma *v, uint32_t flags, uint64_t pte)
{
	uint64_t perms = vma_perms(flags);
	if (!(perms & PTE_WRITE) || (pte & PTE_WRITE))
		return perms;
	bool free_to_write;
	if (flags & VMA_SHARED)
		free_to_write = v->pc && !fault_tracks_dirty(v->pc);
	else
		free_to_write = !(pte & PTE_FILE) && frame_refs(pte_pfn(pte)) == 1;
	return free_to_write ? perms : perms & ~PTE_WRITE;
}

static void change_pages(struct vma *v, uint32_t flags)
{
	struct mapops_run run = {.mm = v->mm};
	for (struct pt_iter it = pt_iter(v->mm, v->start, v->end); pt_next(&it);) {
		uint64_t old = *it.pte;
		uint64_t perms = page_perms(v, flags, old);
		if (perms == (old & PTE_PERMS))
			continue;
		uint64_t pte = (old & ~PTE_PERMS) | perms;
		if (!perms)
			pte &= ~PTE_INSTALLED;
		*it.pte = pte;
		if (old & PTE_INSTALLED)
			mapops_run_add(&run, it.at, perms);
	}
	mapops_run_flush(&run);
}

/* Changes the part [start, end) of v; *vp becomes the VMA that covers it now. */
static int protect_one(struct vma **vp, uint64_t start, uint64_t end, uint32_t prot)
{
	struct vma *v = *vp;
	uint32_t flags = (v->flags & ~(uint32_t)(VMA_READ | VMA_WRITE | VMA_EXEC)) | prot;
	if ((prot & VMA_WRITE) && !(v->flags & VMA_MAYWRITE))
		return -EACCES;
	if (flags == v->flags)
		return 0;
	uint64_t pages = (end - start) >> PAGE_SHIFT;
	if (vma_is_data(flags) && !vma_is_data(v->flags)) {
		if (!vma_may_expand(v->mm, flags, pages) || vma_commit(flags, v->file != NULL, pages))
			return -ENOMEM;
	}
	int err = vma_isolate(v->mm, start, end);
	if (err)
		return err;
	v = vma_at(v->mm, start);
	change_pages(v, flags);
	vma_set_flags(v, flags);
	*vp = vma_merge(v);
	return 0;
}

int mm_protect(struct mm *mm, uint64_t addr, uint64_t len, uint32_t prot)
{
	uint32_t grows = prot & (PROT_GROWSDOWN_LINUX | PROT_GROWSUP_LINUX);
	prot &= ~grows;
	if (grows == (PROT_GROWSDOWN_LINUX | PROT_GROWSUP_LINUX) || (addr & (PAGE_SIZE - 1)))
		return -EINVAL;
	if (len == 0)
		return 0;
	uint64_t end = addr + round_up(len, PAGE_SIZE);
	if (end <= addr)
		return -ENOMEM;
	/* Bit 3 is PROT_SEM: means nothing, is accepted. */
	if (prot & ~(PROT_READ_LINUX | PROT_WRITE_LINUX | PROT_EXEC_LINUX | 8U))
		return -EINVAL;
	prot &= ~8U;
	struct vma *v = mm_find_vma(mm, addr);
	if (!v)
		return -ENOMEM;
	if (grows & PROT_GROWSDOWN_LINUX) {
		if (v->start >= end)
			return -ENOMEM;
		if (!(v->flags & VMA_GROWSDOWN))
			return -EINVAL;
		addr = v->start;
	} else if (v->start > addr) {
		return -ENOMEM;
	}
	if (grows & PROT_GROWSUP_LINUX)
		return -EINVAL;

	while (addr < end) {
		/* As in Linux, what lies before a hole or a refusal is changed all the same. */
		if (!v || v->start > addr)
			return -ENOMEM;
		uint64_t part = MIN(end, v->end);
		int err = protect_one(&v, addr, part, prot);
		if (err)
			return err;
		addr = part;
		if (addr >= v->end)
			v = mm_next_vma(v);
	}
	return 0;
}
