/* stat_rules.c - what stat(2) and relatives say, and what changes which time. */
#include <sys/statfs.h>
#include <sys/syscall.h>

#include "say.h"

static void times_of(const char *path, struct stat *st)
{
	sleep_ms(15); /* longer than a tick of coarse file times */
	stat(path, st);
}

static bool newer(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static void changed(const char *what, const char *path, struct stat *before)
{
	struct stat st;

	stat(path, &st);
	SAY("%s: mtime %s, ctime %s\n", what, newer(st.st_mtim, before->st_mtim) ? "changed" : "same",
	    newer(st.st_ctim, before->st_ctim) ? "changed" : "same");
	times_of(path, before);
}

int main(void)
{
	struct stat st, a;
	uint8_t stx[256];

	enter_scratch();
	int fd = open("f", O_CREAT | O_RDWR, 0640);
	write(fd, "hello", 5);
	TRY(fstat(fd, &st));
	SAY("mode %o nlink %d size %lld blksize %d\n", st.st_mode, (int)st.st_nlink, (long long)st.st_size,
	    (int)st.st_blksize);
	IS(st.st_uid == geteuid() && st.st_gid == getegid() && st.st_ino != 0);
	IS(st.st_mtim.tv_nsec < 1000000000 && st.st_mtim.tv_sec > 1000000000);
	TRY(stat("missing", &st));
	TRY(fstat(0x7777, &st));
	TRY(syscall(SYS_stat, "f", 8));
	TRY(fstatat(fd, "", &st, AT_EMPTY_PATH));
	TRY(fstatat(AT_FDCWD, "", &st, 0));
	TRY(fstatat(AT_FDCWD, "f", &st, 0x8000));
	TRY(syscall(SYS_statx, AT_FDCWD, "f", 0, 0xfff, stx));
	SAY("statx mode %o size %llu\n", *(uint16_t *)(stx + 28),
	    (unsigned long long)*(uint64_t *)(stx + 40));
	IS((*(uint32_t *)stx & 0x7ff) == 0x7ff);

	times_of("f", &a);
	write(fd, "x", 1);
	changed("write", "f", &a);
	chmod("f", 0600);
	changed("chmod", "f", &a);
	link("f", "g");
	changed("link", "f", &a);
	unlink("g");
	changed("unlink", "f", &a);
	rename("f", "h");
	rename("h", "f");
	changed("rename", "f", &a);
	ftruncate(fd, 3);
	changed("truncate", "f", &a);
	ftruncate(fd, 3);
	changed("truncate to the same size", "f", &a);
	fsync(fd);
	changed("fsync", "f", &a);
	pread(fd, stx, 1, 0);
	changed("read", "f", &a);
	times_of(".", &a);
	close(open("new", O_CREAT | O_WRONLY, 0600));
	changed("directory, create", ".", &a);
	close(open("new", O_RDONLY));
	changed("directory, open", ".", &a);
	unlink("new");
	changed("directory, unlink", ".", &a);
	mkdir("sub", 0755);
	stat("sub", &st);
	SAY("sub: mode %o nlink %d\n", st.st_mode, (int)st.st_nlink);

	struct timespec ts[2] = {{1000, 123456789}, {0, UTIME_OMIT}};
	TRY(futimens(fd, ts));
	fstat(fd, &st);
	SAY("atime %lld.%09ld, mtime is old: %d\n", (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
	    st.st_mtim.tv_sec < 1000000);
	ts[1] = (struct timespec){-5, 0};
	TRY(utimensat(AT_FDCWD, "f", ts, 0));
	stat("f", &st);
	SAY("mtime %lld\n", (long long)st.st_mtim.tv_sec);
	ts[1].tv_nsec = 1000000000;
	TRY(utimensat(AT_FDCWD, "f", ts, 0));
	TRY(utimensat(AT_FDCWD, "missing", NULL, 0));

	struct statfs sf;
	TRY(statfs(".", &sf));
	SAY("type %lx, names up to %ld, blocks of %ld\n", (long)sf.f_type, (long)sf.f_namelen,
	    (long)sf.f_bsize);
	IS(sf.f_bfree <= sf.f_blocks && sf.f_bavail <= sf.f_bfree);
	TRY(statfs("missing", &sf));
	return 0;
}
