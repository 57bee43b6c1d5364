/* test_kmem.c - the arena allocator. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/choice.h"
#include "core/kmem.h"
#include "support/test_kernel.h"

struct thing {
	uint64_t a, b, c;
	uint8_t bytes[13];
};
static KMEM_CACHE(thing_cache, thing);

/* Is an object zero although the one before it in its place was not? */
KTEST(kmem, objects_are_zeroed)
{
	struct thing *t = kmem_alloc(&thing_cache), *again;

	cr_assert_not_null(t);
	memset(t, 0xff, sizeof(*t));
	kmem_free(&thing_cache, t);
	again = kmem_alloc(&thing_cache);
	cr_assert_eq(again, t, "the last one freed is the first one used again");
	for (size_t i = 0; i < sizeof(*again); i++)
		cr_assert_eq(((uint8_t *)again)[i], 0);
	kmem_free(&thing_cache, again);
}

/* Do the counters of a cache tell what is alive? */
KTEST(kmem, caches_count)
{
	struct thing *t[1000];

	for (int i = 0; i < 1000; i++)
		t[i] = kmem_alloc(&thing_cache);
	cr_assert_eq(thing_cache.live, 1000);
	cr_assert_eq(kmem_live_objects(), 1000);
	for (int i = 0; i < 1000; i++)
		kmem_free(&thing_cache, t[i]);
	cr_assert_eq(thing_cache.live, 0);
	cr_assert_eq(thing_cache.total, 1000);
}

/* Are objects apart and aligned? */
KTEST(kmem, objects_do_not_overlap)
{
	struct thing *t[500];

	for (int i = 0; i < 500; i++) {
		t[i] = kmem_alloc(&thing_cache);
		cr_assert_eq((uintptr_t)t[i] % 16, 0);
		memset(t[i], i & 0xff, sizeof(*t[i]));
	}
	for (int i = 0; i < 500; i++)
		for (size_t k = 0; k < sizeof(*t[i]); k++)
			cr_assert_eq(((uint8_t *)t[i])[k], i & 0xff);
	for (int i = 0; i < 500; i++)
		kmem_free(&thing_cache, t[i]);
}

/* Do all sizes from 1 byte to several pages hold what is written to them, in any order of freeing? */
KTEST(kmem, kmalloc_of_all_sizes)
{
	enum {
		N = 200
	};
	uint8_t *p[N] = {0};
	size_t size[N] = {0};

	for (int round = 0; round < 20000; round++) {
		size_t i = choose(CHOICE_ALLOC, "slot", N);

		if (p[i]) {
			for (size_t k = 0; k < size[i]; k += 97)
				cr_assert_eq(p[i][k], (uint8_t)i);
			cr_assert_eq(p[i][size[i] - 1], (uint8_t)i);
			kfree(p[i]);
			p[i] = NULL;
			continue;
		}
		size[i] = 1 + choose(CHOICE_ALLOC, "size", choose(CHOICE_ALLOC, "big", 8) ? 3000 : 100000);
		p[i] = kmalloc(size[i]);
		cr_assert_not_null(p[i]);
		cr_assert_eq(p[i][0], 0);
		cr_assert_eq(p[i][size[i] - 1], 0);
		cr_assert_eq(p[i][size[i] / 2], 0);
		memset(p[i], (int)i, size[i]);
	}
	for (size_t i = 0; i < N; i++)
		kfree(p[i]);
}

/* Do freed page runs merge, so that a big one fits where small ones were? */
KTEST(kmem, runs_merge)
{
	void *p[64], *big, *fence;
	size_t used;

	for (int i = 0; i < 64; i++)
		p[i] = kmalloc(3 * PAGE_SIZE);
	fence = kmalloc(PAGE_SIZE);
	used = kmem_arena_used();
	for (int i = 0; i < 64; i += 2)
		kfree(p[i]);
	for (int i = 1; i < 64; i += 2)
		kfree(p[i]);
	big = kmalloc(64 * 3 * PAGE_SIZE);
	cr_assert_eq(big, p[0]);
	cr_assert_eq(kmem_arena_used(), used);
	kfree(big);
	kfree(fence);
}

/* Does krealloc keep the content and zero what it adds, also after shrinking in place? */
KTEST(kmem, krealloc)
{
	uint8_t *p = kmalloc(40);

	memset(p, 1, 40);
	p = krealloc(p, 5000);
	for (int i = 0; i < 5000; i++)
		cr_assert_eq(p[i], i < 40);
	memset(p, 2, 5000);
	p = krealloc(p, 4500);
	p = krealloc(p, 5000);
	for (int i = 0; i < 5000; i++)
		cr_assert_eq(p[i], i < 4500 ? 2 : 0);
	p = krealloc(p, 10);
	for (int i = 0; i < 10; i++)
		cr_assert_eq(p[i], 2);
	kfree(p);
}

/* Are nonsense and exhausting requests refused, not served? */
KTEST(kmem, refusals)
{
	void *p[32];
	int n = 0;

	cr_assert_null(kmalloc(0));
	cr_assert_null(kmalloc((64UL << 20) + 1));
	while (n < 32 && (p[n] = kmalloc(64UL << 20)))
		n++;
	cr_assert(n > 10 && n < 16, "a 1 GiB arena held %d runs of 64 MiB", n);
	while (n)
		kfree(p[--n]);
	kfree(NULL);
}

/* Is freeing twice noticed? */
KTEST(kmem, double_free, .exit_code = 124)
{
	struct thing *t = kmem_alloc(&thing_cache);

	kmem_free(&thing_cache, t);
	kmem_free(&thing_cache, t);
}

/* Also of memory from kmalloc? */
KTEST(kmem, double_kfree, .exit_code = 124)
{
	void *p = kmalloc(100);

	kfree(p);
	kfree(p);
}

/* Is freeing to the wrong cache noticed? */
KTEST(kmem, wrong_cache, .exit_code = 124)
{
	kmem_free(&thing_cache, kmalloc(64));
}

/* Is a pointer into the middle of an object noticed? */
KTEST(kmem, middle_of_object, .exit_code = 124)
{
	kfree((char *)kmalloc(256) + 16);
}

/* Strings and copies. */
KTEST(kmem, duplicates)
{
	char *a = kstrdup("hello"), *b = kstrndup("hello", 3), *c = kmemdup("\1\0\2", 3);

	cr_assert_str_eq(a, "hello");
	cr_assert_str_eq(b, "hel");
	cr_assert_arr_eq(c, "\1\0\2", 3);
	kfree(a);
	kfree(b);
	kfree(c);
}
