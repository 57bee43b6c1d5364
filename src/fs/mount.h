/* mount.h - boot and end of the mount tree; the rest of mount.c is declared in vfs.h. */
#ifndef KEVSIM_FS_MOUNT_H
#define KEVSIM_FS_MOUNT_H

#include "fs/vfs.h"

/* The flags a mount keeps; the others of mount(2) say what to do. */
#define MOUNT_FLAGS                                                                                    \
	(MS_RDONLY_LINUX | MS_NOSUID_LINUX | MS_NODEV_LINUX | MS_NOEXEC_LINUX | MS_NOSYMFOLLOW_LINUX | \
	 MS_NOATIME_LINUX | MS_NODIRATIME_LINUX | MS_STRICTATIME_LINUX | MS_RELATIME_LINUX)

void mount_init(void);
void mount_shutdown(void);
/* A mount outside the tree, for paths of files without a name: never shown, never unmounted. NULL without
 * memory. */
struct mount *mount_create_hidden(struct super *sb);
extern struct mount *mount_anon; /* the one of super_anon */

#endif
