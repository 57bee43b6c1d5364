/* open.h - making open file descriptions, inside the VFS; vfs.h declares the calls for everybody. */
#ifndef KEVSIM_FS_OPEN_H
#define KEVSIM_FS_OPEN_H

#include "fs/file.h"

/* An empty description with the modes that flags say and current's credentials; NULL without memory. */
struct file *file_alloc(uint32_t flags);
/* Frees one that was never visible: no release, no notification. */
void file_discard(struct file *f);

/* MAY_* that O_* flags ask for. */
uint32_t open_access(uint32_t flags);
/* vfs_open() with the restrictions of openat2(2): walk_flags are WALK_NO_*, WALK_BENEATH, WALK_IN_ROOT. */
int open_resolve(const struct path *start, const char *name, uint32_t flags, uint32_t mode,
		 uint32_t walk_flags, struct file **out);

#endif
