/* Does an iov_iter copy, skip and rewind over segments of any size, empty ones too? */
#include "fs_test.h"

#include <string.h>

#include "fs/iter.h"

Test(iter, kernel_memory)
{
	char buf[8] = "12345678", out[8];
	struct iov_iter it, saved;

	iter_init_kernel(&it, buf, sizeof(buf));
	cr_expect_eq(iter_read(&it, out, 3), 3);
	cr_expect(memcmp(out, "123", 3) == 0);
	saved = it;
	iter_skip(&it, 2);
	cr_expect_eq(iter_write(&it, "xyz", 3), 3);
	cr_expect_eq(it.count, 0);
	cr_expect_eq(iter_read(&it, out, 1), 0);
	iter_rewind(&it, &saved);
	cr_expect_eq(iter_zero(&it, 1), 1);
	cr_expect_eq(iter_read(&it, out, 99), 4);
	cr_expect(memcmp(out, "5xyz", 4) == 0);
	cr_expect(memcmp(buf, "123\0005xyz", 8) == 0);
}

Test(iter, segments)
{
	char a[3] = "abc", b[1] = "d", c[4] = "efgh", out[16] = "";
	struct iovec_linux iov[] = {
	    {(uint64_t)(uintptr_t)a, 3}, {0, 0}, {(uint64_t)(uintptr_t)b, 1}, {0, 0}, {0, 0},
	    {(uint64_t)(uintptr_t)c, 4},
	};
	struct iov_iter it, saved;

	for (size_t step = 1; step <= 9; step++) {
		size_t done = 0, n;

		iter_init_iovec(&it, iov, 6);
		it.kind = ITER_KERNEL;
		cr_assert_eq(it.count, 8);
		while ((n = iter_read(&it, out + done, step)) > 0)
			done += n;
		cr_expect_eq(done, 8);
		cr_expect_str_eq(out, "abcdefgh");
	}
	iter_init_iovec(&it, iov, 6);
	it.kind = ITER_KERNEL;
	iter_skip(&it, 2);
	saved = it;
	iter_skip(&it, 100);
	cr_expect_eq(it.count, 0);
	iter_rewind(&it, &saved);
	cr_expect_eq(iter_read(&it, out, 3), 3);
	cr_expect(memcmp(out, "cde", 3) == 0);
}

Test(iter, nothing)
{
	struct iov_iter it;
	char c;

	iter_init_iovec(&it, NULL, 0);
	cr_expect_eq(iter_read(&it, &c, 1), 0);
	iter_skip(&it, 5);
	iter_init_kernel(&it, &c, 0);
	cr_expect_eq(iter_write(&it, "x", 1), 0);
}
