/* odd_syscalls.c - system calls from odd places: generated code, the last bytes of a page, with
 * direction flag set, unknown numbers, garbage in every argument. None may reach the host or upset the
 * kernel.
 *
 * status: 0
 * stdout: survived */
#include <sys/mman.h>
#include <sys/syscall.h>

#include "../guest/say.h"

static uint64_t seed = 99;
static uint64_t next(void)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return seed >> 16;
}

static long raw(long nr, long a, long b, long c, long d, long e, long f)
{
	return syscall(nr, a, b, c, d, e, f);
}

static long garbage(void)
{
	static const long special[] = {
	    0, 1, -1, 4096, 0x10000, 0x7ffff0000000, 0x7fffffffe000, 1L << 62, 0x80000000L, 3};

	switch (next() % 4) {
	case 0: return (long)next();
	case 1: return (long)(next() % 64);
	case 2: return (long)((uintptr_t)special + next() % 4096);
	default: return special[next() % 10];
	}
}

/* Calls that would end, stop or block the child for good are not interesting here. */
static bool boring(long nr)
{
	static const long list[] = {SYS_exit,
				    SYS_exit_group,
				    SYS_pause,
				    SYS_rt_sigsuspend,
				    SYS_rt_sigreturn,
				    SYS_vfork,
				    SYS_fork,
				    SYS_clone,
				    435 /* clone3 */,
				    SYS_kill,
				    SYS_tkill,
				    SYS_tgkill,
				    SYS_execve,
				    SYS_execveat,
				    SYS_munmap,
				    SYS_mprotect,
				    SYS_mremap,
				    SYS_mmap,
				    SYS_brk,
				    SYS_reboot,
				    SYS_setrlimit,
				    SYS_prlimit64,
				    SYS_madvise,
				    SYS_wait4,
				    SYS_read,
				    SYS_rt_sigtimedwait,
				    SYS_select,
				    SYS_pselect6,
				    SYS_poll,
				    SYS_ppoll,
				    SYS_nanosleep,
				    SYS_clock_nanosleep,
				    SYS_epoll_wait,
				    SYS_epoll_pwait,
				    SYS_close,
				    436 /* close_range */,
				    SYS_arch_prctl,
				    SYS_futex,
				    SYS_flock,
				    SYS_waitid,
				    SYS_shutdown,
				    SYS_process_vm_writev,
				    SYS_preadv,
				    SYS_readv,
				    SYS_chroot,
				    335 /* uretprobe: SIGILL by design */,
				    336};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i] == nr)
			return true;
	return false;
}

static void places(void)
{
	/* mov $39, %eax; syscall; ret */
	static const unsigned char code[] = {0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3};
	unsigned char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);

	for (int i = 4080; i <= 4096; i++) {
		memset(p, 0x90, 8192);
		memcpy(p + i - 6, code, sizeof(code));
		if (((int (*)(void))(p + i - 6))() != getpid())
			printf("syscall at offset %d: wrong\n", i);
	}
	long r = SYS_getpid;
	__asm__ volatile("std\n\tsyscall\n\tcld" : "+a"(r)::"rcx", "r11", "memory");
	IS(r == getpid());
	for (long nr = 330; nr < 1000; nr += 1 + (nr > 470) * 37)
		if (!boring(nr))
			raw(nr, -1, -1, -1, -1, -1, -1);
	IS(raw(0x40000000 | SYS_getpid, 0, 0, 0, 0, 0, 0) == -1);
	IS(raw(-1, 0, 0, 0, 0, 0, 0) == -1 && errno == ENOSYS);
	IS(raw(1L << 40 | SYS_getpid, 0, 0, 0, 0, 0, 0) == getpid());
}

int main(void)
{
	int status, bad = 0;

	places();
	fflush(stdout);
	for (int round = 0; round < 40; round++) {
		pid_t pid = fork();
		if (pid == 0) {
			int null = open("/dev/null", O_RDWR);
			dup2(null, 0);
			dup2(null, 1);
			dup2(null, 2);
			alarm(20);
			seed += (uint64_t)round * 7777;
			for (int i = 0; i < 250; i++) {
				long nr = (long)(next() % 460);
				if (!boring(nr))
					raw(nr, garbage(), garbage(), garbage(), garbage(), garbage(),
					    garbage());
			}
			_exit(0);
		}
		waitpid(pid, &status, 0);
		bad += WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
	}
	printf("%d rounds hung\nsurvived\n", bad);
	return 0;
}
