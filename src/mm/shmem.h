/* shmem.h - the object behind a shared anonymous mapping; private to mm/. */
#ifndef KEVSIM_MM_SHMEM_H
#define KEVSIM_MM_SHMEM_H

#include "mm/mm.h"

void shmem_boot(void);
/* Completes the arguments of a shared anonymous mapping of len bytes. One reference, which the caller drops
 * with shmem_put() after mm_map(). 0 or -ENOMEM. */
int shmem_create(uint64_t len, struct mm_map_args *a);
void shmem_put(struct pagecache *pc);

#endif
