/* Do the memory devices and /dev itself do what null(4), full(4) and random(4) say? */
#include <string.h>

#include "dev_test.h"
#include "mm/mm.h"

static char buf[8192];

DEVTEST(devices, null_zero_full)
{
	struct file *f = dev_open("/dev/null", O_RDWR_LINUX);

	cr_expect_eq(ev_read(f, buf, 10), 0);
	cr_expect_eq(ev_write(f, buf, 8192), 8192);
	cr_expect_eq(f->ops->llseek(f, 100, SEEK_SET_LINUX), 0);
	file_put(f);
	f = dev_open("/dev/zero", O_RDWR_LINUX);
	memset(buf, 1, sizeof(buf));
	cr_expect_eq(ev_read(f, buf, 8192), 8192);
	cr_expect(buf[0] == 0 && memcmp(buf, buf + 1, 8191) == 0);
	cr_expect_eq(ev_write(f, buf, 10), 10);
	file_put(f);
	f = dev_open("/dev/full", O_RDWR_LINUX);
	cr_expect_eq(ev_read(f, buf, 10), 10);
	cr_expect_eq(ev_write(f, buf, 10), -ENOSPC);
	file_put(f);
}

DEVTEST(devices, zero_is_mappable)
{
	struct file *f = dev_open("/dev/zero", O_RDWR_LINUX);
	struct mm_map_args a = {.len = 2 * PAGE_SIZE,
				.prot = PROT_READ_LINUX | PROT_WRITE_LINUX,
				.flags = MAP_PRIVATE_LINUX,
				.file = f};
	int64_t at;
	char c = 1;

	cr_assert_eq(f->ops->mmap(f, &a), 0);
	at = mm_map(current->mm, &a);
	cr_assert_gt(at, 0);
	cr_expect_eq(copy_from_user(&c, uaddr((uint64_t)at + 5000), 1), 0);
	cr_expect_eq(c, 0);
	cr_expect_eq(mm_unmap(current->mm, (uint64_t)at, 2 * PAGE_SIZE), 0);
	file_put(f);
}

DEVTEST(devices, random_differs)
{
	struct file *f = dev_open("/dev/urandom", O_RDWR_LINUX);
	uint32_t bits = 0;

	cr_expect_eq(ev_read(f, buf, 4096), 4096);
	cr_expect_eq(ev_read(f, buf + 4096, 4096), 4096);
	cr_expect_neq(memcmp(buf, buf + 4096, 4096), 0);
	cr_expect_eq(ev_write(f, buf, 100), 100);
	cr_expect_eq(dev_ioctl(f, 0x80045200, &bits, sizeof(bits)), 0);
	cr_expect_eq(bits, 256);
	file_put(f);
}

DEVTEST(devices, kernel_log)
{
	struct file *f = dev_open("/dev/kmsg", O_RDWR_LINUX | O_NONBLOCK_LINUX);

	cr_expect_eq(f->ops->llseek(f, 0, SEEK_END_LINUX), 0);
	cr_expect_eq(ev_read(f, buf, sizeof(buf)), -EAGAIN);
	cr_expect_eq(dev_type(f, "<3>from a test\n"), 15);
	cr_expect_eq(ev_poll(f) & POLLIN_LINUX, POLLIN_LINUX);
	cr_expect(strstr(dev_read(f), ";from a test\n"));
	cr_expect_eq(ev_read(f, buf, sizeof(buf)), -EAGAIN);
	file_put(f);
}

DEVTEST(devices, no_driver)
{
	struct file *f;

	cr_assert_eq(fs_make("/node", S_IFCHR_LINUX | 0600), 0);
	cr_expect_eq(vfs_open(NULL, "/node", O_RDWR_LINUX, 0, &f), -ENXIO);
	cr_expect_eq(vfs_open(NULL, "/dev/console", O_RDWR_LINUX, 0, &f), -ENODEV, "no stream is a terminal");
}

DEVTEST(devices, tree)
{
	static const struct {
		const char *path;
		uint32_t mode;
		uint32_t major, minor;
	} nodes[] = {
	    {"/dev/null", S_IFCHR_LINUX | 0666, 1, 3},    {"/dev/zero", S_IFCHR_LINUX | 0666, 1, 5},
	    {"/dev/full", S_IFCHR_LINUX | 0666, 1, 7},    {"/dev/random", S_IFCHR_LINUX | 0666, 1, 8},
	    {"/dev/urandom", S_IFCHR_LINUX | 0666, 1, 9}, {"/dev/tty", S_IFCHR_LINUX | 0666, 5, 0},
	    {"/dev/ptmx", S_IFCHR_LINUX | 0666, 5, 2},    {"/dev/shm", S_IFDIR_LINUX | 01777, 0, 0},
	};
	struct stat_linux st;

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		cr_expect_eq(fs_stat(nodes[i].path, &st), 0, "%s", nodes[i].path);
		cr_expect_eq(st.st_mode, nodes[i].mode, "%s: %o", nodes[i].path, st.st_mode);
		cr_expect_eq(st.st_rdev, makedev_linux(nodes[i].major, nodes[i].minor), "%s", nodes[i].path);
	}
}
