/* dev_test.c - devices, /proc, /sys and a console for tests. */
#include "dev_test.h"

#include <string.h>

#include "core/kmem.h"
#include "core/utsname.h"
#include "fs/rootfs.h"

static char text[65536];

void dev_setup(enum con_kind in, enum con_kind out)
{
	ev_setup();
	for (int s = 0; s < 3; s++) {
		struct con_info *info = &script.stream[s].info;

		*info = (struct con_info){.kind = s == 0 ? in : out, .readable = s == 0, .writable = s != 0};
		if (info->kind == CON_TTY)
			*info = (struct con_info){CON_TTY, true, true, false, 25, 80, 0};
		script.stream[s].starved = info->kind == CON_TTY;
	}
	utsname_init("testhost");
	rootfs_init("quiet seed=1");
	cr_assert_eq(rootfs_mount_kernel(), 0);
	sched_add_softirq(tty_softirq);
	sched_set_live_hook(stdio_awaited);
}

void dev_teardown(void)
{
	sched_set_live_hook(NULL);
	rootfs_shutdown();
	ev_teardown();
}

struct file *dev_open(const char *path, uint32_t flags)
{
	struct file *f = NULL;
	int err = vfs_open(NULL, path, flags, 0, &f);

	cr_assert_eq(err, 0, "open %s: %d", path, err);
	return f;
}

int64_t dev_ioctl(struct file *f, uint32_t cmd, void *arg, size_t size)
{
	int64_t r;

	cr_assert_eq(copy_to_user(uaddr(EV_USER), arg, size), 0);
	r = f->ops->ioctl(f, cmd, EV_USER);
	cr_assert_eq(copy_from_user(arg, uaddr(EV_USER), size), 0);
	return r;
}

const char *dev_text(const char *path)
{
	struct file *f = dev_open(path, O_RDONLY_LINUX);
	int64_t n = file_read_kernel(f, text, sizeof(text) - 1, 0);

	cr_expect_geq(n, 0, "read %s: %ld", path, (long)n);
	text[n < 0 ? 0 : n] = '\0';
	file_put(f);
	return text;
}

int64_t dev_write_text(const char *path, const char *what)
{
	struct file *f = dev_open(path, O_WRONLY_LINUX);
	int64_t n = ev_write(f, what, strlen(what));

	file_put(f);
	return n;
}

const char *dev_read(struct file *f)
{
	int64_t n = ev_read(f, text, 4095);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

int64_t dev_type(struct file *f, const char *what)
{
	return ev_write(f, what, strlen(what));
}
