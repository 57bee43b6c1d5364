/* dirent.c - getdents(2), getdents64(2): directory entries packed into the guest's buffer. */
#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

#define DIRENT_BUFFER_MAX (64U * 1024)

struct dirent_buffer {
	struct dir_ctx ctx;
	uint8_t *data;
	size_t size, used;
	bool too_small; /* not even the first entry fits */
};

/* Room for one record, or NULL when the buffer is full. */
static void *dirent_room(struct dirent_buffer *b, size_t reclen)
{
	void *at = b->data + b->used;

	if (b->size - b->used < reclen) {
		b->too_small = b->used == 0;
		return NULL;
	}
	b->used += reclen;
	return at;
}

static bool dirent_emit64(struct dir_ctx *ctx, const char *name, size_t len, uint64_t ino, uint8_t dtype,
			  int64_t next_pos)
{
	struct dirent_buffer *b = CONTAINER_OF(ctx, struct dirent_buffer, ctx);
	size_t reclen = round_up(offsetof(struct dirent64_linux, d_name) + len + 1, 8);
	struct dirent64_linux *e = dirent_room(b, reclen);

	if (!e)
		return false;
	*e = (struct dirent64_linux){
	    .d_ino = ino, .d_off = next_pos, .d_reclen = (uint16_t)reclen, .d_type = dtype};
	memcpy(e->d_name, name, len); /* the rest of the record is zero */
	return true;
}

/* The old form hides the type behind the name. */
static bool dirent_emit_old(struct dir_ctx *ctx, const char *name, size_t len, uint64_t ino, uint8_t dtype,
			    int64_t next_pos)
{
	struct dirent_buffer *b = CONTAINER_OF(ctx, struct dirent_buffer, ctx);
	size_t reclen = round_up(offsetof(struct dirent_linux, d_name) + len + 2, 8);
	struct dirent_linux *e = dirent_room(b, reclen);

	if (!e)
		return false;
	*e = (struct dirent_linux){.d_ino = ino, .d_off = (uint64_t)next_pos, .d_reclen = (uint16_t)reclen};
	memcpy(e->d_name, name, len);
	((uint8_t *)e)[reclen - 1] = dtype;
	return true;
}

static int64_t dirent_read(struct file *f, uaddr_t out, struct dirent_buffer *b)
{
	int err;

	if (!f->ops->readdir)
		return -ENOTDIR;
	if (f->path.dentry && f->path.dentry->unlinked)
		return -ENOENT;
	b->ctx.pos = f->pos;
	err = f->ops->readdir(f, &b->ctx);
	if (err)
		return err;
	if (b->used == 0 && b->too_small)
		return -EINVAL;
	if (copy_to_user(out, b->data, b->used))
		return -EFAULT;
	f->pos = b->ctx.pos;
	if (f->path.dentry)
		fsnotify_dentry(f->path.dentry, IN_ACCESS_LINUX);
	file_accessed(f);
	return (int64_t)b->used;
}

static int64_t dirent_list(int fd, uaddr_t out, uint32_t count, struct dirent_buffer *b)
{
	struct file *f = fd_get_io(fd);
	int64_t n;

	if (!f)
		return -EBADF;
	b->size = MIN(count, DIRENT_BUFFER_MAX);
	b->data = kmalloc(MAX(b->size, 1U));
	n = b->data ? dirent_read(f, out, b) : -ENOMEM;
	kfree(b->data);
	file_put(f);
	return n;
}

int64_t sys_getdents64(int fd, uaddr_t dirent, uint32_t count)
{
	struct dirent_buffer b = {.ctx.emit = dirent_emit64};

	return dirent_list(fd, dirent, count, &b);
}

int64_t sys_getdents(int fd, uaddr_t dirent, uint32_t count)
{
	struct dirent_buffer b = {.ctx.emit = dirent_emit_old};

	return dirent_list(fd, dirent, count, &b);
}
