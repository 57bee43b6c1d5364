/* names.h - flags of vfs_rename() beyond RENAME_*_LINUX; the functions are declared in vfs.h. */
#ifndef KEVSIM_FS_NAMES_H
#define KEVSIM_FS_NAMES_H

#include "fs/vfs.h"

#define RENAME_FLAGS (RENAME_NOREPLACE_LINUX | RENAME_EXCHANGE_LINUX | RENAME_WHITEOUT_LINUX)
/* The names had trailing slashes: they must be directories. */
#define RENAME_OLD_SLASH 0x100U
#define RENAME_NEW_SLASH 0x200U

#endif
