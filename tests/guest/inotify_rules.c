/* inotify_rules.c - which events does inotify(7) report, in which order, with which names and cookies? */
#include <sys/inotify.h>

#include "say.h"

static int in;

static void events(const char *after)
{
	char buf[4096] __attribute__((aligned(8)));
	uint32_t first_cookie = 0;
	ssize_t n = read(in, buf, sizeof(buf));

	SAY("%s:", after);
	for (char *p = buf; n > 0 && p < buf + n;
	     p += sizeof(struct inotify_event) + ((struct inotify_event *)p)->len) {
		struct inotify_event *e = (struct inotify_event *)p;
		SAY(" [%d %#x", e->wd, e->mask);
		if (e->len)
			SAY(" %s", e->name);
		if (e->cookie) {
			SAY(first_cookie == e->cookie ? " same cookie" : " cookie");
			first_cookie = e->cookie;
		}
		SAY("]");
	}
	SAY("\n");
}

int main(void)
{
	enter_scratch();
	in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	mkdir("d", 0755);
	mkdir("e", 0755);
	TRY(inotify_add_watch(in, "d", IN_ALL_EVENTS));
	TRY(inotify_add_watch(in, "e", IN_CREATE | IN_MOVED_TO | IN_ONLYDIR));
	TRY(inotify_add_watch(in, "missing", IN_CREATE));
	TRY(inotify_add_watch(in, "d", 0));
	TRY(inotify_add_watch(0x7777, "d", IN_CREATE));
	events("nothing");
	int fd = open("d/f", O_CREAT | O_RDWR, 0644);
	events("create");
	write(fd, "x", 1);
	write(fd, "y", 1);
	events("two writes");
	char c;
	pread(fd, &c, 1, 0);
	close(fd);
	events("read and close");
	chmod("d/f", 0600);
	truncate("d/f", 0);
	events("chmod and truncate");
	rename("d/f", "d/g");
	events("rename inside");
	rename("d/g", "e/g");
	events("rename across");
	mkdir("d/sub", 0755);
	rmdir("d/sub");
	events("mkdir and rmdir");
	int wd = inotify_add_watch(in, "e/g", IN_DELETE_SELF | IN_ATTRIB | IN_MODIFY | IN_ONESHOT);
	SAY("watch %d\n", wd);
	link("e/g", "d/h");
	events("link");
	wd = inotify_add_watch(in, "d/h", IN_DELETE_SELF);
	unlink("e/g");
	unlink("d/h");
	events("unlink");
	TRY(inotify_rm_watch(in, 1));
	events("rm_watch");
	TRY(inotify_rm_watch(in, 1));
	rmdir("e");
	events("rmdir of a watched directory");
	return 0;
}
