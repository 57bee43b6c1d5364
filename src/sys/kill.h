/* kill.h - sending signals on behalf of a task (kill(2)): the checks and the siginfo of a sender. */
#ifndef KEVSIM_SYS_KILL_H
#define KEVSIM_SYS_KILL_H

#include "core/signal.h"

/* The siginfo of a signal that current sends; code SI_USER or SI_TKILL. */
void kill_info(struct siginfo_linux *info, int sig, int code);
/* Checks signal number and permission, then sends (signal 0: only checks). 0 or -errno. */
int kill_process(struct process *p, const struct siginfo_linux *info);

#endif
