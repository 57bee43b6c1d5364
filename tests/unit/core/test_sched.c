/* test_sched.c - switching, sleeping, waking, slices, idling. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/waitq.h"
#include "support/test_kernel.h"

static char trail[4096];

static void mark(char c)
{
	size_t n = strlen(trail);

	cr_assert(n + 1 < sizeof(trail));
	trail[n] = c;
	trail[n + 1] = 0;
}

static void three_marks(void *arg)
{
	for (int i = 0; i < 3; i++) {
		mark(*(char *)arg);
		sched_yield_cpu();
	}
}

/* Do tasks that yield take turns in the order of their start? */
KTEST(sched, round_robin)
{
	test_task(NULL, NULL, three_marks, "a");
	test_task(NULL, NULL, three_marks, "b");
	test_task(NULL, NULL, three_marks, "c");
	test_run();
	cr_expect_str_eq(trail, "abcabcabc");
	cr_expect_not(sched_deadlocked());
	cr_expect(sched_nr_switches() >= 9);
}

/* --- sleeping --------------------------------------------------------------------------------- */

static struct waitq queue;
static bool condition;
static int result;

static void wait_for_condition(void *arg)
{
	(void)arg;
	while (!condition) {
		result = wait_on(&queue);
		cr_assert_eq(result, 0);
	}
	mark('w');
}

static void make_true(void *arg)
{
	(void)arg;
	mark('a');
	waitq_wake_all(&queue); /* spurious */
	sched_yield_cpu();
	mark('b');
	condition = true;
	waitq_wake_all(&queue);
}

/* Does a waiter go on once its condition holds, and only then? */
KTEST(sched, wait_and_wake)
{
	waitq_init(&queue);
	test_task(NULL, NULL, wait_for_condition, NULL);
	test_task(NULL, NULL, make_true, NULL);
	test_run();
	cr_expect_str_eq(trail, "abw");
	cr_expect_not(waitq_active(&queue));
}

static void sleep_ms(void *arg)
{
	ktime_t until = clock_now() + *(int *)arg * NSEC_PER_MSEC;

	cr_assert_eq(task_sleep_until(SLEEP_INTERRUPTIBLE, until), -ETIMEDOUT);
	cr_assert(clock_now() >= until && clock_now() < until + NSEC_PER_MSEC);
	mark((char)('0' + *(int *)arg));
}

/* Do sleepers wake in the order of their deadlines, and does time jump over the idle gaps? */
KTEST(sched, sleep_sort)
{
	static int times[] = {5, 1, 9, 3};

	for (int i = 0; i < 4; i++)
		test_task(NULL, NULL, sleep_ms, &times[i]);
	test_run();
	cr_expect_str_eq(trail, "1359");
	cr_expect(sched_idle_time() > 8 * NSEC_PER_MSEC && sched_idle_time() < 9 * NSEC_PER_MSEC);
	cr_expect_eq(script.nidle_live, 0);
}

static void wait_100us(void *arg)
{
	(void)arg;
	result = wait_on_until(&queue, clock_now() + 100 * NSEC_PER_USEC);
	mark('t');
}

/* Does a wait with a deadline end with -ETIMEDOUT and leave the queue? */
KTEST(sched, timeout)
{
	waitq_init(&queue);
	test_task(NULL, NULL, wait_100us, NULL);
	test_run();
	cr_expect_eq(result, -ETIMEDOUT);
	cr_expect_not(waitq_active(&queue));
	cr_expect_str_eq(trail, "t");
}

static void exclusive_waiter(void *arg)
{
	cr_assert_eq(wait_on_exclusive(&queue, KTIME_NEVER), 0);
	mark(*(char *)arg);
}

static void plain_waiter(void *arg)
{
	cr_assert_eq(wait_on(&queue), 0);
	mark(*(char *)arg);
}

static void wake_in_portions(void *arg)
{
	(void)arg;
	waitq_wake(&queue, 1, 0);
	sched_yield_cpu();
	mark('|');
	/* Two wakes before anybody ran reach two waiters. */
	waitq_wake(&queue, 1, 0);
	waitq_wake(&queue, 1, 0);
	sched_yield_cpu();
	mark('|');
	waitq_wake(&queue, 0, 0);
	sched_yield_cpu();
	mark('|');
	waitq_wake_all(&queue);
}

/* Does a wake of one reach all plain waiters and one exclusive one, in order? */
KTEST(sched, exclusive)
{
	waitq_init(&queue);
	test_task(NULL, NULL, exclusive_waiter, "1");
	test_task(NULL, NULL, plain_waiter, "p");
	test_task(NULL, NULL, exclusive_waiter, "2");
	test_task(NULL, NULL, exclusive_waiter, "3");
	test_task(NULL, NULL, exclusive_waiter, "4");
	test_task(NULL, NULL, exclusive_waiter, "5");
	test_task(NULL, NULL, wake_in_portions, NULL);
	test_run();
	cr_expect_str_eq(trail, "1p|23||45");
}

static bool wake_fn(struct waiter *w, uint32_t events)
{
	cr_assert_eq(events, 5);
	waitq_remove(w);
	mark('f');
	return false;
}

/* May a wake function take its own waiter out? */
KTEST(sched, wake_function)
{
	struct waiter w[3];

	waitq_init(&queue);
	for (int i = 0; i < 3; i++) {
		waiter_init(&w[i]);
		w[i].wake = wake_fn;
		waitq_add(&queue, &w[i]);
	}
	waitq_wake(&queue, 1, 5);
	cr_expect_str_eq(trail, "fff");
	cr_expect_not(waitq_active(&queue));
	waitq_remove(&w[0]);
}

/* --- slices ----------------------------------------------------------------------------------- */

static ktime_t used[3];

/* Traps in a loop, as a busy guest does. */
static void busy(void *arg)
{
	size_t i = (size_t)(uintptr_t)arg;

	while (clock_now() < 400 * NSEC_PER_MSEC) {
		clock_charge(10000);
		used[i] += 10000;
		sched_tick();
	}
}

/* Do busy tasks of one nice value get equal time, without yielding? */
KTEST(sched, slices_are_fair)
{
	for (uintptr_t i = 0; i < 3; i++)
		test_task(NULL, NULL, busy, (void *)i);
	test_run();
	for (int i = 0; i < 3; i++)
		cr_expect(used[i] > 125 * NSEC_PER_MSEC && used[i] < 140 * NSEC_PER_MSEC, "task %d: %lld", i,
			  (long long)used[i]);
}

/* Does nice 5 get about a third of what nice 0 gets (weights 335 and 1024)? */
KTEST(sched, nice_weights)
{
	struct task *nice;

	test_task(NULL, NULL, busy, (void *)0);
	nice = test_task(NULL, NULL, busy, (void *)1);
	sched_set_policy(nice, SCHED_OTHER_LINUX, 0, 5);
	test_run();
	cr_expect(used[0] > 290 * NSEC_PER_MSEC && used[0] < 315 * NSEC_PER_MSEC, "%lld", (long long)used[0]);
	cr_expect(used[1] > 85 * NSEC_PER_MSEC && used[1] < 110 * NSEC_PER_MSEC, "%lld", (long long)used[1]);
}

static void sleep_then_mark(void *arg)
{
	task_sleep_until(SLEEP_INTERRUPTIBLE, clock_now() + 100 * NSEC_PER_USEC);
	mark(*(char *)arg);
}

static void busy_with_timers(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++) {
		clock_charge(5000);
		sched_run_softirqs();
		sched_tick();
	}
	mark('b');
}

/* Does a real-time task that wakes run at the next trap of a normal one, before its slice ends? */
KTEST(sched, realtime_first)
{
	struct task *t;

	test_task(NULL, NULL, sleep_then_mark, "n");
	t = test_task(NULL, NULL, sleep_then_mark, "r");
	sched_set_policy(t, SCHED_FIFO_LINUX, 10, 0);
	t = test_task(NULL, NULL, sleep_then_mark, "R");
	sched_set_policy(t, SCHED_FIFO_LINUX, 20, 0);
	test_task(NULL, NULL, busy_with_timers, NULL);
	test_run();
	cr_expect_str_eq(trail, "Rrbn");
}

/* Does a FIFO task keep the CPU until it sleeps, while RR ones of one priority take turns? */
KTEST(sched, fifo_and_round_robin)
{
	struct task *t;

	for (uintptr_t i = 0; i < 2; i++) {
		t = test_task(NULL, NULL, busy, (void *)i);
		sched_set_policy(t, SCHED_RR_LINUX, 5, 0);
	}
	test_task(NULL, NULL, busy, (void *)2);
	test_run();
	cr_expect_eq(used[2], 0, "the normal task got nothing");
	cr_expect(used[0] > 195 * NSEC_PER_MSEC && used[0] < 205 * NSEC_PER_MSEC, "%lld", (long long)used[0]);
	cr_expect(used[1] > 195 * NSEC_PER_MSEC && used[1] < 205 * NSEC_PER_MSEC, "%lld", (long long)used[1]);
}

/* --- the idle loop ---------------------------------------------------------------------------- */

static void wait_for_ever(void *arg)
{
	(void)arg;
	while (!condition)
		wait_on(&queue);
}

/* Is a deadlock reported, and can the run go on when something else comes? */
KTEST(sched, deadlock)
{
	test_init();
	waitq_init(&queue);
	test_task(NULL, NULL, wait_for_ever, NULL);
	test_run();
	cr_expect(sched_deadlocked());
	cr_expect(script_logged("deadlock"));
	cr_expect(script_logged("task 2 (test): sleeping"));
	condition = true;
	waitq_wake_all(&queue);
	test_run();
	cr_expect_eq(task_count(), 1);
}

static bool live;
static bool live_hook(void)
{
	return live;
}

static uint32_t input_arrives(ktime_t now, ktime_t next, bool wait_live)
{
	cr_assert_eq(now, clock_now());
	cr_assert_eq(next, KTIME_NEVER);
	cr_assert(wait_live);
	return script.nidle == 3 ? DOOR_EVENT_CONSOLE : 0;
}

static void on_events(uint32_t events)
{
	if (!(events & DOOR_EVENT_CONSOLE))
		return;
	condition = true;
	live = false;
	waitq_wake_all(&queue);
}

/* While live input is awaited: no deadlock, and the event reaches the softirqs? */
KTEST(sched, live_input)
{
	waitq_init(&queue);
	live = true;
	sched_set_live_hook(live_hook);
	sched_add_softirq(on_events);
	script.idle = input_arrives;
	test_task(NULL, NULL, wait_for_ever, NULL);
	test_run();
	cr_expect_not(sched_deadlocked());
	cr_expect_eq(script.nidle, 3);
	cr_expect_eq(sched_idle_time(), 0);
}

static uint32_t real_idle(ktime_t now, ktime_t next, bool wait_live)
{
	cr_assert(wait_live);
	(void)now;
	script.sample = next + 7;
	return 0;
}

/* Does the real mode wait for the next timer and follow the host's clock? */
KTEST(sched, real_mode_idle)
{
	static int ms = 5;

	clock_init(CLOCK_MODE_REAL, 0);
	script.idle = real_idle;
	test_task(NULL, NULL, sleep_ms, &ms);
	test_run();
	cr_expect_eq(script.nidle, 1);
	cr_expect_str_eq(trail, "5");
}

static void stop_run(void *arg)
{
	(void)arg;
	mark('s');
	sched_stop();
	sched_tick();
	mark('S');
}

/* Does sched_stop() return to the caller of sched_run(), who can go on later? */
KTEST(sched, stop)
{
	test_task(NULL, NULL, stop_run, NULL);
	test_task(NULL, NULL, three_marks, "a");
	test_run();
	cr_expect_str_eq(trail, "s");
	test_run();
	cr_expect_str_eq(trail, "saSaa");
}

static void sleep_minute(void *arg)
{
	(void)arg;
	task_sleep_until(SLEEP_INTERRUPTIBLE, clock_now() + 600 * NSEC_PER_SEC);
}

static void busy_minute(void *arg)
{
	(void)arg;
	while (clock_now() < 60 * NSEC_PER_SEC) {
		clock_charge(NSEC_PER_MSEC);
		sched_tick();
	}
}

/* Does the load average rise with two busy tasks as Linux's formula has it, and fall when idle? */
KTEST(sched, loadavg)
{
	uint64_t load[3];

	test_task(NULL, NULL, busy_minute, NULL);
	test_task(NULL, NULL, busy_minute, NULL);
	test_run();
	sched_loadavg(load);
	cr_expect(load[0] > 65536 * 1.15 && load[0] < 65536 * 1.35, "%f", (double)load[0] / 65536);
	cr_expect(load[0] > load[1] && load[1] > load[2]);
	test_task(NULL, NULL, sleep_minute, NULL);
	test_run();
	sched_loadavg(load);
	cr_expect(load[0] < 65536 / 50, "%f", (double)load[0] / 65536);
}

/* --- tasks ------------------------------------------------------------------------------------ */

static void spawn_children(void *arg)
{
	int *left = arg;

	for (int i = 0; i < 100 && *left > 0; i++, (*left)--)
		test_task(NULL, current->process, three_marks, "x");
}

/* Do ten thousand tasks leave nothing behind, stacks and numbers included? */
KTEST(sched, many_tasks)
{
	struct process *init = test_init();
	int left;

	for (int round = 0; round < 100; round++) {
		left = 100;
		trail[0] = 0;
		test_task(NULL, init, spawn_children, &left);
		test_run();
		cr_assert_eq(task_count(), 1);
	}
	cr_expect_eq(task_forks(), 1 + 100 * 101);
	cr_expect_eq(task_last_pid(), 1 + 100 * 101);
}

static void empty_entry(void)
{
}

/* Does a task that was never started go without a trace, leader or not? */
KTEST(sched, abandon)
{
	struct task *a = task_create(NULL, NULL, empty_entry);
	struct task *b = task_create(a->process, NULL, empty_entry);

	b->cred = cred_create(1, 1);
	a->sighand = sighand_create();
	task_abandon(b);
	task_abandon(a);
}

/* Does a number that is in use as pid, group or session come again after the wrap? */
KTEST(sched, pids_wrap)
{
	struct task *a = task_create(NULL, NULL, empty_entry), *b, *c;

	task_set_last_pid(PID_MAX - 2);
	b = task_create(NULL, NULL, empty_entry);
	cr_expect_eq(b->tid, PID_MAX - 1);
	process_set_pgrp(a->process, 300);
	a->process->sid = 301;
	c = task_create(NULL, NULL, empty_entry);
	cr_expect_eq(c->tid, 302);
	cr_expect_eq(process_next(0), a->process);
	cr_expect_eq(process_next(1), c->process);
	cr_expect_eq(process_next(302), b->process);
	cr_expect_eq(process_next(5), c->process);
	cr_expect_null(process_next(PID_MAX));
	task_abandon(a);
	task_abandon(b);
	task_abandon(c);
}

/* Is a stack that returns from its entry noticed? */
KTEST(sched, entry_returns, .exit_code = 124)
{
	task_start(task_create(NULL, NULL, empty_entry));
	test_run();
}
