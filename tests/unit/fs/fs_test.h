/* fs_test.h - a kernel with a tmpfs root for tests of src/fs, and the leak check of its end. */
#ifndef KEVSIM_TESTS_FS_TEST_H
#define KEVSIM_TESTS_FS_TEST_H

#include <criterion/criterion.h>

#include "core/errno.h"
#include "fs/file.h"
#include "fs/fsctx.h"
#include "fs/vfs.h"
#include "support/test_kernel.h"

/* test_kernel_setup(), RAM, VFS and an empty tmpfs of 16 MiB as the root. */
void fs_test_setup(void);
/* Takes everything down and asserts that no object and no page cache frame is left. */
void fs_test_teardown(void);

/* Runs fn in a task of its own with that user, root and cwd "/", an empty descriptor table and umask 0. */
void fs_test_as(uint32_t uid, uint32_t gid, void (*fn)(void));

/* The calls by path, for short tests: 0 or a negative errno. */
int fs_make(const char *path, uint32_t mode); /* by its type bits; regular without */
int fs_symlink(const char *target, const char *path);
int fs_link(const char *old, const char *path);
int fs_remove(const char *path, bool directory);
int fs_rename(const char *old, const char *new_name, uint32_t flags);
int fs_chmod(const char *path, uint32_t mode);
int fs_chown(const char *path, uint32_t uid, uint32_t gid);
int fs_stat(const char *path, struct stat_linux *st); /* follows */
int fs_open(const char *path, uint32_t flags);        /* opens and closes */
/* Mounts a new tmpfs there. */
int fs_mount_tmpfs(const char *path, uint64_t max_bytes, uint32_t flags);
int64_t fs_write(struct file *f, const void *data, size_t n, int64_t pos);
int64_t fs_read(struct file *f, void *data, size_t n, int64_t pos);
struct super *fs_root_super(void);

#endif
