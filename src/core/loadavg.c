/* loadavg.c - load averages, with the fixed-point arithmetic of Linux (include/linux/sched/loadavg.h), so
 * that the same load reads the same. Samples are taken late, at the first switch after they are due.
 *
 * LEAVES OUT: uninterruptible sleepers (there are none). */
#include "core/loadavg.h"

#include <string.h>

#include "core/clock.h"
#include "core/sched.h"

#define FSHIFT 11
#define FIXED_1 (1UL << FSHIFT)
#define LOAD_PERIOD (5 * NSEC_PER_SEC + NSEC_PER_MSEC * 4) /* 5 s and a tick, against beating with guests */
#define MAX_MISSED \
	2000 /* after so many samples (almost 3 hours) of one load nothing else is left of the old */

static const uint64_t decay[3] = {1884, 2014, 2037}; /* exp(-5 s / 1, 5, 15 min) */

static struct {
	uint64_t avg[3];
	ktime_t next;
} load;

void loadavg_init(void)
{
	memset(&load, 0, sizeof(load));
	load.next = LOAD_PERIOD;
}

static uint64_t sample(uint64_t avg, uint64_t exp, uint64_t active)
{
	uint64_t v = avg * exp + active * (FIXED_1 - exp);

	if (active >= avg)
		v += FIXED_1 - 1;
	return v / FIXED_1;
}

void loadavg_update(uint32_t nr_running)
{
	uint64_t active = nr_running * FIXED_1, missed;
	unsigned i, k;

	if (__builtin_expect(clock_now() < load.next, 1))
		return;
	missed = (uint64_t)((clock_now() - load.next) / LOAD_PERIOD) + 1;
	load.next += (ktime_t)missed * LOAD_PERIOD;
	missed = MIN(missed, MAX_MISSED);
	for (k = 0; k < missed; k++)
		for (i = 0; i < 3; i++)
			load.avg[i] = sample(load.avg[i], decay[i], active);
}

void loadavg_get(uint64_t out[3])
{
	unsigned i;

	loadavg_update(sched_nr_running());
	for (i = 0; i < 3; i++)
		out[i] = load.avg[i] << (16 - FSHIFT);
}
