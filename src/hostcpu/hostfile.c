/* hostfile.c - host files below the roots that the user handed over (openat2(2)).
 *
 * Every path is resolved by the host below its root, without following any link and without magic links: the guest's
 * kernel resolves links in the guest's own name space. A tree that changes under us cannot lead outside.
 *
 * Left out: extended attributes of host files, write access outside --bind ...:rw. */
#define _GNU_SOURCE
#include "hostcpu/hostfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct host_root {
	int fd;
	bool writable;
	bool is_file;
};

static struct host_root *roots;
static int nroots;

int hostfile_roots_open(const char *const *paths, const bool *writable, size_t n, char *err, size_t errlen)
{
	struct stat st;

	roots = calloc(n ? n : 1, sizeof(*roots));
	if (!roots) {
		snprintf(err, errlen, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		int fd = open(paths[i], O_PATH | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) < 0) {
			snprintf(err, errlen, "cannot open %s: %s", paths[i], strerror(errno));
			if (fd >= 0)
				close(fd);
			hostfile_roots_close();
			return -1;
		}
		roots[i] = (struct host_root){fd, writable && writable[i], !S_ISDIR(st.st_mode)};
		nroots++;
	}
	return 0;
}

void hostfile_roots_close(void)
{
	for (int i = 0; i < nroots; i++)
		close(roots[i].fd);
	free(roots);
	roots = NULL;
	nroots = 0;
}

/* Opens below a root; "" is the root itself (through /proc, because an O_PATH descriptor cannot be reopened else). */
static int open_below(int root, const char *path, uint64_t flags, uint64_t mode)
{
	struct open_how how = {.flags = flags | O_CLOEXEC,
			       .mode = mode,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
	long fd;

	if (root < 0 || root >= nroots)
		return -ENOENT;
	if (*path == '\0') {
		char self[40];
		snprintf(self, sizeof(self), "/proc/self/fd/%d", roots[root].fd);
		fd = open(self, (int)((flags & ~(uint64_t)(O_NOFOLLOW | O_CREAT | O_EXCL)) | O_CLOEXEC));
		return fd < 0 ? -errno : (int)fd;
	}
	if (roots[root].is_file)
		return -ENOTDIR;
	fd = syscall(SYS_openat2, roots[root].fd, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

/* To read it, and without leaving the time of it on the host: else the next run would find another access time. The
 * host lets only the owner of a file do so (and root). */
static int open_to_read(int root, const char *path, uint64_t flags)
{
	int fd = open_below(root, path, O_RDONLY | O_NOATIME | flags, 0);

	return fd == -EPERM ? open_below(root, path, O_RDONLY | flags, 0) : fd;
}

/* The directory of path's last component, and that component. */
static int open_parent(int root, const char *path, const char **last)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int fd;

	if (root < 0 || root >= nroots || !roots[root].writable)
		return -EROFS;
	*last = slash ? slash + 1 : path;
	dir = slash ? strndup(path, (size_t)(slash - path)) : strdup("");
	if (!dir)
		return -ENOMEM;
	fd = open_below(root, dir, O_PATH | O_DIRECTORY | (slash ? O_NOFOLLOW : 0), 0);
	free(dir);
	return fd;
}

static int64_t to_ns(struct timespec ts)
{
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

int hostfile_stat(int root, const char *path, struct host_stat *out)
{
	struct stat st;
	int fd = open_below(root, path, O_PATH | O_NOFOLLOW, 0);
	int err = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		err = -errno;
	close(fd);
	if (err)
		return err;
	*out = (struct host_stat){
	    .ino = st.st_ino,
	    .size = (uint64_t)st.st_size,
	    .blocks = (uint64_t)st.st_blocks,
	    .mode = st.st_mode,
	    .uid = st.st_uid,
	    .gid = st.st_gid,
	    .nlink = (uint32_t)st.st_nlink,
	    .rdev_major = major(st.st_rdev),
	    .rdev_minor = minor(st.st_rdev),
	    .mtime_ns = to_ns(st.st_mtim),
	    .atime_ns = to_ns(st.st_atim),
	    .ctime_ns = to_ns(st.st_ctim),
	};
	return 0;
}

struct entries {
	struct entry {
		char *name;
		uint8_t type;
	} * list;
	size_t n, room;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int entries_add(struct entries *e, const char *name, uint8_t type)
{
	char *copy = strdup(name);

	if (copy && e->n == e->room) {
		size_t room = e->room ? 2 * e->room : 64;
		struct entry *list = realloc(e->list, room * sizeof(*list));
		if (list) {
			e->list = list;
			e->room = room;
		}
	}
	if (!copy || e->n == e->room) {
		free(copy);
		return -ENOMEM;
	}
	e->list[e->n++] = (struct entry){copy, type};
	return 0;
}

/* All names of an open directory but . and .., which is closed. (scandir(3) would open it once more.) */
static int entries_read(struct entries *e, int fd)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *d;
	int err = 0;

	if (!dir) {
		err = -errno;
		close(fd);
		return err;
	}
	while (!err && (errno = 0, d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			err = entries_add(e, d->d_name, d->d_type);
	}
	if (!err && errno)
		err = -errno;
	closedir(dir);
	return err;
}

/* In order of names: the host's order differs between machines and runs. */
int hostfile_list(int root, const char *path, int (*emit)(void *arg, const char *name, uint8_t dtype),
		  void *arg)
{
	struct entries e = {0};
	int fd = open_to_read(root, path, O_DIRECTORY | O_NOFOLLOW);
	int err;

	if (fd < 0)
		return fd;
	err = entries_read(&e, fd);
	if (!err && e.n)
		qsort(e.list, e.n, sizeof(*e.list), by_name);
	for (size_t i = 0; i < e.n; i++) {
		if (!err)
			err = emit(arg, e.list[i].name, e.list[i].type);
		free(e.list[i].name);
	}
	free(e.list);
	return err;
}

int64_t hostfile_readlink(int root, const char *path, char *buf, size_t n)
{
	int fd = open_below(root, path, O_PATH | O_NOFOLLOW, 0);
	ssize_t r;

	if (fd < 0)
		return fd;
	r = readlinkat(fd, "", buf, n);
	if (r < 0)
		r = -errno;
	close(fd);
	return r;
}

int hostfile_open(int root, const char *path, uint32_t flags, uint32_t mode)
{
	uint64_t o = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	struct stat st;
	int fd;

	if (flags & HOST_OPEN_WRITE) {
		if (root < 0 || root >= nroots || !roots[root].writable)
			return -EROFS;
		o |= O_RDWR;
		o |= flags & HOST_OPEN_CREATE ? O_CREAT : 0;
		o |= flags & HOST_OPEN_EXCL ? O_EXCL : 0;
		o |= flags & HOST_OPEN_TRUNC ? O_TRUNC : 0;
	}
	if (flags & HOST_OPEN_WRITE)
		fd = open_below(root, path, o, o & O_CREAT ? mode & 07777 : 0);
	else
		fd = open_to_read(root, path, o);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -ENXIO;
	}
	return fd;
}

void hostfile_close(int handle)
{
	close(handle);
}

int64_t hostfile_pread(int handle, void *buf, size_t n, uint64_t off)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = pread(handle, (char *)buf + done, n - done, (off_t)(off + done));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return done ? (int64_t)done : -errno;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (int64_t)done;
}

int64_t hostfile_pwrite(int handle, const void *buf, size_t n, uint64_t off)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = pwrite(handle, (const char *)buf + done, n - done, (off_t)(off + done));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return done ? (int64_t)done : -errno;
		done += (size_t)r;
	}
	return (int64_t)done;
}

int hostfile_truncate(int handle, uint64_t size)
{
	return ftruncate(handle, (off_t)size) < 0 ? -errno : 0;
}

int hostfile_mkdir(int root, const char *path, uint32_t mode)
{
	const char *last;
	int dir = open_parent(root, path, &last), err;

	if (dir < 0)
		return dir;
	err = mkdirat(dir, last, mode & 07777) < 0 ? -errno : 0;
	close(dir);
	return err;
}

int hostfile_remove(int root, const char *path, bool directory)
{
	const char *last;
	int dir = open_parent(root, path, &last), err;

	if (dir < 0)
		return dir;
	err = unlinkat(dir, last, directory ? AT_REMOVEDIR : 0) < 0 ? -errno : 0;
	close(dir);
	return err;
}

int hostfile_rename(int root, const char *from, const char *to)
{
	const char *last_from, *last_to;
	int a = open_parent(root, from, &last_from), b, err;

	if (a < 0)
		return a;
	b = open_parent(root, to, &last_to);
	if (b < 0) {
		close(a);
		return b;
	}
	err = renameat(a, last_from, b, last_to) < 0 ? -errno : 0;
	close(a);
	close(b);
	return err;
}

int hostfile_symlink(int root, const char *path, const char *target)
{
	const char *last;
	int dir = open_parent(root, path, &last), err;

	if (dir < 0)
		return dir;
	err = symlinkat(target, dir, last) < 0 ? -errno : 0;
	close(dir);
	return err;
}

int hostfile_chmod(int root, const char *path, uint32_t mode)
{
	char self[40];
	int fd, err;

	if (root < 0 || root >= nroots || !roots[root].writable)
		return -EROFS;
	fd = open_below(root, path, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	/* An O_PATH descriptor is changed through its /proc link; a symbolic link gives ENOTSUP there. */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	err = chmod(self, mode & 07777) < 0 ? -errno : 0;
	close(fd);
	return err;
}
