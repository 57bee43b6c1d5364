/* timerfd.h - timers whose expirations are read from a file (timerfd_create(2)). */
#ifndef KEVSIM_FS_TIMERFD_H
#define KEVSIM_FS_TIMERFD_H

#include "fs/abi_event.h"
#include "fs/file.h"

/* clockid was checked. flags: O_NONBLOCK. */
int timerfd_open(int clockid, uint32_t flags, struct file **out);
/* Are the arguments of timerfd_settime(2) good? 0 or -EINVAL. */
int timerfd_check(int flags, const struct timerfd_spec_linux *value);
/* -EINVAL when f is no timerfd. The arguments were checked. old may be NULL. -ECANCELED: set all the same. */
int timerfd_set(struct file *f, int flags, const struct timerfd_spec_linux *value,
		struct timerfd_spec_linux *old);
/* timerfd_gettime(2): the time left and the interval. -EINVAL when f is no timerfd. */
int timerfd_get(struct file *f, struct timerfd_spec_linux *cur);

#endif
