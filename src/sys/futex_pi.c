/* futex_pi.c - the operations of futex(2) on locks with an owner (FUTEX_LOCK_PI and relatives).
 *
 * The word holds the owner's tid, FUTEX_WAITERS when unlocking needs the kernel, FUTEX_OWNER_DIED when an
 * owner ended with it. While somebody waits, struct futex_pi says who owns the lock; unlocking hands it to
 * the first waiter and writes the new owner into the word at once, so that a lock is never free with waiters.
 *
 * Left out: raising the owner's priority. */
#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "core/task.h"
#include "core/waitq.h"
#include "mm/usercopy.h"
#include "sys/futex.h"
#include "sys/futex_queue.h"

/* A lock with waiters; it goes with the last of them. */
struct futex_pi {
	struct list node; /* in pi_all */
	struct futex_key key;
	struct task *owner;
	uint32_t waiters;
};

static KMEM_CACHE(pi_cache, futex_pi);
static struct list pi_all = LIST_INIT(pi_all); /* in order of creation */

static struct futex_pi *pi_create(const struct futex_key *key, struct task *owner)
{
	struct futex_pi *pi = kmem_alloc(&pi_cache);
	if (!pi)
		return NULL;
	pi->key = *key;
	pi->owner = owner;
	list_add_tail(&pi_all, &pi->node);
	return pi;
}

static void pi_free_unused(struct futex_pi *pi)
{
	if (pi->waiters)
		return;
	list_del(&pi->node);
	kmem_free(&pi_cache, pi);
}

static void pi_enqueue(struct futex_pi *pi, struct futex_waiter *w)
{
	w->pi = pi;
	w->wants_pi = false;
	pi->waiters++;
	futex_enqueue(w, &pi->key);
}

/* A waiter that gave up has left the queue already. */
static void pi_leave(struct futex_waiter *w)
{
	struct futex_pi *pi = w->pi;
	w->pi = NULL;
	pi->waiters--;
	pi_free_unused(pi);
}

/* The first waiter becomes the owner. The word in the guest says so already. */
static void pi_hand_over(struct futex_pi *pi, struct futex_waiter *w)
{
	pi->owner = w->task;
	pi->waiters--;
	w->pi = NULL;
	futex_wake_waiter(w);
	pi_free_unused(pi);
}

/* Does the word agree with what the kernel knows? A program that scribbles on it gets EINVAL. */
static int pi_check_word(const struct futex_pi *pi, uint32_t word)
{
	uint32_t tid = word & FUTEX_TID_MASK_LINUX;
	if ((word & FUTEX_OWNER_DIED_LINUX) && tid == 0)
		return 0;
	return tid == (uint32_t)pi->owner->tid ? 0 : -EINVAL;
}

/* The task that a word names as the owner. */
static int pi_find_owner(uint32_t word, struct task **owner)
{
	struct task *t = task_find((int32_t)(word & FUTEX_TID_MASK_LINUX));
	if (!t || t->exiting)
		return -ESRCH;
	if (!t->mm)
		return -EPERM; /* a task of the kernel owns nothing of the guests */
	*owner = t;
	return 0;
}

/* Tries to make `task` the owner. 1: it is. 0: it has to wait for *pi (which may be new and without waiters).
 */
static int pi_try_lock(const struct futex_key *key, uaddr_t addr, struct task *task, bool set_waiters,
		       struct futex_pi **pi)
{
	uint32_t word;
	if (get_user_u32(&word, addr))
		return -EFAULT;
	if ((word & FUTEX_TID_MASK_LINUX) == (uint32_t)task->tid)
		return -EDEADLK;
	struct futex_waiter *top = futex_next_waiter(key, NULL);
	if (top) {
		*pi = top->pi;
		return top->pi ? pi_check_word(top->pi, word) : -EINVAL;
	}
	if (!(word & FUTEX_TID_MASK_LINUX)) {
		uint32_t new = (word & FUTEX_OWNER_DIED_LINUX) | (uint32_t)task->tid;
		if (set_waiters)
			new |= FUTEX_WAITERS_LINUX;
		return put_user_u32(addr, new) ? -EFAULT : 1;
	}
	struct task *owner;
	if (put_user_u32(addr, word | FUTEX_WAITERS_LINUX))
		return -EFAULT;
	int err = pi_find_owner(word, &owner);
	if (err)
		return err;
	*pi = pi_create(key, owner);
	return *pi ? 0 : -ENOMEM;
}

int64_t futex_lock_pi(uaddr_t addr, bool shared, ktime_t deadline, bool try_only)
{
	struct futex_key key;
	struct futex_pi *pi = NULL;
	int err = futex_key_get(addr, shared, &key);
	if (err)
		return err;
	err = pi_try_lock(&key, addr, current, false, &pi);
	if (err)
		return err > 0 ? 0 : err;
	if (try_only) {
		pi_free_unused(pi);
		return -EAGAIN;
	}
	struct futex_waiter w = {.task = current, .bitset = FUTEX_BITSET_MATCH_ANY_LINUX, .uaddr = addr.v};
	pi_enqueue(pi, &w);
	err = futex_sleep(&w, deadline);
	if (!err)
		return 0;
	pi_leave(&w);
	return err == -ERESTARTSYS ? -ERESTARTNOINTR : err;
}

int64_t futex_unlock_pi(uaddr_t addr, bool shared)
{
	struct futex_key key;
	uint32_t word;
	if (addr.v % sizeof(uint32_t) == 0) {
		if (get_user_u32(&word, addr))
			return -EFAULT;
		if ((word & FUTEX_TID_MASK_LINUX) != (uint32_t)current->tid)
			return -EPERM;
	}
	int err = futex_key_get(addr, shared, &key);
	if (err)
		return err;
	struct futex_waiter *w = futex_next_waiter(&key, NULL);
	if (!w)
		return put_user_u32(addr, 0);
	if (!w->pi || w->pi->owner != current)
		return -EINVAL;
	if (put_user_u32(addr, (uint32_t)w->task->tid | FUTEX_WAITERS_LINUX))
		return -EFAULT;
	pi_hand_over(w->pi, w);
	return 0;
}

void futex_exit_pi(void)
{
	struct futex_pi *pi, *next;
	LIST_FOR_EACH_SAFE (pi, next, &pi_all, struct futex_pi, node) {
		if (pi->owner != current)
			continue;
		struct futex_waiter *w = futex_next_waiter(&pi->key, NULL);
		KASSERT(w && w->pi == pi);
		uint32_t word = (uint32_t)w->task->tid | FUTEX_WAITERS_LINUX | FUTEX_OWNER_DIED_LINUX;
		/* through the waiter's eyes: our own mapping may be gone; if the waiter's is, it will find
		 * out */
		(void)mm_copy_to(w->task->mm, w->uaddr, &word, sizeof(word));
		pi_hand_over(pi, w);
	}
}

/* --- requeueing from a condition variable to a lock
 * ------------------------------------------------------------------- */

int64_t futex_wait_requeue_pi(uaddr_t addr1, uaddr_t addr2, bool shared, uint32_t val, ktime_t deadline,
			      uint32_t bitset)
{
	struct futex_key key1;
	uint32_t word;
	if (addr1.v == addr2.v || !bitset)
		return -EINVAL;
	struct futex_waiter w = {
	    .task = current, .bitset = bitset, .uaddr = addr1.v, .wants_pi = true, .pi_uaddr = addr2.v};
	int err = futex_key_get(addr2, shared, &w.pi_key);
	if (!err)
		err = futex_key_get(addr1, shared, &key1);
	if (err)
		return err;
	if (get_user_u32(&word, addr1))
		return -EFAULT;
	if (word != val)
		return -EAGAIN;
	if (futex_key_equal(&key1, &w.pi_key))
		return -EINVAL;
	futex_enqueue(&w, &key1);
	err = futex_sleep(&w, deadline);
	if (!err)
		return 0; /* woken means: given the lock */
	if (w.pi) {
		pi_leave(&w);
		/* the condition was signalled; the caller has to lock for itself */
		return err == -ERESTARTSYS ? -EAGAIN : err;
	}
	return err == -ERESTARTSYS ? -ERESTARTNOINTR : err;
}

static bool requeue_fits(const struct futex_waiter *w, const struct futex_key *key2)
{
	return w->wants_pi && futex_key_equal(&w->pi_key, key2);
}

/* Moves waiters of key1 to the lock; how many, or -EINVAL at the first that does not wait for it. */
static int64_t requeue_to_pi(const struct futex_key *key1, struct futex_pi *pi, int64_t max)
{
	int64_t moved = 0;
	while (moved < max) {
		struct futex_waiter *w = futex_next_waiter(key1, NULL);
		if (!w)
			break;
		if (!requeue_fits(w, &pi->key))
			return -EINVAL;
		futex_dequeue(w);
		w->uaddr = w->pi_uaddr;
		pi_enqueue(pi, w);
		moved++;
	}
	return moved;
}

int64_t futex_cmp_requeue_pi(uaddr_t addr1, uaddr_t addr2, bool shared, int32_t nwake, int32_t nrequeue,
			     uint32_t expected)
{
	struct futex_key key1, key2;
	struct futex_pi *pi = NULL;
	uint32_t word;
	if (nwake < 0 || nrequeue < 0 || addr1.v == addr2.v || nwake != 1)
		return -EINVAL;
	int err = futex_key_get(addr1, shared, &key1);
	if (!err)
		err = futex_key_get(addr2, shared, &key2);
	if (err)
		return err;
	if (futex_key_equal(&key1, &key2))
		return -EINVAL;
	if (get_user_u32(&word, addr1))
		return -EFAULT;
	if (word != expected)
		return -EAGAIN;
	struct futex_waiter *top = futex_next_waiter(&key1, NULL);
	if (!top)
		return 0;
	if (!requeue_fits(top, &key2))
		return -EINVAL;
	struct task *first = top->task;
	int locked = pi_try_lock(&key2, addr2, first, nrequeue > 0, &pi);
	if (locked < 0)
		return locked;
	if (locked) {
		futex_wake_waiter(top);
		if (nrequeue == 0 || !futex_next_waiter(&key1, NULL))
			return 1;
		pi = pi_create(&key2, first);
		if (!pi)
			return 1; /* the rest stays where it is, as if fewer had been asked for */
	}
	int64_t moved = requeue_to_pi(&key1, pi, locked ? nrequeue : (int64_t)nrequeue + 1);
	pi_free_unused(pi);
	return moved < 0 ? moved : moved + locked;
}
