/* fault.c - page faults: demand paging, copy-on-write, stack growth, and what goes onto the host with them.
 *
 * A fault that comes from the guest costs a dozen microseconds however little it does. So anonymous memory
 * comes in runs of frames side by side, longer while the faults come in sequence; once the other side of a
 * fork is gone, all of a page table becomes writable; and faultaround.c takes the surroundings along onto the
 * host.
 *
 * The engine cannot tell a read from a write. What is not present is taken for a read (anonymous memory is
 * made writable at once, so nothing is lost); what is on the host read-only and faults was a write. Two
 * guesses save the second fault where it nearly always comes: a copy-on-write page not yet on the host, as a
 * child has after fork, and the data of a program image (VMA_LIKELY_WRITE). A wrong guess costs a copied
 * page, never a wrong result: who may not write is told apart by the VMA.
 *
 * An allocation can run reclaim, which takes clean file pages out of page tables: entries are read again
 * afterwards.
 *
 * Leaves out: a shared zero page (reads of untouched memory allocate), userfaultfd, huge pages. */
#include "mm/fault.h"

#include <string.h>

#include "core/abi_signal.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/task.h"
#include "mm/faultaround.h"
#include "mm/hot.h"
#include "mm/mapops.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"
#include "mm/vma.h"

/* Anonymous memory that is touched in sequence gets up to this many pages at once. */
#define ANON_MAX 256U
/* The first fault in a piece of anonymous memory brings so many pages. */
#define ANON_FIRST 8U
/* Pages that a stack grows by. */
#define STACK_STEP 16U

/* --- entries ---------------------------------------------------------------------------------- */

static void update_hiwater(struct mm *mm)
{
	mm->hiwater_rss = MAX(mm->hiwater_rss, mm_rss(mm));
}

void fault_fill(struct mm *mm, uint64_t *pte, uint64_t value)
{
	KASSERT(!*pte);
	pt_set(pte, value);
	if (value & PTE_FILE)
		mm->rss_file++;
	else
		mm->rss_anon++;
}

/* --- anonymous memory ------------------------------------------------------------------------- */

/* How many pages around addr to bring in: more and more while the faults follow each other. */
static uint32_t anon_run(struct vma *v, uint64_t addr)
{
	if (!frame_plenty())
		return 1;
	if (v->flags & VMA_GROWSDOWN)
		v->fault_run = STACK_STEP;
	else if (addr == v->last_fault && v->fault_run)
		v->fault_run = MIN(v->fault_run * 2, ANON_MAX);
	else
		v->fault_run = ANON_FIRST;
	return v->fault_run;
}

static int fault_anon(struct vma *v, uint64_t addr)
{
	struct mm *mm = v->mm;
	uint64_t *pte = pt_alloc(mm, addr);
	if (!pte)
		return -ENOMEM;
	struct fault_window w = fault_window(v, addr, anon_run(v, addr));
	uint64_t first = addr, end = addr + PAGE_SIZE;
	for (uint64_t *p = pte; first > w.start && !p[-1]; p--)
		first -= PAGE_SIZE;
	for (uint64_t *p = pte; end < w.end && !p[1]; p++)
		end += PAGE_SIZE;

	uint32_t n = (uint32_t)((end - first) >> PAGE_SHIFT);
	pfn_t pfn = n > 1 ? frame_try_alloc_run(FRAME_ANON, n, true) : PFN_NONE;
	if (pfn == PFN_NONE) {
		pfn = frame_alloc(FRAME_ANON, 0, true);
		if (pfn == PFN_NONE)
			return -ENOMEM;
		first = addr;
		n = 1;
	}
	uint64_t *p = pte - ((addr - first) >> PAGE_SHIFT);
	for (uint32_t i = 0; i < n; i++)
		fault_fill(mm, p + i, pte_make(pfn + i, vma_perms(v->flags)));
	v->last_fault = first + n * PAGE_SIZE;
	return 0;
}

/* --- files ------------------------------------------------------------------------------------ */

/* Must a write to a shared page be noticed? Where every page stays in memory anyway, no. */
bool fault_tracks_dirty(const struct pagecache *pc)
{
	return pc->reclaimable || (pc->ops && pc->ops->writepage);
}

/* Permissions of a page of the cache in v, when nothing is known of a write. */
uint64_t fault_file_perms(const struct vma *v)
{
	uint64_t perms = vma_perms(v->flags) | PTE_FILE;
	return (v->flags & VMA_SHARED) && !fault_tracks_dirty(v->pc) ? perms : perms & ~PTE_WRITE;
}

/* A private copy of frame src behind an absent or present entry; the host mapping follows if there is one. */
static int copy_page(struct vma *v, uint64_t addr, uint64_t *pte, pfn_t src)
{
	struct mm *mm = v->mm;
	frame_get(src); /* reclaim may drop the entry's reference */
	pfn_t pfn = frame_alloc(FRAME_ANON, 0, false);
	if (pfn == PFN_NONE) {
		frame_put(src);
		return -ENOMEM;
	}
	memcpy(frame_ptr(pfn), frame_ptr(src), PAGE_SIZE);
	frame_put(src);

	uint64_t old = *pte;
	uint64_t perms = vma_perms(v->flags);
	if (old) {
		if (old & PTE_FILE)
			mm->rss_file--;
		else
			mm->rss_anon--;
		pt_set(pte, 0);
		frame_put(pte_pfn(old));
	}
	if (old & PTE_INSTALLED)
		mapops_map(mm, addr, pfn, 1, perms);
	fault_fill(mm, pte, pte_make(pfn, perms | (old & PTE_INSTALLED)));
	return 0;
}

static int fault_file(struct vma *v, uint64_t addr, bool write)
{
	struct mm *mm = v->mm;
	struct pagecache *pc = v->pc;
	uint64_t index = vma_index(v, addr);
	if (index >= pagecache_limit(pc))
		return -EIO;
	uint64_t *pte = pt_alloc(mm, addr);
	if (!pte)
		return -ENOMEM;
	if (pc->ops && pc->ops->readpage && !pagecache_present(pc, index) && current)
		current->usage.majflt++;
	pfn_t pfn;
	int err = pagecache_get(pc, index, true, &pfn);
	if (err)
		return err == -ENOMEM ? err : -EIO;
	if (write && !(v->flags & VMA_SHARED)) {
		err = copy_page(v, addr, pte, pfn);
		frame_put(pfn);
	} else {
		uint64_t bits = fault_file_perms(v);
		if (write && !(bits & PTE_WRITE)) {
			err = pagecache_set_dirty(pc, index) ? -EIO : 0;
			bits |= PTE_WRITE;
		}
		if (err)
			frame_put(pfn);
		else
			fault_fill(mm, pte, pte_make(pfn, bits));
	}
	return err;
}

/* --- writes to present pages ------------------------------------------------------------------ */

/* Private pages around addr that nobody shares (any more) become writable. It costs no memory: take all of
 * the table. */
static void reuse_around(struct vma *v, uint64_t addr)
{
	struct fault_window w = fault_window(v, addr, PT_ENTRIES);
	struct mapops_run run = {.mm = v->mm};
	uint64_t *pte = pt_lookup(v->mm, w.start);
	for (uint64_t at = w.start; at < w.end; at += PAGE_SIZE, pte++) {
		if (!*pte || (*pte & (PTE_FILE | PTE_WRITE)) || frame_refs(pte_pfn(*pte)) != 1)
			continue;
		*pte |= PTE_WRITE;
		if (*pte & PTE_INSTALLED)
			mapops_run_add(&run, at, *pte & PTE_PERMS);
	}
	mapops_run_flush(&run);
}

static int fault_write_present(struct vma *v, uint64_t addr, uint64_t *pte)
{
	if (v->flags & VMA_SHARED) {
		if (!v->pc)
			return -EFAULT;
		if (pagecache_set_dirty(v->pc, vma_index(v, addr)))
			return -EIO;
		*pte |= PTE_WRITE;
		if (*pte & PTE_INSTALLED)
			mapops_protect(v->mm, addr, 1, *pte & PTE_PERMS);
		return 0;
	}
	pfn_t pfn = pte_pfn(*pte);
	if ((*pte & PTE_FILE) || frame_refs(pfn) != 1)
		return copy_page(v, addr, pte, pfn);
	reuse_around(v, addr);
	return 0;
}

/* --- the fault -------------------------------------------------------------------------------- */

static bool stack_may_reach(struct vma *v, uint64_t addr)
{
	uint64_t grow = (v->start - addr) >> PAGE_SHIFT;
	if (addr < CPU_GUEST_START || v->end - addr > mm_rlimit(RLIMIT_STACK_LINUX))
		return false;
	const struct vma *prev = vma_prev(v);
	if (prev && addr < prev->end)
		return false;
	if (prev && !(prev->flags & VMA_GROWSDOWN) && vma_perms(prev->flags) &&
	    addr - prev->end < STACK_GUARD_GAP)
		return false;
	return vma_may_expand(v->mm, v->flags, grow);
}

/* Grows a stack down to the page at addr, and a little further if it may: deep recursion would otherwise
 * fault on every single page. */
static bool expand_stack(struct vma *v, uint64_t addr)
{
	uint64_t further = round_down(addr, STACK_STEP * PAGE_SIZE);
	if (stack_may_reach(v, further))
		addr = further;
	else if (!stack_may_reach(v, addr))
		return false;
	vma_set_start(v, addr, v->pgoff);
	return true;
}

static struct vma *vma_for_fault(struct mm *mm, uint64_t addr)
{
	struct vma *v = addr < CPU_GUEST_END ? mm_find_vma(mm, addr) : NULL;
	if (!v || v->start <= addr)
		return v;
	return (v->flags & VMA_GROWSDOWN) && expand_stack(v, addr) ? v : NULL;
}

/* What an access of unknown kind to a page with this entry (0: none) was. */
static enum mm_access guess_access(const struct vma *v, uint64_t pte)
{
	bool private_writable = (v->flags & (VMA_WRITE | VMA_SHARED)) == VMA_WRITE;
	if (!pte)
		return private_writable && (v->flags & VMA_LIKELY_WRITE) ? MM_WRITE : MM_READ;
	if (!(pte & PTE_INSTALLED))
		return private_writable && !(pte & (PTE_WRITE | PTE_FILE)) ? MM_WRITE : MM_READ;
	/* It can be read on the host, so it was something else. */
	if (!(pte & PTE_WRITE))
		return MM_WRITE;
	return pte & PTE_EXEC ? MM_READ : MM_EXEC;
}

static bool access_allowed(const struct vma *v, enum mm_access access)
{
	switch (access) {
	case MM_WRITE: return v->flags & VMA_WRITE;
	case MM_EXEC: return v->flags & VMA_EXEC;
	case MM_READ:
	case MM_UNKNOWN: break;
	}
	return vma_perms(v->flags) != 0;
}

int mm_fault(struct mm *mm, uint64_t addr, enum mm_access access, bool from_guest, int *si_code)
{
	addr = round_down(addr, PAGE_SIZE);
	*si_code = SEGV_MAPERR_LINUX;
	struct vma *v = vma_for_fault(mm, addr);
	if (!v)
		return -EFAULT;
	*si_code = SEGV_ACCERR_LINUX;
	uint64_t *pte = pt_lookup(mm, addr);
	if (access == MM_UNKNOWN)
		access = guess_access(v, pte ? *pte : 0);
	if (!access_allowed(v, access))
		return -EFAULT;
	*si_code = BUS_ADRERR_LINUX;
	if (current)
		current->usage.minflt++;

	int err = 0;
	if (!pte || !*pte) {
		if (v->pc)
			err = fault_file(v, addr, access == MM_WRITE);
		else
			err = v->flags & VMA_SPECIAL ? -EIO : fault_anon(v, addr);
	} else if (access == MM_WRITE && !(*pte & PTE_WRITE)) {
		if (!(v->flags & VMA_SHARED) && !(*pte & PTE_FILE))
			hot_add(mm, addr);
		err = fault_write_present(v, addr, pte);
	} else if (from_guest) {
		/* Allowed, yet it faulted: show it (again). */
		*pte &= ~PTE_INSTALLED;
	}
	update_hiwater(mm);
	if (!err && from_guest)
		fault_around(v, addr);
	return err;
}

int mm_resolve(struct mm *mm, uint64_t addr, enum mm_access access, pfn_t *out)
{
	static const uint64_t needed[] = {
	    [MM_READ] = PTE_READ, [MM_WRITE] = PTE_WRITE, [MM_EXEC] = PTE_EXEC, [MM_UNKNOWN] = PTE_READ};
	if (addr >= CPU_GUEST_END)
		return -EFAULT;
	const uint64_t *pte = pt_lookup(mm, addr);
	if (!pte || !(*pte & needed[access])) {
		int code;
		int err = mm_fault(mm, addr, access == MM_UNKNOWN ? MM_READ : access, false, &code);
		if (err)
			return err;
		pte = pt_lookup(mm, addr);
		KASSERT(pte && (*pte & needed[access]));
	}
	*out = pte_pfn(*pte);
	return 0;
}

int mm_futex_key(struct mm *mm, uint64_t addr, bool shared, struct futex_key *key)
{
	if (addr >= CPU_GUEST_END)
		return -EFAULT;
	*key = (struct futex_key){
	    .object = mm, .index = addr >> PAGE_SHIFT, .offset = (uint32_t)(addr & (PAGE_SIZE - 1))};
	if (!shared)
		return 0;
	pfn_t pfn;
	int err = mm_resolve(mm, addr, MM_WRITE, &pfn);
	if (err)
		err = mm_resolve(mm, addr, MM_READ, &pfn);
	if (err)
		return err == -ENOMEM ? err : -EFAULT;
	const struct vma *v = vma_at(mm, addr);
	if (v->pc && *pt_lookup(mm, addr) & PTE_FILE) {
		key->object = v->pc;
		key->index = vma_index(v, addr);
	}
	return 0;
}
