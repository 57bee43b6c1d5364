/* tty_ioctl.c - ioctl(2) on terminals (ioctl_tty(2), termios(3)).
 * LEAVES OUT: TIOCSTI (refused with EIO, as Linux does since 6.2 by default), modem lines and serial ports (ENOTTY),
 * line disciplines but N_TTY, virtual console requests, PARMRK (accepted, no effect: there are no breaks). */
#include "fs/tty_ioctl.h"

#include <string.h>

#include "core/errno.h"
#include "core/signal.h"
#include "core/task.h"
#include "fs/tty_job.h"
#include "fs/tty_ldisc.h"
#include "fs/tty_output.h"
#include "mm/usercopy.h"

enum {
	N_TTY_LINUX = 0
};
enum set_when {
	SET_NOW,
	SET_DRAIN,
	SET_FLUSH
};

/* --- termios --- */
static const struct {
	uint32_t code, rate;
} ioctl_bauds[] = {
    {1, 50},
    {2, 75},
    {3, 110},
    {4, 134},
    {5, 150},
    {6, 200},
    {7, 300},
    {8, 600},
    {9, 1200},
    {10, 1800},
    {11, 2400},
    {12, 4800},
    {13, 9600},
    {14, 19200},
    {15, 38400},
    {0010001, 57600},
    {0010002, 115200},
    {0010003, 230400},
    {0010004, 460800},
    {0010005, 500000},
    {0010006, 576000},
    {0010007, 921600},
    {0010010, 1000000},
    {0010011, 1152000},
    {0010012, 1500000},
    {0010013, 2000000},
    {0010014, 2500000},
    {0010015, 3000000},
    {0010016, 3500000},
    {0010017, 4000000},
};

/* The line speed that a CBAUD code stands for; other is c_ispeed or c_ospeed for BOTHER. */
static uint32_t ioctl_baud(uint32_t code, uint32_t other)
{
	if (code == BOTHER_LINUX)
		return other;
	for (size_t i = 0; i < ARRAY_LEN(ioctl_bauds); i++) {
		if (ioctl_bauds[i].code == code)
			return ioctl_bauds[i].rate;
	}
	return 0;
}

static void ioctl_set_speeds(struct termios2_linux *k)
{
	uint32_t in = (k->c_cflag & CIBAUD_LINUX) >> CIBAUD_SHIFT_LINUX;

	k->c_ospeed = ioctl_baud(k->c_cflag & CBAUD_LINUX, k->c_ospeed);
	k->c_ispeed = in ? ioctl_baud(in, k->c_ispeed) : k->c_ospeed;
}

static int ioctl_get_termios(const struct tty *t, uint64_t arg, bool with_speeds)
{
	return copy_to_user(uaddr(arg), &t->termios,
			    with_speeds ? sizeof(t->termios) : sizeof(struct termios_linux));
}

static int ioctl_get_termio(const struct tty *t, uint64_t arg)
{
	struct termio_linux k = {
	    .c_iflag = (uint16_t)t->termios.c_iflag,
	    .c_oflag = (uint16_t)t->termios.c_oflag,
	    .c_cflag = (uint16_t)t->termios.c_cflag,
	    .c_lflag = (uint16_t)t->termios.c_lflag,
	    .c_line = t->termios.c_line,
	};

	memcpy(k.c_cc, t->termios.c_cc, NCC_LINUX);
	return copy_to_user(uaddr(arg), &k, sizeof(k));
}

/* Reads what the guest wants set. The System V form keeps the upper halves. */
static int ioctl_read_termios(const struct tty *t, uint32_t cmd, uint64_t arg, struct termios2_linux *k)
{
	struct termio_linux old;

	*k = t->termios;
	switch (cmd) {
	case TCSETA_LINUX:
	case TCSETAW_LINUX:
	case TCSETAF_LINUX:
		if (copy_from_user(&old, uaddr(arg), sizeof(old)))
			return -EFAULT;
		k->c_iflag = (k->c_iflag & 0xffff0000U) | old.c_iflag;
		k->c_oflag = (k->c_oflag & 0xffff0000U) | old.c_oflag;
		k->c_cflag = (k->c_cflag & 0xffff0000U) | old.c_cflag;
		k->c_lflag = (k->c_lflag & 0xffff0000U) | old.c_lflag;
		k->c_line = old.c_line;
		memcpy(k->c_cc, old.c_cc, NCC_LINUX);
		break;
	case TCSETS2_LINUX:
	case TCSETSW2_LINUX:
	case TCSETSF2_LINUX:
		if (copy_from_user(k, uaddr(arg), sizeof(*k)))
			return -EFAULT;
		break;
	default:
		if (copy_from_user(k, uaddr(arg), sizeof(struct termios_linux)))
			return -EFAULT;
		break;
	}
	ioctl_set_speeds(k);
	return 0;
}

static void ioctl_flush_input(struct tty *t)
{
	tty_ring_clear(&t->flip);
	tty_ldisc_flush(t);
	if (t->driver->input_room)
		t->driver->input_room(t);
}

static int ioctl_set_termios(struct tty *t, uint32_t cmd, uint64_t arg, enum set_when when)
{
	struct termios2_linux k, old;
	int err = tty_job_check(t, SIGTTOU_LINUX);

	if (err)
		return err;
	err = ioctl_read_termios(t, cmd, arg, &k);
	if (err)
		return err;
	if (when == SET_FLUSH)
		ioctl_flush_input(t);
	/* SET_DRAIN: nothing is ever on its way; what the hardware took counts as sent. */
	old = t->termios;
	k.c_line = N_TTY_LINUX;
	k.c_cflag = (k.c_cflag & ~(CSIZE_LINUX | PARENB_LINUX)) | CS8_LINUX | CREAD_LINUX;
	t->termios = k;
	tty_ldisc_set_termios(t, &old);
	if (t->driver->termios_changed)
		t->driver->termios_changed(t, &old);
	tty_ldisc_run(t);
	return 0;
}

/* --- window size --- */
void tty_resize(struct tty *t, const struct winsize_linux *ws)
{
	if (memcmp(&t->winsize, ws, sizeof(*ws)) == 0)
		return;
	t->winsize = *ws;
	if (t->pgrp)
		signal_kernel_pgrp(t->pgrp, SIGWINCH_LINUX);
}

static int ioctl_set_winsize(struct tty *t, uint64_t arg)
{
	struct winsize_linux ws;

	if (copy_from_user(&ws, uaddr(arg), sizeof(ws)))
		return -EFAULT;
	tty_resize(t, &ws);
	return 0;
}

/* --- flow, flush, break --- */
static int ioctl_flush(struct tty *t, uint64_t queue)
{
	int err = tty_job_check(t, SIGTTOU_LINUX);

	if (err)
		return err;
	if (queue > TCIOFLUSH_LINUX)
		return -EINVAL;
	if (queue != TCOFLUSH_LINUX)
		ioctl_flush_input(t);
	if (queue != TCIFLUSH_LINUX && t->driver->flush_output) {
		tty_ring_clear(&t->echo);
		t->driver->flush_output(t);
		waitq_wake_all(&t->write_wait);
	}
	return 0;
}

/* TCIOFF and TCION: tells the other end to stop or to go on, unless that character is disabled. */
static void ioctl_send_cc(struct tty *t, int index)
{
	uint8_t c = t->termios.c_cc[index];

	if (c != VDISABLE_LINUX && t->driver->room(t) > 0)
		(void)t->driver->write(t, &c, 1);
}

static int ioctl_flow(struct tty *t, uint64_t action)
{
	int err = tty_job_check(t, SIGTTOU_LINUX);

	if (err)
		return err;
	switch (action) {
	case TCOOFF_LINUX:
		if (!t->tco_stopped) {
			t->tco_stopped = true;
			tty_stop(t);
		}
		return 0;
	case TCOON_LINUX:
		if (t->tco_stopped) {
			t->tco_stopped = false;
			tty_start(t);
		}
		return 0;
	case TCIOFF_LINUX: ioctl_send_cc(t, VSTOP_LINUX); return 0;
	case TCION_LINUX: ioctl_send_cc(t, VSTART_LINUX); return 0;
	default: return -EINVAL;
	}
}

/* --- job control --- */
static int64_t ioctl_get_pgrp(struct tty *t, uint64_t arg, bool master)
{
	if (!master && current->process->ctty != t)
		return -ENOTTY;
	return put_user_u32(uaddr(arg), (uint32_t)t->pgrp);
}

static int64_t ioctl_set_pgrp(struct tty *t, uint64_t arg)
{
	uint32_t pgrp;
	int err = tty_job_check(t, SIGTTOU_LINUX);

	if (err)
		return err == -EIO ? -ENOTTY : err;
	if (get_user_u32(&pgrp, uaddr(arg)))
		return -EFAULT;
	return tty_job_set_pgrp(t, (int32_t)pgrp);
}

static int64_t ioctl_get_sid(struct tty *t, uint64_t arg, bool master)
{
	if ((!master && current->process->ctty != t) || t->session == 0)
		return -ENOTTY;
	return put_user_u32(uaddr(arg), (uint32_t)t->session);
}

static int64_t ioctl_no_tty(struct tty *t)
{
	if (current->process->ctty != t)
		return -ENOTTY;
	tty_job_disassociate();
	return 0;
}

/* The requests about sessions, groups and exclusive use. -ENOTTY: none of them. */
static int64_t ioctl_job(struct tty *t, const struct file *f, uint32_t cmd, uint64_t arg, bool master)
{
	switch (cmd) {
	case TIOCGPGRP_LINUX: return ioctl_get_pgrp(t, arg, master);
	case TIOCSPGRP_LINUX: return ioctl_set_pgrp(t, arg);
	case TIOCGSID_LINUX: return ioctl_get_sid(t, arg, master);
	case TIOCSCTTY_LINUX: return master ? -EPERM : tty_job_set_ctty(t, arg == 1, f->readable);
	case TIOCNOTTY_LINUX: return master ? -ENOTTY : ioctl_no_tty(t);
	case TIOCVHANGUP_LINUX:
		if (!cred_capable(current->cred, CAP_SYS_ADMIN))
			return -EPERM;
		tty_hangup(t, false);
		return 0;
	case TIOCEXCL_LINUX: t->exclusive = true; return 0;
	case TIOCNXCL_LINUX: t->exclusive = false; return 0;
	case TIOCGEXCL_LINUX: return put_user_u32(uaddr(arg), t->exclusive);
	default: return -ENOTTY;
	}
}

/* The requests about the line's settings and queues. */
static int64_t ioctl_line(struct tty *t, uint32_t cmd, uint64_t arg)
{
	switch (cmd) {
	case TIOCGWINSZ_LINUX: return copy_to_user(uaddr(arg), &t->winsize, sizeof(t->winsize));
	case TIOCSWINSZ_LINUX: return ioctl_set_winsize(t, arg);
	case TCFLSH_LINUX: return ioctl_flush(t, arg);
	case TCXONC_LINUX: return ioctl_flow(t, arg);
	case TCSBRK_LINUX: /* tcdrain(3): see SET_DRAIN; a break has no hardware to go to */
	case TCSBRKP_LINUX:
	case TIOCSBRK_LINUX:
	case TIOCCBRK_LINUX: return tty_job_check(t, SIGTTOU_LINUX);
	case TIOCOUTQ_LINUX: return put_user_u32(uaddr(arg), 0);
	case TIOCINQ_LINUX: return put_user_u32(uaddr(arg), tty_ldisc_available(t));
	case TIOCSTI_LINUX: return -EIO;
	case TIOCGETD_LINUX: return put_user_u32(uaddr(arg), N_TTY_LINUX);
	case TIOCSETD_LINUX: {
		uint32_t disc;

		if (get_user_u32(&disc, uaddr(arg)))
			return -EFAULT;
		return disc == N_TTY_LINUX ? 0 : -EINVAL;
	}
	case TIOCGDEV_LINUX: return put_user_u32(uaddr(arg), (uint32_t)t->dev);
	case TIOCGSOFTCAR_LINUX: return put_user_u32(uaddr(arg), (t->termios.c_cflag & CLOCAL_LINUX) != 0);
	case TIOCSSOFTCAR_LINUX: {
		uint32_t on;

		if (get_user_u32(&on, uaddr(arg)))
			return -EFAULT;
		t->termios.c_cflag = (t->termios.c_cflag & ~CLOCAL_LINUX) | (on ? CLOCAL_LINUX : 0);
		return 0;
	}
	default: return -ENOTTY;
	}
}

int64_t tty_ioctl(struct tty *t, struct file *f, uint32_t cmd, uint64_t arg, bool master)
{
	int64_t r;

	switch (cmd) {
	case TCGETS_LINUX: return ioctl_get_termios(t, arg, false);
	case TCGETS2_LINUX: return ioctl_get_termios(t, arg, true);
	case TCGETA_LINUX: return ioctl_get_termio(t, arg);
	case TCSETS_LINUX:
	case TCSETS2_LINUX:
	case TCSETA_LINUX: return ioctl_set_termios(t, cmd, arg, SET_NOW);
	case TCSETSW_LINUX:
	case TCSETSW2_LINUX:
	case TCSETAW_LINUX: return ioctl_set_termios(t, cmd, arg, SET_DRAIN);
	case TCSETSF_LINUX:
	case TCSETSF2_LINUX:
	case TCSETAF_LINUX: return ioctl_set_termios(t, cmd, arg, SET_FLUSH);
	default: r = ioctl_job(t, f, cmd, arg, master); return r == -ENOTTY ? ioctl_line(t, cmd, arg) : r;
	}
}
