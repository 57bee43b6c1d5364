/* pipe.h - pipes and FIFOs (pipe(7), fifo(7)): a ring of pages between readers and writers. */
#ifndef KEVSIM_FS_PIPE_H
#define KEVSIM_FS_PIPE_H

#include "core/waitq.h"
#include "fs/file.h"
#include "mm/frame.h"

#define PIPE_BUF_LINUX 4096
#define PIPE_DEFAULT_SLOTS 16U
#define PIPE_MAX_BYTES (1U << 20) /* F_SETPIPE_SZ without CAP_SYS_RESOURCE: /proc/sys/fs/pipe-max-size */

enum pipe_slot_flag {
	PIPE_SLOT_MERGE = 1,  /* later writes may append to this page */
	PIPE_SLOT_PACKET = 2, /* one write in O_DIRECT mode: a read takes no more than it */
};

/* One page, or a part of one, waiting to be read. Owns a reference of the frame. */
struct pipe_slot {
	pfn_t pfn;
	uint16_t offset, len;
	uint32_t flags;
};

struct pipe {
	struct pipe_slot *slots;
	uint32_t nslots;     /* power of two */
	uint32_t head, tail; /* free running; head - tail slots are in use */
	uint32_t files;      /* open file descriptions */
	uint32_t readers, writers;
	uint32_t r_counter, w_counter; /* opens ever, for blocking opens and POLLHUP of FIFOs */
	struct waitq rd_wait, wr_wait;
};

/* Boot: the file system that pipe inodes live on. */
void pipe_init(void);
void pipe_shutdown(void);
/* pipe2(2): two files without descriptors. flags: O_NONBLOCK, O_DIRECT. 0 or -ENOMEM. */
int pipe_create(uint32_t flags, struct file **rd, struct file **wr);
/* The open operation of every FIFO inode, whatever its file system (fifo(7)); installs the operations in f.
 * May sleep for the other end: -ERESTARTSYS; -ENXIO for a non-blocking writer without reader. On error
 * nothing is left behind and f->ops->release is not to be called. */
int fifo_open(struct inode *ino, struct file *f);
/* The pipe behind f, or NULL when f is something else. */
struct pipe *pipe_of_file(const struct file *f);
/* F_SETPIPE_SZ and F_GETPIPE_SZ: the capacity in bytes; -EBADF (not a pipe), -EBUSY, -EPERM, -ENOMEM,
 * -EINVAL. */
int64_t pipe_fcntl_set_size(struct file *f, uint64_t bytes);
int64_t pipe_fcntl_get_size(struct file *f);

/* --- for splice.c --- */
static inline uint32_t pipe_used(const struct pipe *p)
{
	return p->head - p->tail;
}
static inline bool pipe_empty(const struct pipe *p)
{
	return p->head == p->tail;
}
static inline bool pipe_full(const struct pipe *p)
{
	return p->head - p->tail >= p->nslots;
}
static inline struct pipe_slot *pipe_slot_at(const struct pipe *p, uint32_t index)
{
	return &p->slots[index & (p->nslots - 1)];
}
/* Waits until p has data: 1, 0 at end of file, -EAGAIN, -ERESTARTSYS. */
int pipe_wait_data(struct pipe *p, bool nonblock);
/* Waits until p has a free slot: 0, -EPIPE (after SIGPIPE), -EAGAIN, -ERESTARTSYS. */
int pipe_wait_room(struct pipe *p, bool nonblock);
/* Appends a slot; the pipe is not full. Takes over the frame reference. */
void pipe_push(struct pipe *p, pfn_t pfn, uint32_t offset, uint32_t len, uint32_t flags);
/* Consumes n bytes of the first slot, waking a writer when room comes to be. */
void pipe_consume(struct pipe *p, uint32_t n);
/* Data was pushed: wakes one reader and whoever polls. */
void pipe_wake_readers(struct pipe *p);

#endif
