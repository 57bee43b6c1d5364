/* devfs.h - the file system on /dev (devtmpfs): a tmpfs that the kernel has filled with device nodes. */
#ifndef KEVSIM_FS_DEVFS_H
#define KEVSIM_FS_DEVFS_H

/* Boot: registers the file system type. */
void devfs_init(void);
/* Drops the one instance. */
void devfs_shutdown(void);

#endif
