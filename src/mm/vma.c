/* vma.c - the VMAs of an address space: a red-black tree by address, cutting and joining, and the search for
 * gaps.
 *
 * Neighbours that continue each other (same flags, same file at the next offset, or both anonymous) are
 * joined, as Linux does, so that a program that maps page by page does not run into vm.max_map_count.
 *
 * The search for a gap goes down from mmap_base to the first that fits, as in Linux's top-down layout. Its
 * memory: gap_top and gap_len say that between gap_top and mmap_base there is no gap of gap_len bytes, so a
 * program with thousands of mappings does not walk over them again and again. Only unmapping can make the
 * statement false.
 *
 * Leaves out: randomised placement (the layout is a function of the program), alignment for large pages. */
#include "mm/vma.h"

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "core/task.h"
#include "mm/mapops.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"

static KMEM_CACHE(vma_cache, vma);

#define VMA_OF(n) CONTAINER_OF(n, struct vma, node)

/* --- accounts --------------------------------------------------------------------------------- */

static void account(struct mm *mm, uint32_t flags, int64_t pages)
{
	uint64_t n = (uint64_t)pages; /* wraps around for a decrease, as intended */
	mm->total_pages += n;
	if (vma_is_data(flags))
		mm->data_pages += n;
	if (flags & VMA_GROWSDOWN)
		mm->stack_pages += n;
	else if ((flags & (VMA_EXEC | VMA_WRITE)) == VMA_EXEC)
		mm->exec_pages += n;
	if (flags & VMA_LOCKED)
		mm->locked_pages += n;
}

uint64_t mm_rlimit(int resource)
{
	return current && current->process ? task_rlimit(resource) : RLIM_INFINITY_LINUX;
}

bool vma_may_expand(const struct mm *mm, uint32_t flags, uint64_t npages)
{
	if (mm->total_pages + npages > mm_rlimit(RLIMIT_AS_LINUX) >> PAGE_SHIFT)
		return false;
	return !vma_is_data(flags) || mm->data_pages + npages <= mm_rlimit(RLIMIT_DATA_LINUX) >> PAGE_SHIFT;
}

int vma_commit(uint32_t flags, bool has_file, uint64_t npages)
{
	bool private_writable = (flags & (VMA_WRITE | VMA_SHARED)) == VMA_WRITE;
	bool shared_anon = (flags & VMA_SHARED) && !has_file;
	if ((flags & VMA_NORESERVE) || (!private_writable && !shared_anon))
		return 0;
	return npages > frame_total() ? -ENOMEM : 0;
}

/* --- the tree --------------------------------------------------------------------------------- */

struct vma *vma_alloc(void)
{
	struct vma *v = kmem_alloc(&vma_cache);
	if (v)
		list_init(&v->pc_node);
	return v;
}

struct vma *vma_copy(const struct vma *v)
{
	struct vma *c = vma_alloc();
	if (!c)
		return NULL;
	*c = *v;
	list_init(&c->pc_node);
	return c;
}

void vma_free(struct vma *v)
{
	kmem_free(&vma_cache, v);
}

void vma_insert(struct mm *mm, struct vma *v)
{
	struct rbnode *parent = NULL, **link = &mm->vmas.root;
	while (*link) {
		parent = *link;
		KASSERT(v->end <= VMA_OF(parent)->start || v->start >= VMA_OF(parent)->end);
		link = v->start < VMA_OF(parent)->start ? &parent->left : &parent->right;
	}
	v->mm = mm;
	rbtree_insert(&mm->vmas, &v->node, parent, link);
	mm->nr_vmas++;
	account(mm, v->flags, (int64_t)vma_pages(v));
	if (v->pc)
		list_add_tail(&v->pc->vmas, &v->pc_node);
}

/* Takes v out of the tree without a word to its owner. */
static void unlink_vma(struct vma *v)
{
	struct mm *mm = v->mm;
	rbtree_erase(&mm->vmas, &v->node);
	mm->nr_vmas--;
	if (mm->vma_hint == v)
		mm->vma_hint = NULL;
	list_del(&v->pc_node);
}

void vma_remove(struct vma *v)
{
	account(v->mm, v->flags, -(int64_t)vma_pages(v));
	unlink_vma(v);
	if (v->ops && v->ops->close)
		v->ops->close(v);
	vma_free(v);
}

struct vma *mm_find_vma(struct mm *mm, uint64_t addr)
{
	struct vma *hint = mm->vma_hint;
	if (hint && addr >= hint->start && addr < hint->end)
		return hint;
	struct vma *best = NULL;
	for (struct rbnode *n = mm->vmas.root; n;) {
		struct vma *v = VMA_OF(n);
		if (addr < v->end) {
			best = v;
			if (addr >= v->start)
				break;
			n = n->left;
		} else {
			n = n->right;
		}
	}
	if (best && addr >= best->start)
		mm->vma_hint = best;
	return best;
}

struct vma *vma_at(struct mm *mm, uint64_t addr)
{
	struct vma *v = mm_find_vma(mm, addr);
	return v && v->start <= addr ? v : NULL;
}

struct vma *mm_first_vma(struct mm *mm)
{
	struct rbnode *n = rbtree_first(&mm->vmas);
	return n ? VMA_OF(n) : NULL;
}

struct vma *mm_next_vma(struct vma *v)
{
	struct rbnode *n = rbtree_next(&v->node);
	return n ? VMA_OF(n) : NULL;
}

struct vma *vma_prev(const struct vma *v)
{
	struct rbnode *n = rbtree_prev(&v->node);
	return n ? VMA_OF(n) : NULL;
}

/* --- changing one ----------------------------------------------------------------------------- */

void vma_set_flags(struct vma *v, uint32_t flags)
{
	account(v->mm, v->flags, -(int64_t)vma_pages(v));
	v->flags = flags;
	account(v->mm, v->flags, (int64_t)vma_pages(v));
}

void vma_set_start(struct vma *v, uint64_t start, uint64_t pgoff)
{
	account(v->mm, v->flags, -(int64_t)vma_pages(v));
	v->start = start;
	v->pgoff = pgoff;
	account(v->mm, v->flags, (int64_t)vma_pages(v));
}

void vma_set_end(struct vma *v, uint64_t end)
{
	account(v->mm, v->flags, -(int64_t)vma_pages(v));
	v->end = end;
	account(v->mm, v->flags, (int64_t)vma_pages(v));
}

int vma_split(struct vma *v, uint64_t addr, struct vma **upper)
{
	KASSERT(addr > v->start && addr < v->end);
	if (v->mm->nr_vmas >= MM_MAX_MAP_COUNT)
		return -ENOMEM;
	struct vma *u = vma_copy(v);
	if (!u)
		return -ENOMEM;
	u->start = addr;
	if (u->pc)
		u->pgoff = vma_index(v, addr);
	vma_set_end(v, addr);
	vma_insert(v->mm, u);
	if (u->ops && u->ops->open)
		u->ops->open(u);
	if (upper)
		*upper = u;
	return 0;
}

static bool can_merge(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && a->flags == b->flags && a->pc == b->pc && a->file == b->file &&
	       a->ops == b->ops && !a->special_name && !b->special_name && !(a->flags & VMA_SPECIAL) &&
	       (!a->pc || vma_index(a, a->end) == b->pgoff);
}

/* b disappears into a. */
static void absorb(struct vma *a, struct vma *b)
{
	uint64_t end = b->end;
	vma_remove(b);
	vma_set_end(a, end);
}

struct vma *vma_merge(struct vma *v)
{
	struct vma *next = mm_next_vma(v);
	if (next && can_merge(v, next))
		absorb(v, next);
	struct vma *prev = vma_prev(v);
	if (prev && can_merge(prev, v)) {
		prev->last_fault = v->last_fault;
		prev->fault_run = v->fault_run;
		absorb(prev, v);
		v = prev;
	}
	return v;
}

int vma_isolate(struct mm *mm, uint64_t start, uint64_t end)
{
	struct vma *v = vma_at(mm, start);
	if (v && v->start < start) {
		int err = vma_split(v, start, NULL);
		if (err)
			return err;
	}
	v = vma_at(mm, end - 1);
	if (v && v->end > end)
		return vma_split(v, end, NULL);
	return 0;
}

/* --- free places ------------------------------------------------------------------------------ */

/* Where v begins for its lower neighbours: a stack keeps room to grow. */
static uint64_t gap_start(const struct vma *v)
{
	if (!(v->flags & VMA_GROWSDOWN))
		return v->start;
	return v->start > STACK_GUARD_GAP ? v->start - STACK_GUARD_GAP : 0;
}

bool vma_range_free(struct mm *mm, uint64_t start, uint64_t end)
{
	struct vma *v = mm_find_vma(mm, start);
	return !v || gap_start(v) >= end;
}

bool vma_range_full(struct mm *mm, uint64_t start, uint64_t end)
{
	for (struct vma *v = vma_at(mm, start); v && v->start <= start; v = mm_next_vma(v)) {
		if (v->end >= end)
			return true;
		start = v->end;
	}
	return start >= end;
}

/* The highest place of len bytes in [low, high), or 0. */
static uint64_t gap_down(struct mm *mm, uint64_t len, uint64_t low, uint64_t high)
{
	struct vma *next = mm_find_vma(mm, high);
	struct rbnode *last = rbtree_last(&mm->vmas);
	struct vma *prev = next ? vma_prev(next) : last ? VMA_OF(last) : NULL;
	uint64_t top = next ? MIN(high, gap_start(next)) : high;
	for (;;) {
		uint64_t bottom = prev ? MAX(prev->end, low) : low;
		if (top >= bottom && top - bottom >= len)
			return top - len;
		if (!prev || prev->start <= low)
			return 0;
		top = MIN(top, gap_start(prev));
		prev = vma_prev(prev);
	}
}

uint64_t vma_find_gap_low(struct mm *mm, uint64_t len, uint64_t low, uint64_t high)
{
	uint64_t at = low;
	for (struct vma *v = mm_find_vma(mm, low);; v = mm_next_vma(v)) {
		uint64_t limit = v ? MIN(gap_start(v), high) : high;
		if (at < limit && limit - at >= len)
			return at;
		if (!v || v->end >= high)
			return 0;
		at = MAX(at, v->end);
	}
}

uint64_t vma_find_gap(struct mm *mm, uint64_t len)
{
	uint64_t base = mm->mmap_base;
	bool known = mm->gap_base == base && mm->gap_len && len >= mm->gap_len;
	uint64_t addr = gap_down(mm, len, CPU_GUEST_START, known ? mm->gap_top : base);
	if (!addr) {
		/* Linux then tries once more upward, from a third of the address space. */
		return vma_find_gap_low(mm, len, round_down(CPU_GUEST_END / 3, PAGE_SIZE), CPU_GUEST_END);
	}
	if (mm->gap_base != base || !mm->gap_len || len <= mm->gap_len) {
		mm->gap_base = base;
		mm->gap_len = len;
		mm->gap_top = addr + len;
	}
	return addr;
}

/* --- unmapping -------------------------------------------------------------------------------- */

void vma_zap(struct vma *v, uint64_t start, uint64_t end)
{
	struct mm *mm = v->mm;
	uint64_t first = 0, last = 0;
	for (struct pt_iter it = pt_iter(mm, start, end); pt_next(&it);) {
		uint64_t pte = *it.pte;
		if (pte & PTE_INSTALLED) {
			last = it.at;
			if (!first)
				first = it.at;
		}
		if (pte & PTE_FILE)
			mm->rss_file--;
		else
			mm->rss_anon--;
		pt_set(it.pte, 0);
		frame_put(pte_pfn(pte));
	}
	/* One operation: the range is one VMA's, and nothing of it stays. */
	if (first)
		mapops_unmap(mm, first, ((last - first) >> PAGE_SHIFT) + 1);
}

/* Something between start and end became free: the statement about gaps holds above the next VMA only. */
static void gap_opened(struct mm *mm, uint64_t end)
{
	if (end < mm->gap_top || !mm->gap_len)
		return;
	struct vma *next = mm_find_vma(mm, end);
	if (!next || next->start >= mm->gap_base)
		mm->gap_len = 0;
	else
		mm->gap_top = next->start;
}

int mm_unmap_range(struct mm *mm, uint64_t start, uint64_t end)
{
	struct vma *v = mm_find_vma(mm, start);
	if (!v || v->start >= end)
		return 0;
	int err = vma_isolate(mm, start, end);
	if (err)
		return err;
	uint64_t trim_from = start, trim_to = end;
	for (v = mm_find_vma(mm, start); v && v->start < end;) {
		struct vma *next = mm_next_vma(v);
		vma_zap(v, v->start, v->end);
		vma_remove(v);
		v = next;
	}
	pt_trim(mm, trim_from, trim_to);
	gap_opened(mm, end);
	return 0;
}
