/* iter.c - the bytes of a read or write: guest iovecs or kernel memory (readv(2)).
 * LEAVES OUT: pipes and page lists as ends; splice.c works on pages itself. */
#include "fs/iter.h"

#include <string.h>

#include "core/kassert.h"
#include "mm/usercopy.h"

enum iter_direction {
	ITER_TO_MEMORY,
	ITER_FROM_MEMORY,
	ITER_ZERO
};

void iter_init_user(struct iov_iter *it, uaddr_t base, uint64_t len)
{
	*it = (struct iov_iter){.kind = ITER_USER, .nr = 1, .count = len, .one = {base.v, len}};
	it->iov = &it->one;
}

void iter_init_kernel(struct iov_iter *it, void *base, uint64_t len)
{
	*it = (struct iov_iter){
	    .kind = ITER_KERNEL, .nr = 1, .count = len, .one = {(uint64_t)(uintptr_t)base, len}};
	it->iov = &it->one;
}

void iter_init_iovec(struct iov_iter *it, const struct iovec_linux *iov, uint32_t nr)
{
	*it = (struct iov_iter){.kind = ITER_USER, .iov = iov, .nr = nr};
	for (uint32_t i = 0; i < nr; i++)
		it->count += iov[i].len;
}

/* Moves on by n bytes, which the first segment has. */
static void iter_advance(struct iov_iter *it, uint64_t n)
{
	it->skip += n;
	it->count -= n;
	while (it->nr > 0 && it->skip >= it->iov->len) {
		it->skip = 0;
		it->iov++;
		it->nr--;
	}
}

/* Copies up to n bytes to or from one stretch of guest memory: how many went. */
static size_t iter_copy_user(uaddr_t at, void *buf, size_t n, enum iter_direction dir)
{
	switch (dir) {
	case ITER_TO_MEMORY: return copy_to_user_partial(at, buf, n);
	case ITER_FROM_MEMORY: return copy_from_user_partial(buf, at, n);
	case ITER_ZERO: {
		static const uint8_t zeros[256];
		size_t done = 0;

		while (done < n) {
			size_t want = MIN(n - done, sizeof(zeros));
			size_t got = copy_to_user_partial(uaddr_add(at, done), zeros, want);

			done += got;
			if (got < want)
				break;
		}
		return done;
	}
	}
	KPANIC("iter direction %d", (int)dir);
}

static void iter_copy_kernel(void *at, void *buf, size_t n, enum iter_direction dir)
{
	switch (dir) {
	case ITER_TO_MEMORY: memcpy(at, buf, n); return;
	case ITER_FROM_MEMORY: memcpy(buf, at, n); return;
	case ITER_ZERO: memset(at, 0, n); return;
	}
}

static size_t iter_copy(struct iov_iter *it, void *buf, size_t n, enum iter_direction dir)
{
	size_t done = 0;

	n = MIN(n, it->count);
	iter_advance(it, 0); /* over empty segments */
	while (done < n) {
		uint64_t room = it->iov->len - it->skip;
		uint64_t base = it->iov->base + it->skip;
		size_t want = MIN(n - done, room);
		size_t got = want;
		void *at = buf ? (uint8_t *)buf + done : NULL;

		KASSERT(it->nr > 0);
		if (it->kind == ITER_USER)
			got = iter_copy_user(uaddr(base), at, want, dir);
		else
			iter_copy_kernel((void *)(uintptr_t)base, at, want, dir);
		iter_advance(it, got);
		done += got;
		if (got < want)
			break;
	}
	return done;
}

size_t iter_write(struct iov_iter *it, const void *src, size_t n)
{
	return iter_copy(it, (void *)(uintptr_t)src, n, ITER_TO_MEMORY);
}

size_t iter_read(struct iov_iter *it, void *dst, size_t n)
{
	return iter_copy(it, dst, n, ITER_FROM_MEMORY);
}

size_t iter_zero(struct iov_iter *it, size_t n)
{
	return iter_copy(it, NULL, n, ITER_ZERO);
}

void iter_skip(struct iov_iter *it, uint64_t n)
{
	n = MIN(n, it->count);
	iter_advance(it, 0);
	while (n > 0) {
		uint64_t step = MIN(n, it->iov->len - it->skip);

		iter_advance(it, step);
		n -= step;
	}
}

void iter_rewind(struct iov_iter *it, const struct iov_iter *saved)
{
	*it = *saved; /* saved is a plain copy of it: its segment pointers are still right */
}
