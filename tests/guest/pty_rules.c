/* pty_rules.c - a pseudo-terminal from inside: echo, lines, editing characters, signals, raw mode, sizes,
 * hang-up. */
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "say.h"

static int master, slave;

static void show(const char *what, int fd)
{
	char buf[256];
	struct pollfd p = {.fd = fd, .events = POLLIN};

	SAY("%s:", what);
	while (poll(&p, 1, 20) == 1 && (p.revents & POLLIN)) {
		ssize_t n = read(fd, buf, sizeof(buf));
		if (n <= 0) {
			SAY(" (%zd)", n);
			break;
		}
		SAY(" \"");
		for (ssize_t i = 0; i < n; i++)
			SAY(buf[i] >= ' ' && buf[i] < 127 ? "%c" : "\\%03o", (unsigned char)buf[i]);
		SAY("\"");
	}
	SAY("\n");
}

static void type(const char *s)
{
	write(master, s, strlen(s));
	SAY("typed");
	for (; *s; s++)
		SAY(*s >= ' ' && *s < 127 ? " %c" : " %03o", (unsigned char)*s);
	SAY("\n");
	show("  echo", master);
	show("  line", slave);
}

static void canonical(void)
{
	type("hello\n");
	type("no end");
	type("\r");
	type("ab\177c\n");
	type("word one two\027x\n");
	type("killed\025y\n");
	type("lit\026\003\n");
	type("end\004");
	type("\004");
	type("tab\there\001\n");
}

static void modes(void)
{
	struct termios t, old;

	tcgetattr(slave, &old);
	SAY("iflag %o oflag %o lflag %o cflag %o\n", old.c_iflag, old.c_oflag, old.c_lflag,
	    old.c_cflag & CSIZE);
	for (int i = 0; i < 17; i++)
		SAY("%d ", old.c_cc[i]);
	SAY("\n");
	t = old;
	t.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ISIG);
	t.c_cc[VMIN] = 3;
	t.c_cc[VTIME] = 0;
	TRY(tcsetattr(slave, TCSANOW, &t));
	type("raw\003\004");
	t.c_cc[VMIN] = 0;
	TRY(tcsetattr(slave, TCSANOW, &t));
	char c;
	TRY(read(slave, &c, 1));
	t.c_cc[VTIME] = 1;
	TRY(tcsetattr(slave, TCSANOW, &t));
	TRY(read(slave, &c, 1));
	t = old;
	t.c_oflag &= (tcflag_t)~OPOST;
	t.c_iflag &= (tcflag_t)~ICRNL;
	TRY(tcsetattr(slave, TCSAFLUSH, &t));
	write(slave, "a\nb", 3);
	show("without OPOST", master);
	TRY(tcsetattr(slave, TCSANOW, &old));
	write(slave, "a\nb", 3);
	show("with OPOST", master);
	TRY(tcflush(slave, TCIOFLUSH));
	TRY(tcsendbreak(slave, 0));
	TRY(tcdrain(slave));
}

static void session_leader(void)
{
	pid_t fg;
	int status;

	setsid();
	TRY(ioctl(slave, TIOCSCTTY, 0));
	IS(tcgetpgrp(slave) == getpid());
	IS(tcgetsid(slave) == getpid());
	TRY_OK(open("/dev/tty", O_RDWR));
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	setpgid(pid, pid);
	TRY(tcsetpgrp(slave, pid));
	IS((fg = tcgetpgrp(slave)) == pid);
	write(master, "\003", 1);
	waitpid(pid, &status, 0);
	say_status("foreground after ^C", status);
	show("echo", master);
	/* We are in the background now: reading stops us, or fails when we cannot be stopped. */
	char c;
	TRY(read(slave, &c, 1));
	signal(SIGTTOU, SIG_IGN);
	TRY(tcsetpgrp(slave, getpid()));
	TRY(tcsetpgrp(slave, 999999));
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		tcsetpgrp(slave, getpid());
		for (;;)
			pause();
	}
	while (tcgetpgrp(slave) != pid)
		sleep_ms(1);
	write(master, "\032", 1);
	waitpid(pid, &status, WUNTRACED);
	say_status("foreground after ^Z", status);
	kill(pid, SIGCONT);
	write(master, "\034", 1);
	waitpid(pid, &status, 0);
	say_status("foreground after ^\\", status);
}

static volatile sig_atomic_t winch, hup;
static void on_signal(int sig)
{
	if (sig == SIGWINCH)
		winch++;
	else
		hup++;
}

static void sizes_and_hangup(void)
{
	struct winsize ws = {.ws_row = 33, .ws_col = 99};

	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	signal(SIGWINCH, on_signal);
	signal(SIGHUP, on_signal);
	TRY(ioctl(master, TIOCSWINSZ, &ws));
	sleep_ms(5);
	SAY("SIGWINCH: %d\n", winch);
	TRY(ioctl(master, TIOCSWINSZ, &ws));
	sleep_ms(5);
	SAY("SIGWINCH: %d\n", winch);
	memset(&ws, 0, sizeof(ws));
	TRY(ioctl(slave, TIOCGWINSZ, &ws));
	SAY("%d x %d\n", ws.ws_row, ws.ws_col);
	close(master);
	sleep_ms(5);
	SAY("SIGHUP: %d\n", hup);
	char c;
	TRY(read(slave, &c, 1));
	TRY(write(slave, &c, 1));
	TRY(ioctl(slave, TIOCGWINSZ, &ws));
}

int main(void)
{
	char name[64];

	master = posix_openpt(O_RDWR | O_NOCTTY);
	TRY(grantpt(master));
	slave = -1;
	IS(ptsname_r(master, name, sizeof(name)) == 0);
	TRY(open(name, O_RDWR | O_NOCTTY));
	TRY(unlockpt(master));
	slave = open(name, O_RDWR | O_NOCTTY);
	IS(isatty(slave) && isatty(master));
	int n;
	TRY(ioctl(slave, FIONREAD, &n));
	modes();
	canonical();
	say_child("session", session_leader);
	fflush(stdout);
	/* The child closes the only master. */
	pid_t pid = fork();
	if (pid == 0) {
		sizes_and_hangup();
		fflush(stdout);
		_exit(0);
	}
	close(master);
	int status;
	waitpid(pid, &status, 0);
	say_status("hang-up", status);
	struct termios t;
	int null = open("/dev/null", O_RDWR);
	TRY(tcgetattr(null, &t));
	TRY(ioctl(null, 0x12345678, 0));
	return 0;
}
