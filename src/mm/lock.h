/* lock.h - memory locking inside mm/: permission, limit, and filling in pages. */
#ifndef KEVSIM_MM_LOCK_H
#define KEVSIM_MM_LOCK_H

#include "mm/mm.h"

/* May current lock memory at all? */
bool lock_allowed(void);
/* May it lock npages more in mm (RLIMIT_MEMLOCK)? */
bool lock_within_limit(const struct mm *mm, uint64_t npages);

#endif
