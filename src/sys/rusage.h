/* rusage.h - resource usage of tasks and processes (getrusage(2)). */
#ifndef KEVSIM_SYS_RUSAGE_H
#define KEVSIM_SYS_RUSAGE_H

#include "core/abi_resource.h"
#include "core/task.h"

/* A process: ended and living threads, with the memory of the living ones as it is now. */
struct rusage_count rusage_process(const struct process *p);
void rusage_to_linux(const struct rusage_count *c, struct rusage_linux *out);
/* What wait4(2) reports of a child: its own usage and that of the children it waited for. */
void rusage_both(const struct process *p, struct rusage_linux *out);

#endif
