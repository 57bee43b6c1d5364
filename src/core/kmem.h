/* kmem.h - kernel objects: typed caches in one arena at a fixed address.
 *
 * Every object is zeroed on allocation and poisoned on free. Each cache counts its live objects, so a test's
 * teardown can assert that nothing leaked. The door puts the arena at the same place in every run: kernel pointers are
 * therefore equal in every run, and hashing the arena means something. */
#ifndef KEVSIM_CORE_KMEM_H
#define KEVSIM_CORE_KMEM_H

#include "core/list.h"
#include "core/types.h"

struct kmem_cache {
	const char *name;
	size_t size;      /* bytes of one object, rounded up to 16 */
	uint64_t live;    /* objects handed out now */
	uint64_t total;   /* objects ever handed out */
	void *free;       /* free list */
	struct list node; /* in the list of all caches */
	bool registered;
};

#define KMEM_CACHE(var, type) struct kmem_cache var = {.name = #type, .size = sizeof(struct type)}

/* Gives the arena to the allocator; base and size come from the door (page aligned). */
void kmem_init(void *base, size_t size);

/* A zeroed object, or NULL when the arena is exhausted (the caller returns -ENOMEM). */
void *kmem_alloc(struct kmem_cache *cache);
void kmem_free(struct kmem_cache *cache, void *obj);

/* Memory of any size, from size-class caches (16 B to 2 KiB in powers of two and a half) and whole pages above.
 * Zeroed. NULL when exhausted or size is 0 or above 64 MiB. kfree(NULL) is harmless. */
void *kmalloc(size_t size);
void kfree(void *p);
/* Grows or shrinks, keeping the content; new bytes are zero. On failure NULL and p stays valid. */
void *krealloc(void *p, size_t size);
char *kstrdup(const char *s);
char *kstrndup(const char *s, size_t n);
void *kmemdup(const void *p, size_t n);

/* Live objects over all caches and kmalloc classes: 0 means that nothing leaked. */
uint64_t kmem_live_objects(void);
/* Calls fn for each registered cache (and kmalloc size class), in order of first use. */
void kmem_for_each_cache(void (*fn)(const struct kmem_cache *c, void *arg), void *arg);
/* For tests: the n-th allocation from now on fails, once (1: the next); 0: none does. Gives back what was left to go
 * of the order before; 0: it was carried out. */
uint64_t kmem_fail_in(uint64_t n);
/* Bytes of the arena in use (carved, whether live or on a free list). */
size_t kmem_arena_used(void);

#endif
