/* mman.c - system calls that change mappings: mmap(2), munmap(2), mprotect(2), mremap(2),
 * remap_file_pages(2), brk(2), pkeys(7).
 *
 * The work is mm/'s; here descriptors and flags are checked, and files asked for what stands behind them.
 *
 * Leaves out: huge pages (MAP_HUGETLB finds none), MAP_SYNC, protection keys (none to allocate, as on a CPU
 * without them). */
#include "core/errno.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "mm/mm.h"
#include "sys/syscalls.h"

/* personality(2): reading implies executing. */
#define READ_IMPLIES_EXEC_LINUX 0x0400000U

#define PROT_ALL (PROT_READ_LINUX | PROT_WRITE_LINUX | PROT_EXEC_LINUX)

/* Flags that MAP_SHARED_VALIDATE accepts. */
#define KNOWN_FLAGS                                                                                       \
	(MAP_TYPE_LINUX | MAP_FIXED_LINUX | MAP_ANONYMOUS_LINUX | MAP_32BIT_LINUX | MAP_GROWSDOWN_LINUX | \
	 MAP_DENYWRITE_LINUX | MAP_EXECUTABLE_LINUX | MAP_LOCKED_LINUX | MAP_NORESERVE_LINUX |            \
	 MAP_POPULATE_LINUX | MAP_NONBLOCK_LINUX | MAP_STACK_LINUX | MAP_HUGETLB_LINUX |                  \
	 MAP_FIXED_NOREPLACE_LINUX)

static uint32_t effective_prot(int prot)
{
	uint32_t p = (uint32_t)prot;
	if ((p & PROT_READ_LINUX) && (current->personality & READ_IMPLIES_EXEC_LINUX))
		p |= PROT_EXEC_LINUX;
	return p;
}

/* Checks a mapping of f and lets it complete a. */
static int map_file_args(struct file *f, struct mm_map_args *a)
{
	switch (a->flags & MAP_TYPE_LINUX) {
	case MAP_SHARED_VALIDATE_LINUX:
		if (a->flags & ~(uint32_t)KNOWN_FLAGS)
			return -EOPNOTSUPP;
		a->flags = (a->flags & ~(uint32_t)MAP_TYPE_LINUX) | MAP_SHARED_LINUX;
		__attribute__((fallthrough));
	case MAP_SHARED_LINUX:
		if ((a->prot & PROT_WRITE_LINUX) && !f->writable)
			return -EACCES;
		if (f->writable)
			a->vma_flags |= VMA_MAYWRITE;
		break;
	case MAP_PRIVATE_LINUX: break;
	default: return -EINVAL;
	}
	if (!f->readable)
		return -EACCES;
	if ((a->prot & PROT_EXEC_LINUX) && f->path.mnt && (f->path.mnt->flags & MS_NOEXEC_LINUX))
		return -EPERM;
	if (!f->ops->mmap)
		return -ENODEV;
	if (a->flags & MAP_GROWSDOWN_LINUX)
		return -EINVAL;
	a->file = f;
	return f->ops->mmap(f, a);
}

int64_t sys_mmap(uaddr_t addr, uint64_t length, int prot, int flags, int fd, int64_t offset)
{
	struct mm_map_args a = {
	    .addr = addr.v,
	    .len = length,
	    .prot = effective_prot(prot) & PROT_ALL,
	    .flags = (uint32_t)flags,
	    .pgoff = (uint64_t)offset >> PAGE_SHIFT,
	};
	if (offset & (int64_t)(PAGE_SIZE - 1))
		return -EINVAL;
	bool anonymous = flags & MAP_ANONYMOUS_LINUX;
	struct file *f = NULL;
	if (!anonymous) {
		f = fd_file_io(fd);
		if (!f)
			return -EBADF;
	}
	if (length == 0)
		return -EINVAL;
	if (flags & MAP_HUGETLB_LINUX)
		return anonymous ? -ENOMEM : -EINVAL;
	if (!anonymous) {
		uint64_t pages = round_up(length, PAGE_SIZE) >> PAGE_SHIFT;
		if (round_up(length, PAGE_SIZE) == 0)
			return -ENOMEM;
		if (a.pgoff + pages < a.pgoff || a.pgoff + pages > UINT64_MAX >> PAGE_SHIFT)
			return -EOVERFLOW;
		int err = map_file_args(f, &a);
		return err ? err : mm_map(current->mm, &a);
	}
	uint32_t type = a.flags & MAP_TYPE_LINUX;
	if (type != MAP_SHARED_LINUX && type != MAP_PRIVATE_LINUX)
		return -EINVAL;
	if (type == MAP_SHARED_LINUX && (a.flags & MAP_GROWSDOWN_LINUX))
		return -EINVAL;
	a.pgoff = 0;
	return mm_map(current->mm, &a);
}

int64_t sys_munmap(uaddr_t addr, uint64_t length)
{
	return mm_unmap(current->mm, addr.v, length);
}

int64_t sys_mprotect(uaddr_t addr, uint64_t length, int prot)
{
	return mm_protect(current->mm, addr.v, length, effective_prot(prot));
}

int64_t sys_mremap(uaddr_t old_addr, uint64_t old_size, uint64_t new_size, int flags, uaddr_t new_addr)
{
	return mm_remap(current->mm, old_addr.v, old_size, new_size, (uint32_t)flags, new_addr.v);
}

int64_t sys_brk(uaddr_t addr)
{
	return (int64_t)mm_brk(current->mm, addr.v);
}

/* The VMA that [start, end) lies in, its continuations counted in; NULL: not one shared mapping. */
static struct vma *shared_range(struct mm *mm, uint64_t start, uint64_t end)
{
	struct vma *v = mm_find_vma(mm, start);
	if (!v || v->start > start || !(v->flags & VMA_SHARED) || !v->pc)
		return NULL;
	for (struct vma *w = v; w->end < end;) {
		struct vma *next = mm_next_vma(w);
		if (!next || next->start != w->end || next->pc != v->pc || next->flags != v->flags)
			return NULL;
		w = next;
	}
	return v;
}

/* Deprecated, and since Linux 4.0 a mapping of its own like here. */
int64_t sys_remap_file_pages(uaddr_t addr, uint64_t size, int prot, uint64_t pgoff, int flags)
{
	uint64_t start = round_down(addr.v, PAGE_SIZE), len = round_down(size, PAGE_SIZE);
	if (prot || start + len <= start || pgoff + (len >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	const struct vma *v = shared_range(current->mm, start, start + len);
	if (!v)
		return -EINVAL;
	struct mm_map_args a = {
	    .addr = start,
	    .len = len,
	    .prot = v->flags & (VMA_READ | VMA_WRITE | VMA_EXEC),
	    .flags = MAP_SHARED_LINUX | MAP_FIXED_LINUX | MAP_POPULATE_LINUX |
		     ((uint32_t)flags & MAP_NONBLOCK_LINUX),
	    .vma_flags = v->flags & (VMA_MAYWRITE | VMA_LOCKED),
	    .pc = v->pc,
	    .pgoff = pgoff,
	    .file = v->file,
	    .ops = v->ops,
	};
	/* The old VMA may hold the last reference to the file, and is about to be replaced. */
	struct vma keep = *v;
	if (keep.ops && keep.ops->open)
		keep.ops->open(&keep);
	int64_t res = mm_map(current->mm, &a);
	if (keep.ops && keep.ops->close)
		keep.ops->close(&keep);
	return res < 0 ? res : 0;
}

int64_t sys_pkey_mprotect(uaddr_t addr, uint64_t length, int prot, int pkey)
{
	if (pkey != -1)
		return -EINVAL;
	return sys_mprotect(addr, length, prot);
}

int64_t sys_pkey_alloc(uint32_t flags, uint32_t access_rights)
{
	if (flags || (access_rights & ~3U))
		return -EINVAL;
	return -ENOSPC;
}

int64_t sys_pkey_free(int pkey)
{
	(void)pkey;
	return -EINVAL;
}
