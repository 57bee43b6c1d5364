/* Does a pipe move bytes in order, wake who waits, and end as pipe(7) says? */
#include <string.h>

#include "event_test.h"
#include "fs/pipe.h"

static struct file *rd, *wr;
static char big[200000], back[200000];

static void make(uint32_t flags)
{
	cr_assert_eq(pipe_create(flags, &rd, &wr), 0);
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + i / 251);
}

EVTEST(pipe, bytes_in_order)
{
	char buf[16];

	make(0);
	cr_expect_eq(ev_write(wr, "hello ", 6), 6);
	cr_expect_eq(ev_write(wr, "world", 5), 5);
	cr_expect_eq(ev_read(rd, buf, 4), 4);
	cr_expect_eq(ev_read(rd, buf + 4, 12), 7);
	cr_expect(memcmp(buf, "hello world", 11) == 0);
	file_put(wr);
	cr_expect_eq(ev_read(rd, buf, 1), 0, "end of file");
	file_put(rd);
}

EVTEST(pipe, capacity_and_nonblocking)
{
	make(O_NONBLOCK_LINUX);
	cr_expect_eq(ev_read(rd, back, 1), -EAGAIN);
	cr_expect_eq(ev_write(wr, big, sizeof(big)), 65536);
	cr_expect_eq(ev_write(wr, big, 1), -EAGAIN);
	cr_expect_eq(ev_poll(wr), 0);
	cr_expect_eq(ev_poll(rd), POLLIN_LINUX | POLLRDNORM_LINUX);
	cr_expect_eq(ev_read(rd, back, 4095), 4095);
	cr_expect_eq(ev_write(wr, big, 1), -EAGAIN, "a page is free only when it is empty");
	cr_expect_eq(ev_read(rd, back + 4095, sizeof(back)), 65536 - 4095);
	cr_expect(memcmp(big, back, 65536) == 0);
	file_put(wr);
	file_put(rd);
}

/* Writes of odd sizes each take a page of their own unless they fit behind the last one. */
EVTEST(pipe, merging)
{
	int n = 0;

	make(O_NONBLOCK_LINUX);
	while (ev_write(wr, big, 3000) == 3000)
		n++;
	cr_expect_eq(n, 16);
	cr_expect_eq(ev_read(rd, back, sizeof(back)), 48000);
	for (n = 0; ev_write(wr, big, 1000) == 1000; n++)
		;
	cr_expect_eq(n, 64, "four in a page");
	file_put(wr);
	file_put(rd);
}

static int64_t reader_sum, reader_calls;

static void drain(void *arg)
{
	static char buf[65536];
	int64_t n;

	(void)arg;
	while ((n = ev_read(rd, buf, sizeof(buf))) > 0) {
		cr_assert(memcmp(buf, big + reader_sum, (size_t)n) == 0);
		reader_sum += n;
		reader_calls++;
	}
	file_put(rd);
}

EVTEST(pipe, writer_waits_for_reader)
{
	make(0);
	ev_task(drain, NULL);
	cr_expect_eq(ev_write(wr, big, sizeof(big)), sizeof(big));
	file_put(wr);
	ev_let_run();
	cr_expect_eq(reader_sum, sizeof(big));
	cr_expect_eq(reader_calls, 4);
}

static void write_one(void *arg)
{
	*(int64_t *)arg = ev_write(wr, "x", 1);
}

/* EPIPE, SIGPIPE, and what poll says of broken ends. */
EVTEST(pipe, broken)
{
	make(0);
	current->sighand->action[SIGPIPE_LINUX - 1].handler = 0x1000;
	file_put(rd);
	cr_expect_eq(ev_poll(wr), POLLOUT_LINUX | POLLWRNORM_LINUX | POLLERR_LINUX);
	cr_expect_eq(ev_write(wr, "x", 1), -EPIPE);
	cr_expect(signal_pending_set(current) & SIGSET_BIT(SIGPIPE_LINUX));
	signal_set_mask(current, ~0ULL);
	file_put(wr);
	make(0);
	file_put(wr);
	cr_expect_eq(ev_poll(rd), POLLHUP_LINUX);
	file_put(rd);
}

static int64_t results[4];

static void read_three(void *arg)
{
	char buf[3];

	*(int64_t *)arg = ev_read(rd, buf, 3);
}

/* One write wakes one reader; what it leaves behind wakes the next. */
EVTEST(pipe, exclusive_readers)
{
	make(0);
	for (int i = 0; i < 3; i++) {
		results[i] = -1;
		ev_task(read_three, &results[i]);
	}
	ev_let_run();
	ev_write(wr, "abc", 3);
	ev_let_run();
	cr_expect_eq(results[0], 3);
	cr_expect_eq(results[1], -1);
	ev_write(wr, "abcd", 4);
	ev_let_run();
	cr_expect_eq(results[1], 3);
	cr_expect_eq(results[2], 1);
	file_put(wr);
	file_put(rd);
}

static unsigned wakes;

static bool count_wake(struct waiter *w, uint32_t events)
{
	(void)w;
	wakes += events != 0;
	return false;
}

/* Every write is an edge for who polls the reading end; a read is none. */
EVTEST(pipe, edges)
{
	struct waiter w;
	char c;

	make(0);
	waiter_init(&w);
	w.wake = count_wake;
	waitq_add(&pipe_of_file(rd)->rd_wait, &w);
	ev_write(wr, "ab", 2);
	ev_write(wr, "c", 1);
	cr_expect_eq(wakes, 2);
	ev_read(rd, &c, 1);
	cr_expect_eq(wakes, 2);
	waitq_remove(&w);
	file_put(wr);
	file_put(rd);
}

EVTEST(pipe, interrupted)
{
	struct task *t;

	make(0);
	t = ev_task(read_three, &results[0]);
	ev_let_run();
	ev_interrupt(t);
	ev_let_run();
	cr_expect_eq(results[0], -ERESTARTSYS);
	cr_assert_eq(ev_write(wr, big, 65536), 65536);
	t = ev_task(write_one, &results[1]);
	ev_let_run();
	ev_interrupt(t);
	ev_let_run();
	cr_expect_eq(results[1], -ERESTARTSYS);
	file_put(wr);
	file_put(rd);
}

EVTEST(pipe, resize)
{
	make(O_NONBLOCK_LINUX);
	cr_expect_eq(pipe_fcntl_get_size(rd), 65536);
	cr_expect_eq(pipe_fcntl_set_size(rd, 5000), 8192);
	cr_expect_eq(ev_write(wr, big, 20000), 8192);
	cr_expect_eq(pipe_fcntl_set_size(wr, 4096), -EBUSY);
	cr_expect_eq(pipe_fcntl_set_size(wr, 1 << 20), 1 << 20);
	cr_expect_eq(ev_write(wr, big + 8192, 20000), 20000);
	cr_expect_eq(ev_read(rd, back, sizeof(back)), 28192);
	cr_expect(memcmp(big, back, 28192) == 0);
	cr_expect_eq(pipe_fcntl_set_size(wr, 1ULL << 31 | 1), -EINVAL);
	cr_expect_eq(pipe_fcntl_set_size(wr, 0), 4096);
	file_put(wr);
	file_put(rd);
}

EVTEST(pipe, packets)
{
	make(O_DIRECT_LINUX);
	cr_expect_eq(ev_write(wr, "one", 3), 3);
	cr_expect_eq(ev_write(wr, "second", 6), 6);
	cr_expect_eq(ev_read(rd, back, 100), 3);
	cr_expect_eq(ev_read(rd, back, 2), 2, "the rest of a packet is dropped");
	file_put(wr);
	cr_expect_eq(ev_read(rd, back, 100), 0);
	file_put(rd);
}

/* --- FIFOs --- */

struct opened {
	uint32_t flags;
	int err;
	struct file *f;
};

static void open_fifo(void *arg)
{
	struct opened *o = arg;

	o->err = 1;
	o->err = vfs_open(NULL, "/fifo", o->flags, 0, &o->f);
}

/* Each end waits for the other in open(2). */
EVTEST(fifo, open_waits)
{
	struct opened r = {.flags = O_RDONLY_LINUX}, w = {.flags = O_WRONLY_LINUX};
	char c;

	cr_assert_eq(fs_make("/fifo", S_IFIFO_LINUX | 0600), 0);
	ev_task(open_fifo, &r);
	ev_let_run();
	cr_expect_eq(r.err, 1, "waits");
	ev_task(open_fifo, &w);
	ev_let_run();
	cr_assert_eq(r.err, 0);
	cr_assert_eq(w.err, 0);
	cr_expect_eq(ev_write(w.f, "x", 1), 1);
	cr_expect_eq(ev_read(r.f, &c, 1), 1);
	file_put(w.f);
	cr_expect_eq(ev_poll(r.f), POLLHUP_LINUX);
	file_put(r.f);
}

EVTEST(fifo, open_without_waiting)
{
	struct opened w = {.flags = O_WRONLY_LINUX | O_NONBLOCK_LINUX},
		      r = {.flags = O_RDONLY_LINUX | O_NONBLOCK_LINUX};
	struct opened both = {.flags = O_RDWR_LINUX};

	cr_assert_eq(fs_make("/fifo", S_IFIFO_LINUX | 0600), 0);
	open_fifo(&w);
	cr_expect_eq(w.err, -ENXIO);
	open_fifo(&r);
	cr_assert_eq(r.err, 0);
	cr_expect_eq(ev_poll(r.f), 0, "no hang-up before the first writer");
	open_fifo(&w);
	cr_assert_eq(w.err, 0);
	file_put(w.f);
	cr_expect_eq(ev_poll(r.f), POLLHUP_LINUX);
	open_fifo(&both);
	cr_assert_eq(both.err, 0);
	cr_expect_eq(ev_poll(both.f), POLLOUT_LINUX | POLLWRNORM_LINUX);
	file_put(both.f);
	file_put(r.f);
}

EVTEST(fifo, open_interrupted)
{
	struct opened r = {.flags = O_RDONLY_LINUX};
	struct task *t;

	cr_assert_eq(fs_make("/fifo", S_IFIFO_LINUX | 0600), 0);
	t = ev_task(open_fifo, &r);
	ev_let_run();
	ev_interrupt(t);
	ev_let_run();
	cr_expect_eq(r.err, -ERESTARTSYS);
}
