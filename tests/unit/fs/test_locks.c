/* Do record locks split, merge, conflict, wait and end as fcntl(2) and flock(2) say? */
#include <stdio.h>
#include <string.h>

#include "core/kfmt.h"
#include "event_test.h"
#include "fs/locks.h"

static struct file *open_file(void)
{
	struct file *f;

	cr_assert_eq(vfs_open(NULL, "/f", O_RDWR_LINUX | O_CREAT_LINUX, 0600, &f), 0);
	return f;
}

static int open_fd(void)
{
	return fd_install(open_file(), 0, false);
}

static int64_t lock(int fd, int cmd, int type, int64_t start, int64_t len)
{
	struct flock_linux fl = {.l_type = (int16_t)type, .l_start = start, .l_len = len};
	struct file *f = fd_get(fd);
	int64_t err;

	cr_assert_eq(copy_to_user(uaddr(EV_USER), &fl, sizeof(fl)), 0);
	err = locks_fcntl(f, fd, cmd, uaddr(EV_USER));
	file_put(f);
	return err;
}

/* The lock that F_GETLK finds. */
static struct flock_linux found(int fd, int cmd, int type, int64_t start, int64_t len)
{
	struct flock_linux fl;

	cr_expect_eq(lock(fd, cmd, type, start, len), 0);
	cr_assert_eq(copy_from_user(&fl, uaddr(EV_USER), sizeof(fl)), 0);
	return fl;
}

static void show(char *out, size_t size)
{
	struct strbuf sb = {0};
	char *line;

	locks_show(&sb);
	*out = 0;
	for (line = sb.data; line && *line; line = strchr(line, '\n') + 1) {
		char type[8], range[64];
		sscanf(line, "%*d: %*s ADVISORY %7s %*d %*s %63[^\n]", type, range);
		snprintf(out + strlen(out), size - strlen(out), "%c %s; ", type[0], range);
	}
	strbuf_free(&sb);
}

/* Locking parts of an owner's range again cuts, joins and splits it. */
EVTEST(locks, ranges)
{
	int fd = open_fd();
	char text[256];

	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_WRLCK_LINUX, 0, 100), 0);
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_UNLCK_LINUX, 40, 20), 0);
	show(text, sizeof(text));
	cr_expect_str_eq(text, "W 60 99; W 0 39; ");
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_RDLCK_LINUX, 30, 40), 0);
	show(text, sizeof(text));
	cr_expect_str_eq(text, "R 30 69; W 70 99; W 0 29; ");
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_WRLCK_LINUX, 30, 40), 0);
	show(text, sizeof(text));
	cr_expect_str_eq(text, "W 0 99; ");
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_WRLCK_LINUX, 50, 0), 0);
	show(text, sizeof(text));
	cr_expect_str_eq(text, "W 0 EOF; ");
	cr_expect_eq(fd_close(fd), 0);
	show(text, sizeof(text));
	cr_expect_str_eq(text, "");
}

EVTEST(locks, errors)
{
	int fd = open_fd();

	cr_expect_eq(lock(fd, F_SETLK_LINUX, 7, 0, 1), -EINVAL);
	cr_expect_eq(lock(fd, F_GETLK_LINUX, F_UNLCK_LINUX, 0, 1), -EINVAL);
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_WRLCK_LINUX, -1, 1), -EINVAL);
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_WRLCK_LINUX, 5, -6), -EINVAL);
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_WRLCK_LINUX, INT64_MAX, 2), -EOVERFLOW);
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_WRLCK_LINUX, INT64_MAX, 1), 0);
	fd_file(fd)->writable = false;
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_WRLCK_LINUX, 0, 1), -EBADF);
	fd_file(fd)->writable = true;
}

static int64_t other[2];

static void lock_and_wait(void *arg)
{
	int fd = open_fd();

	*(int64_t *)arg = lock(fd, F_SETLKW_LINUX, F_WRLCK_LINUX, 0, 10);
}

static void try_lock(void *arg)
{
	int fd = open_fd();
	struct flock_linux fl = found(fd, F_GETLK_LINUX, F_WRLCK_LINUX, 0, 0);

	cr_expect_eq(fl.l_type, F_RDLCK_LINUX);
	cr_expect_eq(fl.l_start, 5);
	cr_expect_eq(fl.l_len, 5);
	cr_expect_eq(fl.l_pid, *(int32_t *)arg);
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_WRLCK_LINUX, 0, 6), -EAGAIN);
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_RDLCK_LINUX, 0, 6), 0);
}

EVTEST(locks, conflict_and_wait)
{
	int fd = open_fd();
	int32_t pid = current->process->pid;
	struct task *t;

	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_RDLCK_LINUX, 5, 5), 0);
	ev_task(try_lock, &pid);
	ev_let_run();
	other[0] = other[1] = 99;
	ev_task(lock_and_wait, &other[0]);
	ev_let_run();
	cr_expect_eq(other[0], 99);
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_UNLCK_LINUX, 0, 0), 0);
	ev_let_run();
	cr_expect_eq(other[0], 0);
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_RDLCK_LINUX, 0, 0), 0, "released at exit");
	t = ev_task(lock_and_wait, &other[1]);
	ev_let_run();
	ev_interrupt(t);
	ev_let_run();
	cr_expect_eq(other[1], -ERESTARTSYS);
}

static int64_t second_result = 99;

static void second_owner(void *arg)
{
	int fd = open_fd();

	(void)arg;
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_WRLCK_LINUX, 100, 1), 0);
	second_result = lock(fd, F_SETLKW_LINUX, F_WRLCK_LINUX, 0, 1);
}

EVTEST(locks, deadlock)
{
	int fd = open_fd();

	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_WRLCK_LINUX, 0, 1), 0);
	ev_task(second_owner, NULL);
	ev_let_run();
	cr_expect_eq(lock(fd, F_SETLKW_LINUX, F_WRLCK_LINUX, 100, 1), -EDEADLK);
	cr_expect_eq(lock(fd, F_SETLK_LINUX, F_UNLCK_LINUX, 0, 0), 0);
	ev_let_run();
	cr_expect_eq(second_result, 0);
}

/* Closing any descriptor of the file releases POSIX locks; OFD locks belong to the open file. */
EVTEST(locks, owners)
{
	int a = open_fd(), b = open_fd();
	struct flock_linux fl;

	cr_expect_eq(lock(a, F_OFD_SETLK_LINUX, F_WRLCK_LINUX, 0, 10), 0);
	cr_expect_eq(lock(b, F_OFD_SETLK_LINUX, F_WRLCK_LINUX, 5, 10), -EAGAIN);
	fl = found(b, F_OFD_GETLK_LINUX, F_WRLCK_LINUX, 0, 0);
	cr_expect_eq(fl.l_pid, -1);
	cr_expect_eq(lock(b, F_SETLK_LINUX, F_WRLCK_LINUX, 5, 10), -EAGAIN, "even against the own process");
	cr_expect_eq(fd_close(a), 0);
	cr_expect_eq(lock(b, F_SETLK_LINUX, F_WRLCK_LINUX, 5, 10), 0);
	a = open_fd();
	cr_expect_eq(lock(a, F_OFD_SETLK_LINUX, F_WRLCK_LINUX, 0, 10), -EAGAIN);
	cr_expect_eq(fd_close(fd_install(open_file(), 0, false)), 0);
	cr_expect_eq(lock(a, F_OFD_SETLK_LINUX, F_WRLCK_LINUX, 0, 10), 0);
}

EVTEST(locks, flock)
{
	struct file *a = open_file(), *b = open_file();

	cr_expect_eq(locks_flock(a, LOCK_SH_LINUX), 0);
	cr_expect_eq(locks_flock(b, LOCK_SH_LINUX), 0);
	cr_expect_eq(locks_flock(b, LOCK_EX_LINUX | LOCK_NB_LINUX), -EAGAIN);
	cr_expect_eq(locks_flock(a, LOCK_EX_LINUX | LOCK_NB_LINUX), 0, "b lost its lock in the attempt");
	cr_expect_eq(locks_flock(a, LOCK_UN_LINUX), 0);
	cr_expect_eq(locks_flock(b, LOCK_EX_LINUX), 0);
	file_put(b);
	cr_expect_eq(locks_flock(a, LOCK_EX_LINUX | LOCK_NB_LINUX), 0);
	file_put(a);
}
