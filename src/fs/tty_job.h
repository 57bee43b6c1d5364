/* tty_job.h - job control of terminals: background access, controlling terminals (credentials(7), tty_ioctl(4)). */
#ifndef KEVSIM_FS_TTY_JOB_H
#define KEVSIM_FS_TTY_JOB_H

#include "fs/tty_struct.h"

/* May current read from (SIGTTIN) or change (SIGTTOU) t now? 0; -EIO when the background access can never succeed;
 * -ERESTARTSYS after the signal went to current's group. */
int tty_job_check(struct tty *t, int signo);
/* TIOCSCTTY: t becomes the controlling terminal of current's session. */
int tty_job_set_ctty(struct tty *t, bool steal, bool readable);
/* TIOCNOTTY: current gives its terminal up; a session leader does it for its whole session. */
void tty_job_disassociate(void);
/* TIOCSPGRP. t is the terminal, via its master if master. */
int tty_job_set_pgrp(struct tty *t, int32_t pgrp);
/* tty_hangup(): every process of the session forgets t; SIGHUP and SIGCONT to its leader. */
void tty_job_hangup(struct tty *t, bool exit_session);
/* Every process of the session forgets its controlling terminal. */
void tty_job_clear_session(int32_t sid);

#endif
