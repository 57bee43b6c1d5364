/* console.c - the standard streams of kevsim, and the terminal's mode (termios(3)).
 *
 * The guest has its own line discipline, so a terminal on standard input is put into raw mode and given back on every
 * way out. Left out: flow control towards the host; the host's terminal driver does it. */
#define _GNU_SOURCE
#include "hostcpu/console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved, raw_mode;
static int saved_fd = -1;
static volatile bool raw_active;
static bool input_ended;

/* Only a foreground process may change the terminal; in the background we would be stopped by SIGTTOU. */
static bool in_foreground(int fd)
{
	pid_t fg = tcgetpgrp(fd);

	return fg < 0 || fg == getpgrp();
}

void console_open(bool raw)
{
	int fd = isatty(0) ? 0 : isatty(1) ? 1 : -1;

	if (!raw || fd < 0 || tcgetattr(fd, &saved) < 0)
		return;
	raw_mode = saved;
	if (fd == 0)
		cfmakeraw(&raw_mode);
	raw_mode.c_oflag &= ~(tcflag_t)OPOST;
	saved_fd = fd;
	console_resume();
}

void console_resume(void)
{
	if (saved_fd < 0 || !in_foreground(saved_fd))
		return;
	raw_active = true;
	tcsetattr(saved_fd, TCSADRAIN, &raw_mode);
}

void console_restore(void)
{
	if (!raw_active)
		return;
	raw_active = false;
	tcsetattr(saved_fd, TCSADRAIN, &saved);
}

bool console_is_raw(void)
{
	return raw_active;
}

void console_info(int stream, struct con_info *info)
{
	struct stat st;
	struct winsize ws;

	memset(info, 0, sizeof(*info));
	info->kind = CON_CLOSED;
	if (fstat(stream, &st) < 0)
		return;
	info->readable = stream == 0;
	info->writable = stream != 0;
	if (isatty(stream)) {
		info->kind = CON_TTY;
		if (ioctl(stream, TIOCGWINSZ, &ws) == 0) {
			info->rows = ws.ws_row;
			info->cols = ws.ws_col;
		}
	} else if (S_ISREG(st.st_mode)) {
		info->kind = CON_FILE;
		info->size = (uint64_t)st.st_size;
	} else if (S_ISCHR(st.st_mode)) {
		info->kind = CON_CHARDEV;
	} else {
		info->kind = CON_PIPE;
	}
}

bool console_ready(int stream)
{
	struct pollfd p = {.fd = stream, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

int64_t console_read(int stream, void *buf, size_t n)
{
	ssize_t r;

	if (!console_ready(stream))
		return -EAGAIN;
	r = read(stream, buf, n);
	if (r < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (r == 0 && n > 0)
		input_ended = true;
	return r;
}

int64_t console_write(int stream, const void *buf, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t w = write(stream, (const char *)buf + done, n - done);
		if (w >= 0) {
			done += (size_t)w;
		} else if (errno == EAGAIN) {
			struct pollfd p = {.fd = stream, .events = POLLOUT};
			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return done ? (int64_t)done : -errno;
		}
	}
	return (int64_t)done;
}

int64_t console_seek(int stream, int64_t off, int whence)
{
	off_t r = lseek(stream, off, whence);

	return r < 0 ? -errno : r;
}

int console_wait_fd(void)
{
	return input_ended ? -1 : 0;
}
