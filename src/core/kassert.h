/* kassert.h - assertions that stay on in release builds. */
#ifndef KEVSIM_CORE_KASSERT_H
#define KEVSIM_CORE_KASSERT_H

#include "core/klog.h"
#include "core/types.h"

/* A violated KASSERT is a bug of ours, never the guest's: it prints the place, the current task and the event
 * number through the door, and ends the run with exit status 124. */
_Noreturn void kpanic_at(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define KASSERT(cond)                            \
	(__builtin_expect(!!(cond), 1) ? (void)0 \
				       : kpanic_at(__FILE__, __LINE__, "assertion failed: %s", #cond))
#define KPANIC(...) kpanic_at(__FILE__, __LINE__, __VA_ARGS__)

#endif
