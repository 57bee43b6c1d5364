/* permission.c - who may do what to a file (path_resolution(7), capabilities(7)).
 * LEAVES OUT: access control lists, security modules, user namespaces, immutable and append-only inodes, and
 * of the protected_* sysctls of /proc/sys/fs all but protected_hardlinks (names.c). */
#include "fs/vfs.h"

#include "core/errno.h"
#include "core/task.h"

static const struct cred *permission_cred(void)
{
	return current ? current->cred : NULL;
}

bool vfs_capable(enum cap cap)
{
	const struct cred *c = permission_cred();

	return !c || cred_capable(c, cap);
}

bool vfs_owner_or_capable(const struct inode *ino)
{
	const struct cred *c = permission_cred();

	return !c || c->fsuid == ino->uid || cred_capable(c, CAP_FOWNER);
}

int vfs_permission_cred(struct inode *ino, uint32_t mask, const struct cred *c)
{
	uint32_t bits = ino->mode;

	mask &= MAY_READ | MAY_WRITE | MAY_EXEC;
	if (!c)
		return 0;
	if (c->fsuid == ino->uid)
		bits >>= 6;
	else if (cred_in_group(c, ino->gid))
		bits >>= 3;
	if ((mask & ~bits & 7) == 0)
		return 0;
	if (S_ISDIR_LINUX(ino->mode)) {
		if (!(mask & MAY_WRITE) && cred_capable(c, CAP_DAC_READ_SEARCH))
			return 0;
		return cred_capable(c, CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	}
	if (mask == MAY_READ && cred_capable(c, CAP_DAC_READ_SEARCH))
		return 0;
	/* Even root executes only what somebody may execute. */
	if ((!(mask & MAY_EXEC) || (ino->mode & S_IXUGO_LINUX)) && cred_capable(c, CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

int vfs_permission(struct inode *ino, uint32_t mask)
{
	/* A read-only file system refuses before the bits are looked at; devices on it may still be written.
	 */
	if ((mask & MAY_WRITE) && (ino->sb->flags & MS_RDONLY_LINUX) &&
	    (S_ISREG_LINUX(ino->mode) || S_ISDIR_LINUX(ino->mode) || S_ISLNK_LINUX(ino->mode)))
		return -EROFS;
	if (ino->ops && ino->ops->permission)
		return ino->ops->permission(ino, mask);
	return vfs_permission_cred(ino, mask, permission_cred());
}

int vfs_may_delete(struct inode *dir, struct inode *victim)
{
	const struct cred *c = permission_cred();
	int err = vfs_permission(dir, MAY_WRITE | MAY_EXEC);

	if (err)
		return err;
	/* Sticky: only the owner of the entry or of the directory. */
	if (!(dir->mode & S_ISVTX_LINUX) || !c || c->fsuid == victim->uid || c->fsuid == dir->uid ||
	    cred_capable(c, CAP_FOWNER))
		return 0;
	return -EPERM;
}
