/* fcntl_rules.c - descriptors and their flags: dup, close, close_range, fcntl and O_PATH descriptors. */
#include <sys/resource.h>
#include <sys/syscall.h>

#include "say.h"

#define SYS_close_range_ 436

static void duplicates(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0644);

	SAY("fd %d\n", fd);
	TRY(dup(99));
	TRY(dup2(fd, fd));
	TRY(dup2(99, 99));
	TRY(dup2(fd, -1));
	TRY(dup2(fd, 1 << 24));
	TRY(dup2(fd, 20));
	TRY(dup3(fd, fd, 0));
	TRY(dup3(fd, 21, O_CLOEXEC));
	TRY(dup3(fd, 21, O_NONBLOCK));
	TRY(dup3(99, 21, 0));
	TRY(dup3(99, 1 << 24, 0));
	TRY(fcntl(21, F_GETFD));
	TRY(fcntl(20, F_GETFD));
	TRY(fcntl(20, F_SETFD, FD_CLOEXEC));
	TRY(fcntl(20, F_GETFD));
	TRY(fcntl(fd, F_DUPFD, 30));
	TRY(fcntl(fd, F_DUPFD, 30));
	TRY(fcntl(fd, F_DUPFD, -1));
	TRY(fcntl(fd, F_DUPFD, 1 << 24));
	TRY(fcntl(fd, F_DUPFD_CLOEXEC, 0));
	TRY(lseek(20, 7, SEEK_SET));
	TRY(lseek(fd, 0, SEEK_CUR));
	struct rlimit rl = {25, 25};
	setrlimit(RLIMIT_NOFILE, &rl);
	TRY(dup2(fd, 25));
	TRY(fcntl(fd, F_DUPFD, 25));
	TRY(fcntl(fd, F_DUPFD, 24));
	TRY(fcntl(fd, F_DUPFD, 24));
	TRY(fcntl(30, F_GETFD));
}

static int flags_of(int fd)
{
	return fcntl(fd, F_GETFL);
}

static void status_flags(void)
{
	int fd = open("f", O_RDWR | O_CREAT | O_TRUNC | O_EXCL | O_NOCTTY | O_CLOEXEC, 0644);

	TRY(fd);
	fd = open("f", O_RDWR | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0644);
	SAY("%o\n", flags_of(fd));
	TRY(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_WRONLY | O_SYNC | O_CREAT));
	SAY("%o\n", flags_of(fd));
	TRY(fcntl(fd, F_SETFL, 0));
	SAY("%o\n", flags_of(fd));
	static const int kinds[] = {O_RDONLY,           O_WRONLY | O_SYNC,
				    O_RDWR | O_DSYNC,   3,
				    O_RDWR | O_DIRECT,  O_RDWR | 0x10000000,
				    O_PATH | O_RDWR,    O_RDWR | O_ASYNC,
				    O_RDWR | O_NOATIME, O_PATH | O_NOFOLLOW | O_APPEND};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int k = (int)syscall(SYS_open, "f", kinds[i], 0);
		SAY("%o: %o\n", kinds[i], flags_of(k));
		char c;
		TRY(read(k, &c, 0));
		TRY(write(k, &c, 0));
		close(k);
	}
	int dir = open(".", O_RDONLY | O_DIRECTORY);
	SAY("%o\n", flags_of(dir));
	TRY(fcntl(dir, F_SETFL, O_DIRECT));
	int p[2];
	TRY(pipe(p));
	SAY("%o %o\n", flags_of(p[0]), flags_of(p[1]));
	TRY(fcntl(p[1], F_SETFL, O_DIRECT | O_NONBLOCK));
	SAY("%o\n", flags_of(p[1]));
	int tmp = open(".", O_RDWR | O_TMPFILE, 0600);
	SAY("%o\n", flags_of(tmp));
}

static void owners(void)
{
	int p[2];
	struct {
		int type, pid;
	} ex;

	pipe(p);
	TRY(fcntl(p[0], F_GETOWN));
	TRY(fcntl(p[0], F_SETOWN, getpid()));
	SAY("own: %d\n", fcntl(p[0], F_GETOWN) == getpid());
	TRY(fcntl(p[0], F_SETOWN, 99999999));
	TRY(fcntl(p[0], F_SETOWN, -99999999));
	TRY(fcntl(p[0], F_SETOWN, INT32_MIN));
	TRY(fcntl(p[0], F_SETOWN, 0));
	ex.type = 7;
	ex.pid = getpid();
	TRY(syscall(SYS_fcntl, p[0], 15, &ex));
	ex.type = 0;
	TRY(syscall(SYS_fcntl, p[0], 15, &ex));
	ex.type = 9;
	TRY(syscall(SYS_fcntl, p[0], 16, &ex));
	SAY("%d %d\n", ex.type, ex.pid == getpid());
	TRY(syscall(SYS_fcntl, p[0], 15, 8));
	TRY(fcntl(p[0], 11));
	TRY(fcntl(p[0], 10, SIGUSR1));
	TRY(fcntl(p[0], 11));
	TRY(fcntl(p[0], 10, 65));
	TRY(fcntl(p[0], 999));
	TRY(fcntl(99, 999));
}

static void path_descriptors(void)
{
	int fd = open("f", O_PATH), dir = open(".", O_PATH);
	struct stat st;
	char buf[16];

	TRY(read(fd, buf, 1));
	TRY(pread(fd, buf, 1, 0));
	TRY(lseek(fd, 0, SEEK_SET));
	TRY(syscall(SYS_fchmod, fd, 0600));
	TRY(fchown(fd, -1, -1));
	TRY(ftruncate(fd, 0));
	TRY(fsync(fd));
	TRY(fstat(fd, &st));
	TRY(fcntl(fd, F_GETFD));
	TRY(fcntl(fd, F_SETFL, 0));
	TRY(fcntl(fd, F_SETOWN, 1));
	SAY("%o\n", flags_of(fd));
	TRY_OK(openat(dir, "f", O_RDONLY));
	TRY(fchdir(dir));
	TRY(fchdir(fd));
	TRY(syscall(SYS_getdents64, dir, buf, 16));
	TRY(fchownat(fd, "", -1, -1, AT_EMPTY_PATH));
	TRY(fstatat(fd, "", &st, AT_EMPTY_PATH));
	TRY(fstatat(fd, "x", &st, 0));
	TRY(faccessat(fd, "", R_OK, 0));
	TRY(openat(fd, "", O_RDONLY));
	TRY(openat(fd, ".", O_RDONLY));
	TRY_OK(dup(fd));
	symlink("f", "l");
	int l = open("l", O_PATH | O_NOFOLLOW);
	TRY(readlinkat(l, "", buf, sizeof(buf)));
	TRY(readlinkat(fd, "", buf, sizeof(buf)));
	TRY(fstat(l, &st));
	SAY("%o\n", st.st_mode);
	TRY(close(fd));
	TRY(close(fd));
}

static int open_count(void)
{
	int n = 0;

	for (int i = 0; i < 100; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

static void ranges(void)
{
	syscall(SYS_close_range_, 3, ~0U, 0); /* whatever the run was started with */
	for (int i = 0; i < 20; i++)
		dup2(1, 40 + i);
	SAY("%d open\n", open_count());
	TRY(syscall(SYS_close_range_, 50, 45, 0));
	TRY(syscall(SYS_close_range_, 45, 50, 8));
	TRY(syscall(SYS_close_range_, 45, 50, 4));
	TRY(fcntl(45, F_GETFD));
	TRY(fcntl(51, F_GETFD));
	TRY(syscall(SYS_close_range_, 45, 50, 0));
	SAY("%d open\n", open_count());
	TRY(syscall(SYS_close_range_, 40, ~0U, 2));
	SAY("%d open\n", open_count());
}

int main(void)
{
	enter_scratch();
	say_child("ranges", ranges);
	say_child("duplicates", duplicates);
	status_flags();
	owners();
	path_descriptors();
	return 0;
}
