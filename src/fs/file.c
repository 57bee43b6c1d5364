/* file.c - open file descriptions: their life, read and write on them, and files without a name (open(2)).
 * LEAVES OUT: O_ASYNC signals, leases, the system-wide limit file-max (memory is the limit). */
#include "fs/file.h"

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/epoll.h"
#include "fs/locks.h"
#include "fs/mount.h"
#include "fs/open.h"
#include "fs/super.h"

static KMEM_CACHE(file_cache, file);
static uint64_t open_files;

static const struct file_ops file_no_ops;

struct file *file_alloc(uint32_t flags)
{
	struct file *f = kmem_alloc(&file_cache);
	uint32_t acc = flags & O_ACCMODE_LINUX;

	if (!f)
		return NULL;
	f->refs = 1;
	f->flags = flags & ~O_CREATION_LINUX;
	f->noctty = flags & O_NOCTTY_LINUX;
	f->readable = acc == O_RDONLY_LINUX || acc == O_RDWR_LINUX;
	f->writable = acc == O_WRONLY_LINUX || acc == O_RDWR_LINUX;
	f->ops = &file_no_ops;
	if (current && current->cred)
		f->cred = cred_get(current->cred);
	list_init(&f->epoll_links);
	open_files++;
	return f;
}

void file_discard(struct file *f)
{
	if (f->write_access)
		f->inode->write_count--;
	if (f->is_exec)
		inode_allow_write(f->inode);
	path_put(&f->path);
	if (f->inode)
		inode_put(f->inode);
	if (f->cred)
		cred_put(f->cred);
	open_files--;
	kmem_free(&file_cache, f);
}

struct file *file_get(struct file *f)
{
	f->refs++;
	return f;
}

void file_put(struct file *f)
{
	KASSERT(f->refs > 0);
	if (f->refs > 1) {
		f->refs--;
		return;
	}
	/* The last reference is still ours while the hooks run. */
	if (!(f->flags & O_PATH_LINUX)) {
		if (f->path.dentry)
			fsnotify_dentry(f->path.dentry,
					f->writable ? IN_CLOSE_WRITE_LINUX : IN_CLOSE_NOWRITE_LINUX);
		epoll_file_release(f);
		locks_release_file(f);
		if (f->ops->release)
			f->ops->release(f);
	}
	file_discard(f);
}

uint64_t file_count(void)
{
	return open_files;
}

struct file *file_create(struct inode *ino, const struct file_ops *ops, uint32_t flags, void *private)
{
	struct file *f = file_alloc(flags);

	if (!f) {
		inode_put(ino);
		return NULL;
	}
	f->inode = ino;
	f->ops = ops;
	f->private = private;
	return f;
}

/* --- files of the anonymous file system --- */
/* eventfd and the like cannot be opened again through /proc/PID/fd. */
static int file_anon_open(struct inode *ino, struct file *f)
{
	(void)ino;
	(void)f;
	return -ENXIO;
}

/* They are all one file to Linux, which lets nobody change it. */
static int file_anon_setattr(struct dentry *d, const struct iattr *a)
{
	(void)d;
	(void)a;
	return -EOPNOTSUPP;
}

static const struct inode_ops file_anon_iops = {.open = file_anon_open, .setattr = file_anon_setattr};

struct file *file_create_anon(const char *name, const struct file_ops *ops, uint32_t flags, void *private)
{
	struct inode *ino = inode_create(super_anon, S_IRUSR_LINUX | S_IWUSR_LINUX);

	if (!ino)
		return NULL;
	inode_init_owner(ino, NULL, S_IRUSR_LINUX | S_IWUSR_LINUX);
	ino->uid = ino->gid = 0; /* whoever made it: in Linux all of them share one inode of the kernel's */
	ino->ops = &file_anon_iops;
	ino->private = (void *)(uintptr_t)name;
	return file_create(ino, ops, flags, private);
}

/* --- paths and names --- */
int file_path(struct file *f, struct path *out)
{
	struct dentry *d;

	if (f->path.dentry) {
		*out = f->path;
		path_get(out);
		return 0;
	}
	d = dentry_add_unlinked(NULL, inode_get(f->inode));
	if (!d)
		return -ENOMEM;
	*out = (struct path){mount_get(mount_anon), d};
	return 0;
}

void file_name(struct file *f, struct strbuf *out)
{
	char *buf, *text;

	if (f->ops->name) {
		f->ops->name(f, out);
		return;
	}
	if (f->inode->ops == &file_anon_iops) {
		strbuf_printf(out, "anon_inode:[%s]", (const char *)f->inode->private);
		return;
	}
	if (!f->path.dentry)
		return;
	buf = kmalloc(PATH_MAX);
	text = buf ? vfs_path_text(&f->path, buf, PATH_MAX) : NULL;
	if (text)
		strbuf_printf(out, "%s", text);
	else
		out->failed = true;
	kfree(buf);
}

/* --- read(2), write(2), poll(2) --- */
/* The checks that come before any file's own: mode, kind, position. */
static int file_check_range(const struct file *f, uint64_t count, int64_t pos)
{
	if (f->ops->stream)
		return 0;
	if (pos < 0 || (uint64_t)pos + count > (uint64_t)INT64_MAX)
		return -EINVAL;
	return 0;
}

int64_t file_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	int64_t n;

	if (!f->readable)
		return -EBADF;
	if (S_ISDIR_LINUX(f->inode->mode))
		return -EISDIR;
	if (!f->ops->read)
		return -EINVAL;
	n = file_check_range(f, to->count, *pos);
	if (n)
		return n;
	n = f->ops->read(f, to, pos);
	if (n > 0 && f->path.dentry)
		fsnotify_dentry(f->path.dentry, IN_ACCESS_LINUX);
	return n;
}

int64_t file_write(struct file *f, struct iov_iter *from, int64_t *pos)
{
	int64_t n;

	if (!f->writable)
		return -EBADF;
	if (!f->ops->write)
		return -EINVAL;
	n = file_check_range(f, from->count, *pos);
	if (n)
		return n;
	n = f->ops->write(f, from, pos);
	if (n > 0 && f->path.dentry)
		fsnotify_dentry(f->path.dentry, IN_MODIFY_LINUX);
	return n;
}

int64_t file_read_kernel(struct file *f, void *buf, size_t n, uint64_t off)
{
	struct iov_iter to;
	int64_t pos = (int64_t)off, got;
	size_t done = 0;

	if (S_ISDIR_LINUX(f->inode->mode))
		return -EISDIR;
	if (!f->ops->read)
		return -EINVAL;
	while (done < n) {
		iter_init_kernel(&to, (uint8_t *)buf + done, n - done);
		got = f->ops->read(f, &to, &pos);
		if (got < 0)
			return done ? (int64_t)done : got;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (int64_t)done;
}

uint32_t file_poll(struct file *f, struct poll_table *pt)
{
	if (f->ops->poll)
		return f->ops->poll(f, pt);
	return POLLIN_LINUX | POLLOUT_LINUX | POLLRDNORM_LINUX | POLLWRNORM_LINUX;
}
