/* oom.c - the out-of-memory killer: the process with the most resident memory, adjusted by oom_score_adj,
 * dies.
 *
 * Leaves out: memory cgroups, the kernel log's table of candidates, killing children in place of their
 * parent. */
#include "sys/oom.h"

#include "core/errno.h"
#include "core/kassert.h"
#include "core/signal.h"
#include "core/task.h"
#include "mm/frame.h"
#include "mm/mm.h"

#define OOM_SCORE_ADJ_MIN (-1000)

/* The address space of p, or NULL for kernel tasks and processes that gave theirs up. */
static struct mm *process_mm(const struct process *p)
{
	struct task *t;
	LIST_FOR_EACH (t, &p->threads, struct task, thread_node)
		if (t->mm)
			return t->mm;
	return NULL;
}

/* Was p killed, though it has not got round to giving its memory back? */
static bool is_dying(const struct process *p)
{
	const struct task *t;
	if (p->group_exit || (p->pending.set & SIGSET_BIT(SIGKILL_LINUX)))
		return true;
	LIST_FOR_EACH (t, &p->threads, struct task, thread_node)
		if (t->mm && (t->exiting || signal_fatal_pending(t)))
			return true;
	return false;
}

uint64_t oom_badness(const struct process *p)
{
	const struct mm *mm = process_mm(p);
	if (!mm || p->oom_score_adj == OOM_SCORE_ADJ_MIN)
		return 0;
	int64_t points = (int64_t)(mm_rss(mm) + mm->nr_pagetables);
	points += p->oom_score_adj * (int64_t)(frame_total() / 1000);
	return points > 0 ? (uint64_t)points : 1;
}

static void kill_one(struct process *p)
{
	const struct mm *mm = process_mm(p);
	const struct task *t = p->leader ? p->leader : LIST_FIRST(&p->threads, struct task, thread_node);
	klog(
	    KLOG_WARNING,
	    "Out of memory: Killed process %d (%s) total-vm:%llukB, anon-rss:%llukB, file-rss:%llukB, UID:%u "
	    "pgtables:%llukB oom_score_adj:%d",
	    p->pid, t->comm, (unsigned long long)mm->total_pages * 4, (unsigned long long)mm->rss_anon * 4,
	    (unsigned long long)mm->rss_file * 4, t->cred ? t->cred->uid : 0,
	    (unsigned long long)mm->nr_pagetables * 4, p->oom_score_adj);
	signal_kernel_process(p, SIGKILL_LINUX);
}

int oom_kill(void)
{
	struct process *victim = NULL;
	uint64_t worst = 0;
	if (current)
		current->need_resched = true; /* whoever dies has to run for it */
	for (struct process *p = process_next(0); p; p = process_next(p->pid)) {
		if (p->zombie || !process_mm(p))
			continue;
		if (is_dying(p))
			return 0; /* memory is on its way back */
		uint64_t badness = oom_badness(p);
		if (badness > worst) {
			worst = badness;
			victim = p;
		}
	}
	/* Only protected processes are left: the one that wants memory goes. */
	if (!victim && current && current->mm)
		victim = current->process;
	if (!victim)
		return -ENOMEM;
	const struct mm *mm = process_mm(victim);
	kill_one(victim);
	/* Others in the same address space would keep it alive. */
	for (struct process *p = process_next(0); p; p = process_next(p->pid))
		if (p != victim && !p->zombie && process_mm(p) == mm)
			signal_kernel_process(p, SIGKILL_LINUX);
	return 0;
}
