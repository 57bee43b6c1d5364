/* tty_struct.h - a terminal as the files tty*.c, pty.c and console.c share it.
 *
 *   hardware --tty_receive()--> flip --tty_ldisc_run()--> read buffer --read(2)
 *                                         | echo
 *   hardware <--driver->write()-- echo ring, then write(2) through output processing
 *
 * The hardware is the door (console.c) or the master side of a pseudo-terminal (pty.c). */
#ifndef KEVSIM_FS_TTY_STRUCT_H
#define KEVSIM_FS_TTY_STRUCT_H

#include "fs/abi_tty.h"
#include "fs/file.h"
#include "fs/tty.h"
#include "fs/tty_ring.h"

#define TTY_READ_SIZE 4096U /* N_TTY_BUF_SIZE: the longest line is one less */
#define TTY_FLIP_SIZE 8192U
#define TTY_ECHO_SIZE 4096U

/* What a terminal's hardware can do. All but write and room may be NULL. None sleeps. */
struct tty_driver {
	/* Takes all n bytes, n <= room. 0 or a negative errno (-EIO...). */
	int (*write)(struct tty *t, const uint8_t *buf, size_t n);
	size_t (*room)(const struct tty *t);
	void (*flush_output)(struct tty *t); /* throw away what was written but not read */
	void (*input_flushed)(struct tty *t);
	void (*input_room)(struct tty *t);   /* the flip ring has room again */
	void (*flow_changed)(struct tty *t); /* t->stopped */
	void (*termios_changed)(struct tty *t, const struct termios2_linux *old);
	void (*opened)(struct tty *t);
	void (*last_close)(struct tty *t);
	void (*destroy)(struct tty *t);
	bool pty; /* a session leader's exit does not hang it up */
};

struct tty {
	uint32_t refs;
	uint64_t dev;
	const struct tty_driver *driver;
	void *driver_data;
	struct termios2_linux termios, initial_termios;
	struct winsize_linux winsize;
	int32_t session, pgrp; /* 0: none */
	struct list files;     /* struct tty_file */
	bool exclusive;        /* TIOCEXCL */

	bool stopped;     /* output is held: ^S or TCOOFF */
	bool tco_stopped; /* by TCOOFF: only TCOON releases it */

	/* input */
	struct tty_ring flip;
	uint8_t *read_buf;                       /* TTY_READ_SIZE bytes */
	uint32_t read_head, read_tail;           /* free running */
	uint32_t canon_head;                     /* behind the last complete line */
	uint64_t read_flags[TTY_READ_SIZE / 64]; /* this byte ends a line */
	bool lnext;                              /* the next byte is literal */
	bool erasing;                            /* inside a \.../ of ECHOPRT */
	bool running;                            /* tty_ldisc_run() is active */

	/* output */
	struct tty_ring echo; /* operations of tty_echo.c that were not carried out yet */
	uint32_t column, canon_column;
	bool write_busy; /* a write(2) is under way: others wait, so that writes do not mix */

	struct waitq read_wait, write_wait;
};

/* One open file description of a terminal. f->private of its files. */
struct tty_file {
	struct tty *tty;
	struct file *file;
	struct list node;
	bool hungup; /* the line went away while it was open */
};

static inline bool tty_lflag(const struct tty *t, uint32_t bits)
{
	return t->termios.c_lflag & bits;
}
static inline bool tty_iflag(const struct tty *t, uint32_t bits)
{
	return t->termios.c_iflag & bits;
}
static inline bool tty_oflag(const struct tty *t, uint32_t bits)
{
	return t->termios.c_oflag & bits;
}
/* Is c the control character of that index? A disabled one never is. */
static inline bool tty_is_cc(const struct tty *t, uint8_t c, int index)
{
	return c != VDISABLE_LINUX && t->termios.c_cc[index] == c;
}
/* Lines are edited and delivered whole. */
static inline bool tty_canonical(const struct tty *t)
{
	return tty_lflag(t, ICANON_LINUX) && !tty_lflag(t, EXTPROC_LINUX);
}
/* C0 controls and DEL; the C1 range counts as printable, as in Linux. */
static inline bool tty_iscntrl(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}
/* A byte inside a UTF-8 character. */
static inline bool tty_is_continuation(const struct tty *t, uint8_t c)
{
	return tty_iflag(t, IUTF8_LINUX) && (c & 0xc0) == 0x80;
}

/* tty.c: a terminal with one reference and the usual termios; NULL without memory. */
struct tty *tty_create(uint64_t dev, const struct tty_driver *driver, void *driver_data);
/* tty.c: makes f an open file of t; may become the controlling terminal of current. 0 or a negative errno. */
int tty_open_file(struct tty *t, struct file *f, bool may_set_ctty);
/* tty.c: the terminal of an open file of one, or NULL. */
struct tty *tty_of_file(const struct file *f);
/* tty.c: the line goes away: open files become dead ends, the session loses its terminal. exit_session: because its
 * leader ends. */
void tty_hangup(struct tty *t, bool exit_session);
/* tty.c: bytes from the hardware; the number taken. */
uint32_t tty_receive(struct tty *t, const uint8_t *buf, uint32_t n);
extern const struct file_ops tty_fops;
extern const struct termios2_linux tty_std_termios;

#endif
