/* file.h - open file descriptions (open(2)) and their operations. */
#ifndef KEVSIM_FS_FILE_H
#define KEVSIM_FS_FILE_H

#include "fs/iter.h"
#include "fs/poll.h"
#include "fs/vfs.h"

struct mm_map_args;

/* All may be NULL; the result in brackets is then given. Operations that block honour O_NONBLOCK in f->flags and
 * return -EAGAIN, or -ERESTARTSYS when interrupted before anything was moved. */
struct file_ops {
	/* Moves bytes at *pos and advances it. pos is &f->pos, or a private position for pread. Stream files ignore
	 * it. The count, 0 at end of file, or a negative errno. [-EINVAL] */
	int64_t (*read)(struct file *f, struct iov_iter *to, int64_t *pos);
	int64_t (*write)(struct file *f, struct iov_iter *from, int64_t *pos);
	int64_t (*llseek)(struct file *f, int64_t off, int whence);   /* [-ESPIPE] */
	uint32_t (*poll)(struct file *f, struct poll_table *pt);      /* [always readable and writable] */
	int64_t (*ioctl)(struct file *f, uint32_t cmd, uint64_t arg); /* [-ENOTTY] */
	int (*readdir)(struct file *f, struct dir_ctx *ctx);          /* [-ENOTDIR] */
	/* Checks and completes a->pc, a->pgoff, a->file, a->ops... before mm_map(). [-ENODEV] */
	int (*mmap)(struct file *f, struct mm_map_args *a);
	int (*fsync)(struct file *f, bool data_only);                           /* [-EINVAL] */
	int (*fallocate)(struct file *f, int mode, uint64_t off, uint64_t len); /* [-EOPNOTSUPP] */
	int (*flush)(struct file *f);                                           /* at every close(2) [0] */
	void (*release)(struct file *f);                                        /* last reference */
	int (*set_flags)(struct file *f, uint32_t flags); /* F_SETFL is about to set them [0] */
	/* The text of /proc/PID/fd/N for files without a path, e.g. "pipe:[12]". [path] */
	void (*name)(struct file *f, struct strbuf *out);
	/* Additional lines of /proc/PID/fdinfo/N. */
	void (*fdinfo)(struct file *f, struct strbuf *out);
	bool stream; /* no position: pread and pwrite give -ESPIPE */
};

struct file {
	uint32_t refs;
	uint32_t flags; /* O_*_LINUX without creation flags */
	bool readable, writable;
	int64_t pos;
	struct path path;    /* dentry NULL for anonymous files */
	struct inode *inode; /* referenced; anonymous files have one of their own (anon_inodefs, pipefs...) */
	const struct file_ops *ops;
	struct cred *cred; /* of the opener */
	void *private;
	struct list epoll_links; /* who watches it: fs/epoll.c */
	int32_t owner_pid;       /* F_SETOWN: > 0 process, < 0 group */
	int32_t owner_signal;    /* F_SETSIG */
	int32_t owner_type;      /* F_OWNER_*_LINUX of F_SETOWN_EX */
	bool write_access;       /* counted in inode->write_count */
	bool is_exec;            /* holds writers off: vfs_open_exec() */
	bool noctty;             /* opened with O_NOCTTY */
	int64_t dir_end;         /* directories: entries from here on appeared while it was being read */
};

/* A file on an inode without a name (takes over the inode reference). One reference; NULL without memory. */
struct file *file_create(struct inode *ino, const struct file_ops *ops, uint32_t flags, void *private);
/* The same on a fresh inode of the anonymous file system, shown as "anon_inode:[name]". */
struct file *file_create_anon(const char *name, const struct file_ops *ops, uint32_t flags, void *private);
/* A path for any file, referenced: its own, or one made up for a file without a name, so that /proc/PID/fd/N can be
 * followed to pipes and memfds. -ENOMEM. */
int file_path(struct file *f, struct path *out);
/* What /proc/PID/fd/N shows for any file: its path, ops->name or "anon_inode:[name]". */
void file_name(struct file *f, struct strbuf *out);
uint64_t file_count(void); /* open file descriptions, for /proc/sys/fs/file-nr */
struct file *file_get(struct file *f);
void file_put(struct file *f);

/* read(2)/write(2) on an open file with a position: mode checks and notification. RLIMIT_FSIZE and the access time are
 * the file system's. */
int64_t file_read(struct file *f, struct iov_iter *to, int64_t *pos);
int64_t file_write(struct file *f, struct iov_iter *from, int64_t *pos);
/* Kernel buffer forms (exec, procfs, boot). */
int64_t file_read_kernel(struct file *f, void *buf, size_t n, uint64_t off);

/* Generic operations over the inode's page cache (tmpfs, host files). */
int64_t generic_file_read(struct file *f, struct iov_iter *to, int64_t *pos);
int64_t generic_file_write(struct file *f, struct iov_iter *from, int64_t *pos);
int64_t generic_file_llseek(struct file *f, int64_t off, int whence); /* with SEEK_DATA and SEEK_HOLE */
/* Truncation of a page cache file: seals, zeroed tail, pages gone, size set. The times are the caller's. */
int generic_truncate(struct inode *ino, uint64_t size);
int generic_file_fallocate(struct file *f, int mode, uint64_t off, uint64_t len);
int generic_file_fsync(struct file *f, bool data_only);
/* RLIMIT_FSIZE for a write of n bytes at pos: how many may be written, or -EFBIG after SIGXFSZ. */
int64_t generic_write_limit(uint64_t pos, uint64_t n);
int generic_file_mmap(struct file *f, struct mm_map_args *a);

/* VMA operations that hold a reference on vma->file (used by every mmap operation). */
extern const struct vma_ops file_vma_ops;

#endif
