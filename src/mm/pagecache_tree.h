/* pagecache_tree.h - the index of a page cache: a radix tree from page index to entry; private to
 * mm/pagecache*.c. */
#ifndef KEVSIM_MM_PAGECACHE_TREE_H
#define KEVSIM_MM_PAGECACHE_TREE_H

#include "core/types.h"

/* An entry: the frame number shifted up, and flags. 0 is no page. */
#define PC_PRESENT 1ULL
#define PC_DIRTY 2ULL
#define PC_CHARGED 4ULL /* ops->charge has counted it */
#define PC_PFN_SHIFT 8

static inline uint64_t pc_entry(pfn_t pfn, uint64_t flags)
{
	return (uint64_t)pfn << PC_PFN_SHIFT | PC_PRESENT | flags;
}

static inline pfn_t pc_pfn(uint64_t entry)
{
	return (pfn_t)(entry >> PC_PFN_SHIFT);
}

/* The place of index, or NULL when nothing is near. It may hold 0. Valid until the tree changes. */
uint64_t *pc_tree_find(void *tree, uint64_t index);
/* The same, making it; the caller stores a present entry at once. NULL without memory. */
uint64_t *pc_tree_make(void **tree, uint64_t index);
/* Removes a present entry and returns it. */
uint64_t pc_tree_remove(void **tree, uint64_t index);
/* First present index >= from with its place (which may be NULL), or UINT64_MAX. */
uint64_t pc_tree_next(void *tree, uint64_t from, uint64_t **place);

#endif
