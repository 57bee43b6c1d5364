/* Does the line discipline do to every byte what Linux's N_TTY does? (The expected bytes were taken from a
 * pseudo-terminal of Linux.) */
#include <string.h>

#include "core/kfmt.h"
#include "dev_test.h"

static struct file *m, *s;

/* A pair with the slave open and without a controlling terminal. */
static void open_pair(void)
{
	uint32_t n = 0, unlock = 0;
	char path[32];

	m = dev_open("/dev/ptmx", O_RDWR_LINUX | O_NOCTTY_LINUX | O_NONBLOCK_LINUX);
	cr_assert_eq(dev_ioctl(m, TIOCGPTN_LINUX, &n, sizeof(n)), 0);
	cr_assert_eq(dev_ioctl(m, TIOCSPTLCK_LINUX, &unlock, sizeof(unlock)), 0);
	ksnprintf(path, sizeof(path), "/dev/pts/%u", n);
	s = dev_open(path, O_RDWR_LINUX | O_NOCTTY_LINUX | O_NONBLOCK_LINUX);
}

static void close_pair(void)
{
	file_put(s);
	file_put(m);
}

static struct termios_linux get(void)
{
	struct termios_linux k = {0};

	cr_assert_eq(dev_ioctl(s, TCGETS_LINUX, &k, sizeof(k)), 0);
	return k;
}

static void set(struct termios_linux k)
{
	cr_assert_eq(dev_ioctl(s, TCSETS_LINUX, &k, sizeof(k)), 0);
}

static void flags(uint32_t iflag, uint32_t oflag, uint32_t lflag)
{
	struct termios_linux k = get();

	k.c_iflag = iflag;
	k.c_oflag = oflag;
	k.c_lflag = lflag;
	set(k);
}

#define COOKED                                                                                               \
	(ISIG_LINUX | ICANON_LINUX | ECHO_LINUX | ECHOE_LINUX | ECHOK_LINUX | ECHOCTL_LINUX | ECHOKE_LINUX | \
	 IEXTEN_LINUX)

/* Types `in`: the master must see `echo`, and a read on the slave must give `line` (NULL: nothing yet). */
static void check(const char *in, const char *echo, const char *line)
{
	char buf[4096];
	int64_t n;

	cr_expect_eq(dev_type(m, in), (int64_t)strlen(in));
	cr_expect_str_eq(dev_read(m), echo, "echo of '%s'", in);
	n = ev_read(s, buf, sizeof(buf) - 1);
	if (!line) {
		cr_expect_eq(n, -EAGAIN, "'%s' gives %ld", in, (long)n);
		return;
	}
	cr_expect_eq(n, (int64_t)strlen(line), "'%s' gives %ld", in, (long)n);
	buf[n < 0 ? 0 : n] = '\0';
	cr_expect_str_eq(buf, line);
}

DEVTEST(tty, defaults)
{
	static const uint8_t cc[NCCS_LINUX] = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0};
	struct termios_linux k;

	open_pair();
	k = get();
	cr_expect_eq(k.c_iflag, 02400);
	cr_expect_eq(k.c_oflag, 05);
	cr_expect_eq(k.c_cflag, 0277);
	cr_expect_eq(k.c_lflag, 0105073);
	cr_expect_eq(memcmp(k.c_cc, cc, sizeof(cc)), 0);
	close_pair();
}

DEVTEST(tty, lines_and_erasing)
{
	open_pair();
	check("hello\n", "hello\r\n", "hello\n");
	check("ab", "ab", NULL);
	check("\x7f"
	      "c\r",
	      "\b \bc\r\n", "ac\n");
	check("one two\x17three\n", "one two\b \b\b \b\b \bthree\r\n", "one three\n");
	check("wrong\x15"
	      "ok\n",
	      "wrong\b \b\b \b\b \b\b \b\b \bok\r\n", "ok\n");
	check("\x01\x7f.\n", "^A\b \b\b \b.\r\n", ".\n");
	check("a\tb\x7f\x7f"
	      "c\n",
	      "a\tb\b \b\b\b\b\b\b\b\bc\r\n", "ac\n");
	check("\x16\x03\x16\x7f\n", "^\b^C^\b^?\r\n", "\x03\x7f\n");
	check("ab\x12"
	      "c\n",
	      "ab^R\r\nabc\r\n", "abc\n");
	close_pair();
}

DEVTEST(tty, end_of_file)
{
	char buf[8];

	open_pair();
	check("\x04", "", "");
	check("abc\x04", "abc", "abc");
	/* A read that is filled to the mark takes the mark as well. */
	cr_expect_eq(dev_type(m, "xyz\x04more\n"), 9);
	cr_expect_eq(ev_read(s, buf, 3), 3);
	cr_expect_eq(ev_read(s, buf, 8), 5);
	cr_expect(memcmp(buf, "more\n", 5) == 0);
	(void)dev_read(m);
	/* Two lines: one read, one line; a short read leaves the rest. */
	cr_expect_eq(dev_type(m, "12345\n6\n"), 8);
	cr_expect_eq(ev_read(s, buf, 4), 4);
	cr_expect_eq(ev_read(s, buf, 8), 2);
	cr_expect_eq(ev_read(s, buf, 8), 2);
	close_pair();
}

DEVTEST(tty, echo_flags)
{
	open_pair();
	flags(ICRNL_LINUX, OPOST_LINUX | ONLCR_LINUX, ICANON_LINUX);
	check("ab\x7f"
	      "c\n",
	      "", "ac\n");
	flags(ICRNL_LINUX, OPOST_LINUX | ONLCR_LINUX, ICANON_LINUX | ECHONL_LINUX);
	check("ab\n", "\r\n", "ab\n");
	flags(ICRNL_LINUX, OPOST_LINUX | ONLCR_LINUX, COOKED & ~(ECHOE_LINUX | ECHOKE_LINUX));
	check("ab\x7f"
	      "c\x15"
	      "d\n",
	      "ab^?c^U\r\nd\r\n", "d\n");
	flags(ICRNL_LINUX, OPOST_LINUX | ONLCR_LINUX, COOKED | ECHOPRT_LINUX);
	check("abc\x7f\x7f"
	      "d\n",
	      "abc\\cb/d\r\n", "ad\n");
	flags(ICRNL_LINUX, OPOST_LINUX | ONLCR_LINUX, COOKED & ~ECHOCTL_LINUX);
	check("\x01\n", "\x01\r\n", "\x01\n");
	flags(ICRNL_LINUX | IUTF8_LINUX, OPOST_LINUX | ONLCR_LINUX, COOKED);
	check("a\xc3\xa9\x7f"
	      "b\n",
	      "a\xc3\xa9\b \bb\r\n", "ab\n");
	close_pair();
}

DEVTEST(tty, input_mapping)
{
	open_pair();
	flags(0, 0, ICANON_LINUX);
	check("a\rb\n", "", "a\rb\n");
	flags(IGNCR_LINUX, 0, ICANON_LINUX);
	check("a\rb\n", "", "ab\n");
	flags(INLCR_LINUX | ICRNL_LINUX, 0, ICANON_LINUX);
	check("a\nb\r", "", "a\rb\n");
	flags(ISTRIP_LINUX, 0, ICANON_LINUX);
	check("\xe1\n", "", "a\n");
	flags(IUCLC_LINUX, 0, ICANON_LINUX | IEXTEN_LINUX);
	check("AbC\n", "", "abc\n");
	close_pair();
}

static void output(const char *text, const char *want)
{
	cr_expect_eq(dev_type(s, text), (int64_t)strlen(text));
	cr_expect_str_eq(dev_read(m), want, "output of '%s'", text);
}

DEVTEST(tty, output_processing)
{
	open_pair();
	output("a\nb\tc\rd", "a\r\nb\tc\rd");
	flags(0, OPOST_LINUX | XTABS_LINUX | ONLCR_LINUX, 0);
	output("\nab\tc\n\t.", "\r\nab      c\r\n        .");
	flags(0, OPOST_LINUX | OCRNL_LINUX, 0);
	output("a\rb", "a\nb");
	flags(0, OPOST_LINUX | ONOCR_LINUX | ONLCR_LINUX, 0);
	output("\n\rx\ry", "\r\nx\ry");
	flags(0, OPOST_LINUX | OLCUC_LINUX, 0);
	output("aBc\n", "ABC\n");
	flags(0, ONLCR_LINUX | XTABS_LINUX, 0);
	output("a\n\tb", "a\n\tb");
	close_pair();
}

DEVTEST(tty, flow_control)
{
	open_pair();
	cr_expect_eq(dev_type(m, "\x13"), 1);
	cr_expect_eq(dev_type(s, "held"), -EAGAIN);
	cr_expect_eq(ev_poll(s) & POLLOUT_LINUX, 0);
	cr_expect_eq(dev_type(m, "ab"), 2);
	cr_expect_str_eq(dev_read(m), "");
	cr_expect_eq(dev_type(m, "\x11"), 1);
	cr_expect_str_eq(dev_read(m), "ab");
	output("free", "free");
	/* TCOOFF is released by TCOON only. */
	cr_expect_eq(s->ops->ioctl(s, TCXONC_LINUX, TCOOFF_LINUX), 0);
	cr_expect_eq(dev_type(m, "\x11"), 1);
	cr_expect_eq(dev_type(s, "held"), -EAGAIN);
	cr_expect_eq(s->ops->ioctl(s, TCXONC_LINUX, TCOON_LINUX), 0);
	output("free", "free");
	close_pair();
}

DEVTEST(tty, raw_mode_counts_and_times)
{
	struct termios_linux k;
	char buf[16];
	ktime_t before;

	open_pair();
	s->flags &= ~O_NONBLOCK_LINUX;
	k = get();
	k.c_lflag = 0;
	k.c_iflag = 0;
	k.c_cc[VMIN_LINUX] = 0;
	k.c_cc[VTIME_LINUX] = 0;
	set(k);
	cr_expect_eq(ev_read(s, buf, 16), 0, "VMIN 0, VTIME 0: at once");
	k.c_cc[VTIME_LINUX] = 5;
	set(k);
	before = clock_now();
	cr_expect_eq(ev_read(s, buf, 16), 0);
	cr_expect_geq(clock_now() - before, 500 * NSEC_PER_MSEC);
	cr_expect_lt(clock_now() - before, 510 * NSEC_PER_MSEC);
	dev_type(m, "\x03z\n");
	cr_expect_eq(ev_read(s, buf, 16), 3, "bytes are bytes");
	k.c_cc[VMIN_LINUX] = 4;
	k.c_cc[VTIME_LINUX] = 1;
	set(k);
	dev_type(m, "ab");
	cr_expect_eq(ev_poll(s) & POLLIN_LINUX, POLLIN_LINUX, "with VTIME one byte is enough for poll");
	before = clock_now();
	cr_expect_eq(ev_read(s, buf, 16), 2, "the pause after a byte ends it");
	cr_expect_geq(clock_now() - before, 100 * NSEC_PER_MSEC);
	k.c_cc[VTIME_LINUX] = 0;
	set(k);
	dev_type(m, "abc");
	cr_expect_eq(ev_poll(s) & POLLIN_LINUX, 0, "VMIN counts");
	dev_type(m, "d");
	cr_expect_eq(ev_poll(s) & POLLIN_LINUX, POLLIN_LINUX);
	cr_expect_eq(ev_read(s, buf, 16), 4);
	close_pair();
}

DEVTEST(tty, raw_input_becomes_a_line)
{
	struct termios_linux k;
	uint32_t n = 0;

	open_pair();
	k = get();
	k.c_lflag &= ~(ICANON_LINUX | ECHO_LINUX);
	set(k);
	dev_type(m, "part");
	cr_expect_eq(dev_ioctl(s, TIOCINQ_LINUX, &n, sizeof(n)), 0);
	cr_expect_eq(n, 4);
	k.c_lflag |= ICANON_LINUX;
	set(k);
	cr_expect_str_eq(dev_read(s), "part");
	dev_type(m, "half");
	cr_expect_eq(dev_ioctl(s, TIOCINQ_LINUX, &n, sizeof(n)), 0);
	cr_expect_eq(n, 0, "an unfinished line does not count");
	cr_expect_eq(s->ops->ioctl(s, TCFLSH_LINUX, TCIFLUSH_LINUX), 0);
	dev_type(m, "\n");
	cr_expect_str_eq(dev_read(s), "\n");
	close_pair();
}

/* A line longer than the buffer keeps its beginning and its end. */
DEVTEST(tty, overlong_line)
{
	static char big[6000], back[8192];
	int64_t n = 0, got;

	open_pair();
	flags(ICRNL_LINUX, 0, ICANON_LINUX);
	memset(big, 'x', sizeof(big));
	cr_expect_eq(ev_write(m, big, sizeof(big)), (int64_t)sizeof(big));
	cr_expect_eq(ev_read(s, back, sizeof(back)), -EAGAIN);
	dev_type(m, "\n");
	while ((got = ev_read(s, back + n, sizeof(back) - (size_t)n)) > 0)
		n += got;
	cr_expect_eq(n, 4096);
	cr_expect_eq(back[n - 1], '\n');
	close_pair();
}

DEVTEST(tty, termios2_and_system_v_forms)
{
	struct termios2_linux k2 = {0};
	struct termio_linux k1 = {0};

	open_pair();
	cr_expect_eq(dev_ioctl(s, TCGETS2_LINUX, &k2, sizeof(k2)), 0);
	cr_expect_eq(k2.c_ispeed, 38400);
	cr_expect_eq(k2.c_ospeed, 38400);
	k2.c_cflag = (k2.c_cflag & ~CBAUD_LINUX) | BOTHER_LINUX;
	k2.c_ospeed = 12345;
	cr_expect_eq(dev_ioctl(s, TCSETS2_LINUX, &k2, sizeof(k2)), 0);
	cr_expect_eq(dev_ioctl(s, TCGETS2_LINUX, &k2, sizeof(k2)), 0);
	cr_expect_eq(k2.c_ospeed, 12345);
	cr_expect_eq(dev_ioctl(s, TCGETA_LINUX, &k1, 17), 0);
	cr_expect_eq(k1.c_lflag, 0105073 & 0xffff);
	k1.c_lflag &= (uint16_t)~ECHO_LINUX;
	cr_expect_eq(dev_ioctl(s, TCSETAW_LINUX, &k1, sizeof(k1)), 0);
	cr_expect_eq(get().c_lflag & ECHO_LINUX, 0);
	cr_expect_eq(s->ops->ioctl(s, TCGETS_LINUX, 8), -EFAULT);
	cr_expect_eq(s->ops->ioctl(s, 0x5499, 0), -ENOTTY);
	close_pair();
}
