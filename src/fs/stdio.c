/* stdio.c - kevsim's standard streams as files: pipes, regular files and devices of the host, byte by byte through the
 * door. A stream that is a terminal is the console instead.
 *
 * The position of a regular file is the host's: streams that share one there (`>log 2>&1`) share it here.
 * LEAVES OUT: mmap of a redirected file, splice into one, record locks seen by the host, truncation. */
#include "fs/stdio.h"

#include <string.h>

#include "core/door.h"
#include "core/errno.h"
#include "core/kfmt.h"
#include "core/signal.h"
#include "core/task.h"
#include "fs/console.h"
#include "fs/super.h"
#include "fs/tty.h"

#define STREAMS 3
#define COPY_CHUNK 1024U

static struct waitq stdio_wait[STREAMS];

void stdio_init(void)
{
	for (int s = 0; s < STREAMS; s++)
		waitq_init(&stdio_wait[s]);
}

void stdio_softirq(uint32_t door_events)
{
	if (!(door_events & DOOR_EVENT_CONSOLE))
		return;
	for (int s = 0; s < STREAMS; s++)
		waitq_wake(&stdio_wait[s], INT32_MAX, POLLIN_LINUX | POLLRDNORM_LINUX);
}

bool stdio_awaited(void)
{
	for (int s = 0; s < STREAMS; s++) {
		if (waitq_active(&stdio_wait[s]))
			return true;
	}
	return console_awaited();
}

static int stdio_stream(const struct inode *ino)
{
	return (int)(intptr_t)ino->private;
}

static bool stdio_is_regular(const struct file *f)
{
	return S_ISREG_LINUX(f->inode->mode);
}

/* Goes to *pos for a pwrite: the position to come back to, or a negative errno. A write at the file's own position goes
 * to wherever the host's description is, which another stream may share. */
static int64_t stdio_seek_write(const struct file *f, const int64_t *pos)
{
	int s = stdio_stream(f->inode);
	int64_t old, r;

	if (!stdio_is_regular(f) || pos == &f->pos)
		return 0;
	old = door->con_seek(s, 0, SEEK_CUR_LINUX);
	if (old < 0)
		return old;
	r = door->con_seek(s, *pos, SEEK_SET_LINUX);
	return r < 0 ? r : old;
}

static void stdio_written(const struct file *f, int64_t *pos, int64_t old, int64_t moved)
{
	int s = stdio_stream(f->inode);

	if (!stdio_is_regular(f))
		return;
	if (pos == &f->pos) {
		*pos = MAX(door->con_seek(s, 0, SEEK_CUR_LINUX), 0);
		return;
	}
	*pos += moved;
	(void)door->con_seek(s, old, SEEK_SET_LINUX);
}

/* One round of reading: what the host has, at most n bytes. */
static int64_t stdio_read_some(struct file *f, uint8_t *buf, size_t n)
{
	int s = stdio_stream(f->inode);

	for (;;) {
		int64_t got = door->con_read(s, buf, n);
		int err;

		if (got != -EAGAIN)
			return got;
		if (f->flags & O_NONBLOCK_LINUX)
			return -EAGAIN;
		err = wait_on(&stdio_wait[s]);
		if (err)
			return err;
	}
}

static int64_t stdio_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	uint8_t buf[COPY_CHUNK];
	int64_t done = 0, got = 0;

	if (stdio_is_regular(f)) {
		got = door->con_seek(stdio_stream(f->inode), *pos, SEEK_SET_LINUX);
		if (got < 0)
			return got;
	}
	while (to->count > 0) {
		size_t want = MIN(to->count, sizeof(buf)), copied;

		/* What is there is enough, unless it is a file: that is read to the end. */
		if (done > 0 && !door->con_ready(stdio_stream(f->inode)))
			break;
		got = stdio_read_some(f, buf, want);
		if (got <= 0)
			break;
		copied = iter_write(to, buf, (size_t)got);
		done += (int64_t)copied;
		if (copied < (size_t)got) {
			got = -EFAULT;
			break;
		}
		if ((size_t)got < want && !stdio_is_regular(f))
			break;
	}
	if (stdio_is_regular(f))
		*pos += done;
	return done > 0 ? done : got;
}

static int64_t stdio_write(struct file *f, struct iov_iter *from, int64_t *pos)
{
	uint8_t buf[COPY_CHUNK];
	int64_t done = 0, put = 0, old = stdio_seek_write(f, pos);

	if (old < 0)
		return old;
	while (from->count > 0) {
		size_t n = iter_read(from, buf, MIN(from->count, sizeof(buf)));

		put = n == 0 ? -EFAULT : door->con_write(stdio_stream(f->inode), buf, n);
		if (put < 0)
			break;
		done += put;
		if ((size_t)put < n)
			break;
	}
	stdio_written(f, pos, old, done);
	if (put == -EPIPE && done == 0 && current)
		signal_kernel_task(current, SIGPIPE_LINUX);
	return done > 0 ? done : put;
}

static int64_t stdio_llseek(struct file *f, int64_t off, int whence)
{
	int64_t r;

	if (!stdio_is_regular(f))
		return S_ISFIFO_LINUX(f->inode->mode) ? -ESPIPE : 0;
	r = door->con_seek(stdio_stream(f->inode), off, whence);
	if (r >= 0)
		f->pos = r;
	return r;
}

static uint32_t stdio_poll(struct file *f, struct poll_table *pt)
{
	int s = stdio_stream(f->inode);
	uint32_t events = 0;

	if (f->readable) {
		if (door->con_ready(s))
			events |= POLLIN_LINUX | POLLRDNORM_LINUX;
		else
			poll_wait(f, &stdio_wait[s], pt);
	}
	if (f->writable)
		events |= POLLOUT_LINUX | POLLWRNORM_LINUX;
	return events;
}

static int stdio_fsync(struct file *f, bool data_only)
{
	(void)data_only;
	return stdio_is_regular(f) ? 0 : -EINVAL;
}

static void stdio_name(struct file *f, struct strbuf *out)
{
	if (S_ISFIFO_LINUX(f->inode->mode))
		strbuf_printf(out, "pipe:[%llu]", (unsigned long long)f->inode->ino);
	else if (S_ISCHR_LINUX(f->inode->mode))
		strbuf_printf(out, "/dev/null");
	else
		strbuf_printf(out, "host:[%llu]", (unsigned long long)f->inode->ino);
}

static const struct file_ops stdio_file_fops = {
    .read = stdio_read,
    .write = stdio_write,
    .llseek = stdio_llseek,
    .poll = stdio_poll,
    .fsync = stdio_fsync,
    .name = stdio_name,
};
static const struct file_ops stdio_stream_fops = {
    .read = stdio_read,
    .write = stdio_write,
    .llseek = stdio_llseek,
    .poll = stdio_poll,
    .fsync = stdio_fsync,
    .name = stdio_name,
    .stream = true,
};

/* --- inodes --- */
static int stdio_getattr(struct inode *ino)
{
	struct con_info info;

	if (!S_ISREG_LINUX(ino->mode))
		return 0;
	door->con_info(stdio_stream(ino), &info);
	ino->size = info.size;
	ino->blocks = (info.size + 511) / 512;
	return 0;
}

static int stdio_setattr(struct dentry *d, const struct iattr *a)
{
	if (a->valid & ATTR_SIZE)
		return -EINVAL;
	inode_apply_attr(d->inode, a);
	return 0;
}

/* Opened again, through /proc/self/fd/N or /dev/stdin. */
static int stdio_reopen(struct inode *ino, struct file *f)
{
	struct con_info info;

	door->con_info(stdio_stream(ino), &info);
	if ((f->readable && !info.readable) || (f->writable && !info.writable))
		return -EACCES;
	return 0;
}

static const struct inode_ops stdio_iops = {
    .getattr = stdio_getattr, .setattr = stdio_setattr, .open = stdio_reopen};

static uint32_t stdio_flags(const struct con_info *info)
{
	uint32_t flags = info->append ? O_APPEND_LINUX : 0;

	if (info->readable && info->writable)
		return flags | O_RDWR_LINUX;
	return flags | (info->writable ? O_WRONLY_LINUX : O_RDONLY_LINUX);
}

int stdio_open(int stream, struct file **out)
{
	struct con_info info;
	struct inode *ino;
	uint32_t mode = S_IFIFO_LINUX | 0600;

	door->con_info(stream, &info);
	if (info.kind == CON_CLOSED)
		return -EBADF;
	if (info.kind == CON_TTY && tty_console())
		return vfs_open(NULL, "/dev/console", O_RDWR_LINUX | O_NOCTTY_LINUX | O_LARGEFILE_LINUX, 0,
				out);
	if (info.kind == CON_FILE)
		mode = S_IFREG_LINUX | 0600;
	if (info.kind == CON_CHARDEV)
		mode = S_IFCHR_LINUX | 0666;
	ino = inode_create(super_anon, mode);
	if (!ino)
		return -ENOMEM;
	ino->private = (void *)(intptr_t)stream;
	ino->ops = &stdio_iops;
	ino->fops = info.kind == CON_FILE ? &stdio_file_fops : &stdio_stream_fops;
	if (info.kind == CON_CHARDEV)
		ino->rdev = makedev_linux(1, 3); /* /dev/null, as a rule */
	*out = file_create(ino, ino->fops, stdio_flags(&info), NULL);
	if (!*out)
		return -ENOMEM;
	if (info.kind == CON_FILE)
		(*out)->pos = MAX(door->con_seek(stream, 0, SEEK_CUR_LINUX), 0);
	return 0;
}
