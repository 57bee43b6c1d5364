/* syscalls.h - prototypes of all system call handlers and the argument kinds' C types, made from the two tables.
 *
 * A handler that differs from its row does not compile (its file includes this header); a row without a handler
 * does not link; a number or a name used twice does not compile (sys/syscall_table.c). */
#ifndef KEVSIM_SYS_SYSCALLS_H
#define KEVSIM_SYS_SYSCALLS_H

#include "core/types.h"

/* sysarg_FD and so on: the C type of an argument of each kind. */
#define KIND(name, ctype, printer) typedef ctype sysarg_##name;
#include "sys/syscall_kinds.def"
#undef KIND

#define REFUSED(nr, name, err, why)
#define SYSCALL0(nr, name, res) int64_t sys_##name(void);
#define SYSCALL1(nr, name, res, k1, a1) int64_t sys_##name(sysarg_##k1 a1);
#define SYSCALL2(nr, name, res, k1, a1, k2, a2) int64_t sys_##name(sysarg_##k1 a1, sysarg_##k2 a2);
#define SYSCALL3(nr, name, res, k1, a1, k2, a2, k3, a3) \
	int64_t sys_##name(sysarg_##k1 a1, sysarg_##k2 a2, sysarg_##k3 a3);
#define SYSCALL4(nr, name, res, k1, a1, k2, a2, k3, a3, k4, a4) \
	int64_t sys_##name(sysarg_##k1 a1, sysarg_##k2 a2, sysarg_##k3 a3, sysarg_##k4 a4);
#define SYSCALL5(nr, name, res, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5) \
	int64_t sys_##name(sysarg_##k1 a1, sysarg_##k2 a2, sysarg_##k3 a3, sysarg_##k4 a4, sysarg_##k5 a5);
#define SYSCALL6(nr, name, res, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, k6, a6)                            \
	int64_t sys_##name(sysarg_##k1 a1, sysarg_##k2 a2, sysarg_##k3 a3, sysarg_##k4 a4, sysarg_##k5 a5, \
			   sysarg_##k6 a6);
#include "sys/syscalls.def"
#undef REFUSED
#undef SYSCALL0
#undef SYSCALL1
#undef SYSCALL2
#undef SYSCALL3
#undef SYSCALL4
#undef SYSCALL5
#undef SYSCALL6

#endif
