/* stdio.h - kevsim's own standard streams as files of the first program; stdio_open() and stdio_awaited() are declared
 * in tty.h. */
#ifndef KEVSIM_FS_STDIO_H
#define KEVSIM_FS_STDIO_H

#include "core/types.h"

void stdio_init(void);
/* Input may have come. */
void stdio_softirq(uint32_t door_events);

#endif
