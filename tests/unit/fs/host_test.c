/* host_test.c - a small host file system in memory behind the scripted door. */
#include "host_test.h"

#include <criterion/criterion.h>
#include <string.h>

#include "core/errno.h"
#include "fs/abi_fs.h"
#include "support/script_door.h"

#define ENTRIES 512
#define TEXT_SIZE 16384

static struct host_file {
	bool used;
	char path[128];
	uint32_t mode;
	uint64_t ino, size;
	char *text;
} files[ENTRIES];
static bool can_write;
static uint64_t next_ino;
unsigned host_lists, host_stats, host_handles, host_handles_max;

static struct host_file *find(const char *path)
{
	for (int i = 0; i < ENTRIES; i++)
		if (files[i].used && strcmp(files[i].path, path) == 0)
			return &files[i];
	return NULL;
}

void host_test_add(const char *path, uint32_t mode, const char *text)
{
	for (int i = 0; i < ENTRIES; i++) {
		if (files[i].used)
			continue;
		files[i] = (struct host_file){.used = true, .mode = mode, .ino = ++next_ino};
		strncpy(files[i].path, path, sizeof(files[i].path) - 1);
		files[i].size = text ? strlen(text) : 0;
		files[i].text = calloc(1, TEXT_SIZE);
		if (text)
			memcpy(files[i].text, text, files[i].size);
		return;
	}
	cr_assert_fail("too many host files");
}

void host_test_remove(const char *path)
{
	struct host_file *f = find(path);

	cr_assert_not_null(f);
	f->used = false;
}

const char *host_test_text(const char *path)
{
	struct host_file *f = find(path);

	return f ? f->text : NULL;
}

static int host_stat(int root, const char *path, struct host_stat *st)
{
	struct host_file *f = find(path);

	cr_assert_eq(root, 0);
	host_stats++;
	if (!f)
		return -ENOENT;
	*st = (struct host_stat){.ino = f->ino,
				 .size = f->size,
				 .blocks = (f->size + 511) / 512,
				 .mode = f->mode,
				 .uid = 7,
				 .gid = 8,
				 .nlink = 1,
				 .rdev_major = 5,
				 .rdev_minor = 1,
				 .mtime_ns = 1000,
				 .atime_ns = 2000,
				 .ctime_ns = 3000};
	return 0;
}

static int host_list(int root, const char *path, int (*emit)(void *, const char *, uint8_t), void *arg)
{
	size_t len = strlen(path);

	(void)root;
	host_lists++;
	if (!find(path))
		return -ENOENT;
	for (int i = ENTRIES - 1; i >= 0; i--) { /* not in the order of names */
		const char *p = files[i].path;
		if (!files[i].used || !*p || strncmp(p, path, len) != 0 || (len && p[len] != '/'))
			continue;
		p += len ? len + 1 : 0;
		if (strchr(p, '/'))
			continue;
		int err = emit(arg, p, dtype_of_mode_linux(files[i].mode));
		if (err)
			return err;
	}
	return 0;
}

static int64_t host_readlink(int root, const char *path, char *buf, size_t n)
{
	struct host_file *f = find(path);

	(void)root;
	if (!f)
		return -ENOENT;
	n = n < f->size ? n : f->size;
	memcpy(buf, f->text, n);
	return (int64_t)n;
}

static int host_open(int root, const char *path, uint32_t flags, uint32_t mode)
{
	struct host_file *f = find(path);

	(void)root;
	if ((flags & HOST_OPEN_WRITE) && !can_write)
		return -EROFS;
	if (f && (flags & HOST_OPEN_EXCL))
		return -EEXIST;
	if (!f && (flags & HOST_OPEN_CREATE)) {
		host_test_add(path, S_IFREG_LINUX | (mode & ~022U), "");
		f = find(path);
	}
	if (!f)
		return -ENOENT;
	host_handles++;
	host_handles_max = host_handles > host_handles_max ? host_handles : host_handles_max;
	return (int)(f - files);
}

static void host_close(int handle)
{
	(void)handle;
	host_handles--;
}

static int64_t host_pread(int handle, void *buf, size_t n, uint64_t off)
{
	struct host_file *f = &files[handle];

	if (off >= f->size)
		return 0;
	n = n < f->size - off ? n : f->size - off;
	memcpy(buf, f->text + off, n);
	return (int64_t)n;
}

static int64_t host_pwrite(int handle, const void *buf, size_t n, uint64_t off)
{
	struct host_file *f = &files[handle];

	cr_assert(off + n <= TEXT_SIZE);
	memcpy(f->text + off, buf, n);
	f->size = off + n > f->size ? off + n : f->size;
	return (int64_t)n;
}

static int host_truncate(int handle, uint64_t size)
{
	struct host_file *f = &files[handle];

	cr_assert(size <= TEXT_SIZE);
	if (size < f->size)
		memset(f->text + size, 0, f->size - size);
	f->size = size;
	return 0;
}

static int host_mkdir(int root, const char *path, uint32_t mode)
{
	(void)root;
	if (find(path))
		return -EEXIST;
	host_test_add(path, S_IFDIR_LINUX | mode, NULL);
	return 0;
}

static int host_remove(int root, const char *path, bool directory)
{
	struct host_file *f = find(path);

	(void)root;
	if (!f)
		return -ENOENT;
	if (directory != S_ISDIR_LINUX(f->mode))
		return directory ? -ENOTDIR : -EISDIR;
	f->used = false;
	return 0;
}

static int host_rename(int root, const char *from, const char *to)
{
	struct host_file *t = find(to);
	size_t len = strlen(from);

	(void)root;
	if (t)
		t->used = false;
	for (int i = 0; i < ENTRIES; i++) {
		char *p = files[i].path, rest[128];
		if (!files[i].used || strncmp(p, from, len) != 0 || (p[len] && p[len] != '/'))
			continue;
		strcpy(rest, p + len);
		strcpy(p, to);
		strcat(p, rest);
	}
	return 0;
}

static int host_symlink(int root, const char *path, const char *target)
{
	(void)root;
	host_test_add(path, S_IFLNK_LINUX | 0777, target);
	return 0;
}

static int host_chmod(int root, const char *path, uint32_t mode)
{
	struct host_file *f = find(path);

	(void)root;
	if (!f)
		return -ENOENT;
	f->mode = (f->mode & S_IFMT_LINUX) | mode;
	return 0;
}

void host_test_setup(bool writable)
{
	can_write = writable;
	script_door.hostfile_stat = host_stat;
	script_door.hostfile_list = host_list;
	script_door.hostfile_readlink = host_readlink;
	script_door.hostfile_open = host_open;
	script_door.hostfile_close = host_close;
	script_door.hostfile_pread = host_pread;
	script_door.hostfile_pwrite = host_pwrite;
	script_door.hostfile_truncate = host_truncate;
	script_door.hostfile_mkdir = host_mkdir;
	script_door.hostfile_remove = host_remove;
	script_door.hostfile_rename = host_rename;
	script_door.hostfile_symlink = host_symlink;
	script_door.hostfile_chmod = host_chmod;
	host_test_add("", S_IFDIR_LINUX | 0755, NULL);
}
