/* permission_rules.c - who may do what to files: modes, owners, sticky directories, set-id bits,
 * umask, capabilities.
 *
 * needs: root */
#include <sys/fsuid.h>

#include "say.h"

static void as_user(void)
{
	struct stat st;

	setgid(1000);
	setuid(1000);
	TRY(open("secret", O_RDONLY));
	TRY_OK(open("public", O_RDONLY));
	TRY(open("public", O_WRONLY));
	TRY(access("public", W_OK));
	TRY(access("public", R_OK));
	TRY(open("private/x", O_RDONLY));
	TRY(stat("private/x", &st));
	TRY(mkdir("here", 0755));
	TRY_OK(open("shared/mine", O_CREAT | O_WRONLY, 0666));
	TRY(unlink("shared/theirs"));
	TRY(rename("shared/theirs", "shared/other"));
	TRY(unlink("shared/mine"));
	TRY(chmod("public", 0777));
	TRY(chown("public", 1000, 1000));
	TRY(chown("owned", 1001, -1));
	TRY(chown("owned", -1, 1000));
	TRY(chown("owned", -1, 1234));
	TRY(chmod("owned", 06755));
	stat("owned", &st);
	SAY("mode %o\n", st.st_mode);
	int fd = open("owned", O_WRONLY);
	TRY(write(fd, "x", 1));
	stat("owned", &st);
	SAY("mode after a write %o\n", st.st_mode);
	TRY(setuid(0));
	TRY(seteuid(0));
	TRY(kill(1, 0));
	TRY(chroot("."));
	TRY(mknod("node", S_IFCHR | 0600, 0x103));
	TRY(mknod("shared/fifo", S_IFIFO | 0600, 0));
	TRY(setpriority(0, 0, -5));
	TRY(sethostname("x", 1));
	TRY(open("execonly", O_RDONLY));
	TRY(access("group", R_OK));
}

static void exec_as_user(void)
{
	char *argv[] = {"x", NULL};

	setgid(1000);
	setuid(1000);
	TRY(execv("public", argv));
	TRY(execv("private/x", argv));
	TRY(execv(".", argv));
}

static void make(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	close(open(path, O_CREAT | O_WRONLY, 0600));
	chown(path, uid, gid);
	chmod(path, mode);
}

int main(void)
{
	struct stat st;

	enter_scratch();
	chmod(".", 0755);
	make("secret", 0600, 0, 0);
	make("public", 0644, 0, 0);
	make("execonly", 0711, 0, 0);
	make("group", 0640, 0, 1000);
	make("owned", 0644, 1000, 1000);
	mkdir("private", 0700);
	make("private/x", 0777, 0, 0);
	mkdir("shared", 01777);
	chmod("shared", 01777);
	make("shared/theirs", 0666, 1001, 1001);
	say_child("user", as_user);
	say_child("exec", exec_as_user);

	/* Root is stopped by almost nothing. */
	TRY(access("secret", R_OK | W_OK));
	TRY(access("secret", X_OK));
	TRY_OK(open("owned", O_RDWR));
	umask(027);
	close(open("masked", O_CREAT | O_WRONLY, 0777));
	stat("masked", &st);
	SAY("mode %o\n", st.st_mode);
	mkdir("setgid", 0755);
	chown("setgid", 0, 2000);
	chmod("setgid", 02755);
	close(open("setgid/f", O_CREAT | O_WRONLY, 0644));
	mkdir("setgid/d", 0755);
	stat("setgid/f", &st);
	SAY("gid %d\n", (int)st.st_gid);
	stat("setgid/d", &st);
	SAY("gid %d mode %o\n", (int)st.st_gid, st.st_mode);
	/* File system ids and saved ids. */
	TRY(setfsuid(1000));
	TRY(open("secret", O_RDONLY));
	TRY(setfsuid(0));
	TRY(setresuid(1000, 1000, 0));
	TRY(open("secret", O_RDONLY));
	TRY(seteuid(0));
	TRY_OK(open("secret", O_RDONLY));
	uid_t r, e, s;
	getresuid(&r, &e, &s);
	SAY("%d %d %d\n", (int)r, (int)e, (int)s);
	return 0;
}
