/* splice.c - moving bytes inside the kernel: sendfile(2), splice(2), tee(2), vmsplice(2), copy_file_range(2).
 *
 * Between two pipes pages move or are shared. Between a file and a pipe they are copied once: what the guest
 * can see is the same.
 *
 * Leaves out: SPLICE_F_GIFT and the aliasing of vmsplice(2) pages; SPLICE_F_MOVE and SPLICE_F_MORE are hints
 * without effect. */
#include "fs/splice.h"

#include "core/errno.h"
#include "fs/abi_event.h"
#include "fs/pipe.h"
#include "mm/frame.h"

#define CHUNK_ORDER 4U /* of the buffer between two files: 64 KiB if memory is plentiful, else a page */

static pfn_t chunk_alloc(unsigned *order)
{
	pfn_t pfn = frame_try_alloc(FRAME_KERNEL, CHUNK_ORDER, false);

	*order = CHUNK_ORDER;
	if (pfn != PFN_NONE)
		return pfn;
	*order = 0;
	return frame_alloc(FRAME_KERNEL, 0, false);
}

static void chunk_free(pfn_t pfn, unsigned order)
{
	for (uint32_t i = 0; i < 1U << order; i++)
		frame_put(pfn + i);
}

/* --- file to file --- */

#define COPY_DEVICE_MAX (16ULL << 20)

/* Moves up to one buffer: bytes that arrived, 0 at the end, or an error when nothing did. */
static int64_t copy_chunk(struct file *in, int64_t *in_pos, struct file *out, int64_t *out_pos, void *buf,
			  uint64_t n)
{
	struct iov_iter it;
	int64_t at = *in_pos;

	iter_init_kernel(&it, buf, n);
	int64_t got = file_read(in, &it, &at);
	if (got <= 0)
		return got;
	iter_init_kernel(&it, buf, (uint64_t)got);
	int64_t put = file_write(out, &it, out_pos);
	if (put > 0)
		*in_pos += put; /* what did not fit is read again next time */
	return put;
}

static int64_t copy_files(struct file *in, int64_t *in_pos, struct file *out, int64_t *out_pos, uint64_t len)
{
	unsigned order;
	int64_t done = 0, n = 0;
	pfn_t buf;

	if (len == 0)
		return 0;
	/* A terminal takes its time with each byte, and nobody else runs meanwhile: who writes there must expect less. */
	if (!S_ISREG_LINUX(out->inode->mode))
		len = MIN(len, COPY_DEVICE_MAX);
	buf = chunk_alloc(&order);
	if (buf == PFN_NONE)
		return -ENOMEM;
	while (len > 0) {
		uint64_t want = MIN(len, PAGE_SIZE << order);
		n = copy_chunk(in, in_pos, out, out_pos, frame_ptr(buf), want);
		if (n <= 0)
			break;
		done += n;
		len -= (uint64_t)n;
		if ((uint64_t)n < want)
			break;
	}
	chunk_free(buf, order);
	return done ? done : n;
}

int64_t splice_sendfile(struct file *in, int64_t *pos, struct file *out, int64_t *out_pos, uint64_t count)
{
	return copy_files(in, pos, out, out_pos, count);
}

int64_t splice_copy_range(struct file *in, int64_t *in_pos, struct file *out, int64_t *out_pos, uint64_t len)
{
	return copy_files(in, in_pos, out, out_pos, len);
}

/* --- file and pipe --- */

/* What one slot takes: Linux passes the pages of the file themselves, so a slot ends where a page of the file does. */
static uint64_t slot_share(const struct file *in, int64_t pos, uint64_t len)
{
	uint64_t used = S_ISREG_LINUX(in->inode->mode) ? (uint64_t)pos & ~PAGE_MASK : 0;

	return MIN(len, PAGE_SIZE - used);
}

/* Reads n bytes, at most a page, of `in` into a new slot. The read may sleep, and the pipe may be full again after it. */
static int64_t file_to_slot(struct file *in, int64_t *pos, struct pipe *p, uint64_t n)
{
	struct iov_iter it;
	pfn_t pfn = frame_alloc(FRAME_KERNEL, 0, false);
	int64_t got;

	if (pfn == PFN_NONE)
		return -ENOMEM;
	iter_init_kernel(&it, frame_ptr(pfn), n);
	got = file_read(in, &it, pos);
	if (got > 0) {
		int err = pipe_wait_room(p, false);
		if (err)
			got = err;
	}
	if (got <= 0) {
		frame_put(pfn);
		return got;
	}
	pipe_push(p, pfn, 0, (uint32_t)got, 0);
	return got;
}

int64_t splice_to_pipe(struct file *in, int64_t *pos, struct pipe *p, uint64_t len, uint32_t flags)
{
	bool regular = S_ISREG_LINUX(in->inode->mode);
	int64_t done = 0, n;

	n = pipe_wait_room(p, flags & SPLICE_F_NONBLOCK_LINUX);
	while (n == 0 && len > 0 && !pipe_full(p)) {
		uint64_t want = slot_share(in, *pos, len);
		int64_t got = file_to_slot(in, pos, p, want);
		if (got <= 0) {
			n = got;
			break;
		}
		done += got;
		len -= (uint64_t)got;
		if (got < (int64_t)want || !regular)
			break; /* do not sleep for more */
	}
	if (done > 0)
		pipe_wake_readers(p);
	return done ? done : n;
}

int64_t splice_from_pipe(struct pipe *p, struct file *out, int64_t *pos, uint64_t len, uint32_t flags)
{
	int64_t done = 0, n = 0;

	while (len > 0) {
		if (done > 0 && pipe_empty(p))
			break;
		n = pipe_wait_data(p, flags & SPLICE_F_NONBLOCK_LINUX);
		if (n <= 0)
			break;
		const struct pipe_slot *s = pipe_slot_at(p, p->tail);
		struct iov_iter it;
		uint32_t tail = p->tail, offset = s->offset;
		pfn_t pfn = s->pfn;
		frame_get(pfn);
		iter_init_kernel(&it, (char *)frame_ptr(pfn) + offset, MIN(len, s->len));
		n = file_write(out, &it, pos);
		/* The write may have slept, and another reader may have been here. */
		if (n > 0 && !pipe_empty(p) && p->tail == tail && pipe_slot_at(p, tail)->offset == offset)
			pipe_consume(p, (uint32_t)n);
		frame_put(pfn);
		if (n <= 0)
			break;
		done += n;
		len -= (uint64_t)n;
	}
	return done ? done : n;
}

/* --- pipe and pipe --- */

/* Waits until `in` has something and `out` has room, both at the same moment: 1, 0 at the end of `in`, or an
 * error. */
static int wait_both(struct pipe *in, struct pipe *out, bool nonblock)
{
	for (;;) {
		int err = pipe_wait_data(in, nonblock);
		if (err <= 0)
			return err;
		err = pipe_wait_room(out, nonblock);
		if (err)
			return err;
		if (!pipe_empty(in))
			return 1;
	}
}

int64_t splice_pipe_to_pipe(struct pipe *in, struct pipe *out, uint64_t len, bool nonblock)
{
	int64_t done = 0;
	int ready = wait_both(in, out, nonblock);

	if (ready <= 0)
		return ready;
	while (len > 0 && !pipe_empty(in) && !pipe_full(out)) {
		const struct pipe_slot *s = pipe_slot_at(in, in->tail);
		uint32_t n = (uint32_t)MIN(len, s->len);
		frame_get(s->pfn);
		/* The page may be shared with `in` from here on: nobody appends to it. */
		pipe_push(out, s->pfn, s->offset, n, s->flags & ~(uint32_t)PIPE_SLOT_MERGE);
		pipe_consume(in, n);
		done += n;
		len -= n;
	}
	pipe_wake_readers(out);
	return done;
}

int64_t splice_tee(struct pipe *in, struct pipe *out, uint64_t len, bool nonblock)
{
	int64_t done = 0;
	int ready = wait_both(in, out, nonblock);

	if (ready <= 0)
		return ready;
	for (uint32_t i = in->tail; len > 0 && i != in->head && !pipe_full(out); i++) {
		const struct pipe_slot *s = pipe_slot_at(in, i);
		uint32_t n = (uint32_t)MIN(len, s->len);
		frame_get(s->pfn);
		pipe_push(out, s->pfn, s->offset, n, s->flags & ~(uint32_t)PIPE_SLOT_MERGE);
		done += n;
		len -= n;
	}
	pipe_wake_readers(out);
	return done;
}

/* --- memory to pipe --- */

/* The rest of the page of guest memory that comes next: a slot holds bytes of one page. */
static uint64_t user_share(struct iov_iter *from)
{
	while (from->nr > 0 && from->skip >= from->iov->len) { /* empty segments */
		from->iov++;
		from->nr--;
		from->skip = 0;
	}
	uint64_t at = from->iov->base + from->skip, left = MIN(from->count, from->iov->len - from->skip);

	return MIN(left, PAGE_SIZE - (at & ~PAGE_MASK));
}

int64_t splice_user_to_pipe(struct iov_iter *from, struct pipe *p, bool nonblock)
{
	int64_t done = 0, n;

	if (from->count == 0)
		return 0;
	n = pipe_wait_room(p, nonblock);
	while (n == 0 && from->count > 0 && !pipe_full(p)) {
		uint64_t want = user_share(from);
		pfn_t pfn = frame_alloc(FRAME_KERNEL, 0, false);
		if (pfn == PFN_NONE) {
			n = -ENOMEM;
			break;
		}
		size_t got = iter_read(from, frame_ptr(pfn), want);
		if (got == 0) {
			frame_put(pfn);
			n = -EFAULT;
			break;
		}
		pipe_push(p, pfn, 0, (uint32_t)got, 0);
		done += (int64_t)got;
		if (got < want)
			break;
	}
	if (done > 0)
		pipe_wake_readers(p);
	return done ? done : n;
}
