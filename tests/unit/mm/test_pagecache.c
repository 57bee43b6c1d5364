/* test_pagecache.c - pages of files: holes, sources, dirt, truncation, and all of that under mappings. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"
#include "mm/mm_fixture.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"
#include "mm/usercopy.h"

TestSuite(pagecache, .init = mm_setup, .fini = mm_teardown, .timeout = 120);

/* A file with a source: byte k of page i is made from both. */
struct source {
	struct pagecache pc;
	uint64_t bytes;
	int reads, charged, charge_max, writes;
	uint64_t bad_page; /* reading it fails */
};

static uint8_t source_byte(uint64_t index, uint64_t k)
{
	return (uint8_t)(index * 31 + k * 7 + 1);
}

static struct source *source_of(struct pagecache *pc)
{
	return (struct source *)((char *)pc - offsetof(struct source, pc));
}

static int source_readpage(struct pagecache *pc, uint64_t index, void *page)
{
	struct source *s = source_of(pc);
	uint64_t n = s->bytes - index * PAGE_SIZE;

	cr_assert_lt(index * PAGE_SIZE, s->bytes, "read beyond the end");
	s->reads++;
	if (index == s->bad_page)
		return -EIO;
	for (uint64_t k = 0; k < n && k < PAGE_SIZE; k++) {
		cr_assert_eq(((uint8_t *)page)[k], 0);
		((uint8_t *)page)[k] = source_byte(index, k);
	}
	return 0;
}

static int source_charge(struct pagecache *pc, int64_t pages)
{
	struct source *s = source_of(pc);

	if (pages > 0 && s->charge_max && s->charged + pages > s->charge_max)
		return -ENOSPC;
	s->charged += (int)pages;
	return 0;
}

static int source_writepage(struct pagecache *pc, uint64_t index, const void *page)
{
	(void)index;
	(void)page;
	source_of(pc)->writes++;
	return 0;
}

static uint64_t source_size(struct pagecache *pc)
{
	return source_of(pc)->bytes;
}

static const struct pagecache_ops source_ops = {
    .readpage = source_readpage, .charge = source_charge, .writepage = source_writepage, .size = source_size};
static const struct pagecache_ops memory_ops = {.charge = source_charge, .size = source_size};

static struct source src;

static void source_init(const struct pagecache_ops *ops, uint64_t bytes, bool reclaimable)
{
	memset(&src, 0, sizeof(src));
	src.bytes = bytes;
	src.bad_page = UINT64_MAX;
	pagecache_init(&src.pc, ops, reclaimable);
}

static uint64_t map_source(struct mm *mm, uint64_t pages, uint64_t pgoff, uint32_t prot, uint32_t flags)
{
	static char file; /* only an address */
	struct mm_map_args a = {.len = pages * PAGE_SIZE,
				.prot = prot,
				.flags = flags,
				.pc = &src.pc,
				.pgoff = pgoff,
				.file = (struct file *)(void *)&file,
				.vma_flags = VMA_MAYWRITE};
	int64_t got = mm_map(mm, &a);

	cr_assert_gt(got, 0);
	return (uint64_t)got;
}

/* Are holes zeros, distant pages found, and the whole freed again? */
Test(pagecache, sparse)
{
	static const uint64_t at[] = {0, 1, 31, 32, 1023, 1024, 40000, 1ULL << 30, (1ULL << 52) - 1};
	uint8_t byte;

	source_init(&memory_ops, UINT64_MAX, false);
	for (size_t i = ARRAY_LEN(at); i-- > 0;) {
		byte = (uint8_t)(i + 1);
		cr_assert_eq(pagecache_write(&src.pc, &byte, 1, at[i] * PAGE_SIZE + 5), 1);
	}
	cr_assert_eq(src.pc.npages, ARRAY_LEN(at));
	cr_assert_eq(src.charged, ARRAY_LEN(at));
	uint64_t next = 0;
	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		next = pagecache_next_present(&src.pc, i ? at[i - 1] + 1 : 0);
		cr_assert_eq(next, at[i]);
		cr_assert_eq(pagecache_read(&src.pc, &byte, 1, at[i] * PAGE_SIZE + 5), 1);
		cr_assert_eq(byte, i + 1);
	}
	cr_assert_eq(pagecache_next_present(&src.pc, next + 1), UINT64_MAX);
	pfn_t pfn;
	cr_assert_eq(pagecache_get(&src.pc, 7, false, &pfn), -ENODATA);
	byte = 9;
	cr_assert_eq(pagecache_read(&src.pc, &byte, 1, 7 * PAGE_SIZE), 1);
	cr_assert_eq(byte, 0);
	pagecache_truncate(&src.pc, 32, 1ULL << 30, true);
	cr_assert_eq(src.pc.npages, 5);
	pagecache_destroy(&src.pc);
	cr_assert_eq(src.charged, 0);
}

/* Does the tree keep what an array would, whatever comes and goes? */
Test(pagecache, random_pages)
{
	static uint8_t model[3000];

	source_init(&memory_ops, UINT64_MAX, false);
	for (int step = 0; step < 20000; step++) {
		uint64_t i = mm_random(ARRAY_LEN(model));
		if (mm_random(3)) {
			uint8_t value = (uint8_t)(mm_random(255) + 1);
			cr_assert_eq(pagecache_write(&src.pc, &value, 1, i * PAGE_SIZE), 1);
			model[i] = value;
		} else {
			uint64_t n = mm_random(40);
			pagecache_truncate(&src.pc, i, i + n, true);
			for (uint64_t k = i; k < i + n && k < ARRAY_LEN(model); k++)
				model[k] = 0;
		}
		i = mm_random(ARRAY_LEN(model));
		uint8_t value = 0;
		cr_assert_eq(pagecache_read(&src.pc, &value, 1, i * PAGE_SIZE), 1);
		cr_assert_eq(value, model[i]);
		cr_assert_eq(pagecache_present(&src.pc, i), model[i] != 0);
	}
	pagecache_destroy(&src.pc);
}

/* Is a file read in runs of neighbouring frames, once, and not beyond its end? */
Test(pagecache, read_ahead)
{
	pfn_t first, pfn;
	uint8_t buf[100];

	source_init(&source_ops, 20 * PAGE_SIZE + 10, true);
	cr_assert_eq(pagecache_get(&src.pc, 3, false, &pfn), 0);
	frame_put(pfn);
	cr_assert_eq(src.reads, 16);
	first = pagecache_lookup(&src.pc, 0);
	for (uint64_t i = 0; i < 16; i++)
		cr_assert_eq(pagecache_lookup(&src.pc, i), first + i);
	cr_assert_eq(pagecache_read(&src.pc, buf, sizeof(buf), 20 * PAGE_SIZE), sizeof(buf));
	for (size_t k = 0; k < sizeof(buf); k++)
		cr_assert_eq(buf[k], k < 10 ? source_byte(20, k) : 0);
	cr_assert_eq(src.reads, 21);
	cr_assert_eq(src.charged, 0, "clean pages are free of charge");
	cr_assert_eq(pagecache_get(&src.pc, 21, false, &pfn), -ENODATA);
	pagecache_destroy(&src.pc);
}

/* Does one page that cannot be read leave its neighbours readable? */
Test(pagecache, bad_page)
{
	pfn_t pfn;

	source_init(&source_ops, 32 * PAGE_SIZE, true);
	src.bad_page = 5;
	cr_assert_eq(pagecache_get(&src.pc, 4, false, &pfn), 0);
	frame_put(pfn);
	cr_assert_eq(pagecache_get(&src.pc, 5, false, &pfn), -EIO);
	cr_assert_eq(pagecache_get(&src.pc, 6, false, &pfn), 0);
	frame_put(pfn);
	struct mm *mm = mm_create();
	struct host_model host = {0};
	uint64_t at = map_source(mm, 32, 0, PROT_READ_LINUX, MAP_PRIVATE_LINUX);
	uint8_t v;
	cr_assert_eq(host_touch(&host, mm, at + 5 * PAGE_SIZE, false, &v), -EIO);
	cr_assert_eq(host_touch(&host, mm, at + 6 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(v, source_byte(6, 0));
	mm_put(mm);
	host_free(&host);
	pagecache_destroy(&src.pc);
}

/* Is a size limit kept, and reported as such? */
Test(pagecache, limit)
{
	static uint8_t buf[12 * PAGE_SIZE];

	source_init(&memory_ops, UINT64_MAX, false);
	src.charge_max = 10;
	cr_assert_eq(pagecache_write(&src.pc, buf, sizeof(buf), 0), -ENOSPC);
	cr_assert_eq(src.charged, 10);
	cr_assert_eq(src.pc.npages, 10);
	/* A mapping that runs into it gets a bus error. */
	struct mm *mm = mm_create();
	int code;
	uint64_t at = map_source(mm, 20, 0, PROT_READ_LINUX | PROT_WRITE_LINUX, MAP_SHARED_LINUX);
	cr_assert_eq(mm_fault(mm, at + 15 * PAGE_SIZE, MM_WRITE, false, &code), -EIO);
	cr_assert_eq(mm_fault(mm, at + 5 * PAGE_SIZE, MM_WRITE, false, &code), 0);
	mm_put(mm);
	pagecache_destroy(&src.pc);
	cr_assert_eq(src.charged, 0);
}

/* Do all mappings of a file and its reads and writes show the same bytes, private copies apart? */
Test(pagecache, coherent_mappings)
{
	struct mm *a = mm_create(), *b = mm_create();
	struct host_model ha = {0}, hb = {0};
	uint8_t v;

	source_init(&source_ops, 64 * PAGE_SIZE, true);
	uint32_t rw = PROT_READ_LINUX | PROT_WRITE_LINUX;
	uint64_t sa = map_source(a, 64, 0, rw, MAP_SHARED_LINUX);
	uint64_t sb = map_source(b, 60, 4, rw, MAP_SHARED_LINUX);
	uint64_t pb = map_source(b, 64, 0, rw, MAP_PRIVATE_LINUX);

	cr_assert_eq(host_touch(&hb, b, pb + 7 * PAGE_SIZE + 9, false, &v), 0);
	cr_assert_eq(v, source_byte(7, 9));
	v = 77;
	cr_assert_eq(host_touch(&ha, a, sa + 7 * PAGE_SIZE + 9, true, &v), 0);
	cr_assert_eq(src.pc.ndirty, 1, "one page was written");
	cr_assert_eq(host_touch(&hb, b, sb + 3 * PAGE_SIZE + 9, false, &v), 0);
	cr_assert_eq(v, 77);
	cr_assert_eq(host_touch(&hb, b, pb + 7 * PAGE_SIZE + 9, false, &v), 0);
	cr_assert_eq(v, 77, "not yet copied");
	v = 78;
	cr_assert_eq(host_touch(&hb, b, pb + 7 * PAGE_SIZE + 9, true, &v), 0);
	cr_assert_eq(host_touch(&ha, a, sa + 7 * PAGE_SIZE + 9, false, &v), 0);
	cr_assert_eq(v, 77);
	cr_assert_eq(pagecache_read(&src.pc, &v, 1, 7 * PAGE_SIZE + 9), 1);
	cr_assert_eq(v, 77);
	v = 79;
	cr_assert_eq(pagecache_write(&src.pc, &v, 1, 7 * PAGE_SIZE + 9), 1);
	cr_assert_eq(host_touch(&hb, b, sb + 3 * PAGE_SIZE + 9, false, &v), 0);
	cr_assert_eq(v, 79);
	mm_check(a);
	mm_check(b);

	/* Written back, the page is clean and the next write is noticed again. */
	cr_assert_eq(pagecache_writeback(&src.pc), 0);
	cr_assert_eq(src.writes, 1);
	cr_assert_eq(src.pc.ndirty, 0);
	cr_assert_eq(src.charged, 0);
	v = 80;
	cr_assert_eq(host_touch(&ha, a, sa + 7 * PAGE_SIZE + 9, true, &v), 0);
	cr_assert_eq(src.pc.ndirty, 1);
	mm_put(a);
	mm_put(b);
	host_free(&ha);
	host_free(&hb);
	pagecache_destroy(&src.pc);
}

/* Does truncation reach every mapping, private copies too when it should, and is what lies beyond a bus
 * error? */
Test(pagecache, truncate_under_mappings)
{
	struct mm *mm = mm_create(), *child;
	struct host_model host = {0}, hc = {0};
	uint8_t v;
	uint32_t rw = PROT_READ_LINUX | PROT_WRITE_LINUX;

	source_init(&memory_ops, 16 * PAGE_SIZE, false);
	uint64_t s = map_source(mm, 16, 0, rw, MAP_SHARED_LINUX),
		 p = map_source(mm, 16, 0, rw, MAP_PRIVATE_LINUX);
	for (uint64_t i = 0; i < 16; i++) {
		v = (uint8_t)(i + 1);
		cr_assert_eq(host_touch(&host, mm, s + i * PAGE_SIZE, true, &v), 0);
		v = (uint8_t)(i + 101);
		if (i % 2)
			cr_assert_eq(host_touch(&host, mm, p + i * PAGE_SIZE, true, &v), 0);
	}
	cr_assert_eq(mm_fork(mm, &child), 0);
	cr_assert_eq(host_touch(&hc, child, s + 12 * PAGE_SIZE, false, &v), 0);

	/* A punched hole leaves private copies alone. */
	pagecache_truncate(&src.pc, 2, 4, false);
	cr_assert_eq(host_touch(&host, mm, s + 3 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(v, 0);
	cr_assert_eq(host_touch(&host, mm, p + 3 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(v, 104);
	cr_assert_eq(host_touch(&hc, child, p + 3 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(v, 104);

	src.bytes = 8 * PAGE_SIZE;
	pagecache_truncate(&src.pc, 8, UINT64_MAX, true);
	mm_check(mm);
	mm_check(child);
	cr_assert_eq(host_touch(&host, mm, s + 8 * PAGE_SIZE, false, &v), -EIO);
	cr_assert_eq(host_touch(&host, mm, p + 9 * PAGE_SIZE, false, &v), -EIO);
	cr_assert_eq(host_touch(&hc, child, s + 12 * PAGE_SIZE, false, &v), -EIO);
	cr_assert_eq(host_touch(&hc, child, s + 7 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(v, 8);
	src.bytes = 16 * PAGE_SIZE;
	cr_assert_eq(host_touch(&host, mm, p + 9 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(v, 0);
	mm_put(mm);
	mm_put(child);
	host_free(&host);
	host_free(&hc);
	pagecache_destroy(&src.pc);
}

/* Are pages that are there mapped with the first fault, and with one operation? */
Test(pagecache, fault_around)
{
	struct mm *mm = mm_create();
	struct host_model host = {0};
	uint8_t v;

	source_init(&source_ops, 64 * PAGE_SIZE, true);
	uint64_t at = map_source(mm, 64, 0, PROT_READ_LINUX, MAP_PRIVATE_LINUX);
	cr_assert_eq(at % (64 * PAGE_SIZE), 0, "the test wants one window");
	cr_assert_eq(host_touch(&host, mm, at + 20 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(host.n, 16);
	cr_assert_eq(host.nops, 1);
	cr_assert_eq(host_faults, 1);
	for (uint64_t i = 0; i < 64; i++)
		cr_assert_eq(host_touch(&host, mm, at + i * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(host_faults, 4);
	mm_put(mm);
	host_free(&host);
	pagecache_destroy(&src.pc);
}

/* Does a write to the data of a program image cost a single fault, which copies the pages around? */
Test(pagecache, image_data_is_copied_at_once)
{
	struct mm *mm = mm_create();
	struct host_model host = {0};
	uint8_t v = 1;

	source_init(&source_ops, 64 * PAGE_SIZE, true);
	for (uint64_t i = 0; i < 64; i += 16)
		cr_assert_eq(pagecache_read(&src.pc, &v, 1, i * PAGE_SIZE), 1);
	uint64_t at = map_source(mm, 64, 0, PROT_READ_LINUX | PROT_WRITE_LINUX,
				 MAP_PRIVATE_LINUX | MAP_DENYWRITE_LINUX);
	cr_assert_eq(host_touch(&host, mm, at + 2 * PAGE_SIZE, true, &v), 0);
	cr_assert_eq(host_faults, 1);
	cr_assert_eq(host.n, 64);
	cr_assert_eq(mm->rss_anon, 16, "%llu pages were copied", (unsigned long long)mm->rss_anon);
	mm_put(mm);
	host_free(&host);
	pagecache_destroy(&src.pc);
}

/* Does memory pressure take clean pages, mapped ones last, and never dirty ones? */
Test(pagecache, reclaim)
{
	static pfn_t eaten[TEST_RAM_SIZE >> PAGE_SHIFT];
	uint32_t n = 0;
	struct mm *mm = mm_create();
	struct host_model host = {0};
	uint8_t v = 5;

	source_init(&source_ops, 1000 * PAGE_SIZE, true);
	uint64_t at = map_source(mm, 100, 0, PROT_READ_LINUX | PROT_WRITE_LINUX, MAP_SHARED_LINUX);
	for (uint64_t i = 0; i < 1000; i += 16)
		cr_assert_eq(pagecache_read(&src.pc, &v, 1, i * PAGE_SIZE), 1);
	cr_assert_eq(src.pc.npages, 1000);
	cr_assert_eq(host_touch(&host, mm, at + 30 * PAGE_SIZE, false, &v), 0);
	v = 5;
	cr_assert_eq(host_touch(&host, mm, at + 31 * PAGE_SIZE, true, &v), 0);
	pfn_t pfn;
	while ((pfn = frame_alloc(FRAME_KERNEL, 0, false)) != PFN_NONE)
		eaten[n++] = pfn;
	cr_assert_eq(src.pc.npages, 1, "%llu pages stayed", (unsigned long long)src.pc.npages);
	mm_check(mm);
	host_apply(&host, mm);
	frame_put(eaten[--n]);
	while (n)
		frame_put(eaten[--n]);
	cr_assert_eq(host_touch(&host, mm, at + 31 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(v, 5);
	cr_assert_eq(host_touch(&host, mm, at + 30 * PAGE_SIZE, false, &v), 0);
	cr_assert_eq(v, source_byte(30, 0));
	mm_put(mm);
	host_free(&host);
	pagecache_destroy(&src.pc);
}

/* Is part of a page zeroed, in the cache and under a mapping, and are holes passed over quickly? */
Test(pagecache, zero_range)
{
	static uint8_t buf[3 * PAGE_SIZE];

	source_init(&memory_ops, UINT64_MAX, false);
	memset(buf, 1, sizeof(buf));
	pagecache_write(&src.pc, buf, sizeof(buf), 0);
	pagecache_zero_range(&src.pc, 100, PAGE_SIZE);
	pagecache_zero_range(&src.pc, 3 * PAGE_SIZE - 10, 1ULL << 60);
	pagecache_read(&src.pc, buf, sizeof(buf), 0);
	for (size_t i = 0; i < sizeof(buf); i++)
		cr_assert_eq(buf[i], (i < 100 || i >= 100 + PAGE_SIZE) && i < sizeof(buf) - 10);
	cr_assert_eq(src.pc.npages, 3);
	pagecache_destroy(&src.pc);
}
