/* timer.c - kernel timers in a red-black tree ordered by (expiry, order of starting).
 *
 * The earliest expiry is kept aside, so that asking with nothing due is one comparison. */
#include "core/timer.h"

#include "core/clock.h"
#include "core/kassert.h"

static struct rbtree timers;
static ktime_t earliest = KTIME_NEVER;
static uint64_t next_order;
static uint64_t count;

static struct ktimer *timer_of(struct rbnode *n)
{
	return CONTAINER_OF(n, struct ktimer, node);
}

void ktimer_init(struct ktimer *t, void (*fn)(struct ktimer *t))
{
	*t = (struct ktimer){.fn = fn};
}

void ktimer_start(struct ktimer *t, ktime_t expires)
{
	struct rbnode **link = &timers.root, *parent = NULL;

	ktimer_stop(t);
	t->expires = expires;
	t->order = next_order++;
	t->armed = true;
	/* Its order is the highest: it goes behind all of the same expiry. */
	while (*link) {
		parent = *link;
		link = expires < timer_of(parent)->expires ? &parent->left : &parent->right;
	}
	rbtree_insert(&timers, &t->node, parent, link);
	count++;
	if (expires < earliest)
		earliest = expires;
}

bool ktimer_stop(struct ktimer *t)
{
	struct rbnode *first;

	if (!t->armed)
		return false;
	rbtree_erase(&timers, &t->node);
	t->armed = false;
	count--;
	if (t->expires == earliest) {
		first = rbtree_first(&timers);
		earliest = first ? timer_of(first)->expires : KTIME_NEVER;
	}
	return true;
}

ktime_t ktimer_next(void)
{
	return earliest;
}

/* A timer that a function starts again for a time in the past waits for the next boundary: only those started
 * before this run are due in it. Else a periodic timer with a tiny interval would hold the kernel here for
 * ever. */
static struct ktimer *next_due(ktime_t now, uint64_t started_before)
{
	struct rbnode *n = rbtree_first(&timers);

	while (n && timer_of(n)->expires <= now && timer_of(n)->order >= started_before)
		n = rbtree_next(n);
	return n && timer_of(n)->expires <= now ? timer_of(n) : NULL;
}

void ktimer_run_due(void)
{
	ktime_t now = clock_now();
	uint64_t started_before = next_order;
	struct ktimer *t;

	if (__builtin_expect(now < earliest, 1))
		return;
	while ((t = next_due(now, started_before))) {
		ktimer_stop(t);
		KASSERT(t->fn);
		t->fn(t);
	}
}

uint64_t ktimer_count(void)
{
	return count;
}
