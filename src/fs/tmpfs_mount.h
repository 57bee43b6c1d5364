/* tmpfs_mount.h - the options of a tmpfs mount (tmpfs(5)). */
#ifndef KEVSIM_FS_TMPFS_MOUNT_H
#define KEVSIM_FS_TMPFS_MOUNT_H

#include "core/types.h"

struct tmpfs_options {
	uint64_t max_pages, max_inodes; /* 0: no limit */
	uint32_t mode, uid, gid;
};

/* Reads "size=10m,mode=700,...", changing only what is named. -EINVAL. */
int tmpfs_options_parse(struct tmpfs_options *o, const char *data);

#endif
