/* textfs.h - trees that the kernel makes up as they are looked at: the machinery below procfs and sysfs.
 *
 * A tree is described by static tables. A node is a table entry together with what it is about (a process, a
 * descriptor...). Inodes live only while they are used; their numbers are made from the path, so they are stable. */
#ifndef KEVSIM_FS_TEXTFS_H
#define KEVSIM_FS_TEXTFS_H

#include "core/kfmt.h"
#include "fs/file.h"

#define TEXTFS_NAME_MAX 64

struct textfs_entry;

/* What an inode is about. Handlers may look at it, not keep it. */
struct textfs_node {
	const struct textfs_entry *entry;
	int32_t pid, tid; /* 0: nothing of a process */
	int32_t num;      /* a descriptor or whatever the directory counts */
	ktime_t start;    /* when the process began: a pid may come again */
	uint64_t addr[2]; /* an address range (map_files) */
};

/* A directory: fixed names, then names that come and go. */
struct textfs_dir {
	const struct textfs_entry *entries;
	size_t count;
	/* Is name one of the others? Fills out->entry and the rest (before: a copy of dir). 0, -ENOENT. NULL: none. */
	int (*lookup)(const struct textfs_node *dir, const char *name, size_t len, struct textfs_node *out);
	/* The first of the others at or after *cursor: its name, its entry, and *cursor of the one after it. */
	bool (*next)(const struct textfs_node *dir, uint64_t *cursor, char name[TEXTFS_NAME_MAX],
		     const struct textfs_entry **entry);
};

struct textfs_entry {
	const char *name;
	uint32_t mode; /* with the type */
	/* Regular files: the text, made at the first read and again whenever a read starts at 0. 0 or an error. */
	int (*show)(const struct textfs_node *n, struct strbuf *out);
	/* One write(2): text is NUL terminated after len bytes and may be changed. 0 or an error. */
	int (*store)(const struct textfs_node *n, char *text, size_t len);
	/* Links: their text; and where they lead if that is not what the text says. */
	int (*link)(const struct textfs_node *n, struct strbuf *out);
	int (*follow)(const struct textfs_node *n, struct path *out);
	const struct textfs_dir *dir;
	const struct file_ops *fops; /* in place of show and store; textfs_node_of() finds the node */
	/* May current open it? 0 or an error; asked at open. */
	int (*may_open)(const struct textfs_node *n, const struct file *f);
	/* For show and store that many entries share. */
	uint64_t arg;
};

/* What differs between trees. */
struct textfs_hooks {
	/* Is it still there? NULL: always. */
	bool (*alive)(const struct textfs_node *n);
	/* Owner and mode of a node whose process may change them. NULL: root. */
	void (*refresh)(const struct textfs_node *n, struct inode *ino);
	/* Refuses current before the mode bits are asked: 0 or an error. NULL: only those count. */
	int (*permission)(const struct textfs_node *n, uint32_t mask);
};

/* A superblock over the tree. One reference; -ENOMEM. */
int textfs_super_create(const char *type, uint32_t magic, const struct textfs_entry *root,
			const struct textfs_hooks *hooks, struct super **out);
const struct textfs_node *textfs_node_of(const struct inode *ino);

#define TEXTFS_FILE(name_, mode_, show_)                                          \
	{                                                                         \
		.name = (name_), .mode = S_IFREG_LINUX | (mode_), .show = (show_) \
	}
#define TEXTFS_FILE_RW(name_, mode_, show_, store_)                                                  \
	{                                                                                            \
		.name = (name_), .mode = S_IFREG_LINUX | (mode_), .show = (show_), .store = (store_) \
	}
#define TEXTFS_DIR(name_, mode_, dir_)                                          \
	{                                                                       \
		.name = (name_), .mode = S_IFDIR_LINUX | (mode_), .dir = (dir_) \
	}
#define TEXTFS_LINK(name_, link_)                                              \
	{                                                                      \
		.name = (name_), .mode = S_IFLNK_LINUX | 0777, .link = (link_) \
	}

#endif
