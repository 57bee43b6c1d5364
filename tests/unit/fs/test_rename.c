/* Does rename(2) refuse what Linux refuses, in the same order, and move everything else? */
#include "fs_test.h"

TestSuite(rename, .init = fs_test_setup, .fini = fs_test_teardown);

static uint64_t ino_of(const char *name)
{
	struct stat_linux st;

	return fs_stat(name, &st) ? 0 : st.st_ino;
}

Test(rename, files)
{
	uint64_t a;

	cr_assert_eq(fs_make("/a", 0644), 0);
	cr_assert_eq(fs_make("/b", 0644), 0);
	a = ino_of("/a");
	cr_expect_eq(fs_rename("/x", "/y", 0), -ENOENT);
	cr_expect_eq(fs_rename("/a", "/b", RENAME_NOREPLACE_LINUX), -EEXIST);
	cr_expect_eq(fs_rename("/a", "/b", 0), 0);
	cr_expect_eq(ino_of("/b"), a);
	cr_expect_eq(ino_of("/a"), 0);
	cr_expect_eq(fs_rename("/b", "/a", RENAME_NOREPLACE_LINUX), 0);
	cr_expect_eq(ino_of("/a"), a);
	cr_expect_eq(fs_rename("/a", "/a", 0), 0);
}

Test(rename, links_of_one_file)
{
	cr_assert_eq(fs_make("/a", 0644), 0);
	cr_assert_eq(fs_link("/a", "/b"), 0);
	cr_expect_eq(fs_rename("/a", "/b", 0), 0);
	cr_expect_neq(ino_of("/a"), 0, "POSIX: nothing happens");
	cr_expect_neq(ino_of("/b"), 0);
}

Test(rename, directories)
{
	struct stat_linux st;

	cr_assert_eq(vfs_mkdirs("/d/sub", 0755), 0);
	cr_assert_eq(vfs_mkdirs("/e", 0755), 0);
	cr_assert_eq(fs_make("/f", 0644), 0);
	cr_expect_eq(fs_rename("/d", "/d/sub/x", 0), -EINVAL);
	cr_expect_eq(fs_rename("/d", "/d/x", 0), -EINVAL);
	cr_expect_eq(fs_rename("/d/sub", "/d", 0), -ENOTEMPTY);
	cr_expect_eq(fs_rename("/f", "/e", 0), -EISDIR);
	cr_expect_eq(fs_rename("/e", "/f", 0), -ENOTDIR);
	cr_expect_eq(fs_rename("/e", "/d", 0), -ENOTEMPTY);
	cr_expect_eq(fs_rename("/d/sub", "/e", 0), 0);
	cr_assert_eq(fs_stat("/d", &st), 0);
	cr_expect_eq(st.st_nlink, 2);
	cr_expect_eq(st.st_size, 40, "what an empty directory has");
	cr_expect_eq(ino_of("/e/.."), ino_of("/"));
	cr_expect_eq(fs_rename("/e", "/d/e", 0), 0);
	cr_expect_eq(ino_of("/d/e/.."), ino_of("/d"));
	cr_assert_eq(fs_stat("/d", &st), 0);
	cr_expect_eq(st.st_nlink, 3);
}

Test(rename, exchange)
{
	uint64_t d, f;
	struct stat_linux st;

	cr_assert_eq(vfs_mkdirs("/a/d", 0755), 0);
	cr_assert_eq(vfs_mkdirs("/b", 0755), 0);
	cr_assert_eq(fs_make("/b/f", 0644), 0);
	d = ino_of("/a/d");
	f = ino_of("/b/f");
	cr_expect_eq(fs_rename("/a/d", "/b/none", RENAME_EXCHANGE_LINUX), -ENOENT);
	cr_expect_eq(fs_rename("/a/d", "/a", RENAME_EXCHANGE_LINUX), -EINVAL);
	cr_expect_eq(fs_rename("/a/d", "/b/f", RENAME_EXCHANGE_LINUX), 0);
	cr_expect_eq(ino_of("/a/d"), f);
	cr_expect_eq(ino_of("/b/f"), d);
	cr_expect_eq(ino_of("/b/f/.."), ino_of("/b"));
	cr_assert_eq(fs_stat("/b", &st), 0);
	cr_expect_eq(st.st_nlink, 3);
	cr_assert_eq(fs_stat("/a", &st), 0);
	cr_expect_eq(st.st_nlink, 2);
}

Test(rename, whiteout)
{
	struct stat_linux st;

	cr_assert_eq(fs_make("/a", 0644), 0);
	cr_expect_eq(fs_rename("/a", "/b", RENAME_WHITEOUT_LINUX), 0);
	cr_assert_eq(fs_stat("/a", &st), 0);
	cr_expect_eq(st.st_mode, S_IFCHR_LINUX);
	cr_expect_eq(st.st_rdev, 0);
}

Test(rename, read_only_file_system)
{
	cr_assert_eq(fs_make("/a", 0644), 0);
	mount_root()->flags |= MS_RDONLY_LINUX;
	cr_expect_eq(fs_rename("/a", "/b", 0), -EROFS);
	cr_expect_eq(fs_rename("/none", "/b", 0), -EROFS, "before the names are looked up");
	cr_expect_eq(fs_remove("/none", false), -EROFS);
	cr_expect_eq(fs_make("/a", 0644), -EEXIST, "but after existing names are");
	cr_expect_eq(fs_make("/c", 0644), -EROFS);
	cr_expect_eq(fs_chmod("/a", 0), -EROFS);
	cr_expect_eq(fs_open("/a", O_WRONLY_LINUX), -EROFS);
	cr_expect_eq(fs_open("/a", O_RDONLY_LINUX), 0);
	cr_expect_eq(fs_open("/c", O_RDONLY_LINUX | O_CREAT_LINUX), -EROFS);
	mount_root()->flags &= ~MS_RDONLY_LINUX;
}
