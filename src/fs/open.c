/* open.c - from a name to an open file description (open(2), openat2(2)), also for exec.
 * LEAVES OUT: leases, the protected_fifos and protected_regular sysctls, O_DIRECT alignment rules. */
#include "fs/open.h"

#include "core/errno.h"
#include "core/kassert.h"
#include "fs/chrdev.h"
#include "fs/pipe.h"
#include "fs/walk.h"

static const struct file_ops open_path_ops; /* O_PATH: nothing works on it */

uint32_t open_access(uint32_t flags)
{
	static const uint8_t access[4] = {MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE};

	return access[flags & O_ACCMODE_LINUX] | (flags & O_TRUNC_LINUX ? MAY_WRITE : 0);
}

/* May current open p this way? (may_open) */
static int open_allowed(const struct path *p, uint32_t acc, uint32_t flags)
{
	struct inode *ino = p->dentry->inode;
	int err;

	switch (ino->mode & S_IFMT_LINUX) {
	case S_IFLNK_LINUX: return -ELOOP;
	case S_IFDIR_LINUX:
		if (acc & MAY_WRITE)
			return -EISDIR;
		break;
	case S_IFBLK_LINUX:
	case S_IFCHR_LINUX:
		if (p->mnt->flags & MS_NODEV_LINUX)
			return -EACCES;
		break;
	default: break;
	}
	if ((acc & MAY_EXEC) && (!S_ISREG_LINUX(ino->mode) || (p->mnt->flags & MS_NOEXEC_LINUX)))
		return -EACCES;
	err = vfs_permission(ino, acc);
	if (err)
		return err;
	return (flags & O_NOATIME_LINUX) && !vfs_owner_or_capable(ino) ? -EPERM : 0;
}

/* Finds the operations of f and calls the file system's or driver's own open. */
static int open_operations(struct file *f)
{
	struct inode *ino = f->inode;

	switch (ino->mode & S_IFMT_LINUX) {
	case S_IFIFO_LINUX:
		if (ino->ops && ino->ops->open)
			break; /* a pipe of the host's (stdio.c) */
		return fifo_open(ino, f);
	case S_IFSOCK_LINUX: return -ENXIO;
	default: break;
	}
	if (ino->fops)
		f->ops = ino->fops;
	if (ino->ops && ino->ops->open)
		return ino->ops->open(ino, f);
	if ((S_ISCHR_LINUX(ino->mode) || S_ISBLK_LINUX(ino->mode)) && !ino->fops)
		return chrdev_open(ino, f);
	return ino->fops ? 0 : -ENXIO;
}

static bool open_counts_writers(const struct inode *ino)
{
	return S_ISREG_LINUX(ino->mode) || S_ISDIR_LINUX(ino->mode);
}

/* The description itself, after all permission checks (do_dentry_open). May sleep in FIFOs. */
static int open_path(const struct path *p, uint32_t flags, struct file **out)
{
	struct file *f = file_alloc(flags);
	int err = 0;

	if (!f)
		return -ENOMEM;
	f->path = *p;
	path_get(&f->path);
	f->inode = inode_get(p->dentry->inode);
	if (flags & O_PATH_LINUX) {
		f->ops = &open_path_ops;
		f->readable = f->writable = false;
		*out = f;
		return 0;
	}
	if (f->writable && open_counts_writers(f->inode)) {
		if (f->inode->write_count < 0)
			err = -ETXTBSY;
		else
			err = mount_want_write(p);
		if (!err) {
			f->inode->write_count++;
			f->write_access = true;
		}
	}
	if (!err)
		err = open_operations(f);
	if (!err && (flags & O_DIRECT_LINUX) && !S_ISREG_LINUX(f->inode->mode)) {
		if (f->ops->release)
			f->ops->release(f);
		err = -EINVAL;
	}
	if (err) {
		file_discard(f);
		return err;
	}
	*out = f;
	return 0;
}

/* O_TRUNC on an existing regular file. */
static int open_truncate(struct file *f)
{
	struct iattr a = {.valid = ATTR_SIZE | ATTR_FORCE};

	if (f->inode->write_count < 0)
		return -ETXTBSY;
	return vfs_setattr(&f->path, &a);
}

/* What is left once p is known: checks, description, truncation, notification. */
static int open_found(const struct path *p, uint32_t flags, uint32_t acc, bool created, struct file **out)
{
	struct inode *ino = p->dentry->inode;
	bool truncate = (flags & O_TRUNC_LINUX) && S_ISREG_LINUX(ino->mode) && !created;
	int err;

	if (flags & O_PATH_LINUX)
		return open_path(p, flags, out);
	if (truncate) {
		err = mount_want_write(p);
		if (err)
			return err;
	}
	err = created ? 0 : open_allowed(p, acc, flags);
	if (!err)
		err = open_path(p, flags, out);
	if (!err)
		fsnotify_dentry(p->dentry, IN_OPEN_LINUX);
	if (!err && truncate) {
		err = open_truncate(*out);
		if (err)
			file_put(*out);
	}
	return err;
}

/* The last component of an O_CREAT walk: finds or makes it. 1: a link was entered, walk on. */
static int open_or_create(struct walk *w, uint32_t flags, uint32_t mode, bool *created)
{
	struct dentry *d;
	int err;

	if (w->last_len == 0 || walk_is_dot(w->last, w->last_len) || walk_is_dotdot(w->last, w->last_len))
		return walk_last(w, false);
	if (w->slash)
		return -EISDIR;
	err = walk_lookup(w->cur.dentry, w->last, w->last_len, &d);
	if (!err)
		return walk_last_found(w, d, !(flags & (O_NOFOLLOW_LINUX | O_EXCL_LINUX)));
	if (err != -ENOENT)
		return err;
	err = vfs_create(w->cur.dentry, w->cur.mnt, w->last, w->last_len, S_IFREG_LINUX | mode, 0, &d);
	if (err)
		return err;
	*created = true;
	return walk_last_found(w, d, false);
}

static int open_create(struct walk *w, uint32_t flags, uint32_t mode, struct file **out)
{
	bool created = false;
	int r;

	do {
		r = walk_to_last(w);
		if (r == 0)
			r = open_or_create(w, flags, mode, &created);
	} while (r > 0);
	if (r < 0)
		return r;
	if (!created && (flags & O_EXCL_LINUX))
		return -EEXIST;
	if (S_ISDIR_LINUX(w->cur.dentry->inode->mode))
		return -EISDIR;
	return open_found(&w->cur, flags, open_access(flags), created, out);
}

static int open_tmpfile(const struct path *dir, uint32_t flags, uint32_t mode, struct file **out)
{
	const struct inode_ops *ops = dir->dentry->inode->ops;
	struct path p = {dir->mnt, NULL};
	struct inode *ino;
	int err = mount_want_write(dir);

	if (!err)
		err = vfs_permission(dir->dentry->inode, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if (!ops || !ops->tmpfile)
		return -EOPNOTSUPP;
	if (dir->dentry->unlinked)
		return -ENOENT;
	err = ops->tmpfile(dir->dentry, S_IFREG_LINUX | mode, &ino);
	if (err)
		return err;
	ino->linkable = !(flags & O_EXCL_LINUX);
	p.dentry = dentry_add_unlinked(dir->dentry, ino);
	if (!p.dentry)
		return -ENOMEM;
	err = open_path(&p, flags & ~O_TMPFILE_BIT_LINUX, out);
	if (!err)
		(*out)->flags |= O_TMPFILE_LINUX;
	dentry_put(p.dentry);
	return err;
}

int open_resolve(const struct path *start, const char *name, uint32_t flags, uint32_t mode,
		 uint32_t walk_flags, struct file **out)
{
	bool tmpfile = flags & O_TMPFILE_BIT_LINUX;
	struct path p;
	struct walk w;
	int err;

	if (flags & O_CREAT_LINUX) {
		err = walk_begin(&w, start, name, walk_flags);
		if (err)
			return err;
		err = open_create(&w, flags, mode, out);
		walk_end(&w);
		return err;
	}
	if (!(flags & O_NOFOLLOW_LINUX))
		walk_flags |= WALK_FOLLOW;
	if (flags & O_DIRECTORY_LINUX)
		walk_flags |= WALK_DIRECTORY;
	err = vfs_walk(start, name, walk_flags, &p);
	if (err)
		return err;
	err = tmpfile ? open_tmpfile(&p, flags, mode, out)
		      : open_found(&p, flags, open_access(flags), false, out);
	path_put(&p);
	return err;
}

int vfs_open(const struct path *start, const char *name, uint32_t flags, uint32_t mode, struct file **out)
{
	return open_resolve(start, name, flags, mode, 0, out);
}

int vfs_open_path(const struct path *p, uint32_t flags, struct file **out)
{
	return open_found(p, flags, open_access(flags), false, out);
}

int vfs_open_exec(const struct path *start, const char *name, uint32_t walk_flags, struct file **out)
{
	struct path p;
	int err = vfs_walk(start, name, walk_flags, &p);

	if (err)
		return err;
	err = open_found(&p, O_RDONLY_LINUX | O_LARGEFILE_LINUX, MAY_EXEC, false, out);
	path_put(&p);
	if (err)
		return err;
	err = inode_deny_write((*out)->inode);
	if (err) {
		file_put(*out);
		return err;
	}
	(*out)->is_exec = true;
	return 0;
}

void vfs_close_exec(struct file *f)
{
	if (f->is_exec) {
		inode_allow_write(f->inode);
		f->is_exec = false;
	}
	file_put(f);
}
