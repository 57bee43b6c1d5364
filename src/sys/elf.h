/* elf.h - loading of 64-bit x86 ELF programs and their interpreters (elf(5), System V ABI chapter 5). */
#ifndef KEVSIM_SYS_ELF_H
#define KEVSIM_SYS_ELF_H

#include "core/types.h"

struct file;
struct mm;

#define ELF_HEAD_SIZE 256 /* how much of a file the loaders look at first */

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct elf_header) == 64, "Elf64_Ehdr");

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
_Static_assert(sizeof(struct elf_segment) == 56, "Elf64_Phdr");

/* One ELF file whose headers have been read. */
struct elf_file {
	struct file *file; /* the caller's */
	struct elf_header head;
	struct elf_segment *seg; /* owned; head.phnum of them */
};

/* A program ready to be mapped. */
struct elf_program {
	struct elf_file main, interp;
	struct file *interp_file; /* owned; NULL: no interpreter */
	bool exec_stack;
};

/* Where everything ended up. */
struct elf_layout {
	uint64_t start;       /* the first instruction: the interpreter's, if there is one */
	uint64_t entry;       /* the program's own (AT_ENTRY) */
	uint64_t phdr;        /* AT_PHDR, 0 if no segment holds them */
	uint64_t interp_base; /* AT_BASE, 0 without interpreter */
	uint64_t start_code, end_code, start_data, end_data;
	uint64_t brk; /* end of the program's memory, page aligned */
};

/* Reads and checks everything that Linux checks before the point of no return: the headers of file (whose
 * first n bytes are head) and of the interpreter it names. -ENOEXEC: not a program for this machine;
 * -ELIBBAD: the interpreter is not; errors of opening the interpreter; -ENOMEM. Release with elf_release() in
 * any case. */
int elf_open(struct elf_program *p, struct file *file, const uint8_t *head, size_t n);
/* Maps all segments into the (otherwise prepared, not current) mm. Any error means that the program cannot
 * run. */
int elf_map(const struct elf_program *p, struct mm *mm, struct elf_layout *out);
void elf_release(struct elf_program *p);

#endif
