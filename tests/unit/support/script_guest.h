/* script_guest.h - the guest CPU of the scripted door; for script_door.c only. */
#ifndef KEVSIM_TESTS_SCRIPT_GUEST_H
#define KEVSIM_TESTS_SCRIPT_GUEST_H

#include "core/door.h"

struct cpu_space *script_space_create(void);
void script_space_destroy(struct cpu_space *space);
struct cpu_thread *script_thread_create(struct cpu_space *space);
void script_thread_destroy(struct cpu_thread *thread);
void script_guest_run(struct cpu_thread *thread, const struct cpu_mapop *ops, size_t nops,
		      struct cpu_regs *regs, bool regs_dirty, struct cpu_trap *trap);
void script_xstate_get(struct cpu_thread *thread, struct cpu_xstate *xs);
void script_xstate_set(struct cpu_thread *thread, const struct cpu_xstate *xs);
uint32_t script_xstate_size(uint64_t *features);
void script_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
/* script_door.c */
uint8_t *script_frame(pfn_t pfn);

#endif
