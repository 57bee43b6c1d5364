/* mount_rules.c - mount, bind, move, remount, umount and their flags: what is covered, refused, and comes back?
 *
 * needs: root */
#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "say.h"

static void touch(const char *name, mode_t mode)
{
	close(open(name, O_CREAT | O_WRONLY, mode));
}

static void there(const char *name)
{
	SAY("%s: %s\n", name, access(name, F_OK) ? strerror(errno) : "there");
}

static void plain(void)
{
	struct stat a, b;
	struct statfs sf;

	mkdir("m", 0755);
	touch("m/below", 0644);
	touch("file", 0644);
	TRY(mount("x", "m", "nosuchfs", 0, NULL));
	TRY(mount("x", "none", "tmpfs", 0, NULL));
	TRY(mount("x", "file", "tmpfs", 0, NULL));
	TRY(mount("x", "m", NULL, 0, NULL));
	TRY(mount("x", "m", "tmpfs", 0, "size=1m,mode=700"));
	there("m/below");
	TRY(stat("m", &a));
	TRY(stat(".", &b));
	SAY("mode %o, other device: %d\n", a.st_mode, a.st_dev != b.st_dev);
	TRY(stat("m/..", &a));
	SAY("dot dot is back: %d\n", a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	TRY(statfs("m", &sf));
	SAY("type %lx blocks %ld flags %lx\n", (long)sf.f_type, (long)sf.f_blocks, (long)sf.f_flags);
	touch("m/f", 0644);
	TRY(rename("m/f", "f"));
	TRY(link("m/f", "f"));
	TRY(rmdir("m"));
	TRY(rename("m", "n"));
	int fd = open("m/f", O_RDONLY);
	TRY(umount("m"));
	close(fd);
	TRY(umount("m/f"));
	TRY(umount2("m", 0x100));
	TRY(umount("m"));
	there("m/below");
	TRY(umount("m"));
}

static void options(void)
{
	mkdir("o", 0755);
	TRY(mount("x", "o", "tmpfs", MS_NODEV | MS_NOEXEC | MS_NOSUID, NULL));
	struct statfs sf;
	statfs("o", &sf);
	SAY("flags %lx\n", (long)sf.f_flags);
	mknod("o/null", S_IFCHR | 0666, makedev(1, 3));
	TRY(open("o/null", O_RDWR));
	touch("o/prog", 0755);
	TRY(access("o/prog", X_OK));
	TRY(execl("o/prog", "prog", NULL));
	TRY(mount(NULL, "o", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	TRY(open("o/new", O_CREAT | O_WRONLY, 0644));
	TRY(open("o/prog", O_WRONLY));
	TRY_OK(open("o/prog", O_RDONLY));
	TRY(mkdir("o/d", 0755));
	TRY(unlink("o/prog"));
	TRY(chmod("o/prog", 0));
	TRY(truncate("o/prog", 0));
	TRY(access("o/prog", W_OK));
	TRY(mkdir("o/prog", 0755));
	TRY(unlink("o/none"));
	TRY(mount(NULL, "o", NULL, MS_REMOUNT, "size=8k"));
	int fd = open("o/prog", O_WRONLY);
	char buf[4096] = "";
	TRY(write(fd, buf, 4096));
	TRY(write(fd, buf, 4096));
	TRY(write(fd, buf, 4096));
	TRY(mount(NULL, "o", NULL, MS_REMOUNT, "size=4k"));
	TRY(mount(NULL, "o/prog", NULL, MS_REMOUNT, NULL));
	close(fd);
	TRY(umount("o"));
	TRY(umount("o"));
}

static void bind(void)
{
	mkdir("src", 0755);
	mkdir("src/sub", 0755);
	mkdir("dst", 0755);
	touch("src/f", 0644);
	touch("one", 0644);
	TRY(mount("x", "src/sub", "tmpfs", 0, NULL));
	touch("src/sub/deep", 0644);
	TRY(mount("src", "dst", NULL, MS_BIND, NULL));
	there("dst/f");
	there("dst/sub/deep");
	touch("dst/g", 0644);
	there("src/g");
	TRY(rename("src/g", "dst/h"));
	TRY(mount(NULL, "dst", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	TRY(open("dst/new", O_CREAT | O_WRONLY, 0644));
	TRY_OK(open("src/new", O_CREAT | O_WRONLY, 0644));
	TRY(umount("dst"));
	TRY(mount("src", "dst", NULL, MS_BIND | MS_REC, NULL));
	there("dst/sub/deep");
	TRY(umount("dst"));
	TRY(umount2("dst", MNT_DETACH));
	there("src/sub/deep");
	TRY(mount("one", "dst", NULL, MS_BIND, NULL));
	TRY(mount("one", "src/f", NULL, MS_BIND, NULL));
	TRY(unlink("src/f"));
	TRY(umount("src/f"));
	TRY(mount("none", "dst", NULL, MS_BIND, NULL));
	TRY(mount(NULL, "dst", NULL, MS_BIND, NULL));
	TRY(umount("src/sub"));
}

static void move(void)
{
	mkdir("from", 0755);
	mkdir("to", 0755);
	TRY(mount("x", "from", "tmpfs", 0, NULL));
	touch("from/f", 0644);
	mkdir("from/in", 0755);
	TRY(mount("from", "to", NULL, MS_MOVE, NULL));
	there("from/f");
	there("to/f");
	TRY(mount("to", "to/in", NULL, MS_MOVE, NULL));
	TRY(mount("to/in", "from", NULL, MS_MOVE, NULL));
	TRY(umount2("to", MNT_EXPIRE | MNT_DETACH));
	TRY(umount2("to", MNT_EXPIRE));
	TRY(umount2("to", MNT_EXPIRE));
	there("to/f");
}

static void detach(void)
{
	char buf[8] = "";

	mkdir("lazy", 0755);
	TRY(mount("x", "lazy", "tmpfs", 0, NULL));
	int fd = open("lazy/f", O_CREAT | O_RDWR, 0644);
	int dir = open("lazy", O_RDONLY | O_DIRECTORY);
	TRY(write(fd, "alive", 5));
	TRY(umount2("lazy", MNT_DETACH));
	there("lazy/f");
	TRY(pread(fd, buf, 5, 0));
	TRY_OK(openat(dir, "g", O_CREAT | O_RDWR, 0644));
	struct stat st;
	TRY(fstatat(dir, "..", &st, 0));
	SAY("stays inside: %d\n", st.st_ino == ({
					  struct stat d;
					  fstat(dir, &d);
					  d.st_ino;
				  }));
}

static void pivot(void)
{
	/* Not on the root file system, wherever the scratch directory is. */
	mkdir("base", 0755);
	TRY(mount("x", "base", "tmpfs", 0, NULL));
	TRY(chdir("base"));
	mkdir("root", 0755);
	TRY(syscall(SYS_pivot_root, "root", "root"));
	TRY(mount("x", "root", "tmpfs", 0, NULL));
	mkdir("root/old", 0755);
	touch("root/new-root", 0644);
	TRY(syscall(SYS_pivot_root, "root", "."));
	TRY(syscall(SYS_pivot_root, "root", "root/none"));
	TRY(syscall(SYS_pivot_root, "root", "root/old"));
	there("/new-root");
	there("/old/tmp");
	char cwd[256];
	SAY("getcwd %s\n", getcwd(cwd, sizeof(cwd)) && strncmp(cwd, "/old/", 5) == 0 ? "below /old" : cwd);
	TRY(chdir("/"));
	TRY(umount2("/old", MNT_DETACH));
	there("/old/tmp");
	there("/new-root");
}

static void unprivileged(void)
{
	if (setuid(1000))
		_exit(97);
	TRY(mount("x", "m", "tmpfs", 0, NULL));
	TRY(mount("x", "nowhere", "tmpfs", 0, NULL));
	TRY(umount("m"));
	TRY(syscall(SYS_pivot_root, "m", "m"));
	TRY(chroot("m"));
	TRY(chroot("nowhere"));
}

int main(void)
{
	/* On a host nothing of this may show outside. One simulated machine is as private as it gets. */
	if (unshare(CLONE_NEWNS) == 0)
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	enter_scratch();
	chmod(".", 0755);
	plain();
	options();
	bind();
	move();
	detach();
	say_child("unprivileged", unprivileged);
	say_child("pivot", pivot);
	return 0;
}
