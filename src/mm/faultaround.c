/* faultaround.c - the surroundings of a fault, and what a program touches first.
 *
 * A page that goes onto the host together with another one costs a fraction of a microsecond, by a fault of
 * its own a dozen. So each fault of a guest takes along what is in a window of 64 aligned pages around it:
 * pages that are present, as after fork, and pages of files that are in the cache. The window may reach into
 * other VMAs, because the segments of a small program lie in one. Runs of neighbouring frames with equal
 * permissions are one operation; the number of operations is limited, because each costs more than its pages.
 *
 * The data of a program image is going to be written as the program starts: its pages are copied in the same
 * go.
 *
 * Leaves out: learning from the past, apart from the few pages that a process writes after each fork
 * (hot.c). */
#include "mm/faultaround.h"

#include <string.h>

#include "core/kassert.h"
#include "mm/fault.h"
#include "mm/mapops.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"

#define WINDOW_PAGES 64U
/* So many pages of image data are copied around a fault. */
#define COPY_PAGES 16U
/* Operations that a window may cost apart from the one for the page itself. */
#define AROUND_OPS 8U

static bool installable(uint64_t pte)
{
	return (pte & PTE_PRESENT) && (pte & PTE_PERMS) && !(pte & PTE_INSTALLED);
}

/* Does b, one page further, continue the mapping of a? */
static bool continues(uint64_t a, uint64_t b)
{
	return installable(b) && pte_pfn(b) == pte_pfn(a) + 1 && !((a ^ b) & PTE_PERMS);
}

static void install_run(struct mm *mm, uint64_t addr, uint64_t *pte, uint64_t n)
{
	mapops_map(mm, addr, pte_pfn(*pte), n, *pte & PTE_PERMS);
	for (uint64_t i = 0; i < n; i++)
		pte[i] |= PTE_INSTALLED;
}

/* Puts the present pages of [start, end), which lies in one page table, onto the host, with at most *budget
 * operations. */
static void install_range(struct mm *mm, uint64_t start, uint64_t end, unsigned *budget)
{
	uint64_t *pte = pt_lookup(mm, start);
	uint64_t n = pte ? (end - start) >> PAGE_SHIFT : 0;
	for (uint64_t i = 0; i < n && *budget; i++) {
		if (!installable(pte[i]))
			continue;
		uint64_t first = i;
		while (i + 1 < n && continues(pte[i], pte[i + 1]))
			i++;
		install_run(mm, start + first * PAGE_SIZE, pte + first, i + 1 - first);
		(*budget)--;
	}
}

/* The run that the page at addr belongs to: it must not fall victim to the budget. */
static void install_page(struct mm *mm, struct fault_window w, uint64_t addr)
{
	uint64_t *pte = pt_lookup(mm, addr);
	KASSERT(pte && (*pte & PTE_PRESENT));
	if (!installable(*pte))
		return;
	uint64_t *first = pte, *last = pte;
	uint64_t start = addr;
	for (; start > w.start && installable(first[-1]) && continues(first[-1], first[0]); first--)
		start -= PAGE_SIZE;
	for (uint64_t at = addr + PAGE_SIZE; at < w.end && continues(last[0], last[1]); at += PAGE_SIZE)
		last++;
	install_run(mm, start, first, (uint64_t)(last - first) + 1);
}

/* Enters the pages of [start, end) that are in the cache; the table must be there. */
static void map_cached(struct vma *v, uint64_t start, uint64_t end)
{
	uint64_t *pte = pt_lookup(v->mm, start);
	uint64_t index = vma_index(v, start);
	uint64_t limit = pagecache_limit(v->pc);
	uint64_t bits = fault_file_perms(v);
	for (uint64_t at = start; pte && at < end && index < limit; at += PAGE_SIZE, pte++, index++) {
		if (*pte)
			continue;
		pfn_t pfn = pagecache_lookup(v->pc, index);
		if (pfn == PFN_NONE)
			continue;
		frame_get(pfn);
		fault_fill(v->mm, pte, pte_make(pfn, bits));
	}
}

/* How many pages from index on are in the cache and have an empty entry, at most max. */
static uint32_t copyable_run(struct pagecache *pc, const uint64_t *pte, uint64_t index, uint32_t max)
{
	uint32_t n = 0;
	while (n < max && !pte[n] && pagecache_lookup(pc, index + n) != PFN_NONE)
		n++;
	return n;
}

/* Enters private copies of the pages of [start, end) that are in the cache, in neighbouring frames. */
static void copy_cached(struct vma *v, uint64_t start, uint64_t end)
{
	uint64_t *pte = pt_lookup(v->mm, start);
	uint64_t index = vma_index(v, start);
	uint64_t limit = pagecache_limit(v->pc);
	if (!pte || index >= limit || !frame_plenty())
		return;
	uint32_t n = (uint32_t)MIN((end - start) >> PAGE_SHIFT, limit - index);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t run = copyable_run(v->pc, pte + i, index + i, n - i);
		pfn_t pfn = run ? frame_try_alloc_run(FRAME_ANON, run, false) : PFN_NONE;
		if (pfn == PFN_NONE)
			continue;
		for (uint32_t k = 0; k < run; k++) {
			memcpy(frame_ptr(pfn + k), frame_ptr(pagecache_lookup(v->pc, index + i + k)),
			       PAGE_SIZE);
			fault_fill(v->mm, pte + i + k, pte_make(pfn + k, vma_perms(v->flags)));
		}
		i += run - 1;
	}
}

static bool is_image_data(const struct vma *v)
{
	return (v->flags & (VMA_LIKELY_WRITE | VMA_WRITE | VMA_SHARED)) == (VMA_LIKELY_WRITE | VMA_WRITE);
}

/* The zeros behind the data of a program image, if they are few. */
static bool is_small_bss(const struct vma *u)
{
	const struct vma *data = vma_prev(u);
	return !u->pc && (u->flags & (VMA_WRITE | VMA_SHARED | VMA_HEAP)) == VMA_WRITE &&
	       vma_pages(u) <= COPY_PAGES && data && data->end == u->start && is_image_data(data);
}

/* Enters zeroed memory where the entries of [start, end) are empty. */
static void fill_zeros(struct vma *v, uint64_t start, uint64_t end)
{
	uint64_t *pte = pt_lookup(v->mm, start);
	uint32_t n = pte && frame_plenty() ? (uint32_t)((end - start) >> PAGE_SHIFT) : 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t run = 0;
		while (i + run < n && !pte[i + run])
			run++;
		pfn_t pfn = run ? frame_try_alloc_run(FRAME_ANON, run, true) : PFN_NONE;
		if (pfn == PFN_NONE)
			continue;
		for (uint32_t k = 0; k < run; k++)
			fault_fill(v->mm, pte + i + k, pte_make(pfn + k, vma_perms(v->flags)));
		i += run - 1;
	}
}

/* Another VMA, a part of which lies in the window of a fault. */
static void neighbour(struct vma *u, uint64_t start, uint64_t end, unsigned *budget)
{
	start = MAX(start, u->start);
	end = MIN(end, u->end);
	if (!vma_perms(u->flags))
		return;
	if (u->pc && is_image_data(u) && end - start <= COPY_PAGES * PAGE_SIZE)
		copy_cached(u, start, end);
	if (u->pc)
		map_cached(u, start, end);
	if (is_small_bss(u))
		fill_zeros(u, start, end);
	install_range(u->mm, start, end, budget);
}

void fault_around(struct vma *v, uint64_t addr)
{
	struct mm *mm = v->mm;
	uint32_t npages = v->pc ? WINDOW_PAGES : MAX(WINDOW_PAGES, v->fault_run);
	struct fault_window w = fault_window(v, addr, npages);
	unsigned budget = AROUND_OPS;
	if (v->pc && is_image_data(v)) {
		struct fault_window c = fault_window(v, addr, COPY_PAGES);
		copy_cached(v, c.start, c.end);
	}
	if (v->pc)
		map_cached(v, w.start, w.end);
	install_page(mm, w, addr);
	install_range(mm, w.start, w.end, &budget);

	uint64_t start = round_down(addr, WINDOW_PAGES * PAGE_SIZE), end = start + WINDOW_PAGES * PAGE_SIZE;
	for (struct vma *u = vma_prev(v); u && u->end > start && budget; u = vma_prev(u))
		neighbour(u, start, end, &budget);
	for (struct vma *u = mm_next_vma(v); u && u->start < end && budget; u = mm_next_vma(u))
		neighbour(u, start, end, &budget);
}

void mm_prefault(struct mm *mm, uint64_t addr, enum mm_access access)
{
	uint64_t needed = access == MM_EXEC ? VMA_EXEC : access == MM_WRITE ? VMA_WRITE : VMA_READ;
	addr = round_down(addr, PAGE_SIZE);
	struct vma *v = addr < CPU_GUEST_END ? vma_at(mm, addr) : NULL;
	if (!v || !(v->flags & needed))
		return;
	const uint64_t *pte = pt_lookup(mm, addr);
	int code;
	if (!pte || !(*pte & PTE_INSTALLED) || !(*pte & needed))
		(void)!mm_fault(mm, addr, access, true,
				&code); /* what fails now fails again where it matters */
}
