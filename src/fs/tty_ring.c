/* tty_ring.c - a ring of bytes.
 * LEAVES OUT: growing; a ring keeps its capacity. */
#include "fs/tty_ring.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"

int tty_ring_init(struct tty_ring *r, uint32_t cap)
{
	KASSERT(cap > 0 && (cap & (cap - 1)) == 0);
	*r = (struct tty_ring){.data = kmalloc(cap), .cap = cap};
	return r->data ? 0 : -ENOMEM;
}

void tty_ring_destroy(struct tty_ring *r)
{
	kfree(r->data);
	*r = (struct tty_ring){0};
}

uint32_t tty_ring_put(struct tty_ring *r, const uint8_t *src, uint32_t n)
{
	uint32_t at = r->head & (r->cap - 1);
	uint32_t first;

	n = MIN(n, tty_ring_room(r));
	first = MIN(n, r->cap - at);
	memcpy(r->data + at, src, first);
	memcpy(r->data, src + first, n - first);
	r->head += n;
	return n;
}

uint32_t tty_ring_peek(const struct tty_ring *r, uint8_t *dst, uint32_t n)
{
	uint32_t at = r->tail & (r->cap - 1);
	uint32_t first;

	n = MIN(n, tty_ring_used(r));
	first = MIN(n, r->cap - at);
	memcpy(dst, r->data + at, first);
	memcpy(dst + first, r->data, n - first);
	return n;
}
