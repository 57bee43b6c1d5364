/* sigxstate.h - the extended CPU state (x87, SSE, AVX...) in a signal frame. */
#ifndef KEVSIM_SYS_SIGXSTATE_H
#define KEVSIM_SYS_SIGXSTATE_H

#include "core/types.h"

/* Bytes that the state takes on the guest's stack, with the closing magic number. */
uint32_t sigxstate_size(void);
/* Writes current's state to `to` (64-byte aligned) and gives the thread a fresh state for the handler. 0 or
 * -EFAULT (then the thread's state is unchanged). */
int sigxstate_save(uaddr_t to);
/* Loads current's state from a frame; a NULL address gives a fresh one. 0, or -EFAULT / -EINVAL: nothing was
 * loaded and the guest has a bad frame. */
int sigxstate_restore(uaddr_t from);

#endif
