/* Who may do what: mode bits, groups, capabilities, sticky and set-group-id directories, set-id bits. */
#include "fs_test.h"

#include "core/task.h"

TestSuite(permission, .init = fs_test_setup, .fini = fs_test_teardown);

static uint32_t mode_of(const char *name)
{
	struct stat_linux st;

	return fs_stat(name, &st) ? 0 : st.st_mode;
}

static void make_owned(const char *path, uint32_t mode, uint32_t uid, uint32_t gid)
{
	cr_assert_eq(fs_make(path, mode), 0);
	cr_assert_eq(fs_chown(path, uid, gid), 0);
	cr_assert_eq(fs_chmod(path, mode & 07777), 0);
}

static void user_100(void)
{
	cr_expect_eq(fs_open("/owner", O_RDWR_LINUX), 0);
	cr_expect_eq(fs_open("/group", O_RDONLY_LINUX), 0);
	cr_expect_eq(fs_open("/group", O_WRONLY_LINUX), -EACCES);
	cr_expect_eq(fs_open("/other", O_WRONLY_LINUX), 0);
	cr_expect_eq(fs_open("/other", O_RDONLY_LINUX), -EACCES);
	cr_expect_eq(fs_open("/other", O_RDONLY_LINUX | O_TRUNC_LINUX), -EACCES);
	/* The owner's bits count for the owner even when others have more. */
	cr_expect_eq(fs_open("/mine", O_RDONLY_LINUX), -EACCES);
	cr_expect_eq(fs_open("/closed/f", O_RDONLY_LINUX), -EACCES);
	cr_expect_eq(fs_open("/closed/none", O_RDONLY_LINUX), -EACCES);
	cr_expect_eq(fs_make("/new", 0644), -EACCES);
	cr_expect_eq(fs_open("/new", O_RDWR_LINUX | O_CREAT_LINUX), -EACCES);
	cr_expect_eq(fs_chmod("/other", 0777), -EPERM);
	cr_expect_eq(fs_chmod("/mine", 0644), 0);
	cr_expect_eq(fs_open("/mine", O_RDWR_LINUX), 0);
	cr_expect_eq(fs_chown("/mine", 0, 0), -EPERM);
	cr_expect_eq(fs_open("/owner", O_RDONLY_LINUX | O_NOATIME_LINUX), 0);
	cr_expect_eq(fs_open("/group", O_RDONLY_LINUX | O_NOATIME_LINUX), -EPERM);
	cr_expect_eq(fs_make("/tmp/dev", S_IFCHR_LINUX | 0600), 0, "a whiteout needs no privilege");
}

Test(permission, mode_bits)
{
	make_owned("/owner", 0600, 100, 1);
	make_owned("/group", 0640, 1, 100);
	make_owned("/other", 0602, 1, 1);
	make_owned("/mine", 0066, 100, 100);
	make_owned("/closed", S_IFDIR_LINUX | 0700, 0, 0);
	make_owned("/tmp", S_IFDIR_LINUX | 01777, 0, 0);
	cr_assert_eq(fs_make("/closed/f", 0666), 0);
	fs_test_as(100, 100, user_100);
}

static void root_body(void)
{
	struct file *f;

	cr_expect_eq(fs_open("/none", O_RDWR_LINUX), 0);
	cr_expect_eq(vfs_open_exec(NULL, "/none", WALK_FOLLOW, &f), -EACCES,
		     "root executes what somebody may");
	cr_expect_eq(vfs_open_exec(NULL, "/script", WALK_FOLLOW, &f), 0);
	cr_expect_eq(fs_open("/script", O_WRONLY_LINUX), -ETXTBSY);
	cr_expect_eq(fs_open("/script", O_RDONLY_LINUX), 0);
	vfs_close_exec(f);
	cr_expect_eq(fs_open("/script", O_WRONLY_LINUX), 0);
	cr_assert_eq(vfs_open(NULL, "/script", O_WRONLY_LINUX, 0, &f), 0);
	struct file *e;
	cr_expect_eq(vfs_open_exec(NULL, "/script", WALK_FOLLOW, &e), -ETXTBSY);
	file_put(f);
	cr_expect_eq(vfs_open_exec(NULL, "/", WALK_FOLLOW, &e), -EACCES);
}

Test(permission, root)
{
	make_owned("/none", 0, 5, 5);
	make_owned("/script", 0100, 5, 5);
	fs_test_as(0, 0, root_body);
}

static void sticky_user(void)
{
	cr_expect_eq(fs_remove("/tmp/theirs", false), -EPERM);
	cr_expect_eq(fs_rename("/tmp/theirs", "/tmp/x", 0), -EPERM);
	cr_expect_eq(fs_make("/tmp/ours", 0644), 0);
	cr_expect_eq(fs_rename("/tmp/ours", "/tmp/theirs", 0), -EPERM);
	cr_expect_eq(fs_rename("/tmp/ours", "/tmp/again", 0), 0);
	cr_expect_eq(fs_remove("/tmp/again", false), 0);
	cr_expect_eq(fs_remove("/tmp/none", false), -ENOENT);
}

Test(permission, sticky_directory)
{
	make_owned("/tmp", S_IFDIR_LINUX | 01777, 0, 0);
	make_owned("/tmp/theirs", 0666, 200, 200);
	fs_test_as(100, 100, sticky_user);
}

static void setgid_user(void)
{
	struct stat_linux st;

	cr_expect_eq(fs_make("/g/f", 02775), 0);
	cr_assert_eq(fs_stat("/g/f", &st), 0);
	cr_expect_eq(st.st_gid, 50);
	cr_expect_eq(st.st_uid, 100);
	cr_expect_eq(st.st_mode & 07777, 0775, "not a member: no set-group-id file");
	cr_expect_eq(fs_make("/g/d", S_IFDIR_LINUX | 0755), 0);
	cr_assert_eq(fs_stat("/g/d", &st), 0);
	cr_expect_eq(st.st_gid, 50);
	cr_expect_eq(st.st_mode & 07777, 02755);
	cr_expect_eq(fs_chmod("/g/f", 02775), 0);
	cr_expect_eq(mode_of("/g/f") & 07777, 0775);
}

Test(permission, setgid_directory)
{
	make_owned("/g", S_IFDIR_LINUX | 02777, 0, 50);
	fs_test_as(100, 100, setgid_user);
}

static void write_as_user(void)
{
	struct file *f;

	cr_assert_eq(vfs_open(NULL, "/suid", O_WRONLY_LINUX, 0, &f), 0);
	cr_expect_eq(fs_write(f, "x", 1, 0), 1);
	cr_expect_eq(mode_of("/suid") & 07777, 0777);
	file_put(f);
}

Test(permission, set_id_bits_are_dropped)
{
	make_owned("/suid", 06777, 5, 5);
	fs_test_as(100, 100, write_as_user);
	make_owned("/root", 06777, 5, 5);
	cr_assert_eq(fs_chown("/root", 6, 6), 0);
	cr_expect_eq(mode_of("/root") & 07777, 0777, "chown drops them even for root");
	make_owned("/lock", 02767, 5, 5);
	cr_assert_eq(fs_chown("/lock", 6, 6), 0);
	cr_expect_eq(mode_of("/lock") & 07777, 02767, "not executable by the group: a lock mark");
}

Test(permission, created_read_only_file_is_still_writable_by_its_descriptor)
{
	struct file *f;

	cr_assert_eq(vfs_open(NULL, "/f", O_WRONLY_LINUX | O_CREAT_LINUX, 0400, &f), 0);
	cr_expect_eq(fs_write(f, "x", 1, 0), 1);
	cr_expect_eq(fs_read(f, &(char){0}, 1, 0), -EBADF);
	file_put(f);
}
