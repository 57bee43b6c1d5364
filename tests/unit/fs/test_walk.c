/* Does a path name lead where path_resolution(7) and openat2(2) say, over links, mounts and ".."? */
#include "fs_test.h"

#include <stdio.h>
#include <string.h>

#include "fs/open.h"
#include "fs/walk.h"

TestSuite(walk, .init = fs_test_setup, .fini = fs_test_teardown);

static int walk_to(const char *name, uint32_t flags)
{
	struct path p;
	int err = vfs_walk(NULL, name, flags, &p);

	if (!err)
		path_put(&p);
	return err;
}

/* The inode number behind a name; 0: none. */
static uint64_t ino_of(const char *name)
{
	struct stat_linux st;

	return fs_stat(name, &st) ? 0 : st.st_ino;
}

static void expect_text(const char *name, uint32_t flags, const char *text)
{
	char buf[128];
	struct path p;

	cr_assert_eq(vfs_walk(NULL, name, flags, &p), 0, "%s", name);
	cr_expect_str_eq(vfs_path_text(&p, buf, sizeof(buf)), text);
	path_put(&p);
}

Test(walk, plain_names)
{
	cr_assert_eq(vfs_mkdirs("/a/b/c", 0755), 0);
	cr_assert_eq(fs_make("/a/f", 0644), 0);
	cr_expect_eq(walk_to("/", 0), 0);
	cr_expect_eq(walk_to("", 0), -ENOENT);
	cr_expect_eq(walk_to("/a/b/c", 0), 0);
	cr_expect_eq(walk_to("///a//b/./c/..//c/", 0), 0);
	cr_expect_eq(walk_to("/a/x", 0), -ENOENT);
	cr_expect_eq(walk_to("/a/x/y", 0), -ENOENT);
	cr_expect_eq(walk_to("/a/f/", 0), -ENOTDIR);
	cr_expect_eq(walk_to("/a/f/x", 0), -ENOTDIR);
	cr_expect_eq(walk_to("/a/f/.", 0), -ENOTDIR);
	cr_expect_eq(walk_to("/a/f/..", 0), -ENOTDIR);
	cr_expect_eq(walk_to("/a/f", WALK_DIRECTORY), -ENOTDIR);
	cr_expect_eq(ino_of("/.."), ino_of("/"));
	cr_expect_eq(ino_of("/a/b/../../a/b/c/.."), ino_of("/a/b"));
	expect_text("/a/../a/b/", 0, "/a/b");
	expect_text("/..", 0, "/");
}

Test(walk, long_names)
{
	char name[300];

	memset(name, 'x', sizeof(name));
	name[255] = '\0';
	cr_expect_eq(walk_to(name, 0), -ENOENT);
	cr_expect_eq(fs_make(name, 0644), 0);
	cr_expect_eq(walk_to(name, 0), 0);
	name[255] = 'x';
	name[256] = '\0';
	cr_expect_eq(walk_to(name, 0), -ENAMETOOLONG);
	cr_expect_eq(fs_make(name, 0644), -ENAMETOOLONG);
}

Test(walk, symbolic_links)
{
	struct stat_linux st;

	cr_assert_eq(vfs_mkdirs("/d/e", 0755), 0);
	cr_assert_eq(fs_make("/d/f", 0644), 0);
	cr_assert_eq(fs_symlink("d", "/l"), 0);
	cr_assert_eq(fs_symlink("/d/f", "/d/e/abs"), 0);
	cr_assert_eq(fs_symlink("../f", "/d/e/rel"), 0);
	cr_assert_eq(fs_symlink("/", "/d/root"), 0);
	cr_assert_eq(fs_symlink("nowhere", "/d/dangling"), 0);
	cr_assert_eq(fs_symlink("e/", "/d/slash"), 0);
	cr_assert_eq(fs_symlink("f/", "/d/fslash"), 0);
	cr_expect_eq(ino_of("/l/f"), ino_of("/d/f"));
	cr_expect_eq(ino_of("/d/e/abs"), ino_of("/d/f"));
	cr_expect_eq(ino_of("/l/e/rel"), ino_of("/d/f"));
	cr_expect_eq(ino_of("/d/root/d/root/d"), ino_of("/d"));
	cr_expect_eq(ino_of("/d/root"), ino_of("/"));
	cr_expect_eq(ino_of("/d/root/"), ino_of("/"));
	cr_expect_eq(ino_of("/d/slash"), ino_of("/d/e"));
	cr_expect_eq(walk_to("/d/fslash", WALK_FOLLOW), -ENOTDIR);
	cr_expect_eq(walk_to("/d/dangling", WALK_FOLLOW), -ENOENT);
	cr_expect_eq(walk_to("/d/dangling", 0), 0);
	cr_expect_eq(walk_to("/d/dangling/", 0), -ENOENT, "a slash follows the link");
	cr_expect_eq(ino_of("/l/"), ino_of("/d"));
	cr_assert_eq(fs_stat("/l", &st), 0);
	cr_expect(S_ISDIR_LINUX(st.st_mode));
	expect_text("/l/e/rel", WALK_FOLLOW, "/d/f");
}

Test(walk, link_chains_end_after_forty)
{
	char from[16], to[16];

	cr_assert_eq(fs_make("/l0", 0644), 0);
	for (int i = 1; i <= 41; i++) {
		snprintf(from, sizeof(from), "l%d", i - 1);
		snprintf(to, sizeof(to), "/l%d", i);
		cr_assert_eq(fs_symlink(from, to), 0);
	}
	cr_assert_eq(fs_symlink("loop", "/loop"), 0);
	cr_expect_eq(walk_to("/l40", WALK_FOLLOW), 0);
	cr_expect_eq(walk_to("/l41", WALK_FOLLOW), -ELOOP);
	cr_expect_eq(walk_to("/loop", WALK_FOLLOW), -ELOOP);
	cr_expect_eq(walk_to("/loop/x", 0), -ELOOP);
	cr_expect_eq(fs_open("/l1", O_RDONLY_LINUX | O_NOFOLLOW_LINUX), -ELOOP);
	cr_expect_eq(fs_open("/l1", O_PATH_LINUX | O_NOFOLLOW_LINUX), 0);
}

Test(walk, nested_links_in_the_middle)
{
	cr_assert_eq(vfs_mkdirs("/x/y/z", 0755), 0);
	cr_assert_eq(fs_symlink("x", "/a"), 0);
	cr_assert_eq(fs_symlink("a/y", "/b"), 0);
	cr_assert_eq(fs_symlink("/b/z/../../y", "/c"), 0);
	cr_expect_eq(ino_of("/c/z"), ino_of("/x/y/z"));
	cr_expect_eq(ino_of("/c/./z/"), ino_of("/x/y/z"));
	cr_expect_eq(ino_of("/c"), ino_of("/x/y"));
}

Test(walk, parents)
{
	struct path dir;
	const char *last;
	size_t len;
	bool slash;

	cr_assert_eq(vfs_mkdirs("/d/e", 0755), 0);
	cr_assert_eq(fs_symlink("d", "/l"), 0);
	cr_assert_eq(vfs_walk_parent(NULL, "/l/new//", &dir, &last, &len, &slash), 0);
	cr_expect(len == 3 && memcmp(last, "new", 3) == 0 && slash);
	cr_expect_str_eq(dir.dentry->name, "d");
	path_put(&dir);
	cr_assert_eq(vfs_walk_parent(NULL, "/", &dir, &last, &len, &slash), 0);
	cr_expect_eq(len, 0);
	path_put(&dir);
	cr_assert_eq(vfs_walk_parent(NULL, "/d/..", &dir, &last, &len, &slash), 0);
	cr_expect(len == 2 && !slash);
	path_put(&dir);
	cr_expect_eq(vfs_walk_parent(NULL, "/q/x", &dir, &last, &len, &slash), -ENOENT);
}

Test(walk, mounts)
{
	struct path p;
	uint64_t below;

	cr_assert_eq(vfs_mkdirs("/m/sub", 0755), 0);
	below = ino_of("/m/sub");
	cr_assert_eq(fs_mount_tmpfs("/m", 0, 0), 0);
	cr_expect_eq(walk_to("/m/sub", 0), -ENOENT, "covered");
	cr_assert_eq(vfs_mkdirs("/m/sub", 0700), 0);
	cr_assert_eq(fs_mount_tmpfs("/m/sub", 0, 0), 0);
	cr_assert_eq(fs_make("/m/sub/f", 0600), 0);
	expect_text("/m/sub/f", 0, "/m/sub/f");
	expect_text("/m/sub/..", 0, "/m");
	expect_text("/m/sub/../..", 0, "/");
	cr_expect_eq(fs_rename("/m/sub/f", "/m/f", 0), -EXDEV);
	cr_expect_eq(fs_link("/m/sub/f", "/m/f"), -EXDEV);
	cr_expect_eq(fs_remove("/m/sub", true), -EBUSY);
	cr_expect_eq(fs_rename("/m/sub", "/m/other", 0), -EBUSY);
	cr_assert_eq(vfs_walk(NULL, "/m", 0, &p), 0);
	cr_expect_eq(mount_remove(p.mnt, false), -EBUSY, "a mount below, and we hold it");
	mount_remove(p.mnt, true);
	path_put(&p);
	cr_expect_eq(ino_of("/m/sub"), below);
}

Test(walk, mounts_on_mounts)
{
	struct path p;

	cr_assert_eq(vfs_mkdirs("/m", 0755), 0);
	cr_assert_eq(fs_mount_tmpfs("/m", 0, 0), 0);
	cr_assert_eq(fs_make("/m/lower", 0600), 0);
	cr_assert_eq(fs_mount_tmpfs("/m", 0, 0), 0);
	cr_expect_eq(walk_to("/m/lower", 0), -ENOENT);
	expect_text("/m/..", 0, "/");
	cr_assert_eq(vfs_walk(NULL, "/m", 0, &p), 0);
	path_put(&p);
	cr_expect_eq(mount_remove(p.mnt, false), 0);
	cr_expect_eq(walk_to("/m/lower", 0), 0);
}

static int resolve(const char *name, uint32_t walk_flags)
{
	struct path start;
	struct file *f;
	int err;

	cr_assert_eq(vfs_walk(NULL, "/jail", 0, &start), 0);
	err = open_resolve(&start, name, O_RDONLY_LINUX, 0, walk_flags, &f);
	path_put(&start);
	if (!err)
		file_put(f);
	return err;
}

Test(walk, openat2_restrictions)
{
	cr_assert_eq(vfs_mkdirs("/jail/in/m", 0755), 0);
	cr_assert_eq(fs_make("/out", 0644), 0);
	cr_assert_eq(fs_make("/jail/in/f", 0644), 0);
	cr_assert_eq(fs_symlink("/in/f", "/jail/abs"), 0);
	cr_assert_eq(fs_symlink("in/f", "/jail/rel"), 0);
	cr_assert_eq(fs_symlink("../out", "/jail/up"), 0);
	cr_assert_eq(fs_mount_tmpfs("/jail/in/m", 0, 0), 0);
	cr_assert_eq(fs_make("/jail/in/m/g", 0644), 0);

	cr_expect_eq(resolve("in/../in/f", WALK_BENEATH), 0);
	cr_expect_eq(resolve("../out", WALK_BENEATH), -EXDEV);
	cr_expect_eq(resolve("/out", WALK_BENEATH), -EXDEV);
	cr_expect_eq(resolve("abs", WALK_BENEATH), -EXDEV);
	cr_expect_eq(resolve("up", WALK_BENEATH), -EXDEV);
	cr_expect_eq(resolve("rel", WALK_BENEATH), 0);
	cr_expect_eq(resolve("../out", WALK_IN_ROOT), -ENOENT);
	cr_expect_eq(resolve("../../in/f", WALK_IN_ROOT), 0);
	cr_expect_eq(resolve("abs", WALK_IN_ROOT), 0);
	cr_expect_eq(resolve("/in/f", WALK_IN_ROOT), 0);
	cr_expect_eq(resolve("rel", WALK_NO_SYMLINKS), -ELOOP);
	cr_expect_eq(resolve("in/f", WALK_NO_SYMLINKS), 0);
	cr_expect_eq(resolve("in/m/g", WALK_NO_XDEV), -EXDEV);
	cr_expect_eq(resolve("in/m/g", 0), 0);
	cr_expect_eq(resolve("in/f", WALK_NO_XDEV), 0);
	cr_expect_eq(resolve("../out", WALK_NO_XDEV), 0);
}

static void chroot_body(void)
{
	struct path p;

	cr_assert_eq(vfs_walk(NULL, "/jail", 0, &p), 0);
	fsctx_set_root(current->fs, &p);
	fsctx_set_cwd(current->fs, &p);
	path_put(&p);
	expect_text("..", 0, "/");
	expect_text("/in/../..", 0, "/");
	cr_expect_eq(walk_to("/out", 0), -ENOENT);
	cr_expect_eq(walk_to("abs", WALK_FOLLOW), 0);
}

Test(walk, chroot)
{
	cr_assert_eq(vfs_mkdirs("/jail/in", 0755), 0);
	cr_assert_eq(fs_make("/out", 0644), 0);
	cr_assert_eq(fs_make("/jail/in/f", 0644), 0);
	cr_assert_eq(fs_symlink("/in/f", "/jail/abs"), 0);
	fs_test_as(0, 0, chroot_body);
}

Test(walk, deleted_directories)
{
	struct path p;
	char buf[64];

	cr_assert_eq(vfs_mkdirs("/a/b", 0755), 0);
	cr_assert_eq(vfs_walk(NULL, "/a/b", 0, &p), 0);
	cr_assert_eq(fs_remove("/a/b", true), 0);
	cr_expect_str_eq(vfs_path_text(&p, buf, sizeof(buf)), "/a/b (deleted)");
	struct path q;
	cr_expect_eq(vfs_walk(&p, "x", 0, &q), -ENOENT);
	cr_assert_eq(vfs_walk(&p, "..", 0, &q), 0);
	cr_expect_str_eq(vfs_path_text(&q, buf, sizeof(buf)), "/a");
	path_put(&q);
	struct file *f;
	cr_expect_eq(vfs_open(&p, "new", O_CREAT_LINUX | O_RDWR_LINUX, 0644, &f), -ENOENT);
	path_put(&p);
}

Test(walk, text_that_does_not_fit)
{
	struct path p;
	char buf[6];

	cr_assert_eq(vfs_mkdirs("/abc/de", 0755), 0);
	cr_assert_eq(vfs_walk(NULL, "/abc/de", 0, &p), 0);
	cr_expect_null(vfs_path_text(&p, buf, sizeof(buf)));
	path_put(&p);
}
