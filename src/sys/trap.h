/* trap.h - the life of a guest task between its traps. */
#ifndef KEVSIM_SYS_TRAP_H
#define KEVSIM_SYS_TRAP_H

/* Entry of every guest task on its kernel stack: returns to user, runs the guest, serves the trap, for ever.
 */
_Noreturn void trap_loop(void);

#endif
