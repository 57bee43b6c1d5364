/* process_stop.c - job control: stopping and continuing a process (signal(7), wait(2)).
 *
 * A stop is a state of the process; each thread stops when it next returns to user mode. The parent hears of
 * it when the last one has. LEAVES OUT: ptrace(2) stops. */
#include "core/process_impl.h"
#include "core/sched.h"

void process_check_stop(struct process *p)
{
	const struct task *t;

	if (!p->stopped || p->stop_complete)
		return;
	LIST_FOR_EACH (t, &p->threads, struct task, thread_node)
		if (!t->exiting && t->state != TASK_STOPPED && t->state != TASK_NEW)
			return;
	p->stop_complete = true;
	p->stop_reported = false;
	process_tell_parent(p, CLD_STOPPED_LINUX, p->stop_signal);
}

void process_stop(struct process *p, int signo)
{
	struct task *t;

	if (p->stopped || p->group_exit || p->zombie)
		return;
	/* POSIX 2.4.3: the terminal's stop signals do not stop a group that nobody could continue. */
	if (signo != SIGSTOP_LINUX && pgrp_is_orphaned(p->pgid, NULL))
		return;
	p->stopped = true;
	p->stop_signal = signo;
	p->stop_complete = false;
	p->stop_reported = true;
	p->continued = false;
	LIST_FOR_EACH (t, &p->threads, struct task, thread_node)
		if (!t->exiting)
			signal_recalc(t);
}

void process_continue(struct process *p)
{
	struct task *t;

	if (!p->stopped)
		return;
	p->stopped = false;
	LIST_FOR_EACH (t, &p->threads, struct task, thread_node) {
		task_wake_stopped(t);
		if (!t->exiting)
			signal_recalc(t);
	}
	if (!p->stop_complete)
		return; /* it had not really stopped: nobody was told */
	p->continued = true;
	process_tell_parent(p, CLD_CONTINUED_LINUX, SIGCONT_LINUX);
}

void task_stop_here(void)
{
	struct task *t = current;
	struct process *p = t->process;

	while (p->stopped && !signal_fatal_pending(t)) {
		t->state = TASK_STOPPED;
		process_check_stop(p);
		sched_block();
	}
	signal_recalc(t);
}
