/* devpts.h - the file system on /dev/pts: one node for each pseudo-terminal. */
#ifndef KEVSIM_FS_DEVPTS_H
#define KEVSIM_FS_DEVPTS_H

#include "fs/vfs.h"

/* Boot: registers the file system type. */
void devpts_init(void);
/* The node /dev/pts/INDEX, owned by current: 0 or -ENOMEM. */
int devpts_add(uint32_t index);
void devpts_remove(uint32_t index);
/* The path of that node on the first devpts mount, referenced, for TIOCGPTPEER; -ENOENT. */
int devpts_path(uint32_t index, struct path *out);

#endif
