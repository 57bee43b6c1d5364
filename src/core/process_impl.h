/* process_impl.h - what task.c and the process files share; for them only. The public side is task.h. */
#ifndef KEVSIM_CORE_PROCESS_IMPL_H
#define KEVSIM_CORE_PROCESS_IMPL_H

#include "core/task.h"

/* task.c */
void task_hash(struct task *t);
void task_unhash(struct task *t);
/* Frees a task that is not on the CPU and not on the GC list, with its reference to the process. */
void task_free(struct task *t);

/* process.c */
void process_init(void);
/* A process with pid and the reference of the table, in no table yet. NULL: no memory. */
struct process *process_alloc(int32_t pid, struct process *parent);
/* Puts it into the tables and the family. */
void process_publish(struct process *p);
/* Is the number a group or a session of anybody? */
bool process_id_in_use(int32_t id);
/* Takes a zombie out of the tables; frees it if its tasks are gone. */
void process_release(struct process *p);

/* process_exit.c, process_stop.c */
void process_tell_parent(struct process *p, int32_t code, int32_t status);
/* A thread stopped or ended: if all others are stopped the stop is complete, and the parent is told. */
void process_check_stop(struct process *p);

#endif
