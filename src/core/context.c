/* context.c - kernel stacks as contexts that can be left and continued.
 *
 * Under AddressSanitizer every switch is announced (sanitizer/common_interface_defs.h), so that it knows
 * which stack it looks at. LEAVES OUT: valgrind and shadow stacks (CET). */
#include "core/context.h"

#include "core/kassert.h"

#if defined(__SANITIZE_ADDRESS__)
#define CONTEXT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONTEXT_ASAN 1
#endif
#endif
#ifndef CONTEXT_ASAN
#define CONTEXT_ASAN 0
#endif

/* context_switch.S */
void context_switch_stack(void **save_rsp, void *load_rsp);
void context_trampoline(void);
/* Called by the trampoline. */
_Noreturn void context_enter(void (*entry)(void));

#if CONTEXT_ASAN
void __sanitizer_start_switch_fiber(void **fake_stack_save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *fake_stack_save, const void **bottom_old, size_t *size_old);
void __asan_unpoison_memory_region(void const volatile *addr, size_t size);

/* Whom the running context came from: the bounds of its stack are learned on arrival (the boot stack's only
 * so). */
static struct kcontext *came_from;

static void announce_leave(struct kcontext *from, struct kcontext *to, bool from_dies)
{
	came_from = from;
	__sanitizer_start_switch_fiber(from_dies ? NULL : &from->asan_fake_stack, to->stack_bottom,
				       to->stack_size);
}

static void announce_arrival(void *fake_stack)
{
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(fake_stack, &bottom, &size);
	if (came_from && !came_from->stack_bottom) {
		came_from->stack_bottom = bottom;
		came_from->stack_size = size;
	}
}

/* A task that died left marks of its last function frames, which would hit whoever has these pages next. */
static void clear_marks(void *stack, size_t size)
{
	__asan_unpoison_memory_region(stack, size);
}
#else
static void announce_leave(struct kcontext *from, struct kcontext *to, bool from_dies)
{
	(void)from;
	(void)to;
	(void)from_dies;
}

static void announce_arrival(void *fake_stack)
{
	(void)fake_stack;
}

static void clear_marks(void *stack, size_t size)
{
	(void)stack;
	(void)size;
}
#endif

void context_enter(void (*entry)(void))
{
	announce_arrival(NULL);
	entry();
	KPANIC("the entry function of a kernel stack returned");
}

void context_discard(void *stack, size_t size)
{
	clear_marks(stack, size);
}

void context_prepare(struct kcontext *c, void *stack, size_t size, void (*entry)(void))
{
	uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
	uint64_t *sp = (uint64_t *)top;

	clear_marks(stack, size);
	/* What context_switch_stack() pops. Behind the return address the stack is aligned as the ABI wants
	 * it at a call: the trampoline's own call then enters C with rsp = 16n + 8. */
	*--sp = 0;
	*--sp = 0;
	*--sp = (uint64_t)(uintptr_t)context_trampoline;
	*--sp = 0;                          /* rbp */
	*--sp = (uint64_t)(uintptr_t)entry; /* rbx */
	*--sp = 0;                          /* r12 */
	*--sp = 0;                          /* r13 */
	*--sp = 0;                          /* r14 */
	*--sp = 0;                          /* r15 */
	*c = (struct kcontext){.rsp = sp, .stack_bottom = stack, .stack_size = size};
}

void context_switch(struct kcontext *from, struct kcontext *to, bool from_dies)
{
	announce_leave(from, to, from_dies);
	context_switch_stack(&from->rsp, to->rsp);
	announce_arrival(from->asan_fake_stack);
}
