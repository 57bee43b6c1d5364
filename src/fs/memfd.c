/* memfd.c - files in memory without a name: memfd_create(2), the seals of fcntl(2), shared anonymous memory.
 *
 * They are tmpfs files on a superblock of their own; only the name they show, the seals and the size differ.
 * The generic write, truncate, fallocate and mmap operations look at inode->seals.
 *
 * Leaves out: huge pages (MFD_HUGETLB: -ENOSYS), memfd_secret(2). */
#include "fs/memfd.h"

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/abi_event.h"
#include "fs/tmpfs.h"
#include "mm/mm.h"

#define SEALS_ALL                                                                           \
	(F_SEAL_SEAL_LINUX | F_SEAL_SHRINK_LINUX | F_SEAL_GROW_LINUX | F_SEAL_WRITE_LINUX | \
	 F_SEAL_FUTURE_WRITE_LINUX | F_SEAL_EXEC_LINUX)

static struct super *memfd_super;
/* tmpfs's operations with a name and an end of their own; filled in at boot. */
static struct file_ops memfd_file_ops;
static struct inode_ops memfd_inode_ops;

/* inode->private is the name, e.g. "memfd:x". */
static void memfd_name(struct file *f, struct strbuf *out)
{
	strbuf_printf(out, "/%s (deleted)", (const char *)f->inode->private);
}

static void memfd_destroy(struct inode *ino)
{
	kfree(ino->private);
	ino->private = NULL;
	if (tmpfs_file_iops.destroy)
		tmpfs_file_iops.destroy(ino);
}

/* F_SEAL_EXEC: the execute permissions stay as they are. */
static int memfd_setattr(struct dentry *d, const struct iattr *a)
{
	const struct inode *ino = d->inode;

	if ((a->valid & ATTR_MODE) && (ino->seals & F_SEAL_EXEC_LINUX) &&
	    ((a->mode ^ ino->mode) & S_IXUGO_LINUX))
		return -EPERM;
	return tmpfs_file_iops.setattr(d, a);
}

/* A mapping of a sealed file cannot be made writable later either. */
static int memfd_mmap(struct file *f, struct mm_map_args *a)
{
	int err = generic_file_mmap(f, a);

	if (!err && (a->flags & MAP_TYPE_LINUX) != MAP_PRIVATE_LINUX &&
	    (f->inode->seals & (F_SEAL_WRITE_LINUX | F_SEAL_FUTURE_WRITE_LINUX)))
		a->vma_flags &= ~(uint32_t)VMA_MAYWRITE;
	return err;
}

void memfd_init(void)
{
	int err = tmpfs_super_create(0, 0, 01777, &memfd_super);

	KASSERT(err == 0);
	memfd_file_ops = tmpfs_file_fops;
	memfd_file_ops.name = memfd_name;
	memfd_file_ops.mmap = memfd_mmap;
	memfd_inode_ops = tmpfs_file_iops;
	memfd_inode_ops.destroy = memfd_destroy;
	memfd_inode_ops.setattr = memfd_setattr;
}

void memfd_shutdown(void)
{
	super_put(memfd_super);
	memfd_super = NULL;
}

/* prefix and name together are what is shown. */
static int memfd_make(const char *prefix, const char *name, uint32_t mode, struct file **out)
{
	struct strbuf text = {0};
	struct inode *ino;

	strbuf_printf(&text, "%s%s", prefix, name);
	if (text.failed) {
		strbuf_free(&text);
		return -ENOMEM;
	}
	ino = tmpfs_inode_create(memfd_super, S_IFREG_LINUX | mode);
	if (!ino) {
		strbuf_free(&text);
		return -ENOMEM;
	}
	ino->private = text.data;
	ino->ops = &memfd_inode_ops;
	ino->fops = &memfd_file_ops;
	ino->uid = current->cred->fsuid;
	ino->gid = current->cred->fsgid;
	ino->seals = F_SEAL_SEAL_LINUX;
	*out = file_create(ino, &memfd_file_ops, O_RDWR_LINUX | O_LARGEFILE_LINUX, NULL);
	return *out ? 0 : -ENOMEM;
}

int memfd_open(const char *name, uint32_t flags, struct file **out)
{
	bool noexec = flags & MFD_NOEXEC_SEAL_LINUX;

	if (flags & MFD_HUGETLB_LINUX)
		return -ENOSYS;
	int err = memfd_make("memfd:", name, noexec ? 0666 : 0777, out);
	if (err)
		return err;
	if (noexec)
		(*out)->inode->seals = F_SEAL_EXEC_LINUX;
	else if (flags & MFD_ALLOW_SEALING_LINUX)
		(*out)->inode->seals = 0;
	return 0;
}

int memfd_shmem_create(const char *name, uint64_t size, struct file **out)
{
	int err = memfd_make("", name, 0777, out);

	if (!err)
		(*out)->inode->size = size;
	return err;
}

/* --- seals --- */

static bool memfd_writably_mapped(const struct inode *ino)
{
	const struct vma *v;

	LIST_FOR_EACH (v, &ino->pc.vmas, struct vma, pc_node)
		if ((v->flags & VMA_SHARED) && (v->flags & (VMA_WRITE | VMA_MAYWRITE)))
			return true;
	return false;
}

int64_t memfd_get_seals(struct file *f)
{
	if (f->inode->fops == &memfd_file_ops)
		return f->inode->seals;
	return f->inode->fops == &tmpfs_file_fops ? (int64_t)F_SEAL_SEAL_LINUX : -EINVAL;
}

int64_t memfd_add_seals(struct file *f, uint32_t seals)
{
	struct inode *ino = f->inode;
	int64_t have = memfd_get_seals(f);

	if (!f->writable)
		return -EPERM;
	if (seals & ~SEALS_ALL)
		return -EINVAL;
	if (have < 0)
		return have;
	if (have & F_SEAL_SEAL_LINUX)
		return -EPERM;
	/* What may be executed must not be written from then on. */
	if ((seals & F_SEAL_EXEC_LINUX) && (ino->mode & S_IXUGO_LINUX))
		seals |= F_SEAL_SHRINK_LINUX | F_SEAL_GROW_LINUX | F_SEAL_WRITE_LINUX |
			 F_SEAL_FUTURE_WRITE_LINUX;
	if ((seals & F_SEAL_WRITE_LINUX) && !(have & F_SEAL_WRITE_LINUX) && memfd_writably_mapped(ino))
		return -EBUSY;
	ino->seals |= seals;
	return 0;
}
