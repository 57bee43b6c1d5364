/* dentry.h - boot of the entry hash; the rest of dentry.c is declared in vfs.h. */
#ifndef KEVSIM_FS_DENTRY_H
#define KEVSIM_FS_DENTRY_H

void dentry_init(void);

#endif
