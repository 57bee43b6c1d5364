/* engine_region.c - the addresses above the guest's own, where the engine keeps its stub: not to be
 * written, mapped, unmapped or protected, and of no use to those who jump there. (A page that can be
 * executed can be read; it holds nothing secret.) The vsyscall page of the host is out of reach.
 *
 * status: 0
 * stdout: nothing was reached */
#include <sys/mman.h>

#include "../guest/say.h"

static volatile char *at;

static void reads(void)
{
	char c = *at;
	_exit(50 + (c != 0));
}

static void writes(void)
{
	*at = 0x90;
	_exit(60);
}

static void runs(void)
{
	((void (*)(void))(uintptr_t)at)();
	_exit(70);
}

static bool killed(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		fn();
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status);
}

int main(void)
{
	int reached = 0, readable = 0;

	for (uint64_t a = 0x7ffff0000000; a < 0x800000000000;
	     a += 0x400000 + (a >= 0x7fffff000000 ? 0 : 0x1000000)) {
		at = (volatile char *)a;
		readable += !killed(reads);
		if (!killed(writes) || !killed(runs)) {
			printf("reached %#llx\n", (unsigned long long)a);
			reached++;
		}
	}
	for (uint64_t a = 0x7ffffff00000; a < 0x800000000000; a += 4096) {
		void *p = (void *)a;
		if (mmap(p, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED) {
			printf("mapped %p\n", p);
			reached++;
		}
		munmap(p, 4096);
		mprotect(p, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
		madvise(p, 4096, MADV_DONTNEED);
		char c;
		if (write(open("/dev/null", O_WRONLY), p, 1) == 0 ||
		    read(open("/dev/zero", O_RDONLY), p, 1) == 1) {
			printf("moved data at %p\n", p);
			reached++;
		}
		(void)c;
		for (int fd = 3; fd < 10; fd++)
			close(fd);
	}
	printf("%d places can be read\n", readable);
	reached += readable > 1;
	/* Every entry into the stub with registers of our choice: whatever it does is done by this guest and
	 * to this guest. */
	for (int i = 0; i < 256; i++) {
		static const long numbers[] = {231 /* exit_group */, 9 /* mmap */,    56 /* clone */,
					       39 /* getpid */,      59 /* execve */, 1 /* write */};
		pid_t pid = fork();
		if (pid == 0) {
			alarm(5);
			__asm__ volatile("mov %1, %%r15\n\tmov %2, %%rdi\n\tmov $9, %%esi\n\tjmp *%0" ::"r"(
					     0x7fffff000000 + i),
					 "r"(0x7fffff002000), "r"(-1L), "a"(numbers[i % 6])
					 : "rdi", "rsi", "r15");
			__builtin_unreachable();
		}
		kill(pid, SIGCONT);
		waitpid(pid, NULL, 0);
	}
	at = (volatile char *)0xffffffffff600000;
	if (!killed(reads))
		puts("the vsyscall page can be read");
	if (!killed(writes))
		reached++;
	puts(reached ? "REACHED" : "nothing was reached");
	return reached;
}
