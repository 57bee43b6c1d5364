/* syscall_fuzz.c - system calls of all kinds with arguments that like to break things, from several
 * processes and threads at once: plausible ones most of the time, so that they get past the first
 * checks, wild ones now and then. Handlers make calls and damage their own frames; children fork,
 * clone, execute themselves, damaged programs and scripts.
 *
 *   syscall_fuzz [SEED [ROUNDS]]
 *
 * A round is a few processes, half of the rounds without privilege. The parent ends it after a while
 * by killing everybody, so calls that reach the parent are bent aside when they come from root.
 * reboot(2) is left out.
 *
 * status: 0
 * stdout: survived */
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <ucontext.h>

#include "../guest/say.h"

#define WORKERS 5
#define CALLS 220
#define ARENA ((uint64_t)0x20000000) /* mappings that come and go */
#define ARENA_PAGES 64
#define SHARED ((uint64_t)0x30000000)  /* shared by all, always there unless a wild call takes it away */
#define SCRATCH ((uint64_t)0x30100000) /* arguments in memory */
#define SCRATCH_PAGES 4
#define PAGE 4096ULL

/* The state is on the stack of its task: wild calls seldom find it there. */
struct rnd {
	uint64_t s;
	int depth;
};

static bool privileged;
static int parent_pid, self_pid;

static uint64_t next(struct rnd *r)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return (r->s * 0x2545f4914f6cdd1dULL) >> 8;
}

static uint64_t below(struct rnd *r, uint64_t n)
{
	return next(r) % n;
}

static bool one_in(struct rnd *r, uint64_t n)
{
	return below(r, n) == 0;
}

static long call(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d;
	register uint64_t r8 __asm__("r8") = e;
	register uint64_t r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#define PICK(r, array) ((array)[below(r, sizeof(array) / sizeof((array)[0]))])

/* --- arguments --------------------------------------------------------------------------------------------------- */

static uint64_t wild(struct rnd *r)
{
	static const uint64_t odd[] = {0,
				       1,
				       2,
				       7,
				       8,
				       63,
				       64,
				       255,
				       256,
				       4095,
				       4096,
				       4097,
				       65536,
				       INT32_MAX,
				       1ULL << 31,
				       UINT32_MAX,
				       1ULL << 32,
				       INT64_MAX,
				       1ULL << 63,
				       (uint64_t)-1,
				       (uint64_t)-2,
				       (uint64_t)-100,
				       (uint64_t)-4096,
				       0x7fffffff000,
				       0x7ffffffff000,
				       0x7ffffffe0000,
				       0x7fffff000000,
				       0x7fffff000010,
				       0x7fffff001000,
				       0x7fffff002000,
				       0x7ffff0000000,
				       0x7fffefffffff,
				       0x7fffeffff000,
				       0x800000000000,
				       0x800000000000 - 8,
				       0xffff800000000000,
				       0xffffffff80000000,
				       0xffffffffff600000,
				       0xdeadbeefdeadbeef,
				       0x100000000000,
				       0x110000000000,
				       0x200000000000,
				       0x210000000000,
				       0x3fffffffffffffff,
				       0x10000,
				       0xfff,
				       0x400000,
				       1ULL << 40,
				       1ULL << 62};

	switch (below(r, 6)) {
	case 0: return 1ULL << below(r, 64);
	case 1: return (1ULL << below(r, 64)) - 1;
	case 2: return next(r) << below(r, 12);
	case 3: return ARENA + below(r, ARENA_PAGES * PAGE);
	default: return PICK(r, odd);
	}
}

static uint64_t scratch(struct rnd *r)
{
	if (one_in(r, 16))
		return SCRATCH + SCRATCH_PAGES * PAGE - below(r, 64); /* over the end */
	if (one_in(r, 10))
		return ARENA + below(r, ARENA_PAGES) * PAGE + below(r, 2) * (PAGE - 16);
	return SCRATCH + below(r, SCRATCH_PAGES * PAGE / 64) * 64;
}

static uint64_t small_size(struct rnd *r)
{
	static const uint64_t sizes[] = {0,   1,   2,   4,   7,   8,    12,   16,   24,   32,   48,   64,
					 100, 128, 136, 144, 512, 1000, 4095, 4096, 4097, 8192, 16384};
	return PICK(r, sizes);
}

static uint64_t offset(struct rnd *r)
{
	static const uint64_t offsets[] = {0,
					   0,
					   0,
					   1,
					   100,
					   4095,
					   4096,
					   8192,
					   65536,
					   1 << 20,
					   1ULL << 31,
					   1ULL << 32,
					   1ULL << 43,
					   INT64_MAX - 4096,
					   INT64_MAX,
					   (uint64_t)-1,
					   (uint64_t)-4096};
	return PICK(r, offsets);
}

static uint64_t path(struct rnd *r)
{
	static const char *const paths[] = {"f0",
					    "f1",
					    "f2",
					    "d0",
					    "d1",
					    "d0/f0",
					    "d0/d1",
					    "d1/../f1",
					    "l0",
					    "l1",
					    "l0/f0",
					    "loop",
					    "fifo",
					    ".",
					    "..",
					    "/",
					    "",
					    "./.",
					    "d0/",
					    "f0/",
					    "/tmp",
					    "/proc",
					    "/proc/self",
					    "/proc/self/fd",
					    "/proc/self/fd/3",
					    "/proc/self/maps",
					    "/proc/self/exe",
					    "/proc/self/cwd/f0",
					    "/proc/self/root",
					    "/proc/self/task",
					    "/proc/self/status",
					    "/proc/self/stat",
					    "/proc/self/fdinfo/4",
					    "/proc/self/mem",
					    "/proc/self/environ",
					    "/proc/self/ns/mnt",
					    "/proc/self/smaps",
					    "/proc/self/mountinfo",
					    "/proc/meminfo",
					    "/proc/1/stat",
					    "/proc/sys/kernel/hostname",
					    "/proc/mounts",
					    "/proc/loadavg",
					    "/dev/null",
					    "/dev/zero",
					    "/dev/full",
					    "/dev/random",
					    "/dev/tty",
					    "/dev/console",
					    "/dev/ptmx",
					    "/dev/pts",
					    "/dev/pts/0",
					    "/dev/pts/1",
					    "/dev/kmsg",
					    "/dev/fd/3",
					    "/dev/shm/x",
					    "/dev/stdin",
					    "/sys",
					    "/sys/kernel",
					    "/etc/passwd",
					    "/hostile/syscall_fuzz",
					    "/hostile",
					    "/bin/busybox",
					    "mnt",
					    "mnt/f0",
					    "mnt/d0",
					    "/nowhere/x"};
	char *at = (char *)scratch(r);
	const char *s = PICK(r, paths);

	if ((uint64_t)at < SCRATCH || (uint64_t)at > SCRATCH + SCRATCH_PAGES * PAGE - 64)
		return (uint64_t)s;
	strcpy(at, s);
	if (one_in(r, 40)) {
		memset((void *)SCRATCH, one_in(r, 2) ? 'x' : '/', PAGE + below(r, 3) - 1);
		return SCRATCH;
	}
	return (uint64_t)at;
}

static uint64_t descriptor(struct rnd *r)
{
	return one_in(r, 30) ? wild(r) : below(r, 40);
}

/* A process of this test that is not the parent. */
static uint64_t process(struct rnd *r)
{
	uint64_t n = below(r, 8);

	return n == 0 ? 0 : n < 4 ? (uint64_t)self_pid : (uint64_t)self_pid + below(r, 12) - 2;
}

static uint64_t address(struct rnd *r)
{
	return ARENA + below(r, ARENA_PAGES) * PAGE + (one_in(r, 20) ? below(r, PAGE) : 0);
}

static uint64_t length(struct rnd *r)
{
	return (1 + below(r, one_in(r, 4) ? ARENA_PAGES : 5)) * PAGE - (one_in(r, 10) ? below(r, PAGE) : 0);
}

static uint64_t bits(struct rnd *r, unsigned n)
{
	uint64_t v = 0;

	for (uint64_t i = below(r, 4); i > 0; i--)
		v |= 1ULL << below(r, n);
	return v;
}

static uint64_t iovecs(struct rnd *r)
{
	struct iovec *v = (struct iovec *)SCRATCH;

	for (int i = 0; i < 8; i++)
		v[i] = (struct iovec){(void *)(one_in(r, 12) ? wild(r) : scratch(r)),
				      one_in(r, 20) ? wild(r) : small_size(r)};
	return SCRATCH;
}

static uint64_t time_spec(struct rnd *r)
{
	uint64_t *t = (uint64_t *)(SCRATCH + PAGE + below(r, 8) * 64);

	for (int i = 0; i < 4; i += 2) {
		t[i] = one_in(r, 8) ? wild(r) : below(r, 3) / 2;
		t[i + 1] = one_in(r, 8) ? wild(r) : below(r, 20000000);
	}
	return one_in(r, 8) ? 0 : (uint64_t)t;
}

static uint64_t signal_set(struct rnd *r)
{
	uint64_t *set = (uint64_t *)(SCRATCH + 2 * PAGE + below(r, 8) * 64);

	*set = one_in(r, 8) ? wild(r) : bits(r, 64);
	return (uint64_t)set;
}

/* Memory full of things that look like something. */
static uint64_t structure(struct rnd *r)
{
	uint64_t at = SCRATCH + below(r, SCRATCH_PAGES * PAGE / 64 - 4) * 64, *w = (uint64_t *)at;

	for (int i = 0; i < 16; i++) {
		switch (below(r, 6)) {
		case 0: w[i] = 0; break;
		case 1: w[i] = wild(r); break;
		case 2: w[i] = below(r, 64) | below(r, 64) << 32; break;
		case 3: w[i] = scratch(r); break;
		default: w[i] = below(r, 16); break;
		}
	}
	return at;
}

static uint64_t ioctl_command(struct rnd *r)
{
	static const uint32_t other[] = {0x541b,     0x5421,     0x5450,     0x5451,     0x5452,
					 0x80045430, 0x40045431, 0x80045432, 0x5441,     0x80086601,
					 0x40049409, 0x4020940d, 0x80045439, 0x80045438, 0xc020660b,
					 0x40086602, 0x1268,     0x125d,     0x4b72};
	return one_in(r, 3) ? PICK(r, other) : one_in(r, 20) ? wild(r) : 0x5400 + below(r, 0x60);
}

/* One letter of a call's description to one argument. */
static uint64_t argument(struct rnd *r, char kind)
{
	static const uint32_t prot[] = {0, 1, 3, 3, 3, 5, 7, 2, 4, 0x1000003, 0x2000003, 8};
	static const uint32_t map_flags[] = {0x22,  0x32,   0x31,   0x21,   0x12,    0x11, 0x100022, 0x122,
					     0x132, 0x8022, 0x4032, 0x2022, 0x40022, 0x13, 0};
	static const uint32_t advice[] = {0,  1,  2,  3,  4,  8,  9,  10, 11, 12,  13, 14,
					  15, 16, 17, 18, 19, 20, 21, 22, 23, 100, 101};
	static const uint64_t clocks[] = {
	    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 16, (uint64_t)-2, (uint64_t)-6, (uint64_t)-5};
	static const uint32_t open_flags[] = {0,        1,       2,       0x42,     0x41,  0xc2,
					      0x242,    0x441,   0x10000, 0x200000, 0x800, 0x802,
					      0x410002, 0x20000, 0x80000, 0x101000, 0x240};
	static const uint32_t modes[] = {0,       0600,    0644,    0755,    0777,    07777, 0100644,
					 0010600, 0020666, 0040755, 0120777, 0140777, 02755, 0400};
	static const uint32_t at_flags[] = {0,      0,      0x100,  0x200,  0x400, 0x800,
					    0x1000, 0x1100, 0x2000, 0x4000, 0x7fff};

	if (one_in(r, 14))
		return wild(r);
	switch (kind) {
	case 'f': return descriptor(r);
	case 'd': return one_in(r, 2) ? (uint64_t)AT_FDCWD : descriptor(r);
	case 'p': return path(r);
	case 'b': return scratch(r);
	case 'n': return small_size(r);
	case 'o': return offset(r);
	case 'x': return bits(r, 20);
	case 'i': return below(r, 12);
	case 'c': return below(r, 9);
	case 'a': return address(r);
	case 'l': return length(r);
	case 's': return below(r, 66);
	case 't': return time_spec(r);
	case 'P': return process(r);
	case 'm': return signal_set(r);
	case 'v': return iovecs(r);
	case 'S': return structure(r);
	case 'z': return PICK(r, prot);
	case 'g': return PICK(r, map_flags);
	case 'h': return PICK(r, advice);
	case 'k': return PICK(r, clocks);
	case 'O': return PICK(r, open_flags);
	case 'M': return PICK(r, modes);
	case 'A': return PICK(r, at_flags);
	case 'C': return one_in(r, 3) ? 1024 + below(r, 16) : below(r, 40);
	case 'I': return ioctl_command(r);
	case 'F': return below(r, 14) | (below(r, 4) << 7);
	case 'u': return below(r, 3) * 1000;
	case 'q': return below(r, 20);
	case '8': return 8;
	case '0': return 0;
	case 'Z': return SHARED + below(r, 64) * 4; /* a word that all share */
	case 'B': return (one_in(r, 2) ? SHARED : ARENA) + below(r, 2 * PAGE);
	default: return wild(r);
	}
}

/* --- calls ------------------------------------------------------------------------------------------------------- */

static const struct row {
	uint16_t nr, weight;
	const char *args;
} rows[] = {
    {SYS_read, 6, "fbn"},
    {SYS_write, 6, "fbn"},
    {SYS_open, 4, "pOM"},
    {SYS_openat, 6, "dpOM"},
    {SYS_close, 3, "f"},
    {SYS_stat, 1, "pb"},
    {SYS_fstat, 1, "fb"},
    {SYS_lstat, 1, "pb"},
    {SYS_poll, 2, "Scq"},
    {SYS_lseek, 2, "foi"},
    {SYS_mmap, 10, "alzgfo"},
    {SYS_mprotect, 8, "alz"},
    {SYS_munmap, 8, "al"},
    {SYS_brk, 1, "w"},
    {SYS_rt_sigprocmask, 2, "imb8"},
    {SYS_ioctl, 8, "fIS"},
    {SYS_pread64, 3, "fbno"},
    {SYS_pwrite64, 3, "fbno"},
    {SYS_readv, 3, "fvc"},
    {SYS_writev, 3, "fvc"},
    {SYS_access, 1, "pi"},
    {SYS_pipe, 1, "b"},
    {SYS_select, 2, "nSSSt"},
    {SYS_sched_yield, 1, ""},
    {SYS_mremap, 8, "allia"},
    {SYS_msync, 3, "ali"},
    {SYS_mincore, 2, "alb"},
    {SYS_madvise, 6, "alh"},
    {SYS_dup, 1, "f"},
    {SYS_dup2, 1, "ff"},
    {SYS_nanosleep, 1, "tb"},
    {SYS_getitimer, 1, "ib"},
    {SYS_setitimer, 2, "itb"},
    {SYS_sendfile, 4, "ffSn"},
    {SYS_socket, 1, "iii"},
    {SYS_wait4, 1, "Pbib"},
    {SYS_kill, 3, "Ps"},
    {SYS_uname, 1, "b"},
    {SYS_fcntl, 8, "fCS"},
    {SYS_fcntl, 4, "fCi"},
    {SYS_flock, 2, "fi"},
    {SYS_fsync, 1, "f"},
    {SYS_fdatasync, 1, "f"},
    {SYS_truncate, 3, "po"},
    {SYS_ftruncate, 4, "fo"},
    {SYS_getdents, 2, "fbn"},
    {SYS_getdents64, 2, "fbn"},
    {SYS_getcwd, 1, "bn"},
    {SYS_chdir, 1, "p"},
    {SYS_fchdir, 1, "f"},
    {SYS_rename, 4, "pp"},
    {SYS_mkdir, 3, "pM"},
    {SYS_rmdir, 3, "p"},
    {SYS_creat, 1, "pM"},
    {SYS_link, 3, "pp"},
    {SYS_unlink, 3, "p"},
    {SYS_symlink, 3, "pp"},
    {SYS_readlink, 1, "pbn"},
    {SYS_chmod, 1, "pM"},
    {SYS_fchmod, 1, "fM"},
    {SYS_chown, 1, "puu"},
    {SYS_fchown, 1, "fuu"},
    {SYS_lchown, 1, "puu"},
    {SYS_umask, 1, "M"},
    {SYS_gettimeofday, 1, "bb"},
    {SYS_getrlimit, 1, "ib"},
    {SYS_setrlimit, 1, "iS"},
    {SYS_getrusage, 1, "ib"},
    {SYS_sysinfo, 1, "b"},
    {SYS_times, 1, "b"},
    {SYS_ptrace, 1, "iPbb"},
    {SYS_syslog, 1, "ibn"},
    {SYS_setpgid, 1, "PP"},
    {SYS_setsid, 1, ""},
    {SYS_getgroups, 1, "cb"},
    {SYS_setgroups, 1, "cS"},
    {SYS_setresuid, 1, "uuu"},
    {SYS_setresgid, 1, "uuu"},
    {SYS_getresuid, 1, "bbb"},
    {SYS_getpgid, 1, "P"},
    {SYS_getsid, 1, "P"},
    {SYS_capget, 1, "SS"},
    {SYS_capset, 1, "SS"},
    {SYS_rt_sigpending, 1, "b8"},
    {SYS_rt_sigtimedwait, 2, "mbt8"},
    {SYS_rt_sigqueueinfo, 2, "PsS"},
    {SYS_rt_sigsuspend, 1, "m8"},
    {SYS_sigaltstack, 2, "Sb"},
    {SYS_utime, 1, "pb"},
    {SYS_mknod, 2, "pMi"},
    {SYS_personality, 1, "w"},
    {SYS_statfs, 1, "pb"},
    {SYS_fstatfs, 1, "fb"},
    {SYS_getpriority, 1, "iP"},
    {SYS_setpriority, 1, "iPi"},
    {SYS_sched_setparam, 1, "PS"},
    {SYS_sched_getparam, 1, "Pb"},
    {SYS_sched_setscheduler, 1, "PiS"},
    {SYS_sched_getscheduler, 1, "P"},
    {SYS_sched_rr_get_interval, 1, "Pb"},
    {SYS_mlock, 2, "al"},
    {SYS_munlock, 2, "al"},
    {SYS_mlockall, 1, "i"},
    {SYS_munlockall, 1, ""},
    {SYS_mlock2, 1, "ali"},
    {SYS_vhangup, 1, ""},
    {SYS_pivot_root, 1, "pp"},
    {SYS_prctl, 5, "nSSSS"},
    {SYS_prctl, 5, "niiii"},
    {SYS_arch_prctl, 1, "wS"},
    {SYS_adjtimex, 1, "S"},
    {SYS_chroot, 1, "p"},
    {SYS_sync, 1, ""},
    {SYS_settimeofday, 1, "tb"},
    {SYS_mount, 3, "ppSxS"},
    {SYS_umount2, 2, "pi"},
    {SYS_sethostname, 1, "bn"},
    {SYS_setdomainname, 1, "bn"},
    {SYS_gettid, 1, ""},
    {SYS_readahead, 1, "fon"},
    {SYS_setxattr, 2, "pbbni"},
    {SYS_getxattr, 2, "pbbn"},
    {SYS_listxattr, 2, "pbn"},
    {SYS_removexattr, 2, "pb"},
    {SYS_fsetxattr, 2, "fbbni"},
    {SYS_fgetxattr, 1, "fbbn"},
    {SYS_flistxattr, 1, "fbn"},
    {SYS_fremovexattr, 1, "fb"},
    {SYS_tkill, 2, "Ps"},
    {SYS_tgkill, 2, "PPs"},
    {SYS_time, 1, "b"},
    {SYS_futex, 8, "ZFitZi"},
    {SYS_futex, 3, "BFitBi"},
    {SYS_sched_setaffinity, 1, "PnS"},
    {SYS_sched_getaffinity, 1, "Pnb"},
    {SYS_epoll_create1, 1, "i"},
    {SYS_epoll_ctl, 6, "fifS"},
    {SYS_epoll_wait, 3, "fbcq"},
    {SYS_epoll_pwait, 1, "fbcqm8"},
    {SYS_epoll_pwait2, 1, "fbctm8"},
    {SYS_remap_file_pages, 2, "alzig"},
    {SYS_set_tid_address, 1, "B"},
    {SYS_semtimedop, 1, "ibit"},
    {SYS_fadvise64, 1, "foni"},
    {SYS_timer_create, 3, "kSb"},
    {SYS_timer_settime, 3, "iitb"},
    {SYS_timer_gettime, 1, "ib"},
    {SYS_timer_getoverrun, 1, "i"},
    {SYS_timer_delete, 1, "i"},
    {SYS_clock_settime, 1, "kt"},
    {SYS_clock_gettime, 1, "kb"},
    {SYS_clock_getres, 1, "kb"},
    {SYS_clock_nanosleep, 1, "kitb"},
    {SYS_utimes, 1, "pt"},
    {SYS_mbind, 1, "aliSni"},
    {SYS_set_mempolicy, 1, "iSn"},
    {SYS_get_mempolicy, 1, "bbnai"},
    {SYS_waitid, 2, "iPbib"},
    {SYS_ioprio_set, 1, "iPi"},
    {SYS_ioprio_get, 1, "iP"},
    {SYS_inotify_init1, 1, "w"},
    {SYS_inotify_add_watch, 3, "fpw"},
    {SYS_inotify_rm_watch, 2, "fi"},
    {SYS_mkdirat, 2, "dpM"},
    {SYS_mknodat, 2, "dpMi"},
    {SYS_fchownat, 1, "dpuuA"},
    {SYS_futimesat, 1, "dpt"},
    {SYS_newfstatat, 2, "dpbA"},
    {SYS_unlinkat, 3, "dpA"},
    {SYS_renameat2, 4, "dpdpi"},
    {SYS_linkat, 3, "dpdpA"},
    {SYS_symlinkat, 2, "pdp"},
    {SYS_readlinkat, 1, "dpbn"},
    {SYS_fchmodat, 1, "dpM"},
    {SYS_faccessat, 1, "dpi"},
    {SYS_pselect6, 1, "nSSStS"},
    {SYS_ppoll, 2, "Sctm8"},
    {SYS_unshare, 1, "x"},
    {SYS_set_robust_list, 2, "Sn"},
    {SYS_get_robust_list, 1, "Pbb"},
    {SYS_splice, 6, "fSfSni"},
    {SYS_splice, 4, "f0f0ni"},
    {SYS_tee, 3, "ffni"},
    {SYS_sync_file_range, 1, "foni"},
    {SYS_vmsplice, 3, "fvci"},
    {SYS_utimensat, 1, "dptA"},
    {SYS_signalfd4, 2, "fm8i"},
    {SYS_timerfd_create, 1, "ki"},
    {SYS_eventfd2, 1, "ii"},
    {SYS_fallocate, 4, "fion"},
    {SYS_timerfd_settime, 3, "fitb"},
    {SYS_timerfd_gettime, 1, "fb"},
    {SYS_dup3, 1, "ffi"},
    {SYS_pipe2, 1, "bi"},
    {SYS_preadv, 2, "fvco0"},
    {SYS_pwritev, 2, "fvco0"},
    {SYS_rt_tgsigqueueinfo, 2, "PPsS"},
    {SYS_prlimit64, 2, "PiSb"},
    {SYS_name_to_handle_at, 1, "dpSbA"},
    {SYS_open_by_handle_at, 1, "fSO"},
    {SYS_syncfs, 1, "f"},
    {SYS_setns, 1, "fi"},
    {SYS_getcpu, 1, "bbb"},
    {SYS_process_vm_readv, 2, "Pvcvc0"},
    {SYS_process_vm_writev, 2, "Pvcvc0"},
    {SYS_kcmp, 1, "PPiff"},
    {SYS_sched_setattr, 1, "PS0"},
    {SYS_sched_getattr, 1, "Pbn0"},
    {SYS_getrandom, 2, "bni"},
    {SYS_memfd_create, 2, "pi"},
    {SYS_execveat, 1, "dpSSA"},
    {SYS_membarrier, 1, "xi"},
    {SYS_copy_file_range, 6, "fSfSn0"},
    {SYS_copy_file_range, 3, "f0f0n0"},
    {SYS_preadv2, 2, "fvco0i"},
    {SYS_pwritev2, 2, "fvco0i"},
    {SYS_pkey_mprotect, 1, "alzi"},
    {SYS_pkey_alloc, 1, "0i"},
    {SYS_pkey_free, 1, "i"},
    {SYS_statx, 2, "dpAwb"},
    {SYS_rseq, 1, "Snii"},
    {SYS_pidfd_send_signal, 2, "fsSi"},
    {SYS_pidfd_open, 2, "Pi"},
    {SYS_pidfd_getfd, 2, "ffi"},
    {SYS_close_range, 1, "ffi"},
    {SYS_openat2, 3, "dpSn"},
    {SYS_faccessat2, 1, "dpiA"},
    {440 /* process_madvise */, 1, "fvch0"},
    {441 /* epoll_pwait2 */, 1, "fbctm8"},
    {447 /* memfd_secret */, 1, "i"},
    {449 /* futex_waitv */, 3, "Sci tk"},
    {451 /* cachestat */, 1, "fSbi"},
    {452 /* fchmodat2 */, 1, "dpMA"},
    {453 /* map_shadow_stack */, 1, "ali"},
    {454 /* futex_wake */, 2, "Zwci"},
    {455 /* futex_wait */, 2, "Ziwitk"},
    {456 /* futex_requeue */, 2, "Sici"},
    {457 /* statmount */, 1, "Sbni"},
    {458 /* listmount */, 1, "Sbci"},
    {462 /* mseal */, 1, "al0"},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* What would reach the parent. Without privilege the kernel refuses. */
static bool reaches_parent(uint64_t nr, const uint64_t *a)
{
	int pid = (int)a[0];

	switch ((uint32_t)nr) {
	case SYS_kill:
	case SYS_tkill:
	case SYS_tgkill:
	case SYS_rt_sigqueueinfo:
	case SYS_rt_tgsigqueueinfo:
		return pid == parent_pid || (int)a[1] == parent_pid || pid == -1 || pid == -parent_pid;
	case SYS_prlimit64:
	case SYS_process_vm_writev:
	case SYS_sched_setscheduler:
	case SYS_sched_setattr:
	case SYS_sched_setparam: return pid == parent_pid;
	case SYS_setpriority: return (int)a[1] <= parent_pid;
	case SYS_setpgid: return (int)a[1] == parent_pid;
	case SYS_fcntl: return (int)a[1] == F_SETOWN && (int)a[2] != self_pid;
	case SYS_pidfd_open: return pid == parent_pid;
	default: return false;
	}
}

static bool left_out(uint64_t nr)
{
	nr = (uint32_t)nr;
	return nr == SYS_reboot || nr == SYS_exit || nr == SYS_exit_group || nr == SYS_pause ||
	       nr == SYS_fork || nr == SYS_vfork || nr == SYS_clone || nr == SYS_clone3 ||
	       nr == SYS_rt_sigreturn || nr == SYS_rt_sigaction || nr == SYS_kexec_load;
}

static void checked_call(uint64_t nr, const uint64_t *a)
{
	if (!left_out(nr) && !(privileged && reaches_parent(nr, a)))
		call((long)nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void random_call(struct rnd *r)
{
	uint64_t a[6], nr;

	if (one_in(r, 12)) {
		nr = one_in(r, 10) ? wild(r) : below(r, 480);
		for (int i = 0; i < 6; i++)
			a[i] = one_in(r, 3) ? scratch(r) : one_in(r, 2) ? below(r, 40) : wild(r);
	} else {
		const struct row *row = &rows[below(r, ROWS)];
		while (row->weight <= below(r, 10))
			row = &rows[below(r, ROWS)];
		nr = row->nr;
		size_t n = strlen(row->args);
		for (size_t i = 0; i < 6; i++)
			a[i] = i < n ? argument(r, row->args[i]) : one_in(r, 2) ? 0 : wild(r);
	}
	checked_call(nr, a);
}

/* --- signals ----------------------------------------------------------------------------------------------------- */

static volatile uint64_t handler_seed;
static volatile int handler_depth;

static void on_signal(int sig, siginfo_t *si, void *context)
{
	struct rnd r = {.s = (handler_seed += 0x9e3779b97f4a7c15) | 1};
	uint64_t *words = context;

	if (handler_depth < 3) {
		handler_depth++;
		for (uint64_t i = below(&r, 4); i > 0; i--)
			random_call(&r);
		handler_depth--;
	}
	if (sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE || sig == SIGTRAP ||
	    sig == SIGSYS)
		call(SYS_exit_group, 1, 0, 0, 0, 0, 0);
	/* The general part of the frame, and the extended state behind it. */
	if (one_in(&r, 10))
		words[below(&r, sizeof(ucontext_t) / 8)] = wild(&r);
	if (one_in(&r, 10)) {
		uint8_t *xstate = (uint8_t *)((ucontext_t *)context)->uc_mcontext.fpregs;
		if (xstate)
			memcpy(xstate + below(&r, 832 / 8) * 8, &(uint64_t){wild(&r)}, 8);
	}
}

/* Not through the C library, whose restorer and masks are too good. */
struct raw_sigaction {
	uint64_t handler, flags, restorer, mask;
};

__attribute__((naked)) static void restorer(void)
{
	__asm__("mov $15, %eax\n\tsyscall");
}

static void random_handler(struct rnd *r)
{
	static const uint64_t flags[] = {SA_SIGINFO,   SA_RESTART,   SA_NODEFER,  SA_ONSTACK,
					 SA_RESETHAND, SA_NOCLDSTOP, SA_NOCLDWAIT};
	struct raw_sigaction sa = {
	    .handler = (uint64_t)on_signal, .flags = 0x04000000 | SA_SIGINFO, .restorer = (uint64_t)restorer};

	for (int i = 0; i < 3; i++)
		sa.flags |= one_in(r, 2) ? PICK(r, flags) : 0;
	sa.mask = bits(r, 64);
	if (one_in(r, 8))
		sa.handler = below(r, 2);
	if (one_in(r, 30))
		sa.handler = wild(r);
	if (one_in(r, 30))
		sa.restorer = wild(r);
	if (one_in(r, 30))
		sa.flags = wild(r);
	call(SYS_rt_sigaction, 1 + below(r, 64), (uint64_t)&sa, one_in(r, 2) ? scratch(r) : 0,
	     one_in(r, 30) ? wild(r) : 8, 0, 0);
}

static void tick(struct rnd *r)
{
	struct itimerval it = {{0, 3000}, {0, 3000 + (long)below(r, 3000)}};
	struct raw_sigaction sa = {
	    .handler = (uint64_t)on_signal, .flags = 0x04000000 | SA_SIGINFO, .restorer = (uint64_t)restorer};

	call(SYS_rt_sigaction, SIGALRM, (uint64_t)&sa, 0, 8, 0, 0);
	call(SYS_setitimer, ITIMER_REAL, (uint64_t)&it, 0, 0, 0, 0);
}

/* --- tasks ------------------------------------------------------------------------------------------------------- */

static void work(struct rnd *r, int calls);

static int thread(void *arg)
{
	struct rnd r = {.s = (uint64_t)arg | 1, .depth = 3};

	work(&r, CALLS / 4);
	call(one_in(&r, 8) ? SYS_exit_group : SYS_exit, below(&r, 256), 0, 0, 0, 0, 0);
	return 0;
}

static void random_clone(struct rnd *r)
{
	static const uint32_t flags[] = {0x10f00,    0x3d0f00,   0x110f00,   0x50f00,   0x100,
					 0x4100,     0x300,      0xf00,      0x8000,    0x11,
					 0x1200011,  0x1100,     0x1000011,  0x40000,   0x2000000,
					 0x20000011, 0x10000000, 0x80000000, 0x7fffffff};
	uint64_t f = PICK(r, flags), stack = address(r) & ~15ULL;

	f |= one_in(r, 6) ? 1ULL << below(r, 32) : 0;
	f &= ~(uint64_t)(CLONE_SETTLS | CLONE_VFORK);
	call(SYS_mmap, stack & ~4095ULL, 3 * PAGE, 3, 0x32, (uint64_t)-1, 0);
	if (one_in(r, 20))
		f |= CLONE_SETTLS;
	clone(thread, (void *)(stack + 3 * PAGE - (one_in(r, 20) ? below(r, PAGE) : 4096)), (int)f,
	      (void *)next(r), scratch(r), scratch(r), one_in(r, 2) ? SHARED : scratch(r));
}

static void random_clone3(struct rnd *r)
{
	uint64_t *args = (uint64_t *)structure(r);

	args[0] = bits(r, 36) & ~(uint64_t)CLONE_VM;
	args[4] = one_in(r, 2) ? SIGCHLD : below(r, 70);
	args[5] = args[6] = 0;
	args[8] = args[9] = args[10] = 0;
	if (one_in(r, 3))
		args[below(r, 11)] = wild(r);
	long pid = call(435, (uint64_t)args, one_in(r, 8) ? wild(r) : one_in(r, 2) ? 64 : 88, 0, 0, 0, 0);
	if (pid == 0)
		call(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

static void random_fork(struct rnd *r)
{
	long pid = call(one_in(r, 4) ? SYS_vfork : SYS_fork, 0, 0, 0, 0, 0, 0);

	if (pid == 0) {
		struct rnd child = {.s = next(r) ^ 0x5555, .depth = r->depth + 1};
		self_pid = (int)call(SYS_getpid, 0, 0, 0, 0, 0, 0);
		work(&child, CALLS / 3);
		call(SYS_exit_group, below(&child, 256), 0, 0, 0, 0, 0);
	}
}

/* A copy of this program with a few bytes of its headers changed. */
static void damaged_program(struct rnd *r)
{
	uint8_t *head = (uint8_t *)SCRATCH;
	long in = call(SYS_open, (uint64_t) "/proc/self/exe", 0, 0, 0, 0, 0),
	     out = call(SYS_open, (uint64_t) "prog", 0x242, 0755, 0, 0, 0);
	long n = call(SYS_read, (uint64_t)in, (uint64_t)head, PAGE, 0, 0, 0);

	for (uint64_t i = 1 + below(r, 4); i > 0 && n > 0; i--)
		head[below(r, 64 + 56 * 6)] = (uint8_t)(one_in(r, 2) ? 0xff : next(r));
	call(SYS_write, (uint64_t)out, (uint64_t)head, PAGE, 0, 0, 0);
	call(SYS_sendfile, (uint64_t)out, (uint64_t)in, 0, 1 << 16, 0, 0);
	call(SYS_close, (uint64_t)in, 0, 0, 0, 0, 0);
	call(SYS_close, (uint64_t)out, 0, 0, 0, 0, 0);
}

static void script_program(struct rnd *r)
{
	static const char *const first[] = {"#!./prog\n", "#!/bin/busybox sh\nexit 3\n", "#!\n",
					    "#!   \t\n",  "#!/proc/self/exe x y z",      "#!prog"};
	const char *s = PICK(r, first);
	long out = call(SYS_open, (uint64_t) "prog", 0x242, 0755, 0, 0, 0);

	call(SYS_write, (uint64_t)out, (uint64_t)s, strlen(s), 0, 0, 0);
	call(SYS_close, (uint64_t)out, 0, 0, 0, 0, 0);
}

static void random_exec(struct rnd *r)
{
	uint64_t *argv = (uint64_t *)(SCRATCH + 3 * PAGE);
	const char *what = one_in(r, 3) ? "/bin/busybox" : "prog";

	if (call(SYS_fork, 0, 0, 0, 0, 0, 0) != 0)
		return;
	self_pid = (int)call(SYS_getpid, 0, 0, 0, 0, 0, 0);
	if (one_in(r, 3))
		script_program(r);
	else
		damaged_program(r);
	argv[0] = (uint64_t) "busybox";
	argv[1] = (uint64_t)(one_in(r, 2) ? "true" : "sh");
	argv[2] = 0;
	if (one_in(r, 4)) /* many of them, or none that can be read */
		for (int i = 0; i < 500; i++)
			argv[i] = one_in(r, 4) ? scratch(r) : (uint64_t) "a";
	call(SYS_execve, (uint64_t)what, one_in(r, 12) ? wild(r) : (uint64_t)argv,
	     one_in(r, 4)   ? wild(r)
	     : one_in(r, 2) ? (uint64_t)argv
			    : 0,
	     0, 0, 0);
	call(SYS_exit_group, 4, 0, 0, 0, 0, 0);
}

/* Touches memory that may be there, in a child: the fault paths. */
static void random_touch(struct rnd *r)
{
	if (call(SYS_fork, 0, 0, 0, 0, 0, 0) != 0)
		return;
	for (int i = 0; i < 20; i++) {
		volatile uint8_t *p =
		    (volatile uint8_t *)(one_in(r, 20) ? wild(r) : ARENA + below(r, ARENA_PAGES * PAGE));
		if (one_in(r, 2))
			*p = 1;
		else
			(void)*p;
	}
	call(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

static void work(struct rnd *r, int calls)
{
	for (int i = 0; i < calls; i++) {
		uint64_t what = below(r, 100);

		if (what < 6)
			random_handler(r);
		else if (what < 9 && r->depth < 3)
			random_fork(r);
		else if (what < 12 && r->depth < 3)
			random_clone(r);
		else if (what < 13)
			random_clone3(r);
		else if (what < 15 && r->depth < 2)
			random_exec(r);
		else if (what < 18 && r->depth < 3)
			random_touch(r);
		else
			random_call(r);
	}
}

/* --- rounds ------------------------------------------------------------------------------------------------------ */

static void prepare_files(void)
{
	static const char *const dirs[] = {"d0", "d1", "d0/d1", "mnt"};
	static const char *const files[] = {"f0", "f1", "f2", "d0/f0", "d1/f1"};
	static char text[9000];

	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		mkdir(dirs[i], 0777);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd = open(files[i], O_CREAT | O_WRONLY, 0666);
		write(fd, text, 100 + i * 2000);
		close(fd);
	}
	symlink("d0", "l0");
	symlink("f1", "l1");
	symlink("loop", "loop");
	mkfifo("fifo", 0666);
}

/* Descriptors of every kind, 3 and up. */
static void prepare_descriptors(void)
{
	static const char *const opened[] = {
	    "/proc/self/maps", "/proc",          "/dev/zero",       "/dev/full",
	    "/dev/random",     "/dev/kmsg",      "/etc/passwd",     "/hostile/syscall_fuzz",
	    "/dev/tty",        "/proc/self/mem", "/proc/self/stat", "/sys/kernel"};
	int null = open("/dev/null", O_RDWR), pipes[2];
	sigset_t set;

	for (int i = 0; i < 3; i++)
		dup2(null, i);
	for (int i = 0; i < 3; i++)
		pipe2(pipes, i & 1 ? 0 : O_NONBLOCK);
	open("f0", O_RDWR);
	open("f1", O_RDWR | O_APPEND);
	open("f2", O_RDONLY);
	open("f2", O_PATH);
	open(".", O_RDONLY | O_DIRECTORY);
	open("d0", O_RDONLY);
	open("fifo", O_RDWR | O_NONBLOCK);
	open(".", O_TMPFILE | O_RDWR, 0600);
	int ep = epoll_create1(0);
	struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT};
	epoll_ctl(ep, EPOLL_CTL_ADD, pipes[0], &ev);
	inotify_add_watch(inotify_init1(IN_NONBLOCK), ".", IN_ALL_EVENTS);
	syscall(SYS_eventfd2, 3, O_NONBLOCK);
	syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
	sigfillset(&set);
	syscall(SYS_signalfd4, -1, &set, 8, O_NONBLOCK);
	syscall(SYS_memfd_create, "m", 2);
	syscall(SYS_pidfd_open, self_pid, 0);
	int ptmx = open("/dev/ptmx", O_RDWR | O_NONBLOCK | O_NOCTTY), zero = 0;
	syscall(SYS_ioctl, ptmx, 0x40045431, &zero);
	open("/dev/pts/0", O_RDWR | O_NONBLOCK);
	for (size_t i = 0; i < sizeof(opened) / sizeof(opened[0]); i++)
		open(opened[i], i & 1 ? O_RDWR | O_NONBLOCK : O_RDONLY | O_NONBLOCK);
}

static void prepare_memory(struct rnd *r)
{
	mmap((void *)SCRATCH, SCRATCH_PAGES * PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (int i = 0; i < 6; i++)
		call(SYS_mmap, address(r) & ~4095ULL, (1 + below(r, 12)) * PAGE, 3,
		     one_in(r, 2) ? 0x32 : 0x11, 9 + below(r, 3), 0);
}

static _Noreturn void worker(uint64_t seed)
{
	struct rnd r = {.s = seed | 1};
	struct rlimit few = {60, 60}, file = {1 << 26, 1 << 26};

	for (int i = 0; i < 8; i++)
		next(&r);
	self_pid = getpid();
	handler_seed = next(&r);
	setsid();
	if (one_in(&r, 2))
		setrlimit(RLIMIT_FSIZE, &file);
	prepare_descriptors();
	prepare_memory(&r);
	if (!privileged) {
		setrlimit(RLIMIT_NPROC, &few);
		setgid(1000);
		setuid(1000);
	}
	tick(&r);
	work(&r, CALLS);
	call(SYS_exit_group, 0, 0, 0, 0, 0, 0);
	__builtin_unreachable();
}

/* A directory of its own; the root of an earlier round may have taken /tmp away. */
static void enter_round(int round)
{
	char name[32];

	snprintf(name, sizeof(name), "/tmp/round%d", round);
	mkdir("/tmp", 01777);
	mkdir(name, 0777);
	if (chdir(name))
		chdir("/");
	chmod(".", 0777);
}

static void run_round(uint64_t seed, int round)
{
	struct timespec limit = {1, 0};
	sigset_t set;
	int left = WORKERS;

	privileged = round % 2 == 0;
	enter_round(round);
	prepare_files();
	mmap((void *)SHARED, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1,
	     0);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (int i = 0; i < WORKERS; i++) {
		fflush(stdout);
		if (fork() == 0) {
			sigprocmask(SIG_UNBLOCK, &set, NULL);
			worker((seed * 1000003 + (uint64_t)round) * 1000003 + (uint64_t)i);
		}
	}
	while (left > 0) {
		if (sigtimedwait(&set, NULL, &limit) < 0 && errno == EAGAIN)
			break;
		while (left > 0 && waitpid(-1, NULL, WNOHANG) > 0)
			left--;
	}
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	int rounds = argc > 2 ? atoi(argv[2]) : 4;
	sigset_t set;

	/* Only as the first program: not when a worker executes it, and never on a real system. */
	parent_pid = getpid();
	if (parent_pid != 2)
		return 5;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < rounds; i++)
		run_round(seed, i);
	puts("survived");
	return 0;
}
