/* hostevents.c - host signals and the watchdog timer.
 *
 * Handlers only set flags. SIGTERM and SIGHUP end kevsim at once, terminal restored: a guest that ignores them must not
 * keep the user's machine. SIGINT and SIGQUIT go to the guest; the third unanswered one ends kevsim too. */
#define _GNU_SOURCE
#include "hostcpu/hostevents.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "core/door.h"
#include "hostcpu/console.h"

#define TICK_USEC 20000

static volatile sig_atomic_t pending_int, pending_quit, tick_events, winch, ticks_in_burst, unanswered;
static stack_t alt_stack;

static void on_tick(int sig)
{
	(void)sig;
	ticks_in_burst++;
	tick_events = 1;
}

static void on_winch(int sig)
{
	(void)sig;
	winch = 1;
}

static void on_continue(int sig)
{
	(void)sig;
	console_resume();
	winch = 1;
}

static void on_interrupt(int sig)
{
	if (++unanswered >= 3) {
		console_restore();
		signal(sig, SIG_DFL);
		raise(sig);
	}
	if (sig == SIGINT)
		pending_int = 1;
	else
		pending_quit = 1;
}

/* The end by a signal: restore the terminal, then die of it. */
static void on_fatal(int sig)
{
	console_restore();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void on_bus(int sig)
{
	static const char msg[] = "kevsim: the host is out of memory (simulated RAM could not be provided)\n";

	(void)sig;
	console_restore();
	if (write(2, msg, sizeof(msg) - 1) < 0)
		_exit(125);
	_exit(125);
}

/* RDTSC or RDTSCP of our own: serve it with trapping off for a moment. */
static bool serve_rdtsc(greg_t *regs)
{
	const uint8_t *insn = (const uint8_t *)regs[REG_RIP];
	bool rdtscp = insn[0] == 0x0f && insn[1] == 0x01 && insn[2] == 0xf9;
	uint32_t aux = 0;
	uint64_t tsc;

	if (!rdtscp && !(insn[0] == 0x0f && insn[1] == 0x31))
		return false;
	prctl(PR_SET_TSC, PR_TSC_ENABLE);
	tsc = rdtscp ? __builtin_ia32_rdtscp(&aux) : __builtin_ia32_rdtsc();
	prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
	regs[REG_RAX] = (greg_t)(tsc & UINT32_MAX);
	regs[REG_RDX] = (greg_t)(tsc >> 32);
	if (rdtscp)
		regs[REG_RCX] = aux;
	regs[REG_RIP] += rdtscp ? 3 : 2;
	return true;
}

static void on_crash(int sig);

static void on_segv(int sig, siginfo_t *si, void *context)
{
	/* A general protection fault comes from the kernel, without an address. */
	if (si->si_code == SI_KERNEL && serve_rdtsc(((ucontext_t *)context)->uc_mcontext.gregs))
		return;
	on_crash(sig);
}

void hostevents_trap_tsc(void)
{
	struct sigaction sa = {.sa_sigaction = on_segv, .sa_flags = SA_ONSTACK | SA_NODEFER | SA_SIGINFO};

	sigemptyset(&sa.sa_mask);
	sigaction(SIGSEGV, &sa, NULL);
	prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
}

static void on_crash(int sig)
{
	static const char msg[] = "kevsim: internal error: the kernel crashed; please report it\n";

	console_restore();
	if (write(2, msg, sizeof(msg) - 1) > 0)
		signal(sig, SIG_DFL);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void handle(int sig, void (*fn)(int))
{
	struct sigaction sa = {.sa_handler = fn, .sa_flags = SA_ONSTACK | SA_NODEFER};

	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

int hostevents_open(void)
{
	struct itimerval it = {{0, TICK_USEC}, {0, TICK_USEC}};
	sigset_t set;

	alt_stack.ss_size = 65536;
	alt_stack.ss_sp = malloc(alt_stack.ss_size);
	if (!alt_stack.ss_sp || sigaltstack(&alt_stack, NULL) < 0)
		return -1;
	handle(SIGALRM, on_tick);
	handle(SIGWINCH, on_winch);
	handle(SIGCONT, on_continue);
	handle(SIGINT, on_interrupt);
	handle(SIGQUIT, on_interrupt);
	handle(SIGTERM, on_fatal);
	handle(SIGHUP, on_fatal);
	handle(SIGABRT, on_crash);
	handle(SIGBUS, on_bus);
	handle(SIGSEGV, on_crash);
	handle(SIGILL, on_crash);
	handle(SIGFPE, on_crash);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return setitimer(ITIMER_REAL, &it, NULL);
}

void hostevents_close(void)
{
	struct itimerval off = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, &off, NULL);
}

uint32_t hostevents_take(void)
{
	uint32_t ev = 0;

	if (tick_events) {
		tick_events = 0;
		ev |= DOOR_EVENT_CONSOLE;
	}
	if (winch) {
		winch = 0;
		ev |= DOOR_EVENT_WINCH;
	}
	if (pending_int || pending_quit)
		ev |= DOOR_EVENT_SIGNAL;
	return ev;
}

bool hostevents_kick_wanted(void)
{
	return pending_int || pending_quit || winch;
}

void hostevents_burst_begin(void)
{
	ticks_in_burst = 0;
}

unsigned hostevents_burst_ticks(void)
{
	return (unsigned)ticks_in_burst;
}

int hostevents_signal(void)
{
	if (pending_int) {
		pending_int = 0;
		unanswered = 0;
		return SIGINT;
	}
	if (pending_quit) {
		pending_quit = 0;
		unanswered = 0;
		return SIGQUIT;
	}
	return 0;
}

uint32_t hostevents_wait(int fd, int64_t timeout_ns)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct timespec ts, *timeout = NULL;
	struct itimerval off = {{0, 0}, {0, 0}}, it = {{0, TICK_USEC}, {0, TICK_USEC}};
	sigset_t block, old;
	uint32_t ev;
	int n = 0;

	if (timeout_ns >= 0) {
		ts = (struct timespec){timeout_ns / NSEC_PER_SEC, timeout_ns % NSEC_PER_SEC};
		timeout = &ts;
	}
	/* No ticks while idle; signals are let in only inside ppoll, so that none is missed before it. */
	setitimer(ITIMER_REAL, &off, NULL);
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGQUIT);
	sigaddset(&block, SIGWINCH);
	sigprocmask(SIG_BLOCK, &block, &old);
	tick_events = 0;
	ev = hostevents_take();
	if (!ev)
		n = ppoll(&p, 1, timeout, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	ev |= hostevents_take();
	if (n > 0)
		ev |= DOOR_EVENT_CONSOLE;
	return ev;
}
