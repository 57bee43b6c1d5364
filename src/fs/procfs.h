/* procfs.h - the file system on /proc (proc(5)). */
#ifndef KEVSIM_FS_PROCFS_H
#define KEVSIM_FS_PROCFS_H

#include "core/types.h"

struct inode;
struct process;

/* Boot: registers the file system type. command_line is the text of /proc/cmdline and stays the caller's. */
void procfs_init(const char *command_line);
/* Does ino stand for a process, that is, is it a directory /proc/PID? Then the process in *p without a reference, and
 * NULL there when it is gone. */
bool procfs_stands_for(const struct inode *ino, struct process **p);

#endif
