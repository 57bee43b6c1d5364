/* symlink_rules.c - symbolic links in every position of a path (path_resolution(7), symlink(7)). */
#include "say.h"

int main(void)
{
	char buf[64];
	struct stat st;

	enter_scratch();
	mkdir("dir", 0755);
	close(open("dir/file", O_CREAT | O_WRONLY, 0644));
	TRY(symlink("dir", "to_dir"));
	TRY(symlink("dir/file", "to_file"));
	TRY(symlink("nowhere", "dangling"));
	TRY(symlink("loop2", "loop1"));
	TRY(symlink("loop1", "loop2"));
	TRY(symlink("", "empty"));
	TRY(symlink("x", "to_dir"));
	TRY(readlink("to_file", buf, 4));
	TRY(readlink("to_file", buf, sizeof(buf)));
	TRY(readlink("dir", buf, sizeof(buf)));
	TRY(readlink("to_file", buf, 0));
	TRY_OK(open("to_dir/file", O_RDONLY));
	TRY(open("to_file", O_RDONLY | O_NOFOLLOW));
	TRY(open("to_dir", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	TRY_OK(open("to_dir/", O_RDONLY | O_DIRECTORY));
	TRY_OK(open("to_file", O_PATH | O_NOFOLLOW));
	TRY(open("to_file/", O_RDONLY));
	TRY(open("dangling", O_RDONLY));
	TRY(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0644));
	TRY_OK(open("dangling", O_WRONLY | O_CREAT, 0644));
	TRY(access("nowhere", F_OK));
	TRY(open("loop1", O_RDONLY));
	TRY(stat("loop1/x", &st));
	TRY(lstat("loop1", &st));
	SAY("size %lld, mode %o\n", (long long)st.st_size, st.st_mode);
	TRY(lstat("to_dir/", &st));
	IS(S_ISDIR(st.st_mode));
	TRY(unlink("to_dir/"));
	TRY(rmdir("to_dir"));
	TRY(mkdir("to_dir", 0755));
	TRY(rename("to_dir", "moved"));
	TRY(lstat("moved", &st));
	IS(S_ISLNK(st.st_mode));
	TRY(link("moved", "hard"));
	lstat("hard", &st);
	IS(S_ISLNK(st.st_mode) && st.st_nlink == 2);
	TRY(linkat(AT_FDCWD, "to_file", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
	lstat("followed", &st);
	IS(S_ISREG(st.st_mode));
	TRY(unlink("to_file"));
	TRY(access("dir/file", F_OK));
	TRY(chmod("moved", 0700));
	stat("dir", &st);
	SAY("mode %o\n", st.st_mode);
	TRY(fchmodat(AT_FDCWD, "moved", 0700, AT_SYMLINK_NOFOLLOW));
	/* Forty links in a row are too many; 39 are not. */
	char from[16], to[16];
	for (int i = 0; i < 45; i++) {
		snprintf(from, sizeof(from), "l%d", i);
		snprintf(to, sizeof(to), i ? "l%d" : "dir", i - 1);
		symlink(to, from);
	}
	TRY(stat("l39", &st));
	TRY(stat("l40", &st));
	TRY(stat("l41", &st));
	return 0;
}
