/* signal_stack.c - alternate signal stacks (sigaltstack(2)): which handlers run there, nesting, SS_AUTODISARM,
 * overflow, and the frame itself: alignment, ucontext, the mask that comes back. */
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "say.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char alt[65536] __attribute__((aligned(64)));
static char *volatile where[4];
static volatile int n, flags_inside, aligned;
static sigjmp_buf back;

static int inside(const char *p)
{
	return p >= alt && p < alt + sizeof(alt);
}

static void on_plain(int sig)
{
	char here;
	stack_t ss;

	where[n++] = &here;
	sigaltstack(NULL, &ss);
	flags_inside = ss.ss_flags;
	if (sig == SIGUSR1)
		raise(SIGUSR2);
}

static void on_set_inside(int sig)
{
	stack_t ss = {.ss_sp = alt, .ss_size = sizeof(alt)};

	TRY(sigaltstack(&ss, NULL));
	ss.ss_flags = SS_DISABLE;
	TRY(sigaltstack(&ss, NULL));
}

static void on_context(int sig, siginfo_t *si, void *ctx)
{
	ucontext_t *uc = ctx;

	aligned = ((uintptr_t)__builtin_frame_address(0) & 15) == 0;
	IS(uc->uc_link == NULL);
	IS(uc->uc_stack.ss_size == sizeof(alt) && uc->uc_stack.ss_sp == alt);
	IS((uc->uc_flags & 1) == 1);
	IS(((uintptr_t)uc->uc_mcontext.fpregs & 63) == 0 && uc->uc_mcontext.fpregs != NULL);
	IS(uc->uc_mcontext.gregs[REG_RSP] != 0 && uc->uc_mcontext.gregs[REG_RIP] != 0);
	IS((uc->uc_mcontext.gregs[REG_CSGSFS] & 0xffff) == 0x33);
	IS((uc->uc_mcontext.gregs[REG_CSGSFS] >> 48 & 0xffff) == 0x2b);
	IS(sigismember(&uc->uc_sigmask, SIGUSR2) == 0 && sigismember(&uc->uc_sigmask, SIGHUP) == 1);
	/* what is written here holds after the return */
	sigaddset(&uc->uc_sigmask, SIGWINCH);
}

static void on_segv(int sig)
{
	char here;

	where[0] = &here;
	siglongjmp(back, 1);
}

static volatile int sink;
static void __attribute__((noinline)) recurse(volatile char *before)
{
	volatile char room[4096];

	room[0] = before ? before[0] : 1;
	if (room[0])
		recurse(room);
	sink = room[0];
}

static void set(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa = {.sa_handler = fn, .sa_flags = flags};

	sigaction(sig, &sa, NULL);
}

static void overflow_without(void)
{
	struct rlimit rl = {0, 0};

	setrlimit(RLIMIT_CORE, &rl);
	rl.rlim_cur = rl.rlim_max = 262144;
	setrlimit(RLIMIT_STACK, &rl);
	stack_t ss = {.ss_flags = SS_DISABLE};
	sigaltstack(&ss, NULL);
	set(SIGSEGV, on_segv, SA_ONSTACK);
	recurse(NULL);
}

static void stack_unmapped(void)
{
	struct rlimit rl = {0, 0};

	setrlimit(RLIMIT_CORE, &rl);
	void *gone = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t ss = {.ss_sp = gone, .ss_size = 65536};
	sigaltstack(&ss, NULL);
	set(SIGUSR1, on_plain, SA_ONSTACK);
	raise(SIGUSR1);
	SAY("not reached\n");
}

static void segv_on_bad_stack_handled(void)
{
	/* The frame of SIGUSR1 cannot be written; SIGSEGV has a handler on the ordinary stack. */
	void *gone = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t ss = {.ss_sp = gone, .ss_size = 65536};
	sigaltstack(&ss, NULL);
	set(SIGUSR1, on_plain, SA_ONSTACK);
	set(SIGSEGV, on_segv, 0);
	if (sigsetjmp(back, 1) == 0) {
		raise(SIGUSR1);
		SAY("not reached\n");
	}
	SAY("SIGSEGV instead\n");
}

int main(void)
{
	stack_t ss = {.ss_sp = alt, .ss_size = sizeof(alt)}, old;

	TRY(sigaltstack(NULL, &old));
	IS(old.ss_flags == SS_DISABLE && old.ss_size == 0 && old.ss_sp == NULL);
	ss.ss_size = 2047;
	TRY(syscall(SYS_sigaltstack, &ss, NULL));
	ss.ss_size = sizeof(alt);
	ss.ss_flags = 8;
	TRY(syscall(SYS_sigaltstack, &ss, NULL));
	ss.ss_flags = SS_ONSTACK;
	TRY(syscall(SYS_sigaltstack, &ss, NULL));
	ss.ss_flags = 0;
	TRY(sigaltstack(&ss, &old));
	IS(old.ss_flags == 0 && old.ss_sp == alt);
	TRY(syscall(SYS_sigaltstack, (void *)8, NULL));

	set(SIGUSR1, on_plain, 0);
	set(SIGUSR2, on_plain, SA_ONSTACK);
	raise(SIGUSR1);
	SAY("plain on the alternate stack: %d, nested with SA_ONSTACK: %d\n", inside(where[0]),
	    inside(where[1]));
	n = 0;
	set(SIGUSR1, on_plain, SA_ONSTACK);
	raise(SIGUSR1);
	SAY("outer %d, nested %d, nested is below: %d, flags inside %d\n", inside(where[0]), inside(where[1]),
	    where[1] < where[0], flags_inside);
	set(SIGUSR1, on_set_inside, SA_ONSTACK);
	raise(SIGUSR1);

	ss.ss_flags = (int)SS_AUTODISARM;
	TRY(sigaltstack(&ss, NULL));
	n = 0;
	set(SIGUSR1, on_plain, SA_ONSTACK);
	raise(SIGUSR1);
	SAY("disarmed: outer %d, flags inside %d\n", inside(where[0]), flags_inside);
	TRY(sigaltstack(NULL, &old));
	IS(old.ss_flags == (int)SS_AUTODISARM && old.ss_size == sizeof(alt));
	ss.ss_flags = 0;
	TRY(sigaltstack(&ss, NULL));

	struct sigaction sa = {.sa_sigaction = on_context, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	sigset_t mask;
	sigaction(SIGUSR2, &sa, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	raise(SIGUSR2);
	IS(aligned);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	IS(sigismember(&mask, SIGHUP) == 1 && sigismember(&mask, SIGWINCH) == 1 &&
	   sigismember(&mask, SIGUSR2) == 0);
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);

	struct rlimit rl = {262144, RLIM_INFINITY};
	setrlimit(RLIMIT_STACK, &rl);
	set(SIGSEGV, on_segv, SA_ONSTACK);
	if (sigsetjmp(back, 1) == 0)
		recurse(NULL);
	SAY("stack overflow handled on the alternate stack: %d\n", inside(where[0]));
	say_child("overflow without one", overflow_without);
	say_child("unmapped alternate stack", stack_unmapped);
	say_child("unmapped, SIGSEGV handled", segv_on_bad_stack_handled);
	return 0;
}
