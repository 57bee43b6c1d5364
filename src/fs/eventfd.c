/* eventfd.c - event counters: eventfd(2).
 *
 * A read takes the counter (or 1 of it, EFD_SEMAPHORE); a write adds to it and waits while the sum would pass
 * UINT64_MAX - 1. */
#include "fs/eventfd.h"

#include "core/errno.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "fs/abi_event.h"
#include "fs/noseek.h"

#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd {
	uint64_t count;
	bool semaphore;
	uint32_t id; /* shown in fdinfo */
	struct waitq wait;
};

static KMEM_CACHE(eventfd_cache, eventfd);

static int64_t eventfd_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	struct eventfd *e = f->private;

	(void)pos;
	if (to->count < sizeof(e->count))
		return -EINVAL;
	while (e->count == 0) {
		if (f->flags & O_NONBLOCK_LINUX)
			return -EAGAIN;
		int err = wait_on(&e->wait);
		if (err)
			return err;
	}
	uint64_t taken = e->semaphore ? 1 : e->count;
	e->count -= taken;
	if (waitq_active(&e->wait))
		waitq_wake(&e->wait, INT32_MAX, POLLOUT_LINUX);
	return iter_write(to, &taken, sizeof(taken)) == sizeof(taken) ? (int64_t)sizeof(taken) : -EFAULT;
}

static int64_t eventfd_write(struct file *f, struct iov_iter *from, int64_t *pos)
{
	struct eventfd *e = f->private;
	uint64_t add;

	(void)pos;
	if (from->count != sizeof(add)) /* exactly; a read takes any larger buffer */
		return -EINVAL;
	if (iter_read(from, &add, sizeof(add)) != sizeof(add))
		return -EFAULT;
	if (add == UINT64_MAX)
		return -EINVAL;
	while (add > COUNT_MAX - e->count) {
		if (f->flags & O_NONBLOCK_LINUX)
			return -EAGAIN;
		int err = wait_on(&e->wait);
		if (err)
			return err;
	}
	e->count += add;
	if (waitq_active(&e->wait))
		waitq_wake(&e->wait, INT32_MAX, POLLIN_LINUX);
	return sizeof(add);
}

static uint32_t eventfd_poll(struct file *f, struct poll_table *pt)
{
	struct eventfd *e = f->private;
	uint32_t mask = 0;

	poll_wait(f, &e->wait, pt);
	if (e->count > 0)
		mask |= POLLIN_LINUX;
	if (e->count == UINT64_MAX) /* only the kernel's own users could overflow it */
		mask |= POLLERR_LINUX;
	if (e->count < COUNT_MAX)
		mask |= POLLOUT_LINUX;
	return mask;
}

static void eventfd_release(struct file *f)
{
	kmem_free(&eventfd_cache, f->private);
}

static void eventfd_fdinfo(struct file *f, struct strbuf *out)
{
	const struct eventfd *e = f->private;

	strbuf_printf(out, "eventfd-count: %16llx\neventfd-id: %u\neventfd-semaphore: %d\n",
		      (unsigned long long)e->count, e->id, e->semaphore);
}

static const struct file_ops eventfd_file_ops = {
    .read = eventfd_read,
    .write = eventfd_write,
    .llseek = noseek_llseek,
    .stream = true,
    .poll = eventfd_poll,
    .release = eventfd_release,
    .fdinfo = eventfd_fdinfo,
};

int eventfd_create(uint64_t initial, uint32_t flags, struct file **out)
{
	struct eventfd *e = kmem_alloc(&eventfd_cache);

	if (!e)
		return -ENOMEM;
	e->count = initial;
	e->semaphore = flags & EFD_SEMAPHORE_LINUX;
	waitq_init(&e->wait);
	struct file *f = file_create_anon("eventfd", &eventfd_file_ops,
					  O_RDWR_LINUX | (flags & O_NONBLOCK_LINUX), e);
	if (!f) {
		kmem_free(&eventfd_cache, e);
		return -ENOMEM;
	}
	e->id = (uint32_t)f->inode->ino;
	*out = f;
	return 0;
}
