/* console.c - the console: a terminal whose hardware is the door (console(4), tty(4)).
 *
 * It is one terminal, /dev/console, device 5:1, with job control like any other. Window size and input come from the
 * host's terminal, which is in raw mode: all line editing is done here.
 * LEAVES OUT: virtual consoles (/dev/tty1...), TIOCLINUX, redirecting with TIOCCONS. */
#include "fs/console.h"

#include "core/clock.h"
#include "core/door.h"
#include "core/errno.h"
#include "core/signal.h"
#include "core/task.h"
#include "core/timer.h"
#include "fs/chrdev.h"
#include "fs/tty_ioctl.h"
#include "fs/tty_ldisc.h"

#define STREAMS 3
/* There is always room: the host's terminal is waited for inside con_write(). */
#define CONSOLE_ROOM 65536U
#define FIRST_PROGRAM_PID 2

static struct tty *console;
static int console_in, console_out; /* standard streams, or -1 */
static bool console_more;           /* the host may have more input than there was room for */
static bool console_pulling;

/* --- hardware --- */
static int console_write(struct tty *t, const uint8_t *buf, size_t n)
{
	int64_t done;

	(void)t;
	if (console_out < 0)
		return 0;
	done = door->con_write(console_out, buf, n);
	return done < 0 ? (int)done : 0;
}

static size_t console_room(const struct tty *t)
{
	(void)t;
	return CONSOLE_ROOM;
}

/* Takes what the host has, as far as there is room. */
static void console_pull(void)
{
	uint8_t buf[512];

	if (console_pulling || console_in < 0)
		return;
	console_pulling = true;
	console_more = true;
	while (console_more) {
		uint32_t room = tty_ring_room(&console->flip);
		int64_t n;

		if (room == 0)
			break;
		n = door->con_read(console_in, buf, MIN(room, sizeof(buf)));
		if (n <= 0) {
			console_more = false;
			if (n != -EAGAIN) { /* the host's terminal is gone */
				console_in = -1;
				tty_hangup(console, false);
			}
			break;
		}
		tty_receive(console, buf, (uint32_t)n);
	}
	console_pulling = false;
}

static void console_input_room(struct tty *t)
{
	(void)t;
	if (console_more)
		console_pull();
}

static const struct tty_driver console_driver = {
    .write = console_write,
    .room = console_room,
    .input_room = console_input_room,
};

/* --- events --- */
static void console_window(void)
{
	struct con_info info;
	struct winsize_linux ws = {0};

	door->con_info(console_out >= 0 ? console_out : console_in, &info);
	if (info.kind != CON_TTY)
		return;
	ws.ws_row = info.rows;
	ws.ws_col = info.cols;
	tty_resize(console, &ws);
}

/* A signal that the host sent to kevsim: what a terminal would do with it goes to the foreground group, the others to
 * the first program. */
static void console_host_signal(int signo)
{
	const struct process *first = process_find(FIRST_PROGRAM_PID);
	int32_t group = console ? console->pgrp : 0;

	if (group == 0 && first)
		group = first->pgid;
	switch (signo) {
	case SIGINT_LINUX:
	case SIGQUIT_LINUX:
	case SIGTSTP_LINUX:
		if (group)
			signal_kernel_pgrp(group, signo);
		break;
	case SIGHUP_LINUX:
		if (group && (!first || first->pgid != group))
			signal_kernel_pgrp(group, signo);
		if (first)
			signal_kernel_process(process_find(FIRST_PROGRAM_PID), signo);
		break;
	default:
		if (first)
			signal_kernel_process(process_find(FIRST_PROGRAM_PID), signo);
		break;
	}
}

void console_softirq(uint32_t door_events)
{
	int signo;

	if (console && (door_events & DOOR_EVENT_WINCH))
		console_window();
	if (console && (door_events & DOOR_EVENT_CONSOLE))
		console_pull();
	if (!(door_events & DOOR_EVENT_SIGNAL))
		return;
	while ((signo = door->host_signal()) != 0)
		console_host_signal(signo);
}

bool console_awaited(void)
{
	if (!console || console_in < 0)
		return false;
	/* Somebody reads or polls; or output is stopped until the user types ^Q. */
	if (waitq_active(&console->read_wait) || waitq_active(&console->write_wait))
		return true;
	/* The user may always interrupt: with the host's clock there is no hurry, and without a timer nothing else
	 * could happen. */
	return clock_mode() == CLOCK_MODE_REAL || ktimer_next() == KTIME_NEVER;
}

/* --- /dev/console, /dev/tty --- */
static int console_open(struct inode *ino, struct file *f)
{
	(void)ino;
	return console ? tty_open_file(console, f, !f->noctty) : -ENODEV;
}

static int console_open_ctty(struct inode *ino, struct file *f)
{
	struct tty *t = current ? current->process->ctty : NULL;

	(void)ino;
	return t ? tty_open_file(t, f, false) : -ENXIO;
}

static struct chrdev console_dev = {
    .major = TTYAUX_MAJOR_LINUX,
    .minor = TTYAUX_CONSOLE_LINUX,
    .count = 1,
    .fops = &tty_fops,
    .open = console_open,
};
static struct chrdev console_ctty_dev = {
    .major = TTYAUX_MAJOR_LINUX,
    .minor = TTYAUX_TTY_LINUX,
    .count = 1,
    .fops = &tty_fops,
    .open = console_open_ctty,
};

struct tty *tty_console(void)
{
	return console;
}

void console_init(void)
{
	struct con_info info;

	console = NULL;
	console_in = console_out = -1;
	console_more = console_pulling = false;
	chrdev_register(&console_dev);
	chrdev_register(&console_ctty_dev);
	for (int s = 0; s < STREAMS; s++) {
		door->con_info(s, &info);
		if (info.kind != CON_TTY)
			continue;
		if (info.readable && console_in < 0)
			console_in = s;
		/* Standard output first, then error, then input. */
		if (info.writable && console_out <= 0)
			console_out = s;
	}
	if (console_in < 0 && console_out < 0)
		return;
	console = tty_create(makedev_linux(TTYAUX_MAJOR_LINUX, TTYAUX_CONSOLE_LINUX), &console_driver, NULL);
	if (console)
		console_window();
}

void console_shutdown(void)
{
	if (console)
		tty_put(console);
	console = NULL;
}
