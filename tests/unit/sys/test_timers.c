/* test_timers.c - sleeping and timers on the virtual clock, where every number is exact. */
#include <criterion/criterion.h>

#include "core/errno.h"
#include "sys/guest_tasks.h"

#define MS 1000000LL
/* What a handful of calls and switches may cost. */
#define COSTS 60000

static int runs, last_overrun, last_value;

static void counts(uint64_t signo, uint64_t info, uint64_t uc)
{
	struct siginfo_linux si;

	(void)signo;
	(void)uc;
	guest_load(&si, info, sizeof(si));
	last_overrun = si.timer.overrun;
	last_value = si.timer.value.sival_int;
	runs++;
}

static bool about(int64_t t, int64_t expected)
{
	return t >= expected && t < expected + COSTS;
}

GUEST_TEST(timers, nanosleep)
{
	int64_t t0 = guest_now();
	guest_sleep_ns(5 * MS);
	GUEST_CHECK(about(guest_now() - t0, 5 * MS));
	/* interrupted: what is left */
	int64_t ts[2] = {1, 0}, rem[2] = {0, 0};
	uint64_t p = guest_data(ts, sizeof(ts)), q = guest_data(rem, sizeof(rem));
	guest_sigaction(SIGALRM_LINUX, counts, 0, 0);
	int64_t it[4] = {0, 0, 0, 2000}; /* once, in 2 ms */
	uint64_t timer = guest_data(it, sizeof(it));
	GUEST_CHECK(CALL3(NR_SETITIMER, 0, timer, 0) == 0);
	GUEST_CHECK(CALL2(NR_NANOSLEEP, p, q) == -EINTR);
	guest_load(rem, q, sizeof(rem));
	GUEST_CHECK(runs == 1 && rem[0] == 0 && rem[1] <= 998 * MS && rem[1] > 998 * MS - COSTS);
	guest_exit(0);
}

static void stops_and_continues(uint64_t flags)
{
	int64_t parent = CALL0(NR_GETPPID);

	(void)flags;
	guest_sleep_ns(2 * MS);
	CALL2(NR_KILL, parent, SIGSTOP_LINUX);
	guest_sleep_ns(2 * MS);
	CALL2(NR_KILL, parent, SIGCONT_LINUX);
	guest_exit(0);
}

/* Stopped and continued, a sleep goes on to its old end (restart_syscall). */
GUEST_TEST(timers, sleep_restarts)
{
	int64_t t0 = guest_now();
	guest_fork(stops_and_continues);
	guest_sleep_ns(10 * MS);
	GUEST_CHECK(about(guest_now() - t0, 10 * MS));
	t0 = guest_now();
	guest_fork(stops_and_continues);
	guest_sleep_ns(3 * MS); /* over when it is continued */
	GUEST_CHECK(about(guest_now() - t0, 4 * MS));
	guest_exit(0);
}

static uint64_t make_timer(int signo, int value)
{
	struct {
		uint64_t value;
		int32_t signo, notify;
		int32_t rest[12];
	} ev = {(uint64_t)value, signo, 0, {0}};
	uint32_t id = 99;
	uint64_t p = guest_data(&ev, sizeof(ev)), q = guest_data(&id, 4);

	GUEST_CHECK(CALL3(NR_TIMER_CREATE, 1, p, q) == 0);
	return guest_u32(q);
}

static void set_timer(uint64_t id, int64_t first, int64_t period)
{
	int64_t its[4] = {period / NSEC_PER_SEC, period % NSEC_PER_SEC, first / NSEC_PER_SEC,
			  first % NSEC_PER_SEC};

	GUEST_CHECK(CALL4(NR_TIMER_SETTIME, id, 0, guest_data(its, sizeof(its)), 0) == 0);
}

static void block(int how, int signo)
{
	uint64_t mask = 1ULL << (signo - 1);

	CALL4(NR_SIGPROCMASK, how, guest_data(&mask, 8), 0, 8);
}

/* A blocked periodic timer queues one signal and counts the rest. */
GUEST_TEST(timers, overruns)
{
	const int sig = SIGRTMIN_LINUX + 3;

	guest_sigaction(sig, counts, SA_SIGINFO_LINUX, 0);
	uint64_t id = make_timer(sig, 42);
	block(SIG_BLOCK_LINUX, sig);
	set_timer(id, 10 * MS, 10 * MS);
	guest_sleep_ns(105 * MS);
	GUEST_CHECK(runs == 0);
	block(SIG_UNBLOCK_LINUX, sig);
	GUEST_CHECK(runs == 1 && last_overrun == 9 && last_value == 42);
	GUEST_CHECK(CALL1(NR_TIMER_GETOVERRUN, id) == 9);
	CALL0(NR_PAUSE);
	GUEST_CHECK(runs == 2 && last_overrun == 0 && CALL1(NR_TIMER_GETOVERRUN, id) == 0);
	/* ignored signals do not stop it, and cost no more than a tick's worth */
	GUEST_CHECK(CALL1(NR_TIMER_DELETE, id) == 0 && CALL1(NR_TIMER_DELETE, id) == -EINVAL);
	guest_exit(0);
}

GUEST_TEST(timers, itimer_keeps_its_rhythm)
{
	int64_t it[4] = {0, 1000, 0, 1000};
	uint64_t p = guest_data(it, sizeof(it));

	guest_sigaction(SIGALRM_LINUX, counts, 0, 0);
	int64_t t0 = guest_now();
	CALL3(NR_SETITIMER, 0, p, 0);
	while (runs < 100)
		CALL0(NR_PAUSE);
	GUEST_CHECK(about(guest_now() - t0, 100 * MS));
	/* blocked for long, it does not run wild, and goes on in phase */
	block(SIG_BLOCK_LINUX, SIGALRM_LINUX);
	guest_sleep_ns(10 * MS + MS / 2);
	runs = 0;
	block(SIG_UNBLOCK_LINUX, SIGALRM_LINUX);
	GUEST_CHECK(runs == 1);
	CALL0(NR_PAUSE);
	GUEST_CHECK(runs == 2 && (guest_now() - t0) % MS < COSTS);
	guest_exit(0);
}

GUEST_TEST(timers, alarm)
{
	guest_sigaction(SIGALRM_LINUX, counts, 0, 0);
	int64_t t0 = guest_now();
	GUEST_CHECK(CALL1(NR_ALARM, 10) == 0 && CALL1(NR_ALARM, 2) == 10);
	CALL0(NR_PAUSE);
	GUEST_CHECK(runs == 1 && about(guest_now() - t0, 2000 * MS));
	GUEST_CHECK(CALL1(NR_ALARM, 0) == 0);
	guest_exit(0);
}

/* Timers of a process that ends go with it (the fixture would see them). */
GUEST_TEST(timers, end_with_the_process)
{
	set_timer(make_timer(SIGTERM_LINUX, 1), 1000 * MS, 1000 * MS);
	CALL1(NR_ALARM, 100);
	guest_exit(0);
}
