/* Does a host tree show what is on the host, lazily, and keep changes in memory (or write them through)? */
#include <stdio.h>
#include <string.h>

#include "event_test.h"
#include "fs/hosttree.h"
#include "host_test.h"

static char long_text[12000];

static void mount_tree(enum hosttree_mode mode)
{
	struct super *sb;
	struct path p;

	for (size_t i = 0; i < sizeof(long_text) - 1; i++)
		long_text[i] = (char)('a' + i % 23);
	host_test_setup(mode == HOSTTREE_RW);
	host_test_add("etc", S_IFDIR_LINUX | 0755, NULL);
	host_test_add("etc/passwd", S_IFREG_LINUX | 0644, "root:x:0:0\n");
	host_test_add("etc/link", S_IFLNK_LINUX | 0777, "passwd");
	host_test_add("long", S_IFREG_LINUX | 0600, long_text);
	host_test_add("console", S_IFCHR_LINUX | 0600, NULL);
	host_test_add("empty", S_IFDIR_LINUX | 0755, NULL);
	cr_assert_eq(fs_make("/h", S_IFDIR_LINUX | 0755), 0);
	cr_assert_eq(hosttree_super_create(0, mode, &sb), 0);
	cr_assert_eq(vfs_walk(NULL, "/h", 0, &p), 0);
	cr_assert_eq(mount_add(sb, NULL, &p, 0, "host", NULL), 0);
	path_put(&p);
	super_put(sb);
}

static struct file *open_file(const char *path, uint32_t flags)
{
	struct file *f = NULL;

	cr_assert_eq(vfs_open(NULL, path, flags, 0644, &f), 0, "%s", path);
	return f;
}

static const char *content(const char *path)
{
	static char buf[16384];
	struct file *f = open_file(path, O_RDONLY_LINUX);
	int64_t n = fs_read(f, buf, sizeof(buf) - 1, 0);

	file_put(f);
	if (n < 0)
		return "error";
	buf[n] = 0;
	return buf;
}

struct listing {
	struct dir_ctx ctx;
	char text[1024];
};

static bool list_emit(struct dir_ctx *ctx, const char *name, size_t len, uint64_t ino, uint8_t dtype,
		      int64_t next)
{
	struct listing *l = CONTAINER_OF(ctx, struct listing, ctx);

	(void)ino;
	(void)next;
	snprintf(l->text + strlen(l->text), sizeof(l->text) - strlen(l->text), "%.*s:%u ", (int)len, name,
		 dtype);
	return true;
}

static const char *list(const char *path)
{
	static struct listing l;
	struct file *f = open_file(path, O_RDONLY_LINUX | O_DIRECTORY_LINUX);

	l = (struct listing){.ctx.emit = list_emit};
	cr_expect_eq(f->ops->readdir(f, &l.ctx), 0);
	file_put(f);
	return l.text;
}

EVTEST(hosttree, shows_the_host)
{
	struct stat_linux st;

	mount_tree(HOSTTREE_COW);
	cr_expect_eq(host_lists, 0, "nothing is listed before it is asked for");
	cr_expect_str_eq(content("/h/etc/passwd"), "root:x:0:0\n");
	cr_expect_eq(host_lists, 2);
	cr_expect_str_eq(content("/h/etc/link"), "root:x:0:0\n");
	cr_assert_eq(fs_stat("/h/etc/passwd", &st), 0);
	cr_expect_eq(st.st_mode, S_IFREG_LINUX | 0644);
	cr_expect_eq(st.st_uid, 7);
	cr_expect_eq(st.st_gid, 8);
	cr_expect_eq(st.st_size, 11);
	cr_expect_eq(st.st_mtim.tv_nsec, 1000);
	cr_expect_eq(fs_stat("/h/etc/none", &st), -ENOENT);
	cr_expect_str_eq(list("/h"), ".:4 ..:4 etc:4 console:2 empty:4 long:8 ");
	cr_expect_str_eq(list("/h/etc"), ".:4 ..:4 passwd:8 link:10 ");
	cr_expect_eq(host_lists, 2, "once each");
	cr_expect_eq(fs_open("/h/console", O_RDONLY_LINUX), -ENXIO);
	cr_assert_eq(fs_stat("/h/console", &st), 0);
	cr_expect_eq(st.st_rdev, makedev_linux(5, 1));
	cr_expect_str_eq(content("/h/long"), long_text);
}

EVTEST(hosttree, changes_stay_in_memory)
{
	struct file *f;

	mount_tree(HOSTTREE_COW);
	f = open_file("/h/long", O_RDWR_LINUX);
	cr_expect_eq(fs_write(f, "XYZ", 3, 5000), 3);
	memcpy(long_text + 5000, "XYZ", 3);
	cr_expect_str_eq(content("/h/long"), long_text);
	file_put(f);
	cr_expect_eq(host_test_text("long")[5000], 'a' + 5000 % 23, "the host's file is untouched");
	f = open_file("/h/etc/new", O_RDWR_LINUX | O_CREAT_LINUX);
	cr_expect_eq(fs_write(f, "new", 3, 0), 3);
	file_put(f);
	cr_expect_eq(fs_make("/h/dir", S_IFDIR_LINUX | 0700), 0);
	cr_expect_eq(fs_rename("/h/etc/passwd", "/h/dir/moved", 0), 0);
	cr_expect_str_eq(content("/h/dir/moved"), "root:x:0:0\n");
	cr_expect_eq(fs_remove("/h/etc/link", false), 0);
	cr_expect_str_eq(list("/h/etc"), ".:4 ..:4 new:8 ");
	cr_expect_eq(fs_remove("/h/etc", true), -ENOTEMPTY);
	cr_expect_null(host_test_text("etc/new"));
	cr_expect_not_null(host_test_text("etc/passwd"));
	cr_expect_not_null(host_test_text("etc/link"));
}

/* What truncation cut off never comes back from the host, nor does what a hole replaced. */
EVTEST(hosttree, truncate_and_punch)
{
	struct file *f;

	mount_tree(HOSTTREE_COW);
	f = open_file("/h/long", O_RDWR_LINUX);
	cr_expect_eq(vfs_setattr(&f->path, &(struct iattr){.valid = ATTR_SIZE, .size = 4100}), 0);
	cr_expect_eq(vfs_setattr(&f->path, &(struct iattr){.valid = ATTR_SIZE, .size = 11000}), 0);
	cr_expect_eq(f->ops->fallocate(f, FALLOC_FL_PUNCH_HOLE_LINUX | FALLOC_FL_KEEP_SIZE_LINUX, 10, 3000),
		     0);
	pagecache_writeback(&f->inode->pc);
	memset(long_text + 4100, 0, sizeof(long_text) - 4100);
	memset(long_text + 10, 0, 3000);
	static char buf[12000];
	cr_expect_eq(fs_read(f, buf, sizeof(buf), 0), 11000);
	cr_expect(memcmp(buf, long_text, 11000) == 0);
	file_put(f);
}

/* A full directory whose names nobody asked for is full all the same. */
EVTEST(hosttree, unlisted_directories)
{
	mount_tree(HOSTTREE_COW);
	cr_expect_eq(fs_remove("/h/etc", true), -ENOTEMPTY);
	cr_expect_eq(fs_make("/h/d", S_IFDIR_LINUX | 0700), 0);
	cr_expect_eq(fs_rename("/h/d", "/h/etc", 0), -ENOTEMPTY);
	cr_expect_eq(fs_rename("/h/d", "/h/empty", 0), 0);
	cr_expect_eq(fs_rename("/h/etc", "/h/empty/etc", 0), 0);
	cr_expect_str_eq(content("/h/empty/etc/passwd"), "root:x:0:0\n");
	cr_expect_eq(fs_make("/h/etc", S_IFDIR_LINUX | 0700), 0);
	cr_expect_str_eq(list("/h/etc"), ".:4 ..:4 ",
			 "the name is new, the old directory does not shine through");
}

/* The host's file vanished or changed: an error, not a mixture. */
EVTEST(hosttree, host_changes)
{
	struct stat_linux st;

	mount_tree(HOSTTREE_COW);
	cr_assert_eq(fs_stat("/h/long", &st), 0);
	host_test_remove("long");
	cr_expect_str_eq(content("/h/long"), "error");
	host_test_add("long", S_IFREG_LINUX | 0600, "short");
	cr_expect_str_eq(content("/h/long"), "error");
	cr_assert_eq(fs_stat("/h/etc", &st), 0);
	host_test_remove("etc/link");
	cr_expect_str_eq(content("/h/etc/passwd"), "root:x:0:0\n");
	cr_expect_str_eq(list("/h/etc"), ".:4 ..:4 passwd:8 ");
}

EVTEST(hosttree, bounded_handles)
{
	char path[32];

	mount_tree(HOSTTREE_COW);
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "f%d", i);
		host_test_add(path, S_IFREG_LINUX | 0600, path);
	}
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "/h/f%d", i);
		cr_expect_str_eq(content(path), path + 3);
	}
	cr_expect_leq(host_handles_max, 64);
}

EVTEST(hosttree, read_only)
{
	mount_tree(HOSTTREE_RO);
	cr_expect_str_eq(content("/h/etc/passwd"), "root:x:0:0\n");
	cr_expect_eq(fs_make("/h/x", 0600), -EROFS);
	cr_expect_eq(fs_open("/h/etc/passwd", O_RDWR_LINUX), -EROFS);
	cr_expect_eq(fs_remove("/h/etc/passwd", false), -EROFS);
	cr_expect_eq(fs_chmod("/h/etc/passwd", 0), -EROFS);
}

EVTEST(hosttree, written_through)
{
	struct file *f;

	mount_tree(HOSTTREE_RW);
	f = open_file("/h/etc/new", O_RDWR_LINUX | O_CREAT_LINUX);
	cr_expect_eq(fs_write(f, "hello", 5, 0), 5);
	cr_expect_str_eq(host_test_text("etc/new"), "hello");
	cr_expect_eq(vfs_setattr(&f->path, &(struct iattr){.valid = ATTR_SIZE, .size = 2}), 0);
	cr_expect_str_eq(host_test_text("etc/new"), "he");
	cr_expect_eq(fs_make("/h/dir", S_IFDIR_LINUX | 0700), 0);
	cr_expect_eq(fs_rename("/h/etc", "/h/dir/etc", 0), 0);
	cr_expect_str_eq(host_test_text("dir/etc/new"), "he");
	cr_expect_eq(fs_write(f, "X", 1, 5000), 1);
	cr_expect_eq(host_test_text("dir/etc/new")[5000], 'X');
	cr_expect_str_eq(content("/h/dir/etc/passwd"), "root:x:0:0\n");
	cr_expect_eq(fs_symlink("passwd", "/h/dir/etc/l2"), 0);
	cr_expect_str_eq(host_test_text("dir/etc/l2"), "passwd");
	cr_expect_eq(fs_chmod("/h/dir/etc/passwd", 0600), 0);
	cr_expect_eq(fs_remove("/h/dir/etc/new", false), 0);
	cr_expect_null(host_test_text("dir/etc/new"));
	cr_expect_eq(fs_read(f, &(char){0}, 1, 5000), 1, "an open file outlives its name");
	file_put(f);
	cr_expect_eq(fs_make("/h/fifo", S_IFIFO_LINUX | 0600), -EPERM);
	cr_expect_eq(fs_link("/h/long", "/h/hard"), -EPERM);
	cr_expect_eq(fs_remove("/h/empty", true), 0);
	cr_expect_null(host_test_text("empty"));
	cr_expect_str_eq(list("/h"), ".:4 ..:4 dir:4 long:8 console:2 ");
}
