/* Does inotify report what happens, in order, with names and cookies? */
#include <string.h>

#include "core/kfmt.h"
#include "event_test.h"
#include "fs/inotify.h"

static struct file *in;

static int watch(const char *path, uint32_t mask)
{
	struct path p;
	int wd;

	cr_assert_eq(vfs_walk(NULL, path, WALK_FOLLOW, &p), 0);
	wd = inotify_add(in, p.dentry->inode, mask);
	path_put(&p);
	return wd;
}

static const struct {
	uint32_t bit;
	const char *name;
} names[] = {{IN_ACCESS_LINUX, "ACCESS"},       {IN_MODIFY_LINUX, "MODIFY"},
	     {IN_ATTRIB_LINUX, "ATTRIB"},       {IN_CLOSE_WRITE_LINUX, "CLOSE_WRITE"},
	     {IN_CLOSE_NOWRITE_LINUX, "CLOSE"}, {IN_OPEN_LINUX, "OPEN"},
	     {IN_MOVED_FROM_LINUX, "FROM"},     {IN_MOVED_TO_LINUX, "TO"},
	     {IN_CREATE_LINUX, "CREATE"},       {IN_DELETE_LINUX, "DELETE"},
	     {IN_DELETE_SELF_LINUX, "GONE"},    {IN_MOVE_SELF_LINUX, "MOVED"},
	     {IN_Q_OVERFLOW_LINUX, "OVERFLOW"}, {IN_IGNORED_LINUX, "IGNORED"},
	     {IN_UNMOUNT_LINUX, "UNMOUNT"},     {IN_ISDIR_LINUX, "/"}};

/* All queued events as "wd:NAME,NAME(name) ...". */
static const char *events(void)
{
	static char text[4096];
	char buf[4096];
	int64_t n = ev_read(in, buf, sizeof(buf));
	size_t len = 0;

	text[0] = 0;
	for (int64_t at = 0; at < n;) {
		struct inotify_event_linux e;
		memcpy(&e, buf + at, sizeof(e));
		len += (size_t)ksnprintf(text + len, sizeof(text) - len, "%s%d:", at ? " " : "", e.wd);
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (e.mask & names[i].bit)
				len += (size_t)ksnprintf(text + len, sizeof(text) - len, "%s", names[i].name);
		if (e.len)
			len += (size_t)ksnprintf(text + len, sizeof(text) - len, "(%s)",
						 buf + at + sizeof(e));
		at += (int64_t)sizeof(e) + e.len;
	}
	return text;
}

static void begin(void)
{
	cr_assert_eq(inotify_create(O_NONBLOCK_LINUX, &in), 0);
}

EVTEST(inotify, life_of_a_file)
{
	struct file *f;

	begin();
	cr_assert_eq(fs_make("/d", S_IFDIR_LINUX | 0700), 0);
	cr_expect_eq(watch("/d", IN_ALL_EVENTS_LINUX), 1);
	cr_assert_eq(vfs_open(NULL, "/d/x", O_RDWR_LINUX | O_CREAT_LINUX, 0600, &f), 0);
	cr_expect_eq(fs_write(f, "a", 1, 0), 1);
	cr_expect_eq(fs_write(f, "b", 1, 0), 1);
	file_put(f);
	cr_expect_eq(fs_chmod("/d/x", 0400), 0);
	cr_expect_str_eq(events(), "1:CREATE(x) 1:OPEN(x) 1:MODIFY(x) 1:CLOSE_WRITE(x) 1:ATTRIB(x)");
	cr_expect_eq(fs_remove("/d/x", false), 0);
	cr_expect_str_eq(events(), "1:DELETE(x)");
	cr_expect_eq(fs_make("/d/sub", S_IFDIR_LINUX | 0700), 0);
	cr_expect_str_eq(events(), "1:CREATE/(sub)");
	file_put(in);
}

EVTEST(inotify, rename_and_self)
{
	begin();
	cr_assert_eq(fs_make("/a", S_IFDIR_LINUX | 0700), 0);
	cr_assert_eq(fs_make("/b", S_IFDIR_LINUX | 0700), 0);
	cr_assert_eq(fs_make("/a/x", 0600), 0);
	cr_expect_eq(watch("/a", IN_MOVE_LINUX), 1);
	cr_expect_eq(watch("/b", IN_MOVE_LINUX), 2);
	cr_expect_eq(watch("/a/x", IN_MOVE_SELF_LINUX | IN_DELETE_SELF_LINUX | IN_ATTRIB_LINUX), 3);
	cr_expect_eq(fs_rename("/a/x", "/b/y", 0), 0);
	cr_expect_str_eq(events(), "1:FROM(x) 2:TO(y) 3:MOVED");
	cr_expect_eq(fs_remove("/b/y", false), 0);
	cr_expect_str_eq(events(), "3:ATTRIB 3:GONE 3:IGNORED");
	cr_expect_eq(inotify_remove(in, 3), -EINVAL);
	cr_expect_eq(inotify_remove(in, 2), 0);
	cr_expect_str_eq(events(), "2:IGNORED");
	file_put(in);
}

EVTEST(inotify, masks)
{
	struct file *f;

	begin();
	cr_assert_eq(fs_make("/x", 0600), 0);
	cr_expect_eq(watch("/x", IN_OPEN_LINUX), 1);
	cr_expect_eq(watch("/x", IN_CLOSE_LINUX | IN_MASK_ADD_LINUX), 1);
	cr_expect_eq(watch("/x", IN_CLOSE_LINUX | IN_MASK_CREATE_LINUX), -EEXIST);
	cr_assert_eq(fs_open("/x", O_RDONLY_LINUX), 0);
	cr_expect_str_eq(events(), "1:OPEN 1:CLOSE");
	cr_expect_eq(watch("/x", IN_CLOSE_LINUX | IN_ONESHOT_LINUX), 1);
	cr_assert_eq(vfs_open(NULL, "/x", O_RDONLY_LINUX, 0, &f), 0);
	cr_expect_eq(ev_poll(in), 0);
	file_put(f);
	cr_expect_eq(ev_poll(in), POLLIN_LINUX | POLLRDNORM_LINUX);
	cr_expect_str_eq(events(), "1:CLOSE 1:IGNORED");
	file_put(in);
}

EVTEST(inotify, overflow)
{
	char name[2][8] = {"/x", "/y"};
	uint32_t n = 0;
	char buf[32];
	int64_t got;

	begin();
	cr_assert_eq(fs_make("/x", 0600), 0);
	cr_expect_eq(watch("/", IN_MOVED_FROM_LINUX), 1);
	for (uint32_t i = 0; i < INOTIFY_MAX_QUEUED_EVENTS + 10; i++)
		cr_assert_eq(fs_rename(name[i % 2], name[(i + 1) % 2], 0), 0);
	while ((got = ev_read(in, buf, sizeof(buf))) > 0) {
		struct inotify_event_linux e;
		memcpy(&e, buf, sizeof(e));
		n++;
		cr_assert_eq(e.mask,
			     n <= INOTIFY_MAX_QUEUED_EVENTS ? IN_MOVED_FROM_LINUX : IN_Q_OVERFLOW_LINUX);
	}
	cr_expect_eq(got, -EAGAIN);
	cr_expect_eq(n, INOTIFY_MAX_QUEUED_EVENTS + 1);
	file_put(in);
}

/* A buffer that takes no event at all is an error; nothing is lost by it. */
EVTEST(inotify, small_buffer)
{
	char buf[64];

	begin();
	cr_expect_eq(watch("/", IN_CREATE_LINUX), 1);
	cr_assert_eq(fs_make("/name", 0600), 0);
	cr_expect_eq(ev_read(in, buf, 31), -EINVAL);
	cr_expect_eq(ev_read(in, buf, 64), 32);
	file_put(in);
}

EVTEST(inotify, unmount)
{
	struct mount *m = NULL;

	begin();
	cr_assert_eq(fs_make("/m", S_IFDIR_LINUX | 0700), 0);
	cr_assert_eq(fs_mount_tmpfs("/m", 0, 0), 0);
	cr_expect_eq(watch("/m", IN_CREATE_LINUX), 1);
	while (mount_next(m))
		m = mount_next(m);
	cr_expect_eq(mount_remove(m, false), 0);
	cr_expect_str_eq(events(), "1:UNMOUNT 1:IGNORED");
	file_put(in);
}
