/* test_elf_fuzz.c - the ELF loader against damaged headers: it may refuse or kill, never crash, hang or leak.
 * A damaged program that can be mapped all the same is given an entry that exits. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sys/boot_fixture.h"

#define ROUNDS 400

static void exit_42(void)
{
	guest_exit(42);
}

static uint64_t rnd_state;

static uint64_t rnd(void)
{
	rnd_state = rnd_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return rnd_state >> 33;
}

/* Values at which checks tend to be wrong. */
static uint64_t odd_value(void)
{
	static const uint64_t odd[] = {0,
				       1,
				       0xfff,
				       0x1000,
				       0x7fffffff,
				       0xffffffff,
				       1ULL << 47,
				       (1ULL << 47) - 4096,
				       1ULL << 63,
				       UINT64_MAX,
				       UINT64_MAX - 4095};

	return rnd() % 3 ? odd[rnd() % (sizeof(odd) / sizeof(odd[0]))] : rnd() << (rnd() % 40);
}

static void damage(struct elf_image *img)
{
	uint64_t *seg_field = &img->seg[rnd() % 3].offset;
	unsigned n = 1 + (unsigned)(rnd() % 4);

	img->seg[1] = img->seg[2] = img->seg[0];
	img->head.phnum = (uint16_t)(1 + rnd() % 3);
	while (n--) {
		switch (rnd() % 4) {
		case 0: seg_field[rnd() % 6] = odd_value(); break;
		case 1: img->seg[rnd() % 3].type = (uint32_t)(rnd() % 2 ? 3 : 1); break;
		case 2: img->head.phoff = odd_value(); break;
		default:
			/* any byte of the headers but the entry */
			((uint8_t *)img)[32 + rnd() % 200] = (uint8_t)rnd();
			break;
		}
	}
}

Test(elf_fuzz, damaged_headers)
{
	unsigned ran = 0, refused = 0, killed = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct elf_image img = elf_image_make((const void *)(uintptr_t)exit_42);
		rnd_state = round + 1;
		damage(&img);
		/* A bias would send the guest function somewhere else. */
		img.head.type = 2;
		boot_fixture_reset();
		boot_fixture_add("bin/prog", 0100755, &img, sizeof(img));
		int status = boot_fixture_run();
		cr_assert_eq(fix.leaks, 0, "round %u", round);
		ran += status == 42;
		refused += status == -1;
		killed += status == 128 + 11;
		cr_assert(status == 42 || status == -1 || status == 128 + 11 || status == 128 + 9,
			  "round %u: status %d", round, status);
	}
	/* The damage is neither always nor never fatal, or this test tests nothing. */
	cr_expect(ran > 0 && refused > 0 && killed > 0, "%u ran, %u refused, %u killed", ran, refused,
		  killed);
}
