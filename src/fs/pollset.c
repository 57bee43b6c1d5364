/* pollset.c - waiting on many files at once, for poll(2) and select(2).
 *
 * Entries sit in the wait queues of the files; a wake with events that nobody asked for is not passed on. Few
 * entries live on the caller's stack, more in chunks. */
#include "fs/pollset.h"

#include "core/errno.h"
#include "core/kmem.h"
#include "core/sched.h"
#include "core/task.h"

#define CHUNK_ENTRIES 30U

struct pollset_chunk {
	struct list node;
	uint32_t used;
	struct pollset_entry entries[CHUNK_ENTRIES];
};

static KMEM_CACHE(pollset_chunk_cache, pollset_chunk);

static bool pollset_wake(struct waiter *w, uint32_t events)
{
	struct pollset_entry *e = CONTAINER_OF(w, struct pollset_entry, w);

	if (events && !(events & e->key))
		return false;
	e->set->woken = true;
	task_wake(w->task);
	return true;
}

static struct pollset_entry *pollset_entry_new(struct pollset *ps)
{
	struct pollset_chunk *c;

	if (ps->used < POLLSET_INLINE)
		return &ps->inline_entries[ps->used++];
	c = list_empty(&ps->chunks) ? NULL : LIST_LAST(&ps->chunks, struct pollset_chunk, node);
	if (!c || c->used == CHUNK_ENTRIES) {
		c = kmem_alloc(&pollset_chunk_cache);
		if (!c)
			return NULL;
		list_add_tail(&ps->chunks, &c->node);
	}
	return &c->entries[c->used++];
}

static void pollset_queue(struct poll_table *pt, struct file *f, struct waitq *q)
{
	struct pollset *ps = CONTAINER_OF(pt, struct pollset, pt);
	struct pollset_entry *e = pollset_entry_new(ps);

	if (!e) {
		ps->failed = true;
		return;
	}
	waiter_init(&e->w);
	e->w.wake = pollset_wake;
	e->set = ps;
	e->file = file_get(f);
	e->key = ps->key;
	waitq_add(q, &e->w);
}

void pollset_init(struct pollset *ps)
{
	ps->pt.queue = pollset_queue;
	ps->woken = false;
	ps->failed = false;
	ps->used = 0;
	list_init(&ps->chunks);
}

uint32_t pollset_poll(struct pollset *ps, struct file *f, uint32_t key, bool enter)
{
	ps->key = key;
	return file_poll(f, enter ? &ps->pt : NULL);
}

int pollset_wait(struct pollset *ps, ktime_t deadline)
{
	int err = 0;

	if (ps->failed)
		return -ENOMEM;
	if (!ps->woken)
		err = task_sleep_until(SLEEP_INTERRUPTIBLE, deadline);
	if (ps->woken)
		err = 0;
	ps->woken = false;
	return err;
}

static void pollset_entries_leave(struct pollset_entry *e, uint32_t n)
{
	for (; n > 0; n--, e++) {
		waitq_remove(&e->w);
		file_put(e->file);
	}
}

void pollset_destroy(struct pollset *ps)
{
	pollset_entries_leave(ps->inline_entries, ps->used);
	ps->used = 0;
	while (!list_empty(&ps->chunks)) {
		struct pollset_chunk *c = LIST_FIRST(&ps->chunks, struct pollset_chunk, node);
		pollset_entries_leave(c->entries, c->used);
		list_del(&c->node);
		kmem_free(&pollset_chunk_cache, c);
	}
}
