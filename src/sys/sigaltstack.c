/* sigaltstack.c - alternate signal stacks (sigaltstack(2)). */
#include "sys/sigaltstack.h"

#include "core/errno.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"

bool sigaltstack_in_range(const struct task *t, uint64_t sp)
{
	return sp > t->sigaltstack.ss_sp && sp - t->sigaltstack.ss_sp <= t->sigaltstack.ss_size;
}

bool sigaltstack_contains(const struct task *t, uint64_t sp)
{
	if ((uint32_t)t->sigaltstack.ss_flags & SS_AUTODISARM_LINUX)
		return false;
	return sigaltstack_in_range(t, sp);
}

int sigaltstack_flags(const struct task *t, uint64_t sp)
{
	if (t->sigaltstack.ss_size == 0)
		return SS_DISABLE_LINUX;
	return sigaltstack_contains(t, sp) ? SS_ONSTACK_LINUX : 0;
}

static int sigaltstack_set(const struct stack_linux *ss, uint64_t sp)
{
	uint32_t flags = (uint32_t)ss->ss_flags;
	uint32_t mode = flags & ~SS_AUTODISARM_LINUX;
	if (sigaltstack_contains(current, sp))
		return -EPERM;
	if (mode != SS_DISABLE_LINUX && mode != SS_ONSTACK_LINUX && mode != 0)
		return -EINVAL;
	struct stack_linux new = *ss;
	new.pad_ = 0;
	if (mode == SS_DISABLE_LINUX) {
		new.ss_sp = 0;
		new.ss_size = 0;
	} else if (ss->ss_size < MINSIGSTKSZ_LINUX) {
		return -ENOMEM;
	}
	current->sigaltstack = new;
	return 0;
}

void sigaltstack_restore(const struct stack_linux *ss)
{
	(void)sigaltstack_set(ss, current->regs.rsp);
}

int64_t sys_sigaltstack(uaddr_t uss, uaddr_t uold)
{
	struct stack_linux new, old = {0};
	if (!uaddr_null(uss) && copy_from_user(&new, uss, sizeof(new)))
		return -EFAULT;
	old.ss_sp = current->sigaltstack.ss_sp;
	old.ss_size = current->sigaltstack.ss_size;
	old.ss_flags = sigaltstack_flags(current, current->regs.rsp) |
		       (int32_t)((uint32_t)current->sigaltstack.ss_flags & SS_AUTODISARM_LINUX);
	if (!uaddr_null(uss)) {
		int err = sigaltstack_set(&new, current->regs.rsp);
		if (err)
			return err;
	}
	return uaddr_null(uold) ? 0 : copy_to_user(uold, &old, sizeof(old));
}
