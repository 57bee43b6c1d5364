/* pagecache.h - the one page cache: pages of a file by index, shared by read(2), write(2), exec and mmap(2).
 *
 * An inode embeds a struct pagecache. tmpfs keeps its data here and nowhere else (pinned); a file backed by the
 * host fills pages on demand and clean ones may be reclaimed. Only complete pages are ever visible. */
#ifndef KEVSIM_MM_PAGECACHE_H
#define KEVSIM_MM_PAGECACHE_H

#include "core/list.h"
#include "core/types.h"

struct pagecache;

struct pagecache_ops {
	/* Fills one page (zeroed before) with the file's content at index; 0 or negative errno (-EIO...). NULL: a
	 * missing page is a hole of zeros. May not sleep. */
	int (*readpage)(struct pagecache *pc, uint64_t index, void *page);
	/* Fills npages consecutive pages at once (zeroed before, contiguous in memory). All or nothing; may not sleep.
	 * NULL: readpage is called for each. Only used for readahead: pages inside size(). */
	int (*readpages)(struct pagecache *pc, uint64_t index, uint32_t npages, void *pages);
	/* The file's size in bytes: a fault beyond its last page is SIGBUS, and readahead stops there. NULL: endless. */
	uint64_t (*size)(struct pagecache *pc);
	/* A page became dirty the first time, or was added for a hole: account for it (size limits). 0 or -ENOSPC.
	 * NULL: free of charge. */
	int (*charge)(struct pagecache *pc, int64_t pages);
	/* Writes a dirty page back (host-backed read-write files); NULL: dirty pages stay in memory. */
	int (*writepage)(struct pagecache *pc, uint64_t index, const void *page);
};

struct pagecache {
	void *tree; /* private: radix tree by index */
	uint64_t npages;
	uint64_t ndirty;
	const struct pagecache_ops *ops; /* may be NULL: holes are zeros */
	struct list vmas;                /* struct vma.pc_node: who maps it */
	struct list lru_node;            /* all caches with reclaimable pages */
	bool reclaimable;                /* clean pages may go */
	uint64_t ncharged;               /* pages that ops->charge knows about */
};

void pagecache_init(struct pagecache *pc, const struct pagecache_ops *ops, bool reclaimable);
/* Frees all pages; nothing may map it any more. */
void pagecache_destroy(struct pagecache *pc);

/* The frame of page index, with a reference for the caller. Missing pages are read or, with create, added as
 * zeros. Without create a hole gives -ENODATA (the reader uses zeros). Errors: -ENOMEM, -EIO, -ENOSPC. */
int pagecache_get(struct pagecache *pc, uint64_t index, bool create, pfn_t *out);
/* Is it in memory (mincore, SEEK_DATA of memory files)? */
bool pagecache_present(const struct pagecache *pc, uint64_t index);
/* The frame of page index if it is in memory, without a reference; PFN_NONE if not. */
pfn_t pagecache_lookup(const struct pagecache *pc, uint64_t index);
/* The number of pages that the file's size covers; UINT64_MAX: endless. */
uint64_t pagecache_limit(struct pagecache *pc);
/* First present index >= from, or UINT64_MAX. */
uint64_t pagecache_next_present(const struct pagecache *pc, uint64_t from);
/* The page (if present) is dirty from now on. 0, or -ENOSPC from ops->charge (the page then stays clean). */
int pagecache_set_dirty(struct pagecache *pc, uint64_t index);
/* Removes pages [first, end) from the cache and from every mapping; shared mappings fault again. even_private also
 * drops private COW copies beyond (truncate semantics of Linux: yes). */
void pagecache_truncate(struct pagecache *pc, uint64_t first, uint64_t end, bool even_private);
/* Zeroes part of a page that is present; nothing otherwise. */
void pagecache_zero_range(struct pagecache *pc, uint64_t off, uint64_t len);
/* Writes dirty pages back through ops->writepage. First error or 0. */
int pagecache_writeback(struct pagecache *pc);

/* Copy between the cache and kernel memory, holes read as zeros; whole length or a negative errno. */
int64_t pagecache_read(struct pagecache *pc, void *dst, size_t n, uint64_t off);
int64_t pagecache_write(struct pagecache *pc, const void *src, size_t n, uint64_t off);

/* Boot: the shrinker that gives clean pages of reclaimable caches back. */
void pagecache_boot(void);
/* Frames held by all page caches, dirty ones too; for /proc/meminfo. */
uint64_t pagecache_total_pages(void);

#endif
