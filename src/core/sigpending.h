/* sigpending.h - queues of pending signals; for signal.c only. */
#ifndef KEVSIM_CORE_SIGPENDING_H
#define KEVSIM_CORE_SIGPENDING_H

#include "core/signal.h"

/* Makes info's signal pending, charged to the user of t. 0, or -EAGAIN for a real-time signal over the limit. */
int sigpending_add(struct sigpending *p, const struct task *t, const struct siginfo_linux *info);
/* The signal to take next: SIGKILL, else a synchronous one, else the lowest number; 0: none of allowed. */
int sigpending_next(const struct sigpending *p, sigset_t_linux allowed);
/* Takes the oldest entry of a pending signal. */
void sigpending_take(struct sigpending *p, int signo, struct siginfo_linux *info);

#endif
