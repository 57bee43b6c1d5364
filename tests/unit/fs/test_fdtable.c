/* Does a descriptor table hand out the lowest number, respect its limit, and close everything? */
#include "fs_test.h"

#include "core/task.h"
#include "fs/fdtable.h"

TestSuite(fdtable, .init = fs_test_setup, .fini = fs_test_teardown);

static struct file *some_file(void)
{
	struct file *f;

	cr_assert_eq(vfs_open(NULL, "/", O_RDONLY_LINUX, 0, &f), 0);
	return f;
}

static void lowest_body(void)
{
	for (int i = 0; i < 10; i++)
		cr_expect_eq(fd_install(some_file(), 0, false), i);
	cr_expect_eq(fd_close(3), 0);
	cr_expect_eq(fd_close(7), 0);
	cr_expect_eq(fd_close(7), -EBADF);
	cr_expect_eq(fd_close(-1), -EBADF);
	cr_expect_eq(fd_close(1 << 30), -EBADF);
	cr_expect_eq(fd_install(some_file(), 5, false), 7);
	cr_expect_eq(fd_install(some_file(), 0, false), 3);
	cr_expect_eq(fd_install(some_file(), 0, false), 10);
	cr_expect_eq(fd_install(some_file(), 500, true), 500);
	cr_expect(fd_cloexec(500));
	cr_expect_eq(fd_install(some_file(), 0, false), 11);
	cr_expect_eq(fd_install_at(some_file(), 2, true), 2);
	fdtable_close_on_exec(current->files);
	cr_expect_null(fd_file(2));
	cr_expect_null(fd_file(500));
	cr_expect_not_null(fd_file(1));
	cr_expect_eq(fd_install(some_file(), 0, false), 2);
	cr_expect_not(fd_cloexec(2), "a reused number forgets the flag");
}

Test(fdtable, lowest_number)
{
	fs_test_as(0, 0, lowest_body);
}

static void limit_body(void)
{
	current->process->rlimit[RLIMIT_NOFILE_LINUX].cur = 4;
	for (int i = 0; i < 4; i++)
		cr_expect_eq(fd_install(some_file(), 0, false), i);
	cr_expect_eq(fd_install(some_file(), 0, false), -EMFILE);
	cr_expect_eq(fd_install_at(some_file(), 4, false), -EBADF);
	cr_expect_eq(fd_install_at(some_file(), 3, false), 3);
	current->process->rlimit[RLIMIT_NOFILE_LINUX].cur = 100000;
	cr_expect_eq(fd_install_at(some_file(), 99999, false), 99999);
	cr_expect_eq(fd_install(some_file(), 0, false), 4);
}

Test(fdtable, limits)
{
	fs_test_as(0, 0, limit_body);
}

static void copy_body(void)
{
	struct fdtable *copy;
	struct file *f;

	cr_assert_eq(fd_install(some_file(), 0, true), 0);
	cr_assert_eq(fd_install(some_file(), 700, false), 700);
	copy = fdtable_copy(current->files);
	cr_assert_not_null(copy);
	cr_expect_eq(fd_file(700)->refs, 2);
	cr_expect_eq(fdtable_next(copy, 1, &f), 700);
	cr_expect_eq(fdtable_next(copy, 701, &f), -1);
	cr_expect_eq(fd_close_range(0, UINT32_MAX, false), 0);
	cr_expect_eq(fdtable_next(current->files, 0, &f), -1);
	cr_expect_eq(fdtable_next(copy, 0, &f), 0);
	fdtable_put(copy);
}

Test(fdtable, copies)
{
	fs_test_as(0, 0, copy_body);
}

static void random_body(void)
{
	bool used[300] = {false};
	uint64_t seed = 7;

	for (int i = 0; i < 20000; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		int n = (int)((seed >> 33) % 300);
		int low = (int)((seed >> 45) % 50);

		if (seed >> 63) {
			int want = low;

			while (want < 300 && used[want])
				want++;
			if (want == 300)
				continue;
			cr_assert_eq(fd_install(some_file(), low, false), want);
			used[want] = true;
		} else {
			cr_assert_eq(fd_close(n), used[n] ? 0 : -EBADF);
			used[n] = false;
		}
	}
}

Test(fdtable, random_model)
{
	fs_test_as(0, 0, random_body);
}
