/* syscall_table.c - the table of syscalls.def made into data: one thunk a row that unpacks the registers by
 * the arguments' kinds, so that a handler never sees a register.
 *
 * LEAVES OUT: everything that happens around a call (sys/syscall.c) and its text (sys/strace.c). */
#include "sys/syscall_table.h"

#include "core/errno.h"

/* From a register to an argument: the low half for the 32-bit types, as the ABI has it. */
#define FROM_REG_int(r) ((int)(uint32_t)(r))
#define FROM_REG_uint32_t(r) ((uint32_t)(r))
#define FROM_REG_int64_t(r) ((int64_t)(r))
#define FROM_REG_uint64_t(r) (r)
#define FROM_REG_uaddr_t(r) uaddr(r)

#define KIND(name, ctype, printer)                            \
	static inline sysarg_##name take_##name(uint64_t reg) \
	{                                                     \
		return FROM_REG_##ctype(reg);                 \
	}
#include "sys/syscall_kinds.def"
#undef KIND

#define THUNK(name, ...)                                     \
	static int64_t call_##name(const struct cpu_regs *r) \
	{                                                    \
		(void)r;                                     \
		return sys_##name(__VA_ARGS__);              \
	}
#define REFUSED(nr, name, err, why)
#define SYSCALL0(nr, name, res) THUNK(name)
#define SYSCALL1(nr, name, res, k1, a1) THUNK(name, take_##k1(r->rdi))
#define SYSCALL2(nr, name, res, k1, a1, k2, a2) THUNK(name, take_##k1(r->rdi), take_##k2(r->rsi))
#define SYSCALL3(nr, name, res, k1, a1, k2, a2, k3, a3) \
	THUNK(name, take_##k1(r->rdi), take_##k2(r->rsi), take_##k3(r->rdx))
#define SYSCALL4(nr, name, res, k1, a1, k2, a2, k3, a3, k4, a4) \
	THUNK(name, take_##k1(r->rdi), take_##k2(r->rsi), take_##k3(r->rdx), take_##k4(r->r10))
#define SYSCALL5(nr, name, res, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5)                         \
	THUNK(name, take_##k1(r->rdi), take_##k2(r->rsi), take_##k3(r->rdx), take_##k4(r->r10), \
	      take_##k5(r->r8))
#define SYSCALL6(nr, name, res, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, k6, a6)                 \
	THUNK(name, take_##k1(r->rdi), take_##k2(r->rsi), take_##k3(r->rdx), take_##k4(r->r10), \
	      take_##k5(r->r8), take_##k6(r->r9))
#include "sys/syscalls.def"
#undef REFUSED
#undef SYSCALL0
#undef SYSCALL1
#undef SYSCALL2
#undef SYSCALL3
#undef SYSCALL4
#undef SYSCALL5
#undef SYSCALL6

#define ROW(nr, nm, res, n, kinds, names) \
	[nr] = {.name = #nm,              \
		.call = call_##nm,        \
		.nargs = n,               \
		.result = RESULT_##res,   \
		.kind = kinds,            \
		.arg = names},
#define LIST(...)           \
	{                   \
		__VA_ARGS__ \
	}
#define REFUSED(nr, nm, err, reason) \
	[nr] = {.name = #nm, .why = reason, .refused_errno = err, .nargs = SYSCALL_NARGS},
#define SYSCALL0(nr, nm, res) [nr] = {.name = #nm, .call = call_##nm, .result = RESULT_##res},
#define SYSCALL1(nr, name, res, k1, a1) ROW(nr, name, res, 1, LIST(ARG_##k1), LIST(#a1))
#define SYSCALL2(nr, name, res, k1, a1, k2, a2) \
	ROW(nr, name, res, 2, LIST(ARG_##k1, ARG_##k2), LIST(#a1, #a2))
#define SYSCALL3(nr, name, res, k1, a1, k2, a2, k3, a3) \
	ROW(nr, name, res, 3, LIST(ARG_##k1, ARG_##k2, ARG_##k3), LIST(#a1, #a2, #a3))
#define SYSCALL4(nr, name, res, k1, a1, k2, a2, k3, a3, k4, a4) \
	ROW(nr, name, res, 4, LIST(ARG_##k1, ARG_##k2, ARG_##k3, ARG_##k4), LIST(#a1, #a2, #a3, #a4))
#define SYSCALL5(nr, name, res, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5)               \
	ROW(nr, name, res, 5, LIST(ARG_##k1, ARG_##k2, ARG_##k3, ARG_##k4, ARG_##k5), \
	    LIST(#a1, #a2, #a3, #a4, #a5))
#define SYSCALL6(nr, name, res, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, k6, a6)                 \
	ROW(nr, name, res, 6, LIST(ARG_##k1, ARG_##k2, ARG_##k3, ARG_##k4, ARG_##k5, ARG_##k6), \
	    LIST(#a1, #a2, #a3, #a4, #a5, #a6))
const struct syscall_row syscall_table[SYSCALL_MAX] = {
#include "sys/syscalls.def"
};
#undef ROW
#undef REFUSED
#undef SYSCALL0
#undef SYSCALL1
#undef SYSCALL2
#undef SYSCALL3
#undef SYSCALL4
#undef SYSCALL5
#undef SYSCALL6

/* Never called: a number that appears twice is a duplicate case, which does not compile. */
#define ROW_NUMBER(nr) \
	case nr:       \
		return true;
#define REFUSED(nr, name, err, why) ROW_NUMBER(nr)
#define SYSCALL0(nr, ...) ROW_NUMBER(nr)
#define SYSCALL1(nr, ...) ROW_NUMBER(nr)
#define SYSCALL2(nr, ...) ROW_NUMBER(nr)
#define SYSCALL3(nr, ...) ROW_NUMBER(nr)
#define SYSCALL4(nr, ...) ROW_NUMBER(nr)
#define SYSCALL5(nr, ...) ROW_NUMBER(nr)
#define SYSCALL6(nr, ...) ROW_NUMBER(nr)
__attribute__((unused)) static bool row_exists(unsigned nr)
{
	switch (nr) {
#include "sys/syscalls.def"
	default: return false;
	}
}

static const char *const kind_names[ARG_KINDS] = {
    [ARG_NONE] = "",
#define KIND(name, ctype, printer) [ARG_##name] = #name,
#include "sys/syscall_kinds.def"
#undef KIND
};

const char *arg_kind_name(uint8_t kind)
{
	return kind < ARG_KINDS ? kind_names[kind] : "";
}
