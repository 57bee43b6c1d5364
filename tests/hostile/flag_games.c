/* flag_games.c - single-stepping itself, alignment checks, a cleared stack pointer, signals with no
 * stack to run on.
 *
 * status: 0
 * stdout: still here */
#include "../guest/say.h"

static void trap_flag(void)
{
	__asm__ volatile("pushf\n\torq $0x100, (%%rsp)\n\tpopf\n\tnop\n\tnop" ::: "memory", "cc");
	_exit(1);
}

static volatile int steps;
static void on_trap(int sig)
{
	steps++;
}

static void stepping(void)
{
	signal(SIGTRAP, on_trap);
	__asm__ volatile("pushf\n\torq $0x100, (%%rsp)\n\tpopf\n\tnop\n\tnop\n\tnop\n\tpushf\n\tandq "
			 "$~0x100, (%%rsp)\n\tpopf" ::
			     : "memory", "cc");
	_exit(steps >= 3 && steps < 20 ? 20 : 21);
}

static void alignment_check(void)
{
	static char buf[16];

	__asm__ volatile("pushf\n\torq $0x40000, (%%rsp)\n\tpopf\n\tmovl 1(%0), %%eax" ::"r"(buf)
			 : "eax", "memory", "cc");
	_exit(2);
}

static void no_stack(void)
{
	signal(SIGSEGV, on_trap);
	__asm__ volatile("xor %%esp, %%esp\n\tpush %%rax" ::: "memory");
	_exit(3);
}

static void bad_altstack(void)
{
	stack_t ss = {.ss_sp = (void *)0x10000, .ss_size = 65536};
	struct sigaction sa = {.sa_handler = on_trap, .sa_flags = SA_ONSTACK};

	sigaltstack(&ss, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	_exit(4);
}

static void on_segv(int sig)
{
	*(volatile char *)8 = 1;
}

static void fault_in_handler(void)
{
	struct sigaction sa = {.sa_handler = on_segv};

	sigaction(SIGSEGV, &sa, NULL);
	*(volatile char *)8 = 1;
	_exit(5);
}

static void endless_faults(void)
{
	struct sigaction sa = {.sa_handler = on_segv, .sa_flags = SA_NODEFER};

	sigaction(SIGSEGV, &sa, NULL);
	*(volatile char *)8 = 1;
	_exit(6);
}

static void nested_task(void)
{
	__asm__ volatile("pushf\n\torq $0x4000, (%%rsp)\n\tpopf" ::: "memory", "cc");
	_exit(getpid() > 0 ? 30 : 7);
}

static void direction_flag(void)
{
	__asm__ volatile("std");
	raise(SIGCHLD);
	__asm__ volatile("cld");
	_exit(31);
}

int main(void)
{
	say_child("trap flag", trap_flag);
	say_child("stepping", stepping);
	say_child("alignment check", alignment_check);
	say_child("no stack", no_stack);
	say_child("bad alternate stack", bad_altstack);
	say_child("fault in the handler", fault_in_handler);
	say_child("endless faults", endless_faults);
	say_child("nested task flag", nested_task);
	say_child("direction flag", direction_flag);
	puts("still here");
	return 0;
}
