/* lock.c - mlock(2), mlockall(2), and filling in pages ahead of their use.
 *
 * There is no swap, so a locked page differs from another only in that it is brought in at once, and in the
 * accounts.
 *
 * Leaves out: MLOCK_ONFAULT is the caller's (it simply does not populate). */
#include "mm/lock.h"

#include "core/cred.h"
#include "core/errno.h"
#include "core/task.h"
#include "mm/pagetable.h"
#include "mm/vma.h"

static bool may_exceed(void)
{
	return !current || !current->cred || cred_capable(current->cred, CAP_IPC_LOCK);
}

bool lock_allowed(void)
{
	return may_exceed() || mm_rlimit(RLIMIT_MEMLOCK_LINUX) != 0;
}

bool lock_within_limit(const struct mm *mm, uint64_t npages)
{
	return may_exceed() || mm->locked_pages + npages <= mm_rlimit(RLIMIT_MEMLOCK_LINUX) >> PAGE_SHIFT;
}

int mm_populate(struct mm *mm, uint64_t start, uint64_t end)
{
	for (uint64_t at = start; at < end; at += PAGE_SIZE) {
		const struct vma *v = vma_at(mm, at);
		if (!v)
			return -ENOMEM;
		if (!vma_perms(v->flags))
			return -EFAULT;
		const uint64_t *pte = pt_lookup(mm, at);
		if ((pte && *pte) || (v->flags & VMA_SPECIAL))
			continue;
		int code;
		bool write = (v->flags & (VMA_WRITE | VMA_SHARED)) == VMA_WRITE;
		int err = mm_fault(mm, at, write ? MM_WRITE : MM_READ, false, &code);
		if (err)
			return err;
	}
	return 0;
}

/* Locks or unlocks [start, end) up to the first hole. -ENOMEM: there was one, or no memory. */
static int set_locked(struct mm *mm, uint64_t start, uint64_t end, bool lock)
{
	while (start < end) {
		struct vma *v = vma_at(mm, start);
		if (!v)
			return -ENOMEM;
		uint64_t part = MIN(end, v->end);
		uint32_t flags = v->flags & ~(uint32_t)VMA_LOCKED;
		if (lock && !(flags & VMA_SPECIAL))
			flags |= VMA_LOCKED;
		if (flags != v->flags) {
			int err = vma_isolate(mm, start, part);
			if (err)
				return err;
			v = vma_at(mm, start);
			vma_set_flags(v, flags);
			vma_merge(v);
		}
		start = part;
	}
	return 0;
}

/* Pages of the range that a lock would add. */
static uint64_t unlocked_pages(struct mm *mm, uint64_t start, uint64_t end)
{
	uint64_t n = 0;
	for (struct vma *v = mm_find_vma(mm, start); v && v->start < end; v = mm_next_vma(v))
		if (!(v->flags & VMA_LOCKED))
			n += (MIN(end, v->end) - MAX(start, v->start)) >> PAGE_SHIFT;
	return n;
}

int mm_lock(struct mm *mm, uint64_t addr, uint64_t len, bool lock)
{
	uint64_t start = round_down(addr, PAGE_SIZE);
	uint64_t end = round_up(addr + len, PAGE_SIZE);
	if (lock && !lock_allowed())
		return -EPERM;
	if (addr + len < addr || (len && end == 0))
		return -EINVAL;
	if (start == end || len == 0)
		return 0;
	if (end > CPU_GUEST_END)
		return -ENOMEM;
	if (lock && !lock_within_limit(mm, unlocked_pages(mm, start, end)))
		return -ENOMEM;
	return set_locked(mm, start, end, lock);
}

int mm_lock_all(struct mm *mm, bool lock)
{
	if (lock && !lock_within_limit(mm, mm->total_pages - mm->locked_pages))
		return -ENOMEM;
	for (struct vma *v = mm_first_vma(mm); v; v = mm_next_vma(v)) {
		uint64_t start = v->start;
		int err = set_locked(mm, v->start, v->end, lock);
		if (err)
			return err;
		v = vma_at(mm, start);
	}
	return 0;
}
