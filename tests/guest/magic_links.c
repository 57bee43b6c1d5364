/* magic_links.c - /proc/self/fd, cwd, root and exe: do they lead to the object itself, with or without a name?
 *
 * needs: root (a few permission checks come in another order for other users) */
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "say.h"

static char cwd[256];

/* The text of a link, with the scratch directory and numbers that differ taken out. */
static void text(const char *path)
{
	char buf[512];
	ssize_t n = readlink(path, buf, sizeof(buf) - 1);

	if (n < 0) {
		SAY("readlink: %s\n", strerror(errno));
		return;
	}
	buf[n] = '\0';
	char *s = buf;
	if (strncmp(s, cwd, strlen(cwd)) == 0) {
		s += strlen(cwd);
		SAY("SCRATCH");
	}
	for (; *s; s++) {
		bool digit = *s >= '0' && *s <= '9';

		if (!digit || s[1] < '0' || s[1] > '9')
			SAY("%c", digit ? 'N' : *s);
	}
	SAY("\n");
}

static char *link_of(int fd)
{
	static char names[4][64];
	static unsigned next;
	char *s = names[next++ % 4];

	snprintf(s, 64, "/proc/self/fd/%d", fd);
	return s;
}

static bool same_file(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static void files(void)
{
	char buf[8] = "";
	int fd = open("f", O_RDWR | O_CREAT, 0644), again;
	struct stat st;

	TRY(write(fd, "text", 4));
	text(link_of(fd));
	IS(same_file(fd, link_of(fd)));
	TRY(lstat(link_of(fd), &st));
	SAY("%o\n", st.st_mode);
	again = open(link_of(fd), O_RDONLY);
	TRY(read(again, buf, 8));
	TRY(write(again, "x", 1));
	TRY(chmod(link_of(fd), 0600));
	TRY(truncate(link_of(fd), 2));
	TRY(unlink("f"));
	text(link_of(fd));
	again = open(link_of(fd), O_RDWR);
	TRY(read(again, buf, 8));
	TRY(link(link_of(fd), "back"));
	TRY(linkat(AT_FDCWD, link_of(fd), AT_FDCWD, "back", AT_SYMLINK_FOLLOW));
	TRY(open(link_of(fd), O_RDONLY | O_NOFOLLOW));
	TRY(open(link_of(99), O_RDONLY));
	TRY(open("/proc/self/fd/x", O_RDONLY));
	TRY(open("/proc/self/fd/0x3", O_RDONLY));
	int tmp = open(".", O_RDWR | O_TMPFILE, 0600);
	text(link_of(tmp));
	TRY(linkat(AT_FDCWD, link_of(tmp), AT_FDCWD, "tmp", AT_SYMLINK_FOLLOW));
	TRY(access("tmp", F_OK));
	text(link_of(tmp));
	TRY(rename("tmp", "moved"));
}

static void nameless(void)
{
	char buf[8] = "";
	int p[2], again;
	struct stat st;

	TRY(pipe(p));
	text(link_of(p[0]));
	TRY(stat(link_of(p[0]), &st));
	SAY("%o\n", st.st_mode);
	again = open(link_of(p[1]), O_WRONLY);
	TRY(write(again, "hello", 5));
	TRY(read(p[0], buf, 8));
	again = open(link_of(p[1]), O_RDONLY | O_NONBLOCK);
	TRY(write(p[1], "again", 5));
	TRY(read(again, buf, 8));
	int e = eventfd(0, 0);
	text(link_of(e));
	TRY(open(link_of(e), O_RDWR));
	int m = (int)syscall(SYS_memfd_create, "name", 0);
	text(link_of(m));
	TRY(write(m, "memory", 6));
	again = open(link_of(m), O_RDONLY);
	TRY(read(again, buf, 8));
	TRY(fchmod(p[0], 0600));
	TRY(fstat(p[0], &st));
	SAY("%o\n", st.st_mode);
}

static void directories(void)
{
	struct stat st;
	int d = open(".", O_RDONLY | O_DIRECTORY);

	mkdir("sub", 0755);
	close(open("sub/x", O_CREAT | O_WRONLY, 0644));
	TRY(access("/proc/self/cwd/sub/x", F_OK));
	TRY(chdir("sub"));
	TRY(access("/proc/self/cwd/x", F_OK));
	text("/proc/self/cwd");
	text("/proc/self/root");
	IS(same_file(d, "/proc/self/cwd/.."));
	TRY(chdir(link_of(d)));
	TRY(access("sub", F_OK));
	TRY(open("/proc/self/cwd", O_RDONLY | O_NOFOLLOW));
	TRY(unlink(link_of(d)));
	TRY(symlink("/proc/self/cwd/sub", "through"));
	TRY(access("through/x", F_OK));
	TRY(stat("/proc/self/exe", &st));
	SAY("%d\n", S_ISREG(st.st_mode));
	mkdir("gone", 0755);
	TRY(chdir("gone"));
	rmdir("../gone");
	text("/proc/self/cwd");
	TRY(getcwd(cwd, sizeof(cwd)) ? 0 : -1);
	TRY(open("x", O_CREAT | O_WRONLY, 0644));
	TRY(stat(".", &st));
	TRY(access("..", F_OK));
}

int main(void)
{
	enter_scratch();
	if (!getcwd(cwd, sizeof(cwd)))
		return 1;
	files();
	nameless();
	directories();
	return 0;
}
