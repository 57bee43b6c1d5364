/* oom.h - what happens when memory is out (proc_pid_oom_score_adj(5)). */
#ifndef KEVSIM_SYS_OOM_H
#define KEVSIM_SYS_OOM_H

#include "core/types.h"

struct process;

/* Memory is out and reclaim found nothing: kills the process that uses the most (SIGKILL), unless one that was killed
 * before still has its memory. The caller gives up the CPU on its way to user mode and tries again. 0, or -ENOMEM when
 * there is nobody to kill. */
int oom_kill(void);
/* Badness of p in pages, oom_score_adj counted in; 0: not to be killed. For /proc/PID/oom_score. */
uint64_t oom_badness(const struct process *p);

#endif
