/* chrdev.h - device numbers to drivers, for character device nodes wherever they lie (mknod(2)). */
#ifndef KEVSIM_FS_CHRDEV_H
#define KEVSIM_FS_CHRDEV_H

#include "fs/file.h"

/* A driver of the minors [minor, minor + count) of a major. Lives as long as the kernel. */
struct chrdev {
	uint32_t major, minor, count;
	const struct file_ops *fops; /* what an open file gets */
	/* May replace f->ops, set f->private, refuse. May sleep. [nothing] */
	int (*open)(struct inode *ino, struct file *f);
	struct list node;
};

void chrdev_init(void); /* vfs_init() */
void chrdev_register(struct chrdev *c);
/* open(2) of a device node: -ENXIO without a driver. */
int chrdev_open(struct inode *ino, struct file *f);

#endif
