/* xattr.c - getxattr(2), setxattr(2), listxattr(2), removexattr(2) and their l and f forms. */
#include "fs/xattr.h"

#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"
#include "fs/abi_fs.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

#define NAME_SIZE (XATTR_NAME_MAX_LINUX + 1)

/* What a call works on: by name or by descriptor. */
struct xattr_target {
	struct path path;  /* referenced; dentry NULL for a file without a name */
	struct file *file; /* referenced, or NULL */
	struct inode *ino;
};

static int target_by_path(struct xattr_target *t, uaddr_t name, bool follow)
{
	int err = vfs_walk_at(AT_FDCWD_LINUX, name, follow ? WALK_FOLLOW : 0, &t->path);

	t->file = NULL;
	if (!err)
		t->ino = t->path.dentry->inode;
	return err;
}

static int target_by_fd(struct xattr_target *t, int fd)
{
	t->file = fd_get_io(fd);
	if (!t->file)
		return -EBADF;
	t->path = t->file->path;
	t->ino = t->file->inode;
	return 0;
}

static void target_put(struct xattr_target *t)
{
	if (t->file)
		file_put(t->file);
	else
		path_put(&t->path);
}

static int target_want_write(const struct xattr_target *t)
{
	return t->path.dentry ? mount_want_write(&t->path) : 0;
}

static int name_from_user(char *name, uaddr_t from)
{
	int64_t len = strncpy_from_user(name, from, NAME_SIZE);

	if (len == -ENAMETOOLONG || len == 0 || (len > 0 && !name[0]))
		return -ERANGE;
	return len < 0 ? (int)len : 0;
}

/* --- set --- */

struct xattr_value {
	char name[NAME_SIZE];
	void *data;
	size_t size;
};

static int value_from_user(struct xattr_value *v, uaddr_t name, uaddr_t value, uint64_t size, int flags)
{
	if (flags & ~(XATTR_CREATE_LINUX | XATTR_REPLACE_LINUX))
		return -EINVAL;
	int err = name_from_user(v->name, name);
	if (err)
		return err;
	if (size > XATTR_SIZE_MAX_LINUX)
		return -E2BIG;
	v->data = NULL;
	v->size = size;
	if (size == 0)
		return 0;
	v->data = kmalloc(size);
	if (!v->data)
		return -ENOMEM;
	if (copy_from_user(v->data, value, size) == 0)
		return 0;
	kfree(v->data);
	return -EFAULT;
}

/* Ends both: err is the result of finding the target. */
static int64_t set_value(int err, struct xattr_target *t, struct xattr_value *v, int flags)
{
	if (!err) {
		err = target_want_write(t);
		if (!err)
			err = xattr_set(t->ino, v->name, v->data, v->size, flags);
		target_put(t);
	}
	kfree(v->data);
	return err;
}

static int64_t set_by_path(uaddr_t path, bool follow, uaddr_t name, uaddr_t value, uint64_t size, int flags)
{
	struct xattr_target t;
	struct xattr_value v;
	int err = value_from_user(&v, name, value, size, flags);

	return err ? err : set_value(target_by_path(&t, path, follow), &t, &v, flags);
}

int64_t sys_setxattr(uaddr_t path, uaddr_t name, uaddr_t value, uint64_t size, int flags)
{
	return set_by_path(path, true, name, value, size, flags);
}

int64_t sys_lsetxattr(uaddr_t path, uaddr_t name, uaddr_t value, uint64_t size, int flags)
{
	return set_by_path(path, false, name, value, size, flags);
}

int64_t sys_fsetxattr(int fd, uaddr_t name, uaddr_t value, uint64_t size, int flags)
{
	struct xattr_target t;
	struct xattr_value v;
	int err = value_from_user(&v, name, value, size, flags);

	return err ? err : set_value(target_by_fd(&t, fd), &t, &v, flags);
}

/* --- get and list --- */

/* Asks for the value of name, or (NULL) for the list of names, and stores it. size 0 asks for the length. */
static int64_t read_to_user(struct inode *ino, const char *name, uaddr_t to, uint64_t size)
{
	const uint64_t max = name ? XATTR_SIZE_MAX_LINUX : XATTR_LIST_MAX_LINUX;
	uint64_t n = MIN(size, max);
	void *buf = n ? kmalloc(n) : NULL;

	if (n && !buf)
		return -ENOMEM;
	int64_t got = name ? xattr_get(ino, name, buf, n) : xattr_list(ino, buf, n);
	if (got > 0 && size && copy_to_user(to, buf, (size_t)got))
		got = -EFAULT;
	if (got == -ERANGE && size >= max)
		got = -E2BIG; /* no buffer would do */
	kfree(buf);
	return got;
}

/* Ends t; err is the result of finding it. */
static int64_t read_target(int err, struct xattr_target *t, const char *name, uaddr_t to, uint64_t size)
{
	if (err)
		return err;
	int64_t got = read_to_user(t->ino, name, to, size);
	target_put(t);
	return got;
}

static int64_t get_by_path(uaddr_t path, bool follow, uaddr_t name, uaddr_t value, uint64_t size)
{
	char kname[NAME_SIZE];
	struct xattr_target t;
	int err = name_from_user(kname, name);

	return err ? err : read_target(target_by_path(&t, path, follow), &t, kname, value, size);
}

int64_t sys_getxattr(uaddr_t path, uaddr_t name, uaddr_t value, uint64_t size)
{
	return get_by_path(path, true, name, value, size);
}

int64_t sys_lgetxattr(uaddr_t path, uaddr_t name, uaddr_t value, uint64_t size)
{
	return get_by_path(path, false, name, value, size);
}

int64_t sys_fgetxattr(int fd, uaddr_t name, uaddr_t value, uint64_t size)
{
	char kname[NAME_SIZE];
	struct xattr_target t;
	int err = name_from_user(kname, name);

	return err ? err : read_target(target_by_fd(&t, fd), &t, kname, value, size);
}

int64_t sys_listxattr(uaddr_t path, uaddr_t list, uint64_t size)
{
	struct xattr_target t;

	return read_target(target_by_path(&t, path, true), &t, NULL, list, size);
}

int64_t sys_llistxattr(uaddr_t path, uaddr_t list, uint64_t size)
{
	struct xattr_target t;

	return read_target(target_by_path(&t, path, false), &t, NULL, list, size);
}

int64_t sys_flistxattr(int fd, uaddr_t list, uint64_t size)
{
	struct xattr_target t;

	return read_target(target_by_fd(&t, fd), &t, NULL, list, size);
}

/* --- remove --- */

static int64_t remove_target(int err, struct xattr_target *t, const char *name)
{
	if (err)
		return err;
	err = target_want_write(t);
	if (!err)
		err = xattr_remove(t->ino, name);
	target_put(t);
	return err;
}

static int64_t remove_by_path(uaddr_t path, bool follow, uaddr_t name)
{
	char kname[NAME_SIZE];
	struct xattr_target t;
	int err = name_from_user(kname, name);

	return err ? err : remove_target(target_by_path(&t, path, follow), &t, kname);
}

int64_t sys_removexattr(uaddr_t path, uaddr_t name)
{
	return remove_by_path(path, true, name);
}

int64_t sys_lremovexattr(uaddr_t path, uaddr_t name)
{
	return remove_by_path(path, false, name);
}

int64_t sys_fremovexattr(int fd, uaddr_t name)
{
	char kname[NAME_SIZE];
	struct xattr_target t;
	int err = name_from_user(kname, name);

	return err ? err : remove_target(target_by_fd(&t, fd), &t, kname);
}
