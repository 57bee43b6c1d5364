/* pidfd.h - process descriptors (pidfd_open(2), CLONE_PIDFD). */
#ifndef KEVSIM_SYS_PIDFD_H
#define KEVSIM_SYS_PIDFD_H

#include "core/types.h"

struct file;
struct process;

/* A new descriptor object for p (takes a reference of its own); NULL without memory. */
struct file *pidfd_create(struct process *p, uint32_t flags);
/* The process behind a descriptor of current, without a reference: 0, -EBADF. *nonblock: O_NONBLOCK is set.
 */
int pidfd_process(int fd, struct process **p, bool *nonblock);
/* p became a zombie: pollers wake. */
void pidfd_notify_exit(struct process *p);

#endif
