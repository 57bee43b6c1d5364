/* pty.h - pseudo-terminals (pty(7), pts(4)): a terminal whose hardware is another open file, the master. */
#ifndef KEVSIM_FS_PTY_H
#define KEVSIM_FS_PTY_H

#include "fs/file.h"

#define PTY_MAX 4096U

/* Boot: the drivers of /dev/ptmx and /dev/pts/N. */
void pty_init(void);
/* Pairs in existence, for /proc/sys/kernel/pty/nr. */
uint32_t pty_count(void);

#endif
