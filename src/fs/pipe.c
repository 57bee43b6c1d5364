/* pipe.c - pipes and FIFOs: pipe(7), fifo(7), pipe(2), fcntl(2) F_SETPIPE_SZ.
 *
 * A pipe is a ring of slots; a slot is a frame and the part of it that is still to be read. Reader and writer
 * meet in the ring only: a write fills new frames (or the rest of the last one, if all of its odd bytes fit
 * there: that is what makes writes of up to PIPE_BUF bytes atomic), a read empties them. Readers and writers
 * wait in queues of their own, exclusively: data wakes one reader, and a reader that leaves something behind
 * wakes the next.
 *
 * Leaves out: the per-user limits of pipe pages, SIGIO (F_SETSIG on a pipe), watch queues
 * (O_NOTIFICATION_PIPE). */
#include "fs/pipe.h"

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/signal.h"
#include "core/task.h"
#include "fs/abi_event.h"
#include "mm/usercopy.h"

#define READ_EVENTS (POLLIN_LINUX | POLLRDNORM_LINUX)
#define WRITE_EVENTS (POLLOUT_LINUX | POLLWRNORM_LINUX)

static KMEM_CACHE(pipe_cache, pipe);
static struct super *pipefs;
static const struct file_ops pipe_file_ops, fifo_file_ops;

/* --- the ring --- */

static struct pipe *pipe_alloc(void)
{
	struct pipe *p = kmem_alloc(&pipe_cache);

	if (!p)
		return NULL;
	p->slots = kmalloc(PIPE_DEFAULT_SLOTS * sizeof(*p->slots));
	if (!p->slots) {
		kmem_free(&pipe_cache, p);
		return NULL;
	}
	p->nslots = PIPE_DEFAULT_SLOTS;
	waitq_init(&p->rd_wait);
	waitq_init(&p->wr_wait);
	return p;
}

static void pipe_free(struct pipe *p)
{
	for (; !pipe_empty(p); p->tail++)
		frame_put(pipe_slot_at(p, p->tail)->pfn);
	kfree(p->slots);
	kmem_free(&pipe_cache, p);
}

/* One open file less; the last one frees what is in flight (the inode may live on, as FIFOs do). */
static void pipe_put(struct inode *ino, struct pipe *p)
{
	KASSERT(p->files > 0 && ino->pipe == p);
	if (--p->files > 0)
		return;
	ino->pipe = NULL;
	pipe_free(p);
}

void pipe_push(struct pipe *p, pfn_t pfn, uint32_t offset, uint32_t len, uint32_t flags)
{
	KASSERT(!pipe_full(p) && offset + len <= PAGE_SIZE);
	*pipe_slot_at(p, p->head++) = (struct pipe_slot){
	    .pfn = pfn, .offset = (uint16_t)offset, .len = (uint16_t)len, .flags = flags};
}

/* The first slot was used up. */
static void pipe_drop_slot(struct pipe *p)
{
	frame_put(pipe_slot_at(p, p->tail)->pfn);
	p->tail++;
}

void pipe_consume(struct pipe *p, uint32_t n)
{
	struct pipe_slot *s = pipe_slot_at(p, p->tail);
	bool was_full = pipe_full(p);

	KASSERT(!pipe_empty(p) && n <= s->len);
	s->offset = (uint16_t)(s->offset + n);
	s->len = (uint16_t)(s->len - n);
	if (s->len > 0)
		return;
	pipe_drop_slot(p);
	if (was_full)
		waitq_wake(&p->wr_wait, 1, WRITE_EVENTS);
}

void pipe_wake_readers(struct pipe *p)
{
	waitq_wake(&p->rd_wait, 1, READ_EVENTS);
}

/* send_sig(SIGPIPE, current, 0) of Linux: as if the task had sent it to itself. */
static void pipe_broken(void)
{
	struct siginfo_linux info = {.si_signo = SIGPIPE_LINUX, .si_code = SI_USER_LINUX};

	info.rt.pid = current->process->pid;
	info.rt.uid = current->cred->uid;
	signal_send_task(current, &info);
}

int pipe_wait_data(struct pipe *p, bool nonblock)
{
	while (pipe_empty(p)) {
		if (!p->writers)
			return 0;
		if (nonblock)
			return -EAGAIN;
		int err = wait_on_exclusive(&p->rd_wait, KTIME_NEVER);
		if (err) {
			/* A wake that came together with the signal belongs to the next one. */
			if (!pipe_empty(p))
				pipe_wake_readers(p);
			return err;
		}
	}
	return 1;
}

int pipe_wait_room(struct pipe *p, bool nonblock)
{
	for (;;) {
		if (!p->readers) {
			pipe_broken();
			return -EPIPE;
		}
		if (!pipe_full(p))
			return 0;
		if (nonblock)
			return -EAGAIN;
		int err = wait_on_exclusive(&p->wr_wait, KTIME_NEVER);
		if (err) {
			if (!pipe_full(p))
				waitq_wake(&p->wr_wait, 1, WRITE_EVENTS);
			return err;
		}
	}
}

/* --- read and write --- */

/* Copies out of the first slot. False when the read is over: satisfied, a packet ended, or the guest's memory
 * faulted. */
static bool pipe_read_slot(struct pipe *p, struct iov_iter *to, int64_t *done, bool *made_room)
{
	struct pipe_slot *s = pipe_slot_at(p, p->tail);
	size_t n = MIN((uint64_t)s->len, to->count);
	size_t copied = iter_write(to, (char *)frame_ptr(s->pfn) + s->offset, n);
	bool packet = s->flags & PIPE_SLOT_PACKET;

	/* A page that could not be copied whole stays as it is, as on Linux. */
	if (copied < n) {
		if (*done == 0)
			*done = -EFAULT;
		return false;
	}
	*done += (int64_t)n;
	s->offset = (uint16_t)(s->offset + n);
	s->len = packet ? 0 : (uint16_t)(s->len - n);
	if (s->len == 0) {
		*made_room |= pipe_full(p);
		pipe_drop_slot(p);
	}
	return !packet && to->count > 0;
}

static int64_t pipe_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	struct pipe *p = f->private;
	bool made_room = false, waited = pipe_empty(p);
	int64_t done = 0;

	(void)pos;
	if (to->count == 0)
		return 0;
	int err = pipe_wait_data(p, f->flags & O_NONBLOCK_LINUX);
	if (err <= 0)
		return err;
	while (!pipe_empty(p) && pipe_read_slot(p, to, &done, &made_room))
		;
	if (made_room)
		waitq_wake(&p->wr_wait, 1, WRITE_EVENTS);
	/* The wake was for one reader only: pass on what is left. Who did not wait took nobody's wake, and must not
	 * make an edge for epoll(7) where no data came. */
	if (waited && !pipe_empty(p))
		pipe_wake_readers(p);
	if (done > 0)
		inode_touch(f->inode, ATTR_ATIME);
	return done;
}

/* The odd bytes of a write go behind the last page's content if they all fit. */
static int64_t pipe_write_merge(struct pipe *p, struct iov_iter *from)
{
	size_t odd = from->count & (PAGE_SIZE - 1);

	if (odd == 0 || pipe_empty(p))
		return 0;
	struct pipe_slot *s = pipe_slot_at(p, p->head - 1);
	uint32_t end = (uint32_t)s->offset + s->len;
	if (!(s->flags & PIPE_SLOT_MERGE) || end + odd > PAGE_SIZE)
		return 0;
	if (iter_read(from, (char *)frame_ptr(s->pfn) + end, odd) < odd)
		return -EFAULT;
	s->len = (uint16_t)(s->len + odd);
	return (int64_t)odd;
}

/* Fills one new slot: the bytes taken or a negative errno. */
static int64_t pipe_write_slot(struct pipe *p, struct iov_iter *from, bool packet)
{
	size_t n = MIN(from->count, PAGE_SIZE);
	pfn_t pfn = frame_alloc(FRAME_KERNEL, 0, false);

	if (pfn == PFN_NONE)
		return -ENOMEM;
	if (iter_read(from, frame_ptr(pfn), n) < n) {
		frame_put(pfn);
		return -EFAULT;
	}
	pipe_push(p, pfn, 0, (uint32_t)n, packet ? PIPE_SLOT_PACKET : PIPE_SLOT_MERGE);
	return (int64_t)n;
}

static int64_t pipe_write(struct file *f, struct iov_iter *from, int64_t *pos)
{
	struct pipe *p = f->private;
	bool packet = f->flags & O_DIRECT_LINUX, waited = false;
	int64_t done = 0, n;

	(void)pos;
	if (from->count == 0)
		return 0;
	if (!p->readers) {
		pipe_broken();
		return -EPIPE;
	}
	n = packet ? 0 : pipe_write_merge(p, from);
	if (n > 0)
		done = n;
	while (n >= 0 && from->count > 0) {
		if (pipe_full(p)) {
			waited = true;
			pipe_wake_readers(p); /* before sleeping for room */
		}
		n = pipe_wait_room(p, f->flags & O_NONBLOCK_LINUX);
		if (n == 0)
			n = pipe_write_slot(p, from, packet);
		if (n > 0)
			done += n;
	}
	if (done > 0)
		pipe_wake_readers(p);
	/* As in pipe_read(): the room that is left belongs to the next writer. */
	if (waited && !pipe_full(p))
		waitq_wake(&p->wr_wait, 1, WRITE_EVENTS);
	if (done > 0) {
		inode_touch(f->inode, ATTR_MTIME | ATTR_CTIME);
		return done;
	}
	return n;
}

/* --- poll, ioctl, fcntl --- */

/* A FIFO opened for reading before any writer came does not report a hang-up until one came and went: f->pos
 * keeps the writer count of that moment (a pipe has no position), -1 when a writer was there from the start.
 */
static bool pipe_hung_up(const struct file *f, const struct pipe *p)
{
	return p->writers == 0 && f->pos != (int64_t)p->w_counter;
}

static uint32_t pipe_poll(struct file *f, struct poll_table *pt)
{
	struct pipe *p = f->private;
	uint32_t mask = 0;

	if (f->readable)
		poll_wait(f, &p->rd_wait, pt);
	if (f->writable)
		poll_wait(f, &p->wr_wait, pt);
	if (f->readable) {
		if (!pipe_empty(p))
			mask |= READ_EVENTS;
		if (pipe_hung_up(f, p))
			mask |= POLLHUP_LINUX;
	}
	if (f->writable) {
		if (!pipe_full(p))
			mask |= WRITE_EVENTS;
		/* A broken pipe is an error, not a hang-up, at the writing end (poll(2)). */
		if (!p->readers)
			mask |= POLLERR_LINUX;
	}
	return mask;
}

static int64_t pipe_ioctl(struct file *f, uint32_t cmd, uint64_t arg)
{
	const struct pipe *p = f->private;
	uint32_t bytes = 0;

	if (cmd != FIONREAD_LINUX)
		return -ENOTTY;
	for (uint32_t i = p->tail; i != p->head; i++)
		bytes += pipe_slot_at(p, i)->len;
	return put_user_u32(uaddr(arg), bytes);
}

struct pipe *pipe_of_file(const struct file *f)
{
	return f->ops == &pipe_file_ops || f->ops == &fifo_file_ops ? f->private : NULL;
}

int64_t pipe_fcntl_get_size(struct file *f)
{
	const struct pipe *p = pipe_of_file(f);

	return p ? (int64_t)(p->nslots * PAGE_SIZE) : -EBADF;
}

int64_t pipe_fcntl_set_size(struct file *f, uint64_t bytes)
{
	struct pipe *p = pipe_of_file(f);
	uint32_t nslots = 1;

	if (!p)
		return -EBADF;
	bytes = (uint32_t)bytes; /* an unsigned int, as on Linux */
	if (bytes > 1U << 31)
		return -EINVAL;
	while (nslots * PAGE_SIZE < bytes)
		nslots *= 2;
	if (nslots > p->nslots && nslots * PAGE_SIZE > PIPE_MAX_BYTES &&
	    !cred_capable(current->cred, CAP_SYS_RESOURCE))
		return -EPERM;
	if (nslots < pipe_used(p))
		return -EBUSY;
	struct pipe_slot *slots = kmalloc(nslots * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	uint32_t used = pipe_used(p);
	for (uint32_t i = 0; i < used; i++)
		slots[i] = *pipe_slot_at(p, p->tail + i);
	kfree(p->slots);
	p->slots = slots;
	p->nslots = nslots;
	p->tail = 0;
	p->head = used;
	waitq_wake(&p->wr_wait, 1, WRITE_EVENTS); /* there may be room now */
	return (int64_t)(nslots * PAGE_SIZE);
}

/* --- open and close --- */

static void pipe_release(struct file *f)
{
	struct pipe *p = f->private;

	if (f->readable)
		p->readers--;
	if (f->writable)
		p->writers--;
	/* The last one of its side leaves the other side alone: everybody there must look again. */
	if (!p->readers != !p->writers) {
		waitq_wake(&p->rd_wait, INT32_MAX, READ_EVENTS | POLLERR_LINUX | POLLHUP_LINUX);
		waitq_wake(&p->wr_wait, INT32_MAX, WRITE_EVENTS | POLLERR_LINUX | POLLHUP_LINUX);
	}
	pipe_put(f->inode, p);
}

static void pipe_name(struct file *f, struct strbuf *out)
{
	strbuf_printf(out, "pipe:[%llu]", (unsigned long long)f->inode->ino);
}

/* Sleeps in open(2) until somebody has opened the other end since *counter was `seen`. */
static int fifo_wait_partner(struct pipe *p, const uint32_t *counter)
{
	uint32_t seen = *counter;

	while (*counter == seen) {
		int err = wait_on(&p->rd_wait);
		if (err)
			return err;
	}
	return 0;
}

static int fifo_open_reader(struct file *f, struct pipe *p, bool wait)
{
	p->r_counter++;
	if (p->readers++ == 0)
		waitq_wake_all(&p->rd_wait);
	if (!wait || p->writers)
		return 0;
	if (f->flags & O_NONBLOCK_LINUX) {
		f->pos = p->w_counter;
		return 0;
	}
	int err = fifo_wait_partner(p, &p->w_counter);
	if (err && --p->readers == 0)
		waitq_wake(&p->wr_wait, INT32_MAX, WRITE_EVENTS | POLLERR_LINUX);
	return err;
}

static int fifo_open_writer(struct file *f, struct pipe *p, bool wait)
{
	/* fifo(7): a writer that will not wait needs a reader. */
	if (wait && (f->flags & O_NONBLOCK_LINUX) && !p->readers)
		return -ENXIO;
	p->w_counter++;
	if (p->writers++ == 0)
		waitq_wake_all(&p->rd_wait);
	if (!wait || p->readers)
		return 0;
	int err = fifo_wait_partner(p, &p->r_counter);
	if (err && --p->writers == 0)
		waitq_wake(&p->rd_wait, INT32_MAX, READ_EVENTS | POLLHUP_LINUX);
	return err;
}

/* O_RDWR on a FIFO never waits: Linux's extension, which busybox and tail -f rely on. */
static int fifo_open_both(struct pipe *p)
{
	p->r_counter++;
	p->w_counter++;
	p->readers++;
	p->writers++;
	if (p->readers == 1 || p->writers == 1)
		waitq_wake_all(&p->rd_wait);
	return 0;
}

int fifo_open(struct inode *ino, struct file *f)
{
	bool anonymous = ino->sb ==
			 pipefs; /* reopened through /proc/PID/fd: both ends are known to be there */
	struct pipe *p = ino->pipe;
	int err;

	if (!p) {
		p = pipe_alloc();
		if (!p)
			return -ENOMEM;
		ino->pipe = p;
	}
	p->files++;
	f->pos = -1;
	if (f->readable && f->writable)
		err = fifo_open_both(p);
	else if (f->readable)
		err = fifo_open_reader(f, p, !anonymous);
	else
		err = fifo_open_writer(f, p, !anonymous);
	if (err) {
		pipe_put(ino, p);
		return err;
	}
	f->private = p;
	f->ops = anonymous ? &pipe_file_ops : &fifo_file_ops;
	return 0;
}

static const struct inode_ops pipefs_inode_ops = {.open = fifo_open};
static const struct super_ops pipefs_super_ops = {0};

void pipe_init(void)
{
	pipefs = super_create("pipefs", PIPEFS_MAGIC_LINUX, &pipefs_super_ops);
	KASSERT(pipefs);
}

void pipe_shutdown(void)
{
	super_put(pipefs);
	pipefs = NULL;
}

/* An open end; on failure the reference of ino is gone all the same. */
static struct file *pipe_end(struct inode *ino, struct pipe *p, uint32_t flags)
{
	struct file *f = file_create(ino, &pipe_file_ops, flags, p);

	if (!f)
		return NULL;
	f->pos = -1;
	p->files++;
	if (f->readable) {
		p->readers++;
		p->r_counter++;
	} else {
		p->writers++;
		p->w_counter++;
	}
	return f;
}

int pipe_create(uint32_t flags, struct file **rd, struct file **wr)
{
	struct inode *ino = inode_create(pipefs, S_IFIFO_LINUX | 0600);
	struct pipe *p = pipe_alloc();
	struct file *r = NULL, *w = NULL;

	if (!ino || !p)
		goto fail;
	ino->ops = &pipefs_inode_ops;
	ino->fops = &pipe_file_ops;
	ino->uid = current->cred->fsuid;
	ino->gid = current->cred->fsgid;
	ino->pipe = p;
	r = pipe_end(inode_get(ino), p, O_RDONLY_LINUX | (flags & O_NONBLOCK_LINUX));
	if (!r)
		goto fail;
	w = pipe_end(inode_get(ino), p, O_WRONLY_LINUX | (flags & (O_NONBLOCK_LINUX | O_DIRECT_LINUX)));
	if (!w) {
		file_put(r); /* frees the pipe */
		inode_put(ino);
		return -ENOMEM;
	}
	inode_put(ino);
	*rd = r;
	*wr = w;
	return 0;
fail:
	if (ino) {
		ino->pipe = NULL;
		inode_put(ino);
	}
	if (p)
		pipe_free(p);
	return -ENOMEM;
}

static const struct file_ops pipe_file_ops = {
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .release = pipe_release,
    .name = pipe_name,
    .stream = true,
};

static const struct file_ops fifo_file_ops = {
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .release = pipe_release,
    .stream = true,
};
