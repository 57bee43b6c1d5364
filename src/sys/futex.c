/* futex.c - futex(2): the queues, and the decoding of the operations.
 *
 * A futex word is known by its physical identity (mm_futex_key()): two processes that map the same page meet
 * in the same queue. The queues hang in a hash table; only chains are walked, in queue order, so the order of
 * wakes never depends on an address.
 *
 * Left out: FUTEX_FD (removed from Linux), inheritance of the waiter's priority by the owner of a PI futex
 * (ownership is handed over as it should be, but a low-priority owner is not boosted), following a wall clock
 * that is set while somebody waits for an absolute CLOCK_REALTIME timeout. */
#include "sys/futex.h"

#include "core/clock.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/sched.h"
#include "core/task.h"
#include "core/waitq.h"
#include "mm/usercopy.h"
#include "sys/abi_time.h"
#include "sys/futex_queue.h"
#include "sys/syscall.h"
#include "sys/time.h"

#define FUTEX_BUCKETS 256
/* Linux keeps shared and private keys of the same anonymous word apart; so do we. */
#define KEY_SHARED_ANONYMOUS 0x80000000U

static struct list futex_table[FUTEX_BUCKETS];

int futex_key_get(uaddr_t addr, bool shared, struct futex_key *key)
{
	if (addr.v % sizeof(uint32_t))
		return -EINVAL;
	if (addr.v >= CPU_GUEST_END)
		return -EFAULT;
	int err = mm_futex_key(current->mm, addr.v, shared, key);
	if (err)
		return err;
	if (shared && key->object == current->mm)
		key->offset |= KEY_SHARED_ANONYMOUS;
	return 0;
}

bool futex_key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->object == b->object && a->index == b->index && a->offset == b->offset;
}

struct list *futex_bucket(const struct futex_key *key)
{
	uint64_t h = (uint64_t)(uintptr_t)key->object / 16 + key->index * 0x9e3779b97f4a7c15ULL + key->offset;
	h *= 0xff51afd7ed558ccdULL;
	struct list *bucket = &futex_table[(h >> 32) % FUTEX_BUCKETS];
	if (!bucket->next)
		list_init(bucket);
	return bucket;
}

/* Waiters with a real-time priority come first, the others in order of arrival. */
static bool futex_goes_before(const struct futex_waiter *a, const struct futex_waiter *b)
{
	return a->task->sched_priority > b->task->sched_priority;
}

void futex_enqueue(struct futex_waiter *w, const struct futex_key *key)
{
	KASSERT(!w->bucket);
	struct list *bucket = futex_bucket(key), *at = bucket;
	w->key = *key;
	w->bucket = bucket;
	while (at->prev != bucket && futex_goes_before(w, LIST_ENTRY(at->prev, struct futex_waiter, node)))
		at = at->prev;
	list_add_tail(at, &w->node);
}

void futex_dequeue(struct futex_waiter *w)
{
	if (!w->bucket)
		return;
	list_del(&w->node);
	w->bucket = NULL;
}

struct futex_waiter *futex_next_waiter(const struct futex_key *key, struct futex_waiter *from)
{
	struct list *bucket = futex_bucket(key);
	struct list *n = from ? &from->node : bucket->next;
	for (; n != bucket; n = n->next) {
		struct futex_waiter *w = LIST_ENTRY(n, struct futex_waiter, node);
		if (futex_key_equal(&w->key, key))
			return w;
	}
	return NULL;
}

void futex_wake_waiter(struct futex_waiter *w)
{
	futex_dequeue(w);
	w->woken = true;
	(void)task_wake(w->task);
}

int futex_sleep(struct futex_waiter *w, ktime_t deadline)
{
	while (!w->woken) {
		int err = task_sleep_until(SLEEP_INTERRUPTIBLE, deadline);
		if (w->woken)
			return 0; /* a wake that came first counts, whatever else happened */
		if (err) {
			futex_dequeue(w);
			return err;
		}
	}
	return 0;
}

int futex_wake(uaddr_t addr, bool shared, uint32_t n)
{
	return (int)futex_wake_bitset(addr, shared, n, FUTEX_BITSET_MATCH_ANY_LINUX);
}

/* --- decoding
 * ------------------------------------------------------------------------------------------------------ */

/* FUTEX_WAIT has a relative timeout, the others absolute ones; FUTEX_LOCK_PI has always used the wall clock.
 */
static int futex_deadline(int cmd, bool realtime, uaddr_t uts, ktime_t *deadline)
{
	struct timespec_linux ts;
	*deadline = KTIME_NEVER;
	if (uaddr_null(uts))
		return 0;
	if (copy_from_user(&ts, uts, sizeof(ts)))
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	ktime_t t = timespec_to_ktime(&ts);
	if (cmd == FUTEX_WAIT_LINUX)
		*deadline = ktime_add_saturating(clock_now(), t);
	else
		*deadline = clock_to_monotonic(
		    realtime || cmd == FUTEX_LOCK_PI_LINUX ? CLOCK_REALTIME_LINUX : CLOCK_MONOTONIC_LINUX, t);
	return 0;
}

static bool futex_has_timeout(int cmd)
{
	return cmd == FUTEX_WAIT_LINUX || cmd == FUTEX_LOCK_PI_LINUX || cmd == FUTEX_LOCK_PI2_LINUX ||
	       cmd == FUTEX_WAIT_BITSET_LINUX || cmd == FUTEX_WAIT_REQUEUE_PI_LINUX;
}

int64_t sys_futex(uaddr_t addr, int op, uint32_t val, uint64_t timeout, uaddr_t addr2, uint32_t val3)
{
	int cmd = op & FUTEX_CMD_MASK_LINUX;
	bool shared = !(op & FUTEX_PRIVATE_FLAG_LINUX);
	bool realtime = (op & FUTEX_CLOCK_REALTIME_LINUX) != 0;
	int32_t val2 = (int32_t)timeout; /* the operations without a timeout have a number there */
	ktime_t deadline = KTIME_NEVER;
	if (futex_has_timeout(cmd)) {
		int err = futex_deadline(cmd, realtime, uaddr(timeout), &deadline);
		if (err)
			return err;
	}
	if (realtime && cmd != FUTEX_WAIT_BITSET_LINUX && cmd != FUTEX_WAIT_REQUEUE_PI_LINUX &&
	    cmd != FUTEX_LOCK_PI2_LINUX)
		return -ENOSYS;
	switch (cmd) {
	case FUTEX_WAIT_LINUX: return futex_wait(addr, shared, val, deadline, FUTEX_BITSET_MATCH_ANY_LINUX);
	case FUTEX_WAIT_BITSET_LINUX: return futex_wait(addr, shared, val, deadline, val3);
	case FUTEX_WAKE_LINUX: return futex_wake_bitset(addr, shared, val, FUTEX_BITSET_MATCH_ANY_LINUX);
	case FUTEX_WAKE_BITSET_LINUX: return futex_wake_bitset(addr, shared, val, val3);
	case FUTEX_REQUEUE_LINUX: return futex_requeue(addr, addr2, shared, (int32_t)val, val2, NULL);
	case FUTEX_CMP_REQUEUE_LINUX: return futex_requeue(addr, addr2, shared, (int32_t)val, val2, &val3);
	case FUTEX_WAKE_OP_LINUX: return futex_wake_op(addr, addr2, shared, (int32_t)val, val2, val3);
	case FUTEX_LOCK_PI_LINUX:
	case FUTEX_LOCK_PI2_LINUX: return futex_lock_pi(addr, shared, deadline, false);
	case FUTEX_UNLOCK_PI_LINUX: return futex_unlock_pi(addr, shared);
	case FUTEX_TRYLOCK_PI_LINUX: return futex_lock_pi(addr, shared, KTIME_NEVER, true);
	case FUTEX_WAIT_REQUEUE_PI_LINUX:
		return futex_wait_requeue_pi(addr, addr2, shared, val, deadline,
					     FUTEX_BITSET_MATCH_ANY_LINUX);
	case FUTEX_CMP_REQUEUE_PI_LINUX:
		return futex_cmp_requeue_pi(addr, addr2, shared, (int32_t)val, val2, val3);
	default: return -ENOSYS;
	}
}
