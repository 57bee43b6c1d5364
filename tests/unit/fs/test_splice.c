/* Do the calls that move bytes inside the kernel move the right ones? */
#include <string.h>

#include "event_test.h"
#include "fs/pipe.h"
#include "fs/splice.h"

static char data[150000], back[150000];

static struct file *file_with(const char *path, size_t n)
{
	struct file *f;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 13 + i / 509);
	cr_assert_eq(vfs_open(NULL, path, O_RDWR_LINUX | O_CREAT_LINUX, 0600, &f), 0);
	cr_assert_eq(fs_write(f, data, n, 0), n);
	return f;
}

EVTEST(splice, sendfile)
{
	struct file *in = file_with("/in", sizeof(data)), *out = file_with("/out", 0);
	int64_t pos = 100, out_pos = 7;

	cr_expect_eq(splice_sendfile(in, &pos, out, &out_pos, 1 << 20), sizeof(data) - 100);
	cr_expect_eq(pos, sizeof(data));
	cr_expect_eq(out_pos, sizeof(data) - 93);
	cr_expect_eq(fs_read(out, back, sizeof(back), 7), sizeof(data) - 100);
	cr_expect(memcmp(back, data + 100, sizeof(data) - 100) == 0);
	cr_expect_eq(splice_sendfile(in, &pos, out, &out_pos, 1), 0);
	file_put(in);
	file_put(out);
}

/* Into a full pipe that does not wait: what fitted is counted, the rest is still to be read. */
EVTEST(splice, sendfile_to_pipe)
{
	struct file *in = file_with("/in", sizeof(data)), *rd, *wr;
	int64_t pos = 0, none = 0;

	cr_assert_eq(pipe_create(O_NONBLOCK_LINUX, &rd, &wr), 0);
	cr_expect_eq(splice_sendfile(in, &pos, wr, &none, sizeof(data)), 65536);
	cr_expect_eq(pos, 65536);
	cr_expect_eq(splice_sendfile(in, &pos, wr, &none, sizeof(data)), -EAGAIN);
	cr_expect_eq(ev_read(rd, back, sizeof(back)), 65536);
	cr_expect(memcmp(back, data, 65536) == 0);
	file_put(in);
	file_put(rd);
	file_put(wr);
}

EVTEST(splice, through_pipes)
{
	struct file *in = file_with("/in", 10000), *out = file_with("/out", 0), *rd[2], *wr[2];
	int64_t pos = 5, out_pos = 0;
	struct pipe *a, *b;

	for (int i = 0; i < 2; i++)
		cr_assert_eq(pipe_create(O_NONBLOCK_LINUX, &rd[i], &wr[i]), 0);
	a = pipe_of_file(rd[0]);
	b = pipe_of_file(wr[1]);
	cr_expect_null(pipe_of_file(in));
	cr_expect_eq(splice_to_pipe(in, &pos, a, 20000, 0), 9995);
	cr_expect_eq(pos, 10000);
	cr_expect_eq(splice_tee(a, b, 5000, true), 5000);
	cr_expect_eq(ev_read(rd[1], back, sizeof(back)), 5000);
	cr_expect(memcmp(back, data + 5, 5000) == 0, "a copy");
	cr_expect_eq(splice_pipe_to_pipe(a, b, 6000, true), 6000);
	cr_expect_eq(splice_from_pipe(b, out, &out_pos, 100000, 0), 6000);
	cr_expect_eq(ev_write(wr[0], "tail", 4), 4);
	cr_expect_eq(splice_from_pipe(a, out, &out_pos, 100000, 0), 3999);
	cr_expect_eq(splice_from_pipe(a, out, &out_pos, 1, SPLICE_F_NONBLOCK_LINUX), -EAGAIN);
	cr_expect_eq(fs_read(out, back, sizeof(back), 0), 9999);
	cr_expect(memcmp(back, data + 5, 9995) == 0 && memcmp(back + 9995, "tail", 4) == 0);
	file_put(wr[0]);
	cr_expect_eq(splice_from_pipe(a, out, &out_pos, 1, 0), 0, "no writer left");
	file_put(rd[0]);
	file_put(rd[1]);
	cr_expect_eq(ev_write(wr[1], "x", 1), -EPIPE);
	signal_set_mask(current, ~0ULL);
	file_put(wr[1]);
	file_put(in);
	file_put(out);
}

/* After tee, neither pipe's writer changes what the other's reader gets. */
EVTEST(splice, tee_does_not_alias)
{
	struct file *rd[2], *wr[2];

	for (int i = 0; i < 2; i++)
		cr_assert_eq(pipe_create(O_NONBLOCK_LINUX, &rd[i], &wr[i]), 0);
	cr_expect_eq(ev_write(wr[0], "abc", 3), 3);
	cr_expect_eq(splice_tee(pipe_of_file(rd[0]), pipe_of_file(wr[1]), 100, true), 3);
	cr_expect_eq(ev_write(wr[0], "DEF", 3), 3);
	cr_expect_eq(ev_write(wr[1], "xyz", 3), 3);
	cr_expect_eq(ev_read(rd[0], back, 100), 6);
	cr_expect(memcmp(back, "abcDEF", 6) == 0);
	cr_expect_eq(ev_read(rd[1], back, 100), 6);
	cr_expect(memcmp(back, "abcxyz", 6) == 0);
	for (int i = 0; i < 2; i++) {
		file_put(rd[i]);
		file_put(wr[i]);
	}
}

EVTEST(splice, user_memory)
{
	struct file *rd, *wr;
	struct iov_iter it;

	cr_assert_eq(pipe_create(O_NONBLOCK_LINUX, &rd, &wr), 0);
	cr_assert_eq(copy_to_user(uaddr(EV_USER + 10), "from the guest", 14), 0);
	iter_init_user(&it, uaddr(EV_USER + 10), 14);
	cr_expect_eq(splice_user_to_pipe(&it, pipe_of_file(wr), true), 14);
	iter_init_user(&it, uaddr(0x1000), 14);
	cr_expect_eq(splice_user_to_pipe(&it, pipe_of_file(wr), true), -EFAULT);
	cr_expect_eq(ev_read(rd, back, 100), 14);
	cr_expect(memcmp(back, "from the guest", 14) == 0);
	file_put(rd);
	file_put(wr);
}
