/* live.h - the live door: the real host behind the kernel. Set up once by main, before kernel_boot(). */
#ifndef KEVSIM_HOSTCPU_LIVE_H
#define KEVSIM_HOSTCPU_LIVE_H

#include "core/clock.h"
#include "core/types.h"

/* Where kernel objects, simulated RAM and kernel stacks sit in every run (below ASan's high memory limits). */
#define LIVE_ARENA_BASE 0x110000000000ULL
#define LIVE_RAM_BASE 0x200000000000ULL
#define LIVE_KSTACK_BASE 0x300000000000ULL

struct live_config {
	uint64_t ram_bytes;
	size_t arena_size;
	int verbose; /* 0: errors and warnings, 1: info, 2: debug */
	bool strace;
	const char *strace_path;       /* NULL: standard error */
	const char *const *host_roots; /* directories or files that the user handed over, by number */
	size_t nhost_roots;
	const bool *host_root_writable;
	enum clock_mode clock_mode;
	bool console_raw; /* put a terminal on standard input into raw mode */
};

/* Maps arena and RAM, opens the host roots, starts the guest engine and sets `door`. 0, or -1 with a one-line
 * reason in err; nothing stays open then. */
int live_open(const struct live_config *cfg, void **arena, void **ram, char *err, size_t errlen);

/* Ends every guest process, flushes what is buffered and restores the terminal. Safe to call twice. 0, or -1 when
 * buffered strace text could not be written (reported on stderr). */
int live_close(void);

/* True when guests cannot see the host's CPUID (the CPU and the host kernel support CPUID faulting). */
bool live_cpuid_faulting(void);

#endif
