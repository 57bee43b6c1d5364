/* usercopy.h - the kernel's only access to guest memory: walks current->mm's page tables, faults pages in and copies
 * through the direct map. No host call. Every function may allocate, none sleeps.
 *
 * Returns 0 or -EFAULT unless said otherwise; a failing copy_to_user may have written a part, a failing
 * copy_from_user leaves the rest of dst unspecified. */
#ifndef KEVSIM_MM_USERCOPY_H
#define KEVSIM_MM_USERCOPY_H

#include "core/types.h"

struct mm;

int copy_from_user(void *dst, uaddr_t src, size_t n);
int copy_to_user(uaddr_t dst, const void *src, size_t n);
int clear_user(uaddr_t dst, size_t n);
/* How many leading bytes were copied before the first fault. */
size_t copy_from_user_partial(void *dst, uaddr_t src, size_t n);
size_t copy_to_user_partial(uaddr_t dst, const void *src, size_t n);
/* A NUL-terminated string of at most size bytes with the NUL: its length without it; -EFAULT, or -ENAMETOOLONG when no NUL is
 * found within size. */
int64_t strncpy_from_user(char *dst, uaddr_t src, size_t size);
/* Length with the NUL, or -EFAULT; more than max: max + 1. */
int64_t strnlen_user(uaddr_t src, size_t max);

static inline int get_user_u32(uint32_t *v, uaddr_t src)
{
	return copy_from_user(v, src, sizeof(*v));
}
static inline int get_user_u64(uint64_t *v, uaddr_t src)
{
	return copy_from_user(v, src, sizeof(*v));
}
static inline int put_user_u32(uaddr_t dst, uint32_t v)
{
	return copy_to_user(dst, &v, sizeof(v));
}
static inline int put_user_u64(uaddr_t dst, uint64_t v)
{
	return copy_to_user(dst, &v, sizeof(v));
}

/* Atomic with respect to guests (which never run at the same time): *old = *p; if equal to expected, *p = new. */
int cmpxchg_user_u32(uaddr_t p, uint32_t expected, uint32_t desired, uint32_t *old);

/* The same for another address space (process_vm_readv, /proc/PID/mem, cmdline): bytes copied, or -EFAULT if none. */
int64_t mm_copy_from(struct mm *mm, void *dst, uint64_t src, size_t n);
int64_t mm_copy_to(struct mm *mm, uint64_t dst, const void *src, size_t n);

#endif
