/* attr.c - attributes by path: stat, chmod, chown, times and truncate (inode(7), notify_change of Linux). */
#include "fs/vfs.h"

#include "core/clock.h"
#include "core/errno.h"
#include "core/task.h"
#include "fs/file.h"
#include "fs/super.h"

void vfs_stat(const struct path *p, struct stat_linux *st)
{
	inode_stat(p->dentry->inode, st);
}

/* chown(2): the owner may give the file to one of his own groups; the rest needs CAP_CHOWN. */
static int attr_check_owner(const struct inode *ino, const struct iattr *a)
{
	const struct cred *c = current ? current->cred : NULL;

	if (!c || cred_capable(c, CAP_CHOWN))
		return 0;
	if ((a->valid & ATTR_UID) && (c->fsuid != ino->uid || a->uid != ino->uid))
		return -EPERM;
	if ((a->valid & ATTR_GID) &&
	    (c->fsuid != ino->uid || (a->gid != ino->gid && !cred_in_group(c, a->gid))))
		return -EPERM;
	return 0;
}

/* chmod(2): only a member of the group may set the set-group-id bit. */
static void attr_clip_mode(const struct inode *ino, struct iattr *a)
{
	const struct cred *c = current ? current->cred : NULL;
	uint32_t gid = a->valid & ATTR_GID ? a->gid : ino->gid;

	if (c && !cred_in_group(c, gid) && !cred_capable(c, CAP_FSETID))
		a->mode &= ~S_ISGID_LINUX;
}

static int attr_check_times(struct inode *ino, const struct iattr *a)
{
	int err;

	if (!(a->valid & (ATTR_ATIME | ATTR_MTIME)) || vfs_owner_or_capable(ino))
		return 0;
	if (!(a->valid & ATTR_TIMES_NOW))
		return -EPERM;
	err = vfs_permission(ino, MAY_WRITE);
	return err;
}

static int attr_check(struct inode *ino, struct iattr *a)
{
	int err;

	if (a->valid & ATTR_FORCE)
		return 0;
	err = attr_check_owner(ino, a);
	if (err)
		return err;
	if (a->valid & ATTR_MODE) {
		if (!vfs_owner_or_capable(ino))
			return -EPERM;
		attr_clip_mode(ino, a);
	}
	return attr_check_times(ino, a);
}

/* chown and truncation take set-id bits away, chown even for root. */
static void attr_drop_privileges(const struct inode *ino, struct iattr *a)
{
	uint32_t lost = inode_privileges_lost(ino);

	if (a->valid & ATTR_MODE)
		return;
	if (a->valid & ATTR_SIZE) {
		if (vfs_capable(CAP_FSETID))
			return;
	} else if (!(a->valid & (ATTR_UID | ATTR_GID))) {
		return;
	}
	if (S_ISDIR_LINUX(ino->mode) || !lost)
		return;
	a->valid |= ATTR_MODE;
	a->mode = ino->mode & ~lost;
}

static void attr_notify(struct dentry *d, uint32_t valid)
{
	uint32_t event = 0;

	if (valid & (ATTR_UID | ATTR_GID | ATTR_MODE))
		event |= IN_ATTRIB_LINUX;
	if (valid & ATTR_SIZE)
		event |= IN_MODIFY_LINUX;
	/* utimes changes both; a single one looks like the read or the write it stands for. */
	if ((valid & (ATTR_ATIME | ATTR_MTIME)) == (ATTR_ATIME | ATTR_MTIME))
		event |= IN_ATTRIB_LINUX;
	else if ((valid & ATTR_ATIME) && !(valid & ATTR_SIZE))
		event |= IN_ACCESS_LINUX;
	else if ((valid & ATTR_MTIME) && !(valid & ATTR_SIZE))
		event |= IN_MODIFY_LINUX;
	for (uint32_t bit = IN_ACCESS_LINUX; bit <= IN_ATTRIB_LINUX; bit <<= 1) {
		if (event & bit)
			fsnotify_dentry(d, bit);
	}
}

int vfs_setattr(const struct path *p, const struct iattr *wanted)
{
	struct inode *ino = p->dentry->inode;
	struct iattr a = *wanted;
	uint32_t notify = a.valid;
	int64_t now = clock_wall();
	int err = mount_want_write(p);

	if (err)
		return err;
	err = attr_check(ino, &a);
	if (err)
		return err;
	if (a.valid & ATTR_SIZE) {
		int64_t room = a.size > ino->size ? generic_write_limit(a.size - 1, 1) : 1;

		if (room < 0)
			return (int)room;
		a.valid |= ATTR_MTIME;
		a.mtime = now;
	}
	attr_drop_privileges(ino, &a);
	a.valid = (a.valid & ~(uint32_t)(ATTR_TIMES_NOW | ATTR_FORCE)) | ATTR_CTIME;
	a.ctime = now;
	if (ino->ops && ino->ops->setattr)
		err = ino->ops->setattr(p->dentry, &a);
	else if (a.valid & ATTR_SIZE)
		err = -EINVAL;
	else
		inode_apply_attr(ino, &a);
	if (!err)
		attr_notify(p->dentry, notify);
	return err;
}

int vfs_truncate(const struct path *p, uint64_t size)
{
	struct iattr a = {.valid = ATTR_SIZE | ATTR_FORCE, .size = size};
	struct inode *ino = p->dentry->inode;
	int err;

	if (S_ISDIR_LINUX(ino->mode))
		return -EISDIR;
	if (!S_ISREG_LINUX(ino->mode))
		return -EINVAL;
	err = mount_want_write(p);
	if (!err)
		err = vfs_permission(ino, MAY_WRITE);
	if (!err && ino->write_count < 0)
		err = -ETXTBSY;
	return err ? err : vfs_setattr(p, &a);
}
