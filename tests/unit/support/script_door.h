/* script_door.h - a door for tests: no host, no processes. Guests are C functions on stacks of their own.
 *
 * A guest starts when its thread runs for the first time: regs.rip is the function, regs.rdi its argument. It
 * traps by calling guest_syscall() and the like, and reads and writes guest memory through guest_load() and
 * guest_store(), which obey the mappings that the kernel has applied, and fault like a CPU. A signal handler
 * is a C function as well: delivered when the kernel has set rip to it. */
#ifndef KEVSIM_TESTS_SCRIPT_DOOR_H
#define KEVSIM_TESTS_SCRIPT_DOOR_H

#include "core/door.h"

/* A standard stream. */
struct script_stream {
	struct con_info info;
	const char *input; /* what con_read() gives; NULL: end of file at once */
	size_t input_len, input_pos;
	bool starved; /* at the end of input: -EAGAIN instead of end of file */
	char output[65536];
	size_t output_len;
};

/* What a test sets and looks at. Reset by script_door_init(). */
struct script {
	struct script_stream stream[3];
	uint32_t events; /* the next poll_events() or idle() reports them, once */
	ktime_t sample;  /* clock_sample() */
	int signal;      /* the next host_signal(), once */
	uint32_t (*idle)(ktime_t now, ktime_t next, bool wait_live); /* called instead of the default */
	uint64_t nidle, nidle_live;                                  /* calls of idle() */
	char log[65536];                                             /* everything logged */
	size_t log_len;
	bool echo_log;                        /* also to stderr */
	uint64_t nspaces, nthreads, nkstacks; /* living ones */
};
extern struct script script;

/* The operations behind `door`; a test may replace single ones. */
extern struct door_ops script_door;

/* ram: where frame 0 lies. Sets `door`. */
void script_door_init(void *ram);
bool script_logged(const char *text);

/* --- for guests, on their own stacks ---------------------------------------------------------- */
int64_t guest_syscall(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);
/* The registers as the kernel will see them at the next trap (and as it left them at the last). */
struct cpu_regs *guest_regs(void);
void guest_load(void *dst, uint64_t addr, size_t n);
void guest_store(uint64_t addr, const void *src, size_t n);
/* Any other trap. */
void guest_trap(const struct cpu_trap *trap);
/* The same with a chosen rip; returns when the kernel lets the guest go on at `until`. */
void guest_trap_at(const struct cpu_trap *trap, uint64_t rip, uint64_t until);
/* How many pages the current guest's address space has mapped at the host. */
uint64_t guest_mapped_pages(void);

#endif
