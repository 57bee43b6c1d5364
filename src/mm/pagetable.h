/* pagetable.h - page tables: four levels of 512 entries, as on x86-64, private to mm/.
 *
 * A leaf entry (PTE) says which frame is behind a page, what the guest may do without a fault, and whether
 * the host mapping shows it (INSTALLED). While INSTALLED is set, the host mapping, once the queued operations
 * are applied, has exactly this frame with exactly these permissions. */
#ifndef KEVSIM_MM_PAGETABLE_H
#define KEVSIM_MM_PAGETABLE_H

#include "core/types.h"
#include "mm/frame.h"

struct mm;

/* The permission bits are those of PROT_*, VMA_* and CPU_PROT_*. */
#define PTE_READ 1ULL
#define PTE_WRITE 2ULL
#define PTE_EXEC 4ULL
#define PTE_PERMS (PTE_READ | PTE_WRITE | PTE_EXEC)
#define PTE_PRESENT 8ULL
#define PTE_FILE 16ULL      /* a frame of a page cache or of the vDSO: a private write copies it */
#define PTE_INSTALLED 32ULL /* on the host too */

static inline uint64_t pte_make(pfn_t pfn, uint64_t bits)
{
	return (uint64_t)pfn << PAGE_SHIFT | PTE_PRESENT | bits;
}

static inline pfn_t pte_pfn(uint64_t pte)
{
	return (pfn_t)(pte >> PAGE_SHIFT);
}

/* The leaf entry of addr, or NULL when there is no table for it. Valid until the table is freed: only
 * pt_trim() and the end of the mm do that (an allocation, even with reclaim, does not). */
uint64_t *pt_lookup(const struct mm *mm, uint64_t addr);
/* The same, making the tables; NULL without memory. */
uint64_t *pt_alloc(struct mm *mm, uint64_t addr);
/* Changes an entry; the only way to make one empty or not empty. */
void pt_set(uint64_t *pte, uint64_t value);
/* Frees the tables in [start, end) that have become empty. */
void pt_trim(struct mm *mm, uint64_t start, uint64_t end);
/* Frees all tables, the root included; every entry must be empty. */
void pt_destroy(struct mm *mm);
/* KPANICs unless the tables' use counts are right; returns the number of present entries. */
uint64_t pt_check(const struct mm *mm);

/* Iteration over the present entries of [addr, end): for (it = pt_iter(mm, a, e); pt_next(&it);) uses it.at,
 * *it.pte. Entries may change meanwhile, tables must not be freed. */
struct pt_iter {
	const struct mm *mm;
	uint64_t at;   /* address of the entry found */
	uint64_t *pte; /* the entry */
	uint64_t next, end;
};
static inline struct pt_iter pt_iter(const struct mm *mm, uint64_t start, uint64_t end)
{
	return (struct pt_iter){.mm = mm, .next = start, .end = end};
}
bool pt_next(struct pt_iter *it);

/* Entries of one leaf table: a window inside one needs a single walk. */
#define PT_ENTRIES 512
#define PT_LEAF_SPAN (PT_ENTRIES * PAGE_SIZE)

#endif
