/* engine.h - the guest engine `ptrace`: the CPU part of the live door. */
#ifndef KEVSIM_HOSTCPU_ENGINE_H
#define KEVSIM_HOSTCPU_ENGINE_H

#include "core/clock.h"
#include "core/cpu.h"

/* Starts the template process. ram_fd: the frame file. 0, or -1 with a reason in err. */
int engine_open(int ram_fd, enum clock_mode mode, char *err, size_t errlen);
void engine_close(void);
bool engine_cpuid_faulting(void);

/* The rows of door.def about the guest CPU. */
struct cpu_space *engine_space_create(void);
void engine_space_destroy(struct cpu_space *space);
struct cpu_thread *engine_thread_create(struct cpu_space *space);
void engine_thread_destroy(struct cpu_thread *thread);
void engine_run(struct cpu_thread *thread, const struct cpu_mapop *ops, size_t nops, struct cpu_regs *regs,
		bool regs_dirty, struct cpu_trap *trap);
void engine_xstate_get(struct cpu_thread *thread, struct cpu_xstate *xs);
void engine_xstate_set(struct cpu_thread *thread, const struct cpu_xstate *xs);
uint32_t engine_xstate_size(uint64_t *features);
void engine_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4]);

#endif
