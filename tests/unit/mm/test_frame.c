/* test_frame.c - the frame allocator. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/kstack.h"
#include "mm/frame.h"
#include "mm/mm_fixture.h"

TestSuite(frame, .init = mm_setup, .fini = mm_teardown);

#define HELD_MAX 3000
struct held {
	pfn_t pfn;
	uint32_t n;
};

/* Does the allocator stay sound, and are frames never handed out twice, over a long random history? */
Test(frame, random_history)
{
	static struct held held[HELD_MAX];
	static uint8_t owned[TEST_RAM_SIZE >> PAGE_SHIFT];
	uint32_t nheld = 0;

	for (int step = 0; step < 40000; step++) {
		if (nheld < HELD_MAX && mm_random(100) < 52) {
			uint32_t n = 1;
			pfn_t pfn;
			if (mm_random(4) == 0) {
				n = (uint32_t)mm_random(70) + 1;
				pfn = frame_try_alloc_run(FRAME_ANON, n, false);
			} else {
				unsigned order = (unsigned)(mm_random(10) ? 0
									  : mm_random(FRAME_MAX_ORDER + 1));
				n = 1U << order;
				pfn = frame_alloc(FRAME_ANON, order, false);
				cr_assert(pfn == PFN_NONE || (pfn & (n - 1)) == 0, "block is not aligned");
			}
			if (pfn == PFN_NONE)
				continue;
			for (uint32_t i = 0; i < n; i++) {
				cr_assert(!owned[pfn + i], "frame %u was handed out twice", pfn + i);
				owned[pfn + i] = 1;
			}
			held[nheld++] = (struct held){pfn, n};
		} else if (nheld) {
			uint32_t k = (uint32_t)mm_random(nheld);
			for (uint32_t i = 0; i < held[k].n; i++) {
				owned[held[k].pfn + i] = 0;
				frame_put(held[k].pfn + i);
			}
			held[k] = held[--nheld];
		}
		if (step % 2000 == 0)
			frame_check();
	}
	while (nheld) {
		nheld--;
		for (uint32_t i = 0; i < held[nheld].n; i++)
			frame_put(held[nheld].pfn + i);
	}
}

/* Is memory that was asked for zeroed really zero, used before or not? */
Test(frame, zeroed_when_asked)
{
	for (int round = 0; round < 3; round++) {
		pfn_t pfn = frame_alloc(FRAME_ANON, 3, true);
		const uint8_t *p = frame_ptr(pfn);
		for (size_t i = 0; i < 8 * PAGE_SIZE; i++)
			cr_assert_eq(p[i], 0);
		memset(frame_ptr(pfn), 0x5a, 8 * PAGE_SIZE);
		for (pfn_t i = 0; i < 8; i++)
			frame_put(pfn + i);
	}
}

/* Do the last frames come out, is the end reported, and is everything one block again afterwards? */
Test(frame, exhaustion_and_merging)
{
	static pfn_t all[TEST_RAM_SIZE >> PAGE_SHIFT];
	uint32_t n = 0;
	struct frame_stats before, after;

	frame_stats(&before);
	while ((all[n] = frame_alloc(FRAME_ANON, 0, false)) != PFN_NONE)
		n++;
	cr_assert_eq(n, before.total - 1);
	cr_assert_eq(frame_free(), 0);
	cr_assert(!frame_plenty());
	frame_check();
	for (uint32_t i = 0; i < n; i++)
		frame_put(all[(i * 7919ULL) % n]);
	frame_check();
	pfn_t big = frame_alloc(FRAME_ANON, FRAME_MAX_ORDER, false);
	cr_assert_neq(big, PFN_NONE, "free memory is in pieces");
	for (pfn_t i = 0; i < 1U << FRAME_MAX_ORDER; i++)
		frame_put(big + i);
	frame_stats(&after);
	cr_assert_eq(after.free, before.free);
}

static pfn_t reserve[64];
static uint32_t nreserve, shrunk;

static uint32_t give_back(uint32_t want)
{
	uint32_t freed = 0;

	shrunk++;
	while (nreserve && freed < want) {
		frame_put(reserve[--nreserve]);
		freed++;
	}
	return freed;
}

/* Are shrinkers asked when memory is out, and only then? */
Test(frame, shrinkers)
{
	static pfn_t all[TEST_RAM_SIZE >> PAGE_SHIFT];
	uint32_t n = 0;

	frame_add_shrinker(give_back);
	for (nreserve = 0; nreserve < ARRAY_LEN(reserve); nreserve++)
		reserve[nreserve] = frame_alloc(FRAME_KERNEL, 0, false);
	while (frame_free())
		all[n++] = frame_alloc(FRAME_ANON, 0, false);
	cr_assert_eq(shrunk, 0);
	cr_assert_eq(frame_try_alloc(FRAME_ANON, 0, false), PFN_NONE);
	cr_assert_eq(shrunk, 0);
	for (int i = 0; i < 64; i++) {
		all[n] = frame_alloc(FRAME_ANON, 0, false);
		cr_assert_neq(all[n], PFN_NONE);
		n++;
	}
	cr_assert_gt(shrunk, 0);
	cr_assert_eq(frame_alloc(FRAME_ANON, 0, false), PFN_NONE);
	while (n)
		frame_put(all[--n]);
}

/* Does the last reference free a frame, and no other? */
Test(frame, references)
{
	uint32_t free_before = frame_free();
	pfn_t pfn = frame_alloc(FRAME_KERNEL, 0, false);

	frame_get(pfn);
	frame_put(pfn);
	cr_assert_eq(frame_refs(pfn), 1);
	cr_assert_eq(frame_owner(pfn), FRAME_KERNEL);
	frame_set_owner(pfn, FRAME_PAGECACHE);
	cr_assert_eq(frame_owner(pfn), FRAME_PAGECACHE);
	cr_assert_eq(*frame_private(pfn), 0);
	cr_assert_eq(frame_of_ptr((uint8_t *)frame_ptr(pfn) + 100), pfn);
	frame_put(pfn);
	cr_assert_eq(frame_free(), free_before);
}

/* Do kernel stacks come from RAM, are a few kept, and does memory pressure get them back? */
Test(frame, kernel_stacks)
{
	void *stacks[20];
	struct frame_stats st;

	for (int i = 0; i < 20; i++) {
		stacks[i] = kstack_ops->alloc(KSTACK_SIZE);
		cr_assert_not_null(stacks[i]);
		memset((uint8_t *)stacks[i] + 64, 0xaa, KSTACK_SIZE - 64);
	}
	frame_stats(&st);
	cr_assert_eq(st.by_owner[FRAME_KSTACK], 20 * KSTACK_SIZE / PAGE_SIZE);
	for (int i = 0; i < 20; i++)
		kstack_ops->free(stacks[i], KSTACK_SIZE);
	frame_stats(&st);
	cr_assert_eq(st.by_owner[FRAME_KSTACK], 16 * KSTACK_SIZE / PAGE_SIZE);
	pfn_t all = PFN_NONE, n = 0;
	static pfn_t list[TEST_RAM_SIZE >> PAGE_SHIFT];
	while ((all = frame_alloc(FRAME_ANON, 0, false)) != PFN_NONE)
		list[n++] = all;
	frame_stats(&st);
	cr_assert_eq(st.by_owner[FRAME_KSTACK], 0);
	cr_assert_eq(script.nkstacks, 0);
	while (n)
		frame_put(list[--n]);
}
