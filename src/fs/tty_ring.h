/* tty_ring.h - a ring of bytes, used between the two ends of a terminal line. */
#ifndef KEVSIM_FS_TTY_RING_H
#define KEVSIM_FS_TTY_RING_H

#include "core/types.h"

struct tty_ring {
	uint8_t *data;       /* kmalloc */
	uint32_t cap;        /* power of two */
	uint32_t head, tail; /* free running */
};

/* 0 or -ENOMEM. cap is a power of two. */
int tty_ring_init(struct tty_ring *r, uint32_t cap);
void tty_ring_destroy(struct tty_ring *r);
/* Adds as much as fits; the number added. */
uint32_t tty_ring_put(struct tty_ring *r, const uint8_t *src, uint32_t n);
/* Copies up to n bytes from the front without taking them. */
uint32_t tty_ring_peek(const struct tty_ring *r, uint8_t *dst, uint32_t n);

static inline uint32_t tty_ring_used(const struct tty_ring *r)
{
	return r->head - r->tail;
}
static inline uint32_t tty_ring_room(const struct tty_ring *r)
{
	return r->cap - (r->head - r->tail);
}
/* Drops n bytes from the front, n <= used. */
static inline void tty_ring_skip(struct tty_ring *r, uint32_t n)
{
	r->tail += n;
}
static inline void tty_ring_clear(struct tty_ring *r)
{
	r->tail = r->head;
}

#endif
