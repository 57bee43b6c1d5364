/* noseek.h - lseek(2) for files without a position that succeeds and does nothing (eventfd, epoll,
 * inotify...). */
#ifndef KEVSIM_FS_NOSEEK_H
#define KEVSIM_FS_NOSEEK_H

#include "fs/file.h"

int64_t noseek_llseek(struct file *f, int64_t off, int whence);

#endif
