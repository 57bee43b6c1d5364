/* hosttree.c - a directory tree of the host, filled lazily: --root DIR and --bind HOST:GUEST.
 *
 * A directory is listed on the host when it is first searched or read; from then on the list in memory is
 * what exists. Of a name, attributes are asked for at its first lookup. From then on everything is tmpfs's:
 * changes live in memory, the host is only read. Content comes page by page (hostpages.c). Read-write binds
 * replace the operations that change things (hostbind.c).
 *
 * Leaves out: hard links between host names (each name is a file of its own), extended attributes of the
 * host, device nodes and sockets of the host (they are shown; opening gives -ENXIO). */
#include "fs/hosttree.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "fs/hostnode.h"
#include "fs/tmpfs.h"
#include "fs/xattr.h"
#include "mm/frame.h"

static KMEM_CACHE(hosttree_cache, hosttree);
static KMEM_CACHE(host_node_cache, host_node);
static const struct inode_ops hosttree_dir_iops, hosttree_file_iops, hosttree_special_iops;
static const struct file_ops hosttree_dir_fops, hosttree_file_fops;

/* --- nodes --- */

struct host_node *host_node_create(char *path)
{
	struct host_node *n = path ? kmem_alloc(&host_node_cache) : NULL;

	if (!n) {
		kfree(path);
		return NULL;
	}
	n->path = path;
	n->handle = -1;
	list_init(&n->lru);
	return n;
}

char *host_child_path(const struct host_node *dir, const char *name, size_t len)
{
	size_t dir_len = dir->path ? strlen(dir->path) : 0;
	char *path = kmalloc(dir_len + 1 + len + 1);

	if (!path)
		return NULL;
	if (dir_len) {
		memcpy(path, dir->path, dir_len);
		path[dir_len++] = '/';
	}
	memcpy(path + dir_len, name, len);
	path[dir_len + len] = '\0';
	return path;
}

static void entry_remove(struct host_node *n, struct host_entry *e)
{
	rbtree_erase(&n->pending, &e->node);
	kfree(e);
}

static void forget_pending(struct host_node *n)
{
	while (n->pending.root)
		entry_remove(n, CONTAINER_OF(n->pending.root, struct host_entry, node));
}

void hosttree_destroy(struct inode *ino)
{
	struct host_node *n = ino->private;

	if (n) {
		hostpages_close(n);
		forget_pending(n);
		kfree(n->path);
		kmem_free(&host_node_cache, n);
		ino->private = NULL;
	}
	tmpfs_file_iops.destroy(ino);
}

/* --- inodes from the host --- */

/* The text of a host link, for kfree(). */
static char *host_link_text(int root, const char *path)
{
	char *buf = kmalloc(PATH_MAX), *text;
	int64_t len;

	if (!buf)
		return NULL;
	len = door->hostfile_readlink(root, path, buf, PATH_MAX - 1);
	text = len >= 0 ? kstrndup(buf, (size_t)len) : NULL;
	kfree(buf);
	return text;
}

static void inode_as_file(struct inode *ino, struct host_node *n, const struct host_stat *st)
{
	bool rw = hosttree_of(ino)->mode == HOSTTREE_RW;

	n->host_ino = st->ino;
	n->host_size = n->limit = st->size;
	ino->size = st->size;
	ino->ops = rw ? &hostbind_file_iops : &hosttree_file_iops;
	ino->fops = rw ? &hostbind_file_fops : &hosttree_file_fops;
	pagecache_init(&ino->pc, rw ? &hostpages_rw_ops : &hostpages_cow_ops, true);
}

/* Gives ino its content by type; path is taken over. */
static int inode_fill(struct inode *ino, char *path, const struct host_stat *st)
{
	bool rw = hosttree_of(ino)->mode == HOSTTREE_RW;
	struct host_node *n;

	if (S_ISLNK_LINUX(ino->mode)) {
		ino->private = host_link_text(hosttree_of(ino)->root, path);
		kfree(path);
		ino->ops = &tmpfs_symlink_iops;
		ino->size = ino->private ? strlen(ino->private) : 0;
		return ino->private ? 0 : -EIO;
	}
	if (!S_ISREG_LINUX(ino->mode) && !S_ISDIR_LINUX(ino->mode)) {
		kfree(path);
		ino->ops = S_ISFIFO_LINUX(ino->mode) ? &tmpfs_special_iops : &hosttree_special_iops;
		return 0;
	}
	n = host_node_create(path);
	if (!n)
		return -ENOMEM;
	ino->private = n;
	if (S_ISREG_LINUX(ino->mode)) {
		inode_as_file(ino, n, st);
		return 0;
	}
	ino->ops = rw ? &hostbind_dir_iops : &hosttree_dir_iops;
	ino->fops = &hosttree_dir_fops;
	ino->nlink = MAX(st->nlink, 2U);
	ino->size = st->size;
	return 0;
}

/* An inode as the host has it; path is taken over. */
static int host_inode(struct super *sb, char *path, const struct host_stat *st, struct inode **out)
{
	struct inode *ino = inode_create(sb, st->mode);

	if (!ino) {
		kfree(path);
		return -ENOMEM;
	}
	sb->used_inodes++;
	ino->ops = &tmpfs_special_iops; /* until it is known what it is */
	ino->nlink = 1;
	ino->uid = st->uid;
	ino->gid = st->gid;
	ino->rdev = makedev_linux(st->rdev_major, st->rdev_minor);
	ino->blocks = st->blocks;
	ino->atime = st->atime_ns;
	ino->mtime = st->mtime_ns;
	ino->ctime = ino->btime = st->ctime_ns;
	int err = inode_fill(ino, path, st);
	if (err) {
		if (S_ISLNK_LINUX(ino->mode))
			ino->private = NULL;
		inode_put(ino);
		return err;
	}
	*out = ino;
	return 0;
}

/* --- directories --- */

static int name_compare(const char *a, size_t alen, const char *b, size_t blen)
{
	int c = memcmp(a, b, MIN(alen, blen));

	return c ? c : alen < blen ? -1 : alen > blen;
}

struct list_arg {
	struct host_node *node;
	uint32_t entries, subdirs;
};

/* Adds a name to the pending ones, sorted: the host's order means nothing. */
static int list_emit(void *arg, const char *name, uint8_t dtype)
{
	struct list_arg *la = arg;
	struct rbnode **link = &la->node->pending.root, *parent = NULL;
	size_t len = strlen(name);
	struct host_entry *e;

	if (len == 0 || len > NAME_MAX)
		return 0;
	e = kmalloc(sizeof(*e) + len + 1);
	if (!e)
		return -ENOMEM;
	e->len = len;
	memcpy(e->name, name, len);
	while (*link) {
		parent = *link;
		const struct host_entry *other = CONTAINER_OF(parent, struct host_entry, node);
		link = name_compare(name, len, other->name, other->len) < 0 ? &parent->left : &parent->right;
	}
	rbtree_insert(&la->node->pending, &e->node, parent, link);
	la->entries++;
	la->subdirs += dtype == DT_DIR_LINUX;
	return 0;
}

/* Lists the directory on the host, once. A directory made in memory has nothing there. */
static int host_list(struct inode *dir)
{
	struct host_node *n = dir->private;
	struct list_arg la = {.node = n};
	int err;

	if (!n || n->listed)
		return 0;
	err = n->path ? door->hostfile_list(hosttree_of(dir)->root, n->path, list_emit, &la) : -EIO;
	if (err) {
		forget_pending(n);
		return err;
	}
	n->listed = true;
	/* tmpfs counts down from these when entries go. */
	dir->nlink = 2 + la.subdirs;
	dir->size = MAX(dir->size, (uint64_t)la.entries * HOSTTREE_DIRENT_SIZE);
	return 0;
}

static struct host_entry *entry_find(const struct host_node *n, const char *name, size_t len)
{
	struct rbnode *r = n->pending.root;

	while (r) {
		struct host_entry *e = CONTAINER_OF(r, struct host_entry, node);
		int c = name_compare(name, len, e->name, e->len);
		if (c == 0)
			return e;
		r = c < 0 ? r->left : r->right;
	}
	return NULL;
}

int hosttree_load_name(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
	char *path = host_child_path(dir->inode->private, name, len);
	struct inode *ino = NULL;
	struct host_stat st;
	int err;

	if (!path)
		return -ENOMEM;
	err = door->hostfile_stat(hosttree_of(dir->inode)->root, path, &st);
	if (err)
		kfree(path);
	else
		err = host_inode(dir->sb, path, &st, &ino);
	if (err)
		return err;
	*out = dentry_add(dir, name, len, ino);
	if (!*out)
		return -ENOMEM;
	dentry_pin(*out);
	return 0;
}

/* Turns a listed name into an entry in memory. One that the host no longer has is dropped. */
static int entry_load(struct dentry *dir, struct host_entry *e, struct dentry **out)
{
	int err = hosttree_load_name(dir, e->name, e->len, out);

	if (err != -ENOMEM)
		entry_remove(dir->inode->private, e);
	return err;
}

int hosttree_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
	struct host_node *n = dir->inode->private;
	struct host_entry *e;
	int err = host_list(dir->inode);

	if (err)
		return err;
	e = n ? entry_find(n, name, len) : NULL;
	return e ? entry_load(dir, e, out) : -ENOENT;
}

/* Everything a listing shows must be in memory: positions and inode numbers are given there. */
int hosttree_readdir(struct file *f, struct dir_ctx *ctx)
{
	struct dentry *dir = f->path.dentry, *d;
	struct host_node *n = dir->inode->private;
	struct rbnode *first;
	int err = host_list(dir->inode);

	if (err)
		return err;
	while (n && (first = rbtree_first(&n->pending))) {
		err = entry_load(dir, CONTAINER_OF(first, struct host_entry, node), &d);
		if (err == -ENOMEM)
			return err;
		if (!err)
			dentry_put(d);
	}
	return dentry_readdir(f, ctx);
}

int hosttree_check_empty(struct dentry *dir)
{
	const struct host_node *n = dir->inode->private;
	int err = host_list(dir->inode);

	if (err)
		return err;
	return (n && n->pending.root) || dentry_has_children(dir) ? -ENOTEMPTY : 0;
}

/* --- changes in memory --- */

/* A new directory gets our operations, so that a full host directory renamed onto it, or below it, is seen as
 * such. */
static int hosttree_create(struct dentry *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
			   struct dentry **out)
{
	int err = tmpfs_dir_iops.create(dir, name, len, mode, rdev, out);

	if (!err && S_ISDIR_LINUX(mode)) {
		(*out)->inode->ops = &hosttree_dir_iops;
		(*out)->inode->fops = &hosttree_dir_fops;
	}
	return err;
}

static int hosttree_symlink(struct dentry *dir, const char *name, size_t len, const char *target,
			    struct dentry **out)
{
	return tmpfs_dir_iops.symlink(dir, name, len, target, out);
}

static int hosttree_link(struct dentry *old, struct dentry *dir, const char *name, size_t len)
{
	return tmpfs_dir_iops.link(old, dir, name, len);
}

static int hosttree_tmpfile(struct dentry *dir, uint32_t mode, struct inode **out)
{
	return tmpfs_dir_iops.tmpfile(dir, mode, out);
}

static int hosttree_unlink(struct dentry *dir, struct dentry *victim)
{
	return tmpfs_dir_iops.unlink(dir, victim);
}

static int hosttree_rmdir(struct dentry *dir, struct dentry *victim)
{
	int err = hosttree_check_empty(victim);

	return err ? err : tmpfs_dir_iops.rmdir(dir, victim);
}

static int hosttree_rename(struct dentry *old_dir, struct dentry *old, struct dentry *new_dir,
			   const char *name, size_t len, struct dentry *target, uint32_t flags)
{
	int err = 0;

	if (target && S_ISDIR_LINUX(target->inode->mode) && !(flags & RENAME_EXCHANGE_LINUX))
		err = hosttree_check_empty(target);
	return err ? err : tmpfs_dir_iops.rename(old_dir, old, new_dir, name, len, target, flags);
}

static int hosttree_dir_setattr(struct dentry *d, const struct iattr *a)
{
	return tmpfs_dir_iops.setattr(d, a);
}

static int hosttree_file_setattr(struct dentry *d, const struct iattr *a)
{
	struct host_node *n = d->inode->private;
	int err = tmpfs_file_iops.setattr(d, a);

	if (!err && (a->valid & ATTR_SIZE))
		n->limit = MIN(n->limit, a->size); /* what was cut off never comes back */
	return err;
}

static int hosttree_fallocate(struct file *f, int mode, uint64_t off, uint64_t len)
{
	const struct host_node *n = f->inode->private;
	int err;

	if (!(mode & (FALLOC_FL_PUNCH_HOLE_LINUX | FALLOC_FL_ZERO_RANGE_LINUX)) || off >= n->limit)
		return generic_file_fallocate(f, mode, off, len);
	/* Pages dropped would be read from the host again: write zeros there, holes beyond. */
	uint64_t end = off + len, zero_end = MIN(end, round_up(n->limit, PAGE_SIZE));
	err = hostpages_zero(f->inode, off, zero_end - off);
	if (!err && end > zero_end)
		err = generic_file_fallocate(f, mode, zero_end, end - zero_end);
	return err;
}

/* Devices and sockets of the host are only to be seen. */
static int hosttree_special_open(struct inode *ino, struct file *f)
{
	(void)ino;
	(void)f;
	return -ENXIO;
}

/* --- the superblock --- */

static void hosttree_statfs(struct super *sb, struct statfs_linux *st)
{
	(void)sb;
	st->f_blocks = frame_total();
	st->f_bfree = st->f_bavail = frame_free();
}

static void hosttree_shutdown(struct super *sb)
{
	kmem_free(&hosttree_cache, sb->private);
	sb->private = NULL;
}

/* A tree handed over for reading stays so. */
static int hosttree_remount(struct super *sb, uint32_t flags, const char *data)
{
	const struct hosttree *t = sb->private;

	(void)data;
	return t->mode == HOSTTREE_RO && !(flags & MS_RDONLY_LINUX) ? -EROFS : 0;
}

static const struct super_ops hosttree_super_ops = {
    .statfs = hosttree_statfs, .shutdown = hosttree_shutdown, .remount = hosttree_remount};

int hosttree_super_create(int host_root, enum hosttree_mode mode, struct super **out)
{
	struct hosttree *t;
	struct inode *ino = NULL;
	struct super *sb;
	struct host_stat st;
	int err = door->hostfile_stat(host_root, "", &st);

	if (err)
		return err;
	t = kmem_alloc(&hosttree_cache);
	sb = t ? super_create("hosttree", TMPFS_MAGIC_LINUX, &hosttree_super_ops) : NULL;
	if (!sb) {
		if (t)
			kmem_free(&hosttree_cache, t);
		return -ENOMEM;
	}
	t->root = host_root;
	t->mode = mode;
	sb->private = t;
	if (mode == HOSTTREE_RO)
		sb->flags |= MS_RDONLY_LINUX;
	char *path = kstrdup("");
	err = path ? host_inode(sb, path, &st, &ino) : -ENOMEM;
	if (!err) {
		sb->root = dentry_add(NULL, "/", 1, ino);
		err = sb->root ? 0 : -ENOMEM;
	}
	if (err) {
		super_put(sb);
		return err;
	}
	*out = sb;
	return 0;
}

#define XATTR_OPS                                                                                      \
	.getxattr = xattr_generic_get, .setxattr = xattr_generic_set, .listxattr = xattr_generic_list, \
	.removexattr = xattr_generic_remove

static const struct inode_ops hosttree_dir_iops = {
    .lookup = hosttree_lookup,
    .create = hosttree_create,
    .tmpfile = hosttree_tmpfile,
    .symlink = hosttree_symlink,
    .link = hosttree_link,
    .unlink = hosttree_unlink,
    .rmdir = hosttree_rmdir,
    .rename = hosttree_rename,
    .setattr = hosttree_dir_setattr,
    .destroy = hosttree_destroy,
    XATTR_OPS,
};
static const struct inode_ops hosttree_file_iops = {
    .setattr = hosttree_file_setattr, .getattr = hostpages_getattr, .destroy = hosttree_destroy, XATTR_OPS};
static const struct inode_ops hosttree_special_iops = {
    .open = hosttree_special_open, .setattr = hosttree_dir_setattr, .destroy = hosttree_destroy, XATTR_OPS};
static const struct file_ops hosttree_dir_fops = {
    .llseek = dentry_dir_llseek, .readdir = hosttree_readdir, .fsync = generic_file_fsync};
static const struct file_ops hosttree_file_fops = {
    .read = generic_file_read,
    .write = generic_file_write,
    .llseek = generic_file_llseek,
    .mmap = generic_file_mmap,
    .fsync = generic_file_fsync,
    .fallocate = hosttree_fallocate,
};
