/* clone.c - new tasks: fork(2), vfork(2), clone(2), clone3(2).
 *
 * Order of work: all checks, then the new task is built completely while it is still TASK_NEW (so that every
 * failure can abandon it), then it is started. Nothing in between sleeps.
 *
 * Left out: namespaces (there is one of each kind: EPERM without the capability, else EINVAL as in a Linux
 * built without them), control groups (CLONE_INTO_CGROUP: no descriptor of one exists, EBADF), CLONE_PTRACE
 * and CLONE_IO (accepted, without effect, as there is no tracing from inside and no I/O scheduler). */
#include "sys/clone.h"

#include <string.h>

#include "core/choice.h"
#include "core/door.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/sched.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/fsctx.h"
#include "fs/tty.h"
#include "mm/mm.h"
#include "mm/usercopy.h"
#include "sys/pidfd.h"
#include "sys/syscall.h"
#include "sys/trap.h"

#define CLONE_ARGS_SIZE_VER0 64

struct clone_args_linux {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
	    set_tid_size, cgroup;
};
_Static_assert(sizeof(struct clone_args_linux) == 88, "struct clone_args");

/* A decoded request, whichever call it came from. */
struct clone_request {
	uint64_t flags; /* without the exit signal */
	uint8_t exit_signal;
	uint64_t stack; /* 0: as the parent's */
	uaddr_t pidfd, parent_tid, child_tid;
	uint64_t tls;
	int32_t set_tid; /* 0: the next one */
};

/* Only one new task is being built at a time, and nothing sleeps meanwhile. */
static struct cpu_xstate clone_xstate;

static int clone_check_namespaces(uint64_t flags)
{
	const uint64_t privileged = CLONE_NEWNS_LINUX | CLONE_NEWCGROUP_LINUX | CLONE_NEWUTS_LINUX |
				    CLONE_NEWIPC_LINUX | CLONE_NEWPID_LINUX | CLONE_NEWNET_LINUX |
				    CLONE_NEWTIME_LINUX;
	if (flags & CLONE_NEWUSER_LINUX)
		return -EINVAL;
	if ((flags & privileged) && !cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & privileged)
		return -EINVAL;
	return 0;
}

static int clone_check_limits(void)
{
	const struct cred *c = current->cred;
	if (process_count_uid(c->uid) < task_rlimit(RLIMIT_NPROC_LINUX) || c->uid == 0)
		return 0;
	if (cred_capable(c, CAP_SYS_RESOURCE) || cred_capable(c, CAP_SYS_ADMIN))
		return 0;
	return -EAGAIN;
}

/* The rules of clone(2) for combinations of flags, in the order in which Linux finds them broken. */
static int clone_check(const struct clone_request *r)
{
	uint64_t f = r->flags;
	if ((f & (CLONE_NEWNS_LINUX | CLONE_FS_LINUX)) == (CLONE_NEWNS_LINUX | CLONE_FS_LINUX))
		return -EINVAL;
	if ((f & (CLONE_NEWUSER_LINUX | CLONE_FS_LINUX)) == (CLONE_NEWUSER_LINUX | CLONE_FS_LINUX))
		return -EINVAL;
	if ((f & CLONE_THREAD_LINUX) && !(f & CLONE_SIGHAND_LINUX))
		return -EINVAL;
	if ((f & CLONE_SIGHAND_LINUX) && !(f & CLONE_VM_LINUX))
		return -EINVAL;
	/* a child of init would have no parent to be given to */
	if ((f & CLONE_PARENT_LINUX) && !current->process->parent)
		return -EINVAL;
	if ((f & CLONE_THREAD_LINUX) && (f & (CLONE_NEWUSER_LINUX | CLONE_NEWPID_LINUX)))
		return -EINVAL;
	if ((f & CLONE_PIDFD_LINUX) && (f & (CLONE_DETACHED_LINUX | CLONE_THREAD_LINUX)))
		return -EINVAL;
	int err = clone_check_namespaces(f);
	if (err)
		return err;
	err = clone_check_limits();
	if (err)
		return err;
	/* A signal that is pending now is taken before the fork, not by both sides after it. */
	if (signal_pending(current))
		return -ERESTARTNOINTR;
	if ((f & CLONE_SETTLS_LINUX) && r->tls >= CPU_SEGMENT_BASE_END)
		return -EPERM;
	return 0;
}

static int clone_copy_mm(struct task *child, uint64_t flags)
{
	struct mm *mm;
	if (flags & CLONE_VM_LINUX) {
		mm = mm_get(current->mm);
	} else {
		int err = mm_fork(current->mm, &mm);
		if (err)
			return err;
		/* Both sides go on in the same function and write to their stack at once. The child's copy
		 * first: what is left then belongs to the parent alone. */
		mm_prefault(mm, current->regs.rip, MM_EXEC);
		mm_prefault(mm, current->regs.rsp, MM_WRITE);
		mm_prefault(current->mm, current->regs.rsp, MM_WRITE);
	}
	child->mm = mm;
	if (!mm->space)
		mm->space = door->space_create();
	if (!mm->space)
		return -EAGAIN;
	child->thread = door->thread_create(mm->space);
	if (!child->thread)
		return -EAGAIN;
	if (current->thread) {
		door->xstate_get(current->thread, &clone_xstate);
		door->xstate_set(child->thread, &clone_xstate);
	}
	return 0;
}

static int clone_copy_shared(struct task *child, uint64_t flags)
{
	child->files = flags & CLONE_FILES_LINUX ? fdtable_get(current->files) : fdtable_copy(current->files);
	child->fs = flags & CLONE_FS_LINUX ? fsctx_get(current->fs) : fsctx_copy(current->fs);
	if (flags & CLONE_SIGHAND_LINUX)
		child->sighand = sighand_get(current->sighand);
	else
		child->sighand = sighand_copy(current->sighand);
	if (!child->files || !child->fs || !child->sighand)
		return -ENOMEM;
	if (flags & CLONE_CLEAR_SIGHAND_LINUX) {
		for (int i = 0; i < NSIG_LINUX; i++) {
			struct sigaction_linux *sa = &child->sighand->action[i];
			if (sa->handler != SIG_IGN_LINUX)
				memset(sa, 0, sizeof(*sa));
		}
	}
	return clone_copy_mm(child, flags);
}

static void clone_copy_policy(struct task *child)
{
	child->nice = current->nice;
	child->sched_policy = current->sched_policy;
	child->sched_priority = current->sched_priority;
	if (!current->sched_reset_on_fork)
		return;
	if (child->sched_priority) {
		child->sched_policy = SCHED_OTHER_LINUX;
		child->sched_priority = 0;
	}
	child->nice = MAX(child->nice, (int8_t)0);
}

static void clone_copy_task(struct task *child, const struct clone_request *r)
{
	task_set_comm(child, current->comm);
	clone_copy_policy(child);
	child->affinity = current->affinity;
	child->timer_slack_ns = current->timer_slack_ns;
	child->no_new_privs = current->no_new_privs;
	child->dumpable = current->dumpable;
	child->personality = current->personality;
	child->blocked = current->has_saved_mask ? current->saved_mask : current->blocked;
	/* A thread that shares memory but not the parent's flow of control cannot use the same alternate
	 * stack. */
	if ((r->flags & (CLONE_VM_LINUX | CLONE_VFORK_LINUX)) != CLONE_VM_LINUX)
		child->sigaltstack = current->sigaltstack;
	else
		child->sigaltstack = (struct stack_linux){.ss_flags = SS_DISABLE_LINUX};
	child->clear_child_tid = r->flags & CLONE_CHILD_CLEARTID_LINUX ? r->child_tid : uaddr(0);
	if (r->flags & CLONE_THREAD_LINUX)
		child->exit_signal = 0;
	else if (r->flags & CLONE_PARENT_LINUX && current->process->leader)
		child->exit_signal = current->process->leader->exit_signal;
	else
		child->exit_signal = r->exit_signal;
	child->regs = current->regs;
	child->regs.rax = 0;
	if (r->stack)
		child->regs.rsp = r->stack;
	if (r->flags & CLONE_SETTLS_LINUX)
		child->regs.fs_base = r->tls;
	child->regs_dirty = true;
	child->in_syscall = false;
}

static void clone_copy_process(struct process *child, const struct process *parent)
{
	process_set_pgrp(child, parent->pgid);
	child->sid = parent->sid;
	if (!child->ctty && parent->ctty)
		child->ctty = tty_get(parent->ctty);
	memcpy(child->rlimit, parent->rlimit, sizeof(child->rlimit));
	child->oom_score_adj = parent->oom_score_adj;
	child->cpu_timers = parent->rlimit[RLIMIT_CPU_LINUX].cur != RLIM_INFINITY_LINUX;
}

/* Gives back what was put into a task that will not start. */
static void clone_abandon(struct task *child)
{
	if (child->thread)
		door->thread_destroy(child->thread);
	child->thread = NULL;
	if (child->mm)
		mm_put(child->mm);
	child->mm = NULL;
	if (child->files)
		fdtable_put(child->files);
	child->files = NULL;
	if (child->fs)
		fsctx_put(child->fs);
	child->fs = NULL;
	if (child->sighand)
		sighand_put(child->sighand);
	child->sighand = NULL;
	if (child->cred)
		cred_put(child->cred);
	child->cred = NULL;
	if (task_is_leader(child) && child->process->ctty)
		tty_clear_ctty(child->process);
	task_abandon(child);
}

static struct task *clone_create(const struct clone_request *r)
{
	struct process *p = current->process;
	int32_t last = task_last_pid();
	if (r->set_tid)
		task_set_last_pid(r->set_tid - 1);
	struct task *child = task_create(r->flags & CLONE_THREAD_LINUX ? p : NULL,
					 r->flags & CLONE_PARENT_LINUX ? p->parent : p, trap_loop);
	if (r->set_tid)
		task_set_last_pid(last);
	return child;
}

/* The CLONE_PIDFD descriptor of the parent. The descriptor number goes to the guest before anything is final.
 */
static int clone_pidfd(struct process *child, uaddr_t addr)
{
	struct file *f = pidfd_create(child, 0);
	if (!f)
		return -ENOMEM;
	int fd = fd_install(f, 0, true);
	if (fd < 0)
		return fd;
	int err = put_user_u32(addr, (uint32_t)fd);
	if (err)
		fd_close(fd);
	return err;
}

/* The parent of a vfork sleeps until the child leaves the shared address space; only a fatal signal ends it.
 * The child knows this stack frame, so it has to forget it when we leave early. */
static void clone_wait_vfork(struct task *child, struct waitq *wait, const bool *done)
{
	while (!*done) {
		if (wait_on_killable(wait) == 0)
			continue;
		if (!*done) {
			child->vfork_done = NULL;
			child->vfork_flag = NULL;
		}
		return;
	}
}

static int64_t clone_task(const struct clone_request *r)
{
	int err = clone_check(r);
	if (err)
		return err;
	if (r->set_tid && task_find(r->set_tid))
		return -EEXIST;
	struct task *child = clone_create(r);
	if (!child)
		return -EAGAIN;
	child->cred = cred_get(current->cred);
	err = clone_copy_shared(child, r->flags);
	if (!err) {
		clone_copy_task(child, r);
		if (!(r->flags & CLONE_THREAD_LINUX))
			clone_copy_process(child->process, current->process);
		if (r->flags & CLONE_PIDFD_LINUX)
			err = clone_pidfd(child->process, r->pidfd);
	}
	if (err) {
		clone_abandon(child);
		return err;
	}
	int32_t tid = child->tid;
	/* As in Linux, an address that cannot be written is not an error here. */
	if (r->flags & CLONE_PARENT_SETTID_LINUX)
		(void)put_user_u32(r->parent_tid, (uint32_t)tid);
	if (r->flags & CLONE_CHILD_SETTID_LINUX)
		(void)mm_copy_to(child->mm, r->child_tid.v, &tid, sizeof(tid));

	struct waitq wait;
	bool done = false;
	waitq_init(&wait);
	if (r->flags & CLONE_VFORK_LINUX) {
		child->vfork_done = &wait;
		child->vfork_flag = &done;
	}
	task_start(child);
	if (r->flags & CLONE_VFORK_LINUX)
		clone_wait_vfork(child, &wait, &done);
	return tid;
}

int64_t sys_fork(void)
{
	struct clone_request r = {.exit_signal = SIGCHLD_LINUX};
	return clone_task(&r);
}

int64_t sys_vfork(void)
{
	struct clone_request r = {.flags = CLONE_VFORK_LINUX | CLONE_VM_LINUX, .exit_signal = SIGCHLD_LINUX};
	return clone_task(&r);
}

int64_t sys_clone(uint64_t flags, uaddr_t stack, uaddr_t parent_tid, uaddr_t child_tid, uint64_t tls)
{
	struct clone_request r = {
	    .flags = (flags & UINT32_MAX) & ~(uint64_t)CSIGNAL_LINUX,
	    .exit_signal = (uint8_t)(flags & CSIGNAL_LINUX),
	    .stack = stack.v,
	    .pidfd = parent_tid, /* the two share one argument here */
	    .parent_tid = parent_tid,
	    .child_tid = child_tid,
	    .tls = tls,
	};
	if ((flags & CLONE_PIDFD_LINUX) && (flags & CLONE_PARENT_SETTID_LINUX))
		return -EINVAL;
	return clone_task(&r);
}

/* copy_struct_from_user(): a longer structure than ours is fine as long as the rest is zero. */
static int clone_args_from_user(struct clone_args_linux *a, uaddr_t uargs, uint64_t size)
{
	memset(a, 0, sizeof(*a));
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	for (uint64_t off = sizeof(*a); off < size; off++) {
		uint8_t byte;
		if (copy_from_user(&byte, uaddr_add(uargs, off), 1))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return copy_from_user(a, uargs, MIN(size, sizeof(*a)));
}

static int clone_args_check(const struct clone_args_linux *a)
{
	if (a->set_tid_size > 32 || (!a->set_tid && a->set_tid_size) || (a->set_tid && !a->set_tid_size))
		return -EINVAL;
	if ((a->exit_signal & ~(uint64_t)CSIGNAL_LINUX) || a->exit_signal > NSIG_LINUX)
		return -EINVAL;
	if ((a->flags & CLONE_INTO_CGROUP_LINUX) && (a->cgroup > INT32_MAX))
		return -EINVAL;
	if (a->flags & ~(0xffffffffULL | CLONE_CLEAR_SIGHAND_LINUX | CLONE_INTO_CGROUP_LINUX))
		return -EINVAL;
	if (a->flags & (CLONE_DETACHED_LINUX | (CSIGNAL_LINUX & ~CLONE_NEWTIME_LINUX)))
		return -EINVAL;
	if ((a->flags & CLONE_SIGHAND_LINUX) && (a->flags & CLONE_CLEAR_SIGHAND_LINUX))
		return -EINVAL;
	if ((a->flags & (CLONE_THREAD_LINUX | CLONE_PARENT_LINUX)) && a->exit_signal)
		return -EINVAL;
	if (a->stack ? a->stack_size == 0 : a->stack_size != 0)
		return -EINVAL;
	if (a->stack && (a->stack >= CPU_GUEST_END || a->stack_size > CPU_GUEST_END - a->stack))
		return -EINVAL;
	/* There are no control groups, so no descriptor can be one. */
	return a->flags & CLONE_INTO_CGROUP_LINUX ? -EBADF : 0;
}

/* set_tid names the pid in each nested namespace; here there is one. */
static int clone_args_set_tid(const struct clone_args_linux *a, int32_t *tid)
{
	uint32_t v;
	if (!a->set_tid_size)
		return 0;
	if (a->set_tid_size > 1)
		return -EINVAL;
	if (get_user_u32(&v, uaddr(a->set_tid)))
		return -EFAULT;
	if (v == 0 || v >= PID_MAX)
		return -EINVAL;
	if (!cred_capable(current->cred, CAP_SYS_ADMIN) &&
	    !cred_capable(current->cred, CAP_CHECKPOINT_RESTORE_LINUX))
		return -EPERM;
	*tid = (int32_t)v;
	return 0;
}

int64_t sys_clone3(uaddr_t uargs, uint64_t size)
{
	struct clone_args_linux a;
	int err = clone_args_from_user(&a, uargs, size);
	if (!err)
		err = clone_args_check(&a);
	if (err)
		return err;
	struct clone_request r = {
	    .flags = a.flags,
	    .exit_signal = (uint8_t)a.exit_signal,
	    .stack = a.stack ? a.stack + a.stack_size : 0,
	    .pidfd = uaddr(a.pidfd),
	    .parent_tid = uaddr(a.parent_tid),
	    .child_tid = uaddr(a.child_tid),
	    .tls = a.tls,
	};
	err = clone_args_set_tid(&a, &r.set_tid);
	return err ? err : clone_task(&r);
}

/* unshare(2): what has no namespace behind it. */
int64_t sys_unshare(uint64_t flags)
{
	const uint64_t known = CLONE_THREAD_LINUX | CLONE_FS_LINUX | CLONE_NEWNS_LINUX | CLONE_SIGHAND_LINUX |
			       CLONE_VM_LINUX | CLONE_FILES_LINUX | CLONE_SYSVSEM_LINUX | CLONE_NEWUTS_LINUX |
			       CLONE_NEWIPC_LINUX | CLONE_NEWNET_LINUX | CLONE_NEWUSER_LINUX |
			       CLONE_NEWPID_LINUX | CLONE_NEWCGROUP_LINUX | CLONE_NEWTIME_LINUX;
	if (flags & ~known)
		return -EINVAL;
	if (flags & (CLONE_THREAD_LINUX | CLONE_SIGHAND_LINUX | CLONE_VM_LINUX)) {
		bool alone = current->process->nthreads == 1 && current->sighand->refs == 1;
		if (!alone || ((flags & CLONE_VM_LINUX) && current->mm->refs > 1))
			return -EINVAL;
	}
	int err = clone_check_namespaces(flags);
	if (err)
		return err;
	struct fdtable *files = NULL;
	struct fsctx *fs = NULL;
	if ((flags & CLONE_FILES_LINUX) && fdtable_refs(current->files) > 1) {
		files = fdtable_copy(current->files);
		if (!files)
			return -ENOMEM;
	}
	if ((flags & CLONE_FS_LINUX) && current->fs->refs > 1) {
		fs = fsctx_copy(current->fs);
		if (!fs) {
			if (files)
				fdtable_put(files);
			return -ENOMEM;
		}
	}
	if (files) {
		struct fdtable *old = current->files;
		current->files = files;
		fdtable_put(old);
	}
	if (fs) {
		struct fsctx *old = current->fs;
		current->fs = fs;
		fsctx_put(old);
	}
	return 0;
}
