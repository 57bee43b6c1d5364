/* test_boot.c - the beginning and the end of a run, and roots filled from archives. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/errno.h"
#include "fs/abi_fs.h"
#include "sys/boot_fixture.h"

enum {
	NR_read = 0,
	NR_open = 2,
	NR_stat = 4,
	NR_lstat = 6,
	NR_pause = 34,
	NR_getpid = 39,
	NR_getuid = 102,
	NR_getppid = 110,
	NR_getpgrp = 111,
	NR_getsid = 124,
	NR_readlink = 89
};

static void wait_for_ever(void)
{
	CALL0(NR_pause);
	guest_exit(0);
}

/* A program that nothing can ever wake: is it reported and the run ended, with nothing left behind? */
Test(boot, deadlock)
{
	boot_fixture_reset();
	boot_fixture_program(wait_for_ever);
	cr_expect_eq(boot_fixture_run(), 125);
	cr_expect(script_logged("deadlock"));
}

static void who_am_i(void)
{
	GUEST_CHECK(CALL0(NR_getpid) == 2);
	GUEST_CHECK(CALL0(NR_getppid) == 1);
	GUEST_CHECK(CALL0(NR_getpgrp) == 2);
	GUEST_CHECK(CALL1(NR_getsid, 0) == 2);
	GUEST_CHECK(CALL0(NR_getuid) == 1000);
	guest_exit(0);
}

/* Is the first program pid 2, a session leader, and who the configuration says? */
Test(boot, first_program)
{
	boot_fixture_reset();
	boot_fixture_program(who_am_i);
	fix.uid = 1000;
	cr_expect_eq(boot_fixture_run(), 0);
}

static void stat_of(const char *path, struct stat_linux *st)
{
	uint64_t buf = guest_data("", 1);

	GUEST_CHECK(CALL2(NR_lstat, guest_string(path), buf) == 0);
	guest_load(st, buf, sizeof(*st));
}

static void look_around(void)
{
	struct stat_linux a, b;
	char text[8] = "";
	uint64_t buf = guest_data("", 1);

	stat_of("/a/b/file", &a);
	GUEST_CHECK(a.st_mode == 0104751 && a.st_uid == 7 && a.st_gid == 8 && a.st_size == 4);
	GUEST_CHECK(a.st_mtim.tv_sec == 12 && a.st_mtim.tv_nsec == 34);
	stat_of("/hard", &b);
	GUEST_CHECK(b.st_ino == a.st_ino && b.st_nlink == 2);
	stat_of("/a", &a);
	GUEST_CHECK(a.st_mode == 040700);
	GUEST_CHECK(CALL3(NR_readlink, guest_string("/soft"), buf, 100) == 8);
	stat_of("/null", &a);
	GUEST_CHECK(a.st_mode == 020666 && a.st_rdev == 0x103);
	int64_t fd = CALL3(NR_open, guest_string("/soft"), 0, 0);
	GUEST_CHECK(CALL3(NR_read, fd, buf, 100) == 4);
	guest_load(text, buf, 4);
	GUEST_CHECK(strcmp(text, "new\n") == 0);
	guest_exit(0);
}

/* Members in any order, with or without "./", replacing each other; "..", which may not lead out. */
static int fill(void *arg)
{
	struct elf_image img = elf_image_make((const void *)(uintptr_t)look_around);
	int err = boot_archive_entry("bin/prog", 0100755, 0, 0, 0, 0, NULL, false, &img, sizeof(img));

	(void)arg;
	err |= boot_archive_entry("a/b/file", 0100644, 0, 0, 0, 0, NULL, false, "old", 3);
	err |= boot_archive_entry("./a/b/file", 0104751, 7, 8, 12 * NSEC_PER_SEC + 34, 0, NULL, false,
				  "new\n", 4);
	err |= boot_archive_entry("/a/", 0040700, 0, 0, 0, 0, NULL, false, NULL, 0);
	err |= boot_archive_entry("./", 0040755, 0, 0, 0, 0, NULL, false, NULL, 0);
	err |= boot_archive_entry("hard", 0100644, 0, 0, 0, 0, "./a/b/file", true, NULL, 0);
	err |= boot_archive_entry("soft", 0120777, 0, 0, 0, 0, "a/b/file", false, NULL, 0);
	err |= boot_archive_entry("null", 0020666, 0, 0, 0, 0x103, NULL, false, NULL, 0);
	cr_expect_eq(boot_archive_entry("../x", 0100644, 0, 0, 0, 0, NULL, false, "x", 1), -EINVAL);
	cr_expect_eq(boot_archive_entry("a/../../x", 0100644, 0, 0, 0, 0, NULL, false, "x", 1), -EINVAL);
	cr_expect_eq(boot_archive_entry("h2", 0100644, 0, 0, 0, 0, "not/there", true, NULL, 0), -ENOENT);
	return err;
}

Test(boot, archive)
{
	boot_fixture_reset();
	fix.fill = fill;
	cr_expect_eq(boot_fixture_run(), 0);
}

static int fill_fails(void *arg)
{
	(void)arg;
	return -EIO;
}

/* A root that cannot be filled is a failure to boot, and leaves nothing. */
Test(boot, broken_archive)
{
	boot_fixture_reset();
	fix.fill = fill_fails;
	cr_expect_eq(boot_fixture_run(), -1);
	cr_expect_eq(fix.boot_err, -EIO);
}
