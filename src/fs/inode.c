/* inode.c - inodes: life, attributes, times and privileges (inode(7)).
 * LEAVES OUT: inode flags (FS_IOC_SETFLAGS), quotas, POSIX access control lists. */
#include "fs/vfs.h"

#include "core/clock.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/file.h"
#include "fs/super.h"
#include "fs/xattr.h"

#define RELATIME_AGE_NS (24 * 60 * 60 * NSEC_PER_SEC)

static KMEM_CACHE(inode_cache, inode);

struct inode *inode_create(struct super *sb, uint32_t mode)
{
	struct inode *i = kmem_alloc(&inode_cache);

	if (!i)
		return NULL;
	i->refs = 1;
	i->ino = sb->next_ino++;
	i->mode = mode;
	i->nlink = 1;
	i->atime = i->mtime = i->ctime = i->btime = clock_wall();
	i->sb = sb;
	pagecache_init(&i->pc, NULL, false);
	list_add_tail(&sb->inodes, &i->sb_node);
	list_init(&i->locks);
	waitq_init(&i->lock_wait);
	list_init(&i->watches);
	list_init(&i->dentries);
	return i;
}

struct inode *inode_get(struct inode *i)
{
	i->refs++;
	return i;
}

void inode_put(struct inode *i)
{
	struct super *sb = i->sb;

	KASSERT(i->refs > 0);
	if (--i->refs > 0)
		return;
	KASSERT(list_empty(&i->dentries) && list_empty(&i->locks) && list_empty(&i->watches) &&
		i->write_count == 0);
	if (i->ops && i->ops->destroy)
		i->ops->destroy(i);
	pagecache_destroy(&i->pc);
	xattr_destroy(i);
	list_del(&i->sb_node);
	kmem_free(&inode_cache, i);
	super_inode_gone(sb);
}

/* --- who may write while it is executed --- */
int inode_deny_write(struct inode *ino)
{
	if (ino->write_count > 0)
		return -ETXTBSY;
	ino->write_count--;
	return 0;
}

void inode_allow_write(struct inode *ino)
{
	KASSERT(ino->write_count < 0);
	ino->write_count++;
}

/* --- attributes --- */
void inode_touch(struct inode *ino, uint32_t which)
{
	int64_t now = clock_wall();

	if (which & ATTR_ATIME)
		ino->atime = now;
	if (which & ATTR_MTIME) {
		ino->mtime = now;
		ino->version++;
	}
	if (which & ATTR_CTIME)
		ino->ctime = now;
}

void inode_apply_attr(struct inode *ino, const struct iattr *a)
{
	if (a->valid & ATTR_MODE)
		ino->mode = (ino->mode & S_IFMT_LINUX) | (a->mode & S_IALLUGO_LINUX);
	if (a->valid & ATTR_UID)
		ino->uid = a->uid;
	if (a->valid & ATTR_GID)
		ino->gid = a->gid;
	if (a->valid & ATTR_ATIME)
		ino->atime = a->atime;
	if (a->valid & ATTR_MTIME)
		ino->mtime = a->mtime;
	if (a->valid & ATTR_CTIME)
		ino->ctime = a->ctime;
}

void inode_init_owner(struct inode *ino, const struct inode *dir, uint32_t mode)
{
	const struct cred *c = current ? current->cred : NULL;

	ino->uid = c ? c->fsuid : 0;
	ino->gid = c ? c->fsgid : 0;
	if (dir && (dir->mode & S_ISGID_LINUX)) {
		/* A set-group-id directory hands its group down, and itself to subdirectories. */
		ino->gid = dir->gid;
		if (S_ISDIR_LINUX(mode))
			mode |= S_ISGID_LINUX;
		else if ((mode & (S_ISGID_LINUX | S_IXGRP_LINUX)) == (S_ISGID_LINUX | S_IXGRP_LINUX) && c &&
			 !cred_in_group(c, ino->gid) && !cred_capable(c, CAP_FSETID))
			mode &= ~S_ISGID_LINUX;
	}
	ino->mode = mode;
}

uint32_t inode_privileges_lost(const struct inode *ino)
{
	uint32_t lost = ino->mode & S_ISUID_LINUX;

	if ((ino->mode & (S_ISGID_LINUX | S_IXGRP_LINUX)) == (S_ISGID_LINUX | S_IXGRP_LINUX))
		lost |= S_ISGID_LINUX; /* without S_IXGRP the bit means mandatory locking */
	return lost;
}

void inode_drop_privileges(struct inode *ino)
{
	uint32_t lost = inode_privileges_lost(ino);

	if (!lost || !S_ISREG_LINUX(ino->mode) || vfs_capable(CAP_FSETID))
		return;
	ino->mode &= ~lost;
	ino->ctime = clock_wall();
}

/* relatime: an access time older than the last change, or than a day, is renewed. */
void inode_accessed(struct inode *ino, const struct mount *mnt)
{
	int64_t now;

	if (ino->sb->flags & MS_RDONLY_LINUX)
		return;
	if (mnt && (mnt->flags & (MS_NOATIME_LINUX | MS_RDONLY_LINUX)))
		return;
	if (mnt && (mnt->flags & MS_NODIRATIME_LINUX) && S_ISDIR_LINUX(ino->mode))
		return;
	now = clock_wall();
	if (mnt && (mnt->flags & MS_STRICTATIME_LINUX)) {
		ino->atime = now;
		return;
	}
	if (ino->atime <= ino->mtime || ino->atime <= ino->ctime || now - ino->atime >= RELATIME_AGE_NS)
		ino->atime = now;
}

void file_accessed(struct file *f)
{
	if (!(f->flags & O_NOATIME_LINUX))
		inode_accessed(f->inode, f->path.mnt);
}

static struct timespec_linux inode_time(int64_t ns)
{
	struct timespec_linux ts = {.tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC};

	if (ts.tv_nsec < 0) { /* before 1970: the remainder counts forward */
		ts.tv_nsec += NSEC_PER_SEC;
		ts.tv_sec--;
	}
	return ts;
}

void inode_stat(struct inode *ino, struct stat_linux *st)
{
	if (ino->ops && ino->ops->getattr)
		ino->ops->getattr(ino);
	*st = (struct stat_linux){
	    .st_dev = ino->sb->dev,
	    .st_ino = ino->ino,
	    .st_nlink = ino->nlink,
	    .st_mode = ino->mode,
	    .st_uid = ino->uid,
	    .st_gid = ino->gid,
	    .st_rdev = ino->rdev,
	    .st_size = (int64_t)ino->size,
	    .st_blksize = PAGE_SIZE,
	    .st_blocks = (int64_t)ino->blocks,
	    .st_atim = inode_time(ino->atime),
	    .st_mtim = inode_time(ino->mtime),
	    .st_ctim = inode_time(ino->ctime),
	};
}
