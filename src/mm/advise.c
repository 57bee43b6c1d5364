/* advise.c - madvise(2), msync(2), mincore(2).
 *
 * Advice that only speaks of performance is accepted and ignored. MADV_FREE frees at once, which its contract
 * allows.
 *
 * Leaves out: MADV_HWPOISON and relatives, KSM, guard regions. */
#include <string.h>

#include "core/errno.h"
#include "mm/mm.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"
#include "mm/vma.h"

/* What an advice does to the flags of a VMA; false: it does not change flags. */
static bool flag_advice(int advice, uint32_t *set, uint32_t *clear)
{
	*set = *clear = 0;
	switch (advice) {
	case MADV_DONTFORK_LINUX: *set = VMA_DONTFORK; return true;
	case MADV_DOFORK_LINUX: *clear = VMA_DONTFORK; return true;
	case MADV_DONTDUMP_LINUX: *set = VMA_DONTDUMP; return true;
	case MADV_DODUMP_LINUX: *clear = VMA_DONTDUMP; return true;
	case MADV_WIPEONFORK_LINUX: *set = VMA_WIPEONFORK; return true;
	case MADV_KEEPONFORK_LINUX: *clear = VMA_WIPEONFORK; return true;
	default: return false;
	}
}

static int advise_flags(struct vma **vp, uint64_t start, uint64_t end, int advice, uint32_t set,
			uint32_t clear)
{
	struct vma *v = *vp;
	if ((v->flags & VMA_SPECIAL) && (clear & (VMA_DONTFORK | VMA_DONTDUMP)))
		return -EINVAL;
	if (advice == MADV_WIPEONFORK_LINUX && (v->pc || (v->flags & VMA_SHARED)))
		return -EINVAL;
	uint32_t flags = (v->flags | set) & ~clear;
	if (flags == v->flags)
		return 0;
	int err = vma_isolate(v->mm, start, end);
	if (err)
		return err;
	v = vma_at(v->mm, start);
	vma_set_flags(v, flags);
	*vp = vma_merge(v);
	return 0;
}

/* Punches a hole into the file behind a shared mapping. */
static int advise_remove(struct vma *v, uint64_t start, uint64_t end)
{
	if (v->flags & VMA_LOCKED)
		return -EINVAL;
	if (!v->pc || (v->flags & (VMA_SHARED | VMA_WRITE)) != (VMA_SHARED | VMA_WRITE))
		return v->pc ? -EACCES : -EINVAL;
	pagecache_truncate(v->pc, vma_index(v, start), vma_index(v, end), false);
	return 0;
}

static int advise_one(struct vma **vp, uint64_t start, uint64_t end, int advice)
{
	struct vma *v = *vp;
	uint32_t set, clear;
	if (flag_advice(advice, &set, &clear))
		return advise_flags(vp, start, end, advice, set, clear);
	switch (advice) {
	case MADV_FREE_LINUX:
		if (v->pc || (v->flags & VMA_SHARED))
			return -EINVAL;
		/* fall through: freeing now is within the contract */
		__attribute__((fallthrough));
	case MADV_DONTNEED_LINUX:
		if (v->flags & (VMA_LOCKED | VMA_SPECIAL))
			return -EINVAL;
		vma_zap(v, start, end);
		return 0;
	case MADV_REMOVE_LINUX: return advise_remove(v, start, end);
	case MADV_COLD_LINUX:
	case MADV_PAGEOUT_LINUX: return v->flags & (VMA_LOCKED | VMA_SPECIAL) ? -EINVAL : 0;
	default: return 0;
	}
}

static bool known(int advice)
{
	return (advice >= MADV_NORMAL_LINUX && advice <= MADV_DONTNEED_LINUX) ||
	       (advice >= MADV_FREE_LINUX && advice <= MADV_POPULATE_WRITE_LINUX);
}

/* MADV_POPULATE_READ and MADV_POPULATE_WRITE. */
static int advise_populate(struct mm *mm, uint64_t start, uint64_t end, enum mm_access access)
{
	for (uint64_t at = start; at < end; at += PAGE_SIZE) {
		const struct vma *v = vma_at(mm, at);
		if (!v)
			return -ENOMEM;
		if (v->flags & VMA_SPECIAL)
			return -EINVAL;
		pfn_t pfn;
		int err = mm_resolve(mm, at, access, &pfn);
		if (err == -EFAULT)
			return -EINVAL; /* the permissions forbid it */
		if (err)
			return err == -EIO ? -EFAULT : err;
	}
	return 0;
}

int mm_advise(struct mm *mm, uint64_t addr, uint64_t len, int advice)
{
	if (!known(advice) || (addr & (PAGE_SIZE - 1)))
		return -EINVAL;
	uint64_t size = round_up(len, PAGE_SIZE);
	if ((len && !size) || addr + size < addr)
		return -EINVAL;
	if (size == 0)
		return 0;
	uint64_t end = addr + size;
	if (advice == MADV_POPULATE_READ_LINUX || advice == MADV_POPULATE_WRITE_LINUX)
		return advise_populate(mm, addr, end,
				       advice == MADV_POPULATE_READ_LINUX ? MM_READ : MM_WRITE);
	/* Holes are passed over and reported at the end. */
	int result = 0;
	for (struct vma *v = mm_find_vma(mm, addr); addr < end;) {
		if (!v || v->start >= end)
			return -ENOMEM;
		if (v->start > addr) {
			result = -ENOMEM;
			addr = v->start;
		}
		uint64_t part = MIN(end, v->end);
		int err = advise_one(&v, addr, part, advice);
		if (err)
			return err;
		addr = part;
		v = mm_find_vma(mm, addr);
	}
	return result;
}

int mm_sync(struct mm *mm, uint64_t addr, uint64_t len, uint32_t flags)
{
	if ((flags & ~(uint32_t)(MS_ASYNC_LINUX | MS_INVALIDATE_LINUX | MS_SYNC_LINUX)) ||
	    (addr & (PAGE_SIZE - 1)) ||
	    (flags & (MS_ASYNC_LINUX | MS_SYNC_LINUX)) == (MS_ASYNC_LINUX | MS_SYNC_LINUX))
		return -EINVAL;
	uint64_t size = round_up(len, PAGE_SIZE), end = addr + size;
	if ((len && !size) || end < addr)
		return -ENOMEM;
	int result = 0;
	for (struct vma *v = mm_find_vma(mm, addr); addr < end; v = mm_next_vma(v)) {
		if (!v || v->start >= end)
			return -ENOMEM;
		if (v->start > addr)
			result = -ENOMEM;
		if ((flags & MS_INVALIDATE_LINUX) && (v->flags & VMA_LOCKED))
			return -EBUSY;
		if ((flags & MS_SYNC_LINUX) && v->pc && (v->flags & VMA_SHARED)) {
			int err = pagecache_writeback(v->pc);
			if (err)
				return err;
		}
		addr = v->end;
	}
	return result;
}

int mm_incore(struct mm *mm, uint64_t addr, uint64_t len, uint8_t *vec)
{
	uint64_t end = addr + round_up(len, PAGE_SIZE);
	if (!vma_range_full(mm, addr, end))
		return -ENOMEM;
	for (uint64_t at = addr; at < end; at += PAGE_SIZE, vec++) {
		const struct vma *v = vma_at(mm, at);
		const uint64_t *pte = pt_lookup(mm, at);
		*vec = (pte && *pte) || (v->pc && pagecache_present(v->pc, vma_index(v, at)));
	}
	return 0;
}
