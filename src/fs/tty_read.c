/* tty_read.c - reading from a terminal: lines, or VMIN and VTIME (termios(3)).
 * LEAVES OUT: the serialisation of several readers that wait for the rest of one VMIN. */
#include "fs/tty_ldisc.h"

#include "core/clock.h"
#include "core/errno.h"

#define DECISECOND (100 * NSEC_PER_MSEC)

bool tty_ldisc_readable(const struct tty *t, bool for_poll)
{
	uint32_t vmin = t->termios.c_cc[VMIN_LINUX], want = 1;

	if (tty_canonical(t))
		return t->canon_head != t->read_tail;
	if (for_poll && vmin && !t->termios.c_cc[VTIME_LINUX])
		want = vmin;
	return t->read_head - t->read_tail >= want;
}

uint32_t tty_ldisc_available(const struct tty *t)
{
	uint32_t n = 0;

	if (!tty_canonical(t))
		return t->read_head - t->read_tail;
	for (uint32_t at = t->read_tail; at != t->canon_head; at++) {
		if (!tty_ldisc_is_eol(t, at) || tty_ldisc_byte(t, at) != VDISABLE_LINUX)
			n++;
	}
	return n;
}

/* Copies n bytes from the read buffer's tail and takes them. The number copied. */
static uint32_t read_copy(struct tty *t, struct iov_iter *to, uint32_t n)
{
	uint32_t done = 0;

	while (done < n) {
		uint32_t at = t->read_tail & (TTY_READ_SIZE - 1);
		uint32_t want = MIN(n - done, TTY_READ_SIZE - at);
		uint32_t got = (uint32_t)iter_write(to, t->read_buf + at, want);

		t->read_tail += got;
		done += got;
		if (got < want)
			break;
	}
	return done;
}

static bool read_at_eof_mark(const struct tty *t)
{
	return t->canon_head != t->read_tail && tty_ldisc_is_eol(t, t->read_tail) &&
	       tty_ldisc_byte(t, t->read_tail) == VDISABLE_LINUX;
}

static void read_skip_mark(struct tty *t)
{
	tty_ldisc_mark_eol(t, t->read_tail, false);
	t->read_tail++;
}

/* A line, or its first part when the caller's buffer is short. */
static int64_t read_line(struct tty *t, struct iov_iter *to)
{
	uint32_t limit = (uint32_t)MIN(to->count, t->canon_head - t->read_tail), n = 0, got;
	bool eol = false;

	while (n < limit && !eol)
		eol = tty_ldisc_is_eol(t, t->read_tail + n++);
	if (eol && tty_ldisc_byte(t, t->read_tail + n - 1) == VDISABLE_LINUX) {
		got = read_copy(t, to, n - 1);
		if (got == n - 1)
			read_skip_mark(t);
		return got == 0 && n > 1 ? -EFAULT : (int64_t)got;
	}
	if (eol)
		tty_ldisc_mark_eol(t, t->read_tail + n - 1, false);
	got = read_copy(t, to, n);
	if (got < n && eol)
		tty_ldisc_mark_eol(t, t->read_tail + (n - got) - 1, true);
	/* The mark behind a part that fills the buffer goes with it, or the next read would see an end of file. */
	if (!eol && to->count == 0 && read_at_eof_mark(t))
		read_skip_mark(t);
	return got == 0 && n > 0 ? -EFAULT : (int64_t)got;
}

struct read_state {
	uint32_t minimum;
	ktime_t between; /* VTIME after a byte; 0: none */
	ktime_t deadline;
	bool expired;
};

static struct read_state read_begin(const struct tty *t)
{
	ktime_t vtime = t->termios.c_cc[VTIME_LINUX] * DECISECOND;
	struct read_state rs = {.minimum = 1, .deadline = KTIME_NEVER};

	if (tty_canonical(t))
		return rs;
	if (t->termios.c_cc[VMIN_LINUX]) {
		rs.minimum = t->termios.c_cc[VMIN_LINUX];
		rs.between = vtime;
	} else {
		rs.deadline = clock_now() + vtime;
		rs.expired = vtime == 0;
	}
	return rs;
}

/* Nothing to read: 1 when something changed, 0 when the read ends with what it has, or a negative errno. */
static int read_wait(struct tty_file *tf, struct read_state *rs)
{
	int err;

	if (tf->hungup || rs->expired)
		return 0;
	if (tf->file->flags & O_NONBLOCK_LINUX)
		return -EAGAIN;
	err = wait_on_until(&tf->tty->read_wait, rs->deadline);
	if (err == -ETIMEDOUT) {
		rs->expired = true;
		return 1;
	}
	return err ? err : 1;
}

int64_t tty_ldisc_read(struct tty_file *tf, struct iov_iter *to)
{
	struct tty *t = tf->tty;
	struct read_state rs = read_begin(t);
	int64_t done = 0;

	while (to->count > 0) {
		uint32_t n;
		int r;

		if (!tty_ldisc_readable(t, false)) {
			r = read_wait(tf, &rs);
			if (r > 0)
				continue;
			return done > 0 ? done : r;
		}
		if (tty_canonical(t)) {
			int64_t got = read_line(t, to);

			tty_ldisc_run(t);
			return got;
		}
		n = read_copy(t, to, (uint32_t)MIN(to->count, t->read_head - t->read_tail));
		if (n == 0)
			return done > 0 ? done : -EFAULT;
		tty_ldisc_run(t);
		done += n;
		if (done >= rs.minimum)
			break;
		if (rs.between)
			rs.deadline = clock_now() + rs.between;
	}
	return done;
}
