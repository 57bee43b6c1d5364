/* signalfd.h - pending signals read from a file (signalfd(2)). */
#ifndef KEVSIM_FS_SIGNALFD_H
#define KEVSIM_FS_SIGNALFD_H

#include "core/signal.h"
#include "fs/file.h"

/* flags: O_NONBLOCK. */
int signalfd_create(sigset_t_linux mask, uint32_t flags, struct file **out);
/* Replaces the set of an existing signalfd; -EINVAL when f is none. */
int signalfd_set_mask(struct file *f, sigset_t_linux mask);

#endif
