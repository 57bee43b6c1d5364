/* sigaltstack.h - alternate signal stacks (sigaltstack(2)). */
#ifndef KEVSIM_SYS_SIGALTSTACK_H
#define KEVSIM_SYS_SIGALTSTACK_H

#include "core/abi_signal.h"

struct task;

/* Is sp inside t's alternate stack, so that a frame goes below it? Always false with SS_AUTODISARM. */
bool sigaltstack_contains(const struct task *t, uint64_t sp);
/* The same without regard to SS_AUTODISARM. */
bool sigaltstack_in_range(const struct task *t, uint64_t sp);
/* SS_DISABLE, SS_ONSTACK or 0: enabled and not in use. */
int sigaltstack_flags(const struct task *t, uint64_t sp);
/* rt_sigreturn: puts back the stack saved in a frame; a bad one is ignored. */
void sigaltstack_restore(const struct stack_linux *ss);

#endif
