/* futex_wait.c - the plain operations of futex(2): wait, wake, wake-op and requeue, and futex_waitv(2). */
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "core/waitq.h"
#include "mm/usercopy.h"
#include "sys/abi_time.h"
#include "sys/futex_queue.h"
#include "sys/syscall.h"
#include "sys/time.h"

#define FUTEX_WAITV_MAX 128
#define FUTEX2_SIZE_U32 2
#define WAKE_OP_ARG_SHIFT 8

/* clang-format off */
enum wake_op { WAKE_OP_SET, WAKE_OP_ADD, WAKE_OP_OR, WAKE_OP_ANDN, WAKE_OP_XOR };
enum wake_cmp { WAKE_CMP_EQ, WAKE_CMP_NE, WAKE_CMP_LT, WAKE_CMP_LE, WAKE_CMP_GT, WAKE_CMP_GE };
/* clang-format on */

struct futex_waitv_linux {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};
_Static_assert(sizeof(struct futex_waitv_linux) == 24, "struct futex_waitv");

/* --- wait
 * ----------------------------------------------------------------------------------------------------------
 */

static int64_t futex_wait_restart(struct restart_block *rb)
{
	return futex_wait(uaddr(rb->arg[0]), rb->arg[1] != 0, (uint32_t)rb->arg[2], (ktime_t)rb->arg[3],
			  (uint32_t)rb->arg[4]);
}

int64_t futex_wait(uaddr_t addr, bool shared, uint32_t val, ktime_t deadline, uint32_t bitset)
{
	struct futex_key key;
	uint32_t word;
	if (!bitset)
		return -EINVAL;
	int err = futex_key_get(addr, shared, &key);
	if (err)
		return err;
	if (get_user_u32(&word, addr))
		return -EFAULT;
	if (word != val)
		return -EAGAIN;
	struct futex_waiter w = {.task = current, .bitset = bitset, .uaddr = addr.v};
	futex_enqueue(&w, &key);
	err = futex_sleep(&w, deadline);
	if (err != -ERESTARTSYS || deadline == KTIME_NEVER)
		return err;
	/* A timeout keeps its end when the call is restarted. */
	struct restart_block *rb = &current->restart;
	rb->fn = futex_wait_restart;
	rb->arg[0] = addr.v;
	rb->arg[1] = shared;
	rb->arg[2] = val;
	rb->arg[3] = (uint64_t)deadline;
	rb->arg[4] = bitset;
	return -ERESTART_RESTARTBLOCK;
}

/* --- wake
 * ----------------------------------------------------------------------------------------------------------
 */

int64_t futex_wake_bitset(uaddr_t addr, bool shared, uint32_t n, uint32_t bitset)
{
	struct futex_key key;
	if (!bitset)
		return -EINVAL;
	int err = futex_key_get(addr, shared, &key);
	if (err)
		return err;
	int64_t woken = 0;
	struct futex_waiter *w = futex_next_waiter(&key, NULL);
	while (w) {
		/* one that waits for a lock can only be given the lock */
		if (w->pi || w->wants_pi)
			return -EINVAL;
		struct futex_waiter *next = w;
		if (w->node.next != w->bucket)
			next = futex_next_waiter(&key, LIST_ENTRY(w->node.next, struct futex_waiter, node));
		else
			next = NULL;
		if (w->bitset & bitset) {
			futex_wake_waiter(w);
			/* as in Linux, a count below one still wakes one */
			if (++woken >= (int64_t)(int32_t)n)
				break;
		}
		w = next;
	}
	return woken;
}

static int32_t sign_extend_12(uint32_t v)
{
	return (int32_t)(v << 20) >> 20;
}

static int wake_op_compute(uint32_t kind, uint32_t word, uint32_t arg, uint32_t *out)
{
	switch (kind) {
	case WAKE_OP_SET: *out = arg; return 0;
	case WAKE_OP_ADD: *out = word + arg; return 0;
	case WAKE_OP_OR: *out = word | arg; return 0;
	case WAKE_OP_ANDN: *out = word & ~arg; return 0;
	case WAKE_OP_XOR: *out = word ^ arg; return 0;
	default: return -ENOSYS;
	}
}

static int wake_op_compare(uint32_t kind, int32_t word, int32_t arg)
{
	switch (kind) {
	case WAKE_CMP_EQ: return word == arg;
	case WAKE_CMP_NE: return word != arg;
	case WAKE_CMP_LT: return word < arg;
	case WAKE_CMP_LE: return word <= arg;
	case WAKE_CMP_GT: return word > arg;
	case WAKE_CMP_GE: return word >= arg;
	default: return -ENOSYS;
	}
}

/* Changes the word at addr as the code says: whether its old value passes the comparison, or an error. */
static int wake_op_apply(uaddr_t addr, uint32_t code)
{
	uint32_t kind = (code >> 28) & 7, word, new;
	uint32_t arg = (uint32_t)sign_extend_12(code >> 12);
	if ((code >> 28) & WAKE_OP_ARG_SHIFT)
		arg = 1U << (arg & 31);
	if (get_user_u32(&word, addr))
		return -EFAULT;
	int err = wake_op_compute(kind, word, arg, &new);
	if (err)
		return err;
	if (put_user_u32(addr, new))
		return -EFAULT;
	return wake_op_compare((code >> 24) & 15, (int32_t)word, sign_extend_12(code));
}

int64_t futex_wake_op(uaddr_t addr1, uaddr_t addr2, bool shared, int32_t n1, int32_t n2, uint32_t op)
{
	struct futex_key key;
	int err = futex_key_get(addr1, shared, &key);
	if (!err)
		err = futex_key_get(addr2, shared, &key);
	if (err)
		return err;
	int passed = wake_op_apply(addr2, op);
	if (passed < 0)
		return passed;
	int64_t woken = futex_wake_bitset(addr1, shared, (uint32_t)n1, FUTEX_BITSET_MATCH_ANY_LINUX);
	if (woken < 0 || !passed)
		return woken;
	int64_t more = futex_wake_bitset(addr2, shared, (uint32_t)n2, FUTEX_BITSET_MATCH_ANY_LINUX);
	return more < 0 ? more : woken + more;
}

/* --- requeue
 * ------------------------------------------------------------------------------------------------------- */

int64_t futex_requeue(uaddr_t addr1, uaddr_t addr2, bool shared, int32_t nwake, int32_t nrequeue,
		      const uint32_t *expected)
{
	struct futex_key key1, key2;
	uint32_t word;
	if (nwake < 0 || nrequeue < 0)
		return -EINVAL;
	int err = futex_key_get(addr1, shared, &key1);
	if (!err)
		err = futex_key_get(addr2, shared, &key2);
	if (err)
		return err;
	if (expected) {
		if (get_user_u32(&word, addr1))
			return -EFAULT;
		if (word != *expected)
			return -EAGAIN;
	}
	int64_t done = 0;
	bool same = futex_key_equal(&key1, &key2);
	struct futex_waiter *w = futex_next_waiter(&key1, NULL);
	while (w && done < (int64_t)nwake + nrequeue) {
		if (w->pi || w->wants_pi)
			return -EINVAL;
		struct futex_waiter *next = NULL;
		if (w->node.next != w->bucket)
			next = futex_next_waiter(&key1, LIST_ENTRY(w->node.next, struct futex_waiter, node));
		if (done < nwake) {
			futex_wake_waiter(w);
		} else if (!same) {
			futex_dequeue(w);
			w->uaddr = addr2.v;
			futex_enqueue(w, &key2);
		}
		done++;
		w = next;
	}
	return done;
}

/* --- futex_waitv(2)
 * ------------------------------------------------------------------------------------------------- */

static int waitv_read(struct futex_waitv_linux *v, uaddr_t uwaiters, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (copy_from_user(&v[i], uaddr_add(uwaiters, i * sizeof(*v)), sizeof(*v)))
			return -EFAULT;
		if ((v[i].flags & ~(uint32_t)(FUTEX2_SIZE_U32 | FUTEX_PRIVATE_FLAG_LINUX)) || v[i].reserved)
			return -EINVAL;
		if (!(v[i].flags & FUTEX2_SIZE_U32))
			return -EINVAL;
	}
	return 0;
}

/* Takes all out of their queues; the highest index among the woken ones, or -1. */
static int waitv_leave(struct futex_waiter *w, uint32_t n)
{
	int index = -1;
	for (uint32_t i = 0; i < n; i++) {
		if (w[i].woken)
			index = (int)i;
		futex_dequeue(&w[i]);
	}
	return index;
}

static bool waitv_any_woken(const struct futex_waiter *w, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (w[i].woken)
			return true;
	}
	return false;
}

static int waitv_enqueue(struct futex_waiter *w, const struct futex_waitv_linux *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct futex_key key;
		uint32_t word;
		int err = futex_key_get(uaddr(v[i].uaddr), !(v[i].flags & FUTEX_PRIVATE_FLAG_LINUX), &key);
		if (err)
			return err;
		if (get_user_u32(&word, uaddr(v[i].uaddr)))
			return -EFAULT;
		if (word != (uint32_t)v[i].val)
			return -EAGAIN;
		w[i].task = current;
		w[i].bitset = FUTEX_BITSET_MATCH_ANY_LINUX;
		w[i].uaddr = v[i].uaddr;
		futex_enqueue(&w[i], &key);
	}
	return 0;
}

static int64_t waitv_wait(const struct futex_waitv_linux *v, uint32_t n, ktime_t deadline)
{
	struct futex_waiter *w = kmalloc(n * sizeof(*w));
	if (!w)
		return -ENOMEM;
	int err = waitv_enqueue(w, v, n);
	while (!err && !waitv_any_woken(w, n))
		err = task_sleep_until(SLEEP_INTERRUPTIBLE, deadline);
	int index = waitv_leave(w, n);
	kfree(w);
	return index >= 0 ? index : err;
}

int64_t sys_futex_waitv(uaddr_t uwaiters, uint32_t n, uint32_t flags, uaddr_t uts, int clockid)
{
	ktime_t deadline = KTIME_NEVER;
	if (flags || n == 0 || n > FUTEX_WAITV_MAX || uaddr_null(uwaiters))
		return -EINVAL;
	if (!uaddr_null(uts)) {
		struct timespec_linux ts;
		if (clockid != CLOCK_REALTIME_LINUX && clockid != CLOCK_MONOTONIC_LINUX)
			return -EINVAL;
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		if (!timespec_valid(&ts))
			return -EINVAL;
		deadline = clock_to_monotonic(clockid, timespec_to_ktime(&ts));
	}
	struct futex_waitv_linux *v = kmalloc(n * sizeof(*v));
	if (!v)
		return -ENOMEM;
	int64_t result = waitv_read(v, uwaiters, n);
	if (result == 0)
		result = waitv_wait(v, n, deadline);
	kfree(v);
	return result;
}
