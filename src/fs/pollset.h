/* pollset.h - one task waiting on many files at once: the common part of poll(2) and select(2). */
#ifndef KEVSIM_FS_POLLSET_H
#define KEVSIM_FS_POLLSET_H

#include "fs/file.h"

struct pollset_entry {
	struct waiter w;
	struct pollset *set;
	struct file *file; /* referenced: its queues must outlive the wait */
	uint32_t key;      /* events that wake */
};

#define POLLSET_INLINE 8

struct pollset {
	struct poll_table pt;
	bool woken, failed;
	uint32_t key;  /* of the entries made now */
	uint32_t used; /* of inline_entries */
	struct list chunks;
	struct pollset_entry inline_entries[POLLSET_INLINE];
};

void pollset_init(struct pollset *ps);
/* The events of f that hold now; the first time round (enter) wakes for any event in key are asked for as
 * well. */
uint32_t pollset_poll(struct pollset *ps, struct file *f, uint32_t key, bool enter);
/* Sleeps until a wake that matters: 0, -ETIMEDOUT, -ERESTARTSYS; -ENOMEM when not everything could be
 * entered. */
int pollset_wait(struct pollset *ps, ktime_t deadline);
/* Leaves all queues. */
void pollset_destroy(struct pollset *ps);

#endif
