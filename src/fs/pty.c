/* pty.c - pseudo-terminals (pty(7), pts(4), ioctl_tty(2)).
 *
 * The slave is a terminal like any other; the master is a file of its own kind: what is written to it is the slave's
 * input, what the slave writes is read from it. The master has no line discipline: it is always raw.
 * LEAVES OUT: BSD pseudo-terminals; several instances of devpts. */
#include "fs/pty.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/signal.h"
#include "fs/chrdev.h"
#include "fs/devpts.h"
#include "fs/fdtable.h"
#include "fs/tty_ioctl.h"
#include "fs/tty_ldisc.h"
#include "mm/usercopy.h"

#define PTY_OUT_SIZE 16384U
/* What the master's reader is taken to have already: a flush of output does not reach it. */
#define PTY_OUT_TAKEN 4095U
#define COPY_CHUNK 1024U

struct pty {
	struct list node; /* ptys, by index */
	uint32_t index;
	struct tty *slave;             /* referenced */
	struct tty_ring out;           /* written by the slave, not yet read from the master */
	bool locked;                   /* TIOCSPTLCK: the slave cannot be opened */
	bool packet;                   /* TIOCPKT */
	bool slave_closed;             /* the slave was open and is no more */
	uint8_t status;                /* TIOCPKT_*: what happened since the last read in packet mode */
	struct waitq rd_wait, wr_wait; /* of the master */
};

static KMEM_CACHE(pty_cache, pty);
static struct list ptys;
static uint32_t nptys;

uint32_t pty_count(void)
{
	return nptys;
}

/* --- the slave's hardware --- */
static struct pty *pty_of_slave(const struct tty *t)
{
	return t->driver_data;
}

static void pty_set_status(struct pty *p, uint8_t clear, uint8_t set)
{
	if (!p || !p->packet)
		return;
	p->status = (uint8_t)((p->status & ~clear) | set);
	waitq_wake(&p->rd_wait, INT32_MAX, POLLIN_LINUX | POLLPRI_LINUX);
}

static int pty_slave_write(struct tty *t, const uint8_t *buf, size_t n)
{
	struct pty *p = pty_of_slave(t);

	if (!p)
		return -EIO;
	tty_ring_put(&p->out, buf, (uint32_t)n);
	waitq_wake(&p->rd_wait, INT32_MAX, POLLIN_LINUX | POLLRDNORM_LINUX);
	return 0;
}

static size_t pty_slave_room(const struct tty *t)
{
	const struct pty *p = pty_of_slave(t);

	return p ? tty_ring_room(&p->out) : 1; /* so that a write finds out */
}

static void pty_slave_flush_output(struct tty *t)
{
	struct pty *p = pty_of_slave(t);

	if (!p)
		return;
	if (tty_ring_used(&p->out) > PTY_OUT_TAKEN)
		p->out.head = p->out.tail + PTY_OUT_TAKEN;
	pty_set_status(p, 0, TIOCPKT_FLUSHWRITE_LINUX);
}

static void pty_slave_input_flushed(struct tty *t)
{
	pty_set_status(pty_of_slave(t), 0, TIOCPKT_FLUSHREAD_LINUX);
}

static void pty_slave_input_room(struct tty *t)
{
	struct pty *p = pty_of_slave(t);

	if (p && tty_ring_room(&t->flip) > 0)
		waitq_wake(&p->wr_wait, INT32_MAX, POLLOUT_LINUX | POLLWRNORM_LINUX);
}

static void pty_slave_flow_changed(struct tty *t)
{
	uint8_t now = t->stopped ? TIOCPKT_STOP_LINUX : TIOCPKT_START_LINUX;

	pty_set_status(pty_of_slave(t), TIOCPKT_STOP_LINUX | TIOCPKT_START_LINUX, now);
}

/* Does the slave take ^S and ^Q for flow control? Then a remote login may handle them at its own end. */
static bool pty_flow_by_chars(const struct termios2_linux *k)
{
	return (k->c_iflag & IXON_LINUX) && k->c_cc[VSTOP_LINUX] == ('S' & 0x1f) &&
	       k->c_cc[VSTART_LINUX] == ('Q' & 0x1f);
}

static void pty_slave_termios_changed(struct tty *t, const struct termios2_linux *old)
{
	bool extproc = (old->c_lflag | t->termios.c_lflag) & EXTPROC_LINUX;
	bool was = pty_flow_by_chars(old), is = pty_flow_by_chars(&t->termios);
	uint8_t clear = 0, set = 0;

	if (was != is) {
		clear = TIOCPKT_DOSTOP_LINUX | TIOCPKT_NOSTOP_LINUX;
		set = is ? TIOCPKT_DOSTOP_LINUX : TIOCPKT_NOSTOP_LINUX;
	}
	if (extproc)
		set |= TIOCPKT_IOCTL_LINUX;
	if (set)
		pty_set_status(pty_of_slave(t), clear, set);
}

static void pty_slave_opened(struct tty *t)
{
	struct pty *p = pty_of_slave(t);

	if (p)
		p->slave_closed = false;
}

static void pty_slave_last_close(struct tty *t)
{
	struct pty *p = pty_of_slave(t);

	if (!p)
		return;
	p->slave_closed = true;
	waitq_wake(&p->rd_wait, INT32_MAX, POLLIN_LINUX | POLLHUP_LINUX);
	waitq_wake(&p->wr_wait, INT32_MAX, POLLOUT_LINUX | POLLHUP_LINUX);
}

static const struct tty_driver pty_slave_driver = {
    .write = pty_slave_write,
    .room = pty_slave_room,
    .flush_output = pty_slave_flush_output,
    .input_flushed = pty_slave_input_flushed,
    .input_room = pty_slave_input_room,
    .flow_changed = pty_slave_flow_changed,
    .termios_changed = pty_slave_termios_changed,
    .opened = pty_slave_opened,
    .last_close = pty_slave_last_close,
    .pty = true,
};

/* --- pairs --- */
static struct pty *pty_find(uint32_t index)
{
	struct pty *p;

	LIST_FOR_EACH (p, &ptys, struct pty, node) {
		if (p->index == index)
			return p;
	}
	return NULL;
}

/* Puts p into the list at the lowest free index. */
static void pty_link(struct pty *p)
{
	struct pty *other;

	LIST_FOR_EACH (other, &ptys, struct pty, node) {
		if (other->index != p->index)
			break;
		p->index++;
	}
	list_add_tail(&other->node,
		      &p->node); /* before the first index above it; the head if there is none */
	nptys++;
}

static void pty_unlink(struct pty *p)
{
	list_del(&p->node);
	nptys--;
}

static void pty_free(struct pty *p)
{
	tty_ring_destroy(&p->out);
	kmem_free(&pty_cache, p);
}

static int pty_create(struct pty **out)
{
	struct pty *p;
	int err = -ENOMEM;

	if (nptys >= PTY_MAX)
		return -ENOSPC;
	p = kmem_alloc(&pty_cache);
	if (!p)
		return -ENOMEM;
	waitq_init(&p->rd_wait);
	waitq_init(&p->wr_wait);
	p->locked = true;
	pty_link(p);
	if (tty_ring_init(&p->out, PTY_OUT_SIZE))
		goto unlink;
	p->slave = tty_create(makedev_linux(PTS_MAJOR_LINUX, p->index), &pty_slave_driver, p);
	if (!p->slave)
		goto unlink;
	p->slave->termios.c_cflag &= ~HUPCL_LINUX;
	p->slave->initial_termios = p->slave->termios;
	err = devpts_add(p->index);
	if (err)
		goto slave;
	*out = p;
	return 0;

slave:
	tty_put(p->slave);
unlink:
	pty_unlink(p);
	pty_free(p);
	return err;
}

static void pty_destroy(struct pty *p)
{
	devpts_remove(p->index);
	pty_unlink(p);
	p->slave->driver_data = NULL;
	tty_hangup(p->slave, false);
	tty_put(p->slave);
	pty_free(p);
}

/* --- the master --- */
static int64_t pty_master_copy(struct pty *p, struct iov_iter *to)
{
	uint8_t buf[COPY_CHUNK];
	int64_t done = 0;

	while (to->count > 0) {
		uint32_t n = tty_ring_peek(&p->out, buf, (uint32_t)MIN(to->count, sizeof(buf)));
		size_t got = n ? iter_write(to, buf, n) : 0;

		if (n == 0)
			break;
		tty_ring_skip(&p->out, (uint32_t)got);
		done += (int64_t)got;
		if (got < n)
			return done > 0 ? done : -EFAULT;
	}
	return done;
}

static int64_t pty_master_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	struct pty *p = f->private;
	uint8_t head = TIOCPKT_DATA_LINUX;
	int64_t n;
	int err;

	(void)pos;
	if (to->count == 0)
		return 0;
	while (tty_ring_used(&p->out) == 0 && !(p->packet && p->status)) {
		if (p->slave_closed)
			return -EIO;
		if (f->flags & O_NONBLOCK_LINUX)
			return -EAGAIN;
		err = wait_on(&p->rd_wait);
		if (err)
			return err;
	}
	if (p->packet) {
		bool only_status = p->status != 0;

		if (only_status)
			head = p->status;
		if (iter_write(to, &head, 1) < 1)
			return -EFAULT;
		if (only_status) {
			p->status = 0;
			return 1;
		}
	}
	n = pty_master_copy(p, to);
	if (n < 0)
		return p->packet ? 1 : n;
	tty_ldisc_run(p->slave); /* echo that waited for room */
	waitq_wake(&p->slave->write_wait, INT32_MAX, POLLOUT_LINUX | POLLWRNORM_LINUX);
	return p->packet ? n + 1 : n;
}

static int64_t pty_master_write(struct file *f, struct iov_iter *from, int64_t *pos)
{
	struct pty *p = f->private;
	uint8_t buf[COPY_CHUNK];
	int64_t done = 0;
	int err;

	(void)pos;
	while (from->count > 0) {
		struct iov_iter saved = *from;
		size_t n = iter_read(from, buf, MIN(from->count, sizeof(buf)));
		uint32_t taken = tty_receive(p->slave, buf, (uint32_t)n);

		if (n == 0)
			return done > 0 ? done : -EFAULT;
		done += taken;
		if (taken == n)
			continue;
		iter_rewind(from, &saved);
		iter_skip(from, taken);
		if (taken > 0 || tty_ring_room(&p->slave->flip) > 0)
			continue;
		if (f->flags & O_NONBLOCK_LINUX)
			return done > 0 ? done : -EAGAIN;
		err = wait_on(&p->wr_wait);
		if (err)
			return done > 0 ? done : err;
	}
	return done;
}

static uint32_t pty_master_poll(struct file *f, struct poll_table *pt)
{
	struct pty *p = f->private;
	uint32_t events = 0;

	poll_wait(f, &p->rd_wait, pt);
	poll_wait(f, &p->wr_wait, pt);
	if (tty_ring_used(&p->out) > 0)
		events |= POLLIN_LINUX | POLLRDNORM_LINUX;
	if (p->packet && p->status)
		events |= POLLPRI_LINUX | POLLIN_LINUX | POLLRDNORM_LINUX;
	if (p->slave_closed)
		events |= POLLHUP_LINUX;
	if (tty_ring_room(&p->slave->flip) > 0)
		events |= POLLOUT_LINUX | POLLWRNORM_LINUX;
	return events;
}

/* TIOCGPTPEER: a descriptor of the slave, whatever is mounted where. */
static int64_t pty_open_peer(struct pty *p, uint64_t flags)
{
	struct path path;
	struct file *f;
	int err = devpts_path(p->index, &path);

	if (err)
		return err;
	err = vfs_open_path(&path, (uint32_t)flags & (O_ACCMODE_LINUX | O_NONBLOCK_LINUX | O_NOCTTY_LINUX),
			    &f);
	path_put(&path);
	if (err)
		return err;
	return fd_install(f, 0, flags & O_CLOEXEC_LINUX);
}

static int pty_set_packet(struct pty *p, uint64_t arg)
{
	uint32_t on;

	if (get_user_u32(&on, uaddr(arg)))
		return -EFAULT;
	if (on && !p->packet)
		p->status = 0;
	p->packet = on != 0;
	return 0;
}

static int64_t pty_master_ioctl(struct file *f, uint32_t cmd, uint64_t arg)
{
	struct pty *p = f->private;
	uint32_t v;

	switch (cmd) {
	case TIOCGPTN_LINUX: return put_user_u32(uaddr(arg), p->index);
	case TIOCSPTLCK_LINUX:
		if (get_user_u32(&v, uaddr(arg)))
			return -EFAULT;
		p->locked = v != 0;
		return 0;
	case TIOCGPTLCK_LINUX: return put_user_u32(uaddr(arg), p->locked);
	case TIOCGPTPEER_LINUX: return pty_open_peer(p, arg);
	case TIOCPKT_LINUX: return pty_set_packet(p, arg);
	case TIOCGPKT_LINUX: return put_user_u32(uaddr(arg), p->packet);
	case TIOCSIG_LINUX:
		if (arg != SIGINT_LINUX && arg != SIGQUIT_LINUX && arg != SIGTSTP_LINUX)
			return -EINVAL;
		if (p->slave->pgrp)
			signal_kernel_pgrp(p->slave->pgrp, (int)arg);
		return 0;
	case TIOCINQ_LINUX: return put_user_u32(uaddr(arg), tty_ring_used(&p->out));
	case TIOCGDEV_LINUX:
		return put_user_u32(uaddr(arg),
				    (uint32_t)makedev_linux(TTYAUX_MAJOR_LINUX, TTYAUX_PTMX_LINUX));
	case TCFLSH_LINUX: /* at this end the directions are the other way round */
		if (arg == TCIFLUSH_LINUX || arg == TCIOFLUSH_LINUX) {
			tty_ring_clear(&p->out);
			waitq_wake(&p->slave->write_wait, INT32_MAX, POLLOUT_LINUX | POLLWRNORM_LINUX);
		}
		if (arg == TCOFLUSH_LINUX || arg == TCIOFLUSH_LINUX)
			tty_ring_clear(&p->slave->flip);
		return arg > TCIOFLUSH_LINUX ? -EINVAL : 0;
	default: return tty_ioctl(p->slave, f, cmd, arg, true);
	}
}

static void pty_master_release(struct file *f)
{
	pty_destroy(f->private);
}

static void pty_master_fdinfo(struct file *f, struct strbuf *out)
{
	const struct pty *p = f->private;

	strbuf_printf(out, "tty-index:\t%u\n", p->index);
}

static const struct file_ops pty_master_fops = {
    .read = pty_master_read,
    .write = pty_master_write,
    .poll = pty_master_poll,
    .ioctl = pty_master_ioctl,
    .release = pty_master_release,
    .fdinfo = pty_master_fdinfo,
    .stream = true,
};

/* --- opening --- */
static int pty_open_master(struct inode *ino, struct file *f)
{
	struct pty *p;
	int err = pty_create(&p);

	(void)ino;
	if (!err)
		f->private = p;
	return err;
}

static int pty_open_slave(struct inode *ino, struct file *f)
{
	struct pty *p = pty_find(minor_linux(ino->rdev));

	if (!p || p->locked)
		return -EIO;
	return tty_open_file(p->slave, f, !f->noctty);
}

static struct chrdev pty_master_dev = {
    .major = TTYAUX_MAJOR_LINUX,
    .minor = TTYAUX_PTMX_LINUX,
    .count = 1,
    .fops = &pty_master_fops,
    .open = pty_open_master,
};
static struct chrdev pty_slave_dev = {
    .major = PTS_MAJOR_LINUX,
    .minor = 0,
    .count = PTY_MAX,
    .fops = &tty_fops,
    .open = pty_open_slave,
};

void pty_init(void)
{
	list_init(&ptys);
	nptys = 0;
	chrdev_register(&pty_master_dev);
	chrdev_register(&pty_slave_dev);
}
