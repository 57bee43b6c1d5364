/* futex.h - futex(2): queues by physical identity, PI and robust lists. */
#ifndef KEVSIM_SYS_FUTEX_H
#define KEVSIM_SYS_FUTEX_H

#include "core/types.h"

struct task;

/* Wakes up to n waiters of the word (clear_child_tid, kernel-side users). Number woken or negative errno. */
int futex_wake(uaddr_t addr, bool shared, uint32_t n);
/* exit: marks the held robust mutexes of current FUTEX_OWNER_DIED and wakes one waiter each. */
void futex_exit_robust(void);
/* exit: hands over the PI futexes current still owns. */
void futex_exit_pi(void);

#endif
