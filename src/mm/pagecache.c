/* pagecache.c - the one page cache: pages of a file by index.
 *
 * A page holds one reference on its frame; mappings and users add theirs. Missing pages of files with a
 * source are read ahead in aligned windows of 16, into frames that lie side by side whenever memory allows:
 * the fault handler can then map a window with one operation. Whole pages that are written are placed
 * likewise.
 *
 * Dirty means: memory holds what the source does not, so the page must stay. Only caches of reclaimable files
 * keep track of it for mappings (first write faults); for the others every page stays anyway.
 *
 * An allocation of frames can run the shrinker below, which takes pages out of any cache. So frames are
 * allocated first, and places in the tree looked up afterwards.
 *
 * Leaves out: write-back in the background (fsync, msync and close do it), page-wise LRU (reclaim goes by
 * file, oldest first), waiting for pages (no read sleeps). */
#include "mm/pagecache.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "mm/frame.h"
#include "mm/pagecache_tree.h"
#include "mm/rmap.h"

#define WINDOW 16U

static struct list reclaim_list = LIST_INIT(reclaim_list); /* struct pagecache.lru_node, oldest first */
static uint64_t total_pages;

void pagecache_init(struct pagecache *pc, const struct pagecache_ops *ops, bool reclaimable)
{
	memset(pc, 0, sizeof(*pc));
	pc->ops = ops;
	pc->reclaimable = reclaimable;
	list_init(&pc->vmas);
	list_init(&pc->lru_node);
}

static bool has_source(const struct pagecache *pc)
{
	return pc->ops && (pc->ops->readpage || pc->ops->readpages);
}

uint64_t pagecache_limit(struct pagecache *pc)
{
	if (!pc->ops || !pc->ops->size)
		return UINT64_MAX;
	uint64_t size = pc->ops->size(pc);
	return (size >> PAGE_SHIFT) + ((size & (PAGE_SIZE - 1)) != 0);
}

static int charge(struct pagecache *pc, int64_t pages)
{
	if (!pc->ops || !pc->ops->charge)
		return 0;
	int err = pc->ops->charge(pc, pages);
	if (!err)
		pc->ncharged += (uint64_t)pages;
	return err;
}

/* --- adding and removing ---------------------------------------------------------------------- */

/* Enters a frame, whose reference goes to the cache. 0 or -ENOMEM. */
static int insert(struct pagecache *pc, uint64_t index, pfn_t pfn, uint64_t flags)
{
	uint64_t *place = pc_tree_make(&pc->tree, index);
	if (!place)
		return -ENOMEM;
	KASSERT(!*place);
	*place = pc_entry(pfn, flags);
	pc->npages++;
	pc->ndirty += (flags & PC_DIRTY) != 0;
	total_pages++;
	if (pc->reclaimable) {
		list_del(&pc->lru_node);
		list_add_tail(&reclaim_list, &pc->lru_node);
	}
	return 0;
}

static void remove_page(struct pagecache *pc, uint64_t index)
{
	uint64_t entry = pc_tree_remove(&pc->tree, index);
	pc->npages--;
	pc->ndirty -= (entry & PC_DIRTY) != 0;
	total_pages--;
	frame_put(pc_pfn(entry));
	if (entry & PC_CHARGED)
		charge(pc, -1);
	if (pc->npages == 0)
		list_del(&pc->lru_node);
}

static void remove_range(struct pagecache *pc, uint64_t first, uint64_t end)
{
	while (first < end) {
		uint64_t index = pc_tree_next(pc->tree, first, NULL);
		if (index >= end)
			return;
		remove_page(pc, index);
		first = index + 1;
	}
}

void pagecache_destroy(struct pagecache *pc)
{
	KASSERT(list_empty(&pc->vmas));
	remove_range(pc, 0, UINT64_MAX);
	KASSERT(pc->npages == 0 && pc->ndirty == 0 && pc->ncharged == 0 && !pc->tree);
}

static uint64_t *find(const struct pagecache *pc, uint64_t index)
{
	uint64_t *place = pc_tree_find(pc->tree, index);
	return place && *place ? place : NULL;
}

/* How many pages from index on, at most max, are missing. */
static uint32_t absent_run(const struct pagecache *pc, uint64_t index, uint32_t max)
{
	uint64_t next = pc_tree_next(pc->tree, index, NULL);
	return next - index < max ? (uint32_t)(next - index) : max;
}

/* n (<= WINDOW) frames side by side, or PFN_NONE when that would be asking too much. */
static pfn_t block_alloc(uint32_t n, bool zero)
{
	if (n > 1 && !frame_plenty())
		return PFN_NONE;
	return frame_try_alloc_run(FRAME_PAGECACHE, n, zero);
}

static void block_put(pfn_t pfn, uint32_t n)
{
	while (n > 0)
		frame_put(pfn + --n);
}

static int source_read(struct pagecache *pc, uint64_t index, uint32_t n, void *pages)
{
	const struct pagecache_ops *ops = pc->ops;
	if (ops->readpages)
		return ops->readpages(pc, index, n, pages);
	for (uint32_t i = 0; i < n; i++) {
		int err = ops->readpage(pc, index + i, (uint8_t *)pages + i * PAGE_SIZE);
		if (err)
			return err;
	}
	return 0;
}

/* Reads the missing pages [first, first + n), one of which is index. On failure nothing is added. */
static int read_block(struct pagecache *pc, uint64_t first, uint32_t n, pfn_t pfn)
{
	int err = source_read(pc, first, n, frame_ptr(pfn));
	uint32_t done = 0;
	for (; !err && done < n; done++) {
		err = insert(pc, first + done, pfn + done, 0);
		if (err)
			break;
	}
	if (err) {
		remove_range(pc, first, first + done);
		for (; done < n; done++)
			frame_put(pfn + done);
	}
	return err;
}

/* Reads page index, which is missing and inside the file, and its neighbours. */
static int read_around(struct pagecache *pc, uint64_t index)
{
	uint64_t window = index & ~(uint64_t)(WINDOW - 1);
	uint64_t limit = pagecache_limit(pc);
	uint64_t first = index;
	while (first > window && !find(pc, first - 1))
		first--;
	uint32_t n = absent_run(pc, first, (uint32_t)(MIN(window + WINDOW, limit) - first));
	if (n > 1) {
		pfn_t pfn = block_alloc(n, true);
		if (pfn != PFN_NONE && read_block(pc, first, n, pfn) == 0)
			return 0;
		/* No memory, or a bad spot somewhere: the one page then. */
	}
	pfn_t pfn = frame_alloc(FRAME_PAGECACHE, 0, true);
	return pfn == PFN_NONE ? -ENOMEM : read_block(pc, index, 1, pfn);
}

/* Adds a page of zeros. */
static int add_hole(struct pagecache *pc, uint64_t index)
{
	pfn_t pfn = frame_alloc(FRAME_PAGECACHE, 0, true);
	if (pfn == PFN_NONE)
		return -ENOMEM;
	int err = charge(pc, 1);
	if (!err) {
		/* A file with a source knows nothing of this page: it must not be reclaimed and read again.
		 */
		err = insert(pc, index, pfn, PC_CHARGED | (has_source(pc) ? PC_DIRTY : 0));
		if (err)
			charge(pc, -1);
	}
	if (err)
		frame_put(pfn);
	return err;
}

int pagecache_get(struct pagecache *pc, uint64_t index, bool create, pfn_t *out)
{
	uint64_t *place = find(pc, index);
	if (!place) {
		int err;
		if (has_source(pc) && index < pagecache_limit(pc))
			err = read_around(pc, index);
		else
			err = create ? add_hole(pc, index) : -ENODATA;
		if (err)
			return err;
		place = find(pc, index);
		KASSERT(place);
	}
	*out = pc_pfn(*place);
	frame_get(*out);
	return 0;
}

bool pagecache_present(const struct pagecache *pc, uint64_t index)
{
	return find(pc, index) != NULL;
}

pfn_t pagecache_lookup(const struct pagecache *pc, uint64_t index)
{
	const uint64_t *place = find(pc, index);
	return place ? pc_pfn(*place) : PFN_NONE;
}

uint64_t pagecache_next_present(const struct pagecache *pc, uint64_t from)
{
	return pc_tree_next(pc->tree, from, NULL);
}

/* --- dirty pages ------------------------------------------------------------------------------ */

static int make_dirty(struct pagecache *pc, uint64_t *place)
{
	if (*place & PC_DIRTY)
		return 0;
	if (!(*place & PC_CHARGED)) {
		int err = charge(pc, 1);
		if (err)
			return err;
		*place |= PC_CHARGED;
	}
	*place |= PC_DIRTY;
	pc->ndirty++;
	return 0;
}

int pagecache_set_dirty(struct pagecache *pc, uint64_t index)
{
	uint64_t *place = find(pc, index);
	return place ? make_dirty(pc, place) : 0;
}

int pagecache_writeback(struct pagecache *pc)
{
	int first_err = 0;
	if (!pc->ops || !pc->ops->writepage)
		return 0;
	uint64_t *place;
	for (uint64_t i = pc_tree_next(pc->tree, 0, &place); i != UINT64_MAX;
	     i = pc_tree_next(pc->tree, i + 1, &place)) {
		if (!(*place & PC_DIRTY))
			continue;
		/* Writes of guests from now on must make it dirty again. */
		rmap_write_protect(pc, i);
		int err = pc->ops->writepage(pc, i, frame_ptr(pc_pfn(*place)));
		if (err) {
			if (!first_err)
				first_err = err;
			continue;
		}
		bool charged = *place & PC_CHARGED;
		*place &= ~(PC_DIRTY | PC_CHARGED);
		pc->ndirty--;
		if (charged)
			charge(pc, -1);
	}
	return first_err;
}

/* --- truncation ------------------------------------------------------------------------------- */

void pagecache_truncate(struct pagecache *pc, uint64_t first, uint64_t end, bool even_private)
{
	rmap_unmap(pc, first, end, even_private);
	remove_range(pc, first, end);
}

void pagecache_zero_range(struct pagecache *pc, uint64_t off, uint64_t len)
{
	while (len > 0) {
		uint64_t in_page = off & (PAGE_SIZE - 1);
		uint64_t n = MIN(len, PAGE_SIZE - in_page);
		uint64_t *place = find(pc, off >> PAGE_SHIFT);
		if (place) {
			/* Zeros beyond a size limit cost nothing that counts: a failing charge does not stop
			 * them. */
			make_dirty(pc, place);
			memset((uint8_t *)frame_ptr(pc_pfn(*place)) + in_page, 0, n);
			off += n;
			len -= n;
			continue;
		}
		uint64_t next = pc_tree_next(pc->tree, off >> PAGE_SHIFT, NULL);
		if (next >= UINT64_MAX >> PAGE_SHIFT || (next << PAGE_SHIFT) - off >= len)
			return;
		len -= (next << PAGE_SHIFT) - off;
		off = next << PAGE_SHIFT;
	}
}

/* --- copying ---------------------------------------------------------------------------------- */

int64_t pagecache_read(struct pagecache *pc, void *dst, size_t n, uint64_t off)
{
	uint8_t *to = dst;
	for (size_t done = 0; done < n;) {
		uint64_t in_page = (off + done) & (PAGE_SIZE - 1);
		size_t chunk = MIN(n - done, PAGE_SIZE - in_page);
		pfn_t pfn;
		int err = pagecache_get(pc, (off + done) >> PAGE_SHIFT, false, &pfn);
		if (err == -ENODATA) {
			memset(to + done, 0, chunk);
		} else if (err) {
			return err;
		} else {
			memcpy(to + done, (const uint8_t *)frame_ptr(pfn) + in_page, chunk);
			frame_put(pfn);
		}
		done += chunk;
	}
	return (int64_t)n;
}

/* Adds whole new pages with their content, up to the end of the window, as one block: the number, or 0 if
 * that cannot be done here (the caller goes page by page). */
static uint32_t write_block(struct pagecache *pc, uint64_t index, const uint8_t *src, size_t n)
{
	uint32_t want = WINDOW - (uint32_t)(index & (WINDOW - 1));
	if (n >> PAGE_SHIFT < want)
		want = (uint32_t)(n >> PAGE_SHIFT);
	if (want)
		want = absent_run(pc, index, want);
	pfn_t pfn = want ? block_alloc(want, false) : PFN_NONE;
	if (pfn == PFN_NONE)
		return 0;
	if (charge(pc, want)) {
		block_put(pfn, want);
		return 0;
	}
	memcpy(frame_ptr(pfn), src, want * PAGE_SIZE);
	uint32_t done = 0;
	while (done < want && insert(pc, index + done, pfn + done, PC_CHARGED | PC_DIRTY) == 0)
		done++;
	if (done < want) {
		for (uint32_t i = done; i < want; i++)
			frame_put(pfn + i);
		charge(pc, -(int64_t)(want - done));
	}
	return done;
}

int64_t pagecache_write(struct pagecache *pc, const void *src, size_t n, uint64_t off)
{
	const uint8_t *from = src;
	for (size_t done = 0; done < n;) {
		uint64_t index = (off + done) >> PAGE_SHIFT;
		uint64_t in_page = (off + done) & (PAGE_SIZE - 1);
		size_t chunk = MIN(n - done, PAGE_SIZE - in_page);
		if (chunk == PAGE_SIZE) {
			uint32_t pages = write_block(pc, index, from + done, n - done);
			done += pages * PAGE_SIZE;
			if (pages)
				continue;
		}
		pfn_t pfn;
		int err = pagecache_get(pc, index, true, &pfn);
		if (err)
			return err;
		err = pagecache_set_dirty(pc, index);
		if (!err)
			memcpy((uint8_t *)frame_ptr(pfn) + in_page, from + done, chunk);
		frame_put(pfn);
		if (err)
			return err;
		done += chunk;
	}
	return (int64_t)n;
}

/* --- reclaim ---------------------------------------------------------------------------------- */

static uint32_t shrink_cache(struct pagecache *pc, uint32_t want, bool even_mapped)
{
	uint32_t freed = 0;
	uint64_t *place;
	for (uint64_t i = pc_tree_next(pc->tree, 0, &place); i != UINT64_MAX && freed < want;
	     i = pc_tree_next(pc->tree, i + 1, &place)) {
		if (*place & PC_DIRTY)
			continue;
		pfn_t pfn = pc_pfn(*place);
		if (frame_refs(pfn) > 1 && even_mapped)
			rmap_unmap(pc, i, i + 1, false);
		if (frame_refs(pfn) > 1)
			continue;
		remove_page(pc, i);
		freed++;
	}
	return freed;
}

static uint32_t shrink_caches(uint32_t want, bool even_mapped)
{
	uint32_t freed = 0;
	struct pagecache *pc, *next;
	LIST_FOR_EACH_SAFE (pc, next, &reclaim_list, struct pagecache, lru_node) {
		freed += shrink_cache(pc, want - freed, even_mapped);
		if (freed >= want)
			break;
	}
	return freed;
}

static uint32_t pagecache_shrink(uint32_t want)
{
	/* In larger portions than asked for: the walk over used pages costs more than the pages. */
	want = MAX(want, 128U);
	uint32_t freed = shrink_caches(want, false);
	return freed ? freed : shrink_caches(want, true);
}

void pagecache_boot(void)
{
	list_init(&reclaim_list);
	total_pages = 0;
	frame_add_shrinker(pagecache_shrink);
}

uint64_t pagecache_total_pages(void)
{
	return total_pages;
}
