/* frame.h - physical memory: frames of simulated RAM with one owner and a reference count each, from a buddy
 * allocator with a small cache of single frames in front.
 *
 * RAM is one sparse host file, mapped once: the direct map. frame_ptr() is an address in it. */
#ifndef KEVSIM_MM_FRAME_H
#define KEVSIM_MM_FRAME_H

#include "core/types.h"

enum frame_owner {
	FRAME_FREE,
	FRAME_CACHED, /* in the front cache: free, but not in the buddy's lists */
	FRAME_KERNEL, /* the kernel's own, e.g. pipe buffers, vvar */
	FRAME_KSTACK,
	FRAME_PAGETABLE,
	FRAME_ANON,      /* anonymous memory of guests */
	FRAME_PAGECACHE, /* file content; also mapped by guests */
	FRAME_VDSO,      /* vDSO text and vvar pages */
	FRAME_RESERVED,  /* frame 0 and what boot took */
	FRAME_OWNERS,
};

#define FRAME_MAX_ORDER 10

/* Freed frames are overwritten, so that a use after free shows (debug builds). */
#ifndef FRAME_POISON
#define FRAME_POISON 0
#endif

/* base: direct map of nframes frames, zero-filled by the host at first touch. */
void frame_init(void *base, uint32_t nframes);
/* Frees the table of frames (end of the run). */
void frame_shutdown(void);

/* 2^order frames, refcount 1 each, aligned to their size; zeroed if asked. PFN_NONE when memory is out, after
 * reclaim was tried. Frames of a block are put one by one. */
pfn_t frame_alloc(enum frame_owner owner, unsigned order, bool zero);
/* The same without reclaim, for memory that would be nice to have (fault-around, readahead). */
pfn_t frame_try_alloc(enum frame_owner owner, unsigned order, bool zero);
/* n frames side by side (1 <= n <= 2^FRAME_MAX_ORDER), without reclaim. */
pfn_t frame_try_alloc_run(enum frame_owner owner, uint32_t n, bool zero);
/* For tests, as kmem_fail_in(): the n-th allocation from now on fails, reclaim or not. */
uint32_t frame_fail_in(uint32_t n);
/* Is memory plentiful enough to allocate more than was asked for? */
bool frame_plenty(void);
void frame_get(pfn_t pfn);
/* Drops a reference; the last one frees the frame. */
void frame_put(pfn_t pfn);
uint32_t frame_refs(pfn_t pfn);
enum frame_owner frame_owner(pfn_t pfn);
void frame_set_owner(pfn_t pfn, enum frame_owner owner);

/* A word for the use of the frame's owner; 0 after the allocation. */
uint32_t *frame_private(pfn_t pfn);

void *frame_ptr(pfn_t pfn);
pfn_t frame_of_ptr(const void *p);

struct frame_stats {
	uint32_t total, free; /* free includes the front cache */
	uint32_t by_owner[FRAME_OWNERS];
	uint32_t free_by_order[FRAME_MAX_ORDER + 1];
	uint64_t allocs, frees;
	uint64_t reclaimed; /* frames that shrinkers gave back */
};
void frame_stats(struct frame_stats *st);
uint32_t frame_total(void);
uint32_t frame_free(void);

/* Reclaim: called with the number of frames wanted when the buddy is empty; returns the number freed. Page cache and
 * others register at boot; tried in order of registration. */
void frame_add_shrinker(uint32_t (*fn)(uint32_t want));

/* Checks every frame: one owner, counts consistent, buddy lists sound. KPANICs on a violation (tests, invariants). */
void frame_check(void);

#endif
