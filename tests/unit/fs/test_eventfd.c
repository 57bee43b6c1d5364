/* Do eventfd, timerfd and signalfd count, wait and wake as their manual pages say? */
#include "event_test.h"
#include "fs/eventfd.h"
#include "fs/signalfd.h"
#include "fs/timerfd.h"

static uint64_t get(struct file *f)
{
	uint64_t v = 0;

	cr_expect_eq(ev_read(f, &v, 8), 8);
	return v;
}

static int64_t put(struct file *f, uint64_t v)
{
	return ev_write(f, &v, 8);
}

EVTEST(eventfd, counts)
{
	struct file *f;
	uint64_t v;

	cr_assert_eq(eventfd_create(3, O_NONBLOCK_LINUX, &f), 0);
	cr_expect_eq(get(f), 3);
	cr_expect_eq(ev_read(f, &v, 8), -EAGAIN);
	cr_expect_eq(ev_read(f, &v, 7), -EINVAL);
	cr_expect_eq(put(f, UINT64_MAX), -EINVAL);
	cr_expect_eq(put(f, UINT64_MAX - 1), 8);
	cr_expect_eq(ev_poll(f), POLLIN_LINUX);
	cr_expect_eq(put(f, 1), -EAGAIN);
	cr_expect_eq(get(f), UINT64_MAX - 1);
	cr_expect_eq(ev_poll(f), POLLOUT_LINUX);
	file_put(f);
}

EVTEST(eventfd, semaphore)
{
	struct file *f;

	cr_assert_eq(eventfd_create(2, EFD_SEMAPHORE_LINUX, &f), 0);
	cr_expect_eq(get(f), 1);
	cr_expect_eq(get(f), 1);
	cr_expect_eq(ev_poll(f), POLLOUT_LINUX);
	file_put(f);
}

static uint64_t taken;

static void take(void *arg)
{
	taken = get(arg);
}

EVTEST(eventfd, reader_waits)
{
	struct file *f;

	cr_assert_eq(eventfd_create(0, 0, &f), 0);
	ev_task(take, f);
	ev_let_run();
	cr_expect_eq(taken, 0);
	put(f, 5);
	ev_let_run();
	cr_expect_eq(taken, 5);
	file_put(f);
}

/* --- timerfd --- */

static struct timerfd_spec_linux spec(ktime_t value, ktime_t interval)
{
	return (struct timerfd_spec_linux){.it_value = {value / NSEC_PER_SEC, value % NSEC_PER_SEC},
					   .it_interval = {interval / NSEC_PER_SEC, interval % NSEC_PER_SEC}};
}

EVTEST(timerfd, one_shot)
{
	struct timerfd_spec_linux s = spec(5 * NSEC_PER_MSEC, 0), cur;
	ktime_t start = clock_now();
	struct file *f;
	uint64_t v;

	cr_assert_eq(timerfd_open(TFD_CLOCK_MONOTONIC_LINUX, 0, &f), 0);
	cr_assert_eq(timerfd_set(f, 0, &s, NULL), 0);
	cr_expect_eq(ev_poll(f), 0);
	cr_expect_eq(get(f), 1);
	cr_expect_geq(clock_now() - start, 5 * NSEC_PER_MSEC);
	cr_expect_eq(timerfd_get(f, &cur), 0);
	cr_expect_eq(cur.it_value.tv_nsec, 0);
	f->flags |= O_NONBLOCK_LINUX;
	cr_expect_eq(ev_read(f, &v, 8), -EAGAIN);
	s.it_value.tv_nsec = NSEC_PER_SEC;
	cr_expect_eq(timerfd_check(4, &s), -EINVAL);
	s.it_value.tv_nsec = NSEC_PER_SEC;
	cr_expect_eq(timerfd_check(0, &s), -EINVAL);
	file_put(f);
}

/* Expirations that nobody read are counted, and the period does not drift. */
EVTEST(timerfd, periodic)
{
	struct timerfd_spec_linux s = spec(NSEC_PER_MSEC, 2 * NSEC_PER_MSEC), old;
	struct file *f;

	cr_assert_eq(timerfd_open(TFD_CLOCK_MONOTONIC_LINUX, 0, &f), 0);
	cr_assert_eq(timerfd_set(f, 0, &s, NULL), 0);
	ev_sleep(10 * NSEC_PER_MSEC); /* expirations at 1, 3, 5, 7, 9 */
	cr_expect_eq(ev_poll(f), POLLIN_LINUX);
	cr_expect_eq(get(f), 5);
	cr_expect_eq(get(f), 1);
	s = spec(0, 0);
	cr_assert_eq(timerfd_set(f, 0, &s, &old), 0);
	cr_expect_eq(old.it_interval.tv_nsec, 2 * NSEC_PER_MSEC);
	cr_expect_leq(old.it_value.tv_nsec, 2 * NSEC_PER_MSEC);
	file_put(f);
}

static int64_t canceled;

static void read_timer(void *arg)
{
	uint64_t v;

	canceled = ev_read(arg, &v, 8);
}

/* Setting the clock moves absolute wall timers, and cancels those that asked for it. */
EVTEST(timerfd, clock_set)
{
	struct timerfd_spec_linux s = spec(clock_wall() + NSEC_PER_SEC * 3600, 0);
	struct file *f;

	cr_assert_eq(timerfd_open(TFD_CLOCK_REALTIME_LINUX, 0, &f), 0);
	cr_assert_eq(timerfd_set(f, TFD_TIMER_ABSTIME_LINUX, &s, NULL), 0);
	clock_set_wall(clock_wall() + NSEC_PER_SEC * 3601);
	ev_sleep(NSEC_PER_USEC);
	cr_expect_eq(get(f), 1);
	s = spec(clock_wall() + NSEC_PER_SEC * 3600, 0);
	cr_assert_eq(timerfd_set(f, TFD_TIMER_ABSTIME_LINUX | TFD_TIMER_CANCEL_ON_SET_LINUX, &s, NULL), 0);
	ev_task(read_timer, f);
	ev_let_run();
	clock_set_wall(clock_wall() - NSEC_PER_SEC);
	ev_let_run();
	cr_expect_eq(canceled, -ECANCELED);
	file_put(f);
}

/* --- signalfd --- */

EVTEST(signalfd, reads_pending)
{
	struct siginfo_linux info = {.si_signo = SIGUSR2_LINUX, .si_code = SI_QUEUE_LINUX};
	struct signalfd_siginfo_linux got[2];
	struct file *f;

	signal_set_mask(current, SIGSET_BIT(SIGUSR1_LINUX) | SIGSET_BIT(SIGUSR2_LINUX));
	cr_assert_eq(
	    signalfd_create(SIGSET_BIT(SIGUSR1_LINUX) | SIGSET_BIT(SIGUSR2_LINUX), O_NONBLOCK_LINUX, &f), 0);
	cr_expect_eq(ev_poll(f), 0);
	cr_expect_eq(ev_read(f, got, sizeof(got)), -EAGAIN);
	info.rt.value.sival_int = 77;
	info.rt.pid = 9;
	signal_send_task(current, &info);
	signal_kernel_task(current, SIGUSR1_LINUX);
	cr_expect_eq(ev_poll(f), POLLIN_LINUX);
	cr_expect_eq(ev_read(f, got, 100), -EINVAL);
	cr_expect_eq(ev_read(f, got, sizeof(got)), 256);
	cr_expect_eq(got[0].ssi_signo, SIGUSR1_LINUX);
	cr_expect_eq(got[1].ssi_signo, SIGUSR2_LINUX);
	cr_expect_eq(got[1].ssi_int, 77);
	cr_expect_eq(got[1].ssi_pid, 9);
	cr_expect_eq(signal_pending_set(current), 0);
	file_put(f);
}
