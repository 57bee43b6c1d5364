/* context.h - switching between kernel stacks (assembly in context_switch.S: callee-saved registers only). */
#ifndef KEVSIM_CORE_CONTEXT_H
#define KEVSIM_CORE_CONTEXT_H

#include "core/types.h"

struct kcontext {
	void *rsp;
	void *asan_fake_stack;
	const void *stack_bottom;
	size_t stack_size;
};

/* Prepares a context that starts entry() on [stack, stack + size). entry must not return. */
void context_prepare(struct kcontext *c, void *stack, size_t size, void (*entry)(void));
/* Saves into from and continues to. from_dies: the from stack will never be resumed. */
void context_switch(struct kcontext *from, struct kcontext *to, bool from_dies);
/* The stack goes back to its allocator; no context on it will run again. */
void context_discard(void *stack, size_t size);

#endif
