/* wild_jump.c - jumps to addresses that are no code, and stacks that are no memory, end the process
 * that does it.
 *
 * status: 0
 * stdout: 60 of 60 were killed */
#include "../guest/say.h"

static uint64_t seed = 12345;
static uint64_t next(void)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return seed >> 8;
}

int main(void)
{
	static const uint64_t special[] = {0,
					   1,
					   0xfff,
					   0x1000,
					   0x7fffffffffff,
					   0x800000000000,
					   0xffffffffffffffff,
					   0xffffffffff600000,
					   0x7ffffffff000,
					   0x7ffff0000000,
					   0x7fffeffff000,
					   0xffff800000000000};
	int killed = 0, status;

	for (int i = 0; i < 60; i++) {
		uint64_t to = i < 24 ? special[i / 2] : i % 3 ? next() : next() & 0x7fffffffffff;
		pid_t pid = fork();
		if (pid == 0) {
			if (i & 1)
				__asm__ volatile(
				    "mov %0, %%rsp\n\txor %%eax, %%eax\n\tpush %%rax\n\tret" ::"r"(to));
			__asm__ volatile("jmp *%0" ::"r"(to));
			__builtin_unreachable();
		}
		waitpid(pid, &status, 0);
		killed += WIFSIGNALED(status);
		if (!WIFSIGNALED(status))
			printf("jump to %#llx: status %#x\n", (unsigned long long)to, status);
	}
	printf("%d of 60 were killed\n", killed);
	return 0;
}
