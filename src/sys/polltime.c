/* polltime.c - relative timeouts that are updated with the time left, as Linux does (select(2), "timeout").
 *
 * Leaves out: the STICKY_TIMEOUTS personality. */
#include "sys/polltime.h"

#include "core/clock.h"
#include "core/errno.h"
#include "mm/usercopy.h"
#include "sys/tempmask.h"
#include "sys/time.h"

int polltime_get(struct polltime *t, uaddr_t user, bool usec)
{
	struct timespec_linux ts;

	*t = (struct polltime){.deadline = KTIME_NEVER, .usec = usec, .user = user};
	if (uaddr_null(user))
		return 0;
	if (copy_from_user(&ts, user, sizeof(ts))) /* of the same size as a timeval */
		return -EFAULT;
	if (usec) {
		/* wraps around as on Linux: absurd values end up invalid or far away */
		ts.tv_sec = (int64_t)((uint64_t)ts.tv_sec + (uint64_t)(ts.tv_nsec / 1000000));
		ts.tv_nsec = ts.tv_nsec % 1000000 * 1000;
	}
	if (!timespec_valid(&ts))
		return -EINVAL;
	t->zero = ts.tv_sec == 0 && ts.tv_nsec == 0;
	t->deadline = ktime_add_saturating(clock_now(), timespec_to_ktime(&ts));
	return 0;
}

int64_t polltime_finish(const struct polltime *t, int64_t ret)
{
	struct timespec_linux left;

	tempmask_end(ret == -ERESTARTNOHAND);
	if (uaddr_null(t->user) || t->zero)
		return ret;
	left = ktime_to_timespec(MAX(t->deadline - clock_now(), 0));
	if (t->usec)
		left.tv_nsec /= 1000;
	/* A timeout in read-only memory makes no error of a call that did its work; it only cannot be
	 * restarted. */
	if (copy_to_user(t->user, &left, sizeof(left)) && ret == -ERESTARTNOHAND)
		return -EINTR;
	return ret;
}
