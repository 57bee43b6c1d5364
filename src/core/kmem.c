/* kmem.c - the kernel's allocator: page runs of the arena, typed caches carved from them, and kmalloc on top.
 *
 * The arena starts with one struct kpage for each of its pages; the pages behind it are handed out in runs. A
 * free run is described by its first and last page (boundary tags), so that neighbours merge in constant
 * time. Nothing depends on addresses of the host: two runs of the kernel that allocate in the same order get
 * the same pointers.
 *
 * Under AddressSanitizer free objects are poisoned for it as well, so that a use after free is reported at
 * its place.
 *
 * LEAVES OUT: giving the pages of an empty cache back, per-CPU caches (there is one CPU).
 */
#include "core/kmem.h"

#include <string.h>

#include "core/kassert.h"
#include "core/kfmt.h"

#define KMALLOC_MAX (64UL << 20)
#define KMALLOC_CLASS_MAX 2048UL
#define POISON_FREE 0x6b
#define PAGE_INDEX_NONE 0U

#if defined(__SANITIZE_ADDRESS__)
#define KMEM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KMEM_ASAN 1
#endif
#endif
#ifndef KMEM_ASAN
#define KMEM_ASAN 0
#endif

#if KMEM_ASAN
void __asan_poison_memory_region(void const volatile *addr, size_t size);
void __asan_unpoison_memory_region(void const volatile *addr, size_t size);
int __asan_address_is_poisoned(void const volatile *addr);
/* Space between the objects of a slab, so that an overrun hits nothing that is in use. */
#define KMEM_REDZONE 16UL
static void asan_hide(const void *p, size_t n)
{
	__asan_poison_memory_region(p, n);
}
static void asan_show(const void *p, size_t n)
{
	__asan_unpoison_memory_region(p, n);
}
static bool asan_hidden(const void *p)
{
	return __asan_address_is_poisoned(p);
}
#else
#define KMEM_REDZONE 0UL
static void asan_hide(const void *p, size_t n)
{
	(void)p;
	(void)n;
}
static void asan_show(const void *p, size_t n)
{
	(void)p;
	(void)n;
}
static bool asan_hidden(const void *p)
{
	(void)p;
	return false;
}
#endif

enum kpage_kind {
	KPAGE_UNUSED,
	KPAGE_FREE,
	KPAGE_SLAB,
	KPAGE_LARGE
};

/* What a page of the arena is. In a free run only the first and the last page's entries are valid. */
struct kpage {
	uint32_t kind;            /* enum kpage_kind */
	uint32_t npages;          /* FREE, LARGE: pages of the run; SLAB: index of this page in its slab */
	struct kmem_cache *cache; /* SLAB */
	uint32_t next, prev;      /* FREE: the others of about this size; page indices */
};

#define RUN_BINS 21
static struct {
	uint8_t *base;
	struct kpage *pages;
	uint32_t npages;             /* of the arena */
	uint32_t first;              /* first page behind the page table */
	uint32_t frontier;           /* pages from here were never used: zero */
	uint32_t bins[RUN_BINS + 1]; /* free runs of [2^i, 2^(i+1)) pages */
	uint64_t run_pages;          /* pages in free runs */
} arena;

static uint64_t fail_in; /* allocations until the one that is to fail; 0: none */
static struct list caches = LIST_INIT(caches);
static const uint16_t class_sizes[] = {16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048};
static struct kmem_cache classes[ARRAY_LEN(class_sizes)];
static char class_names[ARRAY_LEN(class_sizes)][16];
static uint8_t class_of_16[KMALLOC_CLASS_MAX / 16 + 1]; /* class by size in units of 16 bytes */
static struct kmem_cache large = {.name = "kmalloc-large", .size = PAGE_SIZE};

/* --- page runs -------------------------------------------------------------------------------- */

static unsigned bin_of(uint32_t npages)
{
	unsigned bin = 31U - (unsigned)__builtin_clz(npages);

	return MIN(bin, (unsigned)RUN_BINS);
}

static void run_link(uint32_t first, uint32_t npages)
{
	struct kpage *head = &arena.pages[first], *tail = &arena.pages[first + npages - 1];
	uint32_t *bin = &arena.bins[bin_of(npages)];

	tail->kind = KPAGE_FREE;
	tail->npages = npages;
	head->kind = KPAGE_FREE;
	head->npages = npages;
	head->prev = PAGE_INDEX_NONE;
	head->next = *bin;
	if (*bin != PAGE_INDEX_NONE)
		arena.pages[*bin].prev = first;
	*bin = first;
	arena.run_pages += npages;
}

static void run_unlink(uint32_t first)
{
	struct kpage *head = &arena.pages[first];

	if (head->prev != PAGE_INDEX_NONE)
		arena.pages[head->prev].next = head->next;
	else
		arena.bins[bin_of(head->npages)] = head->next;
	if (head->next != PAGE_INDEX_NONE)
		arena.pages[head->next].prev = head->prev;
	arena.run_pages -= head->npages;
}

/* A free run of at least npages: the first that fits in its own bin, or any of a higher one. */
static uint32_t run_find(uint32_t npages)
{
	unsigned bin = bin_of(npages);
	uint32_t i;

	for (i = arena.bins[bin]; i != PAGE_INDEX_NONE; i = arena.pages[i].next)
		if (arena.pages[i].npages >= npages)
			return i;
	for (bin++; bin <= RUN_BINS; bin++)
		if (arena.bins[bin] != PAGE_INDEX_NONE)
			return arena.bins[bin];
	return PAGE_INDEX_NONE;
}

/* npages pages, or PAGE_INDEX_NONE. *zero: they were never used and hold zeros. The entries are the caller's
 * to fill in. */
static uint32_t run_alloc(uint32_t npages, bool *zero)
{
	uint32_t first = run_find(npages);

	if (first != PAGE_INDEX_NONE) {
		uint32_t have = arena.pages[first].npages;

		run_unlink(first);
		if (have > npages)
			run_link(first + npages, have - npages);
		*zero = false;
	} else {
		if (npages > arena.npages - arena.frontier)
			return PAGE_INDEX_NONE;
		first = arena.frontier;
		arena.frontier += npages;
		*zero = true;
	}
	asan_show(arena.base + (uint64_t)first * PAGE_SIZE, npages * PAGE_SIZE);
	return first;
}

static void run_free(uint32_t first, uint32_t npages)
{
	asan_hide(arena.base + (uint64_t)first * PAGE_SIZE, npages * PAGE_SIZE);
	if (first > arena.first && arena.pages[first - 1].kind == KPAGE_FREE) {
		uint32_t before = arena.pages[first - 1].npages;

		first -= before;
		run_unlink(first);
		npages += before;
	}
	if (first + npages < arena.frontier && arena.pages[first + npages].kind == KPAGE_FREE) {
		uint32_t behind = arena.pages[first + npages].npages;

		run_unlink(first + npages);
		npages += behind;
	}
	run_link(first, npages);
}

/* --- caches ----------------------------------------------------------------------------------- */

static void cache_register(struct kmem_cache *c)
{
	c->size = MAX(round_up(c->size, 16), 16);
	c->live = 0;
	c->total = 0;
	c->free = NULL;
	c->registered = true;
	list_add_tail(&caches, &c->node);
}

/* Pages of a slab: at least eight objects, or little waste. */
static uint32_t slab_pages(size_t stride)
{
	uint32_t n = 1;

	while (n < 8 && n * PAGE_SIZE / stride < 8)
		n *= 2;
	while (n * PAGE_SIZE < stride)
		n *= 2;
	return n;
}

static bool cache_grow(struct kmem_cache *c)
{
	size_t stride = c->size + KMEM_REDZONE;
	uint32_t npages = slab_pages(stride), first, i;
	size_t count = npages * PAGE_SIZE / stride, n;
	uint8_t *slab;
	bool zero;

	first = run_alloc(npages, &zero);
	if (first == PAGE_INDEX_NONE)
		return false;
	for (i = 0; i < npages; i++) {
		arena.pages[first + i].kind = KPAGE_SLAB;
		arena.pages[first + i].npages = i;
		arena.pages[first + i].cache = c;
	}
	slab = arena.base + (uint64_t)first * PAGE_SIZE;
	/* From the last to the first, so that they are handed out in order of address. */
	for (n = count; n-- > 0;) {
		void *obj = slab + n * stride;

		memcpy(obj, &c->free, sizeof(void *));
		c->free = obj;
	}
	asan_hide(slab, npages * PAGE_SIZE);
	return true;
}

void kmem_init(void *base, size_t size)
{
	struct kmem_cache *c, *next;
	size_t i, k = 0;

	LIST_FOR_EACH_SAFE (c, next, &caches, struct kmem_cache, node) {
		c->registered = false;
		list_init(&c->node);
	}
	list_init(&caches);
	memset(&arena, 0, sizeof(arena));
	fail_in = 0;
	arena.base = base;
	arena.pages = base;
	arena.npages = (uint32_t)(size / PAGE_SIZE);
	arena.first = (uint32_t)(round_up(arena.npages * sizeof(struct kpage), PAGE_SIZE) / PAGE_SIZE);
	arena.frontier = arena.first;
	KASSERT(arena.first < arena.npages);
	for (i = 0; i < ARRAY_LEN(class_sizes); i++) {
		ksnprintf(class_names[i], sizeof(class_names[i]), "kmalloc-%u", class_sizes[i]);
		classes[i].name = class_names[i];
		classes[i].size = class_sizes[i];
		for (; k * 16 <= class_sizes[i]; k++)
			class_of_16[k] = (uint8_t)i;
	}
}

static bool must_fail(void)
{
	return fail_in && --fail_in == 0;
}

uint64_t kmem_fail_in(uint64_t n)
{
	uint64_t left = fail_in;

	fail_in = n;
	return left;
}

void *kmem_alloc(struct kmem_cache *c)
{
	void *obj;

	if (must_fail())
		return NULL;
	if (!c->registered)
		cache_register(c);
	if (!c->free && !cache_grow(c))
		return NULL;
	obj = c->free;
	asan_show(obj, c->size);
	memcpy(&c->free, obj, sizeof(void *));
	memset(obj, 0, c->size);
	c->live++;
	c->total++;
	return obj;
}

static struct kpage *page_of(const void *p)
{
	uint64_t offset = (uint64_t)((const uint8_t *)p - arena.base);

	KASSERT((const uint8_t *)p >= arena.base && offset / PAGE_SIZE < arena.frontier);
	return &arena.pages[offset / PAGE_SIZE];
}

/* Is p the start of an object of the slab that page belongs to? */
static bool slab_object(const struct kpage *page, const void *p)
{
	uint64_t first = (uint64_t)(page - arena.pages) - page->npages;
	uint64_t offset = (uint64_t)((const uint8_t *)p - arena.base) - first * PAGE_SIZE;

	return offset % (page->cache->size + KMEM_REDZONE) == 0;
}

/* Was p freed already? Then it holds a link and poison. Not asked about kmalloc'ed memory without ASan, where
 * a guest may own every byte. */
static bool looks_free(const struct kmem_cache *c, const uint8_t *p)
{
	size_t i;

	if (KMEM_ASAN)
		return asan_hidden(p);
	for (i = sizeof(void *); i < c->size; i++)
		if (p[i] != POISON_FREE)
			return false;
	return c->size > sizeof(void *);
}

static void cache_free(struct kmem_cache *c, void *obj)
{
	KASSERT(c->free != obj); /* the commonest double free, whoever owns the bytes */
	asan_show(obj, c->size);
	memset(obj, POISON_FREE, c->size);
	memcpy(obj, &c->free, sizeof(void *));
	c->free = obj;
	KASSERT(c->live > 0);
	c->live--;
	asan_hide(obj, c->size);
}

void kmem_free(struct kmem_cache *c, void *obj)
{
	struct kpage *page = page_of(obj);

	KASSERT(page->kind == KPAGE_SLAB && page->cache == c && slab_object(page, obj));
	KASSERT(!looks_free(c, obj));
	cache_free(c, obj);
}

/* --- kmalloc ---------------------------------------------------------------------------------- */

static void *large_alloc(size_t size)
{
	uint32_t npages = (uint32_t)(round_up(size, PAGE_SIZE) / PAGE_SIZE), first;
	uint8_t *p;
	bool zero;

	if (must_fail())
		return NULL;
	if (!large.registered)
		cache_register(&large);
	first = run_alloc(npages, &zero);
	if (first == PAGE_INDEX_NONE)
		return NULL;
	p = arena.base + (uint64_t)first * PAGE_SIZE;
	if (!zero)
		memset(p, 0, npages * PAGE_SIZE);
	/* The last page's entry too: a neighbour looks there when it is freed. */
	arena.pages[first + npages - 1].kind = KPAGE_UNUSED;
	arena.pages[first].kind = KPAGE_LARGE;
	arena.pages[first].npages = npages;
	large.live++;
	large.total++;
	asan_hide(p + size, npages * PAGE_SIZE - size);
	return p;
}

void *kmalloc(size_t size)
{
	struct kmem_cache *c;
	void *p;

	if (size == 0 || size > KMALLOC_MAX)
		return NULL;
	if (size > KMALLOC_CLASS_MAX)
		return large_alloc(size);
	c = &classes[class_of_16[(size + 15) / 16]];
	p = kmem_alloc(c);
	if (p)
		asan_hide((uint8_t *)p + size, c->size - size);
	return p;
}

void kfree(void *p)
{
	struct kpage *page;
	uint32_t first, npages;

	if (!p)
		return;
	page = page_of(p);
	if (page->kind == KPAGE_SLAB) {
		KASSERT(slab_object(page, p) && !asan_hidden(p));
		cache_free(page->cache, p);
		return;
	}
	KASSERT(page->kind == KPAGE_LARGE && (uintptr_t)p % PAGE_SIZE == 0);
	KASSERT(large.live > 0);
	first = (uint32_t)(page - arena.pages);
	npages = page->npages;
	page->kind = KPAGE_UNUSED; /* a second kfree() must not find it */
	large.live--;
	run_free(first, npages);
}

/* Bytes that p may hold without moving. */
static size_t capacity(const void *p)
{
	const struct kpage *page = page_of(p);

	if (page->kind == KPAGE_SLAB)
		return page->cache->size;
	KASSERT(page->kind == KPAGE_LARGE);
	return page->npages * PAGE_SIZE;
}

void *krealloc(void *p, size_t size)
{
	size_t have;
	void *q;

	if (!p)
		return kmalloc(size);
	have = capacity(p);
	if (size <= have && size > have / 2) {
		/* What was cut off before must read as zero if it comes back. */
		asan_show(p, have);
		memset((uint8_t *)p + size, 0, have - size);
		asan_hide((uint8_t *)p + size, have - size);
		return p;
	}
	q = kmalloc(size);
	if (!q)
		return NULL;
	asan_show(p, have);
	memcpy(q, p, MIN(have, size));
	kfree(p);
	return q;
}

static char *copy_text(const char *s, size_t len)
{
	char *copy = kmalloc(len + 1);

	if (copy)
		memcpy(copy, s, len);
	return copy;
}

char *kstrndup(const char *s, size_t n)
{
	return copy_text(s, strnlen(s, n));
}

char *kstrdup(const char *s)
{
	return copy_text(s, strlen(s));
}

void *kmemdup(const void *p, size_t n)
{
	void *copy = kmalloc(n);

	if (copy)
		memcpy(copy, p, n);
	return copy;
}

/* --- accounting ------------------------------------------------------------------------------- */

uint64_t kmem_live_objects(void)
{
	const struct kmem_cache *c;
	uint64_t n = 0;

	LIST_FOR_EACH (c, &caches, struct kmem_cache, node)
		n += c->live;
	return n;
}

void kmem_for_each_cache(void (*fn)(const struct kmem_cache *c, void *arg), void *arg)
{
	const struct kmem_cache *c;

	LIST_FOR_EACH (c, &caches, struct kmem_cache, node)
		fn(c, arg);
}

size_t kmem_arena_used(void)
{
	return (size_t)(arena.frontier - arena.run_pages) * PAGE_SIZE;
}
