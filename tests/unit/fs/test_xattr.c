/* Do extended attributes keep values, refuse what xattr(7) refuses, and go with their file? */
#include <string.h>

#include "event_test.h"
#include "fs/xattr.h"

static struct inode *inode_of(const char *path)
{
	struct inode *ino;
	struct path p;

	cr_assert_eq(vfs_walk(NULL, path, 0, &p), 0);
	ino = p.dentry->inode; /* tmpfs keeps it */
	path_put(&p);
	return ino;
}

EVTEST(xattr, set_get_list_remove)
{
	struct inode *ino;
	char buf[64];

	cr_assert_eq(fs_make("/f", 0600), 0);
	ino = inode_of("/f");
	cr_expect_eq(xattr_list(ino, NULL, 0), 0);
	cr_expect_eq(xattr_set(ino, "user.a", "one", 3, 0), 0);
	cr_expect_eq(xattr_set(ino, "user.b", NULL, 0, XATTR_CREATE_LINUX), 0);
	cr_expect_eq(xattr_set(ino, "user.a", "second", 6, XATTR_CREATE_LINUX), -EEXIST);
	cr_expect_eq(xattr_set(ino, "user.c", "x", 1, XATTR_REPLACE_LINUX), -ENODATA);
	cr_expect_eq(xattr_set(ino, "user.a", "second", 6, XATTR_REPLACE_LINUX), 0);
	cr_expect_eq(xattr_get(ino, "user.a", NULL, 0), 6);
	cr_expect_eq(xattr_get(ino, "user.a", buf, 5), -ERANGE);
	cr_expect_eq(xattr_get(ino, "user.a", buf, sizeof(buf)), 6);
	cr_expect(memcmp(buf, "second", 6) == 0);
	cr_expect_eq(xattr_get(ino, "user.b", buf, sizeof(buf)), 0);
	cr_expect_eq(xattr_list(ino, buf, 13), -ERANGE);
	cr_expect_eq(xattr_list(ino, buf, sizeof(buf)), 14);
	cr_expect(memcmp(buf, "user.a\0user.b", 14) == 0);
	cr_expect_eq(xattr_remove(ino, "user.a"), 0);
	cr_expect_eq(xattr_remove(ino, "user.a"), -ENODATA);
	cr_expect_eq(xattr_get(ino, "user.a", buf, sizeof(buf)), -ENODATA);
}

EVTEST(xattr, name_spaces)
{
	struct inode *file, *link;

	cr_assert_eq(fs_make("/f", 0600), 0);
	cr_assert_eq(fs_symlink("f", "/l"), 0);
	file = inode_of("/f");
	link = inode_of("/l");
	cr_expect_eq(xattr_set(file, "nonsense", "x", 1, 0), -EOPNOTSUPP);
	cr_expect_eq(xattr_set(file, "user.", "x", 1, 0), -EINVAL);
	cr_expect_eq(xattr_set(file, "system.posix_acl_access", "x", 1, 0), -EOPNOTSUPP);
	cr_expect_eq(xattr_set(file, "trusted.t", "x", 1, 0), 0);
	cr_expect_eq(xattr_set(file, "security.s", "x", 1, 0), 0);
	cr_expect_eq(xattr_set(link, "user.a", "x", 1, 0), -EPERM, "only files and directories");
	cr_expect_eq(xattr_get(link, "user.a", NULL, 0), -ENODATA);
	cr_expect_eq(xattr_set(link, "trusted.t", "x", 1, 0), 0);
}

static void stranger(void)
{
	struct inode *ino = inode_of("/f");
	char buf[64];

	cr_expect_eq(xattr_get(ino, "user.a", buf, sizeof(buf)), 1);
	cr_expect_eq(xattr_set(ino, "user.a", "y", 1, 0), -EACCES);
	cr_expect_eq(xattr_get(ino, "trusted.t", buf, sizeof(buf)), -ENODATA);
	cr_expect_eq(xattr_set(ino, "trusted.t", "y", 1, 0), -EPERM);
	cr_expect_eq(xattr_set(ino, "security.s", "y", 1, 0), -EPERM);
	cr_expect_eq(xattr_list(ino, buf, sizeof(buf)), 7, "trusted names are not shown");
}

EVTEST(xattr, permissions)
{
	struct inode *ino;

	cr_assert_eq(fs_make("/f", 0644), 0);
	ino = inode_of("/f");
	cr_expect_eq(xattr_set(ino, "user.a", "x", 1, 0), 0);
	cr_expect_eq(xattr_set(ino, "trusted.t", "x", 1, 0), 0);
	task_set_cred(current, cred_create(1000, 1000));
	stranger();
}
