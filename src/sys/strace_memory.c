/* strace_memory.c - guest memory in traces: looked at without touching it, and the printers of strings,
 * buffers and arrays.
 *
 * A page that is not present is not brought in: that would change what the guest sees of time and memory.
 * What the page cache already has, or what is certainly zero, can be shown all the same. LEAVES OUT: reading
 * from host files. */
#include "sys/strace_print.h"

#include <string.h>

#include "core/task.h"
#include "fs/iter.h"
#include "mm/frame.h"
#include "mm/mm.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"

/* The content of the page at addr, or NULL. */
static const uint8_t *page_content(struct mm *mm, uint64_t addr)
{
	static const uint8_t zeros[PAGE_SIZE];
	const uint64_t *pte;

	if (addr >= CPU_GUEST_END)
		return NULL;
	pte = pt_lookup(mm, addr);
	if (pte && (*pte & PTE_PRESENT))
		return frame_ptr(pte_pfn(*pte));
	const struct vma *v = mm_find_vma(mm, addr);
	if (!v || addr < v->start || !(v->flags & VMA_READ) || (v->flags & VMA_SPECIAL))
		return NULL;
	if (!v->pc)
		return zeros;
	pfn_t pfn = pagecache_lookup(v->pc, v->pgoff + ((addr - v->start) >> PAGE_SHIFT));
	return pfn == PFN_NONE ? NULL : frame_ptr(pfn);
}

size_t strace_peek(const struct strace_arg *a, void *dst, uint64_t addr, size_t n)
{
	size_t done = 0;

	/* After execve(2) the addresses mean nothing any more. */
	if (!current->mm || (const void *)current->mm != a->call->mm)
		return 0;
	while (done < n) {
		uint64_t at = addr + done;
		size_t in_page = at & (PAGE_SIZE - 1);
		size_t chunk = MIN(n - done, PAGE_SIZE - in_page);
		const uint8_t *page = page_content(current->mm, round_down(at, PAGE_SIZE));
		if (!page)
			break;
		memcpy((uint8_t *)dst + done, page + in_page, chunk);
		done += chunk;
	}
	return done;
}

bool strace_peek_all(const struct strace_arg *a, void *dst, uint64_t addr, size_t n)
{
	return strace_peek(a, dst, addr, n) == n;
}

int strace_struct_in(const struct strace_arg *a, uint64_t addr, void *dst, size_t n)
{
	if (addr && strace_peek_all(a, dst, addr, n))
		return 1;
	if (addr && !a->after)
		return -1;
	strace_out_addr(addr);
	return 0;
}

int strace_struct_out(const struct strace_arg *a, uint64_t addr, void *dst, size_t n)
{
	if (!a->after && addr)
		return -1;
	if (addr && a->ret >= 0 && strace_peek_all(a, dst, addr, n))
		return 1;
	strace_out_addr(addr);
	return 0;
}

/* Prints n bytes of the guest, abbreviated. False: not yet. */
static bool out_buffer(const struct strace_arg *a, uint64_t addr, uint64_t n)
{
	uint8_t buf[STRACE_STRING_MAX];
	size_t want = (size_t)MIN(n, sizeof(buf));

	if (addr && strace_peek_all(a, buf, addr, want)) {
		strace_out_bytes(buf, want, sizeof(buf));
		if (n > want)
			strace_out("...");
		return true;
	}
	if (addr && !a->after)
		return false;
	strace_out_addr(addr);
	return true;
}

bool strace_out_string(const struct strace_arg *a, uint64_t addr, size_t max)
{
	static char buf[4097];
	size_t want = MIN(max + 1, sizeof(buf));

	if (addr == 0) {
		strace_out_addr(0);
		return true;
	}
	size_t got = strace_peek(a, buf, addr, want);
	const char *end = memchr(buf, '\0', got);
	if (end) {
		strace_out_bytes(buf, (size_t)(end - buf), max);
		return true;
	}
	if (got == want) {
		strace_out_bytes(buf, got, max);
		return true;
	}
	if (!a->after)
		return false;
	strace_out_addr(addr);
	return true;
}

STRACE_PRINTER(ptr)
{
	(void)a;
	strace_out_addr(v);
	return true;
}

STRACE_PRINTER(path)
{
	return strace_out_string(a, v, 4096);
}

STRACE_PRINTER(str)
{
	return strace_out_string(a, v, STRACE_STRING_MAX);
}

STRACE_PRINTER(inbuf)
{
	return out_buffer(a, v, a->call->arg[a->n + 1]);
}

STRACE_PRINTER(outbuf)
{
	if (!a->after)
		return false;
	if (a->ret < 0) {
		strace_out_addr(v);
		return true;
	}
	return out_buffer(a, v, MIN((uint64_t)a->ret, a->call->arg[a->n + 1]));
}

STRACE_PRINTER(outstr)
{
	if (!a->after)
		return false;
	if (a->ret < 0) {
		strace_out_addr(v);
		return true;
	}
	return strace_out_string(a, v, 4096);
}

/* left: how many bytes of content there are in all. */
static bool out_iovec(const struct strace_arg *a, uint64_t addr, uint64_t count, uint64_t left)
{
	struct iovec_linux iov[STRACE_STRING_MAX];
	size_t shown = (size_t)MIN(count, ARRAY_LEN(iov));
	int state = strace_struct_in(a, addr, iov, shown * sizeof(iov[0]));

	if (state <= 0)
		return state == 0;
	/* Everything or nothing: look first. */
	for (size_t i = 0; !a->after && i < shown; i++) {
		uint8_t probe[STRACE_STRING_MAX];
		if (!strace_peek_all(a, probe, iov[i].base, (size_t)MIN(iov[i].len, sizeof(probe))))
			return false;
	}
	strace_out("[");
	for (size_t i = 0; i < shown; i++) {
		strace_out("%s{iov_base=", i ? ", " : "");
		(void)out_buffer(a, iov[i].base, MIN(iov[i].len, left));
		strace_out(", iov_len=%llu}", (unsigned long long)iov[i].len);
		left -= MIN(left, iov[i].len);
	}
	strace_out("%s]", count > shown ? ", ..." : "");
	return true;
}

STRACE_PRINTER(iovin)
{
	return out_iovec(a, v, (uint64_t)(int64_t)(int32_t)a->call->arg[a->n + 1], UINT64_MAX);
}

STRACE_PRINTER(iovout)
{
	if (!a->after)
		return false;
	if (a->ret < 0) {
		strace_out_addr(v);
		return true;
	}
	return out_iovec(a, v, (uint64_t)(int64_t)(int32_t)a->call->arg[a->n + 1], (uint64_t)a->ret);
}

STRACE_PRINTER(argv)
{
	uint64_t s[STRACE_STRING_MAX + 1];
	size_t n = 0;

	/* Everything or nothing: look first. */
	for (; v && n < ARRAY_LEN(s); n++) {
		char c;
		if (!strace_peek_all(a, &s[n], v + n * sizeof(s[0]), sizeof(s[0])) ||
		    (s[n] && !strace_peek_all(a, &c, s[n], 1))) {
			if (!a->after)
				return false;
			v = 0;
		}
		if (v == 0 || s[n] == 0)
			break;
	}
	if (v == 0) {
		strace_out_addr(a->call->arg[a->n]);
		return true;
	}
	strace_out("[");
	for (size_t i = 0; i < MIN(n, (size_t)STRACE_STRING_MAX); i++) {
		strace_out("%s", i ? ", " : "");
		if (!strace_out_string(a, s[i], STRACE_STRING_MAX))
			strace_out_addr(s[i]);
	}
	strace_out("%s]", n > STRACE_STRING_MAX ? ", ..." : "");
	return true;
}

STRACE_PRINTER(envp)
{
	uint64_t s;
	unsigned n = 0;

	for (;; n++) {
		if (!v || !strace_peek_all(a, &s, v + n * sizeof(s), sizeof(s))) {
			if (v && !a->after)
				return false;
			strace_out_addr(v);
			return true;
		}
		if (s == 0)
			break;
	}
	strace_out_addr(v);
	strace_out(" /* %u vars */", n);
	return true;
}

STRACE_PRINTER(intp)
{
	int32_t x;
	int state = strace_struct_out(a, v, &x, sizeof(x));

	if (state > 0)
		strace_out("[%d]", x);
	return state >= 0;
}

STRACE_PRINTER(uintp_in)
{
	int32_t x;
	int state = strace_struct_in(a, v, &x, sizeof(x));

	if (state > 0)
		strace_out("[%d]", x);
	return state >= 0;
}

STRACE_PRINTER(offp)
{
	int64_t x;
	int state = strace_struct_in(a, v, &x, sizeof(x));

	if (state > 0)
		strace_out("[%lld]", (long long)x);
	return state >= 0;
}

STRACE_PRINTER(intpair)
{
	int32_t x[2];
	int state = strace_struct_out(a, v, x, sizeof(x));

	if (state > 0)
		strace_out("[%d, %d]", x[0], x[1]);
	return state >= 0;
}

STRACE_PRINTER(long_out)
{
	int64_t x;
	int state = strace_struct_out(a, v, &x, sizeof(x));

	if (state > 0)
		strace_out("[%lld]", (long long)x);
	return state >= 0;
}
