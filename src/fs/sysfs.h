/* sysfs.h - the file system on /sys: only what is true of the simulated machine (sysfs(5)). */
#ifndef KEVSIM_FS_SYSFS_H
#define KEVSIM_FS_SYSFS_H

/* Boot: registers the file system type. */
void sysfs_init(void);

#endif
