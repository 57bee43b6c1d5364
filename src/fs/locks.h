/* locks.h - record locks (POSIX and open file description) and flock(2) locks, advisory, per inode. */
#ifndef KEVSIM_FS_LOCKS_H
#define KEVSIM_FS_LOCKS_H

#include "fs/file.h"

struct fdtable;

/* fcntl(2) F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ forms. f is referenced by the caller (it may sleep).
 */
int64_t locks_fcntl(struct file *f, int fd, int cmd, uaddr_t arg);
/* flock(2): op is LOCK_SH, LOCK_EX or LOCK_UN, with LOCK_NB. */
int locks_flock(struct file *f, int op);
/* A descriptor of ino was closed in `owner`: its POSIX locks there go, all of them (fcntl(2)). */
void locks_release_posix(struct inode *ino, struct fdtable *owner);
/* The last reference of f: its OFD and flock locks go. */
void locks_release_file(struct file *f);
/* The text of /proc/locks. */
void locks_show(struct strbuf *out);

#endif
