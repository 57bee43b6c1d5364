/* devfs.c - the file system on /dev: one tmpfs, filled with the nodes of the drivers there are, shared by all mounts.
 * LEAVES OUT: nodes of block devices (there are none), /dev/mqueue, hot plugging. */
#include "fs/devfs.h"

#include <string.h>

#include "core/errno.h"
#include "fs/abi_tty.h"
#include "fs/devices.h"
#include "fs/tmpfs.h"

#define DEVFS_MAX_BYTES (1U << 20)

static struct super *devfs_super;

static const struct {
	const char *name;
	uint32_t mode; /* with the type */
	uint32_t major, minor;
} devfs_nodes[] = {
    {"null", S_IFCHR_LINUX | 0666, MEM_MAJOR_LINUX, MEM_NULL_LINUX},
    {"zero", S_IFCHR_LINUX | 0666, MEM_MAJOR_LINUX, MEM_ZERO_LINUX},
    {"full", S_IFCHR_LINUX | 0666, MEM_MAJOR_LINUX, MEM_FULL_LINUX},
    {"random", S_IFCHR_LINUX | 0666, MEM_MAJOR_LINUX, MEM_RANDOM_LINUX},
    {"urandom", S_IFCHR_LINUX | 0666, MEM_MAJOR_LINUX, MEM_URANDOM_LINUX},
    {"kmsg", S_IFCHR_LINUX | 0644, MEM_MAJOR_LINUX, MEM_KMSG_LINUX},
    {"tty", S_IFCHR_LINUX | 0666, TTYAUX_MAJOR_LINUX, TTYAUX_TTY_LINUX},
    /* Everybody's, because whoever the first program runs as sits in front of it. */
    {"console", S_IFCHR_LINUX | 0666, TTYAUX_MAJOR_LINUX, TTYAUX_CONSOLE_LINUX},
    {"ptmx", S_IFCHR_LINUX | 0666, TTYAUX_MAJOR_LINUX, TTYAUX_PTMX_LINUX},
    {"pts", S_IFDIR_LINUX | 0755, 0, 0},
    {"shm", S_IFDIR_LINUX | 01777, 0, 0},
};

static const struct {
	const char *name, *target;
} devfs_links[] = {
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
};

static int devfs_populate(struct super *sb)
{
	const struct inode_ops *ops = sb->root->inode->ops;
	struct dentry *root = sb->root, *d;
	int err;

	for (size_t i = 0; i < ARRAY_LEN(devfs_nodes); i++) {
		uint64_t rdev = makedev_linux(devfs_nodes[i].major, devfs_nodes[i].minor);
		const char *name = devfs_nodes[i].name;

		err = ops->create(root, name, strlen(name), devfs_nodes[i].mode, rdev, &d);
		if (err)
			return err;
		dentry_put(d);
	}
	for (size_t i = 0; i < ARRAY_LEN(devfs_links); i++) {
		const char *name = devfs_links[i].name;

		err = ops->symlink(root, name, strlen(name), devfs_links[i].target, &d);
		if (err)
			return err;
		dentry_put(d);
	}
	return 0;
}

static int devfs_mount(const char *source, const char *data, uint32_t flags, struct super **out)
{
	int err;

	(void)source;
	(void)data;
	(void)flags;
	if (!devfs_super) {
		err = tmpfs_super_create(DEVFS_MAX_BYTES, 0, 0755, &devfs_super);
		if (err)
			return err;
		devfs_super->type = "devtmpfs";
		err = devfs_populate(devfs_super);
		if (err) {
			super_put(devfs_super);
			devfs_super = NULL;
			return err;
		}
	}
	*out = super_get(devfs_super);
	return 0;
}

static struct fs_type devfs_type = {.name = "devtmpfs", .nodev = true, .mount = devfs_mount};

void devfs_init(void)
{
	devfs_super = NULL;
	fs_type_register(&devfs_type);
}

void devfs_shutdown(void)
{
	if (devfs_super)
		super_put(devfs_super);
	devfs_super = NULL;
}
