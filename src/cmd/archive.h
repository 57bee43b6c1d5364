/* archive.h - a root file system out of an archive (libarchive). */
#ifndef KEVSIM_CMD_ARCHIVE_H
#define KEVSIM_CMD_ARCHIVE_H

#include "core/types.h"

struct archive_root;

/* Opens the file and reads its first header. Ends kevsim with a message when it is not a readable archive. */
struct archive_root *archive_root_open(const char *path);
/* Adds every member to the kernel's empty root (boot_archive_entry()). 0, or a negative errno with
 * archive_root_error() telling the reason. arg is the struct archive_root. */
int archive_root_fill(void *arg);
/* The file, the member and what went wrong; NULL when nothing did. */
const char *archive_root_error(const struct archive_root *ar);
/* The content of a small member, such as etc/passwd, NUL terminated (free() it); NULL if there is none. Reads
 * the archive on its own. */
char *archive_root_read(const char *path, const char *member);
void archive_root_close(struct archive_root *ar);

#endif
