/* timerfd.c - timers as files: timerfd_create(2).
 *
 * The kernel timer is armed for one expiration. A periodic timer that expired stays disarmed until somebody
 * reads it or asks for its value; the expirations in between are then counted by division, so that an unread
 * fast timer costs nothing.
 *
 * Leaves out: TFD_IOC_SET_TICKS (a checkpoint/restore option of Linux). */
#include "fs/timerfd.h"

#include "core/clock.h"
#include "core/errno.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/timer.h"
#include "fs/noseek.h"

struct timerfd {
	struct ktimer timer;
	int clockid;
	bool absolute_wall; /* expires is a wall time: moves when the clock is set */
	bool may_cancel;    /* TFD_TIMER_CANCEL_ON_SET in force */
	bool canceled;      /* the clock was set and nobody has read it yet */
	bool expired;       /* since the last read; the timer is not running */
	int settime_flags;
	ktime_t expires; /* next (or last) expiration, monotonic or wall; 0: disarmed */
	ktime_t interval;
	uint64_t ticks;
	struct waitq wait;
	struct waiter clock_set; /* in clock_set_wait */
};

static KMEM_CACHE(timerfd_cache, timerfd);

static ktime_t timerfd_from_timespec(const struct timespec_linux *ts)
{
	if (ts->tv_sec >= KTIME_NEVER / NSEC_PER_SEC)
		return KTIME_NEVER;
	return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

static struct timespec_linux timerfd_to_timespec(ktime_t t)
{
	return (struct timespec_linux){.tv_sec = t / NSEC_PER_SEC, .tv_nsec = t % NSEC_PER_SEC};
}

static bool timespec_is_valid(const struct timespec_linux *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < NSEC_PER_SEC;
}

/* Now on the clock that t->expires is measured on. */
static ktime_t timerfd_now(const struct timerfd *t)
{
	return t->absolute_wall ? clock_wall() : clock_now();
}

static void timerfd_arm(struct timerfd *t)
{
	ktime_t at = t->expires;

	if (at == KTIME_NEVER)
		return; /* farther than the clock goes */
	if (t->absolute_wall)
		at -= clock_wall_offset();
	ktimer_start(&t->timer, MAX(at, 0));
}

static void timerfd_expire(struct ktimer *k)
{
	struct timerfd *t = CONTAINER_OF(k, struct timerfd, timer);

	t->expired = true;
	t->ticks++;
	waitq_wake(&t->wait, INT32_MAX, POLLIN_LINUX);
}

/* Counts the expirations of a periodic timer since it stopped running, and runs it again. */
static void timerfd_catch_up(struct timerfd *t)
{
	ktime_t now = timerfd_now(t);

	if (!t->expired || t->interval == 0)
		return;
	t->expired = false;
	if (now >= t->expires) {
		uint64_t passed = (uint64_t)((now - t->expires) / t->interval) + 1;
		t->expires += (ktime_t)passed * t->interval;
		t->ticks += passed - 1; /* the first one was counted when it happened */
	}
	timerfd_arm(t);
}

/* The clock was set: a wall time lies elsewhere on the monotonic clock now. */
static bool timerfd_clock_was_set(struct waiter *w, uint32_t events)
{
	struct timerfd *t = CONTAINER_OF(w, struct timerfd, clock_set);

	(void)events;
	if (t->absolute_wall && t->timer.armed)
		timerfd_arm(t);
	if (t->may_cancel) {
		t->canceled = true;
		t->ticks++;
		waitq_wake(&t->wait, INT32_MAX, POLLIN_LINUX);
	}
	return false;
}

static int64_t timerfd_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	struct timerfd *t = f->private;

	(void)pos;
	if (to->count < sizeof(uint64_t))
		return -EINVAL;
	while (t->ticks == 0) {
		if (f->flags & O_NONBLOCK_LINUX)
			return -EAGAIN;
		int err = wait_on(&t->wait);
		if (err)
			return err;
	}
	if (t->canceled) {
		t->canceled = false;
		t->ticks = 0;
		t->expired = false;
		return -ECANCELED;
	}
	timerfd_catch_up(t);
	uint64_t ticks = t->ticks;
	t->ticks = 0;
	t->expired = false;
	return iter_write(to, &ticks, sizeof(ticks)) == sizeof(ticks) ? (int64_t)sizeof(ticks) : -EFAULT;
}

static uint32_t timerfd_poll(struct file *f, struct poll_table *pt)
{
	struct timerfd *t = f->private;

	poll_wait(f, &t->wait, pt);
	return t->ticks > 0 ? POLLIN_LINUX : 0;
}

static void timerfd_value(struct timerfd *t, struct timerfd_spec_linux *cur)
{
	ktime_t left = 0;

	timerfd_catch_up(t);
	if (t->timer.armed || t->expires == KTIME_NEVER)
		left = MAX(t->expires - timerfd_now(t), 1); /* armed and due: not yet run */
	*cur = (struct timerfd_spec_linux){.it_interval = timerfd_to_timespec(t->interval),
					   .it_value = timerfd_to_timespec(left)};
}

static void timerfd_release(struct file *f)
{
	struct timerfd *t = f->private;

	ktimer_stop(&t->timer);
	waitq_remove(&t->clock_set);
	kmem_free(&timerfd_cache, t);
}

static void timerfd_fdinfo(struct file *f, struct strbuf *out)
{
	struct timerfd *t = f->private;
	struct timerfd_spec_linux v;

	timerfd_value(t, &v);
	strbuf_printf(out, "clockid: %d\nticks: %llu\nsettime flags: 0%o\n", t->clockid,
		      (unsigned long long)t->ticks, (unsigned)t->settime_flags);
	strbuf_printf(out, "it_value: (%lld, %lld)\nit_interval: (%lld, %lld)\n",
		      (long long)v.it_value.tv_sec, (long long)v.it_value.tv_nsec,
		      (long long)v.it_interval.tv_sec, (long long)v.it_interval.tv_nsec);
}

static const struct file_ops timerfd_file_ops = {
    .read = timerfd_read,
    .llseek = noseek_llseek,
    .stream = true,
    .poll = timerfd_poll,
    .release = timerfd_release,
    .fdinfo = timerfd_fdinfo,
};

int timerfd_open(int clockid, uint32_t flags, struct file **out)
{
	struct timerfd *t = kmem_alloc(&timerfd_cache);

	if (!t)
		return -ENOMEM;
	t->clockid = clockid;
	ktimer_init(&t->timer, timerfd_expire);
	waitq_init(&t->wait);
	waiter_init(&t->clock_set);
	t->clock_set.wake = timerfd_clock_was_set;
	struct file *f = file_create_anon("timerfd", &timerfd_file_ops,
					  O_RDWR_LINUX | (flags & O_NONBLOCK_LINUX), t);
	if (!f) {
		kmem_free(&timerfd_cache, t);
		return -ENOMEM;
	}
	waitq_add(&clock_set_wait, &t->clock_set);
	*out = f;
	return 0;
}

static bool timerfd_clock_is_wall(int clockid)
{
	return clockid == TFD_CLOCK_REALTIME_LINUX || clockid == TFD_CLOCK_REALTIME_ALARM_LINUX;
}

int timerfd_check(int flags, const struct timerfd_spec_linux *value)
{
	if ((flags & ~(TFD_TIMER_ABSTIME_LINUX | TFD_TIMER_CANCEL_ON_SET_LINUX)) ||
	    !timespec_is_valid(&value->it_value) || !timespec_is_valid(&value->it_interval))
		return -EINVAL;
	return 0;
}

int timerfd_set(struct file *f, int flags, const struct timerfd_spec_linux *value,
		struct timerfd_spec_linux *old)
{
	bool absolute = flags & TFD_TIMER_ABSTIME_LINUX;

	if (f->ops != &timerfd_file_ops)
		return -EINVAL;
	struct timerfd *t = f->private;
	if (old)
		timerfd_value(t, old);
	ktimer_stop(&t->timer);
	bool was_canceled = t->canceled && t->may_cancel;
	t->absolute_wall = absolute && timerfd_clock_is_wall(t->clockid);
	t->may_cancel = t->absolute_wall && (flags & TFD_TIMER_CANCEL_ON_SET_LINUX);
	t->canceled = false;
	t->settime_flags = flags;
	t->expired = false;
	t->ticks = 0;
	t->interval = timerfd_from_timespec(&value->it_interval);
	ktime_t at = timerfd_from_timespec(&value->it_value);
	t->expires = at;
	if (at == 0)
		return 0;
	if (!absolute)
		t->expires = at > KTIME_NEVER - clock_now() ? KTIME_NEVER : clock_now() + at;
	timerfd_arm(t);
	/* The clock was set before this call and nobody was told (timerfd_create(2), ECANCELED). */
	return was_canceled && t->may_cancel ? -ECANCELED : 0;
}

int timerfd_get(struct file *f, struct timerfd_spec_linux *cur)
{
	if (f->ops != &timerfd_file_ops)
		return -EINVAL;
	timerfd_value(f->private, cur);
	return 0;
}
