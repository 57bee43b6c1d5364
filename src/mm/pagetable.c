/* pagetable.c - page tables: four levels of 512 entries, as on x86-64.
 *
 * Tables are frames of RAM (FRAME_PAGETABLE). An entry of an upper level is the frame number of the next
 * table, 0 for none; frame 0 is never handed out. Each table's frame carries the number of its used entries,
 * so that unmapping can free what became empty.
 *
 * Leaves out: large pages, a fifth level. */
#include "mm/pagetable.h"

#include "core/kassert.h"
#include "mm/mm.h"

#define LEVELS 4
#define LEVEL_BITS 9

static inline unsigned level_shift(unsigned level)
{
	return PAGE_SHIFT + LEVEL_BITS * level;
}

static inline unsigned level_index(uint64_t addr, unsigned level)
{
	return (unsigned)(addr >> level_shift(level)) & (PT_ENTRIES - 1);
}

static inline uint64_t *table_of(uint64_t entry)
{
	return frame_ptr((pfn_t)entry);
}

uint64_t *pt_lookup(const struct mm *mm, uint64_t addr)
{
	uint64_t *table = frame_ptr(mm->pgd);
	for (unsigned level = LEVELS - 1; level > 0; level--) {
		uint64_t entry = table[level_index(addr, level)];
		if (!entry)
			return NULL;
		table = table_of(entry);
	}
	return &table[level_index(addr, 0)];
}

uint64_t *pt_alloc(struct mm *mm, uint64_t addr)
{
	pfn_t pfn = mm->pgd;
	for (unsigned level = LEVELS - 1; level > 0; level--) {
		uint64_t *entry = (uint64_t *)frame_ptr(pfn) + level_index(addr, level);
		if (!*entry) {
			pfn_t fresh = frame_alloc(FRAME_PAGETABLE, 0, true);
			if (fresh == PFN_NONE)
				return NULL;
			*entry = fresh;
			(*frame_private(pfn))++;
			mm->nr_pagetables++;
		}
		pfn = (pfn_t)*entry;
	}
	return (uint64_t *)frame_ptr(pfn) + level_index(addr, 0);
}

void pt_set(uint64_t *pte, uint64_t value)
{
	if (!*pte != !value) {
		uint32_t *used = frame_private(frame_of_ptr(pte));
		if (value)
			(*used)++;
		else
			(*used)--;
	}
	*pte = value;
}

/* Frees empty tables below the table `pfn` of `level` in [start, end]; true if it is empty itself. */
static bool trim_level(struct mm *mm, pfn_t pfn, unsigned level, uint64_t base, uint64_t start, uint64_t last)
{
	if (level > 0) {
		uint64_t span = 1ULL << level_shift(level);
		uint64_t *table = frame_ptr(pfn);
		unsigned from = start > base ? (unsigned)((start - base) / span) : 0;
		for (unsigned i = from; i < PT_ENTRIES && base + i * span <= last; i++) {
			if (!table[i] ||
			    !trim_level(mm, (pfn_t)table[i], level - 1, base + i * span, start, last))
				continue;
			frame_put((pfn_t)table[i]);
			table[i] = 0;
			(*frame_private(pfn))--;
			mm->nr_pagetables--;
		}
	}
	return *frame_private(pfn) == 0;
}

void pt_trim(struct mm *mm, uint64_t start, uint64_t end)
{
	if (start < end)
		trim_level(mm, mm->pgd, LEVELS - 1, 0, start, end - 1);
}

void pt_destroy(struct mm *mm)
{
	bool empty = trim_level(mm, mm->pgd, LEVELS - 1, 0, 0, UINT64_MAX);
	KASSERT(empty);
	frame_put(mm->pgd);
	mm->pgd = PFN_NONE;
	mm->nr_pagetables--;
	KASSERT(mm->nr_pagetables == 0);
}

/* The first leaf table at or after *addr below `table`, which begins at base: its entry for *addr, which
 * moves forward to the table's start if need be. NULL: none before end. */
static uint64_t *leaf_below(uint64_t *table, unsigned level, uint64_t base, uint64_t *addr, uint64_t end)
{
	if (level == 0)
		return &table[level_index(*addr, 0)];
	uint64_t span = 1ULL << level_shift(level);
	unsigned i = *addr > base ? (unsigned)((*addr - base) / span) : 0;
	for (; i < PT_ENTRIES; i++) {
		uint64_t start = base + i * span;
		if (start >= end)
			return NULL;
		if (!table[i])
			continue;
		if (*addr < start)
			*addr = start;
		uint64_t *leaf = leaf_below(table_of(table[i]), level - 1, start, addr, end);
		if (leaf)
			return leaf;
	}
	return NULL;
}

/* The leaf table entry at or after *addr, skipping tables that do not exist; NULL at the end. */
static uint64_t *leaf_from(const struct mm *mm, uint64_t *addr, uint64_t end)
{
	return *addr < end ? leaf_below(frame_ptr(mm->pgd), LEVELS - 1, 0, addr, end) : NULL;
}

bool pt_next(struct pt_iter *it)
{
	uint64_t addr = it->next;
	uint64_t *pte = it->pte;
	/* Go on in the same table, unless this is the start or the table's end. */
	if (pte && addr < it->end && (addr & (PT_LEAF_SPAN - 1)))
		pte++;
	else
		pte = leaf_from(it->mm, &addr, it->end);
	while (pte && addr < it->end) {
		if (*pte) {
			it->at = addr;
			it->pte = pte;
			it->next = addr + PAGE_SIZE;
			return true;
		}
		addr += PAGE_SIZE;
		if (addr & (PT_LEAF_SPAN - 1))
			pte++;
		else
			pte = leaf_from(it->mm, &addr, it->end);
	}
	it->pte = NULL;
	it->next = it->end;
	return false;
}

static uint64_t check_level(const struct mm *mm, pfn_t pfn, unsigned level, uint64_t *tables)
{
	const uint64_t *table = frame_ptr(pfn);
	uint32_t used = 0;
	uint64_t present = 0;
	if (frame_owner(pfn) != FRAME_PAGETABLE || frame_refs(pfn) != 1)
		KPANIC("page table in frame %u has owner %u, %u references", pfn, frame_owner(pfn),
		       frame_refs(pfn));
	(*tables)++;
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		if (!table[i])
			continue;
		used++;
		if (level > 0)
			present += check_level(mm, (pfn_t)table[i], level - 1, tables);
		else if (!(table[i] & PTE_PRESENT) || frame_refs(pte_pfn(table[i])) == 0)
			KPANIC("entry %#llx of page table %u is broken", (unsigned long long)table[i], pfn);
		else
			present++;
	}
	if (used != *frame_private(pfn))
		KPANIC("page table in frame %u has %u entries, counted %u", pfn, used, *frame_private(pfn));
	return present;
}

uint64_t pt_check(const struct mm *mm)
{
	uint64_t tables = 0;
	uint64_t present = check_level(mm, mm->pgd, LEVELS - 1, &tables);
	if (tables != mm->nr_pagetables)
		KPANIC("%llu page tables found, %llu counted", (unsigned long long)tables,
		       (unsigned long long)mm->nr_pagetables);
	return present;
}
