/* test_futex.c - futex(2) between threads and processes that are C functions: order of wakes, keys,
 * requeueing, owners, robust lists, exact time-outs. */
#include <criterion/criterion.h>

#include "core/errno.h"
#include "sys/guest_tasks.h"

/* clang-format off */
enum {
	WAIT = 0, WAKE = 1, REQUEUE = 3, CMP_REQUEUE = 4, WAKE_OP = 5, LOCK_PI = 6, UNLOCK_PI = 7, TRYLOCK_PI = 8,
	WAIT_BITSET = 9, WAIT_REQUEUE_PI = 11, CMP_REQUEUE_PI = 12, PRIVATE = 128,
};
/* clang-format on */
#define WAITERS 0x80000000U
#define DIED 0x40000000U
#define LONG_ENOUGH 1000000 /* for all others to get to where they sleep */

static uint64_t word; /* guest address of a page of words */
static int order[16], norder;

static int64_t futex(uint64_t addr, int op, uint64_t val, uint64_t timeout, uint64_t addr2, uint64_t val3)
{
	return guest_syscall(NR_FUTEX, addr, (uint64_t)op, val, timeout, addr2, val3);
}

static void make_word(uint64_t flags)
{
	word = (uint64_t)guest_syscall(NR_MMAP, 0, 4096, 3, 0x20 | flags, (uint64_t)-1, 0);
	norder = 0;
}

static void waits(uint64_t flags)
{
	int me = norder++;

	(void)flags;
	order[me] = (int)futex(word, WAIT | PRIVATE, 0, 0, 0, 0);
	order[8 + me] = order[7]++;
	guest_thread_exit();
}

/* Are waiters woken in the order in which they came, and exactly as many as asked for? */
GUEST_TEST(futex, wakes_in_order)
{
	make_word(2);
	order[7] = 0;
	for (int i = 0; i < 4; i++)
		GUEST_CHECK(guest_thread(waits) > 0);
	guest_sleep_ns(LONG_ENOUGH);
	GUEST_CHECK(norder == 4);
	GUEST_CHECK(futex(word, WAKE, 10, 0, 0, 0) == 0); /* a shared key is another one */
	GUEST_CHECK(futex(word, WAKE | PRIVATE, 1, 0, 0, 0) == 1);
	GUEST_CHECK(futex(word, WAKE | PRIVATE, 2, 0, 0, 0) == 2);
	GUEST_CHECK(futex(word, WAKE | PRIVATE, 5, 0, 0, 0) == 1);
	guest_sleep_ns(LONG_ENOUGH);
	for (int i = 0; i < 4; i++)
		GUEST_CHECK(order[i] == 0 && order[8 + i] == i);
	guest_exit(0);
}

GUEST_TEST(futex, requeue)
{
	make_word(2);
	order[7] = 0;
	for (int i = 0; i < 4; i++)
		guest_thread(waits);
	guest_sleep_ns(LONG_ENOUGH);
	GUEST_CHECK(futex(word, CMP_REQUEUE | PRIVATE, 1, 2, word + 4, 1) == -EAGAIN);
	GUEST_CHECK(futex(word, CMP_REQUEUE | PRIVATE, 1, 2, word + 4, 0) == 3);
	GUEST_CHECK(futex(word + 4, WAKE | PRIVATE, 5, 0, 0, 0) == 2);
	GUEST_CHECK(futex(word, REQUEUE | PRIVATE, 0, 1, word + 8, 0) == 1);
	GUEST_CHECK(futex(word, WAKE | PRIVATE, 5, 0, 0, 0) == 0);
	GUEST_CHECK(futex(word + 8, WAKE | PRIVATE, 5, 0, 0, 0) == 1);
	guest_sleep_ns(LONG_ENOUGH);
	GUEST_CHECK(order[7] == 4);
	guest_exit(0);
}

static void waits_shared(uint64_t flags)
{
	(void)flags;
	guest_exit(futex(word, WAIT, 5, 0, 0, 0) == 0 ? 6 : 1);
}

/* A shared mapping has one identity in all processes, a private one in each its own. */
GUEST_TEST(futex, between_processes)
{
	make_word(1);
	guest_set_u32(word, 5);
	int64_t child = guest_fork(waits_shared);
	guest_sleep_ns(LONG_ENOUGH);
	GUEST_CHECK(futex(word, WAKE, 9, 0, 0, 0) == 1);
	GUEST_CHECK(guest_wait(child, 0) == 6 << 8);
	make_word(2);
	guest_set_u32(word, 5);
	child = guest_fork(waits_shared);
	guest_sleep_ns(LONG_ENOUGH);
	GUEST_CHECK(futex(word, WAKE, 9, 0, 0, 0) == 0);
	CALL2(NR_KILL, child, SIGKILL_LINUX);
	GUEST_CHECK(guest_wait(child, 0) == SIGKILL_LINUX);
	guest_exit(0);
}

/* Virtual time is exact: a wait of a millisecond takes a millisecond and the costs of the calls. */
GUEST_TEST(futex, timeouts)
{
	int64_t ts[2] = {0, 1000000};
	uint64_t p;

	make_word(2);
	p = guest_data(ts, sizeof(ts));
	int64_t t0 = guest_now();
	GUEST_CHECK(futex(word, WAIT, 0, p, 0, 0) == -ETIMEDOUT);
	int64_t took = guest_now() - t0;
	GUEST_CHECK(took >= 1000000 && took < 1020000);
	ts[0] = t0 / NSEC_PER_SEC;
	ts[1] = t0 % NSEC_PER_SEC;
	guest_store(p, ts, sizeof(ts));
	GUEST_CHECK(futex(word, WAIT_BITSET, 0, p, 0, 1) == -ETIMEDOUT); /* absolute, past */
	ts[1] = NSEC_PER_SEC;
	guest_store(p, ts, sizeof(ts));
	GUEST_CHECK(futex(word, WAIT, 0, p, 0, 0) == -EINVAL);
	GUEST_CHECK(futex(word + 2, WAIT, 0, 0, 0, 0) == -EINVAL);
	GUEST_CHECK(futex(64, WAIT, 0, 0, 0, 0) == -EFAULT);
	guest_exit(0);
}

static void locks(uint64_t flags)
{
	int me = norder++;

	(void)flags;
	order[me] = futex(word, LOCK_PI, 0, 0, 0, 0) == 0 && (guest_u32(word) & ~WAITERS) == CALL0(NR_GETTID);
	order[8 + me] = order[7]++;
	futex(word, UNLOCK_PI, 0, 0, 0, 0);
	guest_thread_exit();
}

GUEST_TEST(futex, owners)
{
	uint32_t me = (uint32_t)CALL0(NR_GETTID);

	make_word(2);
	order[7] = 0;
	GUEST_CHECK(futex(word, LOCK_PI, 0, 0, 0, 0) == 0 && guest_u32(word) == me);
	GUEST_CHECK(futex(word, LOCK_PI, 0, 0, 0, 0) == -EDEADLK);
	for (int i = 0; i < 3; i++)
		guest_thread(locks);
	guest_sleep_ns(LONG_ENOUGH);
	GUEST_CHECK(guest_u32(word) == (me | WAITERS));
	GUEST_CHECK(futex(word, WAKE, 1, 0, 0, 0) == -EINVAL);
	GUEST_CHECK(futex(word, UNLOCK_PI, 0, 0, 0, 0) == 0);
	GUEST_CHECK(futex(word, UNLOCK_PI, 0, 0, 0, 0) == -EPERM);
	guest_sleep_ns(LONG_ENOUGH);
	for (int i = 0; i < 3; i++)
		GUEST_CHECK(order[i] == 1 && order[8 + i] == i);
	GUEST_CHECK(guest_u32(word) == 0);
	guest_exit(0);
}

/* The thread ends as the owner: robust list entry {next, word at +64}. */
static void dies_owning(uint64_t flags)
{
	uint64_t head[3] = {word + 1024 + 24, 64, 0}, entry = word + 1024;
	bool pi = order[0] == 1;

	(void)flags;
	if (pi)
		head[0] |= 1;
	guest_store(entry, head, sizeof(head)); /* the head */
	guest_store(entry + 24, &entry, 8);     /* the entry points back to it */
	CALL2(NR_SET_ROBUST_LIST, entry, 24);
	uint32_t tid = (uint32_t)CALL0(NR_GETTID) | (pi ? 0 : WAITERS);
	guest_set_u32(entry + 24 + 64, tid);
	guest_sleep_ns(5 * LONG_ENOUGH);
	guest_thread_exit();
}

GUEST_TEST(futex, robust_list)
{
	uint64_t lock;

	make_word(2);
	lock = word + 1024 + 24 + 64;
	order[0] = 0;
	guest_thread(dies_owning);
	guest_sleep_ns(LONG_ENOUGH);
	uint32_t v = guest_u32(lock);
	GUEST_CHECK(futex(lock, WAIT, v, 0, 0, 0) == 0);
	GUEST_CHECK(guest_u32(lock) == (DIED | WAITERS));
	order[0] = 1;
	guest_thread(dies_owning);
	guest_sleep_ns(LONG_ENOUGH);
	GUEST_CHECK(futex(lock, LOCK_PI, 0, 0, 0, 0) == 0);
	GUEST_CHECK(guest_u32(lock) == (CALL0(NR_GETTID) | WAITERS | DIED));
	guest_exit(0);
}

/* A list that is a circle, or leads nowhere, ends. */
static void has_a_wild_list(uint64_t flags)
{
	uint64_t a = word + 256, b = word + 264, head[3] = {a, 0, 8};

	(void)flags;
	if (order[1])
		head[0] = 0x10;
	guest_store(word + 512, head, sizeof(head));
	guest_store(a, &b, 8);
	guest_store(b, &a, 8);
	CALL2(NR_SET_ROBUST_LIST, word + 512, 24);
	guest_thread_exit();
}

GUEST_TEST(futex, wild_robust_list)
{
	make_word(2);
	for (order[1] = 0; order[1] < 2; order[1]++) {
		guest_thread(has_a_wild_list);
		guest_sleep_ns(1000000);
	}
	GUEST_CHECK(CALL2(NR_SET_ROBUST_LIST, word, 23) == -EINVAL);
	guest_exit(0);
}

static void waits_for_condition(uint64_t flags)
{
	int me = norder++;

	(void)flags;
	order[me] = futex(word + 8, WAIT_REQUEUE_PI, 0, 0, word, 0) == 0 &&
		    (guest_u32(word) & ~WAITERS) == CALL0(NR_GETTID);
	futex(word, UNLOCK_PI, 0, 0, 0, 0);
	guest_thread_exit();
}

GUEST_TEST(futex, requeue_to_owner)
{
	make_word(2);
	futex(word, LOCK_PI, 0, 0, 0, 0);
	for (int i = 0; i < 3; i++)
		guest_thread(waits_for_condition);
	guest_sleep_ns(LONG_ENOUGH);
	GUEST_CHECK(futex(word + 8, WAKE, 1, 0, 0, 0) == -EINVAL);
	GUEST_CHECK(futex(word + 8, CMP_REQUEUE_PI, 1, 9, word + 16, 0) == -EINVAL);
	GUEST_CHECK(futex(word + 8, CMP_REQUEUE_PI, 1, 9, word, 0) == 3);
	GUEST_CHECK(futex(word, UNLOCK_PI, 0, 0, 0, 0) == 0);
	guest_sleep_ns(LONG_ENOUGH);
	GUEST_CHECK(order[0] == 1 && order[1] == 1 && order[2] == 1 && guest_u32(word) == 0);
	/* the lock is free: the first gets it at once */
	norder = 0;
	guest_thread(waits_for_condition);
	guest_thread(waits_for_condition);
	guest_sleep_ns(LONG_ENOUGH);
	GUEST_CHECK(futex(word + 8, CMP_REQUEUE_PI, 1, 9, word, 0) == 2);
	guest_sleep_ns(LONG_ENOUGH);
	GUEST_CHECK(order[0] == 1 && order[1] == 1 && guest_u32(word) == 0);
	guest_exit(0);
}

/* A process that dies while its threads wait leaves nothing in the queues (the leak check of the fixture sees
 * it). */
GUEST_TEST(futex, killed_waiters)
{
	make_word(2);
	futex(word, LOCK_PI, 0, 0, 0, 0);
	norder = 0;
	guest_thread(waits);
	guest_thread(locks);
	guest_thread(waits_for_condition);
	guest_sleep_ns(LONG_ENOUGH);
	guest_exit(0);
}
