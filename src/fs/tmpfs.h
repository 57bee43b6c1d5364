/* tmpfs.h - files in memory (tmpfs(5)): content is pinned page cache, directory entries are pinned dentries.
 */
#ifndef KEVSIM_FS_TMPFS_H
#define KEVSIM_FS_TMPFS_H

#include "fs/vfs.h"

/* Boot: registers the file system types tmpfs and ramfs for mount(2). */
void tmpfs_init(void);
/* A new, empty tree whose root directory has the permissions mode, owned by root. max_bytes and max_inodes: 0
 * is no limit. *out has one reference. -ENOMEM. */
int tmpfs_super_create(uint64_t max_bytes, uint64_t max_inodes, uint32_t mode, struct super **out);
/* A regular file of sb without a name (nlink 0), one reference; NULL without memory. For memfd and shared
 * memory. */
struct inode *tmpfs_inode_create(struct super *sb, uint32_t mode);

/* The operations of regular files, directories and symbolic links, for trees that add their own content. */
extern const struct inode_ops tmpfs_file_iops, tmpfs_dir_iops, tmpfs_symlink_iops, tmpfs_special_iops;
extern const struct file_ops tmpfs_file_fops, tmpfs_dir_fops;
extern const struct pagecache_ops tmpfs_pagecache_ops; /* charges pages to the superblock's limit */

#endif
