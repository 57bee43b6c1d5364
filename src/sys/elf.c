/* elf.c - the ELF loader: headers, PT_INTERP, PT_LOAD, PT_GNU_STACK (elf(5)).
 *
 * No number of a file is trusted: each is checked before it is used in an address, a size or a loop. The two
 * stages follow Linux, so that a broken program fails with the same error (elf_open) or dies at its start
 * (elf_map).
 *
 * LEAVES OUT: 32-bit programs, PT_GNU_PROPERTY (no shadow stacks, no IBT), core files. */
#include "sys/elf.h"

#include <string.h>

#include "core/cpu.h"
#include "core/errno.h"
#include "core/kmem.h"
#include "fs/file.h"
#include "mm/mm.h"
#include "mm/usercopy.h"
#include "sys/binprm.h"

#define ET_EXEC 2
#define ET_DYN 3
#define EM_X86_64 62
#define PT_LOAD 1
#define PT_INTERP 3
#define PT_GNU_STACK 0x6474e551U
#define PF_X 1U
#define PF_W 2U
#define PF_R 4U
#define SEGMENT_BYTES_MAX 65536

/* Where position-independent programs go: two thirds up, as on Linux, plus 28 random bits of pages. */
#define PIE_BASE (CPU_GUEST_END / 3 * 2)
#define PIE_RANDOM_PAGES (1ULL << 28)

static bool header_is_good(const struct elf_header *h)
{
	return memcmp(h->ident, "\177ELF", 4) == 0 && (h->type == ET_EXEC || h->type == ET_DYN) &&
	       h->machine == EM_X86_64;
}

/* Whole or nothing: 0, -EIO when the file is too short, errors of reading. */
static int read_exact(struct file *f, void *buf, size_t n, uint64_t off)
{
	if (off > INT64_MAX - n)
		return -EINVAL;
	int64_t got = file_read_kernel(f, buf, n, off);
	if (got < 0)
		return (int)got;
	return (uint64_t)got == n ? 0 : -EIO;
}

static int read_segments(struct elf_file *e)
{
	size_t bytes = (size_t)e->head.phnum * sizeof(struct elf_segment);

	if (e->head.phentsize != sizeof(struct elf_segment) || bytes == 0 || bytes > SEGMENT_BYTES_MAX)
		return -ENOEXEC;
	e->seg = kmalloc(bytes);
	if (!e->seg)
		return -ENOMEM;
	return read_exact(e->file, e->seg, bytes, e->head.phoff) ? -ENOEXEC : 0;
}

static int open_interp(struct elf_program *p, const struct elf_segment *seg)
{
	if (seg->filesz > PATH_MAX || seg->filesz < 2)
		return -ENOEXEC;
	struct file *f;
	char *name = kmalloc(seg->filesz);
	if (!name)
		return -ENOMEM;
	int err = read_exact(p->main.file, name, seg->filesz, seg->offset);
	if (err == 0 && name[seg->filesz - 1] != '\0')
		err = -ENOEXEC;
	/* Linux walks an empty name to the current directory, which is not executable. */
	if (err == 0)
		err = name[0] ? vfs_open_exec(NULL, name, WALK_FOLLOW, &f) : -EACCES;
	kfree(name);
	if (err)
		return err;
	p->interp_file = p->interp.file = f;
	err = read_exact(p->interp_file, &p->interp.head, sizeof(p->interp.head), 0);
	if (err)
		return err;
	if (memcmp(p->interp.head.ident, "\177ELF", 4) != 0 || p->interp.head.machine != EM_X86_64)
		return -ELIBBAD;
	err = read_segments(&p->interp);
	return err == -ENOEXEC ? -ELIBBAD : err;
}

int elf_open(struct elf_program *p, struct file *file, const uint8_t *head, size_t n)
{
	memset(p, 0, sizeof(*p));
	p->main.file = file;
	if (n < sizeof(p->main.head))
		return -ENOEXEC;
	memcpy(&p->main.head, head, sizeof(p->main.head));
	if (!header_is_good(&p->main.head) || !file->ops->mmap)
		return -ENOEXEC;
	int err = read_segments(&p->main);
	if (err)
		return err;
	for (unsigned i = 0; i < p->main.head.phnum; i++) {
		const struct elf_segment *seg = &p->main.seg[i];
		if (seg->type == PT_GNU_STACK)
			p->exec_stack = (seg->flags & PF_X) != 0;
		if (seg->type == PT_INTERP && !p->interp_file) {
			err = open_interp(p, seg);
			if (err)
				return err;
		}
	}
	return 0;
}

void elf_release(struct elf_program *p)
{
	kfree(p->main.seg);
	kfree(p->interp.seg);
	if (p->interp_file)
		vfs_close_exec(p->interp_file);
	memset(p, 0, sizeof(*p));
}

static uint32_t segment_prot(const struct elf_segment *s)
{
	return (s->flags & PF_R ? PROT_READ_LINUX : 0U) | (s->flags & PF_W ? PROT_WRITE_LINUX : 0U) |
	       (s->flags & PF_X ? PROT_EXEC_LINUX : 0U);
}

/* The range and alignment that an image's PT_LOADs span. -EINVAL: an impossible one. */
struct elf_span {
	uint64_t lo, hi, align; /* hi == 0: no segment */
};

static int image_span(const struct elf_file *e, struct elf_span *span)
{
	*span = (struct elf_span){.lo = UINT64_MAX, .hi = 0, .align = PAGE_SIZE};
	for (unsigned i = 0; i < e->head.phnum; i++) {
		const struct elf_segment *s = &e->seg[i];
		if (s->type != PT_LOAD)
			continue;
		if (s->filesz > s->memsz || s->memsz > CPU_GUEST_END || s->vaddr > CPU_GUEST_END - s->memsz)
			return -EINVAL;
		span->lo = MIN(span->lo, round_down(s->vaddr, PAGE_SIZE));
		span->hi = MAX(span->hi, round_up(s->vaddr + s->memsz, PAGE_SIZE));
		if (s->align > span->align && (s->align & (s->align - 1)) == 0)
			span->align = s->align;
	}
	return 0;
}

static int map_file_part(struct mm *mm, struct file *f, const struct elf_segment *s, uint64_t addr)
{
	uint64_t in_page = s->vaddr & (PAGE_SIZE - 1);
	struct mm_map_args a = {
	    .addr = addr - in_page,
	    .len = round_up(s->filesz + in_page, PAGE_SIZE),
	    .prot = segment_prot(s),
	    .flags = MAP_PRIVATE_LINUX | MAP_FIXED_LINUX | MAP_DENYWRITE_LINUX,
	    .vma_flags = VMA_MAYWRITE,
	    .file = f,
	};

	if (s->offset < in_page || ((s->offset - in_page) & (PAGE_SIZE - 1)) ||
	    s->offset > INT64_MAX - s->filesz)
		return -EINVAL;
	a.pgoff = (s->offset - in_page) >> PAGE_SHIFT;
	if (!f->ops->mmap)
		return -ENODEV;
	int err = f->ops->mmap(f, &a);
	if (err)
		return err;
	int64_t got = mm_map(mm, &a);
	return got < 0 ? (int)got : 0;
}

/* Zeroes [from, to) inside one page through the new address space. */
static int zero_tail(struct mm *mm, uint64_t from, uint64_t to)
{
	static const uint8_t zeros[PAGE_SIZE];

	return mm_copy_to(mm, from, zeros, to - from) == (int64_t)(to - from) ? 0 : -EFAULT;
}

static int map_segment(struct mm *mm, struct file *f, const struct elf_segment *s, uint64_t bias)
{
	uint64_t addr = s->vaddr + bias;
	uint64_t file_end = addr + s->filesz, mem_end = addr + s->memsz;
	uint64_t anon_start = s->filesz ? round_up(file_end, PAGE_SIZE) : round_down(addr, PAGE_SIZE);
	uint64_t anon_end = round_up(mem_end, PAGE_SIZE);
	int err;

	if (s->filesz) {
		err = map_file_part(mm, f, s, addr);
		if (err)
			return err;
	}
	if (s->memsz > s->filesz && s->filesz && (file_end & (PAGE_SIZE - 1)) && (s->flags & PF_W)) {
		err = zero_tail(mm, file_end, round_up(file_end, PAGE_SIZE));
		if (err)
			return err;
	}
	if (s->memsz > s->filesz && anon_end > anon_start) {
		struct mm_map_args a = {
		    .addr = anon_start,
		    .len = anon_end - anon_start,
		    .prot = PROT_READ_LINUX | PROT_WRITE_LINUX | (segment_prot(s) & PROT_EXEC_LINUX),
		    .flags = MAP_PRIVATE_LINUX | MAP_FIXED_LINUX | MAP_ANONYMOUS_LINUX,
		};
		int64_t got = mm_map(mm, &a);
		if (got < 0)
			return (int)got;
	}
	return 0;
}

/* Is nothing mapped in [lo, hi)? Segments may replace each other, but never the stack or the vDSO. */
static bool range_is_free(struct mm *mm, uint64_t lo, uint64_t hi)
{
	const struct vma *v = mm_find_vma(mm, lo);

	return !v || v->start >= hi;
}

static int map_image(struct mm *mm, const struct elf_file *e, const struct elf_span *span, uint64_t bias)
{
	if (span->hi + bias > CPU_GUEST_END || span->lo + bias < CPU_GUEST_START)
		return -EINVAL;
	if (!range_is_free(mm, span->lo + bias, span->hi + bias))
		return -EEXIST;
	for (unsigned i = 0; i < e->head.phnum; i++) {
		if (e->seg[i].type != PT_LOAD)
			continue;
		int err = map_segment(mm, e->file, &e->seg[i], bias);
		if (err)
			return err;
	}
	return 0;
}

/* A bias that puts the image where mmap(2) would put it, aligned as it asks. */
static int find_bias(struct mm *mm, const struct elf_span *span, uint64_t *bias)
{
	uint64_t slack = span->align > PAGE_SIZE ? span->align : 0;
	struct mm_map_args a = {
	    .len = span->hi - span->lo + slack,
	    .flags = MAP_PRIVATE_LINUX | MAP_ANONYMOUS_LINUX | MAP_NORESERVE_LINUX,
	};

	if (slack > CPU_GUEST_END)
		return -EINVAL;
	int64_t at = mm_map(mm, &a);
	if (at < 0)
		return (int)at;
	int err = mm_unmap(mm, (uint64_t)at, a.len);
	if (err)
		return err;
	*bias = round_up((uint64_t)at, span->align) - round_down(span->lo, span->align);
	if (*bias + span->lo < (uint64_t)at)
		*bias = (uint64_t)at - span->lo;
	return 0;
}

static int map_main(const struct elf_program *p, struct mm *mm, uint64_t *bias, struct elf_span *span)
{
	int err = image_span(&p->main, span);

	*bias = 0;
	if (err || span->hi == 0)
		return err;
	if (p->main.head.type == ET_DYN) {
		if (span->align > PIE_BASE)
			return -EINVAL;
		*bias = PIE_BASE + binprm_random_pages("address of a program", PIE_RANDOM_PAGES);
		*bias = round_down(*bias, span->align) - round_down(span->lo, span->align);
	}
	return map_image(mm, &p->main, span, *bias);
}

static int map_interp(const struct elf_program *p, struct mm *mm, struct elf_layout *out)
{
	struct elf_span span;
	uint64_t bias = 0;
	int err;

	if (!header_is_good(&p->interp.head))
		return -EINVAL;
	err = image_span(&p->interp, &span);
	if (err || span.hi == 0)
		return -EINVAL;
	if (p->interp.head.type == ET_DYN) {
		err = find_bias(mm, &span, &bias);
		if (err)
			return err;
	}
	err = map_image(mm, &p->interp, &span, bias);
	if (err)
		return err;
	out->interp_base = bias;
	out->start = bias + p->interp.head.entry;
	return 0;
}

/* Where the program finds its own headers in memory, and the bounds that /proc shows. */
static void note_segments(const struct elf_file *e, uint64_t bias, struct elf_layout *out)
{
	out->start_code = UINT64_MAX;
	for (unsigned i = 0; i < e->head.phnum; i++) {
		const struct elf_segment *s = &e->seg[i];
		uint64_t start = s->vaddr + bias;
		if (s->type != PT_LOAD)
			continue;
		if (!out->phdr && s->offset <= e->head.phoff && e->head.phoff - s->offset < s->filesz)
			out->phdr = e->head.phoff - s->offset + start;
		if ((s->flags & PF_X) && start < out->start_code)
			out->start_code = start;
		out->start_data = MAX(out->start_data, start);
		if (s->flags & PF_X)
			out->end_code = MAX(out->end_code, start + s->filesz);
		out->end_data = MAX(out->end_data, start + s->filesz);
	}
	if (out->start_code == UINT64_MAX)
		out->start_code = 0;
}

int elf_map(const struct elf_program *p, struct mm *mm, struct elf_layout *out)
{
	struct elf_span span;
	uint64_t bias;
	int err;

	memset(out, 0, sizeof(*out));
	err = map_main(p, mm, &bias, &span);
	if (err)
		return err;
	out->entry = p->main.head.entry + bias;
	out->start = out->entry;
	out->brk = span.hi + bias;
	note_segments(&p->main, bias, out);
	if (p->interp_file) {
		err = map_interp(p, mm, out);
		if (err)
			return err;
	}
	return out->start < CPU_GUEST_END ? 0 : -EINVAL;
}
