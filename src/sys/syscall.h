/* syscall.h - the system call table and its dispatch. The table itself is syscalls.def, one row a call. */
#ifndef KEVSIM_SYS_SYSCALL_H
#define KEVSIM_SYS_SYSCALL_H

#include "core/types.h"
#include "sys/syscalls.h" /* prototypes of all handlers, made from syscalls.def */

#define SYSCALL_MAX 512

/* Serves the call in current->regs (number in orig_rax, arguments in rdi, rsi, rdx, r10, r8, r9) and puts the
 * result into rax. Charges the cost model, decodes for strace, reports unsupported calls. A handler that
 * replaced the register set (execve, rt_sigreturn) says so by syscall_no_result(). */
void syscall_dispatch(void);
void syscall_no_result(void);
/* What the handler returns is a value that may be any number (a position, a process group): it is never taken for the
 * wish to be restarted. */
void syscall_any_result(void);
/* Prints the whole table: number, name, arguments or the reason of a refusal; through emit. */
void syscall_list(void (*emit)(const char *line));
const char *syscall_name(uint64_t nr);

#endif
