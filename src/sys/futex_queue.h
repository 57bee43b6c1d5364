/* futex_queue.h - what the files of futex(2) share: waiters, queues by key, and decoded arguments.
 *
 * A waiter lives on the stack (or in memory) of the task that sleeps and is in exactly one queue until
 * somebody wakes it or it gives up. Nothing between reading the futex word and entering the queue sleeps, so
 * no wake is lost. */
#ifndef KEVSIM_SYS_FUTEX_QUEUE_H
#define KEVSIM_SYS_FUTEX_QUEUE_H

#include "core/list.h"
#include "core/types.h"
#include "mm/mm.h"

#define FUTEX_WAIT_LINUX 0
#define FUTEX_WAKE_LINUX 1
#define FUTEX_FD_LINUX 2
#define FUTEX_REQUEUE_LINUX 3
#define FUTEX_CMP_REQUEUE_LINUX 4
#define FUTEX_WAKE_OP_LINUX 5
#define FUTEX_LOCK_PI_LINUX 6
#define FUTEX_UNLOCK_PI_LINUX 7
#define FUTEX_TRYLOCK_PI_LINUX 8
#define FUTEX_WAIT_BITSET_LINUX 9
#define FUTEX_WAKE_BITSET_LINUX 10
#define FUTEX_WAIT_REQUEUE_PI_LINUX 11
#define FUTEX_CMP_REQUEUE_PI_LINUX 12
#define FUTEX_LOCK_PI2_LINUX 13
#define FUTEX_PRIVATE_FLAG_LINUX 128
#define FUTEX_CLOCK_REALTIME_LINUX 256
#define FUTEX_CMD_MASK_LINUX (~(FUTEX_PRIVATE_FLAG_LINUX | FUTEX_CLOCK_REALTIME_LINUX))

#define FUTEX_WAITERS_LINUX 0x80000000U
#define FUTEX_OWNER_DIED_LINUX 0x40000000U
#define FUTEX_TID_MASK_LINUX 0x3fffffffU
#define FUTEX_BITSET_MATCH_ANY_LINUX 0xffffffffU

struct task;
struct futex_pi;

struct futex_waiter {
	struct list node;    /* in a bucket, in queue order */
	struct list *bucket; /* NULL: not queued */
	struct futex_key key;
	struct task *task;
	uint32_t bitset;
	uint64_t uaddr; /* of the word that key names, in the waiter's address space */
	bool woken;     /* taken out of the queue by a wake */

	/* priority inheritance futexes */
	struct futex_pi *pi; /* waiting for this lock, or (woken) owning it */
	bool wants_pi;       /* queued for FUTEX_WAIT_REQUEUE_PI: pi_key is where it may go */
	struct futex_key pi_key;
	uint64_t pi_uaddr;
};

/* The identity of the word at addr. 0, -EINVAL (not aligned) or -EFAULT. */
int futex_key_get(uaddr_t addr, bool shared, struct futex_key *key);
bool futex_key_equal(const struct futex_key *a, const struct futex_key *b);
struct list *futex_bucket(const struct futex_key *key);

/* Puts w (task, bitset, uaddr set) behind the others of its priority. */
void futex_enqueue(struct futex_waiter *w, const struct futex_key *key);
void futex_dequeue(struct futex_waiter *w);
/* The first waiter on key at or behind `from` (NULL: from the start), or NULL. */
struct futex_waiter *futex_next_waiter(const struct futex_key *key, struct futex_waiter *from);
/* Takes w out and lets its task run. */
void futex_wake_waiter(struct futex_waiter *w);
/* Sleeps until w is woken: 0, -ETIMEDOUT or -ERESTARTSYS (w is then out of the queue, and was not woken). */
int futex_sleep(struct futex_waiter *w, ktime_t deadline);

/* futex_wait.c */
int64_t futex_wait(uaddr_t addr, bool shared, uint32_t val, ktime_t deadline, uint32_t bitset);
/* Wakes at most n (at least one is tried) whose bitset matches. */
int64_t futex_wake_bitset(uaddr_t addr, bool shared, uint32_t n, uint32_t bitset);
int64_t futex_wake_op(uaddr_t addr1, uaddr_t addr2, bool shared, int32_t n1, int32_t n2, uint32_t op);
int64_t futex_requeue(uaddr_t addr1, uaddr_t addr2, bool shared, int32_t nwake, int32_t nrequeue,
		      const uint32_t *expected);

/* futex_pi.c */
int64_t futex_lock_pi(uaddr_t addr, bool shared, ktime_t deadline, bool try_only);
int64_t futex_unlock_pi(uaddr_t addr, bool shared);
int64_t futex_wait_requeue_pi(uaddr_t addr1, uaddr_t addr2, bool shared, uint32_t val, ktime_t deadline,
			      uint32_t bitset);
int64_t futex_cmp_requeue_pi(uaddr_t addr1, uaddr_t addr2, bool shared, int32_t nwake, int32_t nrequeue,
			     uint32_t expected);

#endif
