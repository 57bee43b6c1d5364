/* rusage.c - getrusage(2), times(2) and the sums behind them.
 * Left out (0 as on Linux): ixrss, idrss, isrss, nswap, msgsnd, msgrcv, nsignals. */
#include "sys/rusage.h"

#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "mm/mm.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"
#include "sys/time.h"

#define RUSAGE_SELF_LINUX 0
#define RUSAGE_CHILDREN_LINUX (-1)
#define RUSAGE_THREAD_LINUX 1
#define USER_HZ 100

static uint64_t rusage_peak(const struct task *t)
{
	uint64_t peak = t->usage.maxrss_pages;
	return t->mm ? MAX(peak, MAX(t->mm->hiwater_rss, mm_rss(t->mm))) : peak;
}

struct rusage_count rusage_process(const struct process *p)
{
	struct rusage_count sum = process_usage(p);
	const struct task *t;
	LIST_FOR_EACH (t, &p->threads, const struct task, thread_node)
		sum.maxrss_pages = MAX(sum.maxrss_pages, rusage_peak(t));
	return sum;
}

static struct timeval_linux rusage_timeval(ktime_t t)
{
	return (struct timeval_linux){t / NSEC_PER_SEC, t % NSEC_PER_SEC / NSEC_PER_USEC};
}

void rusage_to_linux(const struct rusage_count *c, struct rusage_linux *out)
{
	memset(out, 0, sizeof(*out));
	out->utime = rusage_timeval(c->utime);
	out->stime = rusage_timeval(c->stime);
	out->maxrss = (int64_t)(c->maxrss_pages * (PAGE_SIZE / 1024));
	out->minflt = (int64_t)c->minflt;
	out->majflt = (int64_t)c->majflt;
	out->inblock = (int64_t)c->inblock;
	out->oublock = (int64_t)c->oublock;
	out->nvcsw = (int64_t)c->nvcsw;
	out->nivcsw = (int64_t)c->nivcsw;
}

void rusage_both(const struct process *p, struct rusage_linux *out)
{
	struct rusage_count sum = rusage_process(p);
	rusage_add(&sum, &p->usage_children);
	rusage_to_linux(&sum, out);
}

int64_t sys_getrusage(int who, uaddr_t usage)
{
	struct rusage_count c;
	struct rusage_linux out;
	switch (who) {
	case RUSAGE_SELF_LINUX: c = rusage_process(current->process); break;
	case RUSAGE_CHILDREN_LINUX: c = current->process->usage_children; break;
	case RUSAGE_THREAD_LINUX:
		c = current->usage;
		c.maxrss_pages = rusage_peak(current);
		break;
	default: return -EINVAL;
	}
	rusage_to_linux(&c, &out);
	return copy_to_user(usage, &out, sizeof(out));
}

int64_t sys_times(uaddr_t buf)
{
	const ktime_t tick = NSEC_PER_SEC / USER_HZ;
	if (!uaddr_null(buf)) {
		struct rusage_count self = rusage_process(current->process);
		const struct rusage_count *kids = &current->process->usage_children;
		int64_t tms[4] = {self.utime / tick, self.stime / tick, kids->utime / tick,
				  kids->stime / tick};
		if (copy_to_user(buf, tms, sizeof(tms)))
			return -EFAULT;
	}
	return clock_now() / tick;
}
