/* xattr.c - extended attributes in memory: xattr(7), and who may use which name space.
 *
 * Leaves out: POSIX access control lists (system.posix_acl_*: -EOPNOTSUPP), what security.* attributes would
 * do (file capabilities and labels are stored, not obeyed). */
#include "fs/xattr.h"

#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"

struct xattr {
	struct list node;
	char *name;
	void *value;
	size_t size;
};

static KMEM_CACHE(xattr_cache, xattr);
static KMEM_CACHE(xattr_list_cache, list);

/* --- storage --- */

static struct xattr *xattr_find(const struct inode *ino, const char *name)
{
	const struct list *head = ino->xattrs;
	struct xattr *x;

	if (!head)
		return NULL;
	LIST_FOR_EACH (x, head, struct xattr, node)
		if (strcmp(x->name, name) == 0)
			return x;
	return NULL;
}

static void xattr_free(struct xattr *x)
{
	list_del(&x->node);
	kfree(x->name);
	kfree(x->value);
	kmem_free(&xattr_cache, x);
}

void xattr_destroy(struct inode *ino)
{
	struct list *head = ino->xattrs;

	if (!head)
		return;
	while (!list_empty(head))
		xattr_free(LIST_FIRST(head, struct xattr, node));
	kmem_free(&xattr_list_cache, head);
	ino->xattrs = NULL;
}

static bool has_prefix(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* The name spaces a file system in memory knows; a bare prefix is no name. */
static int xattr_name_check(const char *name)
{
	static const char *const spaces[] = {"user.", "trusted.", "security."};

	for (size_t i = 0; i < ARRAY_LEN(spaces); i++)
		if (has_prefix(name, spaces[i]))
			return name[strlen(spaces[i])] ? 0 : -EINVAL;
	return -EOPNOTSUPP;
}

int64_t xattr_generic_get(struct inode *ino, const char *name, void *buf, size_t size)
{
	int err = xattr_name_check(name);
	const struct xattr *x = xattr_find(ino, name);

	if (err)
		return err;
	if (!x)
		return -ENODATA;
	if (size == 0)
		return (int64_t)x->size;
	if (size < x->size)
		return -ERANGE;
	if (x->size)
		memcpy(buf, x->value, x->size);
	return (int64_t)x->size;
}

static struct list *xattr_list_head(struct inode *ino)
{
	struct list *head = ino->xattrs;

	if (!head) {
		head = kmem_alloc(&xattr_list_cache);
		if (head)
			list_init(head);
		ino->xattrs = head;
	}
	return head;
}

/* A new entry without place in a list; value may be empty. */
static struct xattr *xattr_new(const char *name, const void *buf, size_t size)
{
	struct xattr *x = kmem_alloc(&xattr_cache);

	if (!x)
		return NULL;
	list_init(&x->node);
	x->name = kstrdup(name);
	x->value = size ? kmemdup(buf, size) : NULL;
	x->size = size;
	if (x->name && (x->value || size == 0))
		return x;
	xattr_free(x);
	return NULL;
}

int xattr_generic_set(struct inode *ino, const char *name, const void *buf, size_t size, int flags)
{
	int err = xattr_name_check(name);
	struct xattr *old = xattr_find(ino, name), *new;
	struct list *head;

	if (err)
		return err;
	if (old && (flags & XATTR_CREATE_LINUX))
		return -EEXIST;
	if (!old && (flags & XATTR_REPLACE_LINUX))
		return -ENODATA;
	head = xattr_list_head(ino);
	new = head ? xattr_new(name, buf, size) : NULL;
	if (!new)
		return -ENOMEM;
	list_add_tail(old ? &old->node : head, &new->node); /* in its place */
	if (old)
		xattr_free(old);
	inode_touch(ino, ATTR_CTIME);
	return 0;
}

int64_t xattr_generic_list(struct inode *ino, char *buf, size_t size)
{
	const struct list *head = ino->xattrs;
	const struct xattr *x;
	size_t used = 0;

	if (!head)
		return 0;
	LIST_FOR_EACH (x, head, struct xattr, node) {
		size_t n = strlen(x->name) + 1;
		/* Names that one may not read are not even listed. */
		if (has_prefix(x->name, "trusted.") && !vfs_capable(CAP_SYS_ADMIN))
			continue;
		if (size && used + n > size)
			return -ERANGE;
		if (size)
			memcpy(buf + used, x->name, n);
		used += n;
	}
	return (int64_t)used;
}

int xattr_generic_remove(struct inode *ino, const char *name)
{
	int err = xattr_name_check(name);
	struct xattr *x = xattr_find(ino, name);

	if (err)
		return err;
	if (!x)
		return -ENODATA;
	xattr_free(x);
	inode_touch(ino, ATTR_CTIME);
	return 0;
}

/* --- who may (xattr(7)) --- */

/* mask: MAY_READ or MAY_WRITE. */
static int xattr_permission(struct inode *ino, const char *name, uint32_t mask)
{
	bool file_or_dir = S_ISREG_LINUX(ino->mode) || S_ISDIR_LINUX(ino->mode);

	if (has_prefix(name, "security.") || has_prefix(name, "system.")) {
		if (mask == MAY_WRITE && has_prefix(name, "security.") && !vfs_capable(CAP_SYS_ADMIN))
			return -EPERM;
		return 0;
	}
	if (has_prefix(name, "trusted."))
		return vfs_capable(CAP_SYS_ADMIN) ? 0 : mask == MAY_WRITE ? -EPERM : -ENODATA;
	if (has_prefix(name, "user.")) {
		/* Only where permission bits mean access to content; in sticky directories the owner only. */
		if (!file_or_dir)
			return mask == MAY_WRITE ? -EPERM : -ENODATA;
		if (S_ISDIR_LINUX(ino->mode) && (ino->mode & S_ISVTX_LINUX) && mask == MAY_WRITE &&
		    !vfs_owner_or_capable(ino))
			return -EPERM;
	}
	return vfs_permission(ino, mask);
}

int64_t xattr_get(struct inode *ino, const char *name, void *buf, size_t size)
{
	int err = xattr_permission(ino, name, MAY_READ);

	if (err)
		return err;
	return ino->ops && ino->ops->getxattr ? ino->ops->getxattr(ino, name, buf, size) : -EOPNOTSUPP;
}

int xattr_set(struct inode *ino, const char *name, const void *buf, size_t size, int flags)
{
	int err = xattr_permission(ino, name, MAY_WRITE);

	if (err)
		return err;
	if (!ino->ops || !ino->ops->setxattr)
		return -EOPNOTSUPP;
	err = ino->ops->setxattr(ino, name, buf, size, flags);
	if (!err)
		fsnotify(NULL, ino, IN_ATTRIB_LINUX, NULL, 0);
	return err;
}

int64_t xattr_list(struct inode *ino, char *buf, size_t size)
{
	return ino->ops && ino->ops->listxattr ? ino->ops->listxattr(ino, buf, size) : 0;
}

int xattr_remove(struct inode *ino, const char *name)
{
	int err = xattr_permission(ino, name, MAY_WRITE);

	if (err)
		return err;
	if (!ino->ops || !ino->ops->removexattr)
		return -EOPNOTSUPP;
	err = ino->ops->removexattr(ino, name);
	if (!err)
		fsnotify(NULL, ino, IN_ATTRIB_LINUX, NULL, 0);
	return err;
}
