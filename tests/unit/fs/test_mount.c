/* Does the mount tree grow, move, turn around and shrink without losing or keeping anything? */
#include "fs_test.h"

#include <stdio.h>
#include <string.h>

#include "core/kfmt.h"

TestSuite(mount, .init = fs_test_setup, .fini = fs_test_teardown);

static bool there(const char *name)
{
	struct stat_linux st;

	return fs_stat(name, &st) == 0;
}

static unsigned count(void)
{
	unsigned n = 0;

	for (struct mount *m = mount_next(NULL); m; m = mount_next(m))
		n++;
	return n;
}

static int bind(const char *source, const char *target, bool recursive)
{
	struct path from, where;
	int err = vfs_walk(NULL, source, 0, &from);

	if (err)
		return err;
	err = vfs_walk(NULL, target, 0, &where);
	if (!err) {
		err = mount_add_bind(&from, &where, recursive);
		path_put(&where);
	}
	path_put(&from);
	return err;
}

static int unmount(const char *name, bool force)
{
	struct path p;
	int err = vfs_walk(NULL, name, 0, &p);

	if (err)
		return err;
	path_put(&p);
	return mount_remove(p.mnt, force);
}

Test(mount, recursive_bind)
{
	cr_assert_eq(vfs_mkdirs("/a/x/y", 0755), 0);
	cr_assert_eq(vfs_mkdirs("/b", 0755), 0);
	cr_assert_eq(fs_mount_tmpfs("/a/x", 0, 0), 0);
	cr_assert_eq(vfs_mkdirs("/a/x/deep", 0755), 0);
	cr_assert_eq(fs_mount_tmpfs("/a/x/deep", 0, 0), 0);
	cr_assert_eq(fs_make("/a/x/deep/f", 0644), 0);
	cr_expect_eq(bind("/a", "/b", false), 0);
	cr_expect(there("/b/x/y"), "the covered directory shows");
	cr_expect_eq(unmount("/b", false), 0);
	cr_expect_eq(bind("/a", "/b", true), 0);
	cr_expect(there("/b/x/deep/f"));
	cr_expect_eq(count(), 6);
	cr_expect_eq(unmount("/b", false), -EBUSY);
	cr_expect_eq(unmount("/b", true), 0);
	cr_expect_eq(count(), 3);
	cr_expect(there("/a/x/deep/f"));
}

Test(mount, bind_into_itself)
{
	cr_assert_eq(vfs_mkdirs("/a/b", 0755), 0);
	cr_assert_eq(fs_mount_tmpfs("/a", 0, 0), 0);
	cr_assert_eq(vfs_mkdirs("/a/b", 0755), 0);
	cr_assert_eq(fs_make("/a/f", 0644), 0);
	for (int i = 0; i < 5; i++)
		cr_expect_eq(bind("/a", "/a/b", true), 0);
	cr_expect_eq(count(), 2 + 31, "each copies all before it");
	cr_expect(there("/a/b/f"));
	cr_expect_eq(unmount("/a", true), 0);
	cr_expect_eq(count(), 1);
}

/* Deeper than any kernel stack could follow. */
Test(mount, deep_nesting)
{
	struct path p;

	cr_assert_eq(vfs_mkdirs("/d", 0755), 0);
	cr_assert_eq(vfs_mkdirs("/copy", 0755), 0);
	cr_assert_eq(vfs_walk(NULL, "/d", 0, &p), 0);
	for (int i = 0; i < 3000; i++) {
		struct path sub;

		cr_assert_eq(mount_add(p.mnt->sb, i ? NULL : p.dentry, &p, 0, "x", NULL), 0);
		mount_follow_down(&p);
		if (i == 0) {
			struct dentry *d;

			cr_assert_eq(vfs_create(p.dentry, p.mnt, "s", 1, S_IFDIR_LINUX | 0755, 0, &d), 0);
			dentry_put(d);
		}
		if (vfs_walk(&p, i ? "d/s" : "s", 0, &sub) == 0) {
			path_put(&p);
			p = sub;
		}
	}
	path_put(&p);
	cr_expect_eq(bind("/d", "/copy", true), 0);
	cr_expect_eq(unmount("/copy", true), 0);
	cr_expect_eq(unmount("/d", true), 0);
	cr_expect_eq(count(), 1);
}

Test(mount, deep_directories_are_freed)
{
	struct path p;

	cr_assert_eq(vfs_walk(NULL, "/", 0, &p), 0);
	for (int i = 0; i < 50000; i++) {
		struct dentry *d;

		cr_assert_eq(vfs_create(p.dentry, p.mnt, "d", 1, S_IFDIR_LINUX | 0755, 0, &d), 0);
		dentry_put(p.dentry);
		p.dentry = d;
	}
	path_put(&p);
}

Test(mount, pivot)
{
	struct path where, old;
	struct mount *new_root, *old_root = mount_root();

	cr_assert_eq(vfs_mkdirs("/n", 0755), 0);
	cr_assert_eq(fs_make("/was-root", 0644), 0);
	cr_assert_eq(fs_mount_tmpfs("/n", 0, 0), 0);
	cr_assert_eq(vfs_mkdirs("/n/old", 0755), 0);
	cr_assert_eq(vfs_walk(NULL, "/n", 0, &where), 0);
	cr_assert_eq(vfs_walk(NULL, "/n/old", 0, &old), 0);
	new_root = where.mnt;
	path_put(&where);
	mount_pivot(new_root, old_root, &old);
	path_put(&old);
	cr_expect_eq(mount_root(), new_root);
	cr_expect_eq(mount_next(NULL), new_root, "the root comes first");
	cr_expect(there("/old/was-root"));
	cr_expect_not(there("/was-root"));
	cr_expect_eq(unmount("/old", false), 0);
	cr_expect(there("/old"));
}

Test(mount, options_as_text)
{
	struct strbuf sb = {0};
	struct path p;

	cr_assert_eq(vfs_mkdirs("/m", 0755), 0);
	cr_assert_eq(fs_mount_tmpfs("/m", 1 << 20, MS_RDONLY_LINUX | MS_NOSUID_LINUX | MS_NOATIME_LINUX), 0);
	cr_assert_eq(vfs_walk(NULL, "/m", 0, &p), 0);
	mount_show_options(p.mnt, &sb);
	path_put(&p);
	cr_expect_str_eq(sb.data, "ro,nosuid,noatime,size=1024k,mode=755");
	strbuf_free(&sb);
}

Test(mount, an_open_file_keeps_a_detached_mount)
{
	struct file *f;
	char c;

	cr_assert_eq(vfs_mkdirs("/m", 0755), 0);
	cr_assert_eq(fs_mount_tmpfs("/m", 0, 0), 0);
	cr_assert_eq(vfs_write_file("/m/f", "x", 1, 0644), 0);
	cr_assert_eq(vfs_open(NULL, "/m/f", O_RDONLY_LINUX, 0, &f), 0);
	cr_expect_eq(unmount("/m", false), -EBUSY);
	cr_expect_eq(unmount("/m", true), 0);
	cr_expect_not(there("/m/f"));
	cr_expect_eq(fs_read(f, &c, 1, 0), 1);
	file_put(f);
}
