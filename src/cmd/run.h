/* run.h - one run of a guest: from the options to its exit status. */
#ifndef KEVSIM_CMD_RUN_H
#define KEVSIM_CMD_RUN_H

#include "cmd/options.h"

/* Boots the kernel, runs the program to its end; the exit status of kevsim. */
int run_program(const struct options *opt);
/* --list-syscalls. */
int run_list_syscalls(void);

#endif
