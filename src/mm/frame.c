/* frame.c - physical memory: a buddy allocator with a front cache of single frames.
 *
 * Every frame has a struct frame in one array. Free memory is kept in blocks of 2^order frames, aligned to
 * their size, on one list per order; the first frame of a free block carries the order. Allocation splits,
 * freeing merges with the buddy as far as it goes. Single frames, by far the most common, pass through a
 * small stack first.
 *
 * Memory that was never handed out is still zero, because the host gave it so: it needs no clearing
 * (FRAME_TOUCHED remembers), and it is not even entered in the lists before it is needed: blocks of the
 * largest order are taken from `virgin` upward when the lists run dry. A short run of a small program so
 * touches little memory, host pages of this array included.
 *
 * Leaves out: zones, NUMA, compaction, migration. */
#include "mm/frame.h"

#include <string.h>

#include "core/kassert.h"
#include "core/kmem.h"

#define MAX_BLOCK (1U << FRAME_MAX_ORDER)
#define CACHE_MAX 64
#define CACHE_BATCH 16

enum frame_flag {
	FRAME_TOUCHED = 1,    /* was handed out once: content unknown */
	FRAME_BLOCK_HEAD = 2, /* first frame of a free block */
};

struct frame {
	uint32_t refs;
	uint8_t owner; /* enum frame_owner */
	uint8_t order; /* of the free block that starts here */
	uint8_t flags;
	uint8_t unused;
	uint32_t next, prev; /* neighbours in the free list; next is the owner's word while allocated */
};
_Static_assert(sizeof(struct frame) == 16, "one per frame of RAM: keep it small");

/* The array comes in pieces, because kmalloc() gives at most 64 MiB at once. */
#define SECTION_SHIFT 20
#define SECTION_FRAMES (1U << SECTION_SHIFT)
#define MAX_SECTIONS 64

static struct {
	uint8_t *base;
	struct frame *sections[MAX_SECTIONS];
	uint32_t nframes;
	uint32_t virgin; /* frames from here on were never in a list */
	uint32_t free_head[FRAME_MAX_ORDER + 1];
	uint32_t free_blocks[FRAME_MAX_ORDER + 1];
	uint32_t nfree; /* all free frames: lists, front cache and virgin memory */
	uint32_t cache[CACHE_MAX];
	uint32_t ncache;
	uint32_t by_owner[FRAME_OWNERS];
	uint64_t allocs, frees, reclaimed;
	uint32_t fail_in; /* frame_fail_in() */
	bool reclaiming;
} ram;

#define MAX_SHRINKERS 8
static uint32_t (*shrinkers[MAX_SHRINKERS])(uint32_t want);
static unsigned nshrinkers;

static const bool poison_freed = FRAME_POISON;

static inline struct frame *frame_at(pfn_t pfn)
{
	return &ram.sections[pfn >> SECTION_SHIFT][pfn & (SECTION_FRAMES - 1)];
}

static inline struct frame *frame_used(pfn_t pfn)
{
	KASSERT(pfn < ram.nframes);
	struct frame *f = frame_at(pfn);
	KASSERT(f->refs > 0);
	return f;
}

static void owner_change(struct frame *f, enum frame_owner owner)
{
	ram.by_owner[f->owner]--;
	f->owner = (uint8_t)owner;
	ram.by_owner[owner]++;
}

static void list_push(pfn_t pfn, unsigned order)
{
	struct frame *f = frame_at(pfn);
	f->order = (uint8_t)order;
	f->flags |= FRAME_BLOCK_HEAD;
	f->prev = PFN_NONE;
	f->next = ram.free_head[order];
	if (f->next != PFN_NONE)
		frame_at(f->next)->prev = pfn;
	ram.free_head[order] = pfn;
	ram.free_blocks[order]++;
}

static void list_remove(pfn_t pfn)
{
	struct frame *f = frame_at(pfn);
	unsigned order = f->order;
	if (f->prev == PFN_NONE)
		ram.free_head[order] = f->next;
	else
		frame_at(f->prev)->next = f->next;
	if (f->next != PFN_NONE)
		frame_at(f->next)->prev = f->prev;
	f->flags &= (uint8_t)~FRAME_BLOCK_HEAD;
	f->next = f->prev = 0;
	ram.free_blocks[order]--;
}

/* Puts a block of free frames on the lists, merged with its buddies. */
static void block_free(pfn_t pfn, unsigned order)
{
	while (order < FRAME_MAX_ORDER) {
		pfn_t buddy = pfn ^ (1U << order);
		if (buddy >= ram.virgin)
			break;
		struct frame *b = frame_at(buddy);
		if (!(b->flags & FRAME_BLOCK_HEAD) || b->order != order)
			break;
		list_remove(buddy);
		pfn &= ~(1U << order);
		order++;
	}
	list_push(pfn, order);
}

/* Enters the next piece of never used memory; false when there is none. */
static bool virgin_take(void)
{
	if (ram.virgin >= ram.nframes)
		return false;
	pfn_t pfn = ram.virgin;
	unsigned order = FRAME_MAX_ORDER;
	while ((pfn & ((1U << order) - 1)) || ram.nframes - pfn < (1U << order))
		order--;
	ram.virgin += 1U << order;
	block_free(pfn, order);
	return true;
}

static pfn_t block_alloc(unsigned order)
{
	for (;;) {
		unsigned o = order;
		while (o <= FRAME_MAX_ORDER && ram.free_head[o] == PFN_NONE)
			o++;
		if (o > FRAME_MAX_ORDER) {
			if (!virgin_take())
				return PFN_NONE;
			continue;
		}
		pfn_t pfn = ram.free_head[o];
		list_remove(pfn);
		while (o > order) {
			o--;
			list_push(pfn + (1U << o), o);
		}
		return pfn;
	}
}

static bool cache_fill(void)
{
	unsigned order = 4; /* CACHE_BATCH frames at once, or what there is */
	pfn_t pfn = PFN_NONE;
	for (;; order--) {
		pfn = block_alloc(order);
		if (pfn != PFN_NONE || order == 0)
			break;
	}
	if (pfn == PFN_NONE)
		return false;
	/* Highest first, so that they are handed out in ascending order: neighbours map with one operation.
	 */
	for (uint32_t i = 1U << order; i-- > 0;) {
		owner_change(frame_at(pfn + i), FRAME_CACHED);
		ram.cache[ram.ncache++] = pfn + i;
	}
	return true;
}

static void cache_drain(uint32_t keep)
{
	while (ram.ncache > keep) {
		pfn_t pfn = ram.cache[--ram.ncache];
		owner_change(frame_at(pfn), FRAME_FREE);
		block_free(pfn, 0);
	}
}

void frame_init(void *base, uint32_t nframes)
{
	KASSERT(nframes > 1 && nframes <= (uint64_t)MAX_SECTIONS * SECTION_FRAMES);
	memset(&ram, 0, sizeof(ram));
	nshrinkers = 0;
	ram.base = base;
	ram.nframes = nframes;
	for (uint32_t s = 0, first = 0; first < nframes; s++, first += SECTION_FRAMES) {
		uint32_t n = MIN(nframes - first, SECTION_FRAMES);
		ram.sections[s] = kmalloc(n * sizeof(struct frame));
		if (!ram.sections[s])
			KPANIC("no arena memory for the table of %u frames", nframes);
	}
	for (unsigned o = 0; o <= FRAME_MAX_ORDER; o++)
		ram.free_head[o] = PFN_NONE;
	ram.by_owner[FRAME_FREE] = nframes;
	/* Frame 0 is never handed out: a forgotten initialisation then shows. */
	ram.virgin = 1;
	ram.nfree = nframes - 1;
	struct frame *zero = frame_at(0);
	owner_change(zero, FRAME_RESERVED);
	zero->refs = 1;
}

void frame_shutdown(void)
{
	for (unsigned s = 0; s < MAX_SECTIONS; s++)
		kfree(ram.sections[s]);
	memset(&ram, 0, sizeof(ram));
	nshrinkers = 0;
}

/* Hands out the first n frames of a free block of 2^order; the rest goes back. */
static pfn_t alloc_run(enum frame_owner owner, unsigned order, uint32_t n, bool zero)
{
	pfn_t pfn;
	if (order == 0) {
		if (ram.ncache == 0 && !cache_fill())
			return PFN_NONE;
		pfn = ram.cache[--ram.ncache];
	} else {
		pfn = block_alloc(order);
		if (pfn == PFN_NONE) {
			/* The front cache may hold the missing piece. */
			cache_drain(0);
			pfn = block_alloc(order);
		}
		if (pfn == PFN_NONE)
			return PFN_NONE;
	}
	/* The unused tail, in pieces as large as their alignment allows. */
	for (uint32_t i = n; i < 1U << order;) {
		unsigned piece = (unsigned)__builtin_ctz(i);
		block_free(pfn + i, piece);
		i += 1U << piece;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct frame *f = frame_at(pfn + i);
		KASSERT(f->refs == 0);
		f->refs = 1;
		f->next = f->prev = 0;
		owner_change(f, owner);
		if (zero && (f->flags & FRAME_TOUCHED))
			memset(frame_ptr(pfn + i), 0, PAGE_SIZE);
		f->flags |= FRAME_TOUCHED;
	}
	ram.nfree -= n;
	ram.allocs += n;
	return pfn;
}

pfn_t frame_try_alloc(enum frame_owner owner, unsigned order, bool zero)
{
	KASSERT(order <= FRAME_MAX_ORDER && owner > FRAME_CACHED && owner < FRAME_OWNERS);
	return alloc_run(owner, order, 1U << order, zero);
}

pfn_t frame_try_alloc_run(enum frame_owner owner, uint32_t n, bool zero)
{
	KASSERT(n >= 1 && n <= MAX_BLOCK);
	unsigned order = n == 1 ? 0 : 32 - (unsigned)__builtin_clz(n - 1);
	return alloc_run(owner, order, n, zero);
}

uint32_t frame_fail_in(uint32_t n)
{
	uint32_t left = ram.fail_in;

	ram.fail_in = n;
	return left;
}

pfn_t frame_alloc(enum frame_owner owner, unsigned order, bool zero)
{
	if (ram.fail_in && --ram.fail_in == 0)
		return PFN_NONE;
	pfn_t pfn = frame_try_alloc(owner, order, zero);
	/* A shrinker that allocates gets no second round: it must do with what there is. */
	if (pfn != PFN_NONE || ram.reclaiming)
		return pfn;
	ram.reclaiming = true;
	/* A little more than needed, so that the next allocation does not come here again at once. */
	uint32_t want = (1U << order) + CACHE_BATCH;
	for (unsigned i = 0; i < nshrinkers && pfn == PFN_NONE; i++) {
		uint32_t got = shrinkers[i](want);
		ram.reclaimed += got;
		if (got)
			pfn = frame_try_alloc(owner, order, zero);
	}
	ram.reclaiming = false;
	return pfn;
}

bool frame_plenty(void)
{
	return ram.nfree > ram.nframes / 16;
}

void frame_get(pfn_t pfn)
{
	struct frame *f = frame_used(pfn);
	KASSERT(f->refs < UINT32_MAX);
	f->refs++;
}

void frame_put(pfn_t pfn)
{
	struct frame *f = frame_used(pfn);
	if (--f->refs)
		return;
	KASSERT(f->owner != FRAME_RESERVED);
	if (poison_freed)
		memset(frame_ptr(pfn), 0xdb, PAGE_SIZE);
	f->next = f->prev = 0;
	if (ram.ncache == CACHE_MAX)
		cache_drain(CACHE_MAX / 2);
	owner_change(f, FRAME_CACHED);
	ram.cache[ram.ncache++] = pfn;
	ram.nfree++;
	ram.frees++;
}

uint32_t frame_refs(pfn_t pfn)
{
	KASSERT(pfn < ram.nframes);
	return frame_at(pfn)->refs;
}

enum frame_owner frame_owner(pfn_t pfn)
{
	KASSERT(pfn < ram.nframes);
	return (enum frame_owner)frame_at(pfn)->owner;
}

void frame_set_owner(pfn_t pfn, enum frame_owner owner)
{
	KASSERT(owner > FRAME_CACHED && owner < FRAME_OWNERS);
	owner_change(frame_used(pfn), owner);
}

uint32_t *frame_private(pfn_t pfn)
{
	return &frame_used(pfn)->next;
}

void *frame_ptr(pfn_t pfn)
{
	return ram.base + (size_t)pfn * PAGE_SIZE;
}

pfn_t frame_of_ptr(const void *p)
{
	size_t off = (size_t)((const uint8_t *)p - ram.base);
	KASSERT(off < (size_t)ram.nframes * PAGE_SIZE);
	return (pfn_t)(off >> PAGE_SHIFT);
}

void frame_stats(struct frame_stats *st)
{
	memset(st, 0, sizeof(*st));
	st->total = ram.nframes;
	st->free = ram.nfree;
	for (unsigned i = 0; i < FRAME_OWNERS; i++)
		st->by_owner[i] = ram.by_owner[i];
	for (unsigned o = 0; o <= FRAME_MAX_ORDER; o++)
		st->free_by_order[o] = ram.free_blocks[o];
	st->free_by_order[FRAME_MAX_ORDER] += (ram.nframes - ram.virgin) / MAX_BLOCK;
	st->allocs = ram.allocs;
	st->frees = ram.frees;
	st->reclaimed = ram.reclaimed;
}

uint32_t frame_total(void)
{
	return ram.nframes;
}

uint32_t frame_free(void)
{
	return ram.nfree;
}

void frame_add_shrinker(uint32_t (*fn)(uint32_t want))
{
	KASSERT(nshrinkers < MAX_SHRINKERS);
	shrinkers[nshrinkers++] = fn;
}

/* Every frame of the free block at pfn is free and no head of its own. */
static void check_block(pfn_t pfn, unsigned order)
{
	if (pfn & ((1U << order) - 1))
		KPANIC("free block %u of order %u is not aligned", pfn, order);
	for (uint32_t i = 0; i < 1U << order; i++) {
		const struct frame *f = frame_at(pfn + i);
		if (f->refs || f->owner != FRAME_FREE)
			KPANIC("frame %u in a free block has %u references, owner %u", pfn + i, f->refs,
			       f->owner);
		if (i && (f->flags & FRAME_BLOCK_HEAD))
			KPANIC("frame %u heads a block inside block %u", pfn + i, pfn);
	}
}

static uint32_t check_lists(void)
{
	uint32_t listed = 0;
	for (unsigned o = 0; o <= FRAME_MAX_ORDER; o++) {
		uint32_t blocks = 0;
		pfn_t prev = PFN_NONE;
		for (pfn_t p = ram.free_head[o]; p != PFN_NONE; prev = p, p = frame_at(p)->next) {
			const struct frame *f = frame_at(p);
			if (f->order != o || !(f->flags & FRAME_BLOCK_HEAD) || f->prev != prev)
				KPANIC("free list of order %u is broken at frame %u", o, p);
			check_block(p, o);
			pfn_t buddy = p ^ (1U << o);
			if (o < FRAME_MAX_ORDER && buddy < ram.virgin &&
			    (frame_at(buddy)->flags & FRAME_BLOCK_HEAD) && frame_at(buddy)->order == o)
				KPANIC("blocks %u and %u of order %u were not merged", p, buddy, o);
			blocks++;
		}
		if (blocks != ram.free_blocks[o])
			KPANIC("free list of order %u has %u blocks, counted %u", o, blocks,
			       ram.free_blocks[o]);
		listed += blocks << o;
	}
	return listed;
}

void frame_check(void)
{
	uint32_t owners[FRAME_OWNERS] = {0};
	uint32_t heads = 0, blocks = 0;
	for (pfn_t p = 0; p < ram.nframes; p++) {
		const struct frame *f = frame_at(p);
		if (f->owner >= FRAME_OWNERS)
			KPANIC("frame %u has no valid owner: %u", p, f->owner);
		owners[f->owner]++;
		bool is_free = f->owner == FRAME_FREE || f->owner == FRAME_CACHED;
		if (is_free != (f->refs == 0))
			KPANIC("frame %u: owner %u with %u references", p, f->owner, f->refs);
		heads += (f->flags & FRAME_BLOCK_HEAD) != 0;
	}
	for (unsigned i = 0; i < FRAME_OWNERS; i++)
		if (owners[i] != ram.by_owner[i])
			KPANIC("owner %u has %u frames, counted %u", i, owners[i], ram.by_owner[i]);
	uint32_t listed = check_lists();
	for (unsigned o = 0; o <= FRAME_MAX_ORDER; o++)
		blocks += ram.free_blocks[o];
	if (heads != blocks)
		KPANIC("%u frames head a free block, but the lists have %u blocks", heads, blocks);
	if (owners[FRAME_FREE] != listed + (ram.nframes - ram.virgin))
		KPANIC("%u free frames, %u in lists and %u never used", owners[FRAME_FREE], listed,
		       ram.nframes - ram.virgin);
	if (owners[FRAME_CACHED] != ram.ncache || ram.nfree != owners[FRAME_FREE] + ram.ncache)
		KPANIC("%u free frames counted, %u found", ram.nfree,
		       owners[FRAME_FREE] + owners[FRAME_CACHED]);
	for (uint32_t i = 0; i < ram.ncache; i++)
		if (frame_at(ram.cache[i])->owner != FRAME_CACHED)
			KPANIC("frame %u in the front cache has owner %u", ram.cache[i],
			       frame_at(ram.cache[i])->owner);
}
