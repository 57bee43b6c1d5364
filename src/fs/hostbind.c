/* hostbind.c - the operations of --bind HOST:GUEST:rw: each change is made on the host first, then in memory.
 *
 * Leaves out: owners and times (changed in memory only), hard links, device nodes, FIFOs and sockets
 * (-EPERM), RENAME_EXCHANGE and RENAME_WHITEOUT (-EINVAL), O_TMPFILE and fallocate(2) (-EOPNOTSUPP). A change
 * that the host makes to a directory already listed is not seen. */
#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "fs/hostnode.h"
#include "fs/tmpfs.h"
#include "fs/xattr.h"

#define SMALL_FILE_PAGES 256U
#define BATCH_PAGES 256U

static struct host_node *node_of(const struct dentry *d)
{
	return d->inode->private;
}

static int root_of(const struct dentry *d)
{
	return hosttree_of(d->inode)->root;
}

/* --- making things --- */

static int make_file(int root, const char *path, uint32_t mode)
{
	int h = door->hostfile_open(root, path, HOST_OPEN_WRITE | HOST_OPEN_CREATE | HOST_OPEN_EXCL,
				    mode & 07777);

	if (h < 0)
		return h;
	door->hostfile_close(h);
	return door->hostfile_chmod(root, path, mode & 07777); /* past the host's umask */
}

static int make_dir(int root, const char *path, uint32_t mode)
{
	int err = door->hostfile_mkdir(root, path, mode & 07777);

	return err ? err : door->hostfile_chmod(root, path, mode & 07777);
}

/* One entry more: what tmpfs takes off again when it goes. */
static void grow_dir(struct dentry *dir)
{
	dir->inode->size += HOSTTREE_DIRENT_SIZE;
	inode_touch(dir->inode, ATTR_MTIME | ATTR_CTIME);
}

static int hostbind_create(struct dentry *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
			   struct dentry **out)
{
	bool is_dir = S_ISDIR_LINUX(mode);
	char *path;
	int err;

	(void)rdev;
	if (!is_dir && !S_ISREG_LINUX(mode))
		return -EPERM;
	path = host_child_path(node_of(dir), name, len);
	if (!path)
		return -ENOMEM;
	err = is_dir ? make_dir(root_of(dir), path, mode) : make_file(root_of(dir), path, mode);
	kfree(path);
	if (err)
		return err;
	/* As if it had been there: loaded like any other name, with the guest's owner. */
	err = hosttree_load_name(dir, name, len, out);
	if (err)
		return err;
	inode_init_owner((*out)->inode, dir->inode, mode);
	if (is_dir)
		dir->inode->nlink++;
	grow_dir(dir);
	return 0;
}

static int hostbind_symlink(struct dentry *dir, const char *name, size_t len, const char *target,
			    struct dentry **out)
{
	char *path = host_child_path(node_of(dir), name, len);
	int err;

	if (!path)
		return -ENOMEM;
	err = door->hostfile_symlink(root_of(dir), path, target);
	kfree(path);
	if (err)
		return err;
	err = hosttree_load_name(dir, name, len, out);
	if (err)
		return err;
	inode_init_owner((*out)->inode, dir->inode, (*out)->inode->mode);
	grow_dir(dir);
	return 0;
}

static int hostbind_link(struct dentry *old, struct dentry *dir, const char *name, size_t len)
{
	(void)old;
	(void)dir;
	(void)name;
	(void)len;
	return -EPERM;
}

/* --- taking things away --- */

static int host_remove(struct dentry *dir, struct dentry *victim, bool directory)
{
	char *path = host_child_path(node_of(dir), victim->name, victim->name_len);
	int err;

	if (!path)
		return -ENOMEM;
	err = door->hostfile_remove(root_of(dir), path, directory);
	kfree(path);
	return err;
}

/* A file that is still in use keeps its content: by a handle, which has no name to be found again by. */
static void keep_content(struct inode *ino)
{
	struct host_node *n = ino->private;

	if (!S_ISREG_LINUX(ino->mode) || !n || ino->refs <= 1 || n->pinned)
		return;
	if (hostpages_handle(ino, true) >= 0 || hostpages_handle(ino, false) >= 0)
		hostpages_pin(n);
}

static int hostbind_unlink(struct dentry *dir, struct dentry *victim)
{
	int err;

	keep_content(victim->inode);
	err = host_remove(dir, victim, false);
	return err ? err : tmpfs_dir_iops.unlink(dir, victim);
}

static int hostbind_rmdir(struct dentry *dir, struct dentry *victim)
{
	int err = hosttree_check_empty(victim);

	if (!err)
		err = host_remove(dir, victim, true);
	return err ? err : tmpfs_dir_iops.rmdir(dir, victim);
}

/* --- rename --- */

static void repath(struct dentry *d)
{
	struct host_node *n = node_of(d);

	if (S_ISLNK_LINUX(d->inode->mode) || !n)
		return;
	kfree(n->path);
	/* Without memory the node has no path any more: -EIO where one would be needed. */
	n->path = host_child_path(node_of(d->parent), d->name, d->name_len);
}

/* Everything in memory below d has another path now, parents first. */
static void repath_below(struct dentry *top)
{
	struct dentry *d = top;

	for (;;) {
		repath(d);
		if (!list_empty(&d->children)) {
			d = LIST_FIRST(&d->children, struct dentry, sibling);
			continue;
		}
		while (d != top && d->sibling.next == &d->parent->children)
			d = d->parent;
		if (d == top)
			return;
		d = LIST_ENTRY(d->sibling.next, struct dentry, sibling);
	}
}

static int hostbind_rename(struct dentry *old_dir, struct dentry *old, struct dentry *new_dir,
			   const char *name, size_t len, struct dentry *target, uint32_t flags)
{
	char *from, *to;
	int err = 0;

	if (flags & (RENAME_EXCHANGE_LINUX | RENAME_WHITEOUT_LINUX))
		return -EINVAL;
	if (target && S_ISDIR_LINUX(target->inode->mode))
		err = hosttree_check_empty(target);
	if (err)
		return err;
	from = host_child_path(node_of(old_dir), old->name, old->name_len);
	to = host_child_path(node_of(new_dir), name, len);
	if (target)
		keep_content(target->inode);
	err = from && to ? door->hostfile_rename(root_of(old_dir), from, to) : -ENOMEM;
	kfree(from);
	kfree(to);
	if (err)
		return err;
	err = tmpfs_dir_iops.rename(old_dir, old, new_dir, name, len, target, flags);
	repath_below(old);
	return err;
}

/* --- attributes and content --- */

static int hostbind_chmod(struct dentry *d, const struct iattr *a)
{
	const struct host_node *n = S_ISLNK_LINUX(d->inode->mode) ? NULL : node_of(d);

	if (!(a->valid & ATTR_MODE) || !n)
		return 0;
	return n->path ? door->hostfile_chmod(root_of(d), n->path, a->mode & 07777) : -EIO;
}

static int hostbind_dir_setattr(struct dentry *d, const struct iattr *a)
{
	int err = hostbind_chmod(d, a);

	return err ? err : tmpfs_dir_iops.setattr(d, a);
}

static int hostbind_file_setattr(struct dentry *d, const struct iattr *a)
{
	struct host_node *n = node_of(d);
	int err = hostbind_chmod(d, a);

	if (!err && (a->valid & ATTR_SIZE)) {
		int h = hostpages_handle(d->inode, true);
		err = h < 0 ? h : door->hostfile_truncate(h, a->size);
		if (!err)
			n->limit = n->host_size = a->size;
	}
	return err ? err : tmpfs_file_iops.setattr(d, a);
}

/* Small files reach the host with every write, large ones in batches: looking for dirty pages costs by the page. */
static bool writeback_due(const struct pagecache *pc)
{
	return pc->npages <= SMALL_FILE_PAGES || pc->ndirty >= BATCH_PAGES;
}

static int64_t hostbind_write(struct file *f, struct iov_iter *from, int64_t *pos)
{
	int64_t n = generic_file_write(f, from, pos);

	if (n > 0 && writeback_due(&f->inode->pc)) {
		int err = pagecache_writeback(&f->inode->pc);
		if (err)
			return err;
	}
	return n;
}

/* What a shared mapping changed goes to the host at the latest when its file goes. */
static void hostbind_release(struct file *f)
{
	if (f->writable)
		pagecache_writeback(&f->inode->pc);
}

#define XATTR_OPS                                                                                      \
	.getxattr = xattr_generic_get, .setxattr = xattr_generic_set, .listxattr = xattr_generic_list, \
	.removexattr = xattr_generic_remove

const struct inode_ops hostbind_dir_iops = {
    .lookup = hosttree_lookup,
    .create = hostbind_create,
    .symlink = hostbind_symlink,
    .link = hostbind_link,
    .unlink = hostbind_unlink,
    .rmdir = hostbind_rmdir,
    .rename = hostbind_rename,
    .setattr = hostbind_dir_setattr,
    .destroy = hosttree_destroy,
    XATTR_OPS,
};
const struct inode_ops hostbind_file_iops = {
    .setattr = hostbind_file_setattr, .getattr = hostpages_getattr, .destroy = hosttree_destroy, XATTR_OPS};
const struct file_ops hostbind_file_fops = {
    .read = generic_file_read,
    .write = hostbind_write,
    .llseek = generic_file_llseek,
    .mmap = generic_file_mmap,
    .fsync = generic_file_fsync,
    .release = hostbind_release,
};
