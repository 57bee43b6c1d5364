/* vfs.h - the virtual file system: superblocks, inodes, dentries, mounts and path walking (path_resolution(7)).
 *
 * Reference rules. A dentry holds its inode and its parent; an open file holds its path (mount + dentry); a mount holds
 * its superblock and its place. A dentry with no user goes away with its last reference (procfs) unless its file system
 * pinned it with dentry_pin() (tmpfs: the pinned dentry is the directory entry itself); dentry_unlink() and the end of
 * the superblock take the pin off. Negative dentries are not kept. All names are bytes, at most NAME_MAX. Everything is
 * owned by the kernel's single thread of control; an operation may sleep only where its comment says so. */
#ifndef KEVSIM_FS_VFS_H
#define KEVSIM_FS_VFS_H

#include "core/cred.h"
#include "core/list.h"
#include "core/types.h"
#include "core/waitq.h"
#include "fs/abi_fs.h"
#include "mm/pagecache.h"

#define NAME_MAX 255
#define PATH_MAX 4096
#define SYMLINK_DEPTH_MAX 40

struct inode;
struct dentry;
struct mount;
struct super;
struct file;
struct file_ops;
struct iov_iter;
struct strbuf;

struct path {
	struct mount *mnt;
	struct dentry *dentry;
};

/* Attributes to change (setattr); valid is a set of enum attr_bit. */
enum attr_bit {
	ATTR_MODE = 1,
	ATTR_UID = 2,
	ATTR_GID = 4,
	ATTR_SIZE = 8,
	ATTR_ATIME = 16,
	ATTR_MTIME = 32,
	ATTR_CTIME = 64,
	ATTR_TIMES_NOW =
	    128, /* utime(NULL): who may write may do it; the times are in atime and mtime all the same */
	ATTR_FORCE = 256, /* no permission check: truncation of a file open for writing */
};
struct iattr {
	uint32_t valid;
	uint32_t mode, uid, gid;
	uint64_t size;
	int64_t atime, mtime, ctime; /* wall ns */
};

/* Directory listing: the file system calls emit for each entry from ctx->pos on (0 and 1 are "." and ".."), which
 * returns false when the buffer is full (the entry was not taken). pos after the call is where to go on. */
struct dir_ctx {
	int64_t pos;
	bool (*emit)(struct dir_ctx *ctx, const char *name, size_t len, uint64_t ino, uint8_t dtype,
		     int64_t next_pos);
};

/* All may be NULL where the default in brackets is right. dir is always a directory; permission was checked. */
struct inode_ops {
	/* Finds name in dir: *out gets the dentry with a reference, made with dentry_add(). 0, -ENOENT or an error. */
	int (*lookup)(struct dentry *dir, const char *name, size_t len, struct dentry **out);
	/* d was found in memory: is it still right? If not it is dropped and lookup is asked. [yes] */
	bool (*revalidate)(struct dentry *d);
	/* Regular files, directories, devices, FIFOs and sockets, by the type bits of mode [-EACCES, -EPERM] */
	int (*create)(struct dentry *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
		      struct dentry **out);
	int (*symlink)(struct dentry *dir, const char *name, size_t len, const char *target,
		       struct dentry **out);
	/* A regular file without a name (O_TMPFILE), nlink 0 [-EOPNOTSUPP] */
	int (*tmpfile)(struct dentry *dir, uint32_t mode, struct inode **out);
	int (*link)(struct dentry *old, struct dentry *dir, const char *name, size_t len);
	int (*unlink)(struct dentry *dir, struct dentry *victim); /* not a directory [-EROFS] */
	int (*rmdir)(struct dentry *dir, struct dentry *victim);  /* checks emptiness */
	/* flags: RENAME_*_LINUX. target is the existing dentry or NULL. Checks were made (types, emptiness is not). */
	int (*rename)(struct dentry *old_dir, struct dentry *old, struct dentry *new_dir, const char *name,
		      size_t len, struct dentry *target, uint32_t flags);
	/* The text of a link into buf (not terminated): its length. */
	int64_t (*readlink)(struct dentry *d, char *buf, size_t n);
	/* Magic links of procfs: the object itself, in place of the text. Returns 0 and a referenced path. */
	int (*follow)(struct dentry *d, struct path *out);
	int (*setattr)(struct dentry *d, const struct iattr *a); /* [changes the inode's fields] */
	/* Refreshes the inode's fields (sizes and times from elsewhere). [nothing] */
	int (*getattr)(struct inode *ino);
	int (*permission)(struct inode *ino, uint32_t mask); /* MAY_* [mode bits and capabilities] */
	/* Opens: may set f->private, replace f->ops. [nothing]. May sleep (FIFO). */
	int (*open)(struct inode *ino, struct file *f);
	int64_t (*getxattr)(struct inode *ino, const char *name, void *buf, size_t size);
	int (*setxattr)(struct inode *ino, const char *name, const void *buf, size_t size, int flags);
	int64_t (*listxattr)(struct inode *ino, char *buf, size_t size);
	int (*removexattr)(struct inode *ino, const char *name);
	/* The last reference went: free what private holds (the page cache is freed by the caller). */
	void (*destroy)(struct inode *ino);
};

struct inode {
	uint32_t refs;
	uint64_t ino;
	uint32_t mode; /* type and permissions */
	uint32_t uid, gid, nlink;
	uint64_t rdev; /* as st_rdev: makedev_linux() */
	uint64_t size;
	uint64_t blocks;                    /* 512-byte units, kept by the file system */
	int64_t atime, mtime, ctime, btime; /* wall ns */
	uint64_t version;                   /* counts changes of content, for statx and caches */
	struct super *sb;
	const struct inode_ops *ops;
	const struct file_ops *fops;
	struct pagecache pc; /* regular files */
	struct list sb_node;
	struct list locks; /* struct file_lock: POSIX, OFD and flock (fs/locks.c) */
	struct waitq lock_wait;
	struct list watches;  /* inotify */
	struct list dentries; /* struct dentry.alias_node */
	void *pipe;           /* FIFO: fs/pipe.c */
	void *xattrs;         /* fs/xattr.c */
	int32_t write_count;  /* opens for writing; < 0: denied (executed: ETXTBSY) */
	uint32_t seals;       /* memfd */
	bool linkable;        /* O_TMPFILE without O_EXCL: linkat(2) may name it although nlink is 0 */
	void *private;
};

struct dentry {
	uint32_t refs;
	struct dentry *parent; /* itself for a root */
	struct inode *inode;
	struct super *sb;
	struct list sibling, children; /* children in order of creation */
	struct list hash_node;
	struct list alias_node;
	int64_t dir_pos;  /* stable position in its directory, increasing; for readdir */
	int64_t next_pos; /* of a directory: dir_pos of the next child */
	uint32_t mounts;  /* mounts on it */
	bool unlinked;
	bool pinned; /* its file system holds a reference: dentry_pin() */
	uint32_t hash;
	uint16_t name_len;
	char *name; /* owned, NUL terminated */
};

struct super_ops {
	void (*statfs)(struct super *sb, struct statfs_linux *st);
	void (*shutdown)(struct super *sb); /* the last reference went, the tree is gone: free private */
	int (*sync)(struct super *sb);
	int (*remount)(struct super *sb, uint32_t flags,
		       const char *data); /* mount options changed [nothing] */
	void (*show_options)(struct super *sb,
			     struct strbuf *out); /* ",size=4k" for /proc/mounts [nothing] */
};

struct super {
	uint32_t refs; /* mounts and owners; inodes alone do not keep a superblock alive */
	bool dead;
	uint64_t dev;     /* st_dev */
	const char *type; /* "tmpfs", "proc"... */
	uint32_t magic;
	uint32_t flags; /* MS_RDONLY_LINUX */
	const struct super_ops *ops;
	struct dentry *root;
	struct list inodes;
	struct list node; /* all superblocks */
	uint64_t next_ino;
	uint64_t max_pages, used_pages; /* size limit, 0: none */
	uint64_t max_inodes, used_inodes;
	void *private;
};

struct mount {
	uint32_t refs;
	uint32_t id;
	struct mount *parent;      /* NULL: the root mount */
	struct dentry *mountpoint; /* in parent */
	struct super *sb;
	struct dentry *root;
	uint32_t flags; /* MS_*_LINUX: RDONLY, NOSUID, NODEV, NOEXEC, NOATIME */
	char *source;
	struct list node;                 /* all mounts, in mount order */
	struct list hash_node;            /* by (parent, mountpoint) */
	struct list children, child_node; /* mounts on this one */
	struct mount *copy;               /* during a recursive bind */
	bool attached;                    /* part of the tree; false after umount2(MNT_DETACH) */
	bool expiring;                    /* umount2(MNT_EXPIRE) was here once */
	bool unbindable;
};

void vfs_init(void);
/* Takes the whole mount tree down and frees what vfs_init() made; every file must be closed. */
void vfs_shutdown(void);

/* --- objects --- */
/* With one reference for the caller and a device number of its own; NULL without memory. The caller sets root. */
struct super *super_create(const char *type, uint32_t magic, const struct super_ops *ops);
struct super *super_get(struct super *sb);
/* The last one drops the tree below root (pins included) and calls ops->shutdown. */
void super_put(struct super *sb);
/* A new inode with one reference and the next number of sb; times are now. */
struct inode *inode_create(struct super *sb, uint32_t mode);
struct inode *inode_get(struct inode *i);
void inode_put(struct inode *i);
/* Adds an entry for inode (takes over its reference) below parent (NULL: a root); one reference for the caller.
 * NULL without memory (the inode reference is dropped). */
struct dentry *dentry_add(struct dentry *parent, const char *name, size_t len, struct inode *inode);
/* The entry of that name that is already in memory, with a reference, or NULL. */
struct dentry *dentry_find(struct dentry *parent, const char *name, size_t len);
struct dentry *dentry_get(struct dentry *d);
void dentry_put(struct dentry *d);
/* The file system keeps the entry: one reference that dentry_unlink() and the superblock's end drop. */
void dentry_pin(struct dentry *d);
/* Takes it out of its directory (unlink, rmdir) and drops its pin: the name is free at once; the dentry lives while it
 * is used. The caller holds a reference. */
void dentry_unlink(struct dentry *d);
/* A new place and name. -ENOMEM: nothing changed. */
int dentry_move(struct dentry *d, struct dentry *new_parent, const char *name, size_t len);
/* Two entries change places (RENAME_EXCHANGE). */
void dentry_exchange(struct dentry *a, struct dentry *b);
/* An entry that never was in a directory: O_TMPFILE (name "#ino", below dir) or, with dir NULL, the path of a file
 * without a name. Takes over the inode reference. */
struct dentry *dentry_add_unlinked(struct dentry *dir, struct inode *inode);
/* Is d the same as or below ancestor, within one superblock? */
bool dentry_is_below(const struct dentry *d, const struct dentry *ancestor);
bool dentry_has_children(const struct dentry *d);
/* readdir and llseek of directories whose children are all in memory (file_ops of tmpfs-like trees). */
int dentry_readdir(struct file *f, struct dir_ctx *ctx);
int64_t dentry_dir_llseek(struct file *f, int64_t off, int whence);
/* A dentry or mount of NULL is passed over. */
void path_get(const struct path *p);
void path_put(const struct path *p);

/* --- mounts --- */
/* Mounts sb's root (or subtree `root`, NULL: all) on `where` (NULL: as the root of everything). Takes references of its
 * own on sb and root. *out (may be NULL) is not referenced. */
int mount_add(struct super *sb, struct dentry *root, const struct path *where, uint32_t flags,
	      const char *source, struct mount **out);
int mount_remove(struct mount *m,
		 bool force); /* -EBUSY; force: with everything below, at once (MNT_DETACH) */
/* MS_BIND: `from` shows at `where` as well; recursive: with the mounts below it. */
int mount_add_bind(const struct path *from, const struct path *where, bool recursive);
struct mount *mount_next(struct mount *m); /* iteration, NULL starts */
struct mount *mount_root(void);
struct mount *mount_get(struct mount *m);
void mount_put(struct mount *m);
/* The mount on top of p, or NULL. */
struct mount *mount_on(const struct path *p);
/* Descends into whatever is mounted on *p (references move along). True if it did. */
bool mount_follow_down(struct path *p);
bool mount_has_children(const struct mount *m);
/* -EROFS when p cannot be written: read-only mount or superblock. */
int mount_want_write(const struct path *p);
/* MS_MOVE; the checks are mount(2)'s. */
void mount_move(struct mount *m, const struct path *where);
/* pivot_root(2) on the tree: new_root's mount becomes what the root mount is, which goes to put_old. */
void mount_pivot(struct mount *new_root, struct mount *old_root, const struct path *put_old);
/* "rw,relatime" and the file system's own options, for /proc/PID/mounts. */
void mount_show_options(const struct mount *m, struct strbuf *out);
/* Adds a kind of file system for mount(2) and /proc/filesystems. */
struct fs_type {
	const char *name;
	bool nodev;
	/* *out gets a reference, which mount(2) puts after mount_add(). */
	int (*mount)(const char *source, const char *data, uint32_t flags, struct super **out);
	struct list node;
};
void fs_type_register(struct fs_type *t);
struct fs_type *fs_type_find(const char *name);
struct fs_type *fs_type_next(struct fs_type *t);

/* --- walking --- */
enum walk_flag {
	WALK_FOLLOW = 1,    /* follow a link in the last component */
	WALK_PARENT = 2,    /* stop at the last component: its directory and name */
	WALK_DIRECTORY = 4, /* the result must be a directory */
	WALK_EMPTY = 8,     /* "" means the start itself (AT_EMPTY_PATH) */
	/* openat2(2) */
	WALK_NO_SYMLINKS = 16,
	WALK_NO_MAGICLINKS = 32,
	WALK_NO_XDEV = 64,
	WALK_BENEATH = 128,
	WALK_IN_ROOT = 256,
};
/* Walks a kernel string from `start` (NULL: cwd of current). *out is referenced. Errors as path_resolution(7). */
int vfs_walk(const struct path *start, const char *name, uint32_t flags, struct path *out);
/* The last component of a WALK_PARENT walk: last points into name. trailing slashes are counted off; "." and ".." are
 * left to the caller. */
int vfs_walk_parent(const struct path *start, const char *name, struct path *dir, const char **last,
		    size_t *last_len, bool *trailing_slash);
/* The same from a directory descriptor and a guest string, as the *at calls take them. at_flags: AT_*_LINUX. */
int vfs_walk_at(int dirfd, uaddr_t name, uint32_t walk_flags, struct path *out);
/* The absolute name of p below current's root (or "(unreachable)..."); deleted entries get " (deleted)". The text is
 * at the end of buf; returns its start, or NULL when it does not fit. */
char *vfs_path_text(const struct path *p, char *buf, size_t size);

#define MAY_EXEC 1
#define MAY_WRITE 2
#define MAY_READ 4
/* For current's fsuid, fsgid and capabilities: 0, -EACCES, or -EROFS (superblock; a read-only mount is the caller's:
 * mount_want_write()). */
int vfs_permission(struct inode *ino, uint32_t mask);
int vfs_permission_cred(struct inode *ino, uint32_t mask,
			const struct cred *cred);   /* cred NULL: the kernel itself */
bool vfs_capable(enum cap cap);                     /* current; true for the kernel itself (boot) */
bool vfs_owner_or_capable(const struct inode *ino); /* owner or CAP_FOWNER */
/* May current delete or rename victim in dir (sticky directories)? */
int vfs_may_delete(struct inode *dir, struct inode *victim);

/* --- operations on names, used by system calls, boot and tests. Paths by walk; all errors negative. --- */
/* flags: O_*_LINUX; mode after umask. */
int vfs_open(const struct path *start, const char *name, uint32_t flags, uint32_t mode, struct file **out);
int vfs_open_path(const struct path *p, uint32_t flags, struct file **out); /* with the same checks */
/* exec: a regular file that current may execute, opened for the kernel's reading and denied to writers until
 * vfs_close_exec() or, when the file stays in use as mm->exe_file, until then. -EACCES, -ETXTBSY... */
int vfs_open_exec(const struct path *start, const char *name, uint32_t walk_flags, struct file **out);
void vfs_close_exec(struct file *f); /* allows writers again and puts the file */
/* -ETXTBSY while somebody writes (exec) or executes (open for writing). */
int inode_deny_write(struct inode *ino);
void inode_allow_write(struct inode *ino);
int vfs_create(struct dentry *dir, struct mount *mnt, const char *name, size_t len, uint32_t mode,
	       uint64_t rdev, struct dentry **out);
int vfs_symlink(struct dentry *dir, struct mount *mnt, const char *name, size_t len, const char *target);
int vfs_unlink(const struct path *dir, const char *name, size_t len, bool directory);
int vfs_rename(const struct path *old_dir, const char *old, size_t old_len, const struct path *new_dir,
	       const char *new_name, size_t new_len, uint32_t flags);
int vfs_link(const struct path *old, const struct path *dir, const char *name, size_t len);
int vfs_setattr(const struct path *p, const struct iattr *a); /* checks ownership */
/* The default of inode_ops.setattr, for file systems that add to it: copies the valid fields (not the size). */
void inode_apply_attr(struct inode *ino, const struct iattr *a);
/* Owner, group (set-group-id directories) and mode of a new inode in dir, for current. */
void inode_init_owner(struct inode *ino, const struct inode *dir, uint32_t mode);
/* Drops set-user-id and set-group-id after a write by somebody without CAP_FSETID. */
void inode_drop_privileges(struct inode *ino);
/* A read happened: relatime rules, O_NOATIME and noatime mounts. */
void file_accessed(struct file *f);
int vfs_truncate(const struct path *p, uint64_t size);
void vfs_stat(const struct path *p, struct stat_linux *st);
void inode_stat(struct inode *ino, struct stat_linux *st);
/* Sets times to now (wall clock): which is a set of ATTR_ATIME | ATTR_MTIME | ATTR_CTIME. */
void inode_touch(struct inode *ino, uint32_t which);
/* mkdir -p for boot, and a file with content. */
int vfs_mkdirs(const char *path, uint32_t mode);
int vfs_write_file(const char *path, const void *data, size_t n, uint32_t mode);

/* Notification hook (inotify): event IN_*_LINUX on inode `ino` or on the child `name` of directory `dir`. */
void fsnotify(struct inode *dir, struct inode *ino, uint32_t event, const char *name, uint32_t cookie);
void fsnotify_dentry(struct dentry *d, uint32_t event); /* the inode itself and its parent directory */
void fsnotify_inode_gone(struct inode *ino);

#endif
