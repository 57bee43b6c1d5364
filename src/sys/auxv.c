/* auxv.c - the initial stack of a program: argument and environment strings, the vectors that point to them
 * and the auxiliary vector (getauxval(3), System V ABI for x86-64, 3.4.1).
 *
 * LEAVES OUT: AT_HWCAP2 bits (none is advertised), AT_RSEQ_*. */
#include "sys/binprm.h"

#include <string.h>

#include "core/choice.h"
#include "core/cred.h"
#include "core/door.h"
#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "mm/mm.h"
#include "mm/usercopy.h"

enum {
	AT_NULL = 0,
	AT_PHDR = 3,
	AT_PHENT = 4,
	AT_PHNUM = 5,
	AT_PAGESZ = 6,
	AT_BASE = 7,
	AT_FLAGS = 8,
	AT_ENTRY = 9,
	AT_UID = 11,
	AT_EUID = 12,
	AT_GID = 13,
	AT_EGID = 14,
	AT_PLATFORM = 15,
	AT_HWCAP = 16,
	AT_CLKTCK = 17,
	AT_SECURE = 23,
	AT_RANDOM = 25,
	AT_HWCAP2 = 26,
	AT_EXECFN = 31,
	AT_SYSINFO_EHDR = 33,
	AT_MINSIGSTKSZ = 51,
};
#define AUXV_PAIRS_MAX 24
#define CLOCK_TICKS 100 /* sysconf(_SC_CLK_TCK) */
/* A signal frame without its XSAVE area: return address, ucontext, siginfo; plus alignment and the red zone.
 */
#define SIGFRAME_FIXED 440
#define SIGFRAME_SLACK 192

#define ARG_STRINGS_MIN 131072ULL    /* ARG_MAX: always allowed */
#define ARG_STRINGS_MAX (6ULL << 20) /* three quarters of the default stack */
#define PLATFORM "x86_64"

struct auxv {
	uint64_t pair[2 * AUXV_PAIRS_MAX];
	unsigned n;
};

static void aux(struct auxv *a, uint64_t type, uint64_t value)
{
	a->pair[a->n++] = type;
	a->pair[a->n++] = value;
}

static uint64_t string_bytes(const struct binprm *b)
{
	uint64_t n = strlen(b->name) + 1;

	for (uint32_t i = 0; i < b->argc; i++)
		n += strlen(b->argv[i]) + 1;
	for (uint32_t i = 0; i < b->args->envc; i++)
		n += strlen(b->args->envp[i]) + 1;
	return n;
}

static uint64_t vector_bytes(const struct binprm *b)
{
	/* argc, argv and envp with their NULLs */
	return ((uint64_t)b->argc + b->args->envc + 3) * sizeof(uint64_t);
}

int auxv_check_limits(const struct binprm *b)
{
	uint64_t limit = MIN(ARG_STRINGS_MAX, task_rlimit(RLIMIT_STACK_LINUX) / 4);
	uint64_t pointers = ((uint64_t)MAX(b->argc, 1U) + b->args->envc) * sizeof(uint64_t);

	limit = MAX(limit, ARG_STRINGS_MIN);
	if (pointers >= limit || string_bytes(b) > limit - pointers)
		return -E2BIG;
	return 0;
}

uint64_t auxv_stack_bytes(const struct binprm *b)
{
	/* a word of zero at the top, platform and random bytes, the vectors, alignment in between */
	return round_up(string_bytes(b) + vector_bytes(b) + sizeof(struct auxv) + 128, PAGE_SIZE);
}

static int put(struct binprm *b, const void *data, size_t n)
{
	b->sp -= n;
	return mm_copy_to(b->mm, b->sp, data, n) == (int64_t)n ? 0 : -EFAULT;
}

/* Writes the strings so that they stand in order in memory, and their addresses into where[]. */
static int put_strings(struct binprm *b, const char *const *s, uint32_t n, uint64_t *where)
{
	for (uint32_t i = n; i-- > 0;) {
		int err = put(b, s[i], strlen(s[i]) + 1);
		if (err)
			return err;
		where[i] = b->sp;
	}
	return 0;
}

static void fill_auxv(const struct binprm *b, struct auxv *a, uint64_t random, uint64_t platform,
		      uint64_t execfn)
{
	const struct cred *c = b->cred;
	uint64_t features;
	uint32_t cpuid[4] = {0, 0, 0, 0};

	door->cpuid(1, 0, cpuid);
	if (b->mm->vdso_base)
		aux(a, AT_SYSINFO_EHDR, b->mm->vdso_base);
	aux(a, AT_MINSIGSTKSZ,
	    round_up(SIGFRAME_FIXED + SIGFRAME_SLACK + (uint64_t)door->xstate_size(&features), 16));
	aux(a, AT_HWCAP, cpuid[3]);
	aux(a, AT_PAGESZ, PAGE_SIZE);
	aux(a, AT_CLKTCK, CLOCK_TICKS);
	aux(a, AT_PHDR, b->layout.phdr);
	aux(a, AT_PHENT, sizeof(struct elf_segment));
	aux(a, AT_PHNUM, b->elf.main.head.phnum);
	aux(a, AT_BASE, b->layout.interp_base);
	aux(a, AT_FLAGS, 0);
	aux(a, AT_ENTRY, b->layout.entry);
	aux(a, AT_UID, c->uid);
	aux(a, AT_EUID, c->euid);
	aux(a, AT_GID, c->gid);
	aux(a, AT_EGID, c->egid);
	aux(a, AT_SECURE, b->secure);
	aux(a, AT_RANDOM, random);
	aux(a, AT_HWCAP2, 0);
	aux(a, AT_EXECFN, execfn);
	aux(a, AT_PLATFORM, platform);
	aux(a, AT_NULL, 0);
}

/* The words from argc upwards: argc, argv..., NULL, envp..., NULL, auxv. vec has room for everything. */
static int put_vectors(struct binprm *b, uint64_t *vec, const uint64_t *argv, const uint64_t *envp,
		       const struct auxv *a)
{
	size_t n = 0;

	vec[n++] = b->argc;
	memcpy(vec + n, argv, b->argc * sizeof(*vec));
	n += b->argc;
	vec[n++] = 0;
	memcpy(vec + n, envp, b->args->envc * sizeof(*vec));
	n += b->args->envc;
	vec[n++] = 0;
	memcpy(vec + n, a->pair, a->n * sizeof(*vec));
	n += a->n;
	b->sp = round_down(b->sp - n * sizeof(*vec), 16) + n * sizeof(*vec);
	return put(b, vec, n * sizeof(*vec));
}

static int build(struct binprm *b, uint64_t *vec, uint64_t *where)
{
	uint64_t *argv = where, *envp = where + b->argc;
	struct auxv a = {.n = 0};
	uint64_t execfn, platform, zero = 0;
	uint8_t random[16];
	int err;

	err = put(b, &zero, sizeof(zero));
	err = err ? err : put(b, b->name, strlen(b->name) + 1);
	execfn = b->sp;
	b->mm->env_end = b->sp;
	err = err ? err : put_strings(b, (const char *const *)b->args->envp, b->args->envc, envp);
	b->mm->env_start = b->sp;
	b->mm->arg_end = b->sp;
	err = err ? err : put_strings(b, b->argv, b->argc, argv);
	b->mm->arg_start = b->sp;
	b->sp = round_down(b->sp, 16);
	err = err ? err : put(b, PLATFORM, sizeof(PLATFORM));
	platform = b->sp;
	choice_bytes(CHOICE_RNG, "AT_RANDOM", random, sizeof(random));
	err = err ? err : put(b, random, sizeof(random));
	if (err)
		return err;
	fill_auxv(b, &a, b->sp, platform, execfn);
	memcpy(b->mm->auxv, a.pair, MIN(sizeof(b->mm->auxv), a.n * sizeof(a.pair[0])));
	return put_vectors(b, vec, argv, envp, &a);
}

int auxv_build_stack(struct binprm *b, uint64_t stack_top)
{
	uint64_t *vec = kmalloc(vector_bytes(b) + sizeof(struct auxv));
	uint64_t *where = kmalloc(vector_bytes(b));
	int err = -ENOMEM;

	b->sp = stack_top;
	b->mm->stack_top = stack_top;
	if (vec && where)
		err = build(b, vec, where);
	kfree(vec);
	kfree(where);
	return err;
}
