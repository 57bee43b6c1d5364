/* test_signal.c - queues, masks, routing, interruption of sleeps, limits. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/waitq.h"
#include "support/test_kernel.h"

#define BIT(signo) SIGSET_BIT(signo##_LINUX)
#define ALL (~0ULL)

static struct waitq queue;
static int results[8];

static struct siginfo_linux from_user(int signo, int value)
{
	struct siginfo_linux info = {.si_signo = signo, .si_code = SI_QUEUE_LINUX};

	info.rt.pid = 7;
	info.rt.value.sival_int = value;
	return info;
}

static void handle(struct task *t, int signo)
{
	t->sighand->action[signo - 1].handler = 0x1000;
}

/* Ends the tasks that a test made without running them. */
static void nothing(void *arg)
{
	(void)arg;
}

/* A task that does not run before test_run(). Process 1 is init, whom defaults do not reach. */
static struct task *victim(void)
{
	test_init();
	return test_task(NULL, process_find(1), nothing, NULL);
}

/* Are standard signals pending once, and taken lowest first, faults before all others? */
KTEST(signal, standard_order)
{
	struct task *t = victim();
	static const int order[] = {SIGSEGV_LINUX, SIGHUP_LINUX, SIGUSR1_LINUX, SIGUSR2_LINUX};
	struct siginfo_linux info;

	for (int i = 3; i >= 0; i--) {
		handle(t, order[i]);
		info = from_user(order[i], i);
		cr_expect_eq(signal_send_task(t, &info), 0);
		info = from_user(order[i], 99);
		cr_expect_eq(signal_send_task(t, &info), 0);
	}
	cr_expect(signal_pending(t));
	cr_expect_not(signal_fatal_pending(t));
	for (int i = 0; i < 4; i++) {
		cr_expect_eq(signal_dequeue(t, ALL, &info), order[i]);
		cr_expect_eq(info.rt.value.sival_int, i, "the first one sent counts");
	}
	cr_expect_not(signal_pending(t));
	cr_expect_eq(signal_dequeue(t, ALL, &info), 0);
	cr_expect_eq(signal_queued_of(0), 0);
	test_run();
}

/* Are real-time signals queued each, in order, and limited by RLIMIT_SIGPENDING, standard ones never lost? */
KTEST(signal, realtime_queue_and_limit)
{
	struct task *t = victim();
	struct siginfo_linux info;

	handle(t, SIGRTMIN_LINUX);
	handle(t, SIGUSR1_LINUX);
	t->process->rlimit[RLIMIT_SIGPENDING_LINUX].cur = 5;
	for (int i = 0; i < 5; i++) {
		info = from_user(SIGRTMIN_LINUX, i);
		cr_expect_eq(signal_send_process(t->process, &info), 0);
	}
	cr_expect_eq(signal_queued_of(0), 5);
	info = from_user(SIGRTMIN_LINUX, 5);
	cr_expect_eq(signal_send_process(t->process, &info), -EAGAIN);
	info = from_user(SIGUSR1_LINUX, 6);
	cr_expect_eq(signal_send_process(t->process, &info), 0);
	cr_expect_eq(signal_dequeue(t, ALL, &info), SIGUSR1_LINUX);
	cr_expect_eq(info.si_code, SI_USER_LINUX, "its siginfo did not fit");
	cr_expect_eq(info.rt.pid, 0);
	for (int i = 0; i < 5; i++) {
		cr_expect(signal_pending_set(t) & BIT(SIGRTMIN));
		cr_expect_eq(signal_dequeue(t, ALL, &info), SIGRTMIN_LINUX);
		cr_expect_eq(info.rt.value.sival_int, i);
	}
	cr_expect_eq(signal_pending_set(t), 0);
	test_run();
}

/* Is a blocked signal kept, seen in the set, and pending for delivery only when it is unblocked? */
KTEST(signal, mask)
{
	struct task *t = victim();
	struct siginfo_linux info = from_user(SIGUSR1_LINUX, 1);

	handle(t, SIGUSR1_LINUX);
	signal_set_mask(t, ALL);
	cr_expect_eq(t->blocked, ALL & ~(BIT(SIGKILL) | BIT(SIGSTOP)));
	signal_send_process(t->process, &info);
	cr_expect_not(signal_pending(t));
	cr_expect_eq(signal_pending_set(t), BIT(SIGUSR1));
	cr_expect_eq(signal_dequeue(t, ~t->blocked, &info), 0);
	signal_set_temporary_mask(t, 0);
	cr_expect(signal_pending(t));
	cr_expect(t->has_saved_mask);
	cr_expect_eq(signal_dequeue(t, ~t->blocked, &info), SIGUSR1_LINUX);
	signal_set_mask(t, t->saved_mask);
	t->has_saved_mask = false;
	test_run();
}

/* Are ignored signals dropped, unless blocked; and is a signal to init with default action ignored, SIGKILL
 * too? */
KTEST(signal, ignored)
{
	struct task *t = victim(), *init = task_find(1);

	signal_kernel_task(t, SIGCHLD_LINUX);
	signal_kernel_task(t, SIGWINCH_LINUX);
	cr_expect_eq(signal_pending_set(t), 0);
	t->sighand->action[SIGTERM_LINUX - 1].handler = SIG_IGN_LINUX;
	signal_kernel_task(t, SIGTERM_LINUX);
	cr_expect_eq(signal_pending_set(t), 0);
	signal_set_mask(t, BIT(SIGCHLD));
	signal_kernel_task(t, SIGCHLD_LINUX);
	cr_expect_eq(signal_pending_set(t), BIT(SIGCHLD));
	signal_kernel_process(init->process, SIGTERM_LINUX);
	signal_kernel_process(init->process, SIGKILL_LINUX);
	signal_kernel_task(init, SIGSTOP_LINUX);
	cr_expect_eq(signal_pending_set(init), 0);
	cr_expect_not(init->process->group_exit);
	test_run();
}

/* Does a fault that is blocked or ignored still come, with the default action? */
KTEST(signal, forced)
{
	struct task *t = victim();
	struct siginfo_linux info = {.si_signo = SIGSEGV_LINUX, .si_code = SEGV_MAPERR_LINUX};

	t->sighand->action[SIGSEGV_LINUX - 1].handler = SIG_IGN_LINUX;
	signal_force(t, &info);
	cr_expect_eq(t->sighand->action[SIGSEGV_LINUX - 1].handler, SIG_DFL_LINUX);
	cr_expect_eq(signal_dequeue(t, ~t->blocked, &info), SIGSEGV_LINUX);
	handle(t, SIGSEGV_LINUX);
	signal_set_mask(t, BIT(SIGSEGV));
	info.si_signo = SIGSEGV_LINUX;
	signal_force(t, &info);
	cr_expect_eq(t->sighand->action[SIGSEGV_LINUX - 1].handler, SIG_DFL_LINUX);
	cr_expect_eq(t->blocked, 0);
	cr_expect(signal_pending(t));
	test_run();
}

/* --- routing ---------------------------------------------------------------------------------- */

static void wait_here(void *arg)
{
	int i = (int)(intptr_t)arg;

	results[i] = 1;
	results[i] = wait_on(&queue);
}

static void release(void *arg)
{
	(void)arg;
	waitq_wake_all(&queue);
}

/* Does a signal to the process interrupt the one thread that does not block it, and only that? */
KTEST(signal, goes_to_a_thread_that_takes_it)
{
	struct task *a, *b;

	test_init();
	waitq_init(&queue);
	a = test_task(NULL, NULL, wait_here, (void *)0);
	b = test_task(a->process, NULL, wait_here, (void *)1);
	handle(a, SIGUSR1_LINUX);
	signal_set_mask(a, BIT(SIGUSR1));
	test_run();
	signal_kernel_process(a->process, SIGUSR1_LINUX);
	cr_expect_not(signal_pending(a));
	cr_expect(signal_pending(b));
	test_task(NULL, NULL, release, NULL);
	test_run();
	cr_expect_eq(results[0], 0);
	cr_expect_eq(results[1], -ERESTARTSYS);
}

static void exit_later(void *arg)
{
	(void)arg;
	task_sleep_until(SLEEP_KILLABLE, clock_now() + NSEC_PER_MSEC);
}

/* Is a signal handed on when the thread it was meant for ends, or blocks it? */
KTEST(signal, retargeted)
{
	struct task *a, *b, *c;

	test_init();
	waitq_init(&queue);
	a = test_task(NULL, NULL, exit_later, NULL);
	b = test_task(a->process, NULL, wait_here, (void *)1);
	c = test_task(a->process, NULL, wait_here, (void *)2);
	handle(a, SIGUSR1_LINUX);
	handle(a, SIGUSR2_LINUX);
	signal_set_mask(b, BIT(SIGUSR1));
	signal_kernel_process(a->process, SIGUSR1_LINUX);
	cr_expect(signal_pending(a) && !signal_pending(c));
	test_run();
	cr_expect_eq(results[1], 1, "still waiting");
	cr_expect_eq(results[2], -ERESTARTSYS);
	/* c has ended with it pending; b blocks it: it stays with the process until b unblocks it. */
	cr_expect_eq(signal_pending_set(b), BIT(SIGUSR1));
	signal_set_mask(b, 0);
	test_run();
	cr_expect_eq(results[1], -ERESTARTSYS);
}

static int fetched;
static void fetch(void *arg)
{
	struct siginfo_linux info;

	(void)arg;
	cr_expect(signal_pending(current));
	fetched = signal_dequeue(current, ~current->blocked, &info);
}

/* Is nobody left with a stale flag when another thread takes the signal of the process? */
KTEST(signal, flag_is_exact)
{
	struct task *a, *b;

	test_init();
	a = test_task(NULL, NULL, nothing, NULL);
	b = test_task(a->process, NULL, fetch, NULL);
	handle(a, SIGUSR1_LINUX);
	signal_kernel_process(a->process, SIGUSR1_LINUX);
	signal_set_mask(b, BIT(SIGUSR2));
	signal_set_mask(b, 0);
	cr_expect(signal_pending(a) && signal_pending(b));
	{
		struct siginfo_linux info;

		cr_expect_eq(signal_dequeue(b, ALL, &info), SIGUSR1_LINUX);
	}
	cr_expect_not(signal_pending(a));
	cr_expect_not(signal_pending(b));
	signal_kernel_task(b, SIGUSR1_LINUX);
	test_run();
	cr_expect_eq(fetched, SIGUSR1_LINUX);
}

/* --- sleeping --------------------------------------------------------------------------------- */

static void wait_killable(void *arg)
{
	(void)arg;
	results[0] = wait_on_killable(&queue);
}

/* Does only SIGKILL end a killable sleep, and a signal in advance prevent an interruptible one? */
KTEST(signal, killable)
{
	struct task *t;

	test_init();
	waitq_init(&queue);
	t = test_task(NULL, NULL, wait_killable, NULL);
	results[0] = 5;
	handle(t, SIGUSR1_LINUX);
	test_run();
	signal_kernel_task(t, SIGUSR1_LINUX);
	test_run();
	cr_expect_eq(results[0], 5);
	signal_kernel_process(t->process, SIGKILL_LINUX);
	cr_expect(t->process->group_exit);
	test_run();
	cr_expect_eq(results[0], -ERESTARTSYS);
	t = test_task(NULL, NULL, wait_here, (void *)1);
	handle(t, SIGUSR1_LINUX);
	signal_kernel_task(t, SIGUSR1_LINUX);
	test_run();
	cr_expect_eq(results[1], -ERESTARTSYS);
}

static void wake_and_signal(void *arg)
{
	struct task *t = arg;

	signal_kernel_task(t, SIGUSR1_LINUX);
	waitq_wake_all(&queue);
}

static void wait_twice(void *arg)
{
	(void)arg;
	results[0] = wait_on(&queue);
	results[1] = wait_on(&queue);
}

/* When wake and signal come together, does the wake count first and the next wait report the signal? */
KTEST(signal, wake_with_signal)
{
	struct task *t;

	test_init();
	waitq_init(&queue);
	t = test_task(NULL, NULL, wait_twice, NULL);
	handle(t, SIGUSR1_LINUX);
	test_task(NULL, NULL, wake_and_signal, t);
	test_run();
	cr_expect_eq(results[0], 0);
	cr_expect_eq(results[1], -ERESTARTSYS);
}

static void read_signalfd(void *arg)
{
	struct siginfo_linux info;

	(void)arg;
	while (!(fetched = signal_dequeue(current, BIT(SIGUSR2), &info)))
		cr_assert_eq(wait_on(&current->sighand->signalfd_wait), 0);
}

/* Does a blocked signal wake who reads signalfds (or waits in rt_sigtimedwait)? */
KTEST(signal, signalfd_wait)
{
	struct task *t;

	test_init();
	t = test_task(NULL, NULL, read_signalfd, NULL);
	signal_set_mask(t, BIT(SIGUSR2));
	test_run();
	cr_expect_eq(fetched, 0);
	signal_kernel_process(t->process, SIGUSR2_LINUX);
	test_run();
	cr_expect_eq(fetched, SIGUSR2_LINUX);
}

/* --- ends and permissions --------------------------------------------------------------------- */

/* Does a fatal signal begin the end of all threads at once, with the signal as status? */
KTEST(signal, fatal_ends_the_group)
{
	struct task *a, *b;

	test_init();
	waitq_init(&queue);
	a = test_task(NULL, NULL, wait_here, (void *)0);
	b = test_task(a->process, NULL, wait_here, (void *)1);
	test_run();
	signal_kernel_task(b, SIGTERM_LINUX);
	cr_expect(a->process->group_exit);
	cr_expect_eq(a->process->group_exit_code, SIGTERM_LINUX);
	cr_expect(signal_fatal_pending(a) && signal_fatal_pending(b));
	signal_kernel_task(b, SIGUSR1_LINUX);
	cr_expect_not(signal_pending_set(b) & BIT(SIGUSR1), "nothing more is queued");
	test_run();
	cr_expect_eq(results[0], -ERESTARTSYS);
	cr_expect_eq(results[1], -ERESTARTSYS);
}

static void try_kill(void *arg)
{
	struct task *target = arg;

	results[0] = signal_may_send(target, SIGTERM_LINUX);
	results[1] = signal_may_send(target, SIGCONT_LINUX);
	results[2] = signal_may_send(current, SIGTERM_LINUX);
}

/* Who may send: same user, CAP_KILL, and SIGCONT within the session? */
KTEST(signal, permission)
{
	struct task *me, *you;

	test_init();
	you = test_task(NULL, NULL, nothing, NULL);
	task_set_cred(you, cred_create(1000, 1000));
	me = test_task(NULL, NULL, try_kill, you);
	task_set_cred(me, cred_create(1001, 1001));
	you->process->sid = me->process->sid;
	sched_set_policy(me, SCHED_FIFO_LINUX, 1, 0);
	test_run();
	cr_expect_eq(results[0], -EPERM);
	cr_expect_eq(results[1], 0);
	cr_expect_eq(results[2], 0);
	you = test_task(NULL, NULL, nothing, NULL);
	task_set_cred(you, cred_create(1000, 1000));
	me = test_task(NULL, NULL, try_kill, you);
	sched_set_policy(me, SCHED_FIFO_LINUX, 1, 0);
	test_run();
	cr_expect_eq(results[0], 0, "root");
	cr_expect_eq(signal_send_pgrp(4711, &(struct siginfo_linux){.si_signo = 1}), -ESRCH);
}

/* Does exec keep what is ignored and reset what is handled? */
KTEST(signal, dispositions_at_exec)
{
	struct sighand *s = sighand_create(), *copy;

	s->action[0] = (struct sigaction_linux){.handler = 0x1000, .flags = SA_RESTART_LINUX, .mask = 5};
	s->action[1] = (struct sigaction_linux){.handler = SIG_IGN_LINUX, .flags = SA_RESTART_LINUX};
	copy = sighand_copy(s);
	sighand_reset_on_exec(copy);
	cr_expect_eq(copy->action[0].handler, SIG_DFL_LINUX);
	cr_expect_eq(copy->action[0].mask, 0);
	cr_expect_eq(copy->action[1].handler, SIG_IGN_LINUX);
	cr_expect_eq(copy->action[1].flags, 0);
	cr_expect_eq(s->action[0].handler, 0x1000);
	sighand_put(sighand_get(s));
	sighand_put(s);
	sighand_put(copy);
}
