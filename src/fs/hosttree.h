/* hosttree.h - a directory tree of the host as a file system (--root DIR, --bind HOST:GUEST[:rw]). */
#ifndef KEVSIM_FS_HOSTTREE_H
#define KEVSIM_FS_HOSTTREE_H

#include "fs/vfs.h"

enum hosttree_mode {
	HOSTTREE_COW, /* changes stay in memory; the host is only read */
	HOSTTREE_RO,  /* every change gives -EROFS */
	HOSTTREE_RW,  /* changes are written through to the host */
};

/* A file system over tree number host_root of the door: the super with one reference, not yet mounted. A tree
 * that is a single file has that file as its root. Errors of the host's stat, -ENOMEM. */
int hosttree_super_create(int host_root, enum hosttree_mode mode, struct super **out);

#endif
