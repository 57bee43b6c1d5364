/* syscall_table.h - the rows of syscalls.def as data, for dispatch, traces and lists. */
#ifndef KEVSIM_SYS_SYSCALL_TABLE_H
#define KEVSIM_SYS_SYSCALL_TABLE_H

#include "core/cpu.h"
#include "core/types.h"
#include "sys/syscall.h"

#define SYSCALL_NARGS 6

enum arg_kind {
	ARG_NONE,
#define KIND(name, ctype, printer) ARG_##name,
#include "sys/syscall_kinds.def"
#undef KIND
	ARG_KINDS,
};

enum result_kind {
	RESULT_INT,
	RESULT_COUNT,
	RESULT_HEX,
	RESULT_OCT,
	RESULT_VOID
};

/* One system call. */
struct syscall_row {
	const char *name; /* NULL: the number was never given out */
	const char *why;  /* refused calls: the reason */
	/* Unpacks the registers and calls the handler; NULL: refused. */
	int64_t (*call)(const struct cpu_regs *regs);
	uint16_t refused_errno;
	uint8_t nargs;
	uint8_t result;              /* enum result_kind */
	uint8_t kind[SYSCALL_NARGS]; /* enum arg_kind */
	const char *arg[SYSCALL_NARGS];
};

extern const struct syscall_row syscall_table[SYSCALL_MAX];
/* The name of a kind, for lists. */
const char *arg_kind_name(uint8_t kind);

/* Argument n of the call in regs. */
static inline uint64_t syscall_arg(const struct cpu_regs *regs, unsigned n)
{
	switch (n) {
	case 0: return regs->rdi;
	case 1: return regs->rsi;
	case 2: return regs->rdx;
	case 3: return regs->r10;
	case 4: return regs->r8;
	default: return regs->r9;
	}
}

#endif
