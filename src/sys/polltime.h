/* polltime.h - the timeouts of ppoll(2), pselect(2) and select(2), and their return to the guest. */
#ifndef KEVSIM_SYS_POLLTIME_H
#define KEVSIM_SYS_POLLTIME_H

#include "core/types.h"

struct polltime {
	ktime_t deadline; /* monotonic, fixed at entry; KTIME_NEVER: none */
	bool zero;        /* a poll without waiting: nothing is written back */
	bool usec;        /* struct timeval instead of struct timespec */
	uaddr_t user;     /* where it came from; NULL: nowhere */
};

/* Reads a relative timeout. -EFAULT, -EINVAL. */
int polltime_get(struct polltime *t, uaddr_t user, bool usec);
/* The call ends with ret: puts the signal mask back unless it was interrupted, and writes what is left of the
 * timeout. Returns ret; a call whose timeout cannot be updated is not restarted but gives -EINTR. */
int64_t polltime_finish(const struct polltime *t, int64_t ret);

#endif
