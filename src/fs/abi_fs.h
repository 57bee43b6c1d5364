/* abi_fs.h - guest ABI of files: flags and structures of open(2), stat(2), fcntl(2), mount(2), inotify(7) and their
 * relatives, as x86-64 Linux lays them out. LEAVES OUT: epoll, eventfd, timerfd, signalfd and splice, which have
 * headers of their own. */
#ifndef KEVSIM_FS_ABI_FS_H
#define KEVSIM_FS_ABI_FS_H

#include "core/abi_resource.h"
#include "core/types.h"

/* --- open(2) ------------------------------------------------------------------------------------------------------ */
#define O_ACCMODE_LINUX 00000003U
#define O_RDONLY_LINUX 00000000U
#define O_WRONLY_LINUX 00000001U
#define O_RDWR_LINUX 00000002U
#define O_CREAT_LINUX 00000100U
#define O_EXCL_LINUX 00000200U
#define O_NOCTTY_LINUX 00000400U
#define O_TRUNC_LINUX 00001000U
#define O_APPEND_LINUX 00002000U
#define O_NONBLOCK_LINUX 00004000U
#define O_DSYNC_LINUX 00010000U
#define O_ASYNC_LINUX 00020000U
#define O_DIRECT_LINUX 00040000U
#define O_LARGEFILE_LINUX 00100000U
#define O_DIRECTORY_LINUX 00200000U
#define O_NOFOLLOW_LINUX 00400000U
#define O_NOATIME_LINUX 01000000U
#define O_CLOEXEC_LINUX 02000000U
#define O_SYNC_LINUX 04010000U
#define O_PATH_LINUX 010000000U
#define O_TMPFILE_BIT_LINUX 020000000U /* __O_TMPFILE */
#define O_TMPFILE_LINUX (O_TMPFILE_BIT_LINUX | O_DIRECTORY_LINUX)
/* Flags open(2) looks at; it drops the others silently, openat2(2) refuses them. */
#define O_VALID_LINUX                                                                                       \
	(O_ACCMODE_LINUX | O_CREAT_LINUX | O_EXCL_LINUX | O_NOCTTY_LINUX | O_TRUNC_LINUX | O_APPEND_LINUX | \
	 O_NONBLOCK_LINUX | O_SYNC_LINUX | O_ASYNC_LINUX | O_DIRECT_LINUX | O_LARGEFILE_LINUX |             \
	 O_TMPFILE_LINUX | O_NOFOLLOW_LINUX | O_NOATIME_LINUX | O_CLOEXEC_LINUX | O_PATH_LINUX)
/* Flags that act at open time and are not kept in the open file description. */
#define O_CREATION_LINUX (O_CREAT_LINUX | O_EXCL_LINUX | O_NOCTTY_LINUX | O_TRUNC_LINUX | O_CLOEXEC_LINUX)
/* Flags fcntl(F_SETFL) may change. */
#define O_SETFL_LINUX (O_APPEND_LINUX | O_NONBLOCK_LINUX | O_ASYNC_LINUX | O_DIRECT_LINUX | O_NOATIME_LINUX)

/* openat2(2) */
struct open_how_linux {
	uint64_t flags, mode, resolve;
};
_Static_assert(sizeof(struct open_how_linux) == 24, "struct open_how");
#define RESOLVE_NO_XDEV_LINUX 0x01U
#define RESOLVE_NO_MAGICLINKS_LINUX 0x02U
#define RESOLVE_NO_SYMLINKS_LINUX 0x04U
#define RESOLVE_BENEATH_LINUX 0x08U
#define RESOLVE_IN_ROOT_LINUX 0x10U
#define RESOLVE_CACHED_LINUX 0x20U

/* --- the *at calls ------------------------------------------------------------------------------------------------ */
#define AT_FDCWD_LINUX (-100)
#define AT_SYMLINK_NOFOLLOW_LINUX 0x100
#define AT_EACCESS_LINUX 0x200
#define AT_REMOVEDIR_LINUX 0x200
#define AT_SYMLINK_FOLLOW_LINUX 0x400
#define AT_NO_AUTOMOUNT_LINUX 0x800
#define AT_EMPTY_PATH_LINUX 0x1000
#define AT_STATX_SYNC_AS_STAT_LINUX 0x0000
#define AT_STATX_FORCE_SYNC_LINUX 0x2000
#define AT_STATX_DONT_SYNC_LINUX 0x4000
#define AT_STATX_SYNC_TYPE_LINUX 0x6000
#define AT_RECURSIVE_LINUX 0x8000

/* access(2) */
#define F_OK_LINUX 0
#define X_OK_LINUX 1
#define W_OK_LINUX 2
#define R_OK_LINUX 4

/* --- modes -------------------------------------------------------------------------------------------------------- */
#define S_IFMT_LINUX 0170000U
#define S_IFSOCK_LINUX 0140000U
#define S_IFLNK_LINUX 0120000U
#define S_IFREG_LINUX 0100000U
#define S_IFBLK_LINUX 0060000U
#define S_IFDIR_LINUX 0040000U
#define S_IFCHR_LINUX 0020000U
#define S_IFIFO_LINUX 0010000U
#define S_ISUID_LINUX 0004000U
#define S_ISGID_LINUX 0002000U
#define S_ISVTX_LINUX 0001000U
#define S_IRWXU_LINUX 0000700U
#define S_IRUSR_LINUX 0000400U
#define S_IWUSR_LINUX 0000200U
#define S_IXUSR_LINUX 0000100U
#define S_IRWXG_LINUX 0000070U
#define S_IRGRP_LINUX 0000040U
#define S_IWGRP_LINUX 0000020U
#define S_IXGRP_LINUX 0000010U
#define S_IRWXO_LINUX 0000007U
#define S_IROTH_LINUX 0000004U
#define S_IWOTH_LINUX 0000002U
#define S_IXOTH_LINUX 0000001U
#define S_IRWXUGO_LINUX 0000777U
#define S_IXUGO_LINUX 0000111U
#define S_IALLUGO_LINUX 0007777U
#define S_ISREG_LINUX(m) (((m)&S_IFMT_LINUX) == S_IFREG_LINUX)
#define S_ISDIR_LINUX(m) (((m)&S_IFMT_LINUX) == S_IFDIR_LINUX)
#define S_ISLNK_LINUX(m) (((m)&S_IFMT_LINUX) == S_IFLNK_LINUX)
#define S_ISCHR_LINUX(m) (((m)&S_IFMT_LINUX) == S_IFCHR_LINUX)
#define S_ISBLK_LINUX(m) (((m)&S_IFMT_LINUX) == S_IFBLK_LINUX)
#define S_ISFIFO_LINUX(m) (((m)&S_IFMT_LINUX) == S_IFIFO_LINUX)
#define S_ISSOCK_LINUX(m) (((m)&S_IFMT_LINUX) == S_IFSOCK_LINUX)

enum {
	DT_UNKNOWN_LINUX = 0,
	DT_FIFO_LINUX = 1,
	DT_CHR_LINUX = 2,
	DT_DIR_LINUX = 4,
	DT_BLK_LINUX = 6,
	DT_REG_LINUX = 8,
	DT_LNK_LINUX = 10,
	DT_SOCK_LINUX = 12,
	DT_WHT_LINUX = 14,
};
/* The d_type of a mode. */
static inline uint8_t dtype_of_mode_linux(uint32_t mode)
{
	return (uint8_t)((mode & S_IFMT_LINUX) >> 12);
}

/* --- stat(2) ------------------------------------------------------------------------------------------------------ */
struct stat_linux {
	uint64_t st_dev, st_ino, st_nlink;
	uint32_t st_mode, st_uid, st_gid, pad0_;
	uint64_t st_rdev;
	int64_t st_size, st_blksize, st_blocks;
	struct timespec_linux st_atim, st_mtim, st_ctim;
	int64_t unused_[3];
};
_Static_assert(sizeof(struct stat_linux) == 144, "struct stat");
_Static_assert(offsetof(struct stat_linux, st_size) == 48, "struct stat");
_Static_assert(offsetof(struct stat_linux, st_atim) == 72, "struct stat");

struct statx_timestamp_linux {
	int64_t tv_sec;
	uint32_t tv_nsec;
	int32_t reserved_;
};
struct statx_linux {
	uint32_t stx_mask, stx_blksize;
	uint64_t stx_attributes;
	uint32_t stx_nlink, stx_uid, stx_gid;
	uint16_t stx_mode, spare0_;
	uint64_t stx_ino, stx_size, stx_blocks, stx_attributes_mask;
	struct statx_timestamp_linux stx_atime, stx_btime, stx_ctime, stx_mtime;
	uint32_t stx_rdev_major, stx_rdev_minor, stx_dev_major, stx_dev_minor;
	uint64_t stx_mnt_id;
	uint32_t stx_dio_mem_align, stx_dio_offset_align;
	uint64_t spare3_[12];
};
_Static_assert(sizeof(struct statx_linux) == 256, "struct statx");
_Static_assert(offsetof(struct statx_linux, stx_atime) == 64, "struct statx");
_Static_assert(offsetof(struct statx_linux, stx_mnt_id) == 144, "struct statx");
#define STATX_TYPE_LINUX 0x0001U
#define STATX_MODE_LINUX 0x0002U
#define STATX_NLINK_LINUX 0x0004U
#define STATX_UID_LINUX 0x0008U
#define STATX_GID_LINUX 0x0010U
#define STATX_ATIME_LINUX 0x0020U
#define STATX_MTIME_LINUX 0x0040U
#define STATX_CTIME_LINUX 0x0080U
#define STATX_INO_LINUX 0x0100U
#define STATX_SIZE_LINUX 0x0200U
#define STATX_BLOCKS_LINUX 0x0400U
#define STATX_BASIC_STATS_LINUX 0x07ffU
#define STATX_BTIME_LINUX 0x0800U
#define STATX_MNT_ID_LINUX 0x1000U
#define STATX_DIOALIGN_LINUX 0x2000U
#define STATX_RESERVED_LINUX 0x80000000U
#define STATX_ATTR_MOUNT_ROOT_LINUX 0x2000U

struct statfs_linux {
	int64_t f_type, f_bsize;
	uint64_t f_blocks, f_bfree, f_bavail, f_files, f_ffree;
	int32_t f_fsid[2];
	int64_t f_namelen, f_frsize, f_flags, f_spare[4];
};
_Static_assert(sizeof(struct statfs_linux) == 120, "struct statfs");
#define ST_RDONLY_LINUX 0x0001
#define ST_NOSUID_LINUX 0x0002
#define ST_NODEV_LINUX 0x0004
#define ST_NOEXEC_LINUX 0x0008
#define ST_SYNCHRONOUS_LINUX 0x0010
#define ST_VALID_LINUX 0x0020
#define ST_MANDLOCK_LINUX 0x0040
#define ST_NOATIME_LINUX 0x0400
#define ST_NODIRATIME_LINUX 0x0800
#define ST_RELATIME_LINUX 0x1000

struct ustat_linux {
	int32_t f_tfree;
	uint32_t pad_;
	uint64_t f_tinode;
	char f_fname[6], f_fpack[6];
	uint8_t pad2_[4];
};
_Static_assert(sizeof(struct ustat_linux) == 32, "struct ustat");

struct utimbuf_linux {
	int64_t actime, modtime;
};
#define UTIME_NOW_LINUX ((1L << 30) - 1L)
#define UTIME_OMIT_LINUX ((1L << 30) - 2L)

/* Device numbers in user space's encoding, which st_rdev and mknod(2) share. */
static inline uint64_t makedev_linux(uint32_t major, uint32_t minor)
{
	return (minor & 0xffU) | ((uint64_t)(major & 0xfffU) << 8) | ((uint64_t)(minor & ~0xffU) << 12) |
	       ((uint64_t)(major & ~0xfffU) << 32);
}

static inline uint32_t major_linux(uint64_t dev)
{
	return (uint32_t)((dev >> 8) & 0xfffU) | ((uint32_t)(dev >> 32) & ~0xfffU);
}

static inline uint32_t minor_linux(uint64_t dev)
{
	return (uint32_t)(dev & 0xffU) | ((uint32_t)(dev >> 12) & ~0xffU);
}

/* Magic numbers of statfs(2). */
#define TMPFS_MAGIC_LINUX 0x01021994U
#define RAMFS_MAGIC_LINUX 0x858458f6U
#define PROC_SUPER_MAGIC_LINUX 0x9fa0U
#define SYSFS_MAGIC_LINUX 0x62656572U
#define DEVPTS_SUPER_MAGIC_LINUX 0x1cd1U
#define PIPEFS_MAGIC_LINUX 0x50495045U
#define SOCKFS_MAGIC_LINUX 0x534f434bU
#define ANON_INODE_FS_MAGIC_LINUX 0x09041934U
#define EXT4_SUPER_MAGIC_LINUX 0xef53U
#define OVERLAYFS_SUPER_MAGIC_LINUX 0x794c7630U

/* --- getdents(2) -------------------------------------------------------------------------------------------------- */
struct dirent64_linux {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
	char d_name[]; /* NUL terminated, the record padded to 8 bytes */
};
_Static_assert(offsetof(struct dirent64_linux, d_name) == 19, "struct linux_dirent64");

struct dirent_linux {
	uint64_t d_ino;
	uint64_t d_off;
	uint16_t d_reclen;
	char d_name[]; /* ... and the type in the record's last byte */
};
_Static_assert(offsetof(struct dirent_linux, d_name) == 18, "struct linux_dirent");

/* --- lseek(2), fallocate(2), rename(2), preadv2(2) ---------------------------------------------------------------- */
#define SEEK_SET_LINUX 0
#define SEEK_CUR_LINUX 1
#define SEEK_END_LINUX 2
#define SEEK_DATA_LINUX 3
#define SEEK_HOLE_LINUX 4

#define FALLOC_FL_KEEP_SIZE_LINUX 0x01
#define FALLOC_FL_PUNCH_HOLE_LINUX 0x02
#define FALLOC_FL_NO_HIDE_STALE_LINUX 0x04
#define FALLOC_FL_COLLAPSE_RANGE_LINUX 0x08
#define FALLOC_FL_ZERO_RANGE_LINUX 0x10
#define FALLOC_FL_INSERT_RANGE_LINUX 0x20
#define FALLOC_FL_UNSHARE_RANGE_LINUX 0x40

#define RENAME_NOREPLACE_LINUX 1U
#define RENAME_EXCHANGE_LINUX 2U
#define RENAME_WHITEOUT_LINUX 4U

#define RWF_HIPRI_LINUX 0x01
#define RWF_DSYNC_LINUX 0x02
#define RWF_SYNC_LINUX 0x04
#define RWF_NOWAIT_LINUX 0x08
#define RWF_APPEND_LINUX 0x10
#define RWF_SUPPORTED_LINUX \
	(RWF_HIPRI_LINUX | RWF_DSYNC_LINUX | RWF_SYNC_LINUX | RWF_NOWAIT_LINUX | RWF_APPEND_LINUX)

#define IOV_MAX_LINUX 1024
/* The most bytes one read or write moves. */
#define MAX_RW_COUNT_LINUX 0x7ffff000UL
/* The largest file: MAX_LFS_FILESIZE. */
#define FILE_SIZE_MAX_LINUX 0x7fffffffffffffffULL

#define SYNC_FILE_RANGE_WAIT_BEFORE_LINUX 1U
#define SYNC_FILE_RANGE_WRITE_LINUX 2U
#define SYNC_FILE_RANGE_WAIT_AFTER_LINUX 4U

#define POSIX_FADV_NORMAL_LINUX 0
#define POSIX_FADV_RANDOM_LINUX 1
#define POSIX_FADV_SEQUENTIAL_LINUX 2
#define POSIX_FADV_WILLNEED_LINUX 3
#define POSIX_FADV_DONTNEED_LINUX 4
#define POSIX_FADV_NOREUSE_LINUX 5

#define CLOSE_RANGE_UNSHARE_LINUX 2U
#define CLOSE_RANGE_CLOEXEC_LINUX 4U

/* --- fcntl(2), flock(2) ------------------------------------------------------------------------------------------- */
#define F_DUPFD_LINUX 0
#define F_GETFD_LINUX 1
#define F_SETFD_LINUX 2
#define F_GETFL_LINUX 3
#define F_SETFL_LINUX 4
#define F_GETLK_LINUX 5
#define F_SETLK_LINUX 6
#define F_SETLKW_LINUX 7
#define F_SETOWN_LINUX 8
#define F_GETOWN_LINUX 9
#define F_SETSIG_LINUX 10
#define F_GETSIG_LINUX 11
#define F_SETOWN_EX_LINUX 15
#define F_GETOWN_EX_LINUX 16
#define F_GETOWNER_UIDS_LINUX 17
#define F_OFD_GETLK_LINUX 36
#define F_OFD_SETLK_LINUX 37
#define F_OFD_SETLKW_LINUX 38
#define F_SETLEASE_LINUX 1024
#define F_GETLEASE_LINUX 1025
#define F_NOTIFY_LINUX 1026
#define F_DUPFD_QUERY_LINUX 1027
#define F_CREATED_QUERY_LINUX 1028
#define F_CANCELLK_LINUX 1029
#define F_DUPFD_CLOEXEC_LINUX 1030
#define F_SETPIPE_SZ_LINUX 1031
#define F_GETPIPE_SZ_LINUX 1032
#define F_ADD_SEALS_LINUX 1033
#define F_GET_SEALS_LINUX 1034
#define F_GET_RW_HINT_LINUX 1035
#define F_SET_RW_HINT_LINUX 1036
#define F_GET_FILE_RW_HINT_LINUX 1037
#define F_SET_FILE_RW_HINT_LINUX 1038
#define FD_CLOEXEC_LINUX 1

#define F_RDLCK_LINUX 0
#define F_WRLCK_LINUX 1
#define F_UNLCK_LINUX 2

struct flock_linux {
	int16_t l_type, l_whence;
	int32_t pad0_;
	int64_t l_start, l_len;
	int32_t l_pid, pad1_;
};
_Static_assert(sizeof(struct flock_linux) == 32, "struct flock");

struct f_owner_ex_linux {
	int32_t type, pid;
};
#define F_OWNER_TID_LINUX 0
#define F_OWNER_PID_LINUX 1
#define F_OWNER_PGRP_LINUX 2

#define LOCK_SH_LINUX 1
#define LOCK_EX_LINUX 2
#define LOCK_NB_LINUX 4
#define LOCK_UN_LINUX 8

#define F_SEAL_SEAL_LINUX 0x0001U
#define F_SEAL_SHRINK_LINUX 0x0002U
#define F_SEAL_GROW_LINUX 0x0004U
#define F_SEAL_WRITE_LINUX 0x0008U
#define F_SEAL_FUTURE_WRITE_LINUX 0x0010U
#define F_SEAL_EXEC_LINUX 0x0020U

/* --- mount(2), umount2(2) ----------------------------------------------------------------------------------------- */
#define MS_RDONLY_LINUX 0x00000001U
#define MS_NOSUID_LINUX 0x00000002U
#define MS_NODEV_LINUX 0x00000004U
#define MS_NOEXEC_LINUX 0x00000008U
#define MS_SYNCHRONOUS_LINUX 0x00000010U
#define MS_REMOUNT_LINUX 0x00000020U
#define MS_MANDLOCK_LINUX 0x00000040U
#define MS_DIRSYNC_LINUX 0x00000080U
#define MS_NOSYMFOLLOW_LINUX 0x00000100U
#define MS_NOATIME_LINUX 0x00000400U
#define MS_NODIRATIME_LINUX 0x00000800U
#define MS_BIND_LINUX 0x00001000U
#define MS_MOVE_LINUX 0x00002000U
#define MS_REC_LINUX 0x00004000U
#define MS_SILENT_LINUX 0x00008000U
#define MS_POSIXACL_LINUX 0x00010000U
#define MS_UNBINDABLE_LINUX 0x00020000U
#define MS_PRIVATE_LINUX 0x00040000U
#define MS_SLAVE_LINUX 0x00080000U
#define MS_SHARED_LINUX 0x00100000U
#define MS_RELATIME_LINUX 0x00200000U
#define MS_STRICTATIME_LINUX 0x01000000U
#define MS_LAZYTIME_LINUX 0x02000000U
#define MS_MGC_VAL_LINUX 0xc0ed0000U
#define MS_MGC_MSK_LINUX 0xffff0000U

#define MNT_FORCE_LINUX 1
#define MNT_DETACH_LINUX 2
#define MNT_EXPIRE_LINUX 4
#define UMOUNT_NOFOLLOW_LINUX 8

/* --- xattr(7) ----------------------------------------------------------------------------------------------------- */
#define XATTR_CREATE_LINUX 1
#define XATTR_REPLACE_LINUX 2
#define XATTR_NAME_MAX_LINUX 255
#define XATTR_SIZE_MAX_LINUX 65536
#define XATTR_LIST_MAX_LINUX 65536

/* --- inotify(7) --------------------------------------------------------------------------------------------------- */
#define IN_ACCESS_LINUX 0x00000001U
#define IN_MODIFY_LINUX 0x00000002U
#define IN_ATTRIB_LINUX 0x00000004U
#define IN_CLOSE_WRITE_LINUX 0x00000008U
#define IN_CLOSE_NOWRITE_LINUX 0x00000010U
#define IN_OPEN_LINUX 0x00000020U
#define IN_MOVED_FROM_LINUX 0x00000040U
#define IN_MOVED_TO_LINUX 0x00000080U
#define IN_CREATE_LINUX 0x00000100U
#define IN_DELETE_LINUX 0x00000200U
#define IN_DELETE_SELF_LINUX 0x00000400U
#define IN_MOVE_SELF_LINUX 0x00000800U
#define IN_UNMOUNT_LINUX 0x00002000U
#define IN_Q_OVERFLOW_LINUX 0x00004000U
#define IN_IGNORED_LINUX 0x00008000U
#define IN_CLOSE_LINUX (IN_CLOSE_WRITE_LINUX | IN_CLOSE_NOWRITE_LINUX)
#define IN_MOVE_LINUX (IN_MOVED_FROM_LINUX | IN_MOVED_TO_LINUX)
#define IN_ALL_EVENTS_LINUX 0x00000fffU
#define IN_ONLYDIR_LINUX 0x01000000U
#define IN_DONT_FOLLOW_LINUX 0x02000000U
#define IN_EXCL_UNLINK_LINUX 0x04000000U
#define IN_MASK_CREATE_LINUX 0x10000000U
#define IN_MASK_ADD_LINUX 0x20000000U
#define IN_ISDIR_LINUX 0x40000000U
#define IN_ONESHOT_LINUX 0x80000000U
#define IN_CLOEXEC_LINUX O_CLOEXEC_LINUX
#define IN_NONBLOCK_LINUX O_NONBLOCK_LINUX

struct inotify_event_linux {
	int32_t wd;
	uint32_t mask, cookie, len;
	char name[]; /* len bytes, NUL padded */
};
_Static_assert(sizeof(struct inotify_event_linux) == 16, "struct inotify_event");

#endif
