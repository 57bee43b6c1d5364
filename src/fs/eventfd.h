/* eventfd.h - a 64-bit counter as a file (eventfd(2)). */
#ifndef KEVSIM_FS_EVENTFD_H
#define KEVSIM_FS_EVENTFD_H

#include "fs/file.h"

/* flags: EFD_SEMAPHORE | O_NONBLOCK. 0 or -ENOMEM. */
int eventfd_create(uint64_t initial, uint32_t flags, struct file **out);

#endif
