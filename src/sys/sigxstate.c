/* sigxstate.c - the extended CPU state in a signal frame, as Linux lays it out (asm/sigcontext.h, Intel SDM
 * 1, 13.4): an XSAVE area in the standard format whose bytes 464..511, which the processor leaves to
 * software, hold a description, followed by a second magic number. A handler starts with the initial state.
 *
 * What a guest hands back is checked here, so that the state that reaches the door is one that every
 * processor loads without a fault: reserved MXCSR bits, unknown features and a compacted or dirty header are
 * refused, as the XRSTOR instruction would. */
#include "sys/sigxstate.h"

#include <string.h>

#include "core/cpu.h"
#include "core/door.h"
#include "core/errno.h"
#include "core/task.h"
#include "mm/usercopy.h"

#define FP_XSTATE_MAGIC1_LINUX 0x46505853U
#define FP_XSTATE_MAGIC2_LINUX 0x46505845U
#define XSTATE_FPSSE 3ULL /* x87 and SSE: the legacy area */
#define XSTATE_PKRU (1ULL << 9)

#define LEGACY_SIZE 512
#define HEADER_SIZE 64
#define OFF_FCW 0
#define OFF_MXCSR 24
#define OFF_MXCSR_MASK 28
#define OFF_SW 464
#define OFF_XSTATE_BV 512
#define OFF_XCOMP_BV 520

#define FCW_INIT 0x037fU
#define MXCSR_INIT 0x1f80U
#define MXCSR_MASK_OLD 0xffbfU /* Intel SDM 1, 11.6.6: what a zero mask means */

/* struct _fpx_sw_bytes */
struct sw_bytes {
	uint32_t magic1;
	uint32_t extended_size; /* of all, with magic2 */
	uint64_t xfeatures;
	uint32_t xstate_size;
	uint32_t padding[7];
};
_Static_assert(sizeof(struct sw_bytes) == LEGACY_SIZE - OFF_SW, "struct _fpx_sw_bytes");

/* Too big for a kernel stack; nothing sleeps between its uses. */
static struct cpu_xstate sigxstate_buf;
/* The MXCSR bits that this CPU has; 0: not asked yet. */
static uint32_t mxcsr_mask;

static uint32_t xstate_len(uint64_t *features)
{
	uint32_t size = door->xstate_size(features);
	return MIN(MAX(size, (uint32_t)(LEGACY_SIZE + HEADER_SIZE)), (uint32_t)CPU_XSTATE_MAX - 4);
}

uint32_t sigxstate_size(void)
{
	uint64_t features;
	return xstate_len(&features) + (uint32_t)sizeof(uint32_t);
}

static void put_u32(struct cpu_xstate *x, size_t off, uint32_t v)
{
	memcpy(x->data + off, &v, sizeof(v));
}

static uint32_t get_u32(const struct cpu_xstate *x, size_t off)
{
	uint32_t v;
	memcpy(&v, x->data + off, sizeof(v));
	return v;
}

static uint64_t get_u64(const struct cpu_xstate *x, size_t off)
{
	uint64_t v;
	memcpy(&v, x->data + off, sizeof(v));
	return v;
}

static void put_u64(struct cpu_xstate *x, size_t off, uint64_t v)
{
	memcpy(x->data + off, &v, sizeof(v));
}

/* The state after FNINIT with all other components in their initial configuration (XSTATE_BV 0). */
static void xstate_init_image(struct cpu_xstate *x)
{
	memset(x, 0, sizeof(*x));
	uint16_t fcw = FCW_INIT;
	memcpy(x->data + OFF_FCW, &fcw, sizeof(fcw));
	put_u32(x, OFF_MXCSR, MXCSR_INIT);
	put_u32(x, OFF_MXCSR_MASK, mxcsr_mask);
	put_u64(x, OFF_XSTATE_BV, XSTATE_FPSSE);
}

static void learn_mxcsr_mask(const struct cpu_xstate *x)
{
	uint32_t mask = get_u32(x, OFF_MXCSR_MASK);
	mxcsr_mask = mask ? mask : MXCSR_MASK_OLD;
}

int sigxstate_save(uaddr_t to)
{
	uint64_t features;
	uint32_t size = xstate_len(&features);
	struct cpu_xstate *x = &sigxstate_buf;
	memset(x, 0, sizeof(*x));
	door->xstate_get(current->thread, x);
	learn_mxcsr_mask(x);
	struct sw_bytes sw = {
	    .magic1 = FP_XSTATE_MAGIC1_LINUX,
	    .extended_size = size + (uint32_t)sizeof(uint32_t),
	    .xfeatures = features,
	    .xstate_size = size,
	};
	memcpy(x->data + OFF_SW, &sw, sizeof(sw));
	/* old programs know only the legacy area and expect it to be loaded again */
	put_u64(x, OFF_XSTATE_BV, (get_u64(x, OFF_XSTATE_BV) & features) | XSTATE_FPSSE);
	put_u32(x, size, FP_XSTATE_MAGIC2_LINUX);
	if (copy_to_user(to, x->data, size + sizeof(uint32_t)))
		return -EFAULT;
	xstate_init_image(x);
	door->xstate_set(current->thread, x);
	return 0;
}

/* Is the extended area described correctly? Not when the description or the second magic number is missing:
 * the program copied just the legacy area, and only that is loaded. */
static bool frame_is_extended(uaddr_t from, const struct sw_bytes *sw, uint32_t size)
{
	uint32_t magic2;
	if (sw->magic1 != FP_XSTATE_MAGIC1_LINUX || sw->extended_size < sw->xstate_size ||
	    sw->xstate_size < LEGACY_SIZE + HEADER_SIZE || sw->xstate_size > size)
		return false;
	return get_user_u32(&magic2, uaddr_add(from, sw->xstate_size)) == 0 &&
	       magic2 == FP_XSTATE_MAGIC2_LINUX;
}

/* The checks of XRSTOR in its standard form (SDM 1, 13.8.1). */
static bool header_valid(const struct cpu_xstate *x, uint64_t features)
{
	if (get_u64(x, OFF_XSTATE_BV) & ~features)
		return false;
	for (size_t off = OFF_XCOMP_BV; off < LEGACY_SIZE + HEADER_SIZE; off += 8) {
		if (get_u64(x, off))
			return false;
	}
	return true;
}

int sigxstate_restore(uaddr_t from)
{
	uint64_t features;
	uint32_t size = xstate_len(&features);
	struct cpu_xstate *x = &sigxstate_buf;
	if (!mxcsr_mask) {
		memset(x, 0, sizeof(*x));
		door->xstate_get(current->thread, x);
		learn_mxcsr_mask(x);
	}
	if (uaddr_null(from)) {
		xstate_init_image(x);
		door->xstate_set(current->thread, x);
		return 0;
	}
	struct sw_bytes sw;
	memset(x, 0, sizeof(*x));
	if (from.v % 64 || copy_from_user(x->data, from, LEGACY_SIZE))
		return -EFAULT;
	memcpy(&sw, x->data + OFF_SW, sizeof(sw));
	if (frame_is_extended(from, &sw, size)) {
		if (copy_from_user(x->data + LEGACY_SIZE, uaddr_add(from, LEGACY_SIZE),
				   sw.xstate_size - LEGACY_SIZE))
			return -EFAULT;
		if (!header_valid(x, features))
			return -EINVAL;
		put_u64(x, OFF_XSTATE_BV, get_u64(x, OFF_XSTATE_BV) & sw.xfeatures);
	} else {
		put_u64(x, OFF_XSTATE_BV, XSTATE_FPSSE);
	}
	if (get_u32(x, OFF_MXCSR) & ~mxcsr_mask)
		return -EINVAL;
	put_u32(x, OFF_MXCSR_MASK, mxcsr_mask);
	memset(x->data + OFF_SW, 0, LEGACY_SIZE - OFF_SW);
	door->xstate_set(current->thread, x);
	return 0;
}
