/* devices.h - the memory devices: null, zero, full, random, urandom, kmsg (null(4), full(4), random(4), kmsg). */
#ifndef KEVSIM_FS_DEVICES_H
#define KEVSIM_FS_DEVICES_H

#include "core/types.h"

#define MEM_MAJOR_LINUX 1
enum {
	MEM_NULL_LINUX = 3,
	MEM_ZERO_LINUX = 5,
	MEM_FULL_LINUX = 7,
	MEM_RANDOM_LINUX = 8,
	MEM_URANDOM_LINUX = 9,
	MEM_KMSG_LINUX = 11,
};

/* Boot: registers the drivers. */
void devices_init(void);

#endif
