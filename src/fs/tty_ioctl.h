/* tty_ioctl.h - ioctl(2) on terminals (ioctl_tty(2)). */
#ifndef KEVSIM_FS_TTY_IOCTL_H
#define KEVSIM_FS_TTY_IOCTL_H

#include "fs/tty_struct.h"

/* A request that the slave and the master of a pseudo-terminal, or the console, answer alike. master: it was asked
 * through the master, which can never be a controlling terminal. */
int64_t tty_ioctl(struct tty *t, struct file *f, uint32_t cmd, uint64_t arg, bool master);
/* The window changed: SIGWINCH to the foreground group, unless it is the same. */
void tty_resize(struct tty *t, const struct winsize_linux *ws);

#endif
