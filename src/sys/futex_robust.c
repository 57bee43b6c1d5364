/* futex_robust.c - the list of robust mutexes a thread holds: set_robust_list(2), get_robust_list(2) and what
 * happens at its end (Documentation/locking/robust-futexes.rst), and set_tid_address(2).
 *
 * The list lies in guest memory and may be anything: it is followed for a bounded number of steps, and every
 * doubt ends the walk. */
#include "core/errno.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/futex.h"
#include "sys/futex_queue.h"
#include "sys/syscall.h"

#define ROBUST_LIST_LIMIT 2048
#define ROBUST_PI_BIT 1ULL

struct robust_list_head_linux {
	uint64_t next;
	int64_t futex_offset;
	uint64_t list_op_pending;
};

/* One mutex: its word says that the owner died. false: stop here. */
static bool robust_release(uaddr_t addr, bool pi, bool pending)
{
	uint32_t word, old;
	if (addr.v % sizeof(uint32_t) || get_user_u32(&word, addr))
		return false;
	/* The thread died between clearing the word and waking: do the wake for it. */
	if (pending && !pi && word == 0) {
		(void)futex_wake(addr, true, 1);
		return true;
	}
	if ((word & FUTEX_TID_MASK_LINUX) != (uint32_t)current->tid)
		return true;
	uint32_t dead = (word & FUTEX_WAITERS_LINUX) | FUTEX_OWNER_DIED_LINUX;
	if (cmpxchg_user_u32(addr, word, dead, &old))
		return false;
	/* waiters of a PI futex get it from futex_exit_pi() */
	if (!pi && (word & FUTEX_WAITERS_LINUX))
		(void)futex_wake(addr, true, 1);
	return true;
}

void futex_exit_robust(void)
{
	struct robust_list_head_linux head;
	uint64_t list = current->robust_list.v;
	if (!list)
		return;
	current->robust_list = uaddr(0);
	if (copy_from_user(&head, uaddr(list), sizeof(head)))
		return;
	uint64_t offset = (uint64_t)head.futex_offset;
	uint64_t pending = head.list_op_pending & ~ROBUST_PI_BIT;
	uint64_t entry = head.next;
	for (int i = 0; i < ROBUST_LIST_LIMIT; i++) {
		uint64_t at = entry & ~ROBUST_PI_BIT, next = 0;
		if (at == list)
			break;
		/* the next one first: the mutex may be gone once it is released */
		int err = get_user_u64(&next, uaddr(at));
		if (at != pending && !robust_release(uaddr(at + offset), entry & ROBUST_PI_BIT, false))
			return;
		if (err)
			return;
		entry = next;
	}
	if (pending)
		(void)robust_release(uaddr(pending + offset), head.list_op_pending & ROBUST_PI_BIT, true);
}

int64_t sys_set_robust_list(uaddr_t head, uint64_t len)
{
	if (len != sizeof(struct robust_list_head_linux))
		return -EINVAL;
	current->robust_list = head;
	current->robust_list_len = len;
	return 0;
}

int64_t sys_get_robust_list(int pid, uaddr_t head_ptr, uaddr_t len_ptr)
{
	const struct task *t = pid ? task_find(pid) : current;
	if (!t)
		return -ESRCH;
	/* as for tracing: one's own, or everything with the capability */
	if (t->process != current->process && !cred_capable(current->cred, CAP_SYS_PTRACE)) {
		const struct cred *a = current->cred, *b = t->cred;
		if (!b || a->uid != b->uid || a->uid != b->euid || a->uid != b->suid)
			return -EPERM;
	}
	if (put_user_u64(len_ptr, sizeof(struct robust_list_head_linux)))
		return -EFAULT;
	return put_user_u64(head_ptr, t->robust_list.v);
}

int64_t sys_set_tid_address(uaddr_t tidptr)
{
	current->clear_child_tid = tidptr;
	return current->tid;
}
