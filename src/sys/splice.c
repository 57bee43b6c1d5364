/* splice.c - sendfile(2), splice(2), tee(2), vmsplice(2), copy_file_range(2): the rules about files, offsets
 * and flags; the moving is in fs/splice.c. */
#include "fs/splice.h"

#include "core/errno.h"
#include "core/kmem.h"
#include "fs/abi_event.h"
#include "fs/fdtable.h"
#include "fs/noseek.h"
#include "fs/pipe.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

/* Two referenced files of a call, in readable and out writable. */
struct file_pair {
	struct file *in, *out;
};

static void pair_put(struct file_pair *p)
{
	if (p->in)
		file_put(p->in);
	if (p->out)
		file_put(p->out);
}

static int pair_get(struct file_pair *p, int in, int out)
{
	p->in = fd_get_io(in);
	p->out = fd_get_io(out);
	if (p->in && p->out && p->in->readable && p->out->writable)
		return 0;
	pair_put(p);
	return -EBADF;
}

static bool positioned(const struct file *f)
{
	return !f->ops->stream;
}

/* Event counters and the like have nothing that could be moved. */
static bool spliceable(const struct file *f)
{
	return f->ops->llseek != noseek_llseek;
}

/* An offset argument: the guest's, if it gave one, or the file's own position. */
struct offset_arg {
	int64_t value;
	uaddr_t user;
	int64_t *at; /* value or the file's pos: files tell by the pointer whose position it is */
};

static int offset_get(struct offset_arg *o, struct file *f, uaddr_t user)
{
	*o = (struct offset_arg){.user = user, .at = uaddr_null(user) ? &f->pos : &o->value};
	if (!uaddr_null(user) && copy_from_user(&o->value, user, sizeof(o->value)))
		return -EFAULT;
	return 0;
}

/* Stores where it went on, also after an error; returns ret, or -EFAULT. */
static int64_t offset_put(const struct offset_arg *o, int64_t ret)
{
	if (uaddr_null(o->user))
		return ret;
	return copy_to_user(o->user, &o->value, sizeof(o->value)) ? -EFAULT : ret;
}

/* --- sendfile --- */

static int64_t sendfile_move(const struct file_pair *p, int64_t *pos, uint64_t count)
{
	struct pipe *opipe = pipe_of_file(p->out);

	count = MIN(count, MAX_RW_COUNT_LINUX);
	if (*pos < 0)
		return -EINVAL;
	/* The source must have content by position, the target must not be written at its end only. */
	if (!positioned(p->in) || S_ISDIR_LINUX(p->in->inode->mode) || !p->in->ops->read ||
	    !spliceable(p->in))
		return -EINVAL;
	if (opipe)
		return splice_to_pipe(p->in, pos, opipe, count,
				      p->out->flags & O_NONBLOCK_LINUX ? SPLICE_F_NONBLOCK_LINUX : 0);
	if ((p->out->flags & O_APPEND_LINUX) || !spliceable(p->out))
		return -EINVAL;
	return splice_sendfile(p->in, pos, p->out, &p->out->pos, count);
}

int64_t sys_sendfile(int out_fd, int in_fd, uaddr_t offset, uint64_t count)
{
	struct file_pair p;
	struct offset_arg o;
	int64_t ret = pair_get(&p, in_fd, out_fd);

	if (ret)
		return ret;
	ret = offset_get(&o, p.in, offset);
	if (ret)
		goto out;
	if (!uaddr_null(offset) && !positioned(p.in)) {
		ret = -ESPIPE;
		goto out;
	}
	ret = sendfile_move(&p, o.at, count);
	ret = offset_put(&o, ret);
out:
	pair_put(&p);
	return ret;
}

/* --- splice --- */

static int64_t splice_pipes(const struct file_pair *p, struct pipe *ip, struct pipe *op, uint64_t len,
			    uint32_t flags)
{
	bool nonblock = (flags & SPLICE_F_NONBLOCK_LINUX) ||
			((p->in->flags | p->out->flags) & O_NONBLOCK_LINUX);

	return ip == op ? -EINVAL : splice_pipe_to_pipe(ip, op, len, nonblock);
}

static int64_t splice_out_of_pipe(const struct file_pair *p, struct pipe *ip, uaddr_t off_out, uint64_t len,
				  uint32_t flags)
{
	struct offset_arg o;

	if (!uaddr_null(off_out) && !positioned(p->out))
		return -EINVAL;
	int64_t ret = offset_get(&o, p->out, off_out);
	if (ret)
		return ret;
	if ((p->out->flags & O_APPEND_LINUX) || *o.at < 0 || !p->out->ops->write)
		return -EINVAL;
	if (p->in->flags & O_NONBLOCK_LINUX)
		flags |= SPLICE_F_NONBLOCK_LINUX;
	ret = splice_from_pipe(ip, p->out, o.at, len, flags);
	return offset_put(&o, ret);
}

static int64_t splice_into_pipe(const struct file_pair *p, struct pipe *op, uaddr_t off_in, uint64_t len,
				uint32_t flags)
{
	struct offset_arg o;

	if (!uaddr_null(off_in) && !positioned(p->in))
		return -EINVAL;
	int64_t ret = offset_get(&o, p->in, off_in);
	if (ret)
		return ret;
	if (*o.at < 0 || !p->in->ops->read)
		return -EINVAL;
	if (p->out->flags & O_NONBLOCK_LINUX)
		flags |= SPLICE_F_NONBLOCK_LINUX;
	ret = splice_to_pipe(p->in, o.at, op, len, flags);
	return offset_put(&o, ret);
}

int64_t sys_splice(int fd_in, uaddr_t off_in, int fd_out, uaddr_t off_out, uint64_t len, uint32_t flags)
{
	struct file_pair p;

	if (len == 0)
		return 0;
	if (flags & ~SPLICE_F_ALL_LINUX)
		return -EINVAL;
	int64_t ret = pair_get(&p, fd_in, fd_out);
	if (ret)
		return ret;
	struct pipe *ip = pipe_of_file(p.in), *op = pipe_of_file(p.out);
	len = MIN(len, MAX_RW_COUNT_LINUX);
	if ((ip && !uaddr_null(off_in)) || (op && !uaddr_null(off_out)))
		ret = -ESPIPE;
	else if (ip && op)
		ret = splice_pipes(&p, ip, op, len, flags);
	else if (ip)
		ret = splice_out_of_pipe(&p, ip, off_out, len, flags);
	else if (op)
		ret = splice_into_pipe(&p, op, off_in, len, flags);
	else
		ret = -EINVAL;
	pair_put(&p);
	return ret;
}

int64_t sys_tee(int fd_in, int fd_out, uint64_t len, uint32_t flags)
{
	struct file_pair p;

	if (flags & ~SPLICE_F_ALL_LINUX)
		return -EINVAL;
	if (len == 0)
		return 0;
	int64_t ret = pair_get(&p, fd_in, fd_out);
	if (ret)
		return ret;
	struct pipe *ip = pipe_of_file(p.in), *op = pipe_of_file(p.out);
	bool nonblock = (flags & SPLICE_F_NONBLOCK_LINUX) ||
			((p.in->flags | p.out->flags) & O_NONBLOCK_LINUX);
	ret = ip && op && ip != op ? splice_tee(ip, op, len, nonblock) : -EINVAL;
	pair_put(&p);
	return ret;
}

/* --- vmsplice --- */

static int iovec_copy(struct iovec_linux **out, uaddr_t iov, uint64_t n)
{
	struct iovec_linux *v;
	uint64_t total = 0;

	*out = NULL;
	if (n > IOV_MAX_LINUX)
		return -EINVAL;
	if (n == 0)
		return 0;
	v = kmalloc(n * sizeof(*v));
	if (!v)
		return -ENOMEM;
	int err = copy_from_user(v, iov, n * sizeof(*v));
	for (uint64_t i = 0; i < n && !err; i++) {
		if (v[i].len > INT64_MAX)
			err = -EINVAL;
		v[i].len = MIN(v[i].len, MAX_RW_COUNT_LINUX - total);
		total += v[i].len;
	}
	if (err)
		kfree(v);
	else
		*out = v;
	return err;
}

static int64_t vmsplice_move(struct file *f, struct pipe *p, struct iov_iter *it, bool nonblock)
{
	if (it->count == 0)
		return 0;
	if (f->writable)
		return splice_user_to_pipe(it, p, nonblock);
	int ready = pipe_wait_data(p, nonblock);
	return ready <= 0 ? ready : file_read(f, it, &f->pos);
}

int64_t sys_vmsplice(int fd, uaddr_t iov, uint64_t nr_segs, uint32_t flags)
{
	struct iovec_linux *v;
	struct iov_iter it;

	if (flags & ~SPLICE_F_ALL_LINUX)
		return -EINVAL;
	struct file *f = fd_get_io(fd);
	if (!f)
		return -EBADF;
	struct pipe *p = pipe_of_file(f);
	int64_t ret = p ? iovec_copy(&v, iov, nr_segs) : -EBADF;
	if (!ret) {
		iter_init_iovec(&it, v, (uint32_t)nr_segs);
		ret = vmsplice_move(f, p, &it,
				    (flags & SPLICE_F_NONBLOCK_LINUX) || (f->flags & O_NONBLOCK_LINUX));
		kfree(v);
	}
	file_put(f);
	return ret;
}

/* --- copy_file_range --- */

static int copy_range_check(const struct file_pair *p, uint32_t flags)
{
	if (flags != 0)
		return -EINVAL;
	if (S_ISDIR_LINUX(p->in->inode->mode) || S_ISDIR_LINUX(p->out->inode->mode))
		return -EISDIR;
	if (!S_ISREG_LINUX(p->in->inode->mode) || !S_ISREG_LINUX(p->out->inode->mode))
		return -EINVAL;
	if (p->out->flags & O_APPEND_LINUX)
		return -EBADF;
	return p->in->inode->sb == p->out->inode->sb ? 0 : -EXDEV;
}

/* Cuts the copy at the end of the source and refuses to copy a file onto itself. */
static int64_t copy_range_move(const struct file_pair *p, int64_t *in, int64_t *out, uint64_t len)
{
	uint64_t size = p->in->inode->size;

	if ((uint64_t)*in + len < len || (uint64_t)*out + len < len)
		return -EOVERFLOW;
	if (*in < 0 || *out < 0)
		return -EINVAL;
	if ((uint64_t)*in >= size)
		return 0;
	len = MIN(MIN(len, size - (uint64_t)*in), MAX_RW_COUNT_LINUX);
	if (p->in->inode == p->out->inode && *in < *out + (int64_t)len && *out < *in + (int64_t)len)
		return -EINVAL;
	return len ? splice_copy_range(p->in, in, p->out, out, len) : 0;
}

int64_t sys_copy_file_range(int fd_in, uaddr_t off_in, int fd_out, uaddr_t off_out, uint64_t len,
			    uint32_t flags)
{
	struct offset_arg in, out;
	struct file_pair p;
	int64_t ret = pair_get(&p, fd_in, fd_out);

	if (ret)
		return ret;
	ret = copy_range_check(&p, flags);
	if (!ret)
		ret = offset_get(&in, p.in, off_in);
	if (!ret)
		ret = offset_get(&out, p.out, off_out);
	if (!ret) {
		ret = copy_range_move(&p, in.at, out.at, len);
		if (ret > 0) {
			ret = offset_put(&in, ret);
			ret = offset_put(&out, ret);
		}
	}
	pair_put(&p);
	return ret;
}
