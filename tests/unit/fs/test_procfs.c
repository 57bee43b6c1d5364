/* Is what /proc and /sys say true, and in the format that programs parse? */
#include <string.h>

#include "core/kmem.h"
#include "core/utsname.h"
#include "dev_test.h"
#include "fs/procfs_tables.h"

static char path[128];

static const char *of_self(const char *name)
{
	ksnprintf(path, sizeof(path), "/proc/%d/%s", current->process->pid, name);
	return path;
}

static bool has(const char *file, const char *text)
{
	return strstr(dev_text(file), text) != NULL;
}

DEVTEST(procfs, of_the_machine)
{
	cr_expect_str_eq(dev_text("/proc/cmdline"), "quiet seed=1\n");
	cr_expect(has("/proc/version", "Linux version "));
	cr_expect(has("/proc/meminfo", "MemTotal:          65536 kB\n"));
	cr_expect(has("/proc/stat", "cpu  "));
	cr_expect(has("/proc/stat", "\nbtime 1000000000\n"));
	cr_expect(has("/proc/filesystems", "nodev\tproc\n"));
	cr_expect(has("/proc/cpuinfo", "processor\t: 0\n"));
	cr_expect(has("/proc/devices", "136 pts\n"));
	cr_expect(has("/proc/loadavg", "0.00 0.00 0.00 "));
	cr_expect(strchr(dev_text("/proc/uptime"), '.') != NULL);
	cr_expect_str_eq(dev_text("/proc/modules"), "");
	cr_expect(has("/proc/self/mounts", "proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\n"));
	cr_expect(has("/proc/mounts", "devpts /dev/pts devpts "));
	cr_expect(has("/proc/self/mountinfo", " - tmpfs tmpfs rw"));
	cr_expect_str_eq(dev_text("/sys/devices/system/cpu/online"), "0\n");
}

DEVTEST(procfs, of_a_process)
{
	char want[64];

	task_set_comm(current, "my (name)");
	ksnprintf(want, sizeof(want), "%d (my (name)) R 0 ", current->tid);
	cr_expect(strncmp(dev_text("/proc/self/stat"), want, strlen(want)) == 0);
	cr_expect_str_eq(dev_text(of_self("comm")), "my (name)\n");
	cr_expect_eq(dev_write_text("/proc/self/comm", "other\n"), 6);
	cr_expect_str_eq(current->comm, "other");
	cr_expect(has("/proc/self/status", "Name:\tother\nUmask:\t0000\nState:\tR (running)\n"));
	cr_expect(has("/proc/self/status", "\nCapEff:\t000001ffffffffff\n"));
	cr_expect(has(of_self("limits"),
		      "Max open files            1024                 4096                 files"));
	cr_expect(has("/proc/thread-self/stat", "(other)"));
	cr_expect(has("/proc/self/maps", "10000000-10040000 rw-p 00000000 00:00 0"));
	cr_expect(has("/proc/self/smaps_rollup", "[rollup]\nRss:"));
	cr_expect_eq(dev_write_text("/proc/self/oom_score_adj", "100\n"), 4);
	cr_expect_str_eq(dev_text("/proc/self/oom_score_adj"), "100\n");
	cr_expect_eq(dev_write_text("/proc/self/oom_score_adj", "1001"), -EINVAL);
	cr_expect_str_eq(dev_text("/proc/self/cmdline"), "");
}

/* Counts the fields of stat: programs count them. */
DEVTEST(procfs, stat_has_52_fields)
{
	const char *s = strrchr(dev_text("/proc/self/stat"), ')');
	unsigned n = 2;

	for (; *s && *s != '\n'; s++)
		n += *s == ' ';
	cr_expect_eq(n, 52);
}

DEVTEST(procfs, descriptors)
{
	struct file *f = dev_open("/dev/null", O_RDWR_LINUX), *again;
	int fd = fd_install(f, 5, true);
	struct stat_linux st;
	struct path p;
	char text[64];

	cr_assert_eq(fd, 5);
	cr_assert_eq(vfs_walk(NULL, "/proc/self/fd/5", 0, &p), 0);
	vfs_stat(&p, &st);
	cr_expect_eq(st.st_mode, S_IFLNK_LINUX | 0700);
	cr_expect_eq(st.st_size, 64);
	cr_expect_eq(p.dentry->inode->ops->readlink(p.dentry, text, sizeof(text)), 9);
	cr_expect_eq(memcmp(text, "/dev/null", 9), 0);
	path_put(&p);
	again = dev_open("/proc/self/fd/5", O_WRONLY_LINUX);
	cr_expect_eq(again->inode, f->inode);
	cr_expect_neq(again, f, "a new description");
	file_put(again);
	cr_expect(has("/proc/self/fdinfo/5", "pos:\t0\nflags:\t02000002\n"));
	cr_expect_eq(fs_stat("/proc/self/fd/6", &st), -ENOENT);
	cr_expect_eq(fd_close(5), 0);
	cr_expect_eq(fs_stat("/proc/self/fd/5", &st), -ENOENT);
}

DEVTEST(procfs, memory)
{
	struct file *f = dev_open("/proc/self/mem", O_RDWR_LINUX);
	char buf[8] = "seen";
	int64_t pos = (int64_t)EV_USER + 100;
	struct iov_iter it;

	cr_assert_eq(copy_to_user(uaddr(EV_USER + 100), "here", 4), 0);
	iter_init_kernel(&it, buf, 4);
	cr_expect_eq(file_read(f, &it, &pos), 4);
	cr_expect_eq(memcmp(buf, "here", 4), 0);
	pos = 4096;
	iter_init_kernel(&it, buf, 4);
	cr_expect_eq(file_read(f, &it, &pos), -EIO);
	file_put(f);
}

DEVTEST(procfs, text_is_made_at_the_start)
{
	struct file *f = dev_open("/proc/self/comm", O_RDONLY_LINUX);
	char buf[8] = {0};

	task_set_comm(current, "one");
	cr_expect_eq(file_read_kernel(f, buf, 2, 0), 2);
	task_set_comm(current, "TWO");
	cr_expect_eq(file_read_kernel(f, buf, 2, 2), 2, "the rest of the same text");
	cr_expect_eq(memcmp(buf, "e\n", 2), 0);
	cr_expect_eq(file_read_kernel(f, buf, 4, 0), 4, "a new one from the start");
	cr_expect_eq(memcmp(buf, "TWO\n", 4), 0);
	file_put(f);
}

static void sleeper(void *arg)
{
	struct waitq *q = arg;

	(void)wait_on(q);
}

/* A process that ended is gone from every open file. */
DEVTEST(procfs, process_ends)
{
	static struct waitq q;
	struct task *t;
	struct file *f;
	char buf[16];
	struct path p;

	waitq_init(&q);
	t = ev_task(sleeper, &q);
	ev_let_run();
	ksnprintf(path, sizeof(path), "/proc/%d/stat", t->tid);
	f = dev_open(path, O_RDONLY_LINUX);
	cr_expect_gt(ev_read(f, buf, 16), 0);
	waitq_wake_all(&q);
	ev_let_run();
	task_gc();
	f->pos = 0;
	cr_expect_eq(ev_read(f, buf, 16), -ESRCH);
	cr_expect_eq(vfs_walk(NULL, path, 0, &p), -ENOENT);
	file_put(f);
}

static unsigned listed;
static bool seen_self;

static bool emit(struct dir_ctx *ctx, const char *name, size_t len, uint64_t ino, uint8_t dtype, int64_t next)
{
	struct stat_linux st;
	char full[64];
	struct path p;

	(void)ctx;
	(void)next;
	listed++;
	seen_self |= len == 4 && memcmp(name, "self", 4) == 0;
	ksnprintf(full, sizeof(full), "/proc/%.*s", (int)len, name);
	if (name[0] == '.')
		return true;
	cr_expect_eq(vfs_walk(NULL, full, 0, &p), 0, "%s is listed", full);
	vfs_stat(&p, &st);
	cr_expect_eq(st.st_ino, ino, "%s", full);
	cr_expect_eq(dtype_of_mode_linux(st.st_mode), dtype, "%s", full);
	path_put(&p);
	return true;
}

DEVTEST(procfs, listing_is_true)
{
	struct file *f = dev_open("/proc", O_RDONLY_LINUX | O_DIRECTORY_LINUX);
	struct dir_ctx ctx = {.emit = emit};

	cr_expect_eq(f->ops->readdir(f, &ctx), 0);
	cr_expect_gt(listed, 15);
	cr_expect(seen_self);
	file_put(f);
}

DEVTEST(procfs, nothing_can_be_made)
{
	struct file *f;

	cr_expect_eq(vfs_open(NULL, "/proc/new", O_CREAT_LINUX | O_WRONLY_LINUX, 0600, &f), -ENOENT);
	cr_expect_eq(fs_make("/proc/new", S_IFDIR_LINUX | 0700), -ENOENT);
	cr_expect_eq(fs_remove("/proc/uptime", false), -EPERM);
	cr_expect_eq(fs_chmod("/proc/uptime", 0600), -EPERM);
	cr_expect_eq(dev_write_text("/proc/uptime", "1"), -EIO);
}

DEVTEST(procfs, sysctl)
{
	char first[64];

	cr_expect_eq(dev_write_text("/proc/sys/kernel/hostname", "renamed\n"), 8);
	cr_expect_str_eq(utsname.nodename, "renamed");
	cr_expect_str_eq(dev_text("/proc/sys/kernel/hostname"), "renamed\n");
	cr_expect_str_eq(dev_text("/proc/sys/kernel/pid_max"), "4194304\n");
	ksnprintf(first, sizeof(first), "%s", dev_text("/proc/sys/kernel/random/boot_id"));
	cr_expect_eq(strlen(first), 37);
	cr_expect_str_eq(dev_text("/proc/sys/kernel/random/boot_id"), first);
	ksnprintf(first, sizeof(first), "%s", dev_text("/proc/sys/kernel/random/uuid"));
	cr_expect_str_neq(dev_text("/proc/sys/kernel/random/uuid"), first);
}

static void as_user(void)
{
	struct file *f;

	cr_expect_eq(vfs_open(NULL, "/proc/1/environ", O_RDONLY_LINUX, 0, &f), -EACCES);
	cr_expect_eq(vfs_open(NULL, "/proc/1/maps", O_RDONLY_LINUX, 0, &f), -EACCES);
	cr_expect_eq(vfs_open(NULL, "/proc/1/fd", O_RDONLY_LINUX | O_DIRECTORY_LINUX, 0, &f), -EACCES);
	cr_expect_eq(vfs_open(NULL, "/proc/1/stat", O_RDONLY_LINUX, 0, &f), 0);
	file_put(f);
	cr_expect_eq(vfs_open(NULL, "/proc/sys/kernel/hostname", O_WRONLY_LINUX, 0, &f), -EACCES);
	cr_expect_eq(vfs_open(NULL, "/proc/self/environ", O_RDONLY_LINUX, 0, &f), 0);
	file_put(f);
}

Test(procfs, strangers)
{
	dev_setup(CON_CHARDEV, CON_CHARDEV);
	test_init();
	fs_test_as(1000, 1000, as_user);
	dev_teardown();
}
