/* exit.c - the end of tasks: exit(2), exit_group(2) and deaths by signal.
 *
 * The order matters and is written down once, in do_exit(): first everything that touches guest memory
 * (robust futexes, the tid word), then what others may wait for (vfork parent, files, locks, terminal), then
 * the guest thread before its address space, and last the news to the parent.
 *
 * Left out: core files (a core-dumping signal only sets the flag in the status), process accounting. */
#include "sys/exit.h"

#include "core/door.h"
#include "core/kassert.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/fsctx.h"
#include "fs/tty.h"
#include "mm/mm.h"
#include "mm/usercopy.h"
#include "sys/futex.h"
#include "sys/pidfd.h"
#include "sys/strace.h"
#include "sys/syscall.h"
#include "sys/sysvipc.h"
#include "sys/time.h"

void exit_mm_release(void)
{
	struct task *t = current;
	if (t->mm) {
		futex_exit_robust();
		futex_exit_pi();
	}
	/* Nobody can look at the word when the address space goes with us. */
	if (t->mm && !uaddr_null(t->clear_child_tid) && t->mm->refs > 1) {
		(void)put_user_u32(t->clear_child_tid, 0);
		(void)futex_wake(t->clear_child_tid, true, 1);
	}
	t->clear_child_tid = uaddr(0);
	if (t->vfork_done) {
		struct waitq *q = t->vfork_done;
		*t->vfork_flag = true;
		t->vfork_done = NULL;
		t->vfork_flag = NULL;
		waitq_wake_all(q);
	}
}

/* What belongs to the process goes with its last thread. */
static void exit_last_thread(struct process *p)
{
	itimers_stop(p);
	posix_timers_delete_all(p);
	sysvsem_exit();
}

static void exit_terminal(struct process *p)
{
	if (p->sid == p->pid)
		tty_session_leader_exit(p);
	if (p->ctty)
		tty_clear_ctty(p);
}

static void exit_memory(struct task *t)
{
	if (t->thread)
		door->thread_destroy(t->thread);
	t->thread = NULL;
	struct mm *mm = t->mm;
	if (!mm)
		return;
	t->usage.maxrss_pages = MAX(t->usage.maxrss_pages, MAX(mm->hiwater_rss, mm_rss(mm)));
	t->mm = NULL;
	mm_put(mm);
}

_Noreturn void do_exit(int32_t code)
{
	struct task *t = current;
	struct process *p = t->process;
	KASSERT(!t->exiting);
	t->exiting = true;
	t->exit_code = code;
	if (strace_enabled && t->mm)
		strace_exit(code);
	bool last = p->nthreads == 1;
	exit_mm_release();
	if (last)
		exit_last_thread(p);
	if (t->files) {
		struct fdtable *files = t->files;
		t->files = NULL; /* not visible any more while descriptors are being closed */
		fdtable_put(files);
	}
	if (t->fs)
		fsctx_put(t->fs);
	t->fs = NULL;
	if (last)
		exit_terminal(p);
	exit_memory(t);
	process_get(p);
	task_exit_notify();
	if (p->zombie || p->reaped)
		pidfd_notify_exit(p);
	process_put(p);
	task_exit_final();
}

_Noreturn void do_group_exit(int32_t code)
{
	struct process *p = current->process;
	if (p->group_exit)
		code = p->group_exit_code;
	else if (p->exec_thread && p->exec_thread != current)
		code = 0; /* another thread's exec is ending us, and the process lives on */
	else
		process_begin_group_exit(p, code);
	do_exit(code);
}

int64_t sys_exit(int status)
{
	do_exit((status & 0xff) << 8);
}

int64_t sys_exit_group(int status)
{
	do_group_exit((status & 0xff) << 8);
}
