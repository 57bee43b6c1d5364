/* procfs_memory.c - the memory of the machine: /proc/{meminfo,vmstat,buddyinfo,kmem} (proc(5)).
 * LEAVES OUT: what there is none of is shown as 0 (swap, buffers, huge pages) or not at all (zones, cma, hardware
 * corruption). /proc/kmem is ours: the caches of the kernel's allocator, one line each, like slabinfo. */
#include "fs/procfs_tables.h"

#include "core/kmem.h"
#include "mm/frame.h"
#include "mm/mm.h"
#include "mm/pagecache.h"

#define KB_PER_PAGE (PAGE_SIZE / 1024)

typedef unsigned long long ull;

static void memory_line(struct strbuf *out, const char *name, uint64_t kb)
{
	char label[32];

	(void)ksnprintf(label, sizeof(label), "%s:", name);
	strbuf_printf(out, "%-16s%8llu kB\n", label, (ull)kb);
}

/* Pages of all address spaces: what is locked, and what was promised. */
static void memory_promises(uint64_t *locked, uint64_t *committed, uint64_t *mapped)
{
	struct process *p;

	*locked = *committed = *mapped = 0;
	for (p = process_next(0); p; p = process_next(p->pid)) {
		const struct mm *mm = p->leader ? p->leader->mm : NULL;

		if (!mm)
			continue;
		*locked += mm->locked_pages;
		*committed += mm->data_pages + mm->stack_pages;
		*mapped += mm->rss_file;
	}
}

int procfs_show_meminfo(const struct textfs_node *n, struct strbuf *out)
{
	uint64_t locked, committed, mapped, cache = pagecache_total_pages(), anon;
	struct frame_stats st;
	uint64_t slab = kmem_arena_used() / 1024;

	(void)n;
	frame_stats(&st);
	memory_promises(&locked, &committed, &mapped);
	anon = st.by_owner[FRAME_ANON];
	memory_line(out, "MemTotal", st.total * KB_PER_PAGE);
	memory_line(out, "MemFree", st.free * KB_PER_PAGE);
	memory_line(out, "MemAvailable", st.free * KB_PER_PAGE);
	memory_line(out, "Buffers", 0);
	memory_line(out, "Cached", cache * KB_PER_PAGE);
	memory_line(out, "SwapCached", 0);
	memory_line(out, "Active", (anon + cache) * KB_PER_PAGE);
	memory_line(out, "Inactive", 0);
	memory_line(out, "Active(anon)", anon * KB_PER_PAGE);
	memory_line(out, "Inactive(anon)", 0);
	memory_line(out, "Active(file)", cache * KB_PER_PAGE);
	memory_line(out, "Inactive(file)", 0);
	memory_line(out, "Unevictable", locked * KB_PER_PAGE);
	memory_line(out, "Mlocked", locked * KB_PER_PAGE);
	memory_line(out, "SwapTotal", 0);
	memory_line(out, "SwapFree", 0);
	memory_line(out, "Dirty", 0);
	memory_line(out, "Writeback", 0);
	memory_line(out, "AnonPages", anon * KB_PER_PAGE);
	memory_line(out, "Mapped", mapped * KB_PER_PAGE);
	memory_line(out, "Shmem", 0);
	memory_line(out, "KReclaimable", 0);
	memory_line(out, "Slab", slab);
	memory_line(out, "SReclaimable", 0);
	memory_line(out, "SUnreclaim", slab);
	strbuf_printf(out, "%-16s%8llu kB\n", "KernelStack:", (ull)(st.by_owner[FRAME_KSTACK] * KB_PER_PAGE));
	memory_line(out, "PageTables", st.by_owner[FRAME_PAGETABLE] * KB_PER_PAGE);
	memory_line(out, "CommitLimit", st.total / 2 * KB_PER_PAGE);
	memory_line(out, "Committed_AS", committed * KB_PER_PAGE);
	strbuf_printf(out, "HugePages_Total:%8u\nHugePages_Free: %8u\n", 0U, 0U);
	strbuf_printf(out, "HugePages_Rsvd: %8u\nHugePages_Surp: %8u\n", 0U, 0U);
	memory_line(out, "Hugepagesize", 2048);
	return 0;
}

int procfs_show_vmstat(const struct textfs_node *n, struct strbuf *out)
{
	struct rusage_count sum = {0}, one;
	struct frame_stats st;
	struct process *p;

	(void)n;
	frame_stats(&st);
	for (p = process_next(0); p; p = process_next(p->pid)) {
		one = process_usage(p);
		rusage_add(&sum, &one);
		rusage_add(&sum, &p->usage_children);
	}
	strbuf_printf(out, "nr_free_pages %u\nnr_anon_pages %u\nnr_file_pages %llu\nnr_page_table_pages %u\n",
		      st.free, st.by_owner[FRAME_ANON], (ull)pagecache_total_pages(),
		      st.by_owner[FRAME_PAGETABLE]);
	strbuf_printf(out, "nr_kernel_stack %llu\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\n",
		      (ull)(st.by_owner[FRAME_KSTACK] * KB_PER_PAGE));
	strbuf_printf(out, "pgalloc_normal %llu\npgfree %llu\npgsteal_direct %llu\n", (ull)st.allocs,
		      (ull)st.frees, (ull)st.reclaimed);
	strbuf_printf(out, "pgfault %llu\npgmajfault %llu\n", (ull)(sum.minflt + sum.majflt),
		      (ull)sum.majflt);
	return 0;
}

int procfs_show_buddyinfo(const struct textfs_node *n, struct strbuf *out)
{
	struct frame_stats st;

	(void)n;
	frame_stats(&st);
	strbuf_printf(out, "Node 0, zone   Normal ");
	for (unsigned i = 0; i <= FRAME_MAX_ORDER; i++)
		strbuf_printf(out, "%6u ", st.free_by_order[i]);
	strbuf_putc(out, '\n');
	return 0;
}

static void memory_show_cache(const struct kmem_cache *c, void *arg)
{
	strbuf_printf(arg, "%-24s %8llu %10llu %8llu\n", c->name, (ull)c->live, (ull)c->total, (ull)c->size);
}

int procfs_show_kmem(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%-24s %8s %10s %8s\n", "name", "live", "total", "size");
	kmem_for_each_cache(memory_show_cache, out);
	return 0;
}
