/* test_mm.c - single behaviours of address spaces: placement, limits, stacks, the break, fork, the vDSO. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/abi_signal.h"
#include "core/errno.h"
#include "core/kfmt.h"
#include "mm/mm_fixture.h"
#include "mm/usercopy.h"

static struct mm *mm;
static struct host_model host;

static void setup(void)
{
	mm_setup();
	mm = mm_create();
	mm_use(mm);
	host = (struct host_model){0};
}

static void teardown(void)
{
	mm_check(mm);
	mm_put(mm);
	host_free(&host);
	mm_teardown();
}

TestSuite(mm, .init = setup, .fini = teardown, .timeout = 120);

#define RW (PROT_READ_LINUX | PROT_WRITE_LINUX)

static int touch(uint64_t addr, bool write)
{
	uint8_t v = 1;

	return host_touch(&host, mm, addr, write, &v);
}

/* Are mappings placed downward, each below the last, and joined? */
Test(mm, top_down)
{
	uint64_t a = mm_anon(mm, 0, 4, RW, 0), b = mm_anon(mm, 0, 4, RW, 0),
		 c = mm_anon(mm, 0, 4, PROT_READ_LINUX, 0);

	cr_assert_eq(a + 4 * PAGE_SIZE, mm->mmap_base);
	cr_assert_eq(b + 4 * PAGE_SIZE, a);
	cr_assert_eq(c + 4 * PAGE_SIZE, b);
	cr_assert_eq(mm->nr_vmas, 2);
	cr_assert_eq(mm_unmap(mm, a, PAGE_SIZE), 0);
	cr_assert_eq(mm_anon(mm, 0, 1, RW, 0), a, "the highest gap");
	cr_assert_eq(mm_anon(mm, 0, 2, RW, 0), c - 2 * PAGE_SIZE);
	uint64_t low = mm_anon(mm, 0, 1, RW, MAP_32BIT_LINUX);
	cr_assert(low >= 0x40000000 && low < 0x80000000);
	cr_assert_eq(mm_anon(mm, 0x70000000, 1, RW, 0), 0x70000000, "a free hint is taken");
	cr_assert_lt(mm_anon(mm, 0x70000000, 1, RW, 0), mm->mmap_base);
}

/* Is the gap found the highest one, whatever was unmapped before? */
Test(mm, gap_search_against_scan)
{
	static uint64_t at[400];
	static uint64_t len[400];
	unsigned n = 0;

	mm->mmap_base = 0x700000000000ULL;
	for (int step = 0; step < 4000; step++) {
		if (n < ARRAY_LEN(at) && mm_random(5) < 3) {
			uint64_t pages = mm_random(6) + 1;
			/* protections differ, so that nothing is joined */
			uint64_t want = mm->mmap_base;
			for (;;) {
				uint64_t start = want - pages * PAGE_SIZE;
				unsigned k = 0;
				for (; k < n; k++)
					if (start < at[k] + len[k] && want > at[k])
						break;
				if (k == n)
					break;
				want = at[k];
			}
			uint64_t got = mm_anon(mm, 0, pages, (uint32_t)mm_random(8), 0);
			cr_assert_eq(got, want - pages * PAGE_SIZE, "step %d", step);
			at[n] = got;
			len[n++] = pages * PAGE_SIZE;
		} else if (n) {
			unsigned k = (unsigned)mm_random(n);
			cr_assert_eq(mm_unmap(mm, at[k], len[k]), 0);
			at[k] = at[--n];
			len[k] = len[n];
		}
	}
}

/* Are wrong arguments refused as Linux refuses them? */
Test(mm, bad_arguments)
{
	struct mm_map_args a = {.len = 0, .prot = RW, .flags = MAP_PRIVATE_LINUX};

	cr_assert_eq(mm_map(mm, &a), -EINVAL);
	a.len = UINT64_MAX;
	cr_assert_eq(mm_map(mm, &a), -ENOMEM);
	a.len = 1ULL << 47;
	cr_assert_eq(mm_map(mm, &a), -ENOMEM);
	a.len = PAGE_SIZE;
	a.flags |= MAP_FIXED_LINUX;
	a.addr = 0x10001;
	cr_assert_eq(mm_map(mm, &a), -EINVAL);
	a.addr = PAGE_SIZE;
	cr_assert_eq(mm_map(mm, &a), -EPERM);
	a.addr = CPU_GUEST_END;
	cr_assert_eq(mm_map(mm, &a), -ENOMEM);
	uint64_t p = mm_anon(mm, 0, 2, RW, 0);
	a.addr = p + PAGE_SIZE;
	a.flags = MAP_PRIVATE_LINUX | MAP_FIXED_NOREPLACE_LINUX;
	cr_assert_eq(mm_map(mm, &a), -EEXIST);
	cr_assert_eq(mm_unmap(mm, p + 1, PAGE_SIZE), -EINVAL);
	cr_assert_eq(mm_unmap(mm, p, 0), -EINVAL);
	cr_assert_eq(mm_unmap(mm, CPU_GUEST_END - PAGE_SIZE, 2 * PAGE_SIZE), -EINVAL);
	cr_assert_eq(mm_unmap(mm, 0x20000, PAGE_SIZE), 0, "unmapping nothing is no error");
	cr_assert_eq(mm_protect(mm, p, PAGE_SIZE, 0x100), -EINVAL);
	cr_assert_eq(mm_protect(mm, p + 1, PAGE_SIZE, RW), -EINVAL);
	cr_assert_eq(mm_protect(mm, p, 0, RW), 0);
	cr_assert_eq(mm_remap(mm, p, PAGE_SIZE, 0, 0, 0), -EINVAL);
	cr_assert_eq(mm_remap(mm, p + 1, PAGE_SIZE, PAGE_SIZE, 0, 0), -EINVAL);
	cr_assert_eq(mm_remap(mm, 0x20000, PAGE_SIZE, PAGE_SIZE, 0, 0), -EFAULT);
	cr_assert_eq(mm_remap(mm, p, 3 * PAGE_SIZE, 4 * PAGE_SIZE, MREMAP_MAYMOVE_LINUX, 0), -EFAULT);
	cr_assert_eq(mm_remap(mm, p, 0, PAGE_SIZE, MREMAP_MAYMOVE_LINUX, 0), -EINVAL);
	cr_assert_eq(mm_advise(mm, p, PAGE_SIZE, 99), -EINVAL);
}

/* Do absurd sizes fail at once, and NORESERVE ones not? */
Test(mm, overcommit)
{
	struct mm_map_args a = {.len = 2 * TEST_RAM_SIZE, .prot = RW, .flags = MAP_PRIVATE_LINUX};

	cr_assert_eq(mm_map(mm, &a), -ENOMEM);
	a.prot = 0;
	int64_t p = mm_map(mm, &a);
	cr_assert_gt(p, 0);
	cr_assert_eq(mm_protect(mm, (uint64_t)p, a.len, RW), -ENOMEM);
	cr_assert_eq(mm_protect(mm, (uint64_t)p, PAGE_SIZE, RW), 0);
	a.prot = RW;
	a.flags |= MAP_NORESERVE_LINUX;
	cr_assert_gt(mm_map(mm, &a), 0);
}

/* Are RLIMIT_AS, RLIMIT_DATA and RLIMIT_MEMLOCK kept? */
Test(mm, limits)
{
	struct mm_map_args a = {.len = 10 * PAGE_SIZE, .prot = RW, .flags = MAP_PRIVATE_LINUX};

	mm_process.rlimit[RLIMIT_AS_LINUX].cur = 15 * PAGE_SIZE;
	int64_t p = mm_map(mm, &a);
	cr_assert_gt(p, 0);
	cr_assert_eq(mm_map(mm, &a), -ENOMEM);
	a.addr = (uint64_t)p;
	a.flags |= MAP_FIXED_LINUX;
	cr_assert_eq(mm_map(mm, &a), p, "replacing needs no more");
	mm_process.rlimit[RLIMIT_AS_LINUX].cur = RLIM_INFINITY_LINUX;
	mm_process.rlimit[RLIMIT_DATA_LINUX].cur = 12 * PAGE_SIZE;
	a.flags = MAP_PRIVATE_LINUX;
	cr_assert_eq(mm_map(mm, &a), -ENOMEM);
	a.prot = PROT_READ_LINUX;
	int64_t q = mm_map(mm, &a);
	cr_assert_gt(q, 0);
	cr_assert_eq(mm_protect(mm, (uint64_t)q, a.len, RW), -ENOMEM);
	mm_process.rlimit[RLIMIT_DATA_LINUX].cur = RLIM_INFINITY_LINUX;
	struct cred *user = cred_create(1000, 1000);
	current->cred = user;
	mm_process.rlimit[RLIMIT_MEMLOCK_LINUX].cur = 4 * PAGE_SIZE;
	cr_assert_eq(mm_lock(mm, (uint64_t)p, 4 * PAGE_SIZE, true), 0);
	cr_assert_eq(mm_lock(mm, (uint64_t)p + 4 * PAGE_SIZE, PAGE_SIZE, true), -ENOMEM);
	cr_assert_eq(mm_lock(mm, (uint64_t)p, 4 * PAGE_SIZE, true), 0, "locked already");
	cr_assert_eq(mm->locked_pages, 4);
	cr_assert_eq(mm_advise(mm, (uint64_t)p, PAGE_SIZE, MADV_DONTNEED_LINUX), -EINVAL);
	cr_assert_eq(mm_lock(mm, (uint64_t)p, 10 * PAGE_SIZE, false), 0);
	cr_assert_eq(mm->locked_pages, 0);
	mm_process.rlimit[RLIMIT_MEMLOCK_LINUX].cur = 0;
	cr_assert_eq(mm_lock(mm, (uint64_t)p, PAGE_SIZE, true), -EPERM);
	current->cred = NULL;
	cred_put(user);
}

/* Is a large piece of memory brought in with few faults, each one operation? */
Test(mm, sequential_touch)
{
	uint64_t pages = 4096;
	uint64_t p = mm_anon(mm, 0, pages, RW, 0);
	int code;
	uint64_t faults = 0;

	for (uint64_t i = 0; i < pages; i++) {
		pfn_t pfn;
		uint64_t before = mm->rss_anon;
		if (mm->rss_anon * PAGE_SIZE > i * PAGE_SIZE)
			continue;
		cr_assert_eq(mm_fault(mm, p + i * PAGE_SIZE, MM_UNKNOWN, true, &code), 0);
		cr_assert_gt(mm->rss_anon, before);
		cr_assert_eq(mm_resolve(mm, p + i * PAGE_SIZE, MM_WRITE, &pfn), 0);
		faults++;
	}
	cr_assert_leq(faults, pages / 256 + 8, "%llu faults", (unsigned long long)faults);
	cr_assert_leq(mm->nops, faults);
	host_apply(&host, mm);
	cr_assert_eq(host.n, pages);
}

/* Does a child that touches everything, and then its parent, stay within a few faults? */
Test(mm, fork_faults)
{
	uint64_t p = mm_anon(mm, 0, 256, RW, 0);
	struct mm *child;
	struct host_model hc = {0};
	uint8_t v = 3;

	for (uint64_t i = 0; i < 256; i++)
		cr_assert_eq(touch(p + i * PAGE_SIZE, true), 0);
	host.nops = 0;
	cr_assert_eq(mm_fork(mm, &child), 0);
	host_apply(&host, mm);
	cr_assert_leq(host.nops, 2, "the parent becomes read-only with %llu operations",
		      (unsigned long long)host.nops);
	host_faults = 0;
	for (uint64_t i = 0; i < 256; i++)
		cr_assert_eq(host_touch(&hc, child, p + i * PAGE_SIZE, false, &v), 0);
	cr_assert_leq(host_faults, 5, "%llu faults to read", (unsigned long long)host_faults);
	cr_assert_eq(v, 1);
	mm_check(child);
	mm_put(child);
	host_free(&hc);
	host_faults = 0;
	for (uint64_t i = 0; i < 256; i++)
		cr_assert_eq(touch(p + i * PAGE_SIZE, true), 0);
	cr_assert_leq(host_faults, 5, "%llu faults to get memory back", (unsigned long long)host_faults);
	cr_assert_eq(mm->rss_anon, 256, "nothing was copied");
}

/* Is a page that children write after every fork copied by the fork, without a fault on either side? */
Test(mm, hot_pages)
{
	uint64_t p = mm_anon(mm, 0, 64, RW, 0), at = p + 3 * PAGE_SIZE;
	struct mm *child;
	struct host_model hc = {0};
	uint8_t v = 1;

	for (uint64_t i = 0; i < 64; i++)
		cr_assert_eq(touch(p + i * PAGE_SIZE, true), 0);
	for (int round = 0; round < 3; round++) {
		host_faults = 0;
		cr_assert_eq(mm_fork(mm, &child), 0);
		v = (uint8_t)(100 + round);
		cr_assert_eq(host_touch(&hc, child, at, true, &v), 0);
		v = (uint8_t)round;
		cr_assert_eq(touch(at, true), 0);
		cr_assert_eq(host_touch(&hc, child, at, false, &v), 0);
		cr_assert_eq(v, 100 + round);
		cr_assert_eq(host_faults, round ? 0 : 2, "round %d: %llu faults", round,
			     (unsigned long long)host_faults);
		mm_check(child);
		mm_put(child);
		host_free(&hc);
		cr_assert_eq(touch(at, true), 0);
	}
}

/* Does a page brought in ahead save the fault, and is what is not mapped passed over? */
Test(mm, prefault)
{
	uint64_t p = mm_anon(mm, 0, 4, RW, 0), x = mm_anon(mm, 0, 4, PROT_READ_LINUX | PROT_EXEC_LINUX, 0);

	mm_prefault(mm, p, MM_WRITE);
	mm_prefault(mm, x + 17, MM_EXEC);
	mm_prefault(mm, x, MM_WRITE);
	mm_prefault(mm, 0x30000, MM_READ);
	mm_prefault(mm, UINT64_MAX, MM_READ);
	cr_assert_eq(touch(p, true), 0);
	cr_assert_eq(touch(x, false), 0);
	cr_assert_eq(host_faults, 0);
}

/* Does the stack grow by touching, to its limit, and keep its distance? */
Test(mm, stack_growth)
{
	uint64_t top = 0x7ffe00000000ULL;
	struct mm_map_args a = {.addr = top - 4 * PAGE_SIZE,
				.len = 4 * PAGE_SIZE,
				.prot = RW,
				.flags = MAP_PRIVATE_LINUX | MAP_FIXED_LINUX,
				.vma_flags = VMA_STACK | VMA_GROWSDOWN};

	cr_assert_gt(mm_map(mm, &a), 0);
	cr_assert_eq(touch(top - 100 * PAGE_SIZE, true), 0);
	struct vma *v = mm_find_vma(mm, top - 1);
	cr_assert(v->start <= top - 100 * PAGE_SIZE && v->start > top - 116 * PAGE_SIZE);
	cr_assert_eq(touch(top - (8 << 20), true), 0);
	cr_assert_eq(touch(top - (8 << 20) - 1, true), -EFAULT);
	mm_process.rlimit[RLIMIT_STACK_LINUX].cur = 64 << 20;
	mm_anon(mm, top - (10 << 20), 1, RW, MAP_FIXED_LINUX);
	cr_assert_eq(touch(top - (9 << 20), true), -EFAULT, "the guard gap");
	cr_assert_eq(touch(top - (9 << 20) + 16 * PAGE_SIZE, true), 0);
	mm->mmap_base = top;
	uint64_t p = mm_anon(mm, 0, 1, RW, 0);
	cr_assert_lt(p, top - (9 << 20) - 200 * PAGE_SIZE, "mappings leave room below the stack");
}

/* Does the break move up and down, and not into other mappings or over its limit? */
Test(mm, brk)
{
	mm->brk_start = mm->brk = 0x20000800;
	cr_assert_eq(mm_brk(mm, 0), 0x20000800);
	cr_assert_eq(mm_brk(mm, 0x20000900), 0x20000900);
	cr_assert_eq(mm->nr_vmas, 0, "the first page belongs to the program");
	cr_assert_eq(mm_brk(mm, 0x20005000), 0x20005000);
	cr_assert_eq(mm->nr_vmas, 1);
	cr_assert_eq(touch(0x20004fff, true), 0);
	cr_assert_eq(mm_brk(mm, 0x20010001), 0x20010001);
	cr_assert_eq(mm->nr_vmas, 1);
	cr_assert_eq(mm_brk(mm, 0x20003000), 0x20003000);
	cr_assert_eq(touch(0x20003000, true), -EFAULT);
	mm_anon(mm, 0x20008000, 1, RW, MAP_FIXED_LINUX);
	cr_assert_eq(mm_brk(mm, 0x20008000), 0x20003000, "a page must stay free");
	cr_assert_eq(mm_brk(mm, 0x20007000), 0x20007000);
	mm_process.rlimit[RLIMIT_DATA_LINUX].cur = 0x10000;
	cr_assert_eq(mm_brk(mm, 0x20011000), 0x20007000);
	cr_assert_eq(mm_brk(mm, 0x20000000), 0x20007000);
	cr_assert_eq(mm_brk(mm, 0x20000800), 0x20000800);
}

/* Is MAP_SHARED | MAP_ANONYMOUS shared by fork, and gone with its last user? */
Test(mm, shared_anonymous)
{
	struct mm *child;
	struct host_model hc = {0};
	uint64_t p = mm_anon(mm, 0, 8, RW, MAP_SHARED_LINUX);
	uint8_t v = 9;

	cr_assert_eq(mm_fork(mm, &child), 0);
	cr_assert_eq(host_touch(&hc, child, p + 5 * PAGE_SIZE, true, &v), 0);
	v = 0;
	cr_assert_eq(host_touch(&host, mm, p + 5 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(v, 9);
	struct futex_key a, b;
	cr_assert_eq(mm_futex_key(mm, p + 4, true, &a), 0);
	cr_assert_eq(mm_futex_key(child, p + 4, true, &b), 0);
	cr_assert(a.object == b.object && a.index == b.index && a.offset == b.offset);
	cr_assert_eq(mm_futex_key(child, p + 4, false, &b), 0);
	cr_assert(a.object != b.object);
	/* Growing it by mremap does not grow what is behind. */
	int64_t q = mm_remap(mm, p, 8 * PAGE_SIZE, 16 * PAGE_SIZE, MREMAP_MAYMOVE_LINUX, 0);
	cr_assert_gt(q, 0);
	cr_assert_eq(host_touch(&host, mm, (uint64_t)q + 5 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(v, 9);
	cr_assert_eq(host_touch(&host, mm, (uint64_t)q + 9 * PAGE_SIZE, false, &v), -EIO);
	/* Old length 0 makes a second mapping of the same memory. */
	int64_t r = mm_remap(mm, (uint64_t)q, 0, 8 * PAGE_SIZE, MREMAP_MAYMOVE_LINUX, 0);
	cr_assert_gt(r, 0);
	v = 10;
	cr_assert_eq(host_touch(&host, mm, (uint64_t)r + 5 * PAGE_SIZE, true, &v), 0);
	cr_assert_eq(host_touch(&hc, child, p + 5 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(v, 10);
	mm_check(child);
	mm_put(child);
	host_free(&hc);
}

/* Are accesses told apart that the engine does not tell apart? */
Test(mm, unknown_access)
{
	int code;
	uint64_t ro = mm_anon(mm, 0, 1, PROT_READ_LINUX, 0), none = mm_anon(mm, 0, 1, 0, 0);
	uint64_t rw = mm_anon(mm, 0, 1, RW, 0);

	cr_assert_eq(touch(ro, false), 0);
	cr_assert_eq(mm_fault(mm, ro, MM_UNKNOWN, true, &code), -EFAULT);
	cr_assert_eq(code, SEGV_ACCERR_LINUX);
	cr_assert_eq(mm_fault(mm, none, MM_UNKNOWN, true, &code), -EFAULT);
	cr_assert_eq(code, SEGV_ACCERR_LINUX);
	cr_assert_eq(mm_fault(mm, 0x50000, MM_UNKNOWN, true, &code), -EFAULT);
	cr_assert_eq(code, SEGV_MAPERR_LINUX);
	cr_assert_eq(mm_fault(mm, UINT64_MAX, MM_UNKNOWN, true, &code), -EFAULT);
	cr_assert_eq(touch(rw, true), 0);
	cr_assert_eq(mm_fault(mm, rw, MM_EXEC, true, &code), -EFAULT);
	cr_assert_eq(mm_fault(mm, rw, MM_UNKNOWN, true, &code), -EFAULT, "it must have been a fetch");
	cr_assert_eq(code, SEGV_ACCERR_LINUX);
}

/* Is the vDSO the same for all, its data page everyone's own? */
Test(mm, vdso)
{
	static uint8_t image[PAGE_SIZE + 100];
	struct mm *child;
	uint8_t v;

	memset(image, 0xcc, sizeof(image));
	cr_assert_eq(mm_map_vdso(mm, image, sizeof(image)), 0);
	mm_vvar(mm)->now_ns = 5;
	cr_assert_eq(mm_fork(mm, &child), 0);
	cr_assert_neq(mm_vvar(mm), mm_vvar(child));
	cr_assert_eq(mm_vvar(child)->now_ns, 5);
	mm_vvar(child)->now_ns = 6;
	uint64_t seen;
	cr_assert_eq(mm_copy_from(child, &seen, child->vdso_base - PAGE_SIZE, 8), 8);
	cr_assert_eq(seen, 6);
	cr_assert_eq(touch(mm->vdso_base + PAGE_SIZE + 99, false), 0);
	cr_assert_eq(touch(mm->vdso_base, true), -EFAULT);
	cr_assert_eq(mm_protect(mm, mm->vdso_base, PAGE_SIZE, RW), -EACCES);
	cr_assert_eq(mm_copy_from(mm, &v, mm->vdso_base + PAGE_SIZE + 99, 1), 1);
	cr_assert_eq(v, 0xcc);
	/* A guest may take them away or elsewhere. */
	cr_assert_eq(mm_unmap(child, child->vdso_base - PAGE_SIZE, 3 * PAGE_SIZE), 0);
	mm_vvar(child)->now_ns = 7;
	int64_t to = mm_remap(mm, mm->vdso_base, 2 * PAGE_SIZE, 2 * PAGE_SIZE,
			      MREMAP_MAYMOVE_LINUX | MREMAP_FIXED_LINUX, 0x30000000);
	cr_assert_eq(to, 0x30000000);
	cr_assert_eq(mm->vdso_base, 0x30000000);
	cr_assert_eq(touch(0x30000000, false), 0);
	mm_check(child);
	mm_put(child);
}

/* Do copies stop exactly at the first byte that cannot be reached? */
Test(mm, usercopy_faults)
{
	uint64_t p = mm_anon(mm, 0, 3, RW, 0);
	char buf[64], back[64];

	cr_assert_eq(mm_unmap(mm, p + 2 * PAGE_SIZE, PAGE_SIZE), 0);
	uint64_t edge = p + 2 * PAGE_SIZE;
	memset(buf, 'x', sizeof(buf));
	cr_assert_eq(copy_to_user(uaddr(edge - 64), buf, 64), 0);
	cr_assert_eq(copy_to_user(uaddr(edge - 63), buf, 64), -EFAULT);
	cr_assert_eq(copy_to_user_partial(uaddr(edge - 10), buf, 64), 10);
	cr_assert_eq(copy_from_user_partial(back, uaddr(edge - 10), 64), 10);
	cr_assert_eq(copy_from_user(back, uaddr(p + PAGE_SIZE - 32), 64), 0, "over a page border");
	cr_assert_eq(strncpy_from_user(back, uaddr(edge - 10), 64), -EFAULT, "no end before the edge");
	cr_assert_eq(strncpy_from_user(back, uaddr(edge - 30), 20), -ENAMETOOLONG);
	cr_assert_eq(copy_to_user(uaddr(edge - 6), "hello", 6), 0);
	cr_assert_eq(strncpy_from_user(back, uaddr(edge - 6), 64), 5);
	cr_assert_str_eq(back, "hello");
	cr_assert_eq(strnlen_user(uaddr(edge - 6), 64), 6);
	cr_assert_eq(strnlen_user(uaddr(edge - 6), 3), 4);
	cr_assert_eq(copy_from_user(back, uaddr(0), 1), -EFAULT);
	cr_assert_eq(copy_from_user(back, uaddr(UINT64_MAX - 3), 8), -EFAULT);
	cr_assert_eq(copy_from_user(back, uaddr(0xffff800000000000ULL), 8), -EFAULT);
	cr_assert_eq(copy_from_user(back, uaddr(CPU_GUEST_END), 1), -EFAULT);
	cr_assert_eq(copy_from_user(back, uaddr(0), 0), 0);
	cr_assert_eq(clear_user(uaddr(edge - 6), 6), 0);
	cr_assert_eq(clear_user(uaddr(edge - 6), 7), -EFAULT);
	uint32_t old;
	cr_assert_eq(put_user_u32(uaddr(p), 5), 0);
	cr_assert_eq(cmpxchg_user_u32(uaddr(p), 4, 6, &old), 0);
	cr_assert_eq(old, 5);
	cr_assert_eq(cmpxchg_user_u32(uaddr(p), 5, 6, &old), 0);
	cr_assert_eq(get_user_u32(&old, uaddr(p)), 0);
	cr_assert_eq(old, 6);
	cr_assert_eq(mm_protect(mm, p, PAGE_SIZE, PROT_READ_LINUX), 0);
	cr_assert_eq(put_user_u32(uaddr(p), 5), -EFAULT);
	mm_use(NULL);
	cr_assert_eq(copy_from_user(back, uaddr(p), 1), -EFAULT, "a kernel task has no guest memory");
}

/* Do many single mappings run into vm.max_map_count, and not before? */
Test(mm, map_count)
{
	uint64_t base = 0x100000000ULL;
	struct mm_map_args a = {.len = PAGE_SIZE, .prot = RW, .flags = MAP_PRIVATE_LINUX | MAP_FIXED_LINUX};

	for (uint64_t i = 0; i < MM_MAX_MAP_COUNT; i++) {
		a.addr = base + 2 * i * PAGE_SIZE;
		cr_assert_gt(mm_map(mm, &a), 0, "mapping %llu", (unsigned long long)i);
	}
	a.addr += 2 * PAGE_SIZE;
	cr_assert_eq(mm_map(mm, &a), -ENOMEM);
	a.addr = base;
	a.len = 3 * PAGE_SIZE;
	cr_assert_eq(mm_map(mm, &a), -ENOMEM, "Linux refuses that, too");
	cr_assert_eq(mm_unmap(mm, base, 3 * PAGE_SIZE), 0);
	cr_assert_eq(mm_map(mm, &a), (int64_t)base);
	cr_assert_eq(mm->nr_vmas, MM_MAX_MAP_COUNT - 1);
	/* The whole of it goes with one call. */
	cr_assert_eq(mm_unmap(mm, base, 4ULL * MM_MAX_MAP_COUNT * PAGE_SIZE), 0);
	cr_assert_eq(mm->nr_vmas, 0);
	cr_assert_eq(mm->nr_pagetables, 1);
}

/* Does the host keep less mappings than its limit, whatever a guest does? */
Test(mm, host_mappings_bounded)
{
	uint64_t p = mm_anon(mm, 0, 12000, RW, MAP_NORESERVE_LINUX);
	uint64_t ops = 0, forgotten = 0;
	int code;

	for (uint64_t round = 0; round < 8; round++) {
		for (uint64_t i = 0; i < 12000; i += 2) {
			cr_assert_eq(mm_fault(mm, p + i * PAGE_SIZE, MM_READ, true, &code), 0);
			cr_assert_eq(
			    mm_protect(mm, p + i * PAGE_SIZE, PAGE_SIZE, round % 2 ? RW : PROT_READ_LINUX),
			    0);
			ops += mm->nops;
			for (size_t k = 0; k < mm->nops; k++)
				forgotten += mm->ops[k].kind == CPU_UNMAP && mm->ops[k].npages > 1000000;
			cr_assert_lt(mm->host_maps, 60000);
			mm_ops_done(mm);
		}
	}
	cr_assert_gt(ops, 40000);
	cr_assert_eq(forgotten, 0, "the estimate was too high, a count puts it right");
}

/* Does a queue that nobody empties end in one operation, and still say the truth? */
Test(mm, queue_bounded)
{
	uint64_t p = mm_anon(mm, 0, 8000, RW, 0);

	cr_assert_eq(mm_populate(mm, p, p + 8000 * PAGE_SIZE), 0);
	for (uint64_t i = 0; i < 8000; i++)
		cr_assert_eq(mm_fault(mm, p + i * PAGE_SIZE, MM_READ, true, &(int){0}), 0);
	host_apply(&host, mm);
	for (uint64_t i = 0; i < 8000; i += 2)
		cr_assert_eq(mm_protect(mm, p + i * PAGE_SIZE, PAGE_SIZE, PROT_READ_LINUX), 0);
	for (uint64_t i = 0; i < 8000; i += 2)
		cr_assert_eq(mm_protect(mm, p + i * PAGE_SIZE, PAGE_SIZE, RW), 0);
	cr_assert_leq(mm->nops, 4096);
	host_apply(&host, mm);
	cr_assert_eq(touch(p + 77 * PAGE_SIZE, true), 0);
}

/* Does the text of maps look like Linux's? */
Test(mm, maps_text)
{
	struct strbuf sb = {0};

	mm->brk_start = mm->brk = 0x55550000;
	mm_brk(mm, 0x55560000);
	mm_anon(mm, 0x7f0000000000ULL, 2, PROT_READ_LINUX | PROT_EXEC_LINUX, MAP_FIXED_LINUX);
	mm_anon(mm, 0x7f0000010000ULL, 2, RW, MAP_FIXED_LINUX | MAP_SHARED_LINUX);
	mm_show_maps(mm, &sb);
	cr_assert(!sb.failed);
	cr_assert_str_eq(
	    sb.data,
	    "55550000-55560000 rw-p 00000000 00:00 0                                  [heap]\n"
	    "7f0000000000-7f0000002000 r-xp 00000000 00:00 0 \n"
	    "7f0000010000-7f0000012000 rw-s 00000000 00:01 1                          /dev/zero (deleted)\n");
	strbuf_free(&sb);
	sb = (struct strbuf){0};
	cr_assert_eq(touch(0x55550000, true), 0);
	mm_show_smaps(mm, &sb);
	cr_assert(strstr(sb.data, "\nSize:                 64 kB\n"));
	cr_assert(strstr(sb.data, "\nPrivate_Dirty:        32 kB\n"));
	cr_assert(strstr(sb.data, "\nVmFlags: rd ex mw \n"));
	strbuf_free(&sb);
}

/* Is nothing lost when memory or kernel objects run out in the middle of a fork? */
Test(mm, fork_without_memory)
{
	static pfn_t eaten[TEST_RAM_SIZE >> PAGE_SHIFT];
	uint32_t n = 0;
	struct mm *child;
	pfn_t pfn;

	for (uint64_t i = 0; i < 20; i++) {
		uint64_t p = mm_anon(mm, 0x1000000000ULL * (i + 1), 4, RW, MAP_FIXED_LINUX);
		cr_assert_eq(touch(p, true), 0);
	}
	while ((pfn = frame_alloc(FRAME_KERNEL, 0, false)) != PFN_NONE)
		eaten[n++] = pfn;
	for (uint32_t left = 0; left < 100; left++) {
		int err = mm_fork(mm, &child);
		host_apply(&host, mm);
		mm_check(mm);
		if (!err) {
			cr_assert_gt(left, 20);
			mm_put(child);
			break;
		}
		cr_assert_eq(err, -ENOMEM);
		frame_put(eaten[--n]);
	}
	while (n)
		frame_put(eaten[--n]);
}

/* Does memory in use make an exact report? */
Test(mm, incore_and_sync)
{
	uint8_t vec[20];
	uint64_t p = mm_anon(mm, 0, 20, RW, 0);

	cr_assert_eq(touch(p + 17 * PAGE_SIZE, true), 0);
	cr_assert_eq(mm_incore(mm, p, 20 * PAGE_SIZE, vec), 0);
	cr_assert_eq(vec[17], 1);
	cr_assert_eq(mm_unmap(mm, p + 3 * PAGE_SIZE, PAGE_SIZE), 0);
	cr_assert_eq(mm_incore(mm, p, 20 * PAGE_SIZE, vec), -ENOMEM);
	cr_assert_eq(mm_sync(mm, p, 20 * PAGE_SIZE, MS_SYNC_LINUX), -ENOMEM);
	cr_assert_eq(mm_sync(mm, p, 3 * PAGE_SIZE, MS_SYNC_LINUX), 0);
	cr_assert_eq(mm_sync(mm, p, 3 * PAGE_SIZE, MS_SYNC_LINUX | MS_ASYNC_LINUX), -EINVAL);
	cr_assert_eq(mm_advise(mm, p, 20 * PAGE_SIZE, MADV_POPULATE_WRITE_LINUX), -ENOMEM);
	cr_assert_eq(mm_advise(mm, p, 3 * PAGE_SIZE, MADV_POPULATE_WRITE_LINUX), 0);
}
