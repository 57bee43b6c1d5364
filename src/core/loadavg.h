/* loadavg.h - load averages: exponentially damped counts of runnable tasks (proc(5), /proc/loadavg). */
#ifndef KEVSIM_CORE_LOADAVG_H
#define KEVSIM_CORE_LOADAVG_H

#include "core/types.h"

void loadavg_init(void);
/* Called at every switch: nr_running tasks are runnable from now on, and were so since the last call. Nothing to do
 * unless a sample (one in 5 s) has become due. */
void loadavg_update(uint32_t nr_running);
/* 1, 5 and 15 minutes, times 65536. */
void loadavg_get(uint64_t out[3]);

#endif
