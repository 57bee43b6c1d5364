/* cpu.h - the guest CPU as the kernel sees it: registers, traps and mapping operations.
 * The engines behind the door (src/hostcpu/) implement it; tests script it. */
#ifndef KEVSIM_CORE_CPU_H
#define KEVSIM_CORE_CPU_H

#include "core/types.h"

/* General registers of a guest thread, in the order of Linux's struct user_regs_struct. */
struct cpu_regs {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax, rip, cs,
	    eflags, rsp, ss, fs_base, gs_base, ds, es, fs, gs;
};
_Static_assert(sizeof(struct cpu_regs) == 27 * 8, "layout of struct user_regs_struct");

/* Extended state (x87, SSE, AVX...) in the standard, non-compacted XSAVE format. */
#define CPU_XSTATE_MAX 8192
struct cpu_xstate {
	_Alignas(64) uint8_t data[CPU_XSTATE_MAX];
};

enum cpu_prot {
	CPU_PROT_READ = 1,
	CPU_PROT_WRITE = 2,
	CPU_PROT_EXEC = 4
};

enum cpu_mapop_kind {
	CPU_MAP,     /* map npages consecutive frames from pfn at vaddr, replacing what is there */
	CPU_UNMAP,   /* remove whatever is mapped in the range */
	CPU_PROTECT, /* change the protection of a range that is mapped completely */
};

/* One operation on the host mappings of an address space. Ranges are page aligned, below CPU_GUEST_END. */
struct cpu_mapop {
	uint8_t kind; /* enum cpu_mapop_kind */
	uint8_t prot; /* enum cpu_prot bits */
	uint16_t unused;
	pfn_t pfn;
	uint64_t vaddr;
	uint64_t npages;
};

/* Guest addresses lie in [CPU_GUEST_START, CPU_GUEST_END). The engine's own stub page lies above the end. */
#define CPU_GUEST_START 0x10000ULL
#define CPU_GUEST_END 0x7ffff0000000ULL
/* The bases of fs and gs must be below: the host refuses any other. */
#define CPU_SEGMENT_BASE_END 0x7ffffffff000ULL

enum cpu_trap_kind {
	CPU_TRAP_SYSCALL, /* syscall instruction: regs.orig_rax is the number, rip behind the instruction */
	CPU_TRAP_BAD_SYSCALL, /* int 0x80, x32 or another entry that x86-64 Linux programs do not need; number void */
	CPU_TRAP_FAULT,     /* access to addr that the host mapping did not allow */
	CPU_TRAP_EXCEPTION, /* any other exception: signo/code/addr/trapno as Linux reports them */
	CPU_TRAP_RDTSC,     /* rdtsc or rdtscp at rip (insn_len bytes; rdtscp when 3) */
	CPU_TRAP_CPUID,     /* cpuid at rip (2 bytes) */
	CPU_TRAP_KICK,      /* stopped from outside, nothing happened in the guest; code 1: by the watchdog */
	CPU_TRAP_DEAD,      /* the engine lost the thread (host out of resources, killed from outside) */
};

struct cpu_trap {
	enum cpu_trap_kind kind;
	int signo;  /* EXCEPTION: Linux signal number */
	int code;   /* EXCEPTION, FAULT: si_code as the host reported it */
	int trapno; /* EXCEPTION: x86 vector when known, else 0 */
	uint8_t insn_len;
	uint64_t addr; /* FAULT, EXCEPTION: the address */
};

struct cpu_space;  /* a guest address space: one host process */
struct cpu_thread; /* a guest thread in one: one host thread */

#endif
