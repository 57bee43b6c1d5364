/* inotify.c - file system events: inotify(7), and the fsnotify*() hooks of vfs.h that produce them.
 *
 * A watch ties an instance to an inode, which it keeps alive. An event is queued for the watches of the
 * directory with the name of the child, and for the watches of the inode itself without a name. Identical
 * events in a row become one.
 *
 * Leaves out: fanotify, dnotify; the limits are fixed numbers, counted per user. */
#include "fs/inotify.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/abi_event.h"
#include "fs/noseek.h"
#include "mm/usercopy.h"

/* Events about an entry of a directory: the inode itself does not get them. */
#define DIRECTORY_EVENTS (IN_CREATE_LINUX | IN_DELETE_LINUX | IN_MOVED_FROM_LINUX | IN_MOVED_TO_LINUX)
/* Events about an inode that its directory does not get. */
#define SELF_EVENTS (IN_DELETE_SELF_LINUX | IN_MOVE_SELF_LINUX)

struct inotify_queued {
	struct list node;
	int32_t wd;
	uint32_t mask, cookie;
	uint32_t name_len; /* padded, with at least one NUL; 0: no name */
	char name[];
};

struct inotify {
	struct list events;  /* struct inotify_queued */
	struct list watches; /* struct inotify_watch.instance_node, by increasing wd */
	uint32_t nevents;
	uint32_t nwatches;
	int32_t last_wd;
	uint32_t uid; /* charged with the instance */
	struct waitq wait;
	struct list all_node;
};

struct inotify_watch {
	struct list instance_node; /* in inotify->watches */
	struct list inode_node;    /* in inode->watches */
	struct inotify *in;
	struct inode *ino; /* referenced */
	int32_t wd;
	uint32_t mask; /* events and the flags IN_EXCL_UNLINK, IN_ONESHOT */
};

static KMEM_CACHE(inotify_cache, inotify);
static KMEM_CACHE(inotify_watch_cache, inotify_watch);
static struct list instances = LIST_INIT(instances);
static const struct file_ops inotify_file_ops;
static uint32_t watch_count; /* of all instances: without any, the hooks cost one comparison */

bool inotify_is_file(const struct file *f)
{
	return f->ops == &inotify_file_ops;
}

uint32_t inotify_cookie(void)
{
	static uint32_t last;

	if (++last == 0)
		last = 1;
	return last;
}

/* --- the queue --- */

/* Names are padded with NULs to a multiple of the event header (inotify(7)). */
static uint32_t padded_name_len(size_t len)
{
	return len ? (uint32_t)round_up(len + 1, sizeof(struct inotify_event_linux)) : 0;
}

static struct inotify_queued *event_alloc(int32_t wd, uint32_t mask, uint32_t cookie, const char *name,
					  size_t len)
{
	uint32_t padded = padded_name_len(len);
	struct inotify_queued *e = kmalloc(sizeof(*e) + padded);

	if (!e)
		return NULL;
	e->wd = wd;
	e->mask = mask;
	e->cookie = cookie;
	e->name_len = padded;
	if (len)
		memcpy(e->name, name, len);
	return e;
}

static bool event_same(const struct inotify_queued *a, const struct inotify_queued *b)
{
	return a->wd == b->wd && a->mask == b->mask && a->cookie == b->cookie && a->name_len == b->name_len &&
	       memcmp(a->name, b->name, a->name_len) == 0;
}

static void inotify_append(struct inotify *in, struct inotify_queued *e)
{
	list_add_tail(&in->events, &e->node);
	in->nevents++;
	waitq_wake(&in->wait, INT32_MAX, POLLIN_LINUX | POLLRDNORM_LINUX);
}

/* IN_Q_OVERFLOW, once: in place of an event that finds the queue full or no memory. */
static void inotify_overflow(struct inotify *in)
{
	if (!list_empty(&in->events) &&
	    LIST_LAST(&in->events, struct inotify_queued, node)->mask == IN_Q_OVERFLOW_LINUX)
		return;
	struct inotify_queued *e = event_alloc(-1, IN_Q_OVERFLOW_LINUX, 0, NULL, 0);
	if (e)
		inotify_append(in, e);
}

static void inotify_queue(struct inotify *in, int32_t wd, uint32_t mask, uint32_t cookie, const char *name,
			  size_t len)
{
	struct inotify_queued *e;

	if (in->nevents >= INOTIFY_MAX_QUEUED_EVENTS) {
		inotify_overflow(in);
		return;
	}
	e = event_alloc(wd, mask, cookie, name, len);
	if (!e) {
		inotify_overflow(in);
		return;
	}
	if (!list_empty(&in->events) && event_same(LIST_LAST(&in->events, struct inotify_queued, node), e)) {
		kfree(e);
		return;
	}
	inotify_append(in, e);
}

/* --- watches --- */

/* The watch ends; the program is told by IN_IGNORED unless the instance itself is going. May free the inode.
 */
static void watch_remove(struct inotify_watch *w, bool tell)
{
	struct inode *ino = w->ino;

	if (tell)
		inotify_queue(w->in, w->wd, IN_IGNORED_LINUX, 0, NULL, 0);
	list_del(&w->instance_node);
	list_del(&w->inode_node);
	w->in->nwatches--;
	watch_count--;
	kmem_free(&inotify_watch_cache, w);
	inode_put(ino);
}

static struct inotify_watch *watch_of_inode(const struct inotify *in, const struct inode *ino)
{
	struct inotify_watch *w;

	LIST_FOR_EACH (w, &ino->watches, struct inotify_watch, inode_node)
		if (w->in == in)
			return w;
	return NULL;
}

static uint32_t inotify_user_watches(uint32_t uid)
{
	const struct inotify *in;
	uint32_t n = 0;

	LIST_FOR_EACH (in, &instances, struct inotify, all_node)
		n += in->uid == uid ? in->nwatches : 0;
	return n;
}

int inotify_add(struct file *f, struct inode *ino, uint32_t mask)
{
	const uint32_t kept = IN_ALL_EVENTS_LINUX | IN_EXCL_UNLINK_LINUX | IN_ONESHOT_LINUX;
	struct inotify *in = f->private;
	struct inotify_watch *w = watch_of_inode(in, ino);

	if (w) {
		if (mask & IN_MASK_CREATE_LINUX)
			return -EEXIST;
		w->mask = (mask & IN_MASK_ADD_LINUX ? w->mask : 0) | (mask & kept);
		return w->wd;
	}
	if (inotify_user_watches(in->uid) >= INOTIFY_MAX_USER_WATCHES || in->last_wd == INT32_MAX)
		return -ENOSPC;
	w = kmem_alloc(&inotify_watch_cache);
	if (!w)
		return -ENOMEM;
	w->in = in;
	w->ino = inode_get(ino);
	w->wd = ++in->last_wd;
	w->mask = mask & kept;
	list_add_tail(&in->watches, &w->instance_node);
	list_add_tail(&ino->watches, &w->inode_node);
	in->nwatches++;
	watch_count++;
	return w->wd;
}

int inotify_remove(struct file *f, int wd)
{
	struct inotify *in = f->private;
	struct inotify_watch *w;

	LIST_FOR_EACH (w, &in->watches, struct inotify_watch, instance_node) {
		if (w->wd == wd) {
			watch_remove(w, true);
			return 0;
		}
	}
	return -EINVAL;
}

/* --- producing events --- */

static void notify_watches(struct inode *ino, uint32_t event, uint32_t cookie, const char *name,
			   bool unlinked)
{
	uint32_t what = event & IN_ALL_EVENTS_LINUX;
	struct inotify_watch *w, *tmp;

	LIST_FOR_EACH_SAFE (w, tmp, &ino->watches, struct inotify_watch, inode_node) {
		if (!(w->mask & what) || (unlinked && (w->mask & IN_EXCL_UNLINK_LINUX)))
			continue;
		inotify_queue(w->in, w->wd, event, cookie, name, name ? strlen(name) : 0);
		if (w->mask & IN_ONESHOT_LINUX)
			watch_remove(w, true);
	}
}

static void notify(struct inode *dir, struct inode *ino, uint32_t event, const char *name, uint32_t cookie,
		   bool unlinked)
{
	if (watch_count == 0)
		return;
	/* Linux says of a directory that moves what moved, but not that it is one. */
	if (ino && S_ISDIR_LINUX(ino->mode) && !(event & IN_MOVE_SELF_LINUX))
		event |= IN_ISDIR_LINUX;
	/* References of our own: a one-shot watch may hold the last one. */
	if (dir)
		inode_get(dir);
	if (ino)
		inode_get(ino);
	if (dir && name && !(event & SELF_EVENTS))
		notify_watches(dir, event, cookie, name, unlinked);
	if (ino && !(event & DIRECTORY_EVENTS))
		notify_watches(ino, event, cookie, NULL, false);
	if (dir)
		inode_put(dir);
	if (ino)
		inode_put(ino);
}

void fsnotify(struct inode *dir, struct inode *ino, uint32_t event, const char *name, uint32_t cookie)
{
	notify(dir, ino, event, name, cookie, false);
}

/* Reading and writing of special files is no business of the directory they lie in. */
static bool parent_hears(const struct inode *ino, uint32_t event)
{
	if (S_ISREG_LINUX(ino->mode) || S_ISDIR_LINUX(ino->mode))
		return true;
	return !(event & (IN_ACCESS_LINUX | IN_MODIFY_LINUX));
}

void fsnotify_dentry(struct dentry *d, uint32_t event)
{
	struct dentry *parent = d->parent;
	bool tell = parent && parent != d && parent->inode && parent_hears(d->inode, event);

	notify(tell ? parent->inode : NULL, d->inode, event, d->name, 0, d->unlinked);
}

static void watches_end(struct inode *ino, uint32_t event)
{
	struct inotify_watch *w;

	inode_get(ino);
	while (!list_empty(&ino->watches)) {
		w = LIST_FIRST(&ino->watches, struct inotify_watch, inode_node);
		if (event == IN_UNMOUNT_LINUX || (w->mask & event))
			inotify_queue(w->in, w->wd, event, 0, NULL, 0);
		watch_remove(w, true);
	}
	inode_put(ino);
}

void fsnotify_inode_gone(struct inode *ino)
{
	if (!list_empty(&ino->watches))
		watches_end(ino, IN_DELETE_SELF_LINUX);
}

void inotify_unmount(struct super *sb)
{
	struct inotify *in;
	struct inotify_watch *w;
	bool found;

	do { /* ending a watch changes both lists: start again */
		found = false;
		LIST_FOR_EACH (in, &instances, struct inotify, all_node) {
			LIST_FOR_EACH (w, &in->watches, struct inotify_watch, instance_node) {
				found = w->ino->sb == sb;
				if (found)
					break;
			}
			if (found)
				break;
		}
		if (found)
			watches_end(w->ino, IN_UNMOUNT_LINUX);
	} while (found);
}

/* --- the file --- */

static uint32_t event_size(const struct inotify_queued *e)
{
	return (uint32_t)sizeof(struct inotify_event_linux) + e->name_len;
}

static void event_drop(struct inotify *in, struct inotify_queued *e)
{
	list_del(&e->node);
	in->nevents--;
	kfree(e);
}

/* Whole events only; a buffer too small for the first one is -EINVAL (since Linux 2.6.21). */
static int64_t inotify_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	struct inotify *in = f->private;
	int64_t done = 0;

	(void)pos;
	while (list_empty(&in->events)) {
		if (f->flags & O_NONBLOCK_LINUX)
			return -EAGAIN;
		int err = wait_on(&in->wait);
		if (err)
			return err;
	}
	while (!list_empty(&in->events)) {
		struct inotify_queued *e = LIST_FIRST(&in->events, struct inotify_queued, node);
		struct inotify_event_linux head = {
		    .wd = e->wd, .mask = e->mask, .cookie = e->cookie, .len = e->name_len};
		uint32_t size = event_size(e);
		if (to->count < size)
			return done ? done : -EINVAL;
		bool ok = iter_write(to, &head, sizeof(head)) == sizeof(head) &&
			  iter_write(to, e->name, e->name_len) == e->name_len;
		event_drop(in, e);
		if (!ok)
			return done ? done : -EFAULT;
		done += size;
	}
	return done;
}

static uint32_t inotify_poll(struct file *f, struct poll_table *pt)
{
	struct inotify *in = f->private;

	poll_wait(f, &in->wait, pt);
	return list_empty(&in->events) ? 0 : POLLIN_LINUX | POLLRDNORM_LINUX;
}

static int64_t inotify_ioctl(struct file *f, uint32_t cmd, uint64_t arg)
{
	const struct inotify *in = f->private;
	const struct inotify_queued *e;
	uint32_t bytes = 0;

	if (cmd != FIONREAD_LINUX)
		return -ENOTTY;
	LIST_FOR_EACH (e, &in->events, struct inotify_queued, node)
		bytes += event_size(e);
	return put_user_u32(uaddr(arg), bytes);
}

static void inotify_release(struct file *f)
{
	struct inotify *in = f->private;

	while (!list_empty(&in->watches))
		watch_remove(LIST_FIRST(&in->watches, struct inotify_watch, instance_node), false);
	while (!list_empty(&in->events))
		event_drop(in, LIST_FIRST(&in->events, struct inotify_queued, node));
	list_del(&in->all_node);
	kmem_free(&inotify_cache, in);
}

static void inotify_fdinfo(struct file *f, struct strbuf *out)
{
	const struct inotify *in = f->private;
	const struct inotify_watch *w;

	LIST_FOR_EACH (w, &in->watches, struct inotify_watch, instance_node)
		strbuf_printf(out, "inotify wd:%x ino:%llx sdev:%llx mask:%x ignored_mask:0 \n",
			      (unsigned)w->wd, (unsigned long long)w->ino->ino,
			      (unsigned long long)w->ino->sb->dev, w->mask);
}

int inotify_create(uint32_t flags, struct file **out)
{
	const struct inotify *other;
	struct inotify *in;
	uint32_t uid = current->cred->uid, mine = 0;

	LIST_FOR_EACH (other, &instances, struct inotify, all_node)
		mine += other->uid == uid;
	if (mine >= INOTIFY_MAX_USER_INSTANCES)
		return -EMFILE;
	in = kmem_alloc(&inotify_cache);
	if (!in)
		return -ENOMEM;
	list_init(&in->events);
	list_init(&in->watches);
	waitq_init(&in->wait);
	in->uid = uid;
	*out = file_create_anon("inotify", &inotify_file_ops, O_RDONLY_LINUX | (flags & O_NONBLOCK_LINUX),
				in);
	if (!*out) {
		kmem_free(&inotify_cache, in);
		return -ENOMEM;
	}
	list_add_tail(&instances, &in->all_node);
	return 0;
}

static const struct file_ops inotify_file_ops = {
    .read = inotify_read,
    .llseek = noseek_llseek,
    .stream = true,
    .poll = inotify_poll,
    .ioctl = inotify_ioctl,
    .release = inotify_release,
    .fdinfo = inotify_fdinfo,
};
