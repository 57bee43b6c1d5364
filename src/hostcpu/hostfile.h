/* hostfile.h - files of the host below the roots that the user handed over, and nothing else. */
#ifndef KEVSIM_HOSTCPU_HOSTFILE_H
#define KEVSIM_HOSTCPU_HOSTFILE_H

#include "core/door.h"

/* Opens the roots by number; writable[i]: the user said :rw. 0, or -1 with a reason in err and nothing left open. */
int hostfile_roots_open(const char *const *paths, const bool *writable, size_t n, char *err, size_t errlen);
void hostfile_roots_close(void);

/* The rows of the same names in door.def. */
int hostfile_stat(int root, const char *path, struct host_stat *st);
int hostfile_list(int root, const char *path, int (*emit)(void *arg, const char *name, uint8_t dtype),
		  void *arg);
int64_t hostfile_readlink(int root, const char *path, char *buf, size_t n);
int hostfile_open(int root, const char *path, uint32_t flags, uint32_t mode);
void hostfile_close(int handle);
int64_t hostfile_pread(int handle, void *buf, size_t n, uint64_t off);
int64_t hostfile_pwrite(int handle, const void *buf, size_t n, uint64_t off);
int hostfile_truncate(int handle, uint64_t size);
int hostfile_mkdir(int root, const char *path, uint32_t mode);
int hostfile_remove(int root, const char *path, bool directory);
int hostfile_rename(int root, const char *from, const char *to);
int hostfile_symlink(int root, const char *path, const char *target);
int hostfile_chmod(int root, const char *path, uint32_t mode);

#endif
