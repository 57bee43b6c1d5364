/* vma.h - the VMAs of an address space as a data structure: finding, cutting, joining; private to mm/. */
#ifndef KEVSIM_MM_VMA_H
#define KEVSIM_MM_VMA_H

#include "mm/mm.h"

#define STACK_GUARD_GAP (256 * PAGE_SIZE)

/* A VMA outside of any tree; NULL without memory. */
struct vma *vma_alloc(void);
/* A copy with the same place and file, outside of any tree; ops->open is not called. */
struct vma *vma_copy(const struct vma *v);
/* One that never was in a tree. */
void vma_free(struct vma *v);
/* Enters v, whose range is free, into mm's tree, accounts for it and lists it at its page cache. */
void vma_insert(struct mm *mm, struct vma *v);
/* Takes v out, unmapped already, tells its owner and frees it. */
void vma_remove(struct vma *v);
/* Cuts v at addr, strictly inside: v keeps the lower part, *upper (may be NULL) is the other. 0 or -ENOMEM.
 */
int vma_split(struct vma *v, uint64_t addr, struct vma **upper);
/* Joins v with its neighbours where they continue each other; returns the VMA that now covers v's range. */
struct vma *vma_merge(struct vma *v);
/* Cuts so that [start, end) begins and ends at borders of VMAs. 0 or -ENOMEM. */
int vma_isolate(struct mm *mm, uint64_t start, uint64_t end);
/* Changes the flags or the borders of a VMA in the tree, keeping the accounts. */
void vma_set_flags(struct vma *v, uint32_t flags);
void vma_set_start(struct vma *v, uint64_t start, uint64_t pgoff);
void vma_set_end(struct vma *v, uint64_t end);

struct vma *vma_prev(const struct vma *v);
/* The VMA that contains addr, or NULL. */
struct vma *vma_at(struct mm *mm, uint64_t addr);
/* Is [start, end) free, guard gaps of stacks included? */
bool vma_range_free(struct mm *mm, uint64_t start, uint64_t end);
/* Is all of [start, end) mapped? */
bool vma_range_full(struct mm *mm, uint64_t start, uint64_t end);
/* A free place of len bytes: the highest below mmap_base, else anywhere. 0: none. */
uint64_t vma_find_gap(struct mm *mm, uint64_t len);
/* The lowest in [low, high) (MAP_32BIT). 0: none. */
uint64_t vma_find_gap_low(struct mm *mm, uint64_t len, uint64_t low, uint64_t high);

/* May the address space grow by npages with these flags (RLIMIT_AS, RLIMIT_DATA)? */
bool vma_may_expand(const struct mm *mm, uint32_t flags, uint64_t npages);
/* Memory that nobody could ever fill is refused at once (overcommit_memory 0). 0 or -ENOMEM. */
int vma_commit(uint32_t flags, bool has_file, uint64_t npages);
/* Soft limit of the running process, unlimited outside of one. */
uint64_t mm_rlimit(int resource);

/* Private writable memory that is no stack. */
static inline bool vma_is_data(uint32_t flags)
{
	return (flags & (VMA_WRITE | VMA_SHARED | VMA_GROWSDOWN)) == VMA_WRITE;
}

static inline uint64_t vma_pages(const struct vma *v)
{
	return (v->end - v->start) >> PAGE_SHIFT;
}

/* Permissions of guests in a VMA apart from copy-on-write: x86 can read whatever it can reach. */
static inline uint64_t vma_perms(uint32_t flags)
{
	uint32_t prot = flags & (VMA_READ | VMA_WRITE | VMA_EXEC);
	return prot ? prot | VMA_READ : 0;
}

/* The page cache index of an address in a file mapping, and the address of an index. */
static inline uint64_t vma_index(const struct vma *v, uint64_t addr)
{
	return v->pgoff + ((addr - v->start) >> PAGE_SHIFT);
}

/* Drops the pages of [start, end) inside v and queues the host operation. Tables stay. */
void vma_zap(struct vma *v, uint64_t start, uint64_t end);
/* mm_unmap() with checked, aligned arguments. */
int mm_unmap_range(struct mm *mm, uint64_t start, uint64_t end);

#endif
