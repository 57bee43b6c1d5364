/* remap.c - mremap(2): growing and shrinking in place, moving.
 *
 * A move first makes every table that the new place needs, so that moving the entries cannot fail half way.
 *
 * Leaves out: moving several VMAs with one call (Linux refuses that, too, before 6.17). */
#include "core/errno.h"
#include "core/kassert.h"
#include "mm/fault.h"
#include "mm/lock.h"
#include "mm/mapops.h"
#include "mm/mm.h"
#include "mm/pagetable.h"
#include "mm/vma.h"

struct remap {
	struct mm *mm;
	uint64_t old, old_len, new_len, new_addr;
	uint32_t flags;
};

/* May v grow or move so? 0 or a negative errno. */
static int check_vma(const struct remap *r, const struct vma *v)
{
	if (r->old_len == 0 && !(v->flags & VMA_SHARED))
		return -EINVAL;
	if ((r->flags & MREMAP_DONTUNMAP_LINUX) && (v->flags & VMA_SPECIAL))
		return -EINVAL;
	if (r->old_len > v->end - r->old)
		return -EFAULT;
	if (r->new_len == r->old_len)
		return 0;
	if (v->pc && vma_index(v, r->old) + (r->new_len >> PAGE_SHIFT) < v->pgoff)
		return -EINVAL;
	if (v->flags & VMA_SPECIAL)
		return -EFAULT;
	uint64_t grow = r->new_len > r->old_len ? (r->new_len - r->old_len) >> PAGE_SHIFT : 0;
	if ((v->flags & VMA_LOCKED) && !lock_within_limit(r->mm, grow))
		return -EAGAIN;
	if (!vma_may_expand(r->mm, v->flags, grow))
		return -ENOMEM;
	return vma_commit(v->flags, v->file != NULL, grow);
}

/* Makes the tables for the pages of [old, old + len) at new_addr. */
static int make_tables(struct mm *mm, uint64_t old, uint64_t len, uint64_t new_addr)
{
	uint64_t made = UINT64_MAX; /* the last table made sure of */
	for (struct pt_iter it = pt_iter(mm, old, old + len); pt_next(&it);) {
		uint64_t to = new_addr + (it.at - old);
		if (to / PT_LEAF_SPAN == made)
			continue;
		if (!pt_alloc(mm, to)) {
			pt_trim(mm, new_addr, new_addr + len);
			return -ENOMEM;
		}
		made = to / PT_LEAF_SPAN;
	}
	return 0;
}

static void move_pages(struct mm *mm, uint64_t old, uint64_t len, uint64_t new_addr)
{
	uint64_t first = 0, last = 0;
	for (struct pt_iter it = pt_iter(mm, old, old + len); pt_next(&it);) {
		uint64_t pte = *it.pte;
		if (pte & PTE_INSTALLED) {
			last = it.at;
			if (!first)
				first = it.at;
		}
		uint64_t *to = pt_lookup(mm, new_addr + (it.at - old));
		KASSERT(to && !*to);
		pt_set(to, pte & ~PTE_INSTALLED);
		pt_set(it.pte, 0);
	}
	if (first)
		mapops_unmap(mm, first, ((last - first) >> PAGE_SHIFT) + 1);
}

/* Moves (or, with old_len 0, doubles) the range, which lies in v, to r->new_addr, which is free. */
static int64_t move_vma(const struct remap *r, struct vma *v)
{
	struct mm *mm = r->mm;
	uint64_t len = MIN(r->old_len, r->new_len);
	if (mm->nr_vmas >= MM_MAX_MAP_COUNT - 3)
		return -ENOMEM;
	if (r->old_len) {
		int err = vma_isolate(mm, r->old, r->old + r->old_len);
		if (err)
			return err;
		v = vma_at(mm, r->old);
	}
	struct vma *n = vma_copy(v);
	if (!n)
		return -ENOMEM;
	n->start = r->new_addr;
	n->end = r->new_addr + r->new_len;
	if (n->pc)
		n->pgoff = vma_index(v, r->old);
	n->last_fault = 0;
	int err = make_tables(mm, r->old, len, r->new_addr);
	if (err) {
		vma_free(n);
		return err;
	}
	vma_insert(mm, n);
	if (n->ops && n->ops->open)
		n->ops->open(n);
	move_pages(mm, r->old, len, r->new_addr);
	if (v->special_name && mm->vdso_base == r->old)
		mm->vdso_base = r->new_addr;
	if (r->flags & MREMAP_DONTUNMAP_LINUX) {
		vma_set_flags(v, v->flags & ~(uint32_t)VMA_LOCKED);
	} else if (r->old_len) {
		err = mm_unmap_range(mm, r->old, r->old + r->old_len);
		KASSERT(!err); /* no cut is needed any more */
	}
	bool locked = n->flags & VMA_LOCKED;
	vma_merge(n);
	if (locked)
		mm_populate(mm, r->new_addr, r->new_addr + r->new_len);
	return (int64_t)r->new_addr;
}

/* Is the wanted place one that can be taken? 0 or a negative errno. */
static int check_target(const struct remap *r)
{
	uint64_t to = r->new_addr;
	if ((to & (PAGE_SIZE - 1)) || r->new_len > CPU_GUEST_END || to > CPU_GUEST_END - r->new_len)
		return -EINVAL;
	if (r->old + r->old_len > to && to + r->new_len > r->old)
		return -EINVAL;
	return to < CPU_GUEST_START ? -EPERM : 0;
}

/* A place for the move that is not fixed: the hint if it is free, else any. 0: none. */
static uint64_t choose_target(const struct remap *r)
{
	uint64_t hint = r->new_addr;
	if (hint && !check_target(r) && vma_range_free(r->mm, hint, hint + r->new_len))
		return hint;
	return vma_find_gap(r->mm, r->new_len);
}

/* MREMAP_FIXED and MREMAP_DONTUNMAP. What is in the way goes only when the move is known to be allowed. */
static int64_t remap_to(struct remap *r)
{
	struct mm *mm = r->mm;
	bool fixed = r->flags & MREMAP_FIXED_LINUX;
	uint64_t whole = r->old_len;
	int err = fixed ? check_target(r) : 0;
	if (err)
		return err;
	if (mm->nr_vmas >= MM_MAX_MAP_COUNT - 3)
		return -ENOMEM;
	struct vma *v = vma_at(mm, r->old);
	r->old_len = MIN(r->old_len, r->new_len);
	err = check_vma(r, v);
	if (err)
		return err;
	if ((r->flags & MREMAP_DONTUNMAP_LINUX) && !vma_may_expand(mm, v->flags, r->old_len >> PAGE_SHIFT))
		return -ENOMEM;
	if (fixed)
		err = mm_unmap_range(mm, r->new_addr, r->new_addr + r->new_len);
	if (!err && whole > r->new_len)
		err = mm_unmap_range(mm, r->old + r->new_len, r->old + whole);
	if (err)
		return err;
	if (!fixed)
		r->new_addr = choose_target(r);
	return r->new_addr ? move_vma(r, vma_at(mm, r->old)) : -ENOMEM;
}

/* Is there room behind v to grow by len bytes? */
static bool can_grow(struct vma *v, uint64_t len)
{
	if (CPU_GUEST_END - v->end < len)
		return false;
	const struct vma *next = mm_next_vma(v);
	return !next || vma_range_free(v->mm, v->end, v->end + len);
}

int64_t mm_remap(struct mm *mm, uint64_t old, uint64_t old_len, uint64_t new_len, uint32_t flags,
		 uint64_t new_addr)
{
	struct remap r = {mm,       old,  round_up(old_len, PAGE_SIZE), round_up(new_len, PAGE_SIZE),
			  new_addr, flags};
	if (flags & ~(uint32_t)(MREMAP_MAYMOVE_LINUX | MREMAP_FIXED_LINUX | MREMAP_DONTUNMAP_LINUX))
		return -EINVAL;
	if ((flags & (MREMAP_FIXED_LINUX | MREMAP_DONTUNMAP_LINUX)) && !(flags & MREMAP_MAYMOVE_LINUX))
		return -EINVAL;
	if ((flags & MREMAP_DONTUNMAP_LINUX) && old_len != new_len)
		return -EINVAL;
	if ((old & (PAGE_SIZE - 1)) || r.new_len == 0 || r.old_len < old_len || old + r.old_len < old)
		return -EINVAL;
	struct vma *v = vma_at(mm, old);
	if (!v)
		return -EFAULT;
	if (flags & (MREMAP_FIXED_LINUX | MREMAP_DONTUNMAP_LINUX))
		return remap_to(&r);
	if (r.old_len >= r.new_len) {
		/* Shrinking, as in Linux, may reach over several VMAs. */
		int err = r.old_len > r.new_len ? mm_unmap_range(mm, old + r.new_len, old + r.old_len) : 0;
		return err ? err : (int64_t)old;
	}
	int err = check_vma(&r, v);
	if (err)
		return err;
	if (r.old_len == v->end - old && can_grow(v, r.new_len - r.old_len)) {
		vma_set_end(v, old + r.new_len);
		bool locked = v->flags & VMA_LOCKED;
		vma_merge(v);
		if (locked)
			mm_populate(mm, old + r.old_len, old + r.new_len);
		return (int64_t)old;
	}
	if (!(flags & MREMAP_MAYMOVE_LINUX))
		return -ENOMEM;
	r.new_addr = vma_find_gap(mm, r.new_len);
	return r.new_addr ? move_vma(&r, v) : -ENOMEM;
}
