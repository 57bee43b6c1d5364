/* tty.c - terminals as files: their life, opening, reading, writing, polling, hanging up (tty(4), termios(3)).
 * LEAVES OUT: O_ASYNC signals; line disciplines other than N_TTY. */
#include "fs/tty.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/console.h"
#include "fs/pty.h"
#include "fs/stdio.h"
#include "fs/tty_ioctl.h"
#include "fs/tty_job.h"
#include "fs/tty_ldisc.h"
#include "fs/tty_output.h"

#define WRITE_CHUNK 1024U
/* The most bytes one byte of output becomes: with less room a write would not move. */
#define WRITE_ROOM_MIN 8U

static KMEM_CACHE(tty_cache, tty);
static KMEM_CACHE(tty_file_cache, tty_file);

const struct termios2_linux tty_std_termios = {
    .c_iflag = ICRNL_LINUX | IXON_LINUX,
    .c_oflag = OPOST_LINUX | ONLCR_LINUX,
    .c_cflag = B38400_LINUX | CS8_LINUX | CREAD_LINUX | HUPCL_LINUX,
    .c_lflag = ISIG_LINUX | ICANON_LINUX | ECHO_LINUX | ECHOE_LINUX | ECHOK_LINUX | ECHOCTL_LINUX |
	       ECHOKE_LINUX | IEXTEN_LINUX,
    .c_cc = {[VINTR_LINUX] = 'C' & 0x1f,
	     [VQUIT_LINUX] = '\\' & 0x1f,
	     [VERASE_LINUX] = 0x7f,
	     [VKILL_LINUX] = 'U' & 0x1f,
	     [VEOF_LINUX] = 'D' & 0x1f,
	     [VMIN_LINUX] = 1,
	     [VSTART_LINUX] = 'Q' & 0x1f,
	     [VSTOP_LINUX] = 'S' & 0x1f,
	     [VSUSP_LINUX] = 'Z' & 0x1f,
	     [VREPRINT_LINUX] = 'R' & 0x1f,
	     [VDISCARD_LINUX] = 'O' & 0x1f,
	     [VWERASE_LINUX] = 'W' & 0x1f,
	     [VLNEXT_LINUX] = 'V' & 0x1f},
    .c_ispeed = 38400,
    .c_ospeed = 38400,
};

/* --- life --- */
static void tty_free(struct tty *t)
{
	tty_ring_destroy(&t->flip);
	tty_ring_destroy(&t->echo);
	kfree(t->read_buf);
	kmem_free(&tty_cache, t);
}

struct tty *tty_create(uint64_t dev, const struct tty_driver *driver, void *driver_data)
{
	struct tty *t = kmem_alloc(&tty_cache);

	if (!t)
		return NULL;
	t->refs = 1;
	t->dev = dev;
	t->driver = driver;
	t->driver_data = driver_data;
	t->termios = t->initial_termios = tty_std_termios;
	list_init(&t->files);
	waitq_init(&t->read_wait);
	waitq_init(&t->write_wait);
	t->read_buf = kmalloc(TTY_READ_SIZE);
	if (!t->read_buf || tty_ring_init(&t->flip, TTY_FLIP_SIZE) ||
	    tty_ring_init(&t->echo, TTY_ECHO_SIZE)) {
		tty_free(t);
		return NULL;
	}
	return t;
}

struct tty *tty_get(struct tty *t)
{
	t->refs++;
	return t;
}

void tty_put(struct tty *t)
{
	KASSERT(t->refs > 0);
	if (--t->refs > 0)
		return;
	KASSERT(list_empty(&t->files));
	if (t->driver->destroy)
		t->driver->destroy(t);
	tty_free(t);
}

uint64_t tty_dev(const struct tty *t)
{
	return t->dev;
}

int32_t tty_foreground_pgrp(const struct tty *t)
{
	return t->pgrp;
}

uint32_t tty_receive(struct tty *t, const uint8_t *buf, uint32_t n)
{
	n = tty_ring_put(&t->flip, buf, n);
	tty_ldisc_run(t);
	return n;
}

/* --- open files --- */
struct tty *tty_of_file(const struct file *f)
{
	return f->ops == &tty_fops ? ((struct tty_file *)f->private)->tty : NULL;
}

int tty_open_file(struct tty *t, struct file *f, bool may_set_ctty)
{
	struct process *p = current ? current->process : NULL;
	struct tty_file *tf;

	if (t->exclusive && current && !cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EBUSY;
	tf = kmem_alloc(&tty_file_cache);
	if (!tf)
		return -ENOMEM;
	tf->tty = tty_get(t);
	tf->file = f;
	list_add_tail(&t->files, &tf->node);
	f->ops = &tty_fops;
	f->private = tf;
	if (t->driver->opened)
		t->driver->opened(t);
	if (may_set_ctty && p && p->pid == p->sid && !p->ctty && t->session == 0 && f->readable)
		tty_set_ctty(t, p);
	return 0;
}

static void tty_release(struct file *f)
{
	struct tty_file *tf = f->private;
	struct tty *t = tf->tty;

	bool hungup = tf->hungup; /* then tty_hangup() has closed it as far as the line is concerned */

	list_del(&tf->node);
	kmem_free(&tty_file_cache, tf);
	if (!hungup && list_empty(&t->files)) {
		t->exclusive = false;
		if (t->driver->last_close)
			t->driver->last_close(t);
	}
	tty_put(t);
}

static int64_t tty_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	struct tty_file *tf = f->private;
	int err;

	(void)pos;
	if (tf->hungup)
		return 0;
	err = tty_job_check(tf->tty, SIGTTIN_LINUX);
	if (err)
		return err;
	return tty_ldisc_read(tf, to);
}

/* Waits until no other write(2) is under way. */
static int tty_write_begin(struct tty_file *tf)
{
	struct tty *t = tf->tty;
	int err;

	while (t->write_busy) {
		if (tf->file->flags & O_NONBLOCK_LINUX)
			return -EAGAIN;
		err = wait_on(&t->write_wait);
		if (err)
			return err;
	}
	t->write_busy = true;
	return 0;
}

static void tty_write_end(struct tty *t)
{
	t->write_busy = false;
	waitq_wake_all(&t->write_wait);
}

/* Writes the n bytes of buf, waiting for room. 0 or a negative errno; *used bytes went out. */
static int tty_write_chunk(struct tty_file *tf, const uint8_t *buf, size_t n, size_t *used)
{
	struct tty *t = tf->tty;
	int64_t moved;
	int err;

	for (;;) {
		if (tf->hungup)
			return -EIO;
		moved = tty_output(t, buf + *used, n - *used);
		if (moved < 0)
			return (int)moved;
		*used += (size_t)moved;
		if (*used == n)
			return 0;
		if (tf->file->flags & O_NONBLOCK_LINUX)
			return -EAGAIN;
		err = wait_on(&t->write_wait);
		if (err)
			return err;
	}
}

static int64_t tty_write(struct file *f, struct iov_iter *from, int64_t *pos)
{
	struct tty_file *tf = f->private;
	struct tty *t = tf->tty;
	uint8_t buf[WRITE_CHUNK];
	int64_t done = 0;
	int err = 0;

	(void)pos;
	if (tf->hungup)
		return -EIO;
	if (tty_lflag(t, TOSTOP_LINUX))
		err = tty_job_check(t, SIGTTOU_LINUX);
	if (!err)
		err = tty_write_begin(tf);
	if (err)
		return err;
	while (from->count > 0) {
		struct iov_iter saved = *from;
		size_t n = iter_read(from, buf, MIN(from->count, sizeof(buf))), used = 0;

		err = n == 0 ? -EFAULT : tty_write_chunk(tf, buf, n, &used);
		done += (int64_t)used;
		if (err) {
			iter_rewind(from, &saved);
			iter_skip(from, used);
			break;
		}
	}
	tty_write_end(t);
	return done > 0 ? done : err;
}

static uint32_t tty_poll(struct file *f, struct poll_table *pt)
{
	struct tty_file *tf = f->private;
	struct tty *t = tf->tty;
	uint32_t events = 0;

	poll_wait(f, &t->read_wait, pt);
	poll_wait(f, &t->write_wait, pt);
	if (tf->hungup)
		return POLLIN_LINUX | POLLOUT_LINUX | POLLERR_LINUX | POLLHUP_LINUX | POLLRDNORM_LINUX |
		       POLLWRNORM_LINUX;
	if (tty_ldisc_readable(t, true))
		events |= POLLIN_LINUX | POLLRDNORM_LINUX;
	if (!t->stopped && !t->write_busy && t->driver->room(t) >= WRITE_ROOM_MIN)
		events |= POLLOUT_LINUX | POLLWRNORM_LINUX;
	return events;
}

static int64_t tty_file_ioctl(struct file *f, uint32_t cmd, uint64_t arg)
{
	struct tty_file *tf = f->private;

	if (tf->hungup)
		return cmd == TIOCSPGRP_LINUX ? -ENOTTY : -EIO;
	return tty_ioctl(tf->tty, f, cmd, arg, false);
}

/* --- hangup --- */
void tty_hangup(struct tty *t, bool exit_session)
{
	struct tty_file *tf, *tmp;

	tty_get(t);
	LIST_FOR_EACH_SAFE (tf, tmp, &t->files, struct tty_file, node) {
		tf->hungup = true;
		list_del(&tf->node);
	}
	tty_job_hangup(t, exit_session);
	t->termios = t->initial_termios;
	t->stopped = t->tco_stopped = false;
	t->lnext = false;
	tty_ring_clear(&t->flip);
	tty_ring_clear(&t->echo);
	tty_ldisc_flush(t);
	if (t->driver->last_close)
		t->driver->last_close(t);
	waitq_wake(&t->read_wait, INT32_MAX, POLLIN_LINUX | POLLERR_LINUX | POLLHUP_LINUX);
	waitq_wake(&t->write_wait, INT32_MAX, POLLOUT_LINUX | POLLERR_LINUX | POLLHUP_LINUX);
	tty_put(t);
}

void tty_vhangup(struct tty *t)
{
	tty_hangup(t, false);
}

/* --- boot --- */
void tty_softirq(uint32_t door_events)
{
	console_softirq(door_events);
	stdio_softirq(door_events);
}

void tty_init(void)
{
	pty_init();
	console_init();
	stdio_init();
}

const struct file_ops tty_fops = {
    .read = tty_read,
    .write = tty_write,
    .poll = tty_poll,
    .ioctl = tty_file_ioctl,
    .release = tty_release,
    .stream = true,
};
