/* rootfs.h - what a guest finds in its root before the first program runs: the kernel's own file systems on /proc,
 * /dev, /dev/pts, /dev/shm and /sys, and, when no tree was handed over, a small system around busybox. */
#ifndef KEVSIM_FS_ROOTFS_H
#define KEVSIM_FS_ROOTFS_H

#include "core/types.h"

/* Boot, after vfs_init(), tmpfs_init() and before the first mount: registers the file system types proc, sysfs,
 * devtmpfs and devpts and the device drivers; calls tty_init(). command_line is the text of /proc/cmdline and must
 * stay valid. */
void rootfs_init(const char *command_line);
/* Fills the mounted, empty root: busybox once with its applets as links to it (applets: "bin/ls\n..." paths), /etc,
 * /tmp and the rest of a small system. hostname goes to /etc/hostname and /etc/hosts. 0 or a negative errno. */
int rootfs_populate_default(const void *busybox, size_t size, const char *applets, const char *hostname);
/* The text of a file that rootfs_populate_default() makes, or NULL. */
const char *rootfs_default_text(const char *path);
/* Mounts proc, sysfs, devtmpfs, devpts and the tmpfs of /dev/shm; makes the mount points if they are missing. */
int rootfs_mount_kernel(void);
/* After the run, when every file is closed and the mounts are gone (vfs_shutdown()): drops what the drivers hold. */
void rootfs_shutdown(void);

#endif
