/* tty.h - terminals: line discipline N_TTY (termios(3)), job control, pseudo-terminals and the console. */
#ifndef KEVSIM_FS_TTY_H
#define KEVSIM_FS_TTY_H

#include "fs/file.h"

struct tty;
struct process;

/* Boot: the drivers of /dev/console, /dev/tty, /dev/ptmx and /dev/pts/N; asks the door for the console's state. Called
 * by rootfs_init(). */
void tty_init(void);
/* The console terminal, or NULL when no standard stream is a terminal. */
struct tty *tty_console(void);
/* Opens of kevsim's standard stream 0..2 for the first process: the console for a terminal, else a pipe-, file- or
 * device-like object that passes bytes through the door. -EBADF when the stream is closed. */
int stdio_open(int stream, struct file **out);
/* Bytes, window changes and host signals that came in through the door; called from the softirq. */
void tty_softirq(uint32_t door_events);
/* True while somebody waits for (or polls) host input: the idle loop must then wait for real. */
bool stdio_awaited(void);

struct tty *tty_get(struct tty *t);
void tty_put(struct tty *t);
uint64_t tty_dev(const struct tty *t); /* device number, for /proc/PID/stat tty_nr */
int32_t tty_foreground_pgrp(const struct tty *t);
/* The session leader p ends or gives up its terminal (disassociate_ctty). */
void tty_session_leader_exit(struct process *p);
/* setsid(2): forget the controlling terminal. */
void tty_clear_ctty(struct process *p);
void tty_set_ctty(struct tty *t, struct process *p);
/* vhangup(2): every open file of the terminal becomes a dead end, its session gets SIGHUP. */
void tty_vhangup(struct tty *t);

#endif
