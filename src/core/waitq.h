/* waitq.h - wait queues, and the one way to sleep.
 *
 * The kernel runs on one simulated CPU and is not preempted between a check and a sleep, but the order is kept all
 * the same, because named interleaving points may be put there: enqueue, re-check, sleep. A blocking call reads
 *
 *	while (!condition) {
 *		err = wait_on(&queue);
 *		if (err)
 *			return err;
 *	}
 *
 * wait_on() enqueues, and returns when woken (0) or when a signal is pending (-ERESTARTSYS). Wakes may be
 * spurious. Whoever makes the condition true calls waitq_wake*() afterwards. */
#ifndef KEVSIM_CORE_WAITQ_H
#define KEVSIM_CORE_WAITQ_H

#include "core/list.h"
#include "core/types.h"

struct task;

enum sleep_mode {
	SLEEP_INTERRUPTIBLE,
	SLEEP_KILLABLE
};

struct waitq {
	struct list waiters;
};

/* One place in one queue. Lives in its user (stack or object). */
struct waiter {
	struct list node;
	struct waitq *q; /* NULL when not queued */
	struct task *task;
	/* Called by a wake with the poll events that became true (0: unspecified). Returns true if it consumed an
	 * exclusive wake. The default (NULL) wakes `task`. Must not sleep; may remove the waiter. */
	bool (*wake)(struct waiter *w, uint32_t events);
	bool exclusive; /* counts against the n of waitq_wake() */
	bool woken;     /* set by the default wake */
};

#define WAITQ_INIT(name)                  \
	{                                 \
		LIST_INIT((name).waiters) \
	}

void waitq_init(struct waitq *q);
static inline bool waitq_active(const struct waitq *q)
{
	return !list_empty(&q->waiters);
}

/* Prepares w for the current task with the default wake. */
void waiter_init(struct waiter *w);
void waitq_add(struct waitq *q, struct waiter *w);           /* behind the others */
void waitq_add_exclusive(struct waitq *q, struct waiter *w); /* behind the others, exclusive */
void waitq_remove(struct waiter *w);                         /* harmless when not queued */

/* Wakes every non-exclusive waiter and at most n exclusive ones, in queue order. */
void waitq_wake(struct waitq *q, int n, uint32_t events);
static inline void waitq_wake_all(struct waitq *q)
{
	waitq_wake(q, INT32_MAX, 0);
}

/* Sleeps on q until woken. 0, or -ERESTARTSYS when a signal is pending. */
int wait_on(struct waitq *q);
/* The same with an absolute monotonic deadline (KTIME_NEVER: none): 0, -ERESTARTSYS or -ETIMEDOUT. */
int wait_on_until(struct waitq *q, ktime_t deadline);
/* Only SIGKILL ends it: 0 or -ERESTARTSYS. For vfork and the like. */
int wait_on_killable(struct waitq *q);
/* As wait_on_until, queued exclusive. */
int wait_on_exclusive(struct waitq *q, ktime_t deadline);

/* As task_sleep_until(), for one waiter that the caller queued: 0 when the waiter was woken, whatever else happened. */
int wait_for_waiter(struct waiter *w, enum sleep_mode mode, ktime_t deadline);

/* The primitive below them: sleeps until task_wake() on the current task, the deadline or (if interruptible) a
 * pending signal. Waiters were queued before by the caller, who looks at waiter.woken or his condition first: a wake
 * and a signal may come together. Returns 0, -ETIMEDOUT or -ERESTARTSYS. */
int task_sleep_until(enum sleep_mode mode, ktime_t deadline);

#endif
