/* strace_flags.c - the names of flags and constants in traces.
 *
 * LEAVES OUT: flags of calls that are refused. */
#include "sys/strace_print.h"

#include "core/abi_signal.h"
#include "core/kfmt.h"
#include "fs/abi_fs.h"
#include "mm/abi_mm.h"
#include "sys/clone.h"

void strace_out_flags(uint64_t v, const struct strace_name *t, size_t n, const char *none)
{
	const char *sep = "";

	if (v == 0) {
		strace_out("%s", none ? none : "0");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (t[i].value && (v & t[i].value) == t[i].value) {
			strace_out("%s%s", sep, t[i].name);
			sep = "|";
			v &= ~t[i].value;
		}
	}
	if (v)
		strace_out("%s0x%llx", sep, (unsigned long long)v);
}

void strace_out_name(uint64_t v, const struct strace_name *t, size_t n, const char *comment)
{
	for (size_t i = 0; i < n; i++) {
		if (t[i].value == v) {
			strace_out("%s", t[i].name);
			return;
		}
	}
	strace_out("0x%llx", (unsigned long long)v);
	if (comment)
		strace_out(" /* %s */", comment);
}

/* FLAGS(printer, width in bits, text of zero, rows) and NAMES(printer, width, comment for unknown ones,
 * rows). */
#define LOW(v, bits) ((bits) == 32 ? (v)&UINT32_MAX : (v))
#define FLAGS(printer, bits, none, ...)                                \
	STRACE_PRINTER(printer)                                        \
	{                                                              \
		static const struct strace_name t[] = {__VA_ARGS__};   \
		(void)a;                                               \
		strace_out_flags(LOW(v, bits), t, ARRAY_LEN(t), none); \
		return true;                                           \
	}
#define NAMES(printer, comment, ...)                                      \
	STRACE_PRINTER(printer)                                           \
	{                                                                 \
		static const struct strace_name t[] = {__VA_ARGS__};      \
		(void)a;                                                  \
		strace_out_name(v &UINT32_MAX, t, ARRAY_LEN(t), comment); \
		return true;                                              \
	}
#define N(name)                     \
	{                           \
		name##_LINUX, #name \
	}

/* clang-format off */
static const struct strace_name open_names[] = {
	N(O_APPEND), N(O_ASYNC), N(O_CLOEXEC), N(O_CREAT), N(O_DIRECT), N(O_TMPFILE), N(O_DIRECTORY), {O_SYNC_LINUX, "O_SYNC"},
	N(O_DSYNC), N(O_EXCL), N(O_LARGEFILE), N(O_NOATIME), N(O_NOCTTY), N(O_NOFOLLOW), N(O_NONBLOCK), N(O_PATH), N(O_TRUNC),
};
static const char *const access_names[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};

FLAGS(atflags, 32, NULL, N(AT_SYMLINK_NOFOLLOW), {0x200, "AT_REMOVEDIR"}, N(AT_SYMLINK_FOLLOW), N(AT_NO_AUTOMOUNT),
      N(AT_EMPTY_PATH), N(AT_STATX_FORCE_SYNC), N(AT_STATX_DONT_SYNC), N(AT_RECURSIVE))
FLAGS(statxmask, 32, NULL, {0xfffU, "STATX_ALL"}, N(STATX_BASIC_STATS), N(STATX_TYPE), N(STATX_MODE), N(STATX_NLINK), N(STATX_UID),
      N(STATX_GID), N(STATX_ATIME), N(STATX_MTIME), N(STATX_CTIME), N(STATX_INO), N(STATX_SIZE), N(STATX_BLOCKS),
      N(STATX_BTIME), N(STATX_MNT_ID), N(STATX_DIOALIGN))
FLAGS(accessmode, 32, "F_OK", N(R_OK), N(W_OK), N(X_OK))
NAMES(seekwhence, "SEEK_???", N(SEEK_SET), N(SEEK_CUR), N(SEEK_END), N(SEEK_DATA), N(SEEK_HOLE))
FLAGS(mmapprot, 32, "PROT_NONE", N(PROT_READ), N(PROT_WRITE), N(PROT_EXEC), N(PROT_GROWSDOWN), N(PROT_GROWSUP))
FLAGS(mremapflags, 32, NULL, N(MREMAP_MAYMOVE), N(MREMAP_FIXED), N(MREMAP_DONTUNMAP))
FLAGS(msyncflags, 32, NULL, N(MS_ASYNC), N(MS_INVALIDATE), N(MS_SYNC))
NAMES(madvice, "MADV_???", N(MADV_NORMAL), N(MADV_RANDOM), N(MADV_SEQUENTIAL), N(MADV_WILLNEED), N(MADV_DONTNEED),
      N(MADV_FREE), N(MADV_REMOVE), N(MADV_DONTFORK), N(MADV_DOFORK), N(MADV_MERGEABLE), N(MADV_UNMERGEABLE),
      N(MADV_HUGEPAGE), N(MADV_NOHUGEPAGE), N(MADV_DONTDUMP), N(MADV_DODUMP), N(MADV_WIPEONFORK), N(MADV_KEEPONFORK),
      N(MADV_COLD), N(MADV_PAGEOUT), N(MADV_POPULATE_READ), N(MADV_POPULATE_WRITE))
NAMES(sighow, "SIG_???", N(SIG_BLOCK), N(SIG_UNBLOCK), N(SIG_SETMASK))
FLAGS(waitopts, 32, NULL, {1, "WNOHANG"}, {2, "WSTOPPED"}, {4, "WEXITED"}, {8, "WCONTINUED"}, {0x01000000, "WNOWAIT"},
      {0x20000000, "__WNOTHREAD"}, {0x40000000, "__WALL"}, {0x80000000, "__WCLONE"})
NAMES(waitidtype, "P_???", {0, "P_ALL"}, {1, "P_PID"}, {2, "P_PGID"}, {3, "P_PIDFD"})
NAMES(fcntlcmd, "F_???", N(F_DUPFD), N(F_GETFD), N(F_SETFD), N(F_GETFL), N(F_SETFL), N(F_GETLK), N(F_SETLK), N(F_SETLKW),
      N(F_SETOWN), N(F_GETOWN), N(F_SETSIG), N(F_GETSIG), N(F_SETOWN_EX), N(F_GETOWN_EX), N(F_OFD_GETLK), N(F_OFD_SETLK),
      N(F_OFD_SETLKW), N(F_SETLEASE), N(F_GETLEASE), N(F_NOTIFY), N(F_DUPFD_CLOEXEC), N(F_SETPIPE_SZ), N(F_GETPIPE_SZ),
      N(F_ADD_SEALS), N(F_GET_SEALS))
FLAGS(flockop, 32, NULL, N(LOCK_SH), N(LOCK_EX), N(LOCK_UN), N(LOCK_NB))
NAMES(epollop, "EPOLL_CTL_???", {1, "EPOLL_CTL_ADD"}, {2, "EPOLL_CTL_DEL"}, {3, "EPOLL_CTL_MOD"})
NAMES(clockid, NULL, {0, "CLOCK_REALTIME"}, {1, "CLOCK_MONOTONIC"}, {2, "CLOCK_PROCESS_CPUTIME_ID"},
      {3, "CLOCK_THREAD_CPUTIME_ID"}, {4, "CLOCK_MONOTONIC_RAW"}, {5, "CLOCK_REALTIME_COARSE"},
      {6, "CLOCK_MONOTONIC_COARSE"}, {7, "CLOCK_BOOTTIME"}, {8, "CLOCK_REALTIME_ALARM"}, {9, "CLOCK_BOOTTIME_ALARM"},
      {11, "CLOCK_TAI"})
FLAGS(timerflags, 32, NULL, {1, "TIMER_ABSTIME"}, {2, "TFD_TIMER_CANCEL_ON_SET"})
NAMES(itimerwhich, "ITIMER_???", {0, "ITIMER_REAL"}, {1, "ITIMER_VIRTUAL"}, {2, "ITIMER_PROF"})
NAMES(resource, "RLIMIT_???", {0, "RLIMIT_CPU"}, {1, "RLIMIT_FSIZE"}, {2, "RLIMIT_DATA"}, {3, "RLIMIT_STACK"},
      {4, "RLIMIT_CORE"}, {5, "RLIMIT_RSS"}, {6, "RLIMIT_NPROC"}, {7, "RLIMIT_NOFILE"}, {8, "RLIMIT_MEMLOCK"},
      {9, "RLIMIT_AS"}, {10, "RLIMIT_LOCKS"}, {11, "RLIMIT_SIGPENDING"}, {12, "RLIMIT_MSGQUEUE"}, {13, "RLIMIT_NICE"},
      {14, "RLIMIT_RTPRIO"}, {15, "RLIMIT_RTTIME"})
NAMES(rusagewho, "RUSAGE_???", {0, "RUSAGE_SELF"}, {UINT32_MAX, "RUSAGE_CHILDREN"}, {1, "RUSAGE_THREAD"})
NAMES(priowhich, "PRIO_???", {0, "PRIO_PROCESS"}, {1, "PRIO_PGRP"}, {2, "PRIO_USER"})
NAMES(schedpolicy, "SCHED_???", {0, "SCHED_OTHER"}, {1, "SCHED_FIFO"}, {2, "SCHED_RR"}, {3, "SCHED_BATCH"},
      {5, "SCHED_IDLE"}, {6, "SCHED_DEADLINE"})
NAMES(prctlopt, "PR_???", {1, "PR_SET_PDEATHSIG"}, {2, "PR_GET_PDEATHSIG"}, {3, "PR_GET_DUMPABLE"}, {4, "PR_SET_DUMPABLE"},
      {7, "PR_GET_KEEPCAPS"}, {8, "PR_SET_KEEPCAPS"}, {15, "PR_SET_NAME"}, {16, "PR_GET_NAME"}, {21, "PR_GET_SECCOMP"},
      {22, "PR_SET_SECCOMP"}, {23, "PR_CAPBSET_READ"}, {24, "PR_CAPBSET_DROP"}, {25, "PR_GET_TSC"}, {26, "PR_SET_TSC"},
      {27, "PR_GET_SECUREBITS"}, {28, "PR_SET_SECUREBITS"}, {29, "PR_SET_TIMERSLACK"}, {30, "PR_GET_TIMERSLACK"},
      {35, "PR_SET_MM"}, {36, "PR_SET_CHILD_SUBREAPER"}, {37, "PR_GET_CHILD_SUBREAPER"}, {38, "PR_SET_NO_NEW_PRIVS"},
      {39, "PR_GET_NO_NEW_PRIVS"}, {40, "PR_GET_TID_ADDRESS"}, {41, "PR_SET_THP_DISABLE"}, {42, "PR_GET_THP_DISABLE"},
      {47, "PR_CAP_AMBIENT"}, {0x53564d41, "PR_SET_VMA"}, {0x59616d61, "PR_SET_PTRACER"})
NAMES(archprctl, "ARCH_???", {0x1001, "ARCH_SET_GS"}, {0x1002, "ARCH_SET_FS"}, {0x1003, "ARCH_GET_FS"},
      {0x1004, "ARCH_GET_GS"}, {0x1011, "ARCH_GET_CPUID"}, {0x1012, "ARCH_SET_CPUID"})
FLAGS(renameflags, 32, NULL, N(RENAME_NOREPLACE), N(RENAME_EXCHANGE), N(RENAME_WHITEOUT))
FLAGS(mountflags, 64, NULL, {MS_MGC_VAL_LINUX, "MS_MGC_VAL"}, N(MS_RDONLY), N(MS_NOSUID), N(MS_NODEV), N(MS_NOEXEC),
      N(MS_SYNCHRONOUS), N(MS_REMOUNT), N(MS_MANDLOCK), N(MS_DIRSYNC), N(MS_NOATIME), N(MS_NODIRATIME), N(MS_BIND),
      N(MS_MOVE), N(MS_REC), N(MS_SILENT), N(MS_UNBINDABLE), N(MS_PRIVATE), N(MS_SLAVE), N(MS_SHARED), N(MS_RELATIME),
      N(MS_STRICTATIME), N(MS_LAZYTIME))
FLAGS(umountflags, 32, NULL, N(MNT_FORCE), N(MNT_DETACH), N(MNT_EXPIRE), N(UMOUNT_NOFOLLOW))
FLAGS(spliceflags, 32, NULL, {1, "SPLICE_F_MOVE"}, {2, "SPLICE_F_NONBLOCK"}, {4, "SPLICE_F_MORE"}, {8, "SPLICE_F_GIFT"})
FLAGS(rwfflags, 32, NULL, N(RWF_HIPRI), N(RWF_DSYNC), N(RWF_SYNC), N(RWF_NOWAIT), N(RWF_APPEND))
FLAGS(randflags, 32, NULL, {1, "GRND_NONBLOCK"}, {2, "GRND_RANDOM"}, {4, "GRND_INSECURE"})
FLAGS(mfdflags, 32, NULL, {1, "MFD_CLOEXEC"}, {2, "MFD_ALLOW_SEALING"}, {4, "MFD_HUGETLB"}, {8, "MFD_NOEXEC_SEAL"},
      {16, "MFD_EXEC"})
FLAGS(inotifymask, 32, NULL, {IN_ALL_EVENTS_LINUX, "IN_ALL_EVENTS"}, N(IN_ACCESS), N(IN_MODIFY), N(IN_ATTRIB),
      N(IN_CLOSE_WRITE), N(IN_CLOSE_NOWRITE), N(IN_OPEN), N(IN_MOVED_FROM), N(IN_MOVED_TO), N(IN_CREATE), N(IN_DELETE),
      N(IN_DELETE_SELF), N(IN_MOVE_SELF), N(IN_UNMOUNT), N(IN_Q_OVERFLOW), N(IN_IGNORED), N(IN_ONLYDIR),
      N(IN_DONT_FOLLOW), N(IN_EXCL_UNLINK), N(IN_MASK_CREATE), N(IN_MASK_ADD), N(IN_ISDIR), N(IN_ONESHOT))
FLAGS(xattrflags, 32, NULL, N(XATTR_CREATE), N(XATTR_REPLACE))
FLAGS(closerangeflags, 32, NULL, N(CLOSE_RANGE_UNSHARE), N(CLOSE_RANGE_CLOEXEC))
FLAGS(fallocmode, 32, NULL, N(FALLOC_FL_KEEP_SIZE), N(FALLOC_FL_PUNCH_HOLE), N(FALLOC_FL_NO_HIDE_STALE),
      N(FALLOC_FL_COLLAPSE_RANGE), N(FALLOC_FL_ZERO_RANGE), N(FALLOC_FL_INSERT_RANGE), N(FALLOC_FL_UNSHARE_RANGE))
NAMES(fadvice, "POSIX_FADV_???", N(POSIX_FADV_NORMAL), N(POSIX_FADV_RANDOM), N(POSIX_FADV_SEQUENTIAL),
      N(POSIX_FADV_WILLNEED), N(POSIX_FADV_DONTNEED), N(POSIX_FADV_NOREUSE))

static const struct strace_name map_names[] = {
	N(MAP_FIXED), N(MAP_ANONYMOUS), N(MAP_32BIT), N(MAP_NORESERVE), N(MAP_POPULATE), N(MAP_NONBLOCK), N(MAP_GROWSDOWN),
	N(MAP_DENYWRITE), N(MAP_EXECUTABLE), N(MAP_LOCKED), N(MAP_STACK), N(MAP_HUGETLB), N(MAP_SYNC), N(MAP_FIXED_NOREPLACE),
};
static const struct strace_name clone_names[] = {
	N(CLONE_VM), N(CLONE_FS), N(CLONE_FILES), N(CLONE_SIGHAND), N(CLONE_PIDFD), N(CLONE_PTRACE), N(CLONE_VFORK),
	N(CLONE_PARENT), N(CLONE_THREAD), N(CLONE_NEWNS), N(CLONE_SYSVSEM), N(CLONE_SETTLS), N(CLONE_PARENT_SETTID),
	N(CLONE_CHILD_CLEARTID), N(CLONE_DETACHED), N(CLONE_UNTRACED), N(CLONE_CHILD_SETTID), N(CLONE_NEWCGROUP),
	N(CLONE_NEWUTS), N(CLONE_NEWIPC), N(CLONE_NEWUSER), N(CLONE_NEWPID), N(CLONE_NEWNET), N(CLONE_IO),
	N(CLONE_CLEAR_SIGHAND), N(CLONE_INTO_CGROUP),
};
static const struct strace_name futex_names[] = {
	{0, "FUTEX_WAIT"}, {1, "FUTEX_WAKE"}, {2, "FUTEX_FD"}, {3, "FUTEX_REQUEUE"}, {4, "FUTEX_CMP_REQUEUE"},
	{5, "FUTEX_WAKE_OP"}, {6, "FUTEX_LOCK_PI"}, {7, "FUTEX_UNLOCK_PI"}, {8, "FUTEX_TRYLOCK_PI"}, {9, "FUTEX_WAIT_BITSET"},
	{10, "FUTEX_WAKE_BITSET"}, {11, "FUTEX_WAIT_REQUEUE_PI"}, {12, "FUTEX_CMP_REQUEUE_PI"}, {13, "FUTEX_LOCK_PI2"},
};
static const struct strace_name type_names[] = {
	N(S_IFSOCK), N(S_IFLNK), N(S_IFREG), N(S_IFBLK), N(S_IFDIR), N(S_IFCHR), N(S_IFIFO),
};
static const struct strace_name setid_names[] = {N(S_ISUID), N(S_ISGID), N(S_ISVTX)};

static const char *const signal_names[] = {
	NULL, "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
	"SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
	"SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
};
/* clang-format on */

void strace_out_signal_short(int signo)
{
	if (signo > 0 && signo < (int)ARRAY_LEN(signal_names))
		strace_out("%s", signal_names[signo] + 3);
	else if (signo == SIGRTMIN_LINUX)
		strace_out("RTMIN");
	else
		strace_out("RT_%d", signo - SIGRTMIN_LINUX);
}

void strace_out_signal(int signo)
{
	if (signo <= 0 || signo > SIGRTMAX_LINUX) {
		strace_out("%d", signo);
		return;
	}
	strace_out("SIG");
	strace_out_signal_short(signo);
}

void strace_out_open_flags(uint32_t flags)
{
	strace_out("%s", access_names[flags & O_ACCMODE_LINUX]);
	flags &= ~O_ACCMODE_LINUX;
	if (flags) {
		strace_out("|");
		strace_out_flags(flags, open_names, ARRAY_LEN(open_names), NULL);
	}
}

void strace_out_mode(uint32_t mode)
{
	uint32_t type = mode & S_IFMT_LINUX;

	if (type) {
		strace_out_name(type, type_names, ARRAY_LEN(type_names), NULL);
		strace_out("|");
	}
	if (type && (mode & 07000)) {
		strace_out_flags(mode & 07000, setid_names, ARRAY_LEN(setid_names), NULL);
		strace_out("|");
		mode &= ~07000U;
	}
	mode &= ~S_IFMT_LINUX;
	strace_out("%s%03o", mode > 077 ? "0" : "", mode);
}

STRACE_PRINTER(openflags)
{
	(void)a;
	strace_out_open_flags((uint32_t)v);
	return true;
}

STRACE_PRINTER(fdflags)
{
	(void)a;
	strace_out_flags(v & UINT32_MAX, open_names, ARRAY_LEN(open_names), NULL);
	return true;
}

STRACE_PRINTER(mmapflags)
{
	static const char *const types[] = {NULL, "MAP_SHARED", "MAP_PRIVATE", "MAP_SHARED_VALIDATE"};
	uint64_t type = v & MAP_TYPE_LINUX;

	(void)a;
	v &= UINT32_MAX & ~(uint64_t)MAP_TYPE_LINUX;
	if (type > 0 && type < ARRAY_LEN(types))
		strace_out("%s", types[type]);
	else
		strace_out("0x%llx", (unsigned long long)type);
	if (v) {
		strace_out("|");
		strace_out_flags(v, map_names, ARRAY_LEN(map_names), NULL);
	}
	return true;
}

STRACE_PRINTER(cloneflags)
{
	uint64_t flags = v & ~CSIGNAL_LINUX;

	(void)a;
	if (flags)
		strace_out_flags(flags, clone_names, ARRAY_LEN(clone_names), NULL);
	if (flags && (v & CSIGNAL_LINUX))
		strace_out("|");
	if (v & CSIGNAL_LINUX)
		strace_out_signal((int)(v & CSIGNAL_LINUX));
	if (v == 0)
		strace_out("0");
	return true;
}

STRACE_PRINTER(futexop)
{
	uint64_t op = v & 0x7f;

	(void)a;
	strace_out_name(op, futex_names, ARRAY_LEN(futex_names), "FUTEX_???");
	if (v & 128)
		strace_out("_PRIVATE");
	if (v & 256)
		strace_out("|FUTEX_CLOCK_REALTIME");
	return true;
}

STRACE_PRINTER(signo)
{
	(void)a;
	strace_out_signal((int)(uint32_t)v);
	return true;
}

/* --- plain numbers --------------------------------------------------------------------------- */

STRACE_PRINTER(fd)
{
	(void)a;
	strace_out("%d", (int)(uint32_t)v);
	return true;
}

STRACE_PRINTER(dirfd)
{
	(void)a;
	if ((int)(uint32_t)v == AT_FDCWD_LINUX)
		strace_out("AT_FDCWD");
	else
		strace_out("%d", (int)(uint32_t)v);
	return true;
}

STRACE_PRINTER(int)
{
	(void)a;
	strace_out("%d", (int)(uint32_t)v);
	return true;
}

STRACE_PRINTER(uint)
{
	(void)a;
	strace_out("%u", (uint32_t)v);
	return true;
}

STRACE_PRINTER(long)
{
	(void)a;
	strace_out("%lld", (long long)v);
	return true;
}

STRACE_PRINTER(ulong)
{
	(void)a;
	strace_out("%llu", (unsigned long long)v);
	return true;
}

STRACE_PRINTER(hex)
{
	(void)a;
	strace_out("%#llx", (unsigned long long)v);
	return true;
}

STRACE_PRINTER(hex32)
{
	(void)a;
	if ((uint32_t)v > 255)
		strace_out("%#x", (uint32_t)v);
	else
		strace_out("%u", (uint32_t)v);
	return true;
}

STRACE_PRINTER(mode)
{
	(void)a;
	strace_out_mode((uint32_t)v);
	return true;
}

STRACE_PRINTER(dev)
{
	(void)a;
	strace_out("makedev(%#x, %#x)", major_linux(v & UINT32_MAX), minor_linux(v & UINT32_MAX));
	return true;
}

STRACE_PRINTER(uid)
{
	(void)a;
	if ((uint32_t)v == UINT32_MAX)
		strace_out("-1");
	else
		strace_out("%u", (uint32_t)v);
	return true;
}
