/* chrdev.c - device numbers to drivers (null(4), tty(4)...).
 * LEAVES OUT: block devices, which have no drivers here. */
#include "fs/chrdev.h"

#include "core/errno.h"

static struct list chrdevs;

void chrdev_init(void)
{
	list_init(&chrdevs);
}

void chrdev_register(struct chrdev *c)
{
	list_add_tail(&chrdevs, &c->node);
}

int chrdev_open(struct inode *ino, struct file *f)
{
	uint32_t major = major_linux(ino->rdev), minor = minor_linux(ino->rdev);
	struct chrdev *c;

	if (!S_ISCHR_LINUX(ino->mode))
		return -ENXIO;
	LIST_FOR_EACH (c, &chrdevs, struct chrdev, node) {
		if (c->major != major || minor < c->minor || minor - c->minor >= c->count)
			continue;
		f->ops = c->fops;
		return c->open ? c->open(ino, f) : 0;
	}
	return -ENXIO;
}
