/* binprm.h - a program on its way into memory: what exec's parts share (private to exec*.c, script.c,
 * auxv.c). */
#ifndef KEVSIM_SYS_BINPRM_H
#define KEVSIM_SYS_BINPRM_H

#include "core/types.h"
#include "sys/elf.h"
#include "sys/exec.h"

struct cred;
struct file;
struct mm;
struct cpu_regs;

#define SCRIPT_DEPTH_MAX 5 /* interpreters of interpreters */
#define BINPRM_OWNED_MAX (SCRIPT_DEPTH_MAX * 3)

struct binprm {
	struct file *file; /* the file to load now: the program, then its interpreters */
	uint8_t head[ELF_HEAD_SIZE];
	size_t head_len;
	const char *name;     /* as the caller names it: AT_EXECFN, comm */
	const char *interp;   /* what a script's interpreter gets as its name */
	bool name_will_close; /* name goes through a close-on-exec descriptor */
	const char **argv;    /* owned array of argc borrowed strings, with room in front for scripts */
	uint32_t argc;
	const struct exec_args *args;
	char *owned[BINPRM_OWNED_MAX]; /* strings that scripts brought in */
	unsigned nowned;
	struct cred *cred; /* what the program runs with */
	bool secure;       /* AT_SECURE */
	struct elf_program elf;
	struct elf_layout layout;
	struct mm *mm; /* the new address space */
	uint64_t sp;
};

/* Is this a "#!" script? Then puts the interpreter in place of the file and rewrites argv: 1. 0: not a
 * script. -ENOEXEC, errors of opening the interpreter, -ENOMEM. */
int script_load(struct binprm *b);
/* Opens name as b->file (closing the old one) and reads its head. */
int binprm_open(struct binprm *b, const char *name);

/* A random multiple of the page size below n pages: 0 for a task that asked for fixed addresses. */
uint64_t binprm_random_pages(const char *label, uint64_t n);

/* Bytes of strings and pointers against the limits of execve(2): 0 or -E2BIG. */
int auxv_check_limits(const struct binprm *b);
/* Builds the initial stack in b->mm: strings, auxiliary vector, envp, argv; sets b->sp and the bounds in mm.
 * stack_top is the end of the stack mapping. */
int auxv_build_stack(struct binprm *b, uint64_t stack_top);
/* Bytes that the stack will take, rounded up to pages. */
uint64_t auxv_stack_bytes(const struct binprm *b);

#endif
