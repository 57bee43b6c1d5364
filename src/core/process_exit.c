/* process_exit.c - how tasks and processes end, and who is told (_exit(2), wait(2), prctl(2)
 * PR_SET_CHILD_SUBREAPER).
 *
 * LEAVES OUT: process accounting (acct(2)), core dump files, ptrace(2). */
#include "core/process_impl.h"

#include "core/errno.h"
#include "core/kassert.h"

#define INIT_PID 1
#define NSEC_PER_USER_TICK (10 * NSEC_PER_MSEC) /* USER_HZ is 100 */

/* --- telling the parent ----------------------------------------------------------------------- */

void exit_code_to_child_info(int32_t code, int32_t *si_code, int32_t *si_status)
{
	if (code & 0x7f) {
		*si_code = code & 0x80 ? CLD_DUMPED_LINUX : CLD_KILLED_LINUX;
		*si_status = code & 0x7f;
	} else {
		*si_code = CLD_EXITED_LINUX;
		*si_status = (code >> 8) & 0xff;
	}
}

static struct siginfo_linux child_info(const struct process *p, int signo, int32_t code, int32_t status)
{
	struct siginfo_linux info = {.si_signo = signo, .si_code = code};
	struct rusage_count usage = process_usage(p);

	info.chld.pid = p->pid;
	info.chld.uid = p->leader->cred ? p->leader->cred->uid : 0;
	info.chld.status = status;
	info.chld.utime = usage.utime / NSEC_PER_USER_TICK;
	info.chld.stime = usage.stime / NSEC_PER_USER_TICK;
	return info;
}

static const struct sigaction_linux *sigchld_action(const struct process *p)
{
	if (!p || p->zombie || !p->leader || !p->leader->sighand)
		return NULL;
	return &p->leader->sighand->action[SIGCHLD_LINUX - 1];
}

/* Stopped and continued: SIGCHLD unless the parent does not care, and his waits look again. */
void process_tell_parent(struct process *p, int32_t code, int32_t status)
{
	const struct sigaction_linux *action = sigchld_action(p->parent);
	struct siginfo_linux info = child_info(p, SIGCHLD_LINUX, code, status);

	if (!action)
		return;
	if (action->handler != SIG_IGN_LINUX && !(action->flags & SA_NOCLDSTOP_LINUX))
		signal_send_process(p->parent, &info);
	waitq_wake_all(&p->parent->wait_chld);
}

/* The process has ended. True: nobody will wait for it (wait(2), NOTES: SIGCHLD ignored or SA_NOCLDWAIT). */
static bool tell_parent_of_end(struct process *p)
{
	const struct sigaction_linux *action = sigchld_action(p->parent);
	int signo = p->leader->exit_signal;
	struct siginfo_linux info;
	bool unwanted = false;
	int32_t code, status;

	if (!action)
		return true;
	exit_code_to_child_info(p->group_exit_code, &code, &status);
	info = child_info(p, signo, code, status);
	if (signo == SIGCHLD_LINUX) {
		unwanted = action->handler == SIG_IGN_LINUX || (action->flags & SA_NOCLDWAIT_LINUX);
		if (action->handler == SIG_IGN_LINUX)
			signo = 0;
	}
	/* clone(2) takes any number; one that is no signal is never sent. */
	if (signo && signo <= NSIG_LINUX)
		signal_send_process(p->parent, &info);
	waitq_wake_all(&p->parent->wait_chld);
	return unwanted;
}

void process_reap(struct process *child)
{
	struct process *parent = child->parent;

	KASSERT(child->zombie && parent);
	rusage_add(&parent->usage_children, &child->usage_dead);
	rusage_add(&parent->usage_children, &child->usage_children);
	process_release(child);
}

/* --- orphans ---------------------------------------------------------------------------------- */

/* Who adopts the children of p: the nearest ancestor that asked to, else init. */
static struct process *find_reaper(struct process *p)
{
	struct process *a;

	for (a = p->parent; a; a = a->parent)
		if (a->child_subreaper && !a->zombie)
			return a;
	a = process_find(INIT_PID);
	return a && a != p && !a->zombie ? a : NULL;
}

static bool has_stopped_member(int32_t pgid)
{
	struct process *p;

	for (p = process_pgrp_first(pgid); p; p = process_pgrp_next(p))
		if (p->stopped)
			return true;
	return false;
}

/* POSIX exit(): a group that becomes orphaned with stopped members gets SIGHUP and SIGCONT, for nobody else
 * could continue it. p loses its parent, because p ends (ignored == p) or because the parent does. */
static void hang_up_orphaned_group(const struct process *p, const struct process *parent,
				   const struct process *ignored)
{
	if (!parent || parent->pgid == p->pgid || parent->sid != p->sid)
		return; /* was no connection to the outside */
	if (!pgrp_is_orphaned(p->pgid, ignored) || !has_stopped_member(p->pgid))
		return;
	signal_kernel_pgrp(p->pgid, SIGHUP_LINUX);
	signal_kernel_pgrp(p->pgid, SIGCONT_LINUX);
}

static void send_parent_death_signals(struct process *child)
{
	struct task *t;

	LIST_FOR_EACH (t, &child->threads, struct task, thread_node) {
		if (t->pdeath_signal && !t->exiting)
			signal_send_process(child, &(struct siginfo_linux){.si_signo = t->pdeath_signal,
									   .si_code = SI_USER_LINUX});
	}
}

static void reparent_children(struct process *p)
{
	struct process *reaper = find_reaper(p);

	while (!list_empty(&p->children)) {
		struct process *child = LIST_FIRST(&p->children, struct process, sibling);

		list_del(&child->sibling);
		child->parent = reaper;
		if (reaper)
			list_add_tail(&reaper->children, &child->sibling);
		send_parent_death_signals(child);
		/* A clone(2) child with another signal is now an ordinary one: init knows only those. */
		if (child->leader)
			child->leader->exit_signal = SIGCHLD_LINUX;
		hang_up_orphaned_group(child, p, NULL);
		if (child->zombie && tell_parent_of_end(child))
			process_release(child);
	}
}

/* --- ends ------------------------------------------------------------------------------------- */

/* The last thread is ending. */
static void process_end(struct process *p)
{
	p->zombie = true;
	p->stopped = false;
	if (!p->group_exit)
		p->group_exit_code = p->leader->exit_code;
	sigpending_flush(&p->pending);
	ktimer_stop(&p->itimer_real);
	reparent_children(p);
	hang_up_orphaned_group(p, p->parent, p);
	if (tell_parent_of_end(p))
		process_release(p);
}

void task_exit_notify(void)
{
	struct task *t = current;
	struct process *p = t->process;

	KASSERT(t->state == TASK_RUNNABLE);
	t->exiting = true;
	t->state = TASK_ZOMBIE;
	signal_retarget(t, ~0ULL);
	sigpending_flush(&t->pending);
	t->signal_pending_flag = false;
	rusage_add(&p->usage_dead, &t->usage);
	t->usage = (struct rusage_count){0};
	p->nthreads--;
	if (!task_is_leader(t)) {
		task_unhash(t);
		list_del(&t->thread_node);
	}
	if (p->nthreads == 0)
		process_end(p);
	else if (p->stopped)
		process_check_stop(p);
	if (p->exec_thread)
		waitq_wake_all(&p->exec_wait);
}

/* Every living thread of p but `except` is to end. */
static void kill_threads(struct process *p, const struct task *except)
{
	struct task *t;

	LIST_FOR_EACH (t, &p->threads, struct task, thread_node)
		if (t != except && !t->exiting)
			signal_kill_task(t);
}

static void begin_group_exit(struct process *p, int32_t code, const struct task *except)
{
	if (p->group_exit || p->zombie)
		return;
	p->group_exit = true;
	p->group_exit_code = code;
	p->stopped = false;
	kill_threads(p, except);
}

void process_begin_group_exit(struct process *p, int32_t code)
{
	bool own = current && current->process == p;

	if (own && p->exec_thread && p->exec_thread != current)
		return; /* exec goes on without this thread */
	begin_group_exit(p, code, own ? current : NULL);
}

void process_force_group_exit(struct process *p, int32_t code)
{
	begin_group_exit(p, code, NULL);
}

/* --- exec ------------------------------------------------------------------------------------- */

/* The leader has ended, current is the only thread left: it becomes what the pid names. */
static void take_over_leadership(struct process *p)
{
	struct task *t = current, *old = p->leader;

	KASSERT(old && old->exiting);
	task_unhash(old);
	task_unhash(t);
	list_del(&old->thread_node);
	old->tid = t->tid;
	t->tid = p->pid;
	t->start_time = old->start_time;
	t->exit_signal = old->exit_signal;
	p->leader = t;
	task_hash(t);
	if (old->state == TASK_DEAD && !old->kstack)
		task_free(old);
}

int process_dethread(void)
{
	struct process *p = current->process;
	int err = 0;

	if (p->group_exit || p->exec_thread)
		return -EAGAIN;
	if (p->nthreads > 1) {
		p->exec_thread = current;
		kill_threads(p, current);
		while (p->nthreads > 1 && !err)
			err = wait_on_killable(&p->exec_wait);
		p->exec_thread = NULL;
	}
	if (err)
		return -EAGAIN;
	if (!task_is_leader(current))
		take_over_leadership(p);
	return 0;
}
