/* engine_host.h - host processes and threads of the engine: the template process, spaces, threads, the mapper. */
#ifndef KEVSIM_HOSTCPU_ENGINE_HOST_H
#define KEVSIM_HOSTCPU_ENGINE_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/cpu.h"
#include "hostcpu/stub.h"

/* A host process. Its main thread is the mapper and is stopped whenever the list is not being executed. */
struct host_space {
	pid_t pid;           /* 0: slot free */
	bool in_use;         /* by a guest address space; else waiting for reuse */
	bool dirty;          /* has mappings of an earlier user: to be wiped before the next run */
	bool broken;         /* the host failed us: threads report CPU_TRAP_DEAD */
	uint32_t first_idle; /* parked threads, by slot + 1; 0: none */
	uint32_t nthreads;   /* in use */
	int32_t next_free;
};

/* A host thread that runs guest code, stopped whenever the guest is not running. */
struct host_thread {
	pid_t tid; /* 0: slot free */
	uint32_t space;
	bool stale_xstate; /* holds an earlier user's extended state: to be cleaned before it runs */
	uint32_t next_idle;
	int32_t next_free;
	bool broken;
};

/* The ends of src/hostcpu/template.c: creates the template process, attached and stopped. */
int template_start(int ram_fd, int stub_fd, bool *cpuid_faulting, char *err, size_t errlen);
/* Fills the stub file (code, filter) and maps it; returns its descriptor or -1. */
int template_make_stub(char *err, size_t errlen);
extern struct stub_op *stub_ops; /* our writable view of STUB_OPS */
extern const uint64_t engine_ptrace_options;

/* Slots grow on demand; pointers are valid until the next call of *_new. */
struct host_space *host_space(uint32_t slot);
struct host_thread *host_thread(uint32_t slot);
int64_t host_space_new(void);
int64_t host_thread_new(void);
void host_thread_free(uint32_t slot);
void host_space_free(uint32_t slot);
uint32_t host_space_slots(void);

/* Resumes the mapper of the process and waits until it has executed the n operations in stub_ops. 0 or -errno. With
 * expect_child, *child is the pid or tid of the thread or process that the list's clone made, already stopped at
 * its first trap. */
int mapper_run(pid_t pid, uint32_t n, bool expect_child, pid_t *child);

#endif
