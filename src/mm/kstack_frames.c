/* kstack_frames.c - kernel stacks from RAM: four frames each, seen a second time through the door with a
 * guard page below.
 *
 * The lowest words of a stack hold its frame number and a canary: a stack that ran down to its very end is
 * found when it is freed, one that ran further hit the guard page. A few mapped stacks are kept for the next
 * task, because mapping one costs host calls; the shrinker gives them back.
 *
 * Leaves out: stacks of any other size. */
#include "mm/kstack_frames.h"

#include "core/door.h"
#include "core/kassert.h"
#include "core/kstack.h"
#include "mm/frame.h"

#define KSTACK_PAGES ((uint32_t)(KSTACK_SIZE / PAGE_SIZE)) /* 4; sanitizer builds need more */
#define KSTACK_ORDER ((unsigned)__builtin_ctz(KSTACK_PAGES))
_Static_assert((KSTACK_SIZE & (KSTACK_SIZE - 1)) == 0, "a stack is one block of frames");
#define KSTACK_CANARY 0x6b63617473766bULL

#define KEEP_MAX 16

struct kstack_bottom {
	uint64_t canary;
	uint64_t pfn;
};

static void *kept[KEEP_MAX];
static unsigned nkept;

static void frames_put(pfn_t pfn)
{
	for (pfn_t i = 0; i < KSTACK_PAGES; i++)
		frame_put(pfn + i);
}

static void *stack_alloc(size_t size)
{
	KASSERT(size == KSTACK_SIZE);
	if (nkept)
		return kept[--nkept];
	pfn_t pfn = frame_alloc(FRAME_KSTACK, KSTACK_ORDER, false);
	if (pfn == PFN_NONE)
		return NULL;
	struct kstack_bottom *b = door->kstack_map(pfn, KSTACK_PAGES);
	if (!b) {
		frames_put(pfn);
		return NULL;
	}
	b->canary = KSTACK_CANARY;
	b->pfn = pfn;
	return b;
}

static void stack_unmap(void *stack)
{
	pfn_t pfn = (pfn_t)((struct kstack_bottom *)stack)->pfn;
	door->kstack_unmap(stack, KSTACK_PAGES);
	frames_put(pfn);
}

static void stack_free(void *stack, size_t size)
{
	const struct kstack_bottom *b = stack;
	KASSERT(size == KSTACK_SIZE);
	if (b->canary != KSTACK_CANARY)
		KPANIC("a kernel stack was used to its end");
	if (nkept < KEEP_MAX)
		kept[nkept++] = stack;
	else
		stack_unmap(stack);
}

static uint32_t stacks_shrink(uint32_t want)
{
	uint32_t freed = 0;
	while (nkept && freed < want) {
		stack_unmap(kept[--nkept]);
		freed += KSTACK_PAGES;
	}
	return freed;
}

void kstack_frames_shutdown(void)
{
	stacks_shrink(UINT32_MAX);
}

static const struct kstack_ops frame_kstacks = {.alloc = stack_alloc, .free = stack_free};

void kstack_frames_init(void)
{
	nkept = 0;
	kstack_ops = &frame_kstacks;
	frame_add_shrinker(stacks_shrink);
}
