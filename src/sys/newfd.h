/* newfd.h - giving a fresh file its descriptor, for the calls that make files. */
#ifndef KEVSIM_SYS_NEWFD_H
#define KEVSIM_SYS_NEWFD_H

#include "core/types.h"

struct file;

/* The lowest free descriptor for f (takes over the reference), close-on-exec if flags has O_CLOEXEC. err is
 * the result of making f and is passed on when it is negative. */
int64_t newfd_install(int err, struct file *f, int flags);

#endif
