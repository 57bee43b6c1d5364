/* syscall.c - dispatch of system calls: the table call itself, the cost model around it, and what is said
 * about refused ones.
 *
 * LEAVES OUT: the 32-bit and x32 entries (sys/trap.c answers them), and the text of traces (sys/strace.c). */
#include "sys/syscall.h"

#include "core/clock.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/task.h"
#include "sys/boot.h"
#include "sys/strace.h"
#include "sys/syscall_table.h"

#define ERRNO_MAX 4095

/* Calls already reported as not supported (-v); bit by number. */
static uint64_t reported[SYSCALL_MAX / 64];

static bool is_restart(int64_t ret)
{
	return ret <= -ERESTARTSYS && ret >= -ERESTART_RESTARTBLOCK;
}

static void report_unsupported(uint64_t nr, const struct syscall_row *row)
{
	if (nr >= SYSCALL_MAX) {
		klog(KLOG_INFO, "system call %llu does not exist", (unsigned long long)nr);
		return;
	}
	if (reported[nr / 64] & (1ULL << (nr % 64)))
		return;
	reported[nr / 64] |= 1ULL << (nr % 64);
	klog(KLOG_INFO, "system call %s is refused: %s", row->name ? row->name : "without a name",
	     row->why ? row->why : "the number was never given out");
}

/* Kernel time of current: moves the clock and counts as system time. */
static void charge(ktime_t ns)
{
	clock_charge(ns);
	current->usage.stime += ns;
}

static void charge_result(const struct syscall_row *row, int64_t ret)
{
	if (ret > 0 && row && row->result == RESULT_COUNT) {
		ktime_t before = clock_now();
		clock_charge_bytes((uint64_t)ret);
		current->usage.stime += clock_now() - before;
	} else if (ret < 0 && ret >= -ERRNO_MAX && !is_restart(ret)) {
		charge(cost_model.failed_syscall);
		/* Whoever is told to try again probably will at once: let the others make it come true. */
		if (ret == -EAGAIN)
			current->need_resched = true;
	}
}

static int64_t refuse(uint64_t nr, const struct syscall_row *row)
{
	static const struct syscall_row unknown;

	report_unsupported(nr, row ? row : &unknown);
	return row && row->name ? -(int64_t)row->refused_errno : -ENOSYS;
}

void syscall_dispatch(void)
{
	struct cpu_regs *regs = &current->regs;
	uint64_t nr = (uint32_t)regs->orig_rax; /* Linux looks at eax only */
	const struct syscall_row *row = nr < SYSCALL_MAX ? &syscall_table[nr] : NULL;
	struct strace_call trace;
	int64_t ret;

	current->in_syscall = true;
	current->never_again = false;
	charge(cost_model.syscall);
	if (strace_enabled)
		strace_enter(&trace, row, nr);

	if (row && row->call)
		ret = row->call(regs);
	else
		ret = refuse(nr, row);

	charge_result(row, ret);
	if (strace_enabled)
		strace_leave(&trace, ret);
	if (!current->in_syscall)
		return; /* syscall_no_result(): the registers are what the handler made them */
	regs->rax = (uint64_t)ret;
	/* What the syscall instruction leaves behind, whichever engine ran it. */
	regs->rcx = regs->rip;
	regs->r11 = regs->eflags;
	current->regs_dirty = true;
}

void syscall_any_result(void)
{
	current->never_again = true;
}

void syscall_no_result(void)
{
	current->in_syscall = false;
	current->regs_dirty = true;
}

const char *syscall_name(uint64_t nr)
{
	return nr < SYSCALL_MAX ? syscall_table[nr].name : NULL;
}

void syscall_list(void (*emit)(const char *line))
{
	char line[256];

	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		const struct syscall_row *row = &syscall_table[nr];
		int n;

		if (!row->name)
			continue;
		n = ksnprintf(line, sizeof(line), "%3u  %s", nr, row->name);
		if (!row->call) {
			ksnprintf(line + n, sizeof(line) - (size_t)n, ": refused: %s", row->why);
			emit(line);
			continue;
		}
		n += ksnprintf(line + n, sizeof(line) - (size_t)n, "(");
		for (unsigned i = 0; i < row->nargs; i++)
			n += ksnprintf(line + n, sizeof(line) - (size_t)n, "%s%s", i ? ", " : "",
				       row->arg[i]);
		ksnprintf(line + n, sizeof(line) - (size_t)n, ")");
		emit(line);
	}
}
