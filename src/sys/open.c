/* open.c - open(2), creat(2), openat2(2), close(2), close_range(2), dup(2).
 * LEAVES OUT: RESOLVE_CACHED never fails with -EAGAIN: every walk here is a cached one. */
#include "fs/open.h"
#include "core/errno.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/fsctx.h"
#include "fs/user_path.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

#define OPEN_HOW_SIZE_V0 sizeof(struct open_how_linux)
#define O_PATH_FLAGS (O_DIRECTORY_LINUX | O_NOFOLLOW_LINUX | O_PATH_LINUX | O_CLOEXEC_LINUX)
#define O_SYNC_BIT (O_SYNC_LINUX & ~O_DSYNC_LINUX)
#define RESOLVE_VALID                                                                      \
	(RESOLVE_NO_XDEV_LINUX | RESOLVE_NO_MAGICLINKS_LINUX | RESOLVE_NO_SYMLINKS_LINUX | \
	 RESOLVE_BENEATH_LINUX | RESOLVE_IN_ROOT_LINUX | RESOLVE_CACHED_LINUX)

/* The checks of build_open_flags(); completes *how. */
static int open_check_how(struct open_how_linux *how)
{
	uint32_t flags = (uint32_t)how->flags;

	if (how->flags & ~(uint64_t)O_VALID_LINUX)
		return -EINVAL;
	if (how->resolve & ~(uint64_t)RESOLVE_VALID)
		return -EINVAL;
	if ((how->resolve & RESOLVE_BENEATH_LINUX) && (how->resolve & RESOLVE_IN_ROOT_LINUX))
		return -EINVAL;
	if (flags & (O_CREAT_LINUX | O_TMPFILE_BIT_LINUX)) {
		if (how->mode & ~(uint64_t)S_IALLUGO_LINUX)
			return -EINVAL;
	} else if (how->mode) {
		return -EINVAL;
	}
	if ((flags & (O_DIRECTORY_LINUX | O_CREAT_LINUX)) == (O_DIRECTORY_LINUX | O_CREAT_LINUX))
		return -EINVAL;
	if (flags & O_TMPFILE_BIT_LINUX) {
		if (!(flags & O_DIRECTORY_LINUX) || !(open_access(flags) & MAY_WRITE))
			return -EINVAL;
	}
	if ((flags & O_PATH_LINUX) && (flags & ~O_PATH_FLAGS))
		return -EINVAL;
	if (flags & O_SYNC_BIT)
		how->flags |= O_DSYNC_LINUX;
	if ((how->resolve & RESOLVE_CACHED_LINUX) &&
	    (flags & (O_TRUNC_LINUX | O_CREAT_LINUX | O_TMPFILE_BIT_LINUX)))
		return -EAGAIN;
	return 0;
}

static uint32_t open_walk_flags(uint64_t resolve)
{
	uint32_t flags = 0;

	if (resolve & RESOLVE_NO_XDEV_LINUX)
		flags |= WALK_NO_XDEV;
	if (resolve & RESOLVE_NO_MAGICLINKS_LINUX)
		flags |= WALK_NO_MAGICLINKS;
	if (resolve & RESOLVE_NO_SYMLINKS_LINUX)
		flags |= WALK_NO_SYMLINKS | WALK_NO_MAGICLINKS;
	if (resolve & RESOLVE_BENEATH_LINUX)
		flags |= WALK_BENEATH;
	if (resolve & RESOLVE_IN_ROOT_LINUX)
		flags |= WALK_IN_ROOT;
	return flags;
}

/* IN_ROOT and BENEATH make dirfd matter even for absolute names. */
static int open_start(int dirfd, const char *name, uint32_t walk_flags, struct path *start)
{
	return user_path_start(dirfd, walk_flags & WALK_IN_ROOT ? "." : name, start);
}

static int64_t open_do(int dirfd, uaddr_t name, struct open_how_linux *how)
{
	uint32_t mode = (uint32_t)how->mode & ~current->fs->umask;
	uint32_t walk_flags = open_walk_flags(how->resolve);
	struct user_path up;
	struct path start;
	struct file *f;
	int err = open_check_how(how);

	if (!err)
		err = user_path_get(&up, name);
	if (err)
		return err;
	err = up.text[0] == '\0' ? -ENOENT : open_start(dirfd, up.text, walk_flags, &start);
	if (!err) {
		err = open_resolve(&start, up.text, (uint32_t)how->flags & ~O_CLOEXEC_LINUX, mode, walk_flags,
				   &f);
		path_put(&start);
	}
	user_path_put(&up);
	return err ? err : fd_install(f, 0, how->flags & O_CLOEXEC_LINUX);
}

/* open(2) forgives what openat2(2) refuses. */
static int64_t open_forgiving(int dirfd, uaddr_t name, int flags, uint32_t mode)
{
	struct open_how_linux how = {.flags = ((uint32_t)flags & O_VALID_LINUX) | O_LARGEFILE_LINUX};

	if (how.flags & O_PATH_LINUX)
		how.flags &= O_PATH_FLAGS;
	if (how.flags & (O_CREAT_LINUX | O_TMPFILE_BIT_LINUX))
		how.mode = mode & S_IALLUGO_LINUX;
	return open_do(dirfd, name, &how);
}

int64_t sys_open(uaddr_t path, int flags, uint32_t mode)
{
	return open_forgiving(AT_FDCWD_LINUX, path, flags, mode);
}

int64_t sys_openat(int dirfd, uaddr_t path, int flags, uint32_t mode)
{
	return open_forgiving(dirfd, path, flags, mode);
}

int64_t sys_creat(uaddr_t path, uint32_t mode)
{
	return open_forgiving(AT_FDCWD_LINUX, path, O_CREAT_LINUX | O_WRONLY_LINUX | O_TRUNC_LINUX, mode);
}

int64_t sys_openat2(int dirfd, uaddr_t path, uaddr_t how_addr, uint64_t size)
{
	struct open_how_linux how;
	int err;

	if (size < OPEN_HOW_SIZE_V0)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_from_user(&how, how_addr, sizeof(how));
	if (err)
		return err;
	/* A newer caller's fields must be zero: unknown requests are not ignored. */
	for (uint64_t i = sizeof(how); i < size; i++) {
		uint8_t byte;

		err = copy_from_user(&byte, uaddr_add(how_addr, i), 1);
		if (err)
			return err;
		if (byte)
			return -E2BIG;
	}
	if (!(how.flags & O_PATH_LINUX))
		how.flags |= O_LARGEFILE_LINUX;
	return open_do(dirfd, path, &how);
}

int64_t sys_close(int fd)
{
	int64_t err = fd_close(fd);

	/* The descriptor is gone: restarting would close another one. */
	return err == -ERESTARTSYS ? -EINTR : err;
}

/* CLOSE_RANGE_UNSHARE: threads that share the table keep theirs. */
static int open_unshare_files(void)
{
	struct fdtable *own;

	if (fdtable_refs(current->files) == 1)
		return 0;
	own = fdtable_copy(current->files);
	if (!own)
		return -ENOMEM;
	fdtable_put(current->files);
	current->files = own;
	return 0;
}

int64_t sys_close_range(uint32_t first, uint32_t last, uint32_t flags)
{
	int err = 0;

	if (flags & ~(CLOSE_RANGE_UNSHARE_LINUX | CLOSE_RANGE_CLOEXEC_LINUX))
		return -EINVAL;
	if (first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE_LINUX)
		err = open_unshare_files();
	return err ? err : fd_close_range(first, last, flags & CLOSE_RANGE_CLOEXEC_LINUX);
}

int64_t sys_dup(int oldfd)
{
	struct file *f = fd_get(oldfd);

	return f ? fd_install(f, 0, false) : -EBADF;
}

int64_t sys_dup2(int oldfd, int newfd)
{
	struct file *f = fd_file(oldfd);

	if (!f)
		return -EBADF;
	if (oldfd == newfd)
		return newfd;
	return fd_install_at(file_get(f), newfd, false);
}

int64_t sys_dup3(int oldfd, int newfd, int flags)
{
	struct file *f;

	if ((uint32_t)flags & ~O_CLOEXEC_LINUX)
		return -EINVAL;
	if (oldfd == newfd)
		return -EINVAL;
	if (newfd < 0 || (uint64_t)newfd >= task_rlimit(RLIMIT_NOFILE_LINUX))
		return -EBADF;
	f = fd_get(oldfd);
	return f ? fd_install_at(f, newfd, flags) : -EBADF;
}
