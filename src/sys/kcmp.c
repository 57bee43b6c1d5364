/* kcmp.c - kcmp(2): do two processes share a kernel object? Objects are ordered by their place in the arena,
 * which is the same in every run. Left out: KCMP_IO and KCMP_SYSVSEM (no task shares such a thing),
 * KCMP_EPOLL_TFD. */
#include "core/errno.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "sys/syscall.h"

/* clang-format off */
enum { KCMP_FILE, KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND };
/* clang-format on */

static int64_t kcmp_order(const void *a, const void *b)
{
	if (a == b)
		return 0;
	return (uintptr_t)a < (uintptr_t)b ? 1 : 2;
}

static const struct file *kcmp_file(const struct task *t, uint64_t idx)
{
	struct file *f = NULL;
	if (!t->files || idx > INT32_MAX)
		return NULL;
	return fdtable_next(t->files, (int)idx, &f) == (int)idx ? f : NULL;
}

static bool kcmp_permitted(const struct task *t)
{
	const struct cred *me = current->cred, *you = t->cred;
	return t->process == current->process || cred_capable(me, CAP_SYS_PTRACE) ||
	       (me->uid == you->uid && me->uid == you->euid && me->uid == you->suid && t->dumpable);
}

int64_t sys_kcmp(int pid1, int pid2, int type, uint64_t idx1, uint64_t idx2)
{
	const struct task *a = task_find(pid1), *b = task_find(pid2);
	if (!a || !b || !a->cred || !b->cred)
		return -ESRCH;
	if (!kcmp_permitted(a) || !kcmp_permitted(b))
		return -EPERM;
	switch (type) {
	case KCMP_FILE: {
		const struct file *f1 = kcmp_file(a, idx1), *f2 = kcmp_file(b, idx2);
		return f1 && f2 ? kcmp_order(f1, f2) : -EBADF;
	}
	case KCMP_VM: return kcmp_order(a->mm, b->mm);
	case KCMP_FILES: return kcmp_order(a->files, b->files);
	case KCMP_FS: return kcmp_order(a->fs, b->fs);
	case KCMP_SIGHAND: return kcmp_order(a->sighand, b->sighand);
	default: return -EINVAL;
	}
}
