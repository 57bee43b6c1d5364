/* signal_fault.c - do faults arrive as signals with the right address and code, and can a handler go on from
 * them? */
#include <setjmp.h>
#include <sys/mman.h>

#include "say.h"

static sigjmp_buf back;
static volatile int sig_no, sig_code;
static void *volatile sig_addr;
static char stack[65536];
static volatile int on_alt_stack;

static void handler(int sig, siginfo_t *si, void *ctx)
{
	char here;

	sig_no = sig;
	sig_code = si->si_code;
	sig_addr = si->si_addr;
	on_alt_stack = &here >= stack && &here < stack + sizeof(stack);
	siglongjmp(back, 1);
}

#define PROBE(what, code, at)                                                                                \
	do {                                                                                                 \
		if (sigsetjmp(back, 1) == 0) {                                                               \
			code;                                                                                \
			SAY("%s: nothing\n", what);                                                          \
		} else {                                                                                     \
			SAY("%s: signal %d code %d, address right: %d, alternate stack: %d\n", what, sig_no, \
			    sig_code, sig_addr == (void *)(at), on_alt_stack);                               \
		}                                                                                            \
	} while (0)

static int recurse(int n)
{
	volatile char frame[4096];

	frame[n & 4095] = 1;
	return n > 1000000 ? 0 : recurse(n + 1) + frame[0];
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof(stack)};
	volatile int zero = 0;

	TRY(sigaltstack(&ss, NULL));
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGFPE, &sa, NULL);
	sigaction(SIGILL, &sa, NULL);
	sigaction(SIGTRAP, &sa, NULL);

	char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	PROBE("read of the null page", (void)*(volatile char *)8, 8);
	PROBE("write to a read-only page", *(volatile char *)(page + 5) = 1, page + 5);
	PROBE("read of a PROT_NONE page", (void)*(volatile char *)none, none);
	munmap(page, 8192);
	PROBE("read after munmap", (void)*(volatile char *)(page + 4097), page + 4097);
	PROBE("jump to a page without execution", ((void (*)(void))stack)(), stack);
	PROBE("non-canonical address", (void)*(volatile char *)0x8000000000000000, 0);
	PROBE("division by zero", __asm__ volatile("cltd\n\tidivl %0" ::"m"(zero) : "eax", "edx"), sig_addr);
	PROBE("undefined instruction", __asm__ volatile("ud2"), sig_addr);
	PROBE("breakpoint", __asm__ volatile("int3"), 0);
	PROBE("privileged instruction", __asm__ volatile("hlt"), 0);
	PROBE("stack overflow", recurse(0), sig_addr);

	/* Beyond the end of a mapped file. */
	enter_scratch();
	int fd = open("file", O_RDWR | O_CREAT, 0600);
	write(fd, "hello", 5);
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	IS(page[4] == 'o' && page[5] == 0 && page[4095] == 0);
	PROBE("page beyond the end of the file", (void)*(volatile char *)(page + 4096), page + 4096);
	ftruncate(fd, 0);
	PROBE("page cut off by ftruncate", (void)*(volatile char *)page, page);
	return 0;
}
