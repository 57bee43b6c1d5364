/* brk.c - brk(2): the heap as one VMA that grows and shrinks at its upper end. */
#include "core/errno.h"
#include "core/task.h"
#include "mm/lock.h"
#include "mm/mm.h"
#include "mm/vma.h"

static bool within_data_limit(const struct mm *mm, uint64_t brk)
{
	uint64_t limit = mm_rlimit(RLIMIT_DATA_LINUX);
	return limit == RLIM_INFINITY_LINUX || brk - mm->brk_start + (mm->end_data - mm->start_data) <= limit;
}

/* Maps [from, to), growing the heap's VMA if it ends there. 0 or -ENOMEM. */
static int heap_grow(struct mm *mm, uint64_t from, uint64_t to)
{
	uint32_t flags = VMA_READ | VMA_WRITE | VMA_MAYWRITE | VMA_HEAP | mm->def_flags;
	uint64_t pages = (to - from) >> PAGE_SHIFT;
	/* One page stays free between the heap and the next mapping. */
	if (to + PAGE_SIZE > CPU_GUEST_END || !vma_range_free(mm, from, to + PAGE_SIZE))
		return -ENOMEM;
	if (!vma_may_expand(mm, flags, pages) || vma_commit(flags, false, pages))
		return -ENOMEM;
	if ((flags & VMA_LOCKED) && !lock_within_limit(mm, pages))
		return -ENOMEM;
	struct vma *heap = from > mm->brk_start ? vma_at(mm, from - 1) : NULL;
	if (heap && heap->flags == flags && !heap->pc) {
		vma_set_end(heap, to);
	} else {
		struct vma *v = mm->nr_vmas < MM_MAX_MAP_COUNT ? vma_alloc() : NULL;
		if (!v)
			return -ENOMEM;
		v->start = from;
		v->end = to;
		v->flags = flags;
		vma_insert(mm, v);
	}
	if (flags & VMA_LOCKED)
		mm_populate(mm, from, to);
	return 0;
}

uint64_t mm_brk(struct mm *mm, uint64_t brk)
{
	if (brk < mm->brk_start || brk > CPU_GUEST_END || !within_data_limit(mm, brk))
		return mm->brk;
	uint64_t old_end = round_up(mm->brk, PAGE_SIZE), new_end = round_up(brk, PAGE_SIZE);
	int err = 0;
	if (new_end < old_end)
		err = mm_unmap_range(mm, new_end, old_end);
	else if (new_end > old_end)
		err = heap_grow(mm, old_end, new_end);
	if (!err)
		mm->brk = brk;
	return mm->brk;
}
