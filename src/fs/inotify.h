/* inotify.h - file system events as a file (inotify(7)). The hooks that produce events, fsnotify*(), are
 * declared in vfs.h and live in inotify.c. */
#ifndef KEVSIM_FS_INOTIFY_H
#define KEVSIM_FS_INOTIFY_H

#include "fs/file.h"

#define INOTIFY_MAX_QUEUED_EVENTS 16384U
#define INOTIFY_MAX_USER_INSTANCES 128U
#define INOTIFY_MAX_USER_WATCHES 65536U

/* flags: O_NONBLOCK. -EMFILE beyond the user's limit of instances. */
int inotify_create(uint32_t flags, struct file **out);
bool inotify_is_file(const struct file *f);
/* Adds or changes the watch on ino: its descriptor >= 1, or -EEXIST (IN_MASK_CREATE), -ENOSPC, -ENOMEM. */
int inotify_add(struct file *f, struct inode *ino, uint32_t mask);
/* -EINVAL when there is no such watch. */
int inotify_remove(struct file *f, int wd);
/* A super goes away: its inodes' watches get IN_UNMOUNT and IN_IGNORED. */
void inotify_unmount(struct super *sb);
/* A fresh cookie that ties IN_MOVED_FROM to IN_MOVED_TO; never 0. */
uint32_t inotify_cookie(void);

#endif
