/* test_clock.c - virtual time, timers, the choice oracle. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/choice.h"
#include "core/clock.h"
#include "core/timer.h"
#include "support/test_kernel.h"

/* Does only what is charged move the clock, and the wall clock with it? */
KTEST(clock, charges)
{
	cr_expect_eq(clock_now(), 0);
	cr_expect_eq(clock_wall(), TEST_EPOCH_NS);
	clock_charge(1000);
	clock_charge_bytes(80);
	cr_expect_eq(clock_now(), 1010);
	clock_advance_to(500);
	cr_expect_eq(clock_now(), 1010);
	clock_advance_to(5000);
	clock_advance_to(KTIME_NEVER);
	cr_expect_eq(clock_now(), 5000);
	cr_expect_eq(clock_wall(), TEST_EPOCH_NS + 5000);
	clock_set_wall(77);
	cr_expect_eq(clock_wall(), 77);
	cr_expect_eq(clock_now(), 5000);
	script.sample = 1000000;
	clock_sync();
	cr_expect_eq(clock_now(), 5000, "virtual mode does not look at the host's clock");
}

/* Does the real mode follow the host, forward only? */
KTEST(clock, real_mode)
{
	clock_init(CLOCK_MODE_REAL, 0);
	script.sample = 1000;
	clock_sync();
	cr_expect_eq(clock_now(), 1000);
	script.sample = 900;
	clock_sync();
	cr_expect_eq(clock_now(), 1000);
}

/* Can a guest that scribbles on its vDSO page turn time back, or beyond the next event? */
KTEST(clock, vvar)
{
	struct vvar v;

	clock_charge(100);
	clock_publish(&v, 10000);
	v.now_ns += 3 * v.cost_ns;
	clock_collect(&v);
	cr_expect_eq(clock_now(), 100 + 3 * cost_model.vdso_read);
	clock_publish(&v, 10000);
	v.now_ns = 5;
	clock_collect(&v);
	cr_expect_eq(clock_now(), 100 + 3 * cost_model.vdso_read);
	v.now_ns = UINT64_MAX;
	clock_collect(&v);
	cr_expect_eq(clock_now(), 100 + 3 * cost_model.vdso_read);
	v.now_ns = INT64_MAX - 1;
	clock_collect(&v);
	cr_expect_eq(clock_now(), 10000);
}

/* --- timers ----------------------------------------------------------------------------------- */

static char fired[64];
static size_t nfired;
static struct ktimer timers[8];

static void fire(struct ktimer *t)
{
	cr_assert_not(t->armed);
	fired[nfired++] = (char)('a' + (t - timers));
	fired[nfired] = 0;
}

static void fire_again(struct ktimer *t)
{
	fire(t);
	ktimer_start(t, t->expires);
}

static void fire_and_stop_next(struct ktimer *t)
{
	fire(t);
	ktimer_stop(t + 1);
}

/* Do timers run in order of expiry, and of starting where that is equal? */
KTEST(clock, timer_order)
{
	static const ktime_t expiries[] = {30, 10, 20, 10, 30, 40};

	for (size_t i = 0; i < ARRAY_LEN(expiries); i++) {
		ktimer_init(&timers[i], fire);
		ktimer_start(&timers[i], expiries[i]);
	}
	cr_expect_eq(ktimer_next(), 10);
	cr_expect_eq(ktimer_count(), 6);
	clock_advance_to(9);
	ktimer_run_due();
	cr_expect_eq(nfired, 0);
	clock_advance_to(30);
	ktimer_run_due();
	cr_expect_str_eq(fired, "bdcae");
	cr_expect_eq(ktimer_next(), 40);
	cr_expect(ktimer_stop(&timers[5]));
	cr_expect_not(ktimer_stop(&timers[5]));
	cr_expect_eq(ktimer_next(), KTIME_NEVER);
}

/* Does a timer that starts itself for a time in the past wait for the next boundary? */
KTEST(clock, timer_restarts_in_the_past)
{
	ktimer_init(&timers[0], fire_again);
	ktimer_init(&timers[1], fire);
	ktimer_start(&timers[0], 5);
	ktimer_start(&timers[1], 6);
	clock_advance_to(10);
	ktimer_run_due();
	cr_expect_str_eq(fired, "ab");
	ktimer_run_due();
	cr_expect_str_eq(fired, "aba");
	ktimer_stop(&timers[0]);
}

/* Can a timer's function stop another one that is due as well? And does a restart move it? */
KTEST(clock, timer_stops_another)
{
	ktimer_init(&timers[0], fire_and_stop_next);
	ktimer_init(&timers[1], fire);
	ktimer_init(&timers[2], fire);
	ktimer_start(&timers[0], 5);
	ktimer_start(&timers[1], 5);
	ktimer_start(&timers[2], 1);
	ktimer_start(&timers[2], 100);
	clock_advance_to(10);
	ktimer_run_due();
	cr_expect_str_eq(fired, "a");
	cr_expect_eq(ktimer_next(), 100);
	ktimer_stop(&timers[2]);
}

/* Are a thousand timers at random times run in order? */
static struct ktimer many[1000];
static ktime_t last_expiry;
static void fire_in_order(struct ktimer *t)
{
	cr_assert(t->expires >= last_expiry);
	last_expiry = t->expires;
	nfired++;
}

KTEST(clock, timers_at_random)
{
	for (size_t i = 0; i < ARRAY_LEN(many); i++) {
		ktimer_init(&many[i], fire_in_order);
		ktimer_start(&many[i], (ktime_t)choose(CHOICE_TIME, "when", 5000));
	}
	for (size_t i = 0; i < ARRAY_LEN(many); i += 3)
		ktimer_stop(&many[i]);
	clock_advance_to(2500);
	ktimer_run_due();
	clock_advance_to(5000);
	ktimer_run_due();
	cr_expect_eq(nfired, ARRAY_LEN(many) - (ARRAY_LEN(many) + 2) / 3);
}

/* --- choices ---------------------------------------------------------------------------------- */

/* Does a seed give the same choices again, and another seed others? */
KTEST(clock, choices_repeat)
{
	uint8_t a[1000], b[1000];

	choice_init(7);
	choice_bytes(CHOICE_RNG, "test", a, sizeof(a));
	choice_init(7);
	choice_bytes(CHOICE_RNG, "test", b, 1);
	choice_bytes(CHOICE_RNG, "test", b + 1, 700);
	choice_bytes(CHOICE_RNG, "test", b + 701, 299);
	cr_expect_arr_eq(a, b, sizeof(a), "the division into calls must not matter");
	choice_init(8);
	choice_bytes(CHOICE_RNG, "test", b, sizeof(b));
	cr_expect(memcmp(a, b, sizeof(a)) != 0);
	cr_expect_eq(choice_seed(), 8);
}

/* Does drawing from one stream leave the others where they are? */
KTEST(clock, choice_streams_are_independent)
{
	uint64_t before[CHOICE_STREAMS][4], v;

	for (int s = 0; s < CHOICE_STREAMS; s++) {
		choice_init(3);
		for (int i = 0; i < 4; i++)
			before[s][i] = choose((enum choice_stream)s, "test", UINT64_MAX);
	}
	choice_init(3);
	for (int i = 0; i < 4; i++) {
		for (int s = CHOICE_STREAMS - 1; s >= 0; s--) {
			v = choose((enum choice_stream)s, "test", UINT64_MAX);
			cr_expect_eq(v, before[s][i]);
		}
	}
	cr_expect_neq(before[0][0], before[1][0]);
}

/* Are choices in range and roughly even? */
KTEST(clock, choices_in_range)
{
	int hits[7] = {0};

	for (int i = 0; i < 70000; i++) {
		uint64_t v = choose(CHOICE_SCHED, "test", 7);

		cr_assert(v < 7);
		hits[v]++;
	}
	for (int i = 0; i < 7; i++)
		cr_expect(hits[i] > 9500 && hits[i] < 10500, "%d came %d times", i, hits[i]);
	for (int i = 0; i < 10; i++)
		cr_expect_eq(choose(CHOICE_SCHED, "test", 1), 0);
}
