/* memory.c - system calls about pages that are mapped already: madvise(2), msync(2), mincore(2), mlock(2) and
 * relatives, set_mempolicy(2) and relatives, membarrier(2).
 *
 * There is one memory node and one CPU: a policy can only name that node and changes nothing; a barrier
 * between CPUs is always in force.
 *
 * Leaves out: remembering a memory policy (get_mempolicy(2) tells the default), membarrier's rseq commands.
 */
#include "core/cred.h"
#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "mm/mm.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

#define MLOCK_ONFAULT_LINUX 1U
#define MCL_CURRENT_LINUX 1
#define MCL_FUTURE_LINUX 2
#define MCL_ONFAULT_LINUX 4

int64_t sys_madvise(uaddr_t addr, uint64_t length, int advice)
{
	return mm_advise(current->mm, addr.v, length, advice);
}

int64_t sys_msync(uaddr_t addr, uint64_t length, int flags)
{
	return mm_sync(current->mm, addr.v, length, (uint32_t)flags);
}

int64_t sys_mincore(uaddr_t addr, uint64_t length, uaddr_t vec)
{
	if (addr.v & (PAGE_SIZE - 1))
		return -EINVAL;
	if (addr.v > CPU_GUEST_END || length > CPU_GUEST_END - addr.v)
		return -ENOMEM;
	uint64_t pages = round_up(length, PAGE_SIZE) >> PAGE_SHIFT;
	if (vec.v > CPU_GUEST_END || pages > CPU_GUEST_END - vec.v)
		return -EFAULT;
	uint8_t *buf = kmalloc(PAGE_SIZE);
	if (!buf)
		return -ENOMEM;
	int err = 0;
	for (uint64_t done = 0; done < pages && !err;) {
		uint64_t n = MIN(pages - done, PAGE_SIZE);
		err = mm_incore(current->mm, addr.v + (done << PAGE_SHIFT), n << PAGE_SHIFT, buf);
		if (!err)
			err = copy_to_user(uaddr_add(vec, done), buf, n);
		done += n;
	}
	kfree(buf);
	return err;
}

/* --- locking ---------------------------------------------------------------------------------- */

static int64_t lock_range(uaddr_t addr, uint64_t len, bool populate)
{
	int err = mm_lock(current->mm, addr.v, len, true);
	if (err || !populate)
		return err;
	uint64_t start = round_down(addr.v, PAGE_SIZE);
	err = mm_populate(current->mm, start, round_up(addr.v + len, PAGE_SIZE));
	/* POSIX wants ENOMEM for what cannot be reached, EAGAIN when memory is short. */
	if (err == -ENOMEM)
		return -EAGAIN;
	return err ? -ENOMEM : 0;
}

int64_t sys_mlock(uaddr_t addr, uint64_t len)
{
	return lock_range(addr, len, true);
}

int64_t sys_mlock2(uaddr_t addr, uint64_t len, uint32_t flags)
{
	if (flags & ~MLOCK_ONFAULT_LINUX)
		return -EINVAL;
	return lock_range(addr, len, !(flags & MLOCK_ONFAULT_LINUX));
}

int64_t sys_munlock(uaddr_t addr, uint64_t len)
{
	return mm_lock(current->mm, addr.v, len, false);
}

int64_t sys_mlockall(int flags)
{
	struct mm *mm = current->mm;
	if (!flags || (flags & ~(MCL_CURRENT_LINUX | MCL_FUTURE_LINUX | MCL_ONFAULT_LINUX)) ||
	    flags == MCL_ONFAULT_LINUX)
		return -EINVAL;
	if (!cred_capable(current->cred, CAP_IPC_LOCK) && task_rlimit(RLIMIT_MEMLOCK_LINUX) == 0)
		return -EPERM;
	if (flags & MCL_CURRENT_LINUX) {
		int err = mm_lock_all(mm, true);
		if (err)
			return err;
	}
	mm->def_flags = flags & MCL_FUTURE_LINUX ? VMA_LOCKED : 0;
	if ((flags & (MCL_CURRENT_LINUX | MCL_ONFAULT_LINUX)) != MCL_CURRENT_LINUX)
		return 0;
	/* As in Linux, what cannot be brought in is left out without a word. */
	for (const struct vma *v = mm_first_vma(mm); v;) {
		uint64_t end = v->end;
		mm_populate(mm, v->start, end);
		v = mm_find_vma(mm, end);
	}
	return 0;
}

int64_t sys_munlockall(void)
{
	current->mm->def_flags = 0;
	return mm_lock_all(current->mm, false);
}

/* --- memory policy ---------------------------------------------------------------------------- */

#define MPOL_DEFAULT_LINUX 0
#define MPOL_PREFERRED_LINUX 1
#define MPOL_LOCAL_LINUX 4
#define MPOL_MAX_LINUX 7
#define MPOL_MODE_FLAGS_LINUX 0xe000
#define MPOL_F_NODE_LINUX 1U
#define MPOL_F_ADDR_LINUX 2U
#define MPOL_F_MEMS_ALLOWED_LINUX 4U
#define MPOL_MF_VALID_LINUX 7U
#define NODEMASK_BITS_MAX (8 * PAGE_SIZE)

/* Reads a mask of nodes: *any is whether it names one, and no other than node 0 may be. maxnode counts one
 * too many, as the kernel's interface has it. */
static int read_nodemask(uaddr_t mask, uint64_t maxnode, bool *any)
{
	*any = false;
	if (uaddr_null(mask) || maxnode <= 1)
		return 0;
	uint64_t bits = maxnode - 1;
	if (bits > NODEMASK_BITS_MAX)
		return -EINVAL;
	for (uint64_t i = 0; i * 64 < bits; i++) {
		uint64_t word;
		if (get_user_u64(&word, uaddr_add(mask, i * 8)))
			return -EFAULT;
		if (bits - i * 64 < 64)
			word &= (1ULL << (bits - i * 64)) - 1;
		if (word & ~(i == 0 ? 1ULL : 0ULL))
			return -EINVAL;
		*any |= word != 0;
	}
	return 0;
}

static int check_policy(int mode, uaddr_t nodemask, uint64_t maxnode)
{
	mode &= ~MPOL_MODE_FLAGS_LINUX;
	if (mode < 0 || mode >= MPOL_MAX_LINUX)
		return -EINVAL;
	bool any;
	int err = read_nodemask(nodemask, maxnode, &any);
	if (err)
		return err;
	if (mode == MPOL_DEFAULT_LINUX || mode == MPOL_LOCAL_LINUX)
		return any ? -EINVAL : 0;
	return any || mode == MPOL_PREFERRED_LINUX ? 0 : -EINVAL;
}

int64_t sys_set_mempolicy(int mode, uaddr_t nodemask, uint64_t maxnode)
{
	return check_policy(mode, nodemask, maxnode);
}

int64_t sys_mbind(uaddr_t addr, uint64_t len, int mode, uaddr_t nodemask, uint64_t maxnode, uint32_t flags)
{
	if ((addr.v & (PAGE_SIZE - 1)) || (flags & ~MPOL_MF_VALID_LINUX))
		return -EINVAL;
	int err = check_policy(mode, nodemask, maxnode);
	if (err || len == 0)
		return err;
	uint64_t end = addr.v + round_up(len, PAGE_SIZE);
	if (end <= addr.v)
		return -EINVAL;
	const struct vma *v = mm_find_vma(current->mm, addr.v);
	return v && v->start < end ? 0 : -EFAULT;
}

int64_t sys_get_mempolicy(uaddr_t mode, uaddr_t nodemask, uint64_t maxnode, uaddr_t addr, uint64_t flags)
{
	uint32_t f = (uint32_t)flags;
	if (f & ~(MPOL_F_NODE_LINUX | MPOL_F_ADDR_LINUX | MPOL_F_MEMS_ALLOWED_LINUX))
		return -EINVAL;
	if (!uaddr_null(nodemask) && maxnode < 1)
		return -EINVAL;
	if ((f & MPOL_F_MEMS_ALLOWED_LINUX) && (f & (MPOL_F_NODE_LINUX | MPOL_F_ADDR_LINUX)))
		return -EINVAL;
	if (f & MPOL_F_ADDR_LINUX) {
		const struct vma *v = mm_find_vma(current->mm, addr.v);
		if (!v || v->start > addr.v)
			return -EFAULT;
	} else if (!uaddr_null(addr) || (f & MPOL_F_NODE_LINUX)) {
		return -EINVAL;
	}
	/* Mode (MPOL_DEFAULT) and the node of an address are both 0. */
	if (!uaddr_null(mode) && put_user_u32(mode, MPOL_DEFAULT_LINUX))
		return -EFAULT;
	if (uaddr_null(nodemask))
		return 0;
	uint64_t words = (MIN(maxnode - 1, NODEMASK_BITS_MAX) + 63) / 64;
	for (uint64_t i = 0; i < words; i++) {
		uint64_t word = i == 0 && (f & MPOL_F_MEMS_ALLOWED_LINUX) ? 1 : 0;
		if (put_user_u64(uaddr_add(nodemask, i * 8), word))
			return -EFAULT;
	}
	return 0;
}

/* --- membarrier ------------------------------------------------------------------------------- */

enum membarrier_cmd {
	MEMBARRIER_QUERY = 0,
	MEMBARRIER_GLOBAL = 1,
	MEMBARRIER_GLOBAL_EXPEDITED = 2,
	MEMBARRIER_REGISTER_GLOBAL_EXPEDITED = 4,
	MEMBARRIER_PRIVATE_EXPEDITED = 8,
	MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 16,
	MEMBARRIER_PRIVATE_SYNC_CORE = 32,
	MEMBARRIER_REGISTER_PRIVATE_SYNC_CORE = 64,
	MEMBARRIER_ALL = 127,
};

int64_t sys_membarrier(int cmd, uint32_t flags, int cpu_id)
{
	(void)cpu_id; /* only means something with a flag of the rseq commands */
	if (flags)
		return -EINVAL;
	uint32_t *registered = &current->mm->membarrier;
	switch (cmd) {
	case MEMBARRIER_QUERY: return MEMBARRIER_ALL;
	case MEMBARRIER_GLOBAL:
	case MEMBARRIER_GLOBAL_EXPEDITED: return 0;
	case MEMBARRIER_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED:
	case MEMBARRIER_REGISTER_PRIVATE_SYNC_CORE: *registered |= (uint32_t)cmd; return 0;
	case MEMBARRIER_PRIVATE_EXPEDITED:
	case MEMBARRIER_PRIVATE_SYNC_CORE:
		/* The registration's number is twice the command's. */
		return *registered & (uint32_t)cmd * 2 ? 0 : -EPERM;
	default: return -EINVAL;
	}
}
