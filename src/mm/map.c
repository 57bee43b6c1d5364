/* map.c - mmap(2) and munmap(2).
 *
 * Everything is checked before anything changes; what MAP_FIXED replaces goes away only when the new VMA is
 * sure.
 *
 * Leaves out: MAP_HUGETLB and MAP_SYNC (refused by the caller), a mapping at address 0 (the lowest is 64
 * KiB). */
#include "core/errno.h"
#include "core/task.h"
#include "mm/lock.h"
#include "mm/mm.h"
#include "mm/pagetable.h"
#include "mm/shmem.h"
#include "mm/vma.h"

/* Where MAP_32BIT places: the second GiB. */
#define LOW_START 0x40000000ULL
#define LOW_END 0x80000000ULL

static uint32_t flags_of(const struct mm *mm, const struct mm_map_args *a)
{
	uint32_t f = (a->prot & (VMA_READ | VMA_WRITE | VMA_EXEC)) | a->vma_flags | mm->def_flags;
	bool shared = a->flags & MAP_SHARED_LINUX;
	if (shared)
		f |= VMA_SHARED;
	if (!shared || !a->file)
		f |= VMA_MAYWRITE;
	if (a->flags & MAP_GROWSDOWN_LINUX)
		f |= VMA_GROWSDOWN;
	if (a->flags & MAP_LOCKED_LINUX)
		f |= VMA_LOCKED;
	if (a->flags & MAP_NORESERVE_LINUX)
		f |= VMA_NORESERVE;
	/* Only loaders place pieces of files: what they place writable and private is going to be relocated.
	 */
	if (a->file && !shared && (f & VMA_WRITE) && (a->flags & (MAP_FIXED_LINUX | MAP_DENYWRITE_LINUX)))
		f |= VMA_LIKELY_WRITE;
	return f;
}

/* Chooses the address: > 0, or a negative errno. */
static int64_t place(struct mm *mm, const struct mm_map_args *a, uint64_t len)
{
	uint64_t addr = a->addr;
	if (a->flags & (MAP_FIXED_LINUX | MAP_FIXED_NOREPLACE_LINUX)) {
		if (addr > CPU_GUEST_END || CPU_GUEST_END - addr < len)
			return -ENOMEM;
		if (addr & (PAGE_SIZE - 1))
			return -EINVAL;
		if (addr < CPU_GUEST_START)
			return -EPERM;
		const struct vma *v = mm_find_vma(mm, addr);
		if ((a->flags & MAP_FIXED_NOREPLACE_LINUX) && v && v->start < addr + len)
			return -EEXIST;
		return (int64_t)addr;
	}
	addr = round_down(addr, PAGE_SIZE);
	uint64_t end = a->flags & MAP_32BIT_LINUX ? LOW_END : CPU_GUEST_END;
	if (addr) {
		addr = MAX(addr, CPU_GUEST_START);
		if (addr < end && end - addr >= len && vma_range_free(mm, addr, addr + len))
			return (int64_t)addr;
	}
	addr = a->flags & MAP_32BIT_LINUX ? vma_find_gap_low(mm, len, LOW_START, LOW_END)
					  : vma_find_gap(mm, len);
	return addr ? (int64_t)addr : -ENOMEM;
}

/* Pages of [start, end) that are mapped now. */
static uint64_t mapped_pages(struct mm *mm, uint64_t start, uint64_t end)
{
	uint64_t n = 0;
	for (struct vma *v = mm_find_vma(mm, start); v && v->start < end; v = mm_next_vma(v))
		n += (MIN(end, v->end) - MAX(start, v->start)) >> PAGE_SHIFT;
	return n;
}

static int check_limits(struct mm *mm, const struct mm_map_args *a, uint32_t flags, uint64_t addr,
			uint64_t len)
{
	uint64_t pages = len >> PAGE_SHIFT;
	if (mm->nr_vmas >= MM_MAX_MAP_COUNT)
		return -ENOMEM;
	if ((a->flags & MAP_LOCKED_LINUX) && !lock_allowed())
		return -EPERM;
	if ((flags & VMA_LOCKED) && !lock_within_limit(mm, pages))
		return -EAGAIN;
	uint64_t replaced = a->flags & MAP_FIXED_LINUX ? mapped_pages(mm, addr, addr + len) : 0;
	if (!vma_may_expand(mm, flags, pages - MIN(pages, replaced)))
		return -ENOMEM;
	return vma_commit(flags, a->file != NULL, pages);
}

static struct vma *make_vma(const struct mm_map_args *a, uint32_t flags, uint64_t addr, uint64_t len)
{
	struct vma *v = vma_alloc();
	if (!v)
		return NULL;
	v->start = addr;
	v->end = addr + len;
	v->flags = flags;
	v->pc = a->pc;
	v->pgoff = a->pc ? a->pgoff : 0;
	v->file = a->file;
	v->ops = a->ops;
	v->special_name = a->special_name;
	return v;
}

/* Replaces what is at [addr, addr + len) by the new mapping. */
static int enter(struct mm *mm, const struct mm_map_args *a, uint32_t flags, uint64_t addr, uint64_t len)
{
	struct vma *v = make_vma(a, flags, addr, len);
	if (!v)
		return -ENOMEM;
	int err = mm_unmap_range(mm, addr, addr + len);
	if (err) {
		vma_free(v);
		return err;
	}
	vma_insert(mm, v);
	if (v->ops && v->ops->open)
		v->ops->open(v);
	vma_merge(v);
	return 0;
}

int64_t mm_map(struct mm *mm, const struct mm_map_args *args)
{
	struct mm_map_args a = *args;
	uint64_t len = round_up(a.len, PAGE_SIZE);
	if (a.len == 0)
		return -EINVAL;
	if (len == 0 || len > CPU_GUEST_END)
		return -ENOMEM;
	if (a.pgoff + (len >> PAGE_SHIFT) < a.pgoff)
		return -EOVERFLOW;
	int64_t addr = place(mm, &a, len);
	if (addr < 0)
		return addr;
	uint32_t flags = flags_of(mm, &a);
	int err = check_limits(mm, &a, flags, (uint64_t)addr, len);
	if (err)
		return err;

	bool own_shmem = (flags & VMA_SHARED) && !a.pc;
	if (own_shmem) {
		err = shmem_create(len, &a);
		if (err)
			return err;
	}
	err = enter(mm, &a, flags, (uint64_t)addr, len);
	if (own_shmem)
		shmem_put(a.pc);
	if (err)
		return err;
	if ((flags & VMA_LOCKED) ||
	    (a.flags & (MAP_POPULATE_LINUX | MAP_NONBLOCK_LINUX)) == MAP_POPULATE_LINUX)
		mm_populate(mm, (uint64_t)addr, (uint64_t)addr + len);
	return addr;
}

int mm_unmap(struct mm *mm, uint64_t addr, uint64_t len)
{
	uint64_t size = round_up(len, PAGE_SIZE);
	if ((addr & (PAGE_SIZE - 1)) || addr > CPU_GUEST_END || len > CPU_GUEST_END - addr || size == 0)
		return -EINVAL;
	return mm_unmap_range(mm, addr, addr + size);
}
