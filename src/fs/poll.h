/* poll.h - readiness: how poll(2), select(2), epoll(7) and blocking reads ask a file what it could do now.
 *
 * A file's poll operation returns the events that hold now and, through poll_wait(), names the queues that are woken
 * when that changes. Wakes pass the events that became true as key. */
#ifndef KEVSIM_FS_POLL_H
#define KEVSIM_FS_POLL_H

#include "core/waitq.h"

#define POLLIN_LINUX 0x0001
#define POLLPRI_LINUX 0x0002
#define POLLOUT_LINUX 0x0004
#define POLLERR_LINUX 0x0008
#define POLLHUP_LINUX 0x0010
#define POLLNVAL_LINUX 0x0020
#define POLLRDNORM_LINUX 0x0040
#define POLLRDBAND_LINUX 0x0080
#define POLLWRNORM_LINUX 0x0100
#define POLLWRBAND_LINUX 0x0200
#define POLLMSG_LINUX 0x0400
#define POLLRDHUP_LINUX 0x2000

struct file;
struct poll_table {
	/* Registers with q; called by poll_wait. */
	void (*queue)(struct poll_table *pt, struct file *f, struct waitq *q);
};

/* pt may be NULL: only the state is asked. */
static inline void poll_wait(struct file *f, struct waitq *q, struct poll_table *pt)
{
	if (pt)
		pt->queue(pt, f, q);
}

/* f's state now (files without a poll operation are always readable and writable). */
uint32_t file_poll(struct file *f, struct poll_table *pt);

#endif
