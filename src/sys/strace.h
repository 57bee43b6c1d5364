/* strace.h - decoded system calls, signals and ends of tasks, in the format of strace(1).
 *
 * Observation only: it never faults a guest page in, costs no virtual time, draws no choice and allocates
 * nothing from the arena, so a run with and without it is the same run. Every function is to be called under
 * `if (strace_enabled)`. */
#ifndef KEVSIM_SYS_STRACE_H
#define KEVSIM_SYS_STRACE_H

#include "core/types.h"

struct cpu_regs;
struct siginfo_linux;
struct syscall_row;

extern bool strace_enabled;

/* A call on its way; lives on the stack of the dispatcher. */
struct strace_call {
	const struct syscall_row *row; /* NULL: no such call */
	uint64_t nr;
	uint64_t arg[6];
	const void *mm;   /* the address space that the arguments point into */
	unsigned printed; /* arguments written so far */
	bool separated;   /* the comma in front of the next one is written */
};

/* current enters the call in its registers: writes the name and the arguments known so far. */
void strace_enter(struct strace_call *c, const struct syscall_row *row, uint64_t nr);
/* It returned ret (a value, a negative errno or an ERESTART code): writes the rest. */
void strace_leave(struct strace_call *c, int64_t ret);
/* The program that boot started, as if current had made the execve(2) itself. */
void strace_first_exec(const char *path, char *const *argv, unsigned envc);
/* A signal is delivered to current (to a handler or for its default action, not when ignored). */
void strace_signal(const struct siginfo_linux *info);
/* current, or its whole process, was stopped by signo. */
void strace_stop(int signo);
/* current ends; code as wait(2) reports it. */
void strace_exit(int32_t code);

#endif
