/* memfd.h - files in memory without a name (memfd_create(2)), file seals (fcntl(2)), and shared anonymous
 * memory. */
#ifndef KEVSIM_FS_MEMFD_H
#define KEVSIM_FS_MEMFD_H

#include "fs/file.h"

/* Boot: the hidden file system they live on. */
void memfd_init(void);
void memfd_shutdown(void);
/* name is without the prefix "memfd:". flags: MFD_*. Read-write, offset 0. */
int memfd_open(const char *name, uint32_t flags, struct file **out);
/* A file of that size for MAP_SHARED | MAP_ANONYMOUS and friends; shown as "/NAME (deleted)". Not sealable.
 */
int memfd_shmem_create(const char *name, uint64_t size, struct file **out);
/* F_ADD_SEALS, F_GET_SEALS: -EINVAL when f has no seals, -EPERM, -EBUSY. */
int64_t memfd_add_seals(struct file *f, uint32_t seals);
int64_t memfd_get_seals(struct file *f);

#endif
