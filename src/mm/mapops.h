/* mapops.h - the queue of host mapping operations of an address space; private to mm/. */
#ifndef KEVSIM_MM_MAPOPS_H
#define KEVSIM_MM_MAPOPS_H

#include "core/types.h"

struct mm;

bool mapops_init(struct mm *mm);
void mapops_destroy(struct mm *mm);

/* Queue one operation, joined with the last one where possible. When the queue or the space grows too large,
 * the whole host mapping is given up instead (see mapops_forget), so none of them can fail. The caller
 * changes INSTALLED bits itself: set them after mapops_map(), clear them before mapops_unmap(). perms are
 * PTE_PERMS. */
void mapops_map(struct mm *mm, uint64_t addr, pfn_t pfn, uint64_t npages, uint64_t perms);
void mapops_unmap(struct mm *mm, uint64_t addr, uint64_t npages);
void mapops_protect(struct mm *mm, uint64_t addr, uint64_t npages, uint64_t perms);
/* Drops the queue, unmaps everything on the host and clears every INSTALLED bit. */
void mapops_forget(struct mm *mm);

/* Collects neighbouring pages for one operation: unmap (perms 0) or protect. Zero-initialise, with the mm;
 * add pages in ascending order; flush at the end. */
struct mapops_run {
	struct mm *mm;
	uint64_t start, npages, perms;
	uint32_t epoch; /* of the mm when it began: what was forgotten since needs no operation */
};
void mapops_run_add(struct mapops_run *r, uint64_t addr, uint64_t perms);
void mapops_run_flush(struct mapops_run *r);

#endif
