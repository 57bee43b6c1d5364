/* timerfd.h - timers whose expirations are read from a file (timerfd_create(2)). */
#ifndef KEVSIM_FS_TIMERFD_H
#define KEVSIM_FS_TIMERFD_H

#include "fs/abi_event.h"
#include "fs/file.h"

/* clockid was checked. flags: O_NONBLOCK. */
int timerfd_open(int clockid, uint32_t flags, struct file **out);
/* -EINVAL when f is no timerfd. value was checked. old may be NULL. */
int timerfd_set(struct file *f, int flags, const struct timerfd_spec_linux *value,
		struct timerfd_spec_linux *old);
int timerfd_get(struct file *f, struct timerfd_spec_linux *cur);

#endif
