/* dev_test.h - the kernel of event_test.h with devices, /proc, /sys and a console, for tests of what lies in /dev and
 * /proc. */
#ifndef KEVSIM_TESTS_DEV_TEST_H
#define KEVSIM_TESTS_DEV_TEST_H

#include "event_test.h"
#include "fs/abi_tty.h"
#include "fs/tty.h"

/* con_kind of the three standard streams. */
void dev_setup(enum con_kind in, enum con_kind out);
void dev_teardown(void);

/* Opens by path; fails the test if it cannot. */
struct file *dev_open(const char *path, uint32_t flags);
/* ioctl(2) with an argument in guest memory: copied there, called, copied back. */
int64_t dev_ioctl(struct file *f, uint32_t cmd, void *arg, size_t size);
/* The whole text of a small file. Valid until the next call. */
const char *dev_text(const char *path);
int64_t dev_write_text(const char *path, const char *text);
/* Reads what is there, up to 4095 bytes, as a string. Valid until the next call. */
const char *dev_read(struct file *f);
int64_t dev_type(struct file *f, const char *text);

/* A test in a task of its own; the streams are devices that nobody looks at. */
#define DEVTEST(suite, name)                         \
	static void suite##_##name##_body(void);     \
	Test(suite, name)                            \
	{                                            \
		dev_setup(CON_CHARDEV, CON_CHARDEV); \
		ev_run(suite##_##name##_body);       \
		dev_teardown();                      \
	}                                            \
	static void suite##_##name##_body(void)

#endif
