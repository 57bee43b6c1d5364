/* name_matrix.c - every call that takes a path, on every kind of path: which error comes first? As root and
 * as a user. A line is a call (and for two paths the first of them), a column a path, a number an errno.
 *
 * needs: root */
#include <sys/statfs.h>
#include <sys/syscall.h>

#include <dirent.h>

#include "say.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static char long_name[300], long_path[5000];

static const char *const paths[] = {
    "f",       "d",        "e",        "f/",  "d/",   "d/.",  "d/..",    "d/f",     "d/f/",
    "lf",      "lf/",      "ld",       "ld/", "ld/f", "dang", "dang/",   "loop",    "loop/",
    "none",    "none/",    "none/x",   "f/x", ".",    "..",   "/",       "no",      "no/x",
    "no/none", "sticky/f", "sticky/n", "ro",  "hard", "fifo", long_name, long_path, "",
};
#define NPATHS (sizeof(paths) / sizeof(paths[0]))

static void touch(const char *name, mode_t mode)
{
	close(open(name, O_CREAT | O_WRONLY, 0600));
	chmod(name, mode);
}

/* The same tree each time, made by root, mostly given to user 1000. */
static void make_tree(void)
{
	mkdir("t", 0755);
	chdir("t");
	touch("f", 0644);
	mkdir("d", 0755);
	touch("d/f", 0644);
	mkdir("e", 0755);
	symlink("f", "lf");
	symlink("d", "ld");
	symlink("absent", "dang");
	symlink("loop", "loop");
	mkdir("no", 0755);
	touch("no/x", 0666);
	mkdir("sticky", 0755);
	touch("sticky/f", 0666);
	touch("ro", 0444);
	link("f", "hard");
	mkfifo("fifo", 0666);
	static const char *const given[] = {".", "f", "d", "d/f", "e"};
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		chown(given[i], 1000, 1000);
	chmod("no", 0);
	chmod("sticky", 01777);
}

static void remove_below(int dirfd)
{
	DIR *d = fdopendir(dirfd);

	for (struct dirent *e; (e = readdir(d));) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (e->d_type == DT_DIR)
			remove_below(openat(dirfd, e->d_name, O_RDONLY | O_DIRECTORY));
		unlinkat(dirfd, e->d_name, e->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	}
	closedir(d);
}

static void remove_tree(void)
{
	chdir("..");
	remove_below(open("t", O_RDONLY | O_DIRECTORY));
	if (rmdir("t"))
		exit(98);
}

static uid_t as;

/* Runs one call in a child and prints its errno. A call that fails leaves the tree as it was: the next may
 * have it. */
static void one(const char *a, const char *b, int (*fn)(const char *, const char *))
{
	static bool made;

	fflush(stdout);
	if (!made)
		make_tree();
	pid_t pid = fork();
	if (pid == 0) {
		/* "/" and ".." must be ours to change: the scratch directory. */
		if (chroot("..") || (as && (setgid(as) || setuid(as))))
			_exit(97);
		umask(022);
		errno = 0;
		int r = fn(a, b);
		_exit(r == -1 ? errno : 0);
	}
	int status;
	waitpid(pid, &status, 0);
	SAY(" %d", WIFEXITED(status) ? WEXITSTATUS(status) : 1000);
	made = WIFEXITED(status) && WEXITSTATUS(status) != 0;
	if (!made)
		remove_tree();
}

#define CALL(name, expr)                              \
	static int name(const char *p, const char *q) \
	{                                             \
		(void)p;                              \
		(void)q;                              \
		return (int)(expr);                   \
	}
static struct stat st;
static struct statfs sf;
static char buf[5000];
CALL(do_stat, syscall(SYS_stat, p, &st))
CALL(do_lstat, syscall(SYS_lstat, p, &st))
CALL(do_open_r, syscall(SYS_open, p, O_RDONLY | O_NONBLOCK))
CALL(do_open_w, syscall(SYS_open, p, O_WRONLY | O_NONBLOCK))
CALL(do_open_t, syscall(SYS_open, p, O_RDONLY | O_TRUNC | O_NONBLOCK))
CALL(do_open_c, syscall(SYS_open, p, O_RDWR | O_CREAT | O_NONBLOCK, 0644))
CALL(do_open_x, syscall(SYS_open, p, O_WRONLY | O_CREAT | O_EXCL, 0644))
CALL(do_open_cn, syscall(SYS_open, p, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644))
CALL(do_open_d, syscall(SYS_open, p, O_RDONLY | O_DIRECTORY))
CALL(do_open_dn, syscall(SYS_open, p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
CALL(do_open_n, syscall(SYS_open, p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
CALL(do_open_p, syscall(SYS_open, p, O_PATH))
CALL(do_open_pn, syscall(SYS_open, p, O_PATH | O_NOFOLLOW))
CALL(do_open_tmp, syscall(SYS_open, p, O_RDWR | O_TMPFILE, 0600))
CALL(do_open_na, syscall(SYS_open, p, O_RDONLY | O_NOATIME | O_NONBLOCK))
CALL(do_open_dir, syscall(SYS_open, p, O_RDONLY | O_DIRECT | O_NONBLOCK))
CALL(do_mkdir, syscall(SYS_mkdir, p, 0755))
CALL(do_rmdir, syscall(SYS_rmdir, p))
CALL(do_unlink, syscall(SYS_unlink, p))
CALL(do_mknod, syscall(SYS_mknod, p, S_IFREG | 0644, 0))
CALL(do_mknod_dev, syscall(SYS_mknod, p, S_IFCHR | 0644, 0x103))
CALL(do_symlink, syscall(SYS_symlink, "target", p))
CALL(do_symlink_from, syscall(SYS_symlink, p, "new"))
CALL(do_link, syscall(SYS_link, p, q))
CALL(do_link_follow, syscall(SYS_linkat, AT_FDCWD, p, AT_FDCWD, q, AT_SYMLINK_FOLLOW))
CALL(do_rename, syscall(SYS_rename, p, q))
CALL(do_rename_nr, syscall(SYS_renameat2, AT_FDCWD, p, AT_FDCWD, q, 1))
CALL(do_rename_ex, syscall(SYS_renameat2, AT_FDCWD, p, AT_FDCWD, q, 2))
CALL(do_chmod, syscall(SYS_chmod, p, 0600))
CALL(do_chmod_nf, syscall(SYS_fchmodat2, AT_FDCWD, p, 0600, AT_SYMLINK_NOFOLLOW))
CALL(do_chown, syscall(SYS_chown, p, 1000, 1000))
CALL(do_lchown, syscall(SYS_lchown, p, 1000, 1001))
CALL(do_chown_none, syscall(SYS_chown, p, -1, -1))
CALL(do_truncate, syscall(SYS_truncate, p, 1))
CALL(do_utime_now, syscall(SYS_utimensat, AT_FDCWD, p, NULL, 0))
CALL(do_utime_set,
     syscall(SYS_utimensat, AT_FDCWD, p, ((struct timespec[2]){{1, 2}, {3, 4}}), AT_SYMLINK_NOFOLLOW))
CALL(do_access_r, syscall(SYS_access, p, R_OK))
CALL(do_access_w, syscall(SYS_access, p, W_OK))
CALL(do_access_x, syscall(SYS_access, p, X_OK))
CALL(do_access_f, syscall(SYS_access, p, F_OK))
CALL(do_faccess, syscall(SYS_faccessat2, AT_FDCWD, p, R_OK | W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW))
CALL(do_readlink, syscall(SYS_readlink, p, buf, sizeof(buf)) < 0 ? -1 : 0)
CALL(do_statfs, syscall(SYS_statfs, p, &sf))
CALL(do_chdir, syscall(SYS_chdir, p))
CALL(do_chroot, syscall(SYS_chroot, p))
CALL(do_newfstatat, syscall(SYS_newfstatat, AT_FDCWD, p, &st, AT_EMPTY_PATH))

static const struct {
	const char *name;
	int (*fn)(const char *, const char *);
} singles[] = {
    {"stat", do_stat},
    {"lstat", do_lstat},
    {"open r", do_open_r},
    {"open w", do_open_w},
    {"open trunc", do_open_t},
    {"open creat", do_open_c},
    {"open excl", do_open_x},
    {"open creat nofollow", do_open_cn},
    {"open directory", do_open_d},
    {"open directory nofollow", do_open_dn},
    {"open nofollow", do_open_n},
    {"open path", do_open_p},
    {"open path nofollow", do_open_pn},
    {"open tmpfile", do_open_tmp},
    {"open noatime", do_open_na},
    {"open direct", do_open_dir},
    {"mkdir", do_mkdir},
    {"rmdir", do_rmdir},
    {"unlink", do_unlink},
    {"mknod", do_mknod},
    {"mknod dev", do_mknod_dev},
    {"symlink at", do_symlink},
    {"symlink to", do_symlink_from},
    {"chmod", do_chmod},
    {"chmod nofollow", do_chmod_nf},
    {"chown", do_chown},
    {"lchown", do_lchown},
    {"chown nothing", do_chown_none},
    {"truncate", do_truncate},
    {"utime now", do_utime_now},
    {"utime set", do_utime_set},
    {"access r", do_access_r},
    {"access w", do_access_w},
    {"access x", do_access_x},
    {"access f", do_access_f},
    {"faccessat2", do_faccess},
    {"readlink", do_readlink},
    {"statfs", do_statfs},
    {"chdir", do_chdir},
    {"chroot", do_chroot},
    {"newfstatat", do_newfstatat},
};

static const struct {
	const char *name;
	int (*fn)(const char *, const char *);
} pairs[] = {
    {"link", do_link},
    {"link follow", do_link_follow},
    {"rename", do_rename},
    {"rename noreplace", do_rename_nr},
    {"rename exchange", do_rename_ex},
};
/* The pairs are many: a selection of the kinds of paths. */
static const char *const pair_paths[] = {"f",        "d",    "e",    "d/",    "d/f",    "d/.", "lf",
					 "ld",       "dang", "none", "none/", "none/x", "f/",  "no/x",
					 "sticky/f", "hard", ".",    "/",     ""};
#define NPAIRS (sizeof(pair_paths) / sizeof(pair_paths[0]))

static void all(void)
{
	for (size_t c = 0; c < sizeof(singles) / sizeof(singles[0]); c++) {
		SAY("%d %s:", (int)as, singles[c].name);
		for (size_t i = 0; i < NPATHS; i++)
			one(paths[i], NULL, singles[c].fn);
		SAY("\n");
	}
	for (size_t c = 0; c < sizeof(pairs) / sizeof(pairs[0]); c++) {
		for (size_t i = 0; i < NPAIRS; i++) {
			SAY("%d %s \"%s\":", (int)as, pairs[c].name, pair_paths[i]);
			for (size_t j = 0; j < NPAIRS; j++)
				one(pair_paths[i], pair_paths[j], pairs[c].fn);
			SAY("\n");
		}
	}
}

int main(void)
{
	memset(long_name, 'x', 256);
	memset(long_path, '/', sizeof(long_path) - 1);
	enter_scratch();
	chmod(".", 0755);
	all();
	as = 1000;
	all();
	return 0;
}
