/* tempmask.h - the temporary signal mask of ppoll(2), pselect(2) and epoll_pwait(2). */
#ifndef KEVSIM_SYS_TEMPMASK_H
#define KEVSIM_SYS_TEMPMASK_H

#include "core/types.h"

/* Puts the guest's set in force; a NULL set changes nothing. -EINVAL (size), -EFAULT. */
int tempmask_begin(uaddr_t set, uint64_t size);
/* The call is over: unless a signal interrupted it (whose handler must run under the temporary mask), the old
 * mask comes back at once. */
void tempmask_end(bool interrupted);

#endif
