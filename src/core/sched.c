/* sched.c - one simulated CPU: which task runs, sleeping and waking, the idle loop (sched(7)).
 *
 * A run queue is a list for each priority: 0 for the normal policies (round robin, slices by nice weight), 1
 * to 99 for the real-time ones. current is in no list while it runs. A task that gives up the CPU switches
 * straight to the next one; only when there is none does the boot stack's loop continue, which idles through
 * the door.
 *
 * LEAVES OUT: SCHED_DEADLINE, group scheduling, wake-up preemption among normal tasks, bandwidth limits of
 * real-time tasks, priority inheritance. SCHED_IDLE is a very small weight. */
#include "core/sched.h"

#include <string.h>

#include "core/clock.h"
#include "core/context.h"
#include "core/door.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/loadavg.h"

#define RT_PRIORITIES 100
#define RR_SLICE (100 * NSEC_PER_MSEC) /* sched_rr_get_interval(2) on Linux */
#define MIN_SLICE (20 * NSEC_PER_USEC)
#define NO_SLICE \
	(KTIME_NEVER / 2) /* SCHED_FIFO: 146 years, and a sum with the time of day does not overflow */
#define IDLE_POLICY_WEIGHT 3
#define MAX_SOFTIRQS 8
#define DEADLOCK_TASKS_SHOWN 16

/* Linux kernel/sched/core.c, sched_prio_to_weight: one nice level is about 10 % of CPU time. */
static const uint32_t nice_weights[40] = {
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904,
    3906,  3121,  2501,  1991,  1586,  1277,  1024,  820,   655,   526,   423,  335,  272,  215,
    172,   137,   110,   87,    70,    56,    45,    36,    29,    23,    18,   15};

struct task *current;
uint64_t event_number;

static struct {
	struct list queue[RT_PRIORITIES];
	uint64_t occupied[2]; /* bit set: queue has a task */
	uint32_t queued;
	bool stop, deadlocked;
	ktime_t tick; /* when current's slice was charged last */
	ktime_t idle_time;
	uint64_t switches;
	uint32_t door_events; /* reported by idle(), not yet handed to the softirqs */
	bool (*live_hook)(void);
	void (*softirqs[MAX_SOFTIRQS])(uint32_t events);
	unsigned nsoftirqs;
	struct kcontext boot;
} rq;

void sched_init(void)
{
	unsigned i;

	memset(&rq, 0, sizeof(rq));
	for (i = 0; i < RT_PRIORITIES; i++)
		list_init(&rq.queue[i]);
	current = NULL;
	event_number = 0;
	loadavg_init();
}

/* --- run queue -------------------------------------------------------------------------------- */

static bool is_realtime(const struct task *t)
{
	return t->sched_policy == SCHED_FIFO_LINUX || t->sched_policy == SCHED_RR_LINUX;
}

static unsigned queue_index(const struct task *t)
{
	return is_realtime(t) ? t->sched_priority : 0;
}

static void enqueue(struct task *t, bool first)
{
	unsigned i = queue_index(t);

	if (first)
		list_add_head(&rq.queue[i], &t->run_node);
	else
		list_add_tail(&rq.queue[i], &t->run_node);
	rq.occupied[i / 64] |= 1ULL << (i % 64);
	rq.queued++;
}

static void dequeue(struct task *t)
{
	unsigned i = queue_index(t);

	list_del(&t->run_node);
	if (list_empty(&rq.queue[i]))
		rq.occupied[i / 64] &= ~(1ULL << (i % 64));
	rq.queued--;
}

/* Highest priority with a task in its queue, -1: none. */
static int highest_queued(void)
{
	if (rq.occupied[1])
		return 127 - __builtin_clzll(rq.occupied[1]);
	if (rq.occupied[0])
		return 63 - __builtin_clzll(rq.occupied[0]);
	return -1;
}

static struct task *pick_next(void)
{
	int i = highest_queued();
	struct task *t;

	if (i < 0)
		return NULL;
	t = LIST_FIRST(&rq.queue[i], struct task, run_node);
	dequeue(t);
	return t;
}

ktime_t sched_slice(const struct task *t)
{
	ktime_t slice;

	if (t->sched_policy == SCHED_FIFO_LINUX)
		return KTIME_NEVER;
	if (t->sched_policy == SCHED_RR_LINUX)
		return RR_SLICE;
	if (t->sched_policy == SCHED_IDLE_LINUX)
		return MAX(cost_model.slice * IDLE_POLICY_WEIGHT / 1024, MIN_SLICE);
	slice = cost_model.slice * nice_weights[t->nice + 20] / 1024;
	return MAX(slice, MIN_SLICE);
}

/* A slice ends after its time or, for a guest whose traps cost nothing (kicks), after a number of traps in
 * proportion. */
static void refill_slice(struct task *t)
{
	t->slice_left = MIN(sched_slice(t), NO_SLICE);
	t->slice_traps = UINT32_MAX;
	if (t->slice_left != NO_SLICE)
		t->slice_traps = (uint32_t)(cost_model.traps_per_slice * t->slice_left / cost_model.slice) +
				 1;
}

/* t became runnable: current gives way at its next return to user if t has a higher priority. */
static void check_preempt(const struct task *t)
{
	if (current && queue_index(t) > queue_index(current))
		current->need_resched = true;
}

uint32_t sched_nr_running(void)
{
	return rq.queued + (current && current->state == TASK_RUNNABLE ? 1 : 0);
}

uint64_t sched_nr_switches(void)
{
	return rq.switches;
}

/* --- switching -------------------------------------------------------------------------------- */

/* On the stack of whoever gives up the CPU. If current is still runnable it was enqueued. */
static void switch_away(bool dies)
{
	struct task *prev = current, *next = rq.stop ? NULL : pick_next();

	loadavg_update(rq.queued + (next ? 1 : 0));
	if (next == prev)
		return;
	if (next) {
		rq.switches++;
		clock_charge(cost_model.context_switch);
	}
	current = next;
	rq.tick = clock_now();
	context_switch(prev->context, next ? next->context : &rq.boot, dies);
}

void sched_block(void)
{
	KASSERT(current && current->state != TASK_RUNNABLE);
	current->usage.nvcsw++;
	switch_away(current->state == TASK_DEAD);
}

/* current goes behind the others of its priority (or before them) and counts the switch, if there is one. */
static void give_way(bool keep_place, uint64_t *counter)
{
	struct task *t = current;

	t->need_resched = false;
	if (highest_queued() < (int)queue_index(t) && !rq.stop) {
		refill_slice(t);
		return;
	}
	(*counter)++;
	if (!keep_place)
		refill_slice(t);
	enqueue(t, keep_place);
	switch_away(false);
}

void sched_yield_cpu(void)
{
	give_way(false, &current->usage.nvcsw);
}

void sched_tick(void)
{
	struct task *t = current;
	ktime_t now = clock_now();
	bool used_up;

	t->slice_left -= now - rq.tick;
	rq.tick = now;
	used_up = t->slice_left <= 0 || --t->slice_traps == 0;
	if (__builtin_expect(!used_up && !t->need_resched && !rq.stop, 1))
		return;
	/* Preempted by a higher priority: it keeps its place and the rest of its slice. */
	give_way(!used_up && highest_queued() > (int)queue_index(t), &t->usage.nivcsw);
}

static void wake_up(struct task *t)
{
	t->state = TASK_RUNNABLE;
	enqueue(t, false);
	check_preempt(t);
}

bool task_wake(struct task *t)
{
	if (t->state != TASK_SLEEPING)
		return false;
	wake_up(t);
	return true;
}

void task_wake_stopped(struct task *t)
{
	if (t->state == TASK_STOPPED)
		wake_up(t);
}

void task_start(struct task *t)
{
	KASSERT(t->state == TASK_NEW);
	refill_slice(t);
	wake_up(t);
}

void sched_set_policy(struct task *t, uint8_t policy, uint8_t priority, int8_t nice)
{
	bool queued = t != current && t->state == TASK_RUNNABLE;

	if (queued)
		dequeue(t);
	t->sched_policy = policy;
	t->sched_priority = priority;
	t->nice = nice;
	refill_slice(t);
	if (queued) {
		enqueue(t, false);
		check_preempt(t);
	} else if (t == current && highest_queued() > (int)queue_index(t)) {
		t->need_resched = true;
	}
}

/* --- sleeping --------------------------------------------------------------------------------- */

static void sleep_expired(struct ktimer *timer)
{
	struct task *t = CONTAINER_OF(timer, struct task, sleep_timer);

	t->sleep_timed_out = true;
	task_wake(t);
}

static bool interrupted(enum sleep_mode mode)
{
	return mode == SLEEP_INTERRUPTIBLE ? signal_pending(current) : signal_fatal_pending(current);
}

int task_sleep_until(enum sleep_mode mode, ktime_t deadline)
{
	struct task *t = current;

	KASSERT(t);
	if (interrupted(mode))
		return -ERESTARTSYS;
	if (deadline <= clock_now())
		return -ETIMEDOUT;
	t->sleep_timed_out = false;
	t->sleep_mode = mode;
	if (deadline != KTIME_NEVER) {
		t->sleep_timer.fn = sleep_expired;
		ktimer_start(&t->sleep_timer, deadline);
	}
	t->state = TASK_SLEEPING;
	sched_block();
	ktimer_stop(&t->sleep_timer);
	if (t->sleep_timed_out)
		return -ETIMEDOUT;
	return interrupted(mode) ? -ERESTARTSYS : 0;
}

/* --- trap boundaries and idling --------------------------------------------------------------- */

void sched_add_softirq(void (*fn)(uint32_t door_events))
{
	KASSERT(rq.nsoftirqs < MAX_SOFTIRQS);
	rq.softirqs[rq.nsoftirqs++] = fn;
}

void sched_run_softirqs(void)
{
	uint32_t events = rq.door_events | door->poll_events();
	unsigned i;

	rq.door_events = 0;
	task_gc();
	ktimer_run_due();
	for (i = 0; i < rq.nsoftirqs; i++)
		rq.softirqs[i](events);
}

void sched_set_live_hook(bool (*fn)(void))
{
	rq.live_hook = fn;
}

static const char *state_name(enum task_state s)
{
	switch (s) {
	case TASK_NEW: return "new";
	case TASK_RUNNABLE: return "runnable";
	case TASK_SLEEPING: return "sleeping";
	case TASK_STOPPED: return "stopped";
	case TASK_ZOMBIE: return "zombie";
	case TASK_DEAD: return "dead";
	}
	return "?";
}

static void report_deadlock(void)
{
	struct process *p = NULL;
	const struct task *t;
	unsigned shown = 0;

	klog(KLOG_WARNING, "deadlock: no task can run, no timer is set and no input is awaited");
	while ((p = process_next(p ? p->pid : 0))) {
		LIST_FOR_EACH (t, &p->threads, struct task, thread_node) {
			if (t->exiting || p->pid == 1 || shown++ >= DEADLOCK_TASKS_SHOWN)
				continue;
			if (t->in_syscall)
				klog(KLOG_WARNING, "  task %d (%s): %s in system call %llu", t->tid, t->comm,
				     state_name(t->state), (unsigned long long)t->regs.orig_rax);
			else
				klog(KLOG_WARNING, "  task %d (%s): %s", t->tid, t->comm,
				     state_name(t->state));
		}
	}
	if (shown > DEADLOCK_TASKS_SHOWN)
		klog(KLOG_WARNING, "  and %u more", shown - DEADLOCK_TASKS_SHOWN);
}

/* Nothing is runnable. False: and nothing ever will be. */
static bool idle(void)
{
	ktime_t start = clock_now(), next = ktimer_next();
	bool live = clock_mode() == CLOCK_MODE_REAL && next != KTIME_NEVER;

	if (next <= start)
		return true;
	live = live || (rq.live_hook && rq.live_hook());
	if (next == KTIME_NEVER && !live)
		return false;
	rq.door_events |= door->idle(start, next, live);
	clock_sync();
	/* An input that came first is served before time jumps; else the time until the next timer is over.
	 */
	if (!rq.door_events)
		clock_advance_to(next);
	rq.idle_time += clock_now() - start;
	loadavg_update(0);
	return true;
}

void sched_run(void)
{
	struct task *next;

	KASSERT(!current);
	rq.stop = false;
	rq.deadlocked = false;
	while (!rq.stop) {
		sched_run_softirqs();
		next = pick_next();
		if (next) {
			rq.switches++;
			clock_charge(cost_model.context_switch);
			rq.tick = clock_now();
			current = next;
			context_switch(&rq.boot, next->context, false);
			KASSERT(!current);
			continue;
		}
		if (task_count() == 0)
			break;
		if (!idle()) {
			rq.deadlocked = true;
			report_deadlock();
			break;
		}
	}
	task_gc();
}

void sched_stop(void)
{
	rq.stop = true;
	if (current)
		current->need_resched = true;
}

bool sched_deadlocked(void)
{
	return rq.deadlocked;
}

ktime_t sched_idle_time(void)
{
	return rq.idle_time;
}

void sched_loadavg(uint64_t out[3])
{
	loadavg_get(out);
}
