/* busybox.h - the program of the default root: the host's static busybox, found at configure time. */
#ifndef KEVSIM_CMD_BUSYBOX_H
#define KEVSIM_CMD_BUSYBOX_H

#include "core/types.h"

/* Maps the binary for reading; stays mapped. Ends kevsim with a message when it is gone. */
const void *busybox_map(size_t *size);
/* Its applets as "\n"-separated paths ("bin/ls"), made at build time from busybox --list-full. */
extern const char busybox_applets[];

#endif
