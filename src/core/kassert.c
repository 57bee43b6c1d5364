/* kassert.c - the end of the run when the kernel found a bug of its own.
 *
 * LEAVES OUT: the last trace events and the command that replays them (with the trace). */
#include "core/kassert.h"

#include <stdarg.h>

#include "core/door.h"
#include "core/kfmt.h"
#include "core/sched.h"
#include "core/task.h"

#define PANIC_EXIT_STATUS 124

void kpanic_at(const char *file, int line, const char *fmt, ...)
{
	static bool panicking;
	char text[KLOG_TEXT_MAX];
	va_list ap;

	if (panicking)
		__builtin_trap();
	panicking = true;
	va_start(ap, fmt);
	kvsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	klog(KLOG_ERROR, "kernel bug at %s:%d: %s", file, line, text);
	if (current)
		klog(KLOG_ERROR, "in task %d (%s) of process %d at event %llu", current->tid, current->comm,
		     current->process ? current->process->pid : 0, (unsigned long long)event_number);
	else
		klog(KLOG_ERROR, "outside any task at event %llu", (unsigned long long)event_number);
	if (door && door->terminate)
		door->terminate(PANIC_EXIT_STATUS);
	__builtin_trap();
}
