/* fault.h - what other parts of mm/ need of the fault handler. */
#ifndef KEVSIM_MM_FAULT_H
#define KEVSIM_MM_FAULT_H

#include "mm/mm.h"

/* Makes an empty entry present and counts the page. */
void fault_fill(struct mm *mm, uint64_t *pte, uint64_t value);
/* Must the first write to a shared page of this cache be noticed? */
bool fault_tracks_dirty(const struct pagecache *pc);
/* Bits of an entry for a page of v's cache, as long as nothing is known of a write. */
uint64_t fault_file_perms(const struct vma *v);

#endif
