/* dir_rules.c - directories: creation, removal, reading while changing, working directories, long names. */
#include <dirent.h>
#include <limits.h>
#include <sys/syscall.h>

#include "say.h"

#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#define renameat2(...) syscall(SYS_renameat2, __VA_ARGS__)

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void list(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, by_name);

	SAY("%s: %d:", path, n);
	for (int i = 0; i < n; i++)
		SAY(" %s(%d)", names[i]->d_name, names[i]->d_type);
	SAY("\n");
}

static void reading(void)
{
	char name[32];
	int n = 0;

	TRY(mkdir("many", 0755));
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "many/file-%03d", i);
		close(open(name, O_CREAT | O_WRONLY, 0644));
	}
	DIR *d = opendir("many");
	for (struct dirent *e; (e = readdir(d));)
		n++;
	SAY("%d entries\n", n);
	rewinddir(d);
	n = 0;
	/* Removing what was read must neither hide nor repeat the others. */
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] != '.' && unlinkat(dirfd(d), e->d_name, 0) == 0)
			n++;
	}
	SAY("%d removed while reading\n", n);
	closedir(d);
	TRY(rmdir("many"));
	mkdir("seek", 0755);
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "seek/%d", i);
		close(open(name, O_CREAT | O_WRONLY, 0644));
	}
	d = opendir("seek");
	readdir(d);
	readdir(d);
	long here = telldir(d);
	char *third = strdup(readdir(d)->d_name);
	readdir(d);
	seekdir(d, here);
	IS(strcmp(readdir(d)->d_name, third) == 0);
	closedir(d);
}

static void names(void)
{
	char name[300], path[5000] = "";

	memset(name, 'n', 299);
	name[255] = '\0';
	TRY_OK(open(name, O_CREAT | O_WRONLY, 0644));
	name[255] = 'n';
	name[256] = '\0';
	TRY(open(name, O_CREAT | O_WRONLY, 0644));
	for (int i = 0; i < 2047; i++)
		strcat(path, "./");
	TRY_OK(open(path, O_RDONLY));
	strcat(path, "./");
	TRY(open(path, O_RDONLY));
	TRY(mkdir("a//b", 0755));
	TRY(mkdir("a", 0755));
	TRY(mkdir("a//b///", 0755));
	TRY(mkdir("a/b", 0755));
	TRY(mkdir("a/./b/../c", 0755));
	list("a");
	TRY(rmdir("a"));
	TRY(rmdir("a/."));
	TRY(rmdir("a/b/.."));
	TRY(rmdir("/"));
	TRY(mkdir("/", 0755));
}

static void working_directory(void)
{
	char buf[PATH_MAX], start[PATH_MAX];

	getcwd(start, sizeof(start));
	TRY(mkdir("gone", 0755));
	TRY(chdir("gone"));
	TRY(rmdir("../gone"));
	IS(getcwd(buf, sizeof(buf)) == NULL && errno == ENOENT);
	TRY(open("x", O_CREAT | O_WRONLY, 0644));
	TRY(mkdir("x", 0755));
	TRY(chdir(".."));
	IS(getcwd(buf, sizeof(buf)) && strcmp(buf, start) == 0);
	IS(getcwd(buf, 2) == NULL && errno == ERANGE);
	TRY(chdir("seek/0"));
	int fd = open("a", O_RDONLY | O_DIRECTORY);
	TRY(fchdir(fd));
	TRY(fchdir(0x7777));
	TRY(chdir(start));
	TRY_OK(openat(fd, "b", O_RDONLY));
	TRY(openat(0x7777, "b", O_RDONLY));
	TRY_OK(openat(0x7777, start, O_RDONLY));
}

static void renames(void)
{
	struct stat st;

	close(open("f1", O_CREAT | O_WRONLY, 0644));
	close(open("f2", O_CREAT | O_WRONLY, 0600));
	mkdir("d1", 0755);
	mkdir("d2", 0755);
	mkdir("d2/sub", 0755);
	TRY(rename("f1", "f2"));
	stat("f2", &st);
	SAY("mode %o\n", st.st_mode);
	TRY(rename("f2", "d1"));
	TRY(rename("d1", "f2"));
	TRY(rename("d1", "d2"));
	TRY(rename("d2", "d2/sub/x"));
	TRY(rename("d1", "d1/x"));
	TRY(rename("d2", "d1"));
	TRY(rename("missing", "x"));
	TRY(rename("f2", "f2"));
	TRY(rename("f2", "f2/"));
	TRY(rename(".", "x"));
	stat("d1", &st);
	SAY("nlink %d\n", (int)st.st_nlink);
	TRY(renameat2(AT_FDCWD, "f2", AT_FDCWD, "d1", RENAME_NOREPLACE));
	TRY(renameat2(AT_FDCWD, "f2", AT_FDCWD, "d1", RENAME_EXCHANGE));
	stat("f2", &st);
	IS(S_ISDIR(st.st_mode));
	TRY(renameat2(AT_FDCWD, "f2", AT_FDCWD, "nothing", RENAME_EXCHANGE));
	TRY(renameat2(AT_FDCWD, "f2", AT_FDCWD, "d1", RENAME_EXCHANGE | RENAME_NOREPLACE));
	/* Moving a directory keeps its ".." right. */
	mkdir("p1", 0755);
	mkdir("p2", 0755);
	mkdir("p1/child", 0755);
	int fd = open("p1/child", O_RDONLY);
	TRY(rename("p1/child", "p2/child"));
	fchdir(fd);
	char buf[PATH_MAX];
	getcwd(buf, sizeof(buf));
	SAY("now in ...%s\n", strstr(buf, "/p2"));
	chdir("../..");
}

int main(void)
{
	enter_scratch();
	reading();
	names();
	working_directory();
	renames();
	return 0;
}
