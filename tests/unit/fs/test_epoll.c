/* Does epoll report what is ready, once or as long as asked, and refuse what would go round in circles? */
#include "event_test.h"
#include "fs/epoll.h"
#include "fs/eventfd.h"
#include "fs/pipe.h"

static struct file *ep;

static struct file *eventfd_make(void)
{
	struct file *f;

	cr_assert_eq(eventfd_create(0, O_NONBLOCK_LINUX, &f), 0);
	return f;
}

static struct file *epoll_make(void)
{
	struct file *f;

	cr_assert_eq(epoll_create_file(&f), 0);
	return f;
}

static int ctl(struct file *e, int op, int fd, struct file *f, uint32_t events)
{
	struct epoll_event_linux ev = {.events = events, .data = (uint64_t)fd * 10};

	return epoll_control(e, op, fd, f, &ev);
}

static int add(int fd, struct file *f, uint32_t events)
{
	return ctl(ep, EPOLL_CTL_ADD_LINUX, fd, f, events);
}

static void bump(struct file *f)
{
	uint64_t one = 1;

	cr_expect_eq(ev_write(f, &one, 8), 8);
}

static void reset(struct file *f)
{
	uint64_t v;

	cr_expect_eq(ev_read(f, &v, 8), 8);
}

static struct epoll_event_linux got[64];

/* What is ready now. */
static int64_t look(int max)
{
	int64_t n = epoll_collect(ep, uaddr(EV_USER), max, 0, true);

	if (n > 0)
		cr_expect_eq(copy_from_user(got, uaddr(EV_USER), (size_t)n * sizeof(got[0])), 0);
	return n;
}

EVTEST(epoll, level_triggered)
{
	struct file *f = eventfd_make();

	ep = epoll_make();
	cr_expect_eq(add(3, f, POLLIN_LINUX), 0);
	cr_expect_eq(add(3, f, POLLIN_LINUX), -EEXIST);
	cr_expect_eq(look(8), 0);
	bump(f);
	cr_expect_eq(look(8), 1);
	cr_expect_eq(got[0].events, POLLIN_LINUX);
	cr_expect_eq(got[0].data, 30);
	cr_expect_eq(look(8), 1, "as long as it is ready");
	reset(f);
	cr_expect_eq(look(8), 0);
	cr_expect_eq(ctl(ep, EPOLL_CTL_MOD_LINUX, 3, f, POLLOUT_LINUX), 0);
	cr_expect_eq(look(8), 1);
	cr_expect_eq(got[0].events, POLLOUT_LINUX);
	cr_expect_eq(ctl(ep, EPOLL_CTL_DEL_LINUX, 3, f, 0), 0);
	cr_expect_eq(ctl(ep, EPOLL_CTL_DEL_LINUX, 3, f, 0), -ENOENT);
	cr_expect_eq(look(8), 0);
	file_put(f);
	file_put(ep);
}

EVTEST(epoll, edge_triggered_and_oneshot)
{
	struct file *f = eventfd_make(), *g = eventfd_make();

	ep = epoll_make();
	cr_expect_eq(add(3, f, POLLIN_LINUX | EPOLLET_LINUX), 0);
	cr_expect_eq(add(4, g, POLLIN_LINUX | EPOLLONESHOT_LINUX), 0);
	bump(f);
	bump(g);
	cr_expect_eq(look(8), 2);
	cr_expect_eq(look(8), 0);
	bump(f);
	bump(g);
	cr_expect_eq(look(8), 1, "a new edge; the one-shot item sleeps");
	cr_expect_eq(got[0].data, 30);
	cr_expect_eq(ctl(ep, EPOLL_CTL_MOD_LINUX, 4, g, POLLIN_LINUX | EPOLLONESHOT_LINUX), 0);
	cr_expect_eq(look(8), 1);
	cr_expect_eq(got[0].data, 40);
	file_put(f);
	file_put(g);
	file_put(ep);
}

/* With more ready than asked for, everybody gets his turn. */
EVTEST(epoll, fair)
{
	struct file *f[4];

	ep = epoll_make();
	for (int i = 0; i < 4; i++) {
		f[i] = eventfd_make();
		cr_expect_eq(add(i, f[i], POLLIN_LINUX), 0);
		bump(f[i]);
	}
	for (int i = 0; i < 8; i += 2) {
		cr_expect_eq(look(2), 2);
		cr_expect_eq(got[0].data, (uint64_t)(i % 4) * 10);
		cr_expect_eq(got[1].data, (uint64_t)((i + 1) % 4) * 10);
	}
	for (int i = 0; i < 4; i++)
		file_put(f[i]);
	cr_expect_eq(look(8), 0, "closed files are gone");
	file_put(ep);
}

/* An event that cannot be stored is not lost. */
EVTEST(epoll, fault)
{
	struct file *f = eventfd_make();

	ep = epoll_make();
	cr_expect_eq(add(3, f, POLLIN_LINUX | EPOLLET_LINUX), 0);
	bump(f);
	cr_expect_eq(epoll_collect(ep, uaddr(0x1000), 1, 0, true), -EFAULT);
	cr_expect_eq(look(1), 1);
	file_put(f);
	file_put(ep);
}

static int64_t wait_result[3];

static void wait_for_event(void *arg)
{
	*(int64_t *)arg = epoll_collect(ep, uaddr(EV_USER), 8, KTIME_NEVER, false);
}

static void wait_a_while(void *arg)
{
	*(int64_t *)arg = epoll_collect(ep, uaddr(EV_USER), 8, clock_now() + NSEC_PER_MSEC, false);
}

EVTEST(epoll, waits)
{
	struct file *f = eventfd_make();
	struct task *t;

	ep = epoll_make();
	cr_expect_eq(add(3, f, POLLIN_LINUX), 0);
	wait_result[0] = wait_result[1] = wait_result[2] = 99;
	ev_task(wait_for_event, &wait_result[0]);
	ev_let_run();
	cr_expect_eq(wait_result[0], 99);
	bump(f);
	ev_let_run();
	cr_expect_eq(wait_result[0], 1);
	reset(f);
	wait_a_while(&wait_result[1]);
	cr_expect_eq(wait_result[1], 0);
	t = ev_task(wait_for_event, &wait_result[2]);
	ev_let_run();
	ev_interrupt(t);
	ev_let_run();
	cr_expect_eq(wait_result[2], -EINTR);
	file_put(f);
	file_put(ep);
}

EVTEST(epoll, refusals)
{
	struct file *f = eventfd_make(), *regular;

	ep = epoll_make();
	cr_assert_eq(vfs_open(NULL, "/f", O_RDWR_LINUX | O_CREAT_LINUX, 0600, &regular), 0);
	cr_expect_eq(add(3, regular, POLLIN_LINUX), -EPERM);
	cr_expect_eq(add(3, ep, POLLIN_LINUX), -EINVAL);
	cr_expect_eq(ctl(f, EPOLL_CTL_ADD_LINUX, 3, ep, POLLIN_LINUX), -EINVAL);
	cr_expect_eq(ctl(ep, 77, 3, f, POLLIN_LINUX), -EINVAL);
	cr_expect_eq(add(3, f, POLLIN_LINUX | EPOLLEXCLUSIVE_LINUX | EPOLLONESHOT_LINUX), -EINVAL);
	cr_expect_eq(add(3, f, POLLIN_LINUX | EPOLLEXCLUSIVE_LINUX), 0);
	cr_expect_eq(ctl(ep, EPOLL_CTL_MOD_LINUX, 3, f, POLLIN_LINUX), -EINVAL);
	file_put(regular);
	file_put(f);
	file_put(ep);
}

/* An epoll file is readable when something in it is; circles and towers are refused. */
EVTEST(epoll, nested)
{
	struct file *f = eventfd_make(), *level[7];

	for (int i = 0; i < 7; i++)
		level[i] = epoll_make();
	cr_expect_eq(ctl(level[0], EPOLL_CTL_ADD_LINUX, 3, f, POLLIN_LINUX), 0);
	for (int i = 1; i < 5; i++)
		cr_expect_eq(ctl(level[i], EPOLL_CTL_ADD_LINUX, 3, level[i - 1], POLLIN_LINUX), 0, "level %d",
			     i);
	cr_expect_eq(ctl(level[5], EPOLL_CTL_ADD_LINUX, 3, level[4], POLLIN_LINUX), -ELOOP);
	cr_expect_eq(ctl(level[0], EPOLL_CTL_ADD_LINUX, 3, level[4], POLLIN_LINUX), -ELOOP);
	cr_expect_eq(ctl(level[0], EPOLL_CTL_ADD_LINUX, 3, level[1], POLLIN_LINUX), -ELOOP);
	ep = level[4];
	cr_expect_eq(look(1), 0);
	bump(f);
	cr_expect_eq(look(1), 1);
	cr_expect_eq(ev_poll(level[4]), POLLIN_LINUX | POLLRDNORM_LINUX);
	reset(f);
	cr_expect_eq(look(1), 0);
	for (int i = 0; i < 7; i++)
		file_put(level[i]);
	file_put(f);
}

/* EPOLLEXCLUSIVE: one wake, one epoll instance. */
EVTEST(epoll, exclusive)
{
	struct file *rd, *wr, *a = epoll_make(), *b = epoll_make();

	cr_assert_eq(pipe_create(O_NONBLOCK_LINUX, &rd, &wr), 0);
	cr_expect_eq(ctl(a, EPOLL_CTL_ADD_LINUX, 3, rd, POLLIN_LINUX | EPOLLEXCLUSIVE_LINUX), 0);
	cr_expect_eq(ctl(b, EPOLL_CTL_ADD_LINUX, 3, rd, POLLIN_LINUX | EPOLLEXCLUSIVE_LINUX), 0);
	wait_result[0] = wait_result[1] = 99;
	ep = a;
	ev_task(wait_for_event, &wait_result[0]);
	ev_let_run();
	ep = b;
	ev_task(wait_for_event, &wait_result[1]);
	ev_let_run();
	ev_write(wr, "x", 1);
	ev_let_run();
	cr_expect_eq(wait_result[0], 1);
	cr_expect_eq(wait_result[1], 99);
	file_put(wr); /* a hang-up is for all */
	ev_let_run();
	cr_expect_eq(wait_result[1], 1);
	file_put(rd);
	file_put(a);
	file_put(b);
}
