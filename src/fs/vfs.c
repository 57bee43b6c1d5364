/* vfs.c - boot and end of the VFS, and files and directories that the kernel makes itself. */
#include "fs/vfs.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "fs/chrdev.h"
#include "fs/dentry.h"
#include "fs/file.h"
#include "fs/mount.h"
#include "fs/super.h"

void vfs_init(void)
{
	struct inode *root;

	dentry_init();
	super_init();
	mount_init();
	chrdev_init();
	super_anon = super_create("anon_inodefs", ANON_INODE_FS_MAGIC_LINUX, NULL);
	KASSERT(super_anon);
	root = inode_create(super_anon, S_IFDIR_LINUX | S_IRWXUGO_LINUX);
	KASSERT(root);
	super_anon->root = dentry_add(NULL, "/", 1, root);
	KASSERT(super_anon->root);
	mount_anon = mount_create_hidden(super_anon);
	KASSERT(mount_anon);
}

void vfs_shutdown(void)
{
	mount_shutdown();
	mount_put(mount_anon);
	mount_anon = NULL;
	super_put(super_anon);
	super_anon = NULL;
}

/* --- for boot --- */
/* Makes one directory below *at unless it is there, and steps into it. */
static int vfs_mkdir_step(struct path *at, const char *name, size_t len, uint32_t mode)
{
	struct dentry *d;
	int err = vfs_create(at->dentry, at->mnt, name, len, S_IFDIR_LINUX | mode, 0, &d);

	if (!err) {
		dentry_put(at->dentry);
		at->dentry = d;
		return 0;
	}
	if (err == -EEXIST || err == -EROFS || err == -EPERM) {
		struct path next;
		char *one = kstrndup(name, len);

		if (!one)
			return -ENOMEM;
		err = vfs_walk(at, one, WALK_FOLLOW | WALK_DIRECTORY, &next);
		kfree(one);
		if (err)
			return err;
		path_put(at);
		*at = next;
	}
	return err;
}

int vfs_mkdirs(const char *path, uint32_t mode)
{
	struct path at;
	int err = vfs_walk(NULL, path[0] == '/' ? "/" : ".", 0, &at);

	if (err)
		return err;
	while (true) {
		size_t len;

		while (*path == '/')
			path++;
		if (*path == '\0')
			break;
		for (len = 0; path[len] != '\0' && path[len] != '/'; len++)
			;
		err = vfs_mkdir_step(&at, path, len, mode);
		if (err)
			break;
		path += len;
	}
	path_put(&at);
	return err;
}

int vfs_write_file(const char *path, const void *data, size_t n, uint32_t mode)
{
	struct file *f;
	struct iov_iter from;
	int64_t pos = 0, done = 0;
	int err = vfs_open(NULL, path, O_WRONLY_LINUX | O_CREAT_LINUX | O_TRUNC_LINUX, mode, &f);

	if (err)
		return err;
	iter_init_kernel(&from, (void *)(uintptr_t)data, n);
	if (n > 0)
		done = file_write(f, &from, &pos);
	file_put(f);
	if (done < 0)
		return (int)done;
	return (size_t)done == n ? 0 : -ENOSPC;
}
