/* Do the two ends of a pseudo-terminal behave as pty(7) says: opening, closing, job control, packet mode? And the
 * console, whose other end is the door? */
#include <string.h>

#include "core/door.h"
#include "core/kfmt.h"
#include "core/signal.h"
#include "dev_test.h"
#include "fs/pty.h"

static struct file *open_master(uint32_t *n)
{
	uint32_t unlock = 0;
	struct file *f = dev_open("/dev/ptmx", O_RDWR_LINUX | O_NONBLOCK_LINUX);

	cr_assert_eq(dev_ioctl(f, TIOCGPTN_LINUX, n, sizeof(*n)), 0);
	cr_assert_eq(dev_ioctl(f, TIOCSPTLCK_LINUX, &unlock, sizeof(unlock)), 0);
	return f;
}

static struct file *open_slave(uint32_t n, uint32_t flags)
{
	char path[32];

	ksnprintf(path, sizeof(path), "/dev/pts/%u", n);
	return dev_open(path, O_RDWR_LINUX | O_NONBLOCK_LINUX | flags);
}

DEVTEST(pty, names_come_and_go)
{
	uint32_t a, b, c, locked = 1;
	struct file *m0 = open_master(&a), *m1 = open_master(&b), *f;
	struct stat_linux st;

	cr_expect_eq(a, 0);
	cr_expect_eq(b, 1);
	cr_expect_eq(fs_stat("/dev/pts/1", &st), 0);
	cr_expect_eq(st.st_mode, S_IFCHR_LINUX | 0620);
	cr_expect_eq(st.st_gid, 5);
	cr_expect_eq(st.st_rdev, makedev_linux(136, 1));
	cr_expect_eq(pty_count(), 2);
	file_put(m0);
	cr_expect_eq(fs_stat("/dev/pts/0", &st), -ENOENT);
	m0 = open_master(&c);
	cr_expect_eq(c, 0, "the lowest number is used again");
	cr_expect_eq(dev_ioctl(m0, TIOCSPTLCK_LINUX, &locked, sizeof(locked)), 0);
	cr_expect_eq(vfs_open(NULL, "/dev/pts/0", O_RDWR_LINUX, 0, &f), -EIO, "locked");
	cr_expect_str_eq(dev_text("/proc/sys/kernel/pty/nr"), "2\n");
	file_put(m0);
	file_put(m1);
	cr_expect_eq(pty_count(), 0);
}

DEVTEST(pty, slave_closes)
{
	uint32_t n;
	struct file *m = open_master(&n), *s = open_slave(n, O_NOCTTY_LINUX);
	char buf[16];

	cr_expect_eq(ev_read(m, buf, 16), -EAGAIN);
	dev_type(s, "bye");
	file_put(s);
	cr_expect_eq(ev_poll(m),
		     POLLIN_LINUX | POLLRDNORM_LINUX | POLLHUP_LINUX | POLLOUT_LINUX | POLLWRNORM_LINUX);
	cr_expect_str_eq(dev_read(m), "bye");
	cr_expect_eq(ev_read(m, buf, 16), -EIO);
	s = open_slave(n, O_NOCTTY_LINUX);
	cr_expect_eq(ev_read(m, buf, 16), -EAGAIN, "open again");
	file_put(s);
	file_put(m);
}

DEVTEST(pty, master_closes)
{
	uint32_t n;
	struct file *m = open_master(&n), *s = open_slave(n, O_NOCTTY_LINUX);
	uint32_t pgrp = 0;
	char buf[16];

	file_put(m);
	cr_expect_eq(ev_read(s, buf, 16), 0);
	cr_expect_eq(dev_type(s, "x"), -EIO);
	cr_expect_eq(ev_poll(s) & (POLLHUP_LINUX | POLLERR_LINUX), POLLHUP_LINUX | POLLERR_LINUX);
	cr_expect_eq(s->ops->ioctl(s, TIOCGPGRP_LINUX, EV_USER), -EIO);
	cr_expect_eq(dev_ioctl(s, TIOCSPGRP_LINUX, &pgrp, sizeof(pgrp)), -ENOTTY);
	file_put(s);
}

DEVTEST(pty, capacity)
{
	static char big[65536];
	uint32_t n;
	struct file *m = open_master(&n), *s = open_slave(n, O_NOCTTY_LINUX);
	struct termios_linux k = {0};
	int64_t out, in;

	cr_assert_eq(dev_ioctl(s, TCGETS_LINUX, &k, sizeof(k)), 0);
	k.c_lflag = k.c_iflag = k.c_oflag = 0;
	cr_assert_eq(dev_ioctl(s, TCSETS_LINUX, &k, sizeof(k)), 0);
	out = ev_write(s, big, sizeof(big));
	cr_expect_gt(out, 4096);
	cr_expect_lt(out, (int64_t)sizeof(big));
	cr_expect_eq(ev_poll(s) & POLLOUT_LINUX, 0);
	cr_expect_eq(ev_read(m, big, sizeof(big)), out);
	cr_expect_eq(ev_poll(s) & POLLOUT_LINUX, POLLOUT_LINUX);
	in = ev_write(m, big, sizeof(big));
	cr_expect_gt(in, 4095);
	cr_expect_eq(ev_poll(m) & POLLOUT_LINUX, 0);
	while ((out = ev_read(s, big, sizeof(big))) > 0)
		in -= out;
	cr_expect_eq(in, 0, "nothing is lost");
	cr_expect_eq(ev_poll(m) & POLLOUT_LINUX, POLLOUT_LINUX);
	file_put(s);
	file_put(m);
}

DEVTEST(pty, packet_mode)
{
	uint32_t n, on = 1;
	struct file *m = open_master(&n), *s = open_slave(n, O_NOCTTY_LINUX);
	char buf[16];

	cr_expect_eq(dev_ioctl(m, TIOCPKT_LINUX, &on, sizeof(on)), 0);
	dev_type(s, "ab");
	cr_expect_eq(ev_read(m, buf, 16), 3);
	cr_expect_eq(memcmp(buf, "\0ab", 3), 0);
	cr_expect_eq(s->ops->ioctl(s, TCXONC_LINUX, TCOOFF_LINUX), 0);
	cr_expect_eq(ev_poll(m) & POLLPRI_LINUX, POLLPRI_LINUX);
	cr_expect_eq(ev_read(m, buf, 16), 1);
	cr_expect_eq(buf[0], TIOCPKT_STOP_LINUX);
	cr_expect_eq(s->ops->ioctl(s, TCXONC_LINUX, TCOON_LINUX), 0);
	cr_expect_eq(s->ops->ioctl(s, TCFLSH_LINUX, TCIOFLUSH_LINUX), 0);
	cr_expect_eq(ev_read(m, buf, 16), 1);
	cr_expect_eq(buf[0], TIOCPKT_START_LINUX | TIOCPKT_FLUSHREAD_LINUX | TIOCPKT_FLUSHWRITE_LINUX);
	file_put(s);
	file_put(m);
}

/* --- job control: the test's task leads a session --- */
static bool pending(int signo)
{
	return signal_pending_set(current) & SIGSET_BIT(signo);
}

static void catch (int signo)
{
	current->sighand->action[signo - 1].handler = 0x1000;
}

DEVTEST(pty, controlling_terminal)
{
	struct process *p = current->process;
	struct winsize_linux ws = {50, 132, 0, 0};
	uint32_t n, v = 0;
	struct file *m = open_master(&n), *s, *t;

	cr_expect_null(p->ctty, "a master is nobody's terminal");
	cr_expect_eq(vfs_open(NULL, "/dev/tty", O_RDWR_LINUX, 0, &t), -ENXIO);
	s = open_slave(n, O_NOCTTY_LINUX);
	cr_expect_null(p->ctty);
	cr_expect_eq(dev_ioctl(s, TIOCGPGRP_LINUX, &v, sizeof(v)), -ENOTTY);
	file_put(s);
	s = open_slave(n, 0);
	cr_assert_not_null(p->ctty);
	cr_expect_eq(dev_ioctl(s, TIOCGPGRP_LINUX, &v, sizeof(v)), 0);
	cr_expect_eq((int32_t)v, p->pgid);
	cr_expect_eq(dev_ioctl(s, TIOCGSID_LINUX, &v, sizeof(v)), 0);
	cr_expect_eq((int32_t)v, p->sid);
	v = 12345;
	cr_expect_eq(dev_ioctl(s, TIOCSPGRP_LINUX, &v, sizeof(v)), -ESRCH);
	t = dev_open("/dev/tty", O_RDWR_LINUX);
	cr_expect_eq(tty_dev(p->ctty), makedev_linux(136, n));
	file_put(t);
	catch (SIGINT_LINUX);
	catch (SIGWINCH_LINUX);
	dev_type(m, "abc\x03");
	cr_expect(pending(SIGINT_LINUX));
	cr_expect_str_eq(dev_read(m), "^C", "the flush takes the line's own echo along");
	cr_expect_eq(dev_ioctl(m, TIOCSWINSZ_LINUX, &ws, sizeof(ws)), 0);
	cr_expect(pending(SIGWINCH_LINUX));
	catch (SIGHUP_LINUX);
	catch (SIGCONT_LINUX);
	file_put(m);
	cr_expect(pending(SIGHUP_LINUX));
	cr_expect_null(p->ctty);
	file_put(s);
	sigpending_flush(&current->pending);
	sigpending_flush(&p->pending);
	signal_recalc(current);
}

DEVTEST(pty, background_access)
{
	struct process *p = current->process;
	uint32_t n;
	struct file *m = open_master(&n), *s = open_slave(n, 0);
	struct termios_linux k = {0};
	char buf[4];

	/* As if the shell had put another group in front; this group is orphaned: no stop, an error. */
	tty_set_ctty(p->ctty, p);
	process_set_pgrp(p, p->pid);
	cr_assert_eq(dev_ioctl(s, TCGETS_LINUX, &k, sizeof(k)), 0);
	struct process *other = test_task(NULL, p, (void (*)(void *))ev_let_run, NULL)->process;

	process_set_pgrp(other, other->pid);
	other->sid = p->sid;
	uint32_t front = (uint32_t)other->pid;

	cr_expect_eq(dev_ioctl(s, TIOCSPGRP_LINUX, &front, sizeof(front)), 0);
	cr_expect_eq(ev_read(s, buf, 4), -EIO);
	cr_expect_eq(dev_ioctl(s, TCSETS_LINUX, &k, sizeof(k)), -EIO);
	cr_expect_eq(dev_type(s, "ok"), 2, "writing is allowed without TOSTOP");
	current->blocked |= SIGSET_BIT(SIGTTOU_LINUX);
	cr_expect_eq(dev_ioctl(s, TCSETS_LINUX, &k, sizeof(k)), 0, "allowed with SIGTTOU blocked");
	k.c_lflag |= TOSTOP_LINUX;
	cr_expect_eq(dev_ioctl(s, TCSETS_LINUX, &k, sizeof(k)), 0);
	current->blocked = 0;
	cr_expect_eq(dev_type(s, "no"), -EIO);
	tty_clear_ctty(p);
	file_put(s);
	file_put(m);
	ev_let_run();
}

/* --- the console --- */
static void console_body(void)
{
	struct process *p = current->process;
	struct winsize_linux ws = {0};
	struct file *f, *t;

	tty_set_ctty(tty_console(), p);
	cr_assert_eq(stdio_open(0, &f), 0);
	cr_expect_eq(dev_ioctl(f, TIOCGWINSZ_LINUX, &ws, sizeof(ws)), 0);
	cr_expect_eq(ws.ws_row, 25);
	cr_expect_eq(ws.ws_col, 80);
	script.stream[0].input = "hi\n";
	script.stream[0].input_len = 3;
	script.stream[0].input_pos = 0;
	tty_softirq(DOOR_EVENT_CONSOLE);
	cr_expect_str_eq(dev_read(f), "hi\n");
	dev_type(f, "out\n");
	script.stream[1].output[script.stream[1].output_len] = '\0';
	cr_expect_str_eq(script.stream[1].output, "hi\r\nout\r\n");
	catch (SIGWINCH_LINUX);
	catch (SIGINT_LINUX);
	script.stream[1].info.rows = 40;
	tty_softirq(DOOR_EVENT_WINCH);
	cr_expect(pending(SIGWINCH_LINUX));
	script.signal = SIGINT_LINUX;
	tty_softirq(DOOR_EVENT_SIGNAL);
	cr_expect(pending(SIGINT_LINUX));
	t = dev_open("/dev/tty", O_RDWR_LINUX);
	file_put(t);
	file_put(f);
	sigpending_flush(&p->pending);
	signal_recalc(current);
	tty_session_leader_exit(p);
	cr_expect_null(p->ctty);
}

Test(pty, console)
{
	dev_setup(CON_TTY, CON_TTY);
	ev_run(console_body);
	dev_teardown();
}

/* --- standard streams that are no terminals --- */
static void streams_body(void)
{
	struct file *in, *out, *again;
	struct stat_linux st;
	struct path p;
	char buf[16];

	script.stream[0].input = "piped";
	script.stream[0].input_len = 5;
	cr_assert_eq(stdio_open(0, &in), 0);
	cr_assert_eq(stdio_open(1, &out), 0);
	inode_stat(in->inode, &st);
	cr_expect(S_ISFIFO_LINUX(st.st_mode));
	inode_stat(out->inode, &st);
	cr_expect(S_ISREG_LINUX(st.st_mode));
	cr_expect_eq(ev_read(in, buf, 3), 3);
	cr_assert_eq(file_path(in, &p), 0);
	cr_assert_eq(vfs_open_path(&p, O_RDONLY_LINUX, &again), 0, "/dev/stdin can be opened again");
	path_put(&p);
	cr_expect_eq(ev_read(again, buf, 16), 2);
	cr_expect_eq(ev_read(in, buf, 16), 0);
	cr_expect_not(stdio_awaited());
	file_put(again);
	cr_expect_eq(dev_type(out, "text"), 4);
	cr_expect_eq(script.stream[1].output_len, 4);
	cr_expect_eq(dev_type(in, "x"), -EBADF);
	file_put(in);
	file_put(out);
}

Test(pty, streams)
{
	dev_setup(CON_PIPE, CON_FILE);
	ev_run(streams_body);
	dev_teardown();
}

static struct file *waited;

static void wait_for_input(void *arg)
{
	char buf[8];

	(void)arg;
	cr_expect_eq(ev_read(waited, buf, 8), 4);
}

static void starved_body(void)
{
	script.stream[0].starved = true;
	cr_assert_eq(stdio_open(0, &waited), 0);
	ev_task(wait_for_input, NULL);
	ev_let_run();
	cr_expect(stdio_awaited(), "somebody waits for the host");
	script.stream[0].input = "late";
	script.stream[0].input_len = 4;
	tty_softirq(DOOR_EVENT_CONSOLE);
	ev_let_run();
	cr_expect_not(stdio_awaited());
	file_put(waited);
}

Test(pty, waiting_for_the_host)
{
	dev_setup(CON_PIPE, CON_PIPE);
	ev_run(starved_body);
	dev_teardown();
}
