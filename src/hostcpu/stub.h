/* stub.h - the engine's pages in every guest process: position-independent code without a stack, and the list of
 * operations it executes. Both are read-only for the guest; kevsim writes the list through a mapping of its own. */
#ifndef KEVSIM_HOSTCPU_STUB_H
#define KEVSIM_HOSTCPU_STUB_H

/* Above CPU_GUEST_END, below the end of user space of 4-level paging. */
#define STUB_BASE 0x7fffff000000
#define STUB_CODE STUB_BASE
#define STUB_FILTER (STUB_BASE + 0x1000) /* struct sock_fprog and its instructions, for new guest threads */
#define STUB_OPS (STUB_BASE + 0x2000)
#define STUB_OPS_PAGES 4
#define STUB_SIZE 0x6000
#define STUB_USER_END 0x7ffffffff000

/* The frame file in guest processes. */
#define STUB_RAM_FD 3

#ifndef __ASSEMBLER__
#include <stdint.h>

/* One host system call of the mapper. */
struct stub_op {
	int64_t nr; /* < 0: end of the list */
	uint64_t arg[6];
	uint64_t pad;
};
#define STUB_OPS_MAX (STUB_OPS_PAGES * 4096 / sizeof(struct stub_op) - 1)

extern const char stub_start[], stub_end[];
extern const char
    stub_detach[]; /* first code of the template process: unmaps everything but the stub, becomes a mapper */
#endif

#endif
