/* maps.c - the text of /proc/PID/maps and /proc/PID/smaps (proc_pid_maps(5), proc_pid_smaps(5)).
 *
 * Leaves out: the lines of smaps about swap, huge pages and KSM say 0, because there are none. */
#include "core/kfmt.h"
#include "mm/mm.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"
#include "mm/vma.h"

/* Names begin in this column. */
#define NAME_COLUMN 73

static void show_name(const struct vma *v, struct strbuf *out)
{
	if (v->special_name)
		strbuf_printf(out, "%s", v->special_name);
	else if (v->ops && v->ops->name)
		v->ops->name(v, out);
	else if (v->flags & VMA_HEAP)
		strbuf_printf(out, "[heap]");
	else if (v->flags & VMA_STACK)
		strbuf_printf(out, "[stack]");
}

static void show_line(const struct vma *v, struct strbuf *out)
{
	uint32_t major = 0, minor = 0;
	uint64_t ino = 0;
	if (v->ops && v->ops->ident)
		v->ops->ident(v, &major, &minor, &ino);
	size_t start = out->len;
	strbuf_printf(
	    out, "%08llx-%08llx %c%c%c%c %08llx %02x:%02x %llu ", (unsigned long long)v->start,
	    (unsigned long long)v->end, v->flags & VMA_READ ? 'r' : '-', v->flags & VMA_WRITE ? 'w' : '-',
	    v->flags & VMA_EXEC ? 'x' : '-', v->flags & VMA_SHARED ? 's' : 'p',
	    (unsigned long long)(v->pc ? v->pgoff << PAGE_SHIFT : 0), major, minor, (unsigned long long)ino);
	size_t before = out->len;
	int pad = before - start < NAME_COLUMN ? (int)(NAME_COLUMN - (before - start)) : 0;
	struct strbuf name = {0};
	show_name(v, &name);
	if (name.len)
		strbuf_printf(out, "%*s%s", pad, "", name.data);
	out->failed |= name.failed;
	strbuf_free(&name);
	strbuf_putc(out, '\n');
}

void mm_show_maps(struct mm *mm, struct strbuf *out)
{
	for (struct vma *v = mm_first_vma(mm); v; v = mm_next_vma(v))
		show_line(v, out);
}

struct usage {
	uint64_t rss, anon, pss_bytes, shared_clean, shared_dirty, private_clean, private_dirty,
	    pss_dirty_bytes;
};

/* In how many places a frame is used, apart from the page cache's own reference. */
static uint32_t users(uint64_t pte)
{
	uint32_t refs = frame_refs(pte_pfn(pte));
	return frame_owner(pte_pfn(pte)) == FRAME_PAGECACHE && refs > 1 ? refs - 1 : refs;
}

static struct usage measure(const struct vma *v)
{
	struct usage u = {0};
	for (struct pt_iter it = pt_iter(v->mm, v->start, v->end); pt_next(&it);) {
		bool anon = !(*it.pte & PTE_FILE);
		bool dirty = anon || ((v->flags & VMA_SHARED) && (*it.pte & PTE_WRITE));
		uint32_t n = users(*it.pte);
		u.rss++;
		u.anon += anon;
		u.pss_bytes += PAGE_SIZE / n;
		if (dirty)
			u.pss_dirty_bytes += PAGE_SIZE / n;
		if (n > 1 && dirty)
			u.shared_dirty++;
		else if (n > 1)
			u.shared_clean++;
		else if (dirty)
			u.private_dirty++;
		else
			u.private_clean++;
	}
	return u;
}

static void show_kb(struct strbuf *out, const char *label, uint64_t kb)
{
	strbuf_printf(out, "%-15s %8llu kB\n", label, (unsigned long long)kb);
}

static void show_vm_flags(const struct vma *v, struct strbuf *out)
{
	static const struct {
		uint32_t flag;
		char text[4];
	} names[] = {
	    {VMA_READ, "rd "},      {VMA_WRITE, "wr "},      {VMA_EXEC, "ex "},     {VMA_SHARED, "sh "},
	    {VMA_MAYWRITE, "mw "},  {VMA_GROWSDOWN, "gd "},  {VMA_LOCKED, "lo "},   {VMA_DONTFORK, "dc "},
	    {VMA_NORESERVE, "nr "}, {VMA_WIPEONFORK, "wf "}, {VMA_DONTDUMP, "dd "},
	};
	strbuf_printf(out, "VmFlags: ");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (v->flags & names[i].flag)
			strbuf_printf(out, "%s", names[i].text);
	strbuf_putc(out, '\n');
}

static void show_details(const struct vma *v, struct strbuf *out)
{
	static const char *const zeros[] = {
	    "KSM:",           "LazyFree:",       "AnonHugePages:",   "ShmemPmdMapped:",
	    "FilePmdMapped:", "Shared_Hugetlb:", "Private_Hugetlb:", "Swap:",
	    "SwapPss:"};
	struct usage u = measure(v);
	show_kb(out, "Size:", vma_pages(v) * 4);
	show_kb(out, "KernelPageSize:", 4);
	show_kb(out, "MMUPageSize:", 4);
	show_kb(out, "Rss:", u.rss * 4);
	show_kb(out, "Pss:", u.pss_bytes / 1024);
	show_kb(out, "Pss_Dirty:", u.pss_dirty_bytes / 1024);
	show_kb(out, "Shared_Clean:", u.shared_clean * 4);
	show_kb(out, "Shared_Dirty:", u.shared_dirty * 4);
	show_kb(out, "Private_Clean:", u.private_clean * 4);
	show_kb(out, "Private_Dirty:", u.private_dirty * 4);
	show_kb(out, "Referenced:", u.rss * 4);
	show_kb(out, "Anonymous:", u.anon * 4);
	for (size_t i = 0; i < ARRAY_LEN(zeros); i++)
		show_kb(out, zeros[i], 0);
	show_kb(out, "Locked:", v->flags & VMA_LOCKED ? u.pss_bytes / 1024 : 0);
	strbuf_printf(out, "THPeligible:    %8d\n", 0);
	show_vm_flags(v, out);
}

void mm_show_smaps(struct mm *mm, struct strbuf *out)
{
	for (struct vma *v = mm_first_vma(mm); v; v = mm_next_vma(v)) {
		show_line(v, out);
		show_details(v, out);
	}
}
