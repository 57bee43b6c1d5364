/* strace_ioctl.c - calls whose argument means something else with every command: ioctl(2), fcntl(2),
 * prctl(2). LEAVES OUT: commands that nothing here serves. */
#include "sys/strace_print.h"

#include "fs/abi_fs.h"
#include "fs/abi_tty.h"

/* How the argument of an ioctl command is shown. */
enum ioctl_arg {
	SHOW_ADDR,
	SHOW_NUMBER,
	SHOW_NONE,
	SHOW_INT_IN,
	SHOW_INT_OUT,
	SHOW_TERMIOS_IN,
	SHOW_TERMIOS_OUT,
	SHOW_WINSIZE_IN,
	SHOW_WINSIZE_OUT
};

/* clang-format off */
static const struct {
	uint32_t cmd;
	const char *name;
	enum ioctl_arg arg;
} commands[] = {
	{0x5401, "TCGETS", SHOW_TERMIOS_OUT}, {0x5402, "TCSETS", SHOW_TERMIOS_IN}, {0x5403, "TCSETSW", SHOW_TERMIOS_IN},
	{0x5404, "TCSETSF", SHOW_TERMIOS_IN}, {0x5405, "TCGETA", SHOW_ADDR}, {0x5406, "TCSETA", SHOW_ADDR},
	{0x5409, "TCSBRK", SHOW_NUMBER}, {0x540a, "TCXONC", SHOW_NUMBER}, {0x540b, "TCFLSH", SHOW_NUMBER},
	{0x540c, "TIOCEXCL", SHOW_NONE}, {0x540d, "TIOCNXCL", SHOW_NONE}, {0x540e, "TIOCSCTTY", SHOW_NUMBER},
	{0x540f, "TIOCGPGRP", SHOW_INT_OUT}, {0x5410, "TIOCSPGRP", SHOW_INT_IN}, {0x5411, "TIOCOUTQ", SHOW_INT_OUT},
	{0x5412, "TIOCSTI", SHOW_ADDR}, {0x5413, "TIOCGWINSZ", SHOW_WINSIZE_OUT}, {0x5414, "TIOCSWINSZ", SHOW_WINSIZE_IN},
	{0x541b, "FIONREAD", SHOW_INT_OUT}, {0x5421, "FIONBIO", SHOW_INT_IN}, {0x5422, "TIOCNOTTY", SHOW_NONE},
	{0x5423, "TIOCSETD", SHOW_INT_IN}, {0x5424, "TIOCGETD", SHOW_INT_OUT}, {0x5425, "TCSBRKP", SHOW_NUMBER},
	{0x5429, "TIOCGSID", SHOW_INT_OUT}, {0x5450, "FIONCLEX", SHOW_NONE}, {0x5451, "FIOCLEX", SHOW_NONE},
	{0x5452, "FIOASYNC", SHOW_INT_IN}, {0x80045430, "TIOCGPTN", SHOW_INT_OUT}, {0x40045431, "TIOCSPTLCK", SHOW_INT_IN},
	{0x80045432, "TIOCGDEV", SHOW_INT_OUT}, {0x5441, "TIOCGPTPEER", SHOW_NUMBER}, {0x80045438, "TIOCGPKT", SHOW_INT_OUT},
	{0x5420, "TIOCPKT", SHOW_INT_IN}, {0x802c542a, "TCGETS2", SHOW_ADDR}, {0x402c542b, "TCSETS2", SHOW_ADDR},
	{0x80086601, "FS_IOC_GETFLAGS", SHOW_ADDR}, {0x40086602, "FS_IOC_SETFLAGS", SHOW_ADDR}, {0x40049409, "FICLONE", SHOW_NUMBER},
	{0x80045200, "RNDGETENTCNT", SHOW_INT_OUT}, {0x8933, "SIOCGIFINDEX", SHOW_ADDR}, {0x8912, "SIOCGIFCONF", SHOW_ADDR},
};
static const struct strace_name seal_names[] = {
	{1, "F_SEAL_SEAL"}, {2, "F_SEAL_SHRINK"}, {4, "F_SEAL_GROW"}, {8, "F_SEAL_WRITE"}, {16, "F_SEAL_FUTURE_WRITE"},
};
/* clang-format on */

static int find(uint32_t cmd)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (commands[i].cmd == cmd)
			return (int)i;
	}
	return -1;
}

STRACE_PRINTER(ioctlcmd)
{
	int i = find((uint32_t)v);

	(void)a;
	if (i >= 0)
		strace_out("%s", commands[i].name);
	else
		strace_out("%#x", (uint32_t)v);
	return true;
}

static bool out_termios(const struct strace_arg *a, uint64_t addr, bool in)
{
	struct termios_linux t;
	int state = in ? strace_struct_in(a, addr, &t, sizeof(t)) : strace_struct_out(a, addr, &t, sizeof(t));

	if (state <= 0)
		return state == 0;
	strace_out("{c_iflag=%#x, c_oflag=%#x, c_cflag=%#x, c_lflag=%#x, ...}", t.c_iflag, t.c_oflag,
		   t.c_cflag, t.c_lflag);
	return true;
}

static bool out_winsize(const struct strace_arg *a, uint64_t addr, bool in)
{
	struct winsize_linux w;
	int state = in ? strace_struct_in(a, addr, &w, sizeof(w)) : strace_struct_out(a, addr, &w, sizeof(w));

	if (state <= 0)
		return state == 0;
	strace_out("{ws_row=%u, ws_col=%u, ws_xpixel=%u, ws_ypixel=%u}", w.ws_row, w.ws_col, w.ws_xpixel,
		   w.ws_ypixel);
	return true;
}

STRACE_PRINTER(ioctlarg)
{
	int i = find((uint32_t)a->call->arg[1]);

	switch (i < 0 ? SHOW_ADDR : commands[i].arg) {
	case SHOW_NUMBER:
	case SHOW_NONE: strace_out("%lld", (long long)v); return true;
	case SHOW_INT_IN: return strace_print_uintp_in(a, v);
	case SHOW_INT_OUT: return strace_print_intp(a, v);
	case SHOW_TERMIOS_IN:
	case SHOW_TERMIOS_OUT: return out_termios(a, v, commands[i].arg == SHOW_TERMIOS_IN);
	case SHOW_WINSIZE_IN:
	case SHOW_WINSIZE_OUT: return out_winsize(a, v, commands[i].arg == SHOW_WINSIZE_IN);
	case SHOW_ADDR: break;
	}
	strace_out("%#llx", (unsigned long long)v);
	return true;
}

static bool out_flock(const struct strace_arg *a, uint64_t addr, bool in)
{
	static const struct strace_name types[] = {{0, "F_RDLCK"}, {1, "F_WRLCK"}, {2, "F_UNLCK"}};
	struct flock_linux l;
	int state = in ? strace_struct_in(a, addr, &l, sizeof(l)) : strace_struct_out(a, addr, &l, sizeof(l));

	if (state <= 0)
		return state == 0;
	strace_out("{l_type=");
	strace_out_name((uint16_t)l.l_type, types, ARRAY_LEN(types), NULL);
	strace_out(", l_whence=");
	(void)strace_print_seekwhence(a, (uint16_t)l.l_whence);
	strace_out(", l_start=%lld, l_len=%lld%s", (long long)l.l_start, (long long)l.l_len, in ? "}" : "");
	if (!in)
		strace_out(", l_pid=%d}", l.l_pid);
	return true;
}

STRACE_PRINTER(fcntlarg)
{
	switch ((uint32_t)a->call->arg[1]) {
	case F_SETFD_LINUX: strace_out("%s", v & FD_CLOEXEC_LINUX ? "FD_CLOEXEC" : "0"); return true;
	case F_SETFL_LINUX: strace_out_open_flags((uint32_t)v); return true;
	case F_GETLK_LINUX:
	case F_OFD_GETLK_LINUX: return out_flock(a, v, false);
	case F_SETLK_LINUX:
	case F_SETLKW_LINUX:
	case F_OFD_SETLK_LINUX:
	case F_OFD_SETLKW_LINUX: return out_flock(a, v, true);
	case F_SETSIG_LINUX: strace_out_signal((int)v); return true;
	case F_ADD_SEALS_LINUX: strace_out_flags(v, seal_names, ARRAY_LEN(seal_names), NULL); return true;
	case F_DUPFD_LINUX:
	case F_DUPFD_CLOEXEC_LINUX:
	case F_SETOWN_LINUX:
	case F_SETPIPE_SZ_LINUX: strace_out("%d", (int)(uint32_t)v); return true;
	default: strace_out("%#llx", (unsigned long long)v); return true;
	}
}

STRACE_PRINTER(prctlarg)
{
	switch ((uint32_t)a->call->arg[0]) {
	case 1: /* PR_SET_PDEATHSIG */ strace_out_signal((int)v); return true;
	case 2: /* PR_GET_PDEATHSIG, PR_GET_CHILD_SUBREAPER: a number comes back */
	case 37: return strace_print_intp(a, v);
	case 15: /* PR_SET_NAME */ return strace_print_str(a, v);
	case 16: /* PR_GET_NAME */ return strace_print_outstr(a, v);
	case 4: /* PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_TIMERSLACK, PR_SET_CHILD_SUBREAPER,
		   PR_SET_NO_NEW_PRIVS */
	case 8:
	case 29:
	case 36:
	case 38: strace_out("%lld", (long long)v); return true;
	default: strace_out("%#llx", (unsigned long long)v); return true;
	}
}
