/* usercopy.c - the kernel's access to guest memory: page by page through the page tables and the direct map.
 *
 * A page that does not allow the access is faulted in first, exactly as if the guest had touched it, but
 * nothing is put onto the host. No translation is kept between calls: four loads find it again.
 *
 * Leaves out: access that ignores protections (a debugger's). */
#include "mm/usercopy.h"

#include <string.h>

#include "core/errno.h"
#include "core/task.h"
#include "mm/mm.h"

int (*mm_oom)(void);

/* Bytes from addr to the end of its page, at most n. */
static size_t page_rest(uint64_t addr, size_t n)
{
	return MIN(n, PAGE_SIZE - (addr & (PAGE_SIZE - 1)));
}

/* Kernel address of guest byte addr, good for the rest of its page; NULL: fault. */
static uint8_t *reach(struct mm *mm, uint64_t addr, enum mm_access access)
{
	pfn_t pfn;
	int err = mm ? mm_resolve(mm, addr, access, &pfn) : -EFAULT;
	if (err == -ENOMEM && mm_oom)
		mm_oom();
	if (err)
		return NULL;
	return (uint8_t *)frame_ptr(pfn) + (addr & (PAGE_SIZE - 1));
}

static struct mm *current_mm(void)
{
	return current ? current->mm : NULL;
}

static size_t copy_in(struct mm *mm, void *dst, uint64_t src, size_t n)
{
	size_t done = 0;
	while (done < n) {
		size_t chunk = page_rest(src + done, n - done);
		const uint8_t *p = reach(mm, src + done, MM_READ);
		if (!p)
			break;
		memcpy((uint8_t *)dst + done, p, chunk);
		done += chunk;
	}
	return done;
}

static size_t copy_out(struct mm *mm, uint64_t dst, const void *src, size_t n)
{
	size_t done = 0;
	while (done < n) {
		size_t chunk = page_rest(dst + done, n - done);
		uint8_t *p = reach(mm, dst + done, MM_WRITE);
		if (!p)
			break;
		memcpy(p, (const uint8_t *)src + done, chunk);
		done += chunk;
	}
	return done;
}

size_t copy_from_user_partial(void *dst, uaddr_t src, size_t n)
{
	return copy_in(current_mm(), dst, src.v, n);
}

size_t copy_to_user_partial(uaddr_t dst, const void *src, size_t n)
{
	return copy_out(current_mm(), dst.v, src, n);
}

int copy_from_user(void *dst, uaddr_t src, size_t n)
{
	return copy_in(current_mm(), dst, src.v, n) == n ? 0 : -EFAULT;
}

int copy_to_user(uaddr_t dst, const void *src, size_t n)
{
	return copy_out(current_mm(), dst.v, src, n) == n ? 0 : -EFAULT;
}

int clear_user(uaddr_t dst, size_t n)
{
	struct mm *mm = current_mm();
	for (size_t done = 0; done < n;) {
		size_t chunk = page_rest(dst.v + done, n - done);
		uint8_t *p = reach(mm, dst.v + done, MM_WRITE);
		if (!p)
			return -EFAULT;
		memset(p, 0, chunk);
		done += chunk;
	}
	return 0;
}

int64_t strncpy_from_user(char *dst, uaddr_t src, size_t size)
{
	struct mm *mm = current_mm();
	for (size_t done = 0; done < size;) {
		size_t chunk = page_rest(src.v + done, size - done);
		const uint8_t *p = reach(mm, src.v + done, MM_READ);
		if (!p)
			return -EFAULT;
		const uint8_t *nul = memchr(p, 0, chunk);
		size_t n = nul ? (size_t)(nul - p) + 1 : chunk;
		memcpy(dst + done, p, n);
		done += n;
		if (nul)
			return (int64_t)done - 1;
	}
	return -ENAMETOOLONG;
}

int64_t strnlen_user(uaddr_t src, size_t max)
{
	struct mm *mm = current_mm();
	for (size_t done = 0; done < max;) {
		size_t chunk = page_rest(src.v + done, max - done);
		const uint8_t *p = reach(mm, src.v + done, MM_READ);
		if (!p)
			return -EFAULT;
		const uint8_t *nul = memchr(p, 0, chunk);
		if (nul)
			return (int64_t)(done + (size_t)(nul - p) + 1);
		done += chunk;
	}
	return (int64_t)max + 1;
}

int cmpxchg_user_u32(uaddr_t p, uint32_t expected, uint32_t desired, uint32_t *old)
{
	if (p.v & 3)
		return -EFAULT;
	uint8_t *word = reach(current_mm(), p.v, MM_WRITE);
	if (!word)
		return -EFAULT;
	memcpy(old, word, sizeof(*old));
	if (*old == expected)
		memcpy(word, &desired, sizeof(desired));
	return 0;
}

int64_t mm_copy_from(struct mm *mm, void *dst, uint64_t src, size_t n)
{
	size_t done = copy_in(mm, dst, src, n);
	return done || !n ? (int64_t)done : -EFAULT;
}

int64_t mm_copy_to(struct mm *mm, uint64_t dst, const void *src, size_t n)
{
	size_t done = copy_out(mm, dst, src, n);
	return done || !n ? (int64_t)done : -EFAULT;
}
