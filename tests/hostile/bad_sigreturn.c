/* bad_sigreturn.c - returns from signals that never happened, with registers that no user program may
 * have.
 *
 * status: 0
 * stdout: privilege was not gained */
#include "../guest/say.h"

static uint64_t seed = 31337;
static uint64_t frame[2048] __attribute__((aligned(64)));

static uint64_t next(void)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return seed;
}

static void from_garbage(void)
{
	for (size_t i = 0; i < 2048; i++)
		frame[i] = next();
	__asm__ volatile("mov %0, %%rsp\n\tmov $15, %%eax\n\tsyscall\n\tud2" ::"r"(frame));
	__builtin_unreachable();
}

static volatile int runs;
static int what;

/* Spoils the saved context of a real signal. */
static void handler(int sig, siginfo_t *si, void *ctx)
{
	uint64_t *gregs = (uint64_t *)((char *)ctx + 40); /* uc_mcontext: r8... */

	runs++;
	switch (what) {
	case 0: gregs[17] |= 0x3000 | 0x100 | 0x20000; break;   /* IOPL, TF, VM */
	case 1: gregs[18] = 0; break;                           /* cs 0 */
	case 2: gregs[18] = 0x10; break;                        /* the kernel's cs */
	case 3: gregs[18] = 0x23; break;                        /* 32-bit code */
	case 4: gregs[16] = 0x8000000000000000; break;          /* rip not canonical */
	case 5: gregs[15] = 0x8000000000000000; break;          /* rsp not canonical */
	case 6: gregs[23] = 0x1000; break;                      /* extended state at an odd place */
	case 7: memset(*(void **)&gregs[23], 0xff, 512); break; /* reserved MXCSR bits */
	case 8: memset((char *)*(void **)&gregs[23] + 512, 0xff, 64); break; /* XSAVE header */
	}
}

static void spoil(void)
{
	struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	raise(SIGUSR1);
	_exit(9);
}

int main(void)
{
	for (int i = 0; i < 30; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			seed += (uint64_t)i;
			from_garbage();
		}
		int status;
		waitpid(pid, &status, 0);
		if (!WIFSIGNALED(status))
			printf("garbage %d: status %#x\n", i, status);
	}
	for (what = 0; what < 9; what++)
		say_child("spoiled context", spoil);
	puts("privilege was not gained");
	return 0;
}
