/* Does open(2) find, make, truncate and refuse as Linux does? */
#include "fs_test.h"

#include "core/kfmt.h"

TestSuite(open, .init = fs_test_setup, .fini = fs_test_teardown);

Test(open, create)
{
	cr_assert_eq(vfs_mkdirs("/d", 0755), 0);
	cr_expect_eq(fs_open("/f", O_RDONLY_LINUX), -ENOENT);
	cr_expect_eq(fs_open("/f", O_RDONLY_LINUX | O_CREAT_LINUX), 0);
	cr_expect_eq(fs_open("/f", O_RDONLY_LINUX | O_CREAT_LINUX), 0);
	cr_expect_eq(fs_open("/f", O_RDONLY_LINUX | O_CREAT_LINUX | O_EXCL_LINUX), -EEXIST);
	cr_expect_eq(fs_open("/d", O_RDONLY_LINUX | O_CREAT_LINUX), -EISDIR);
	cr_expect_eq(fs_open("/d", O_RDONLY_LINUX | O_CREAT_LINUX | O_EXCL_LINUX), -EEXIST);
	cr_expect_eq(fs_open("/d/", O_RDONLY_LINUX | O_CREAT_LINUX), -EISDIR);
	cr_expect_eq(fs_open("/new/", O_RDONLY_LINUX | O_CREAT_LINUX), -EISDIR);
	cr_expect_eq(fs_open("/d/..", O_RDONLY_LINUX | O_CREAT_LINUX), -EISDIR);
	cr_expect_eq(fs_open("/none/f", O_RDONLY_LINUX | O_CREAT_LINUX), -ENOENT);
	cr_expect_eq(fs_open("/f/f", O_RDONLY_LINUX | O_CREAT_LINUX), -ENOTDIR);
}

Test(open, create_through_links)
{
	struct stat_linux st;

	cr_assert_eq(fs_symlink("target", "/l"), 0);
	cr_assert_eq(fs_symlink("l", "/ll"), 0);
	cr_assert_eq(fs_symlink("none/x", "/bad"), 0);
	cr_expect_eq(fs_open("/l", O_RDONLY_LINUX | O_CREAT_LINUX | O_EXCL_LINUX), -EEXIST);
	cr_expect_eq(fs_open("/l", O_RDONLY_LINUX | O_CREAT_LINUX | O_NOFOLLOW_LINUX), -ELOOP);
	cr_expect_eq(fs_stat("/target", &st), -ENOENT);
	cr_expect_eq(fs_open("/ll", O_RDONLY_LINUX | O_CREAT_LINUX), 0);
	cr_expect_eq(fs_stat("/target", &st), 0);
	cr_expect_eq(fs_open("/bad", O_RDONLY_LINUX | O_CREAT_LINUX), -ENOENT);
}

Test(open, directories)
{
	struct file *f;
	char c;

	cr_assert_eq(vfs_mkdirs("/d", 0755), 0);
	cr_assert_eq(fs_make("/f", 0644), 0);
	cr_expect_eq(fs_open("/d", O_WRONLY_LINUX), -EISDIR);
	cr_expect_eq(fs_open("/d", O_RDWR_LINUX), -EISDIR);
	cr_expect_eq(fs_open("/d", O_RDONLY_LINUX | O_TRUNC_LINUX), -EISDIR);
	cr_expect_eq(fs_open("/f", O_RDONLY_LINUX | O_DIRECTORY_LINUX), -ENOTDIR);
	cr_expect_eq(fs_open("/f/", O_RDONLY_LINUX), -ENOTDIR);
	cr_expect_eq(fs_open("/d/", O_RDONLY_LINUX), 0);
	cr_assert_eq(vfs_open(NULL, "/d", O_RDONLY_LINUX, 0, &f), 0);
	cr_expect_eq(fs_read(f, &c, 1, 0), -EISDIR);
	file_put(f);
}

Test(open, truncate)
{
	struct stat_linux st;

	cr_assert_eq(vfs_write_file("/f", "12345", 5, 0644), 0);
	cr_expect_eq(fs_open("/f", O_RDONLY_LINUX | O_TRUNC_LINUX), 0);
	cr_assert_eq(fs_stat("/f", &st), 0);
	cr_expect_eq(st.st_size, 0);
}

Test(open, special_files)
{
	cr_assert_eq(fs_make("/sock", S_IFSOCK_LINUX | 0666), 0);
	cr_assert_eq(fs_make("/dev", S_IFCHR_LINUX | 0666), 0);
	cr_expect_eq(fs_open("/sock", O_RDWR_LINUX), -ENXIO);
	cr_expect_eq(fs_open("/dev", O_RDWR_LINUX), -ENXIO, "no driver for 0:0");
	cr_expect_eq(fs_open("/sock", O_PATH_LINUX), 0);
	cr_expect_eq(fs_open("/", O_RDONLY_LINUX | O_DIRECT_LINUX), -EINVAL);
	cr_assert_eq(vfs_mkdirs("/m", 0755), 0);
	cr_assert_eq(fs_mount_tmpfs("/m", 0, MS_NODEV_LINUX), 0);
	cr_assert_eq(fs_make("/m/dev", S_IFCHR_LINUX | 0666), 0);
	cr_expect_eq(fs_open("/m/dev", O_RDWR_LINUX), -EACCES);
}

Test(open, path_descriptors)
{
	struct file *f;
	char c;

	cr_assert_eq(fs_make("/f", 0), 0);
	cr_assert_eq(vfs_open(NULL, "/f", O_PATH_LINUX, 0, &f), 0);
	cr_expect_eq(fs_read(f, &c, 1, 0), -EBADF);
	cr_expect_eq(fs_write(f, &c, 1, 0), -EBADF);
	cr_expect_eq(f->flags, O_PATH_LINUX);
	file_put(f);
}

Test(open, flags_that_stay)
{
	struct file *f;

	cr_assert_eq(vfs_open(NULL, "/f",
			      O_RDWR_LINUX | O_CREAT_LINUX | O_EXCL_LINUX | O_NOCTTY_LINUX | O_APPEND_LINUX |
				  O_NONBLOCK_LINUX | O_LARGEFILE_LINUX,
			      0644, &f),
		     0);
	cr_expect_eq(f->flags, O_RDWR_LINUX | O_APPEND_LINUX | O_NONBLOCK_LINUX | O_LARGEFILE_LINUX);
	file_put(f);
}

Test(open, a_path_for_a_file_without_a_name)
{
	static const struct file_ops ops;
	struct file *f = file_create_anon("test", &ops, O_RDWR_LINUX, NULL);
	struct path p;
	struct file *again;
	struct strbuf sb = {0};

	cr_assert_not_null(f);
	cr_assert_eq(file_path(f, &p), 0);
	cr_expect_eq(p.dentry->inode, f->inode);
	cr_expect_eq(vfs_open_path(&p, O_RDONLY_LINUX, &again), -ENXIO);
	path_put(&p);
	file_name(f, &sb);
	cr_expect_str_eq(sb.data, "anon_inode:[test]");
	strbuf_free(&sb);
	file_put(f);
}
