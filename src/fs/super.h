/* super.h - superblocks beyond vfs.h: iteration, and inode matters shared inside the VFS. */
#ifndef KEVSIM_FS_SUPER_H
#define KEVSIM_FS_SUPER_H

#include "fs/vfs.h"

void super_init(void);
/* All superblocks in order of creation; NULL starts. */
struct super *super_next(struct super *sb);
/* Writes dirty pages of every inode back and calls ops->sync. First error or 0. */
int super_sync(struct super *sb);
/* statfs(2) of a mounted file system: the file system's numbers and the mount's flags. */
void super_statfs(struct super *sb, const struct mount *mnt, struct statfs_linux *st);
/* inode_put() freed an inode of sb: a dead superblock goes with the last one. */
void super_inode_gone(struct super *sb);

/* The hidden superblock of files without a name, made by vfs_init(). */
extern struct super *super_anon;

/* inode.c: the access time after following or reading ino through mnt (may be NULL). */
void inode_accessed(struct inode *ino, const struct mount *mnt);
/* The set-id bits that a write or chown takes away. */
uint32_t inode_privileges_lost(const struct inode *ino);

#endif
