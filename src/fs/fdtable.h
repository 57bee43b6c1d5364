/* fdtable.h - file descriptor tables, shared by CLONE_FILES. */
#ifndef KEVSIM_FS_FDTABLE_H
#define KEVSIM_FS_FDTABLE_H

#include "core/types.h"

struct file;
struct fdtable;

/* An empty table, or a copy with references of its own on every file; one reference, NULL without memory. */
struct fdtable *fdtable_create(void);
struct fdtable *fdtable_copy(const struct fdtable *t);
struct fdtable *fdtable_get(struct fdtable *t);
void fdtable_put(struct fdtable *t); /* the last one closes everything (lowest first) */
uint32_t fdtable_refs(const struct fdtable *t);

/* All of these work on current->files.
 * The open file of fd without a new reference (valid until current sleeps or closes it), or NULL. O_PATH files too:
 * use fd_file_io() where those must give -EBADF. */
struct file *fd_file(int fd);
struct file *fd_file_io(int fd);
/* With a reference: for calls that may sleep. NULL: -EBADF. */
struct file *fd_get(int fd);
struct file *fd_get_io(int fd);
/* The lowest free descriptor >= min gets f (takes over the reference, also on failure): fd, or -EMFILE / -ENOMEM. */
int fd_install(struct file *f, int min, bool cloexec);
/* dup2/dup3: fd `to` becomes f (takes over the reference); what was there is closed. -EBADF beyond RLIMIT_NOFILE. */
int fd_install_at(struct file *f, int to, bool cloexec);
int fd_close(int fd); /* with POSIX lock release and flush; -EBADF */
int fd_close_range(uint32_t first, uint32_t last, bool set_cloexec_only);
bool fd_cloexec(int fd);
int fd_set_cloexec(int fd, bool on);
void fdtable_close_on_exec(struct fdtable *t);
/* The next used descriptor >= fd of t with its file (not referenced), or -1; for /proc/PID/fd and lock release. */
int fdtable_next(struct fdtable *t, int fd, struct file **f);
uint32_t fdtable_size(const struct fdtable *t); /* FDSize of /proc/PID/status */

#endif
