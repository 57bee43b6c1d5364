/* epoll.c - event polling: epoll(7), epoll_ctl(2), epoll_wait(2).
 *
 * An item ties an epoll instance to an open file; its hooks sit in the wait queues that the file's poll
 * operation named. A wake puts the item on the ready list; epoll_wait asks only what is there, so it costs
 * O(ready). Items hold no reference of their file: the last file_put() takes them out.
 *
 * Leaves out: the per-user limit of watches, EPOLLWAKEUP (accepted, no effect), busy polling. */
#include "fs/epoll.h"

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/rbtree.h"
#include "core/task.h"
#include "fs/noseek.h"
#include "mm/usercopy.h"

#define EPOLL_MAX_NESTS 4
#define EPOLL_PRIVATE_BITS (EPOLLWAKEUP_LINUX | EPOLLONESHOT_LINUX | EPOLLET_LINUX | EPOLLEXCLUSIVE_LINUX)
#define EPOLL_EXCLUSIVE_OK_BITS                                                                             \
	(POLLIN_LINUX | POLLOUT_LINUX | POLLERR_LINUX | POLLHUP_LINUX | EPOLLWAKEUP_LINUX | EPOLLET_LINUX | \
	 EPOLLEXCLUSIVE_LINUX)

struct epoll {
	struct rbtree items; /* by descriptor, then file */
	struct list ready;   /* struct epitem.ready_node, in order of becoming ready */
	struct waitq wait;   /* epoll_wait() sleeps here */
	struct waitq polled; /* somebody polls this epoll file itself */
	struct file *file;
	uint64_t visited; /* walk_number of the last walk that came by */
	int depth;        /* nesting below, as that walk found it */
};

struct epitem {
	struct rbnode node;
	struct list ready_node; /* empty: not ready */
	struct list file_node;  /* in file->epoll_links */
	struct list hooks;
	struct epoll *ep;
	struct file *file;
	int fd;
	struct epoll_event_linux ev;
};

struct epoll_hook {
	struct waiter w;
	struct list node; /* in item->hooks */
	struct epitem *item;
};

struct epoll_poll_table {
	struct poll_table pt;
	struct epitem *item;
	bool failed;
};

static KMEM_CACHE(epoll_cache, epoll);
static KMEM_CACHE(epitem_cache, epitem);
static KMEM_CACHE(epoll_hook_cache, epoll_hook);
static const struct file_ops epoll_file_ops;
static uint64_t walk_number;

bool epoll_is_file(const struct file *f)
{
	return f->ops == &epoll_file_ops;
}

/* --- readiness --- */

static bool item_is_ready(const struct epitem *it)
{
	return !list_empty(&it->ready_node);
}

static uint32_t item_poll(const struct epitem *it)
{
	return file_poll(it->file, NULL) & it->ev.events;
}

/* The item has (perhaps) something to say: onto the ready list, and whoever waits is told. */
static void item_make_ready(struct epitem *it)
{
	struct epoll *ep = it->ep;

	if (!item_is_ready(it))
		list_add_tail(&ep->ready, &it->ready_node);
	if (waitq_active(&ep->wait))
		waitq_wake(&ep->wait, 1, POLLIN_LINUX);
	if (waitq_active(&ep->polled))
		waitq_wake(&ep->polled, INT32_MAX, POLLIN_LINUX | POLLRDNORM_LINUX);
}

/* EPOLLEXCLUSIVE: does this wake count as the one that was meant for a single waiter? */
static bool item_takes_wake(const struct epitem *it, uint32_t events)
{
	uint32_t inout = events & (POLLIN_LINUX | POLLOUT_LINUX);

	if (inout == 0)
		return true;
	return inout != (POLLIN_LINUX | POLLOUT_LINUX) && (it->ev.events & inout);
}

static bool epoll_hook_wake(struct waiter *w, uint32_t events)
{
	struct epitem *it = CONTAINER_OF(w, struct epoll_hook, w)->item;
	bool exclusive = it->ev.events & EPOLLEXCLUSIVE_LINUX, somebody_waits;

	/* A one-shot item that fired has no event bits left: it sleeps until EPOLL_CTL_MOD. */
	if (!(it->ev.events & ~EPOLL_PRIVATE_BITS) || (events && !(events & it->ev.events)))
		return !exclusive;
	somebody_waits = waitq_active(&it->ep->wait);
	item_make_ready(it);
	return !exclusive || (somebody_waits && item_takes_wake(it, events));
}

static void epoll_queue_hook(struct poll_table *pt, struct file *f, struct waitq *q)
{
	struct epoll_poll_table *ept = CONTAINER_OF(pt, struct epoll_poll_table, pt);
	struct epoll_hook *h = ept->failed ? NULL : kmem_alloc(&epoll_hook_cache);

	(void)f;
	if (!h) {
		ept->failed = true;
		return;
	}
	waiter_init(&h->w);
	h->w.wake = epoll_hook_wake;
	h->item = ept->item;
	list_add_tail(&ept->item->hooks, &h->node);
	if (ept->item->ev.events & EPOLLEXCLUSIVE_LINUX)
		waitq_add_exclusive(q, &h->w);
	else
		waitq_add(q, &h->w);
}

/* --- items --- */

static int item_compare(int fd, const struct file *file, const struct epitem *it)
{
	if (fd != it->fd)
		return fd < it->fd ? -1 : 1;
	if (file != it->file)
		return (uintptr_t)file < (uintptr_t)it->file ? -1 : 1;
	return 0;
}

static struct epitem *item_find(const struct epoll *ep, int fd, const struct file *file)
{
	struct rbnode *n = ep->items.root;

	while (n) {
		struct epitem *it = CONTAINER_OF(n, struct epitem, node);
		int c = item_compare(fd, file, it);
		if (c == 0)
			return it;
		n = c < 0 ? n->left : n->right;
	}
	return NULL;
}

static void item_link(struct epoll *ep, struct epitem *it)
{
	struct rbnode **link = &ep->items.root, *parent = NULL;

	while (*link) {
		parent = *link;
		struct epitem *other = CONTAINER_OF(parent, struct epitem, node);
		link = item_compare(it->fd, it->file, other) < 0 ? &parent->left : &parent->right;
	}
	rbtree_insert(&ep->items, &it->node, parent, link);
	list_add_tail(&it->file->epoll_links, &it->file_node);
}

static void item_remove(struct epitem *it)
{
	struct epoll_hook *h, *tmp;

	LIST_FOR_EACH_SAFE (h, tmp, &it->hooks, struct epoll_hook, node) {
		waitq_remove(&h->w);
		list_del(&h->node);
		kmem_free(&epoll_hook_cache, h);
	}
	list_del(&it->ready_node);
	list_del(&it->file_node);
	rbtree_erase(&it->ep->items, &it->node);
	kmem_free(&epitem_cache, it);
}

/* --- nesting: no loops, no depth beyond EPOLL_MAX_NESTS, no explosion of wake paths --- */

/* Levels of epoll files below ep; more than EPOLL_MAX_NESTS also when `into` is among them. */
static int epoll_depth_below(struct epoll *ep, const struct epoll *into, int depth)
{
	int result = 0;

	if (ep->visited == walk_number)
		return ep->depth;
	ep->visited = walk_number;
	for (struct rbnode *n = rbtree_first(&ep->items); n && result <= EPOLL_MAX_NESTS;
	     n = rbtree_next(n)) {
		struct file *f = CONTAINER_OF(n, struct epitem, node)->file;
		if (!epoll_is_file(f))
			continue;
		struct epoll *below = f->private;
		if (below == into || depth > EPOLL_MAX_NESTS)
			result = EPOLL_MAX_NESTS + 1;
		else
			result = MAX(result, epoll_depth_below(below, into, depth + 1) + 1);
	}
	ep->depth = result;
	return result;
}

/* Levels of epoll files that watch ep. */
static int epoll_depth_above(const struct epoll *ep, int depth)
{
	const struct epitem *it;
	int result = 0;

	if (depth > EPOLL_MAX_NESTS)
		return depth;
	LIST_FOR_EACH (it, &ep->file->epoll_links, struct epitem, file_node)
		result = MAX(result, epoll_depth_above(it->ep, depth + 1) + 1);
	return result;
}

static bool epoll_nesting_ok(struct epoll *ep, struct epoll *target)
{
	walk_number++;
	int below = epoll_depth_below(target, ep, 0);

	if (below > EPOLL_MAX_NESTS)
		return false;
	return below + 1 + epoll_depth_above(ep, 0) <= EPOLL_MAX_NESTS;
}

/* How many wake paths of each length may start at one file. Linux's numbers. */
static const uint32_t path_limits[EPOLL_MAX_NESTS + 1] = {UINT32_MAX, 500, 100, 50, 10};

static bool epoll_paths_up_ok(const struct file *f, int depth, uint32_t *counts)
{
	const struct epitem *it;

	if (depth > EPOLL_MAX_NESTS)
		return false;
	LIST_FOR_EACH (it, &f->epoll_links, struct epitem, file_node) {
		const struct file *above = it->ep->file;
		if (!list_empty(&above->epoll_links)) {
			if (!epoll_paths_up_ok(above, depth + 1, counts))
				return false;
		} else if (++counts[depth] > path_limits[depth]) {
			return false;
		}
	}
	return true;
}

/* Checks the paths from f, or from every file below it when it is an epoll file. */
static bool epoll_paths_ok(const struct file *f)
{
	uint32_t counts[EPOLL_MAX_NESTS + 1] = {0};

	if (!epoll_is_file(f))
		return epoll_paths_up_ok(f, 0, counts);
	struct epoll *ep = f->private;
	if (ep->visited == walk_number)
		return true;
	ep->visited = walk_number;
	for (struct rbnode *n = rbtree_first(&ep->items); n; n = rbtree_next(n))
		if (!epoll_paths_ok(CONTAINER_OF(n, struct epitem, node)->file))
			return false;
	return true;
}

/* --- epoll_ctl --- */

static int epoll_insert(struct epoll *ep, int fd, struct file *target, const struct epoll_event_linux *ev)
{
	struct epitem *it = kmem_alloc(&epitem_cache);

	if (!it)
		return -ENOMEM;
	list_init(&it->ready_node);
	list_init(&it->file_node);
	list_init(&it->hooks);
	it->ep = ep;
	it->file = target;
	it->fd = fd;
	it->ev = *ev;
	item_link(ep, it);
	walk_number++;
	if ((epoll_is_file(target) || !list_empty(&ep->file->epoll_links)) && !epoll_paths_ok(target)) {
		item_remove(it);
		return -EINVAL;
	}
	struct epoll_poll_table ept = {.pt = {.queue = epoll_queue_hook}, .item = it};
	uint32_t revents = file_poll(target, &ept.pt) & ev->events;
	if (ept.failed) {
		item_remove(it);
		return -ENOMEM;
	}
	if (revents)
		item_make_ready(it);
	return 0;
}

static int epoll_modify(struct epitem *it, const struct epoll_event_linux *ev)
{
	if (it->ev.events & EPOLLEXCLUSIVE_LINUX)
		return -EINVAL;
	it->ev = *ev;
	if (item_poll(it))
		item_make_ready(it);
	return 0;
}

/* What EPOLLEXCLUSIVE may be combined with (epoll_ctl(2)). */
static bool exclusive_ok(int op, const struct file *target, uint32_t events)
{
	if (!(events & EPOLLEXCLUSIVE_LINUX))
		return true;
	if (op == EPOLL_CTL_MOD_LINUX)
		return false;
	return op != EPOLL_CTL_ADD_LINUX || (!epoll_is_file(target) && !(events & ~EPOLL_EXCLUSIVE_OK_BITS));
}

int epoll_control(struct file *epf, int op, int fd, struct file *target, const struct epoll_event_linux *ev)
{
	struct epoll_event_linux wanted = *ev;

	if (!target->ops->poll)
		return -EPERM;
	if (epf == target || !epoll_is_file(epf))
		return -EINVAL;
	if (op != EPOLL_CTL_DEL_LINUX && !exclusive_ok(op, target, ev->events))
		return -EINVAL;
	struct epoll *ep = epf->private;
	if (op == EPOLL_CTL_ADD_LINUX && epoll_is_file(target) && !epoll_nesting_ok(ep, target->private))
		return -ELOOP;
	struct epitem *it = item_find(ep, fd, target);
	wanted.events |= POLLERR_LINUX | POLLHUP_LINUX;
	switch (op) {
	case EPOLL_CTL_ADD_LINUX: return it ? -EEXIST : epoll_insert(ep, fd, target, &wanted);
	case EPOLL_CTL_MOD_LINUX: return it ? epoll_modify(it, &wanted) : -ENOENT;
	case EPOLL_CTL_DEL_LINUX:
		if (!it)
			return -ENOENT;
		item_remove(it);
		return 0;
	default: return -EINVAL;
	}
}

/* --- epoll_wait --- */

/* Stores one event. After it a level-triggered item stays ready, behind the others; a one-shot item goes to
 * sleep. */
static int item_deliver(struct epitem *it, uint32_t revents, uaddr_t to)
{
	struct epoll_event_linux out = {.events = revents, .data = it->ev.data};

	if (copy_to_user(to, &out, sizeof(out)))
		return -EFAULT;
	if (it->ev.events & EPOLLONESHOT_LINUX)
		it->ev.events &= EPOLL_PRIVATE_BITS;
	else if (!(it->ev.events & EPOLLET_LINUX))
		list_add_tail(&it->ep->ready, &it->ready_node);
	return 0;
}

/* Up to max events from the ready list; items that turn out not to be ready leave it. */
static int64_t epoll_send(struct epoll *ep, uaddr_t events, int max)
{
	struct list todo = LIST_INIT(todo);
	int64_t n = 0;

	/* Each item is looked at once, although level-triggered ones go back to the ready list. */
	while (!list_empty(&ep->ready)) {
		struct list *l = ep->ready.next;
		list_del(l);
		list_add_tail(&todo, l);
	}
	while (!list_empty(&todo) && n < max) {
		struct epitem *it = LIST_FIRST(&todo, struct epitem, ready_node);
		list_del(&it->ready_node);
		uint32_t revents = item_poll(it);
		if (!revents)
			continue;
		if (item_deliver(it, revents,
				 uaddr_add(events, (uint64_t)n * sizeof(struct epoll_event_linux)))) {
			list_add_head(&todo, &it->ready_node);
			n = n > 0 ? n : -EFAULT;
			break;
		}
		n++;
	}
	while (!list_empty(&todo)) { /* not reached: first in line next time */
		struct list *l = todo.prev;
		list_del(l);
		list_add_head(&ep->ready, l);
	}
	if (!list_empty(&ep->ready) && waitq_active(&ep->wait))
		waitq_wake(&ep->wait, 1, POLLIN_LINUX);
	return n;
}

int64_t epoll_collect(struct file *epf, uaddr_t events, int max, ktime_t deadline, bool no_wait)
{
	struct epoll *ep = epf->private;
	bool last_look = no_wait;

	KASSERT(epoll_is_file(epf));
	for (;;) {
		int64_t n = list_empty(&ep->ready) ? 0 : epoll_send(ep, events, max);
		if (n != 0 || last_look)
			return n;
		if (signal_pending(current))
			return -EINTR;
		int err = wait_on_exclusive(&ep->wait, deadline);
		if (err == -ETIMEDOUT) {
			last_look = true;
		} else if (err) {
			if (!list_empty(&ep->ready) && waitq_active(&ep->wait))
				waitq_wake(&ep->wait, 1, POLLIN_LINUX);
			return -EINTR;
		}
	}
}

/* --- the file --- */

/* An epoll file is readable when one of its items is ready; looking clears away those that are not any more.
 */
static uint32_t epoll_poll(struct file *f, struct poll_table *pt)
{
	struct epoll *ep = f->private;

	poll_wait(f, &ep->polled, pt);
	while (!list_empty(&ep->ready)) {
		struct epitem *it = LIST_FIRST(&ep->ready, struct epitem, ready_node);
		if (item_poll(it))
			return POLLIN_LINUX | POLLRDNORM_LINUX;
		list_del(&it->ready_node);
	}
	return 0;
}

static void epoll_release(struct file *f)
{
	struct epoll *ep = f->private;

	while (ep->items.root)
		item_remove(CONTAINER_OF(ep->items.root, struct epitem, node));
	kmem_free(&epoll_cache, ep);
}

void epoll_file_release(struct file *f)
{
	while (!list_empty(&f->epoll_links))
		item_remove(LIST_FIRST(&f->epoll_links, struct epitem, file_node));
}

static void epoll_fdinfo(struct file *f, struct strbuf *out)
{
	const struct epoll *ep = f->private;

	for (struct rbnode *n = rbtree_first(&ep->items); n; n = rbtree_next(n)) {
		const struct epitem *it = CONTAINER_OF(n, struct epitem, node);
		strbuf_printf(out, "tfd: %8d events: %8x data: %16llx  pos:%lld ino:%llx sdev:%llx\n", it->fd,
			      it->ev.events, (unsigned long long)it->ev.data, (long long)it->file->pos,
			      (unsigned long long)it->file->inode->ino,
			      (unsigned long long)it->file->inode->sb->dev);
	}
}

int epoll_create_file(struct file **out)
{
	struct epoll *ep = kmem_alloc(&epoll_cache);

	if (!ep)
		return -ENOMEM;
	list_init(&ep->ready);
	waitq_init(&ep->wait);
	waitq_init(&ep->polled);
	ep->file = file_create_anon("eventpoll", &epoll_file_ops, O_RDWR_LINUX, ep);
	if (!ep->file) {
		kmem_free(&epoll_cache, ep);
		return -ENOMEM;
	}
	*out = ep->file;
	return 0;
}

static const struct file_ops epoll_file_ops = {
    .llseek = noseek_llseek,
    .stream = true,
    .poll = epoll_poll,
    .release = epoll_release,
    .fdinfo = epoll_fdinfo,
};
