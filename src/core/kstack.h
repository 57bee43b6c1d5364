/* kstack.h - kernel stacks. core cannot see mm (layering), so mm registers where stacks come from: frames charged to
 * RAM under owner FRAME_KSTACK, mapped with a guard page below. Tests may register malloc-like stacks. */
#ifndef KEVSIM_CORE_KSTACK_H
#define KEVSIM_CORE_KSTACK_H

#include "core/types.h"

#ifndef KSTACK_SIZE
#define KSTACK_SIZE (4 * PAGE_SIZE)
#endif

struct kstack_ops {
	void *(*alloc)(size_t size); /* lowest address, or NULL */
	void (*free)(void *stack, size_t size);
};
/* Set once at boot. */
extern const struct kstack_ops *kstack_ops;

#endif
