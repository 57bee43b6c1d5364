/* signal_return.c - rt_sigreturn(2) with frames that a handler has spoilt: what is repaired, what kills. */
#include <sys/resource.h>
#include <ucontext.h>

#include "say.h"

static int what;
static volatile uint64_t flags_after;

static void on_signal(int sig, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;
	greg_t *g = uc->uc_mcontext.gregs;
	uint8_t *fp = (uint8_t *)uc->uc_mcontext.fpregs;

	switch (what) {
	case 0: /* system flags do not get through: IOPL, NT, VM, ID stay as they were */
		g[REG_EFL] |= 0x3000 | 0x4000 | 0x20000 | 0x200000;
		break;
	case 1: /* a kernel code segment */ g[REG_CSGSFS] = (g[REG_CSGSFS] & ~0xffffLL) | 0x10; break;
	case 2: uc->uc_mcontext.fpregs = (void *)8; break;
	case 3: /* reserved bits of MXCSR */ memset(fp + 24, 0xff, 4); break;
	case 4: /* a compacted header */ fp[520 + 7] = 0x80; break;
	case 5: /* a feature that does not exist */ fp[512 + 7] = 0x40; break;
	case 6: /* no state at all: the initial one */ uc->uc_mcontext.fpregs = NULL; break;
	case 7: /* the second magic number is gone: only the legacy area counts */
		memset(fp + *(uint32_t *)(fp + 464 + 16), 0, 4);
		break;
	case 8: /* no description */ memset(fp + 464, 0, 48); break;
	case 9: g[REG_RIP] = (greg_t)0x8000000000000000; break;
	case 10: g[REG_RSP] = 0; break;
	case 11: /* reserved part of the header */ memset(fp + 528, 0xff, 48); break;
	case 12: /* a stack segment of nobody */ g[REG_CSGSFS] |= (greg_t)0x7000 << 48; break;
	case 13: /* an alternate stack that is not one is ignored */ uc->uc_stack.ss_flags = 77; break;
	}
}

static void try(void)
{
	struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	struct rlimit none = {0, 0};
	double before = 1.5, after;
	uint64_t flags;

	setrlimit(RLIMIT_CORE, &none);
	sigaction(SIGUSR1, &sa, NULL);
	long pid = getpid(), result;
	/* without a stack switch through libc: the value stays in a register across the signal */
	__asm__ volatile(
	    "movsd %3, %%xmm7\n\tmov $62, %%eax\n\tmov %4, %%rdi\n\tmov $10, %%esi\n\tsyscall\n\t"
	    "pushfq\n\tpop %1\n\tmovsd %%xmm7, %2"
	    : "=&a"(result), "=&r"(flags), "=m"(after)
	    : "m"(before), "r"(pid)
	    : "rdi", "rsi", "rcx", "r11", "memory", "xmm7");
	SAY("survived: kill = %ld, flags %s, register %s\n", result,
	    flags & (0x3000 | 0x4000 | 0x20000) ? "changed" : "clean",
	    after == before ? "kept"
	    : after == 0    ? "cleared"
			    : "other");
}

static void bare_sigreturn(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	__asm__ volatile("xor %%esp, %%esp\n\tmov $15, %%eax\n\tsyscall" ::: "memory");
}

int main(void)
{
	char name[32];

	for (what = 0; what <= 13; what++) {
		snprintf(name, sizeof(name), "frame %d", what);
		say_child(name, try);
	}
	say_child("sigreturn without a frame", bare_sigreturn);
	return 0;
}
