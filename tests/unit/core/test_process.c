/* test_process.c - families, groups, stops, ends, waits. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/waitq.h"
#include "support/test_kernel.h"

static struct waitq queue, release_queue;
static int results[8];

static void exit_with(void *arg)
{
	test_exit((int32_t)(intptr_t)arg << 8);
}

static void wait_queue(void *arg)
{
	(void)arg;
	while (wait_on(&queue) == 0)
		;
}

/* Sleeps until the test wakes release_queue, signals or not; then ends. */
static void stay(void *arg)
{
	(void)arg;
	wait_on_killable(&release_queue);
}

static void prepare(void)
{
	waitq_init(&queue);
	waitq_init(&release_queue);
	test_init();
}

static void finish(void)
{
	waitq_wake_all(&release_queue);
	test_run();
}

/* A wait4(2) in small: any child, blocking. */
static struct process *zombie_child(struct process *p)
{
	struct process *c;

	LIST_FOR_EACH (c, &p->children, struct process, sibling)
		if (c->zombie)
			return c;
	return NULL;
}

static void wait_for_two(void *arg)
{
	struct process *me = current->process, *child;

	(void)arg;
	/* As a handler would be: SIGCHLD becomes pending, and must not hide the child. */
	current->sighand->action[SIGCHLD_LINUX - 1].handler = 0x1000;
	test_task(NULL, me, exit_with, (void *)3);
	test_task(NULL, me, exit_with, (void *)4);
	for (int i = 0; i < 2; i++) {
		while (!(child = zombie_child(me))) {
			struct siginfo_linux info;

			results[4] = wait_on(&me->wait_chld);
			if (results[4] == 0)
				continue;
			results[5]++;
			cr_assert_eq(signal_dequeue(current, ~0ULL, &info), SIGCHLD_LINUX);
			results[6] = info.chld.status;
			results[7] = info.si_code;
		}
		results[i] = child->group_exit_code;
		process_reap(child);
	}
	results[2] = (int)me->usage_children.nvcsw;
}

/* Does a parent find its children's status, get SIGCHLD, and does reaping add up their usage? */
KTEST(process, wait_for_children)
{
	struct task *t;

	prepare();
	t = test_task(NULL, NULL, wait_for_two, NULL);
	(void)t;
	test_run();
	cr_expect_eq(results[0], 3 << 8);
	cr_expect_eq(results[1], 4 << 8);
	cr_expect_eq(process_count(), 1);
}

/* Is the siginfo of SIGCHLD that of wait(2)? */
KTEST(process, child_info)
{
	int32_t code, status;

	exit_code_to_child_info(7 << 8, &code, &status);
	cr_expect(code == CLD_EXITED_LINUX && status == 7);
	exit_code_to_child_info(SIGTERM_LINUX, &code, &status);
	cr_expect(code == CLD_KILLED_LINUX && status == SIGTERM_LINUX);
	exit_code_to_child_info(SIGSEGV_LINUX | 0x80, &code, &status);
	cr_expect(code == CLD_DUMPED_LINUX && status == SIGSEGV_LINUX);
}

/* Does a parent that ignores SIGCHLD, or says SA_NOCLDWAIT, get no zombies? */
KTEST(process, unwanted_children)
{
	struct task *parent;

	prepare();
	parent = test_task(NULL, NULL, stay, NULL);
	parent->sighand->action[SIGCHLD_LINUX - 1].handler = SIG_IGN_LINUX;
	test_task(NULL, parent->process, exit_with, (void *)1);
	test_run();
	cr_expect_eq(process_count(), 2);
	parent->sighand->action[SIGCHLD_LINUX - 1].handler = SIG_DFL_LINUX;
	parent->sighand->action[SIGCHLD_LINUX - 1].flags = SA_NOCLDWAIT_LINUX;
	test_task(NULL, parent->process, exit_with, (void *)1);
	test_run();
	cr_expect_eq(process_count(), 2);
	parent->sighand->action[SIGCHLD_LINUX - 1].flags = 0;
	test_task(NULL, parent->process, exit_with, (void *)1);
	test_run();
	cr_expect_eq(process_count(), 3, "this one stays a zombie");
	cr_expect_not_null(zombie_child(parent->process));
	finish();
	cr_expect_eq(process_count(), 1, "init reaped it when its parent ended");
}

/* Do orphans go to the nearest subreaper, then to init, and do zombies among them vanish there? */
KTEST(process, reparenting)
{
	struct task *reaper, *parent, *child, *zombie;

	prepare();
	reaper = test_task(NULL, process_find(1), stay, NULL);
	reaper->process->child_subreaper = true;
	parent = test_task(NULL, reaper->process, wait_queue, NULL);
	child = test_task(NULL, parent->process, stay, NULL);
	child->pdeath_signal = SIGUSR1_LINUX;
	child->sighand->action[SIGUSR1_LINUX - 1].handler = 0x1000;
	zombie = test_task(NULL, parent->process, exit_with, (void *)1);
	test_run();
	cr_expect(zombie->process->zombie);
	signal_kernel_task(parent, SIGKILL_LINUX);
	test_run();
	cr_expect_eq(child->process->parent, reaper->process);
	cr_expect_eq(zombie->process->parent, reaper->process);
	cr_expect(signal_pending(child), "PR_SET_PDEATHSIG");
	signal_kernel_process(reaper->process, SIGKILL_LINUX);
	test_run();
	cr_expect_eq(child->process->parent, process_find(1));
	finish();
}

/* --- threads ---------------------------------------------------------------------------------- */

/* Does the process live on without its leader, and is its status then the leader's? */
KTEST(process, leader_ends_first)
{
	struct task *leader, *other;
	struct process *parent;

	prepare();
	parent = test_task(NULL, NULL, stay, NULL)->process;
	leader = test_task(NULL, parent, exit_with, (void *)5);
	other = test_task(leader->process, NULL, stay, NULL);
	test_run();
	cr_expect_not(leader->process->zombie);
	cr_expect_eq(leader->process->nthreads, 1);
	cr_expect_eq(task_find(leader->tid), leader, "the number stays taken");
	signal_kernel_task(other, SIGUSR1_LINUX); /* fatal: the other ends by it */
	test_run();
	cr_expect(leader->process->zombie);
	cr_expect_eq(leader->process->group_exit_code, SIGUSR1_LINUX);
	finish();
}

static void become_leader(void *arg)
{
	(void)arg;
	task_sleep_until(SLEEP_INTERRUPTIBLE, clock_now() + 1000);
	results[0] = process_dethread();
	results[1] = current->tid;
	results[2] = (int)current->process->nthreads;
	results[3] = task_find(current->tid) == current && current->process->leader == current;
}

/* Does exec from a thread leave only that thread, under the pid? */
KTEST(process, dethread)
{
	struct task *leader;
	int32_t pid;

	prepare();
	leader = test_task(NULL, NULL, wait_queue, NULL);
	pid = leader->tid;
	for (int i = 0; i < 3; i++)
		test_task(leader->process, NULL, wait_queue, NULL);
	test_task(leader->process, NULL, become_leader, NULL);
	test_run();
	cr_expect_eq(results[0], 0);
	cr_expect_eq(results[1], pid);
	cr_expect_eq(results[2], 1);
	cr_expect_eq(results[3], 1);
	cr_expect_eq(task_count(), 1);
}

/* --- groups ----------------------------------------------------------------------------------- */

/* Do groups list their members, and are they orphaned by the rule of POSIX? */
KTEST(process, groups)
{
	struct process *shell, *job, *member, *p;
	int n = 0;

	prepare();
	shell = test_task(NULL, process_find(1), stay, NULL)->process;
	process_set_pgrp(shell, shell->pid);
	shell->sid = shell->pid;
	job = test_task(NULL, shell, stay, NULL)->process;
	process_set_pgrp(job, job->pid);
	member = test_task(NULL, job, stay, NULL)->process;
	for (p = process_pgrp_first(job->pid); p; p = process_pgrp_next(p))
		n++;
	cr_expect_eq(n, 2);
	cr_expect_eq(member->pgid, job->pid);
	cr_expect(pgrp_exists_in_session(job->pid, shell->sid));
	cr_expect_not(pgrp_exists_in_session(job->pid, 77));
	cr_expect_not(pgrp_is_orphaned(job->pid, NULL), "the shell is in another group of the session");
	cr_expect(pgrp_is_orphaned(job->pid, job),
		  "without job only member is left, whose parent is in the group");
	cr_expect(pgrp_is_orphaned(shell->pgid, NULL), "its parent is init");
	cr_expect_null(process_pgrp_first(4711));
	test_run();
	finish();
}

/* Stops at once, as if it returned to user mode at every wake, until it is killed. */
static void stoppable(void *arg)
{
	struct siginfo_linux info;
	int signo;

	(void)arg;
	while (!signal_fatal_pending(current)) {
		wait_on(&queue);
		while (!signal_fatal_pending(current) &&
		       (signo = signal_dequeue(current, ~current->blocked, &info))) {
			if (signal_default_action(signo) == SIG_DEFAULT_STOP)
				process_stop(current->process, signo);
			else
				results[7] |= 1 << signo;
		}
		if (current->process->stopped)
			task_stop_here();
	}
}

static struct task *make_job(struct process *shell)
{
	struct task *t = test_task(NULL, shell, stoppable, NULL);

	process_set_pgrp(t->process, t->tid);
	return t;
}

/* Does a stop reach all threads, tell the parent once all have stopped, and does SIGCONT undo it? */
KTEST(process, stop_and_continue)
{
	struct process *shell, *job;
	struct task *a, *b;
	struct siginfo_linux info;

	prepare();
	shell = test_task(NULL, process_find(1), stay, NULL)->process;
	shell->sid = shell->pid;
	shell->leader->sighand->action[SIGCHLD_LINUX - 1].handler = 0x1000;
	a = make_job(shell);
	job = a->process;
	b = test_task(job, NULL, stoppable, NULL);
	test_run();
	signal_kernel_process(job, SIGTSTP_LINUX);
	test_run();
	cr_expect_eq(a->state, TASK_STOPPED);
	cr_expect_eq(b->state, TASK_STOPPED);
	cr_expect(job->stopped && !job->stop_reported);
	cr_expect_eq(job->stop_signal, SIGTSTP_LINUX);
	cr_expect_eq(signal_dequeue(shell->leader, ~0ULL, &info), SIGCHLD_LINUX);
	cr_expect_eq(info.si_code, CLD_STOPPED_LINUX);
	cr_expect_eq(info.chld.status, SIGTSTP_LINUX);
	/* A stopped process does not see other signals until it is continued. */
	a->sighand->action[SIGUSR1_LINUX - 1].handler = 0x1000;
	signal_kernel_process(job, SIGUSR1_LINUX);
	test_run();
	cr_expect_eq(a->state, TASK_STOPPED);
	signal_kernel_process(job, SIGCONT_LINUX);
	cr_expect_not(job->stopped);
	cr_expect(job->continued);
	test_run();
	cr_expect_eq(a->state, TASK_SLEEPING);
	cr_expect_eq(b->state, TASK_SLEEPING);
	cr_expect_eq(results[7], 1 << SIGUSR1_LINUX);
	cr_expect_eq(signal_dequeue(shell->leader, ~0ULL, &info), SIGCHLD_LINUX);
	cr_expect_eq(info.si_code, CLD_CONTINUED_LINUX);
	/* SA_NOCLDSTOP: no signal, but the wait is told. */
	shell->leader->sighand->action[SIGCHLD_LINUX - 1].flags = SA_NOCLDSTOP_LINUX;
	signal_kernel_process(job, SIGSTOP_LINUX);
	test_run();
	cr_expect(job->stopped && !job->stop_reported);
	cr_expect_not(signal_pending(shell->leader));
	/* SIGKILL ends also what is stopped. */
	signal_kernel_process(job, SIGKILL_LINUX);
	test_run();
	cr_expect(job->zombie);
	finish();
}

/* Do stop signals and SIGCONT cancel each other while pending? */
KTEST(process, stop_and_continue_cancel)
{
	struct task *t;

	prepare();
	t = test_task(NULL, NULL, stay, NULL);
	signal_set_mask(t, SIGSET_BIT(SIGTSTP_LINUX) | SIGSET_BIT(SIGCONT_LINUX));
	signal_kernel_process(t->process, SIGTSTP_LINUX);
	cr_expect_eq(signal_pending_set(t), SIGSET_BIT(SIGTSTP_LINUX));
	signal_kernel_process(t->process, SIGCONT_LINUX);
	cr_expect_eq(signal_pending_set(t), SIGSET_BIT(SIGCONT_LINUX));
	signal_kernel_task(t, SIGTSTP_LINUX);
	cr_expect_eq(signal_pending_set(t), SIGSET_BIT(SIGTSTP_LINUX));
	test_run();
	finish();
}

/* Does the terminal's stop signal leave an orphaned group alone, but not SIGSTOP? */
KTEST(process, orphans_do_not_stop)
{
	struct task *t;

	prepare();
	t = make_job(process_find(1));
	test_run();
	signal_kernel_process(t->process, SIGTSTP_LINUX);
	test_run();
	cr_expect_eq(t->state, TASK_SLEEPING);
	signal_kernel_process(t->process, SIGSTOP_LINUX);
	test_run();
	cr_expect_eq(t->state, TASK_STOPPED);
	signal_kernel_process(t->process, SIGKILL_LINUX);
	test_run();
}

/* Does a stopped job get SIGHUP and SIGCONT when its shell ends? */
KTEST(process, orphaned_stopped_group)
{
	struct process *shell;
	struct task *t;

	prepare();
	shell = test_task(NULL, process_find(1), stay, NULL)->process;
	process_set_pgrp(shell, shell->pid);
	shell->sid = shell->pid;
	t = make_job(shell);
	t->sighand->action[SIGHUP_LINUX - 1].handler = 0x1000;
	t->sighand->action[SIGCONT_LINUX - 1].handler = 0x1000;
	test_run();
	signal_kernel_process(t->process, SIGTSTP_LINUX);
	test_run();
	cr_expect_eq(t->state, TASK_STOPPED);
	finish(); /* the shell ends */
	cr_expect_eq(t->state, TASK_SLEEPING);
	cr_expect_eq(results[7], 1 << SIGHUP_LINUX | 1 << SIGCONT_LINUX);
	cr_expect_eq(t->process->parent, process_find(1));
	signal_kernel_process(t->process, SIGKILL_LINUX);
	test_run();
}

/* --- the rest --------------------------------------------------------------------------------- */

/* Are credentials copied on change, with their groups, and counted by user? */
KTEST(process, credentials)
{
	struct cred *c, *d;
	struct task *t;

	prepare();
	c = cred_create(1000, 100);
	cr_expect_not(cred_capable(c, CAP_KILL));
	d = cred_copy(c);
	d->groups = NULL;
	d->ngroups = 0;
	cred_put(cred_get(c));
	t = test_task(NULL, NULL, stay, NULL);
	task_set_cred(t, c);
	cr_expect_eq(process_count_uid(1000), 1);
	cr_expect(cred_in_group(c, 100));
	cr_expect_not(cred_in_group(c, 200));
	cred_put(d);
	d = cred_create(0, 0);
	cr_expect(cred_capable(d, CAP_KILL));
	cr_expect(cred_capable(d, CAP_LAST));
	cred_put(d);
	test_run();
	finish();
}

/* Does iteration go by increasing pid, and a lookup find leaders only? */
KTEST(process, tables)
{
	struct task *a, *b;
	struct process *p = NULL;
	int32_t last = 0;
	unsigned n = 0;

	prepare();
	a = test_task(NULL, NULL, stay, NULL);
	b = test_task(a->process, NULL, stay, NULL);
	test_task(NULL, NULL, stay, NULL);
	cr_expect_eq(process_find(a->tid), a->process);
	cr_expect_null(process_find(b->tid));
	cr_expect_eq(task_find(b->tid), b);
	while ((p = process_next(p ? p->pid : 0))) {
		cr_expect(p->pid > last);
		last = p->pid;
		n++;
	}
	cr_expect_eq(n, 3);
	cr_expect_eq(process_count(), 3);
	cr_expect_eq(task_count(), 4);
	cr_expect_eq(process_next(b->tid)->pid, 4);
	test_run();
	finish();
}
