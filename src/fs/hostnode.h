/* hostnode.h - what an inode of a host tree knows about its counterpart on the host. Private to hosttree.c,
 * hostpages.c and hostbind.c. */
#ifndef KEVSIM_FS_HOSTNODE_H
#define KEVSIM_FS_HOSTNODE_H

#include "core/door.h"
#include "core/rbtree.h"
#include "fs/file.h"
#include "fs/hosttree.h"

#define HOSTTREE_DIRENT_SIZE 20U /* what tmpfs takes off a directory's size for an entry */

/* super->private */
struct hosttree {
	int root; /* number of the tree at the door */
	enum hosttree_mode mode;
};

/* A name of a listed directory that nobody has asked for yet. */
struct host_entry {
	struct rbnode node; /* in host_node.pending, by name */
	size_t len;
	char name[];
};

/* inode->private of directories and regular files that came from the host. */
struct host_node {
	char *path; /* below the tree; "" is the tree itself */
	/* directories */
	bool listed;
	struct rbtree pending;
	/* regular files */
	uint64_t host_ino,
	    host_size;   /* as last seen: another number there means that the file was replaced */
	uint64_t limit;  /* content beyond this is ours, not the host's */
	struct list lru; /* of open handles; empty: none */
	int handle;
	bool handle_writable;
	bool pinned; /* unlinked on the host: the handle must stay */
};

static inline struct hosttree *hosttree_of(const struct inode *ino)
{
	return ino->sb->private;
}

/* --- hosttree.c --- */
struct host_node *host_node_create(char *path); /* takes over path, also on failure; NULL without memory */
/* "dir/name" for kfree(), NULL without memory. */
char *host_child_path(const struct host_node *dir, const char *name, size_t len);
/* Brings a name that exists on the host into memory, as an entry of dir. */
int hosttree_load_name(struct dentry *dir, const char *name, size_t len, struct dentry **out);
int hosttree_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out);
int hosttree_readdir(struct file *f, struct dir_ctx *ctx);
/* Is the directory empty, on the host and in memory? 0, -ENOTEMPTY or an error. */
int hosttree_check_empty(struct dentry *dir);
void hosttree_destroy(struct inode *ino);

/* --- hostpages.c --- */
extern const struct pagecache_ops hostpages_cow_ops, hostpages_rw_ops;
/* An open host file for the node, from the bounded set of them: >= 0, -EIO when the host's file is not the
 * same any more. */
int hostpages_handle(struct inode *ino, bool write);
void hostpages_close(struct host_node *n);
/* The file lost its name on the host: its open handle is kept until the inode goes. */
void hostpages_pin(struct host_node *n);
int hostpages_getattr(struct inode *ino);
/* Makes [off, off + len) read as zeros where the host's content would show through. */
int hostpages_zero(struct inode *ino, uint64_t off, uint64_t len);

/* --- hostbind.c: the operations of HOSTTREE_RW --- */
extern const struct inode_ops hostbind_dir_iops, hostbind_file_iops;
extern const struct file_ops hostbind_file_fops;

#endif
