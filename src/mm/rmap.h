/* rmap.h - from a page cache to the mappings of its pages; private to mm/. */
#ifndef KEVSIM_MM_RMAP_H
#define KEVSIM_MM_RMAP_H

#include "mm/pagecache.h"

/* Takes pages [first, end) out of every mapping; the private copies that were made of them too if
 * even_private. */
void rmap_unmap(struct pagecache *pc, uint64_t first, uint64_t end, bool even_private);
/* Takes the write permission for page index away everywhere, so that the next write is noticed. */
void rmap_write_protect(struct pagecache *pc, uint64_t index);

#endif
