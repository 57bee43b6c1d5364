/* time_rules.c - which of the three times of a file move with which call? Access times follow relatime. */
#include <dirent.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <utime.h>

#include "say.h"

static struct stat before[3], after[3];
static const char *const watched[3] = {"f", "d", "l"};

static void look(struct stat *st)
{
	for (int i = 0; i < 3; i++) {
		if (lstat(watched[i], &st[i]))
			memset(&st[i], 0, sizeof(st[i]));
	}
}

static bool same(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Old times everywhere, a little later the call, then what changed. */
static void start(void)
{
	struct timespec old[2] = {{1000, 1}, {2000, 2}};

	sleep_ms(12); /* the host's clock for files is coarse */
	for (int i = 0; i < 3; i++)
		utimensat(AT_FDCWD, watched[i], old, AT_SYMLINK_NOFOLLOW);
	sleep_ms(12);
	look(before);
	sleep_ms(12);
}

static void finish(const char *what)
{
	look(after);
	SAY("%s:", what);
	for (int i = 0; i < 3; i++) {
		if (after[i].st_mode == 0)
			continue;
		SAY(" %s ", watched[i]);
		SAY("%s", same(before[i].st_atim, after[i].st_atim) ? "-" : "a");
		SAY("%s", same(before[i].st_mtim, after[i].st_mtim) ? "-" : "m");
		SAY("%s", same(before[i].st_ctim, after[i].st_ctim) ? "-" : "c");
	}
	SAY("\n");
}

#define STEP(...)                     \
	do {                          \
		start();              \
		__VA_ARGS__;          \
		finish(#__VA_ARGS__); \
	} while (0)

static void list(const char *name)
{
	DIR *d = opendir(name);

	while (readdir(d))
		continue;
	closedir(d);
}

static void changes(int fd)
{
	char buf[16] = "";
	struct iovec v = {buf, 4};

	STEP(write(fd, "abcd", 4));
	STEP(write(fd, "", 0));
	STEP(pwritev(fd, &v, 1, 0));
	STEP(pread(fd, buf, 4, 0));
	STEP(pread(fd, buf, 0, 0));
	STEP(pread(fd, buf, 4, 1000));
	STEP(pread(fd, buf, 4, 0); pread(fd, buf, 4, 0));
	STEP(ftruncate(fd, 100));
	STEP(ftruncate(fd, 100));
	STEP(truncate("f", 100));
	STEP(truncate("f", 50));
	STEP(close(open("f", O_RDONLY)));
	STEP(close(open("f", O_WRONLY | O_TRUNC)));
	STEP(close(open("f", O_WRONLY | O_TRUNC)));
	STEP(close(open("f", O_RDWR | O_CREAT, 0644)));
	STEP(chmod("f", 0600));
	STEP(chmod("f", 0600));
	STEP(chown("f", -1, -1));
	STEP(fchown(fd, getuid(), -1));
	STEP(fallocate(fd, 0, 0, 8192));
	STEP(fallocate(fd, 3, 0, 4096));
	STEP(fsync(fd));
	STEP(lseek(fd, 0, SEEK_SET));
}

static void names(void)
{
	char buf[16];

	STEP(list("d"));
	STEP(close(open("d/new", O_CREAT | O_WRONLY, 0644)));
	STEP(close(open("d/new", O_CREAT | O_WRONLY, 0644)));
	STEP(link("f", "d/hard"));
	STEP(rename("d/hard", "d/harder"));
	STEP(rename("d/harder", "f"));
	STEP(unlink("d/harder"));
	STEP(mkdir("d/sub", 0755));
	STEP(rmdir("d/sub"));
	STEP(symlink("x", "d/sym"));
	STEP(rename("d/sym", "elsewhere"));
	STEP(rename("elsewhere", "d/back"));
	STEP(rename("f", "g"); rename("g", "f"));
	STEP(chmod("d", 0700));
	STEP(readlink("l", buf, sizeof(buf)));
	STEP(access("l/new", F_OK));
	STEP(lchown("l", -1, -1));
	STEP(unlink("d/none"));
	STEP(rmdir("d"));
}

static void say_times(const char *what)
{
	struct stat st;

	stat("f", &st);
	SAY("%s: %ld.%09ld", what, st.st_atim.tv_sec, st.st_atim.tv_nsec);
	SAY(" %ld.%09ld\n", st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void setting(int fd)
{
	struct timespec ts[2] = {{5, 6}, {7, 8}};

	TRY(utimensat(AT_FDCWD, "f", ts, 0));
	say_times("set");
	ts[0].tv_nsec = UTIME_OMIT;
	ts[1].tv_sec = 99;
	TRY(utimensat(AT_FDCWD, "f", ts, 0));
	say_times("omitted");
	ts[1].tv_nsec = UTIME_OMIT;
	TRY(utimensat(AT_FDCWD, "none", ts, 0));
	ts[1].tv_nsec = 1000000000;
	TRY(utimensat(AT_FDCWD, "f", ts, 0));
	ts[0].tv_nsec = ts[1].tv_nsec = -1;
	TRY(utimensat(AT_FDCWD, "f", ts, 0));
	ts[0] = (struct timespec){-5, 6};
	ts[1] = (struct timespec){-1, 999999999};
	TRY(syscall(SYS_utimensat, fd, NULL, ts, 0));
	say_times("before 1970");
	TRY(syscall(SYS_utimensat, fd, NULL, ts, AT_SYMLINK_NOFOLLOW));
	TRY(syscall(SYS_utimensat, 99, NULL, ts, 0));
	TRY(syscall(SYS_utimensat, AT_FDCWD, NULL, ts, 0));
	TRY(syscall(SYS_utimensat, AT_FDCWD, "f", ts, 0x800000));
	TRY(syscall(SYS_utimensat, fd, "", ts, AT_EMPTY_PATH));
	TRY(syscall(SYS_utimensat, AT_FDCWD, "f", (void *)1, 0));
	TRY(syscall(SYS_utime, "f", &(struct utimbuf){11, 12}));
	say_times("utime");
	TRY(syscall(SYS_utimes, "f", (struct timeval[2]){{13, 14}, {15, 16}}));
	say_times("utimes");
	TRY(syscall(SYS_utimes, "f", (struct timeval[2]){{13, 1000000}, {15, 16}}));
	TRY(syscall(SYS_futimesat, AT_FDCWD, "f", (struct timeval[2]){{17, 18}, {19, 20}}));
	say_times("futimesat");
	STEP(utimensat(AT_FDCWD, "f", NULL, 0));
	STEP(utimensat(AT_FDCWD, "f", (struct timespec[2]){{0, UTIME_NOW}, {0, UTIME_OMIT}}, 0));
	STEP(utimensat(AT_FDCWD, "f", (struct timespec[2]){{0, UTIME_OMIT}, {0, UTIME_NOW}}, 0));
}

int main(void)
{
	enter_scratch();
	int fd = open("f", O_RDWR | O_CREAT, 0644);
	mkdir("d", 0755);
	symlink("d", "l");
	changes(fd);
	names();
	setting(fd);
	return 0;
}
