/* xattr.h - extended attributes in memory (xattr(7)): a list on the inode, with the rules of each name space.
 */
#ifndef KEVSIM_FS_XATTR_H
#define KEVSIM_FS_XATTR_H

#include "fs/vfs.h"

/* For inode_ops: attributes kept in memory. size 0 asks for the length. */
int64_t xattr_generic_get(struct inode *ino, const char *name, void *buf, size_t size);
int xattr_generic_set(struct inode *ino, const char *name, const void *buf, size_t size, int flags);
int64_t xattr_generic_list(struct inode *ino, char *buf, size_t size);
int xattr_generic_remove(struct inode *ino, const char *name);
/* Frees all of an inode's attributes: for inode_put() or destroy. Harmless when there are none. */
void xattr_destroy(struct inode *ino);

/* The calls, with the permission rules of xattr(7) for current; -EOPNOTSUPP where the file system has none.
 */
int64_t xattr_get(struct inode *ino, const char *name, void *buf, size_t size);
int xattr_set(struct inode *ino, const char *name, const void *buf, size_t size, int flags);
int64_t xattr_list(struct inode *ino, char *buf, size_t size);
int xattr_remove(struct inode *ino, const char *name);

#endif
