/* test_call_fuzz.c - does the kernel stand whatever arguments a guest makes up? Many short-lived processes
 * make random calls of all families with values that like to break things; the parent kills those that sleep.
 * What is checked: no assertion, no sanitizer report, no hang, and nothing leaked at the end (the fixture
 * looks).
 *
 * Left out: calls that would make the scripted CPU run an address that is no function (clone, exec, handlers)
 * and those that end the run. They have tests of their own. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/errno.h"
#include "sys/guest_tasks.h"
#include "sys/syscall.h"

#define ROUNDS 60
#define CALLS_PER_ROUND 150
#define NR_LIMIT 460

static uint64_t seed, rng;
static uint64_t page;

static uint64_t next_random(void)
{
	/* xorshift64* */
	rng ^= rng >> 12;
	rng ^= rng << 25;
	rng ^= rng >> 27;
	return rng * 0x2545f4914f6cdd1dULL;
}

static bool left_out(uint64_t nr)
{
	static const uint16_t list[] = {
	    13,  15,  56,  57,  58,  59,  60, 231, 322, 435, /* handlers, frames, tasks, ends */
	    62,  129, 200, 234, 297, 424,                    /* signals to anybody */
	    169,                                             /* reboot */
	};

	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (nr == list[i])
			return true;
	return !syscall_name(nr);
}

static uint64_t random_argument(void)
{
	static const uint64_t plain[] = {
	    0,
	    0,
	    1,
	    2,
	    3,
	    4,
	    5,
	    7,
	    8,
	    16,
	    24,
	    64,
	    100,
	    128,
	    255,
	    256,
	    1000,
	    4095,
	    4096,
	    65536,
	    1ULL << 31,
	    1ULL << 32,
	    INT32_MAX,
	    UINT32_MAX,
	    (uint64_t)-1,
	    (uint64_t)-2,
	    (uint64_t)-100,
	    (uint64_t)INT64_MIN,
	    INT64_MAX,
	    0x7ffff0000000,
	    0x7fffeffff000,
	    0xffff800000000000,
	    0xdeadbeefdeadbeef,
	};
	uint64_t r = next_random();

	switch (r % 8) {
	case 0:
	case 1:
	case 2: return plain[(r >> 8) % ARRAY_LEN(plain)];
	case 3: return (r >> 8) % 64;
	case 4:
	case 5: return page + (r >> 8) % 4096; /* often not aligned, sometimes over the end */
	case 6: return page + ((r >> 8) % 256) * 16;
	default: return 1ULL << ((r >> 8) % 64);
	}
}

static void fill_page(void)
{
	uint64_t words[64];

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		words[i] = next_random() % 4 ? random_argument() : next_random() % 16;
	guest_store(page + (next_random() % 7) * 512, words, sizeof(words));
}

static void breaks_things(uint64_t flags)
{
	(void)flags;
	CALL2(NR_SETPGID, 0, 0);
	for (int i = 0; i < CALLS_PER_ROUND; i++) {
		uint64_t nr = next_random() % NR_LIMIT, a[6];
		if (left_out(nr))
			continue;
		if (next_random() % 4 == 0)
			fill_page();
		for (int k = 0; k < 6; k++)
			a[k] = random_argument();
		if (getenv("FUZZ_TRACE"))
			fprintf(stderr, "%s(%#llx, %#llx, %#llx, %#llx, %#llx, %#llx)\n", syscall_name(nr),
				(unsigned long long)a[0], (unsigned long long)a[1], (unsigned long long)a[2],
				(unsigned long long)a[3], (unsigned long long)a[4], (unsigned long long)a[5]);
		guest_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
	guest_exit(0);
}

static void fuzz_guest(void)
{
	uint64_t zero = 0;

	page = guest_data(&zero, sizeof(zero));
	rng = seed * 0x9e3779b97f4a7c15ULL + 1;
	for (int i = 0; i < ROUNDS; i++) {
		int64_t child = guest_fork(breaks_things);
		if (child < 0)
			break; /* somebody has taken the limits away */
		guest_sleep_ns(20000000);
		CALL2(NR_KILL, child, SIGKILL_LINUX);
		/* it may be another's child or nobody's by now, but it is not there any more */
		while (guest_wait(-1, 0) >= 0)
			continue;
	}
	guest_exit(0);
}

static int run_fuzz(uint64_t s)
{
	seed = s;
	boot_fixture_reset();
	boot_fixture_program(fuzz_guest);
	return boot_fixture_run();
}

Test(call_fuzz, random_calls, .timeout = 120)
{
	const char *chosen = getenv("FUZZ_SEED");
	uint64_t first = chosen ? strtoull(chosen, NULL, 0) : 1, n = chosen ? 1 : 6;

	for (uint64_t s = first; s < first + n; s++) {
		int status = run_fuzz(s);
		/* the program ends by itself, or by a signal that a wild call sent it */
		cr_expect(status == 0 || status > 128, "seed %llu: status %d", (unsigned long long)s, status);
	}
}
