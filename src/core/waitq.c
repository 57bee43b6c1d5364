/* waitq.c - wait queues: sleeping until somebody says that a condition may hold now.
 *
 * The argument why no wake is lost: a task enqueues its waiter, then looks at its condition, then sleeps;
 * nothing else runs between the look and the sleep; and whoever changes the condition wakes the queue
 * afterwards. */
#include "core/waitq.h"

#include "core/errno.h"
#include "core/kassert.h"
#include "core/sched.h"
#include "core/task.h"

void waitq_init(struct waitq *q)
{
	list_init(&q->waiters);
}

void waiter_init(struct waiter *w)
{
	*w = (struct waiter){.task = current};
	list_init(&w->node);
}

static void add(struct waitq *q, struct waiter *w, bool exclusive)
{
	KASSERT(!w->q);
	w->q = q;
	w->exclusive = exclusive;
	w->woken = false;
	list_add_tail(&q->waiters, &w->node);
}

void waitq_add(struct waitq *q, struct waiter *w)
{
	add(q, w, false);
}

void waitq_add_exclusive(struct waitq *q, struct waiter *w)
{
	add(q, w, true);
}

void waitq_remove(struct waiter *w)
{
	if (!w->q)
		return;
	list_del(&w->node);
	w->q = NULL;
}

/* A waiter that was woken before and is still queued does not use up the wake: two wakes of one must reach
 * two. */
static bool wake_task(struct waiter *w)
{
	bool first = !w->woken;

	w->woken = true;
	task_wake(w->task);
	return first;
}

void waitq_wake(struct waitq *q, int n, uint32_t events)
{
	struct waiter *w, *next;

	LIST_FOR_EACH_SAFE (w, next, &q->waiters, struct waiter, node) {
		if (w->exclusive && n <= 0)
			continue;
		if ((w->wake ? w->wake(w, events) : wake_task(w)) && w->exclusive)
			n--;
	}
}

int wait_for_waiter(struct waiter *w, enum sleep_mode mode, ktime_t deadline)
{
	int err = task_sleep_until(mode, deadline);

	return w->woken ? 0 : err;
}

/* A wake that comes together with a signal counts as the wake: the caller looks at his condition once more,
 * and the next wait reports the signal. So wait4(2) finds its child although SIGCHLD is pending. */
static int wait_in_mode(struct waitq *q, bool exclusive, enum sleep_mode mode, ktime_t deadline)
{
	struct waiter w;
	int err;

	waiter_init(&w);
	add(q, &w, exclusive);
	err = wait_for_waiter(&w, mode, deadline);
	waitq_remove(&w);
	return err;
}

int wait_on(struct waitq *q)
{
	return wait_in_mode(q, false, SLEEP_INTERRUPTIBLE, KTIME_NEVER);
}

int wait_on_until(struct waitq *q, ktime_t deadline)
{
	return wait_in_mode(q, false, SLEEP_INTERRUPTIBLE, deadline);
}

int wait_on_killable(struct waitq *q)
{
	return wait_in_mode(q, false, SLEEP_KILLABLE, KTIME_NEVER);
}

int wait_on_exclusive(struct waitq *q, ktime_t deadline)
{
	return wait_in_mode(q, true, SLEEP_INTERRUPTIBLE, deadline);
}
