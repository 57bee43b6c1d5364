/* faultaround.h - the surroundings of a fault; private to mm/. */
#ifndef KEVSIM_MM_FAULTAROUND_H
#define KEVSIM_MM_FAULTAROUND_H

#include "mm/vma.h"

struct fault_window {
	uint64_t start, end;
};

/* The aligned window of npages (a power of two, at most a page table) around addr, inside the VMA. */
static inline struct fault_window fault_window(const struct vma *v, uint64_t addr, uint32_t npages)
{
	uint64_t start = round_down(addr, npages * PAGE_SIZE);
	return (struct fault_window){MAX(start, v->start), MIN(start + npages * PAGE_SIZE, v->end)};
}

/* Queues the mapping of the page at addr in v, which is present, and of what lies around it. */
void fault_around(struct vma *v, uint64_t addr);

#endif
