/* timer.h - kernel timers: a pairing of expiry time and function, run at trap boundaries in order of
 * (expiry, start order). */
#ifndef KEVSIM_CORE_TIMER_H
#define KEVSIM_CORE_TIMER_H

#include "core/rbtree.h"
#include "core/types.h"

struct ktimer {
	struct rbnode node;
	ktime_t expires; /* monotonic */
	uint64_t order;
	bool armed;
	void (*fn)(struct ktimer *t); /* runs with the timer disarmed; may start it again; must not sleep */
};

void ktimer_init(struct ktimer *t, void (*fn)(struct ktimer *t));
/* (Re)arms for an absolute monotonic time; a time in the past expires at the next trap boundary. */
void ktimer_start(struct ktimer *t, ktime_t expires);
/* True if it was armed. Harmless on a disarmed timer. */
bool ktimer_stop(struct ktimer *t);
/* Expiry of the earliest timer, or KTIME_NEVER. */
ktime_t ktimer_next(void);
/* Runs all timers due at clock_now(). */
void ktimer_run_due(void);
uint64_t ktimer_count(void);

#endif
