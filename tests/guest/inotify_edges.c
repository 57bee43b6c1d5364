/* inotify_edges.c - which events, in which order, does inotify(7) report for each thing that happens to a
 * file? */
#include "say.h"
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

static int fd;
static unsigned ck[10];
static int nck;

static const char *nm(unsigned m)
{
	static char s[300];
	s[0] = 0;
	struct {
		unsigned b;
		const char *n;
	} t[] = {{1, "ACCESS"},       {2, "MODIFY"},        {4, "ATTRIB"},         {8, "CLOSE_W"},
		 {16, "CLOSE_NW"},    {32, "OPEN"},         {64, "FROM"},          {128, "TO"},
		 {256, "CREATE"},     {512, "DELETE"},      {1024, "DELETE_SELF"}, {2048, "MOVE_SELF"},
		 {0x2000, "UNMOUNT"}, {0x4000, "OVERFLOW"}, {0x8000, "IGNORED"},   {0x40000000, "DIR"}};
	for (int i = 0; i < 16; i++)
		if (m & t[i].b) {
			strcat(s, "|");
			strcat(s, t[i].n);
		}
	return s;
}

static void ev(const char *w)
{
	char b[65536];
	int n = read(fd, b, sizeof b);
	SAY("%s:", w);
	if (n < 0)
		SAY(" %s", strerror(errno));
	for (int i = 0; i < n;) {
		struct inotify_event *e = (void *)(b + i);
		int c = 0;
		if (e->cookie) {
			for (c = 0; c < nck; c++)
				if (ck[c] == e->cookie)
					break;
			if (c == nck)
				ck[nck++] = e->cookie;
			c++;
		}
		SAY(" %d%s(%s)%s%d len%d", e->wd, nm(e->mask), e->len ? e->name : "", c ? " c" : "", c,
		    e->len);
		i += sizeof *e + e->len;
	}
	SAY("\n");
	nck = 0;
}

int main(void)
{
	fd = inotify_init1(IN_NONBLOCK);
	TRY(inotify_init1(5));
	mkdir("d", 0700);
	mkdir("e", 0700);
	TRY(inotify_add_watch(fd, "d", IN_ALL_EVENTS));
	TRY(inotify_add_watch(fd, "nope", IN_ALL_EVENTS));
	TRY(inotify_add_watch(fd, "d", 0));
	TRY(inotify_add_watch(99, "d", 1));
	TRY(inotify_add_watch(0, "d", 1));
	TRY(inotify_add_watch(fd, (void *)8, 1));
	TRY(inotify_add_watch(fd, "", 1));
	TRY(inotify_rm_watch(fd, 7));
	TRY(inotify_rm_watch(0, 7));
	int f = open("d/a", O_CREAT | O_RDWR, 0600);
	ev("creat");
	write(f, "abc", 3);
	ev("write");
	pwrite(f, "x", 1, 0);
	ev("pwrite");
	lseek(f, 0, 0);
	char b[10];
	read(f, b, 3);
	ev("read");
	read(f, b, 3);
	ev("read eof");
	read(f, b, 0);
	ev("read 0");
	ftruncate(f, 1);
	ev("ftruncate");
	ftruncate(f, 1);
	ev("same size");
	fchmod(f, 0640);
	ev("chmod");
	futimens(f, 0);
	ev("utimes");
	struct timespec ts[2] = {{5, 0}, {0, UTIME_OMIT}};
	futimens(f, ts);
	ev("atime");
	ts[0] = (struct timespec){0, UTIME_OMIT};
	ts[1] = (struct timespec){7, 0};
	futimens(f, ts);
	ev("mtime");
	void *m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
	*(char *)m = 1;
	munmap(m, 4096);
	ev("mmap");
	int f2 = dup(f);
	close(f);
	ev("close dup");
	close(f2);
	ev("close");
	f = open("d/a", O_RDONLY);
	ev("open");
	close(f);
	ev("close");
	f = open("d/a", O_WRONLY | O_TRUNC);
	ev("trunc open");
	close(f);
	ev("close");
	f = open("d/a", O_PATH);
	ev("path");
	close(f);
	ev("close path");
	access("d/a", 0);
	struct stat st;
	stat("d/a", &st);
	ev("stat");
	truncate("d/a", 10);
	ev("truncate");
	link("d/a", "d/b");
	ev("link");
	link("d/a", "e/c");
	ev("link out");
	unlink("e/c");
	ev("unlink out");
	symlink("a", "d/s");
	ev("symlink");
	f = open("d/s", O_RDONLY);
	close(f);
	ev("through link");
	readlink("d/s", b, 10);
	ev("readlink");
	mkfifo("d/ff", 0600);
	ev("mkfifo");
	mkdir("d/sub", 0700);
	ev("mkdir");
	rmdir("d/sub");
	ev("rmdir");
	rename("d/a", "d/a2");
	ev("rename");
	rename("d/a2", "e/x");
	ev("out");
	rename("e/x", "d/y");
	ev("in");
	rename("d/y", "d/b");
	ev("same inode");
	f = open("d/z", O_CREAT | O_RDWR, 0600);
	close(f);
	ev("new");
	rename("d/z", "d/b");
	ev("replace");
	int dd = open("d", O_RDONLY | O_DIRECTORY);
	ev("opendir");
	close(dd);
	ev("closedir");
	chmod("d", 0755);
	ev("chmod dir");
	TRY(inotify_add_watch(fd, "d/b", IN_ALL_EVENTS));
	f = open("d/b", O_RDWR);
	write(f, "q", 1);
	ev("two watches");
	unlink("d/b");
	ev("unlink open");
	TRY(inotify_add_watch(fd, "d/y", IN_ALL_EVENTS));
	write(f, "q", 1);
	ev("write unlinked");
	close(f);
	ev("gone");
	unlink("d/y");
	ev("y");
	TRY(inotify_rm_watch(fd, 2));
	mkdir("d/k", 0700);
	ev("k");
	TRY(inotify_add_watch(fd, "d/k", IN_ALL_EVENTS));
	f = open("d/k/1", O_CREAT | O_RDWR, 0600);
	ev("child");
	rename("d/k", "d/k2");
	ev("move watched");
	unlink("d/k2/1");
	ev("u");
	write(f, "a", 1);
	ev("still named");
	close(f);
	ev("c");
	rmdir("d/k2");
	ev("rmdir watched");
	TRY(inotify_add_watch(fd, "d/s", IN_ATTRIB | IN_DONT_FOLLOW));
	TRY(inotify_add_watch(fd, "d/ff", IN_ATTRIB | IN_ONLYDIR));
	unlink("d/s");
	ev("rm link");
	TRY(inotify_add_watch(fd, "d/ff", IN_OPEN | IN_ONESHOT));
	f = open("d/ff", O_RDWR);
	write(f, "1", 1);
	ev("oneshot");
	close(f);
	ev("x");
	TRY(inotify_add_watch(fd, "d", IN_MODIFY | IN_MASK_CREATE));
	TRY(inotify_add_watch(fd, "e", IN_MASK_ADD | IN_MASK_CREATE | IN_OPEN));
	TRY(inotify_add_watch(fd, "d", IN_CREATE | IN_EXCL_UNLINK));
	f = open("d/n", O_CREAT | O_RDWR, 0600);
	close(f);
	ev("only create");
	TRY(inotify_add_watch(fd, "d", IN_MODIFY | IN_EXCL_UNLINK | IN_MASK_ADD));
	f = open("d/n", O_RDWR);
	unlink("d/n");
	write(f, "x", 1);
	close(f);
	ev("excl");
	// fork/exec style: coalesce
	f = open("d/n", O_CREAT | O_RDWR, 0600);
	for (int i = 0; i < 5; i++)
		write(f, "x", 1);
	ev("coalesced");
	int n;
	write(f, "x", 1);
	TRY(ioctl(fd, FIONREAD, &n));
	SAY("%d\n", n);
	TRY(read(fd, b, 10));
	struct pollfd p = {fd, POLLIN, 0};
	TRY(poll(&p, 1, 0));
	ev("left");
	TRY(poll(&p, 1, 0));
	close(f);
	fcntl(fd, F_SETFL, 0);
	if (!fork()) {
		usleep(50000);
		unlink("d/n");
		unlink("d/ff");
		rmdir("d");
		_exit(0);
	}
	ev("blocking1");
	wait(0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	ev("rest");
	ev("end");
	TRY(write(fd, b, 1));
	TRY(lseek(fd, 0, 0));
	return 0;
}
