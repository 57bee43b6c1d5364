/* procfs.h - the file system on /proc (proc(5)). */
#ifndef KEVSIM_FS_PROCFS_H
#define KEVSIM_FS_PROCFS_H

/* Boot: registers the file system type. command_line is the text of /proc/cmdline and stays the caller's. */
void procfs_init(const char *command_line);

#endif
