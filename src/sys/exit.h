/* exit.h - the end of tasks (exit(2), exit_group(2)). */
#ifndef KEVSIM_SYS_EXIT_H
#define KEVSIM_SYS_EXIT_H

#include "core/types.h"

/* Ends current: robust futexes, clear_child_tid, vfork parent, timers, files, fs, mm, terminal; then
 * task_exit_notify() and task_exit_final(). code as wait(2) reports it. */
_Noreturn void do_exit(int32_t code);
/* Ends the whole thread group with it. */
_Noreturn void do_group_exit(int32_t code);

/* Current is about to leave its address space (exec after the point of no return, exit): robust and PI
 * futexes, clear_child_tid with its wake, then the vfork parent goes on. To be called while the old mm is
 * still current's. */
void exit_mm_release(void);

#endif
