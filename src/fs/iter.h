/* iter.h - where the bytes of a read or write come from or go to: guest iovecs or kernel memory. */
#ifndef KEVSIM_FS_ITER_H
#define KEVSIM_FS_ITER_H

#include "core/types.h"

struct iovec_linux {
	uint64_t base, len;
};

enum iter_kind {
	ITER_USER,
	ITER_KERNEL
};

struct iov_iter {
	enum iter_kind kind;
	/* ITER_USER: the caller's kernel copy of the array. ITER_KERNEL: base is a pointer. */
	const struct iovec_linux *iov;
	uint32_t nr;            /* segments left */
	uint64_t skip;          /* bytes used of the first */
	uint64_t count;         /* bytes left in all */
	struct iovec_linux one; /* storage for the single-segment forms */
};

/* Over one guest buffer, one kernel buffer, or an array of guest buffers, which the caller has copied and checked
 * and which outlives the iterator. */
void iter_init_user(struct iov_iter *it, uaddr_t base, uint64_t len);
void iter_init_kernel(struct iov_iter *it, void *base, uint64_t len);
void iter_init_iovec(struct iov_iter *it, const struct iovec_linux *iov, uint32_t nr);

/* Copies min(n, count) bytes and moves on; the number copied, fewer when guest memory faults (0 copied of n > 0:
 * the caller returns -EFAULT if nothing was moved before). */
size_t iter_write(struct iov_iter *it, const void *src, size_t n); /* to the guest (read(2)) */
size_t iter_read(struct iov_iter *it, void *dst, size_t n);        /* from the guest (write(2)) */
size_t iter_zero(struct iov_iter *it, size_t n);                   /* zeros to the guest */
void iter_skip(struct iov_iter *it, uint64_t n);
/* Takes back the last n bytes (only right after moving at least n). */
void iter_rewind(struct iov_iter *it, const struct iov_iter *saved);

#endif
