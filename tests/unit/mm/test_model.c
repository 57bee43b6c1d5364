/* test_model.c - address spaces against a naive model: an array with one element per page. Random mapping
 * calls, forks and guest accesses, with the host's view checked after each step. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/errno.h"
#include "mm/mm_fixture.h"
#include "mm/usercopy.h"

TestSuite(mm_model, .init = mm_setup, .fini = mm_teardown, .timeout = 120);

#define BASE 0x10000000ULL
#define PAGES 160U
#define SPACES 4U

struct page {
	bool mapped;
	uint8_t prot;
	bool dontfork, wipe;
	uint8_t value; /* of the byte at OFFSET */
};
#define OFFSET 100U

struct space {
	struct mm *mm;
	struct host_model host;
	struct page page[PAGES];
};
static struct space spaces[SPACES];

static uint64_t addr_of(uint32_t i)
{
	return BASE + i * PAGE_SIZE;
}

static uint32_t vma_flags_of(const struct page *p)
{
	return p->prot | VMA_MAYWRITE | (p->dontfork ? VMA_DONTFORK : 0) | (p->wipe ? VMA_WIPEONFORK : 0);
}

/* The VMAs are exactly the runs of equal pages. */
static void compare_layout(struct space *s)
{
	uint32_t runs = 0, flags = 0;

	for (uint32_t i = 0; i < PAGES; i++) {
		struct vma *v = mm_find_vma(s->mm, addr_of(i));
		bool mapped = v && v->start <= addr_of(i);
		cr_assert_eq(mapped, s->page[i].mapped, "page %u: mapped %d", i, mapped);
		if (!mapped) {
			flags = 0;
			continue;
		}
		cr_assert_eq(v->flags, vma_flags_of(&s->page[i]), "page %u: flags %x, not %x", i, v->flags,
			     vma_flags_of(&s->page[i]));
		runs += v->flags != flags;
		flags = v->flags;
	}
	cr_assert_eq(s->mm->nr_vmas, runs, "%u VMAs for %u runs", s->mm->nr_vmas, runs);
}

static void compare(struct space *s)
{
	mm_check(s->mm);
	compare_layout(s);
	host_apply(&s->host, s->mm);
}

/* A range of pages. */
static void random_range(uint32_t *first, uint32_t *n)
{
	*first = (uint32_t)mm_random(PAGES);
	*n = (uint32_t)mm_random(mm_random(3) ? 8 : PAGES - *first) + 1;
	if (*n > PAGES - *first)
		*n = PAGES - *first;
}

static void step_map(struct space *s, uint32_t first, uint32_t n)
{
	uint8_t prot = (uint8_t)mm_random(8);

	mm_anon(s->mm, addr_of(first), n, prot, MAP_FIXED_LINUX);
	for (uint32_t i = first; i < first + n; i++)
		s->page[i] = (struct page){.mapped = true, .prot = prot};
}

static void step_unmap(struct space *s, uint32_t first, uint32_t n)
{
	cr_assert_eq(mm_unmap(s->mm, addr_of(first), n * PAGE_SIZE), 0);
	for (uint32_t i = first; i < first + n; i++)
		s->page[i] = (struct page){0};
}

static void step_protect(struct space *s, uint32_t first, uint32_t n)
{
	uint8_t prot = (uint8_t)mm_random(8);
	int err = mm_protect(s->mm, addr_of(first), n * PAGE_SIZE, prot);
	uint32_t i;

	for (i = first; i < first + n && s->page[i].mapped; i++)
		s->page[i].prot = prot;
	cr_assert_eq(err, i < first + n ? -ENOMEM : 0);
}

static void step_advise(struct space *s, uint32_t first, uint32_t n)
{
	static const int advice[] = {MADV_DONTNEED_LINUX,   MADV_DONTNEED_LINUX, MADV_FREE_LINUX,
				     MADV_DONTFORK_LINUX,   MADV_DOFORK_LINUX,   MADV_WIPEONFORK_LINUX,
				     MADV_KEEPONFORK_LINUX, MADV_WILLNEED_LINUX};
	int a = advice[mm_random(ARRAY_LEN(advice))];
	bool hole = false;
	int err = mm_advise(s->mm, addr_of(first), n * PAGE_SIZE, a);

	for (uint32_t i = first; i < first + n; i++) {
		struct page *p = &s->page[i];
		if (!p->mapped) {
			hole = true;
			continue;
		}
		if (a == MADV_DONTNEED_LINUX || a == MADV_FREE_LINUX)
			p->value = 0;
		if (a == MADV_DONTFORK_LINUX || a == MADV_DOFORK_LINUX)
			p->dontfork = a == MADV_DONTFORK_LINUX;
		if (a == MADV_WIPEONFORK_LINUX || a == MADV_KEEPONFORK_LINUX)
			p->wipe = a == MADV_WIPEONFORK_LINUX;
	}
	cr_assert_eq(err, hole ? -ENOMEM : 0);
}

/* Is the range inside one VMA of the model? */
static bool uniform(const struct space *s, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++)
		if (!s->page[i].mapped || vma_flags_of(&s->page[i]) != vma_flags_of(&s->page[first]))
			return false;
	return true;
}

/* mremap to a fixed place that does not overlap. */
static void step_remap(struct space *s, uint32_t first, uint32_t n)
{
	uint32_t to = (uint32_t)mm_random(PAGES), m = (uint32_t)mm_random(12) + 1;
	struct page moved[PAGES];

	if (to + m > PAGES || (first + n > to && to + m > first) || m == 0)
		return;
	uint32_t keep = n < m ? n : m;
	int64_t got = mm_remap(s->mm, addr_of(first), n * PAGE_SIZE, m * PAGE_SIZE,
			       MREMAP_MAYMOVE_LINUX | MREMAP_FIXED_LINUX, addr_of(to));
	if (got < 0) {
		cr_assert_eq(got, -EFAULT);
		cr_assert(!uniform(s, first, keep));
		return;
	}
	cr_assert(uniform(s, first, keep), "moved what is not one mapping");
	for (uint32_t i = 0; i < m; i++) {
		moved[i] = s->page[first];
		moved[i].value = i < keep ? s->page[first + i].value : 0;
	}
	memset(&s->page[first], 0, n * sizeof(s->page[0]));
	memcpy(&s->page[to], moved, m * sizeof(s->page[0]));
}

/* A guest reads or writes; the model knows what must happen. */
static void step_touch(struct space *s, uint32_t i)
{
	struct page *p = &s->page[i];
	bool write = mm_random(2);
	uint8_t value = (uint8_t)mm_random(256), want = p->value;
	bool allowed = p->mapped && (write ? p->prot & PROT_WRITE_LINUX : p->prot != 0);
	int err = host_touch(&s->host, s->mm, addr_of(i) + OFFSET, write, &value);

	cr_assert_eq(err, allowed ? 0 : -EFAULT, "page %u: %s gives %d", i, write ? "write" : "read", err);
	if (!err && write)
		p->value = value;
	if (!err && !write)
		cr_assert_eq(value, want, "page %u holds %u, not %u", i, value, want);
}

/* The kernel reads or writes. */
static void step_copy(struct space *s, uint32_t i)
{
	struct page *p = &s->page[i];
	bool write = mm_random(2);
	uint8_t value = (uint8_t)mm_random(256);
	bool allowed = p->mapped && (write ? p->prot & PROT_WRITE_LINUX : p->prot != 0);
	mm_use(s->mm);
	int err = write ? copy_to_user(uaddr(addr_of(i) + OFFSET), &value, 1)
			: copy_from_user(&value, uaddr(addr_of(i) + OFFSET), 1);

	cr_assert_eq(err, allowed ? 0 : -EFAULT);
	if (!err && write)
		p->value = value;
	if (!err && !write)
		cr_assert_eq(value, p->value);
}

static void end_space(struct space *s)
{
	if (s->mm)
		mm_put(s->mm);
	host_free(&s->host);
	memset(s, 0, sizeof(*s));
}

static void step_fork(struct space *s)
{
	struct space *c = &spaces[mm_random(SPACES)];

	if (c == s)
		return;
	end_space(c);
	cr_assert_eq(mm_fork(s->mm, &c->mm), 0);
	for (uint32_t i = 0; i < PAGES; i++) {
		c->page[i] = s->page[i];
		if (s->page[i].dontfork)
			c->page[i] = (struct page){0};
		else if (s->page[i].wipe)
			c->page[i].value = 0;
	}
	compare(c);
	compare(s);
}

static void random_step(struct space *s)
{
	uint32_t first, n;

	random_range(&first, &n);
	switch (mm_random(20)) {
	case 0:
	case 1: step_map(s, first, n); break;
	case 2: step_unmap(s, first, n); break;
	case 3:
	case 4: step_protect(s, first, n); break;
	case 5: step_advise(s, first, n); break;
	case 6: step_remap(s, first, n); break;
	case 7: step_fork(s); break;
	case 8:
	case 9:
	case 10: step_copy(s, first); break;
	default: step_touch(s, first);
	}
}

static void run_history(int steps)
{
	spaces[0].mm = mm_create();
	for (int i = 0; i < steps; i++) {
		struct space *s = &spaces[mm_random(SPACES)];
		if (!s->mm)
			s = &spaces[0];
		if (!s->mm)
			s->mm = mm_create();
		random_step(s);
		compare(s);
		if (i % 200 == 0)
			frame_check();
	}
	for (unsigned i = 0; i < SPACES; i++)
		end_space(&spaces[i]);
}

/* Do mappings, contents, copy-on-write and the host's view agree with the model over a long history? */
Test(mm_model, random_history)
{
	run_history(20000);
}

/* The same while memory is so short that every run of frames is refused. */
Test(mm_model, random_history_short_of_memory)
{
	static pfn_t eaten[TEST_RAM_SIZE >> PAGE_SHIFT];
	uint32_t n = 0;

	while (frame_free() > 900)
		eaten[n++] = frame_alloc(FRAME_KERNEL, 0, false);
	cr_assert(!frame_plenty());
	run_history(8000);
	while (n)
		frame_put(eaten[--n]);
}
