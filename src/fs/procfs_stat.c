/* procfs_stat.c - /proc/PID/{stat,statm,status} (proc(5)).
 * LEAVES OUT: peak sizes other than resident memory (VmPeak is VmSize), swap, huge pages, namespaces. */
#include "fs/procfs_tables.h"

#include "core/errno.h"
#include "core/utsname.h"
#include "fs/fdtable.h"
#include "fs/fsctx.h"
#include "fs/tty.h"
#include "mm/mm.h"

#define PF_EXITING_LINUX 0x00000004U
#define PF_FORKNOEXEC_LINUX 0x00000040U
#define PF_KTHREAD_LINUX 0x00200000U
#define PF_RANDOMIZE_LINUX 0x00400000U
#define STAT_SIGNALS 0x7fffffffU
#define KB_PER_PAGE (PAGE_SIZE / 1024)

typedef unsigned long long ull;

char procfs_state_char(const struct task *t)
{
	switch (t->state) {
	case TASK_NEW:
	case TASK_RUNNABLE: return 'R';
	case TASK_SLEEPING: return t->sleep_mode == SLEEP_KILLABLE ? 'D' : 'S';
	case TASK_STOPPED: return 'T';
	case TASK_ZOMBIE: return 'Z';
	case TASK_DEAD: /* off the CPU for ever, but its number is not free before it was waited for */
		return task_is_leader(t) && !t->process->reaped ? 'Z' : 'X';
	}
	return 'X';
}

static const char *stat_state_name(char c)
{
	switch (c) {
	case 'R': return "R (running)";
	case 'S': return "S (sleeping)";
	case 'D': return "D (disk sleep)";
	case 'T': return "T (stopped)";
	case 'Z': return "Z (zombie)";
	default: return "X (dead)";
	}
}

static uint32_t stat_flags(const struct task *t, const struct mm *mm)
{
	uint32_t flags = 0;

	if (t->exiting)
		flags |= PF_EXITING_LINUX;
	else if (!mm)
		return PF_KTHREAD_LINUX;
	if (!t->process->did_exec)
		flags |= PF_FORKNOEXEC_LINUX;
	return flags | PF_RANDOMIZE_LINUX;
}

static void stat_dispositions(const struct task *t, uint64_t *ignored, uint64_t *caught)
{
	*ignored = *caught = 0;
	for (int i = 0; t->sighand && i < NSIG_LINUX; i++) {
		uint64_t h = t->sighand->action[i].handler;

		if (h == SIG_IGN_LINUX)
			*ignored |= 1ULL << i;
		else if (h != SIG_DFL_LINUX)
			*caught |= 1ULL << i;
	}
}

static int32_t stat_priority(const struct task *t)
{
	if (t->sched_policy == SCHED_FIFO_LINUX || t->sched_policy == SCHED_RR_LINUX)
		return -1 - t->sched_priority;
	return 20 + t->nice;
}

static void stat_show_times(const struct textfs_node *n, const struct task *t, struct strbuf *out)
{
	const struct process *p = t->process;
	struct rusage_count own = n->tid ? t->usage : process_usage(p), kids = p->usage_children;

	strbuf_printf(out, " %llu %llu %llu %llu", (ull)own.minflt, (ull)kids.minflt, (ull)own.majflt,
		      (ull)kids.majflt);
	strbuf_printf(out, " %lld %lld %lld %lld", (long long)(own.utime / PROCFS_TICK),
		      (long long)(own.stime / PROCFS_TICK), (long long)(kids.utime / PROCFS_TICK),
		      (long long)(kids.stime / PROCFS_TICK));
	strbuf_printf(out, " %d %d %u 0 %lld", stat_priority(t), t->nice, p->nthreads,
		      (long long)(t->start_time / PROCFS_TICK));
}

/* startcode endcode startstack, or what strangers see. */
static void stat_show_layout(const struct mm *mm, bool permitted, struct strbuf *out)
{
	if (!mm)
		strbuf_printf(out, " 0 0 0");
	else if (!permitted)
		strbuf_printf(out, " 1 1 0");
	else
		strbuf_printf(out, " %llu %llu %llu", (ull)mm->start_code, (ull)mm->end_code,
			      (ull)mm->stack_top);
}

static void stat_show_data(const struct mm *mm, bool permitted, struct strbuf *out)
{
	if (!mm || !permitted)
		strbuf_printf(out, " 0 0 0 0 0 0 0");
	else
		strbuf_printf(out, " %llu %llu %llu %llu %llu %llu %llu", (ull)mm->start_data,
			      (ull)mm->end_data, (ull)mm->brk_start, (ull)mm->arg_start, (ull)mm->arg_end,
			      (ull)mm->env_start, (ull)mm->env_end);
}

int procfs_show_stat(const struct textfs_node *n, struct strbuf *out)
{
	const struct task *t = procfs_task(n);
	const struct process *p;
	const struct mm *mm;
	const struct tty *tty;
	uint64_t ignored, caught;
	bool permitted;
	char state;

	if (!t)
		return -ESRCH;
	p = t->process;
	mm = t->exiting ? NULL : procfs_mm(n);
	tty = p->ctty;
	permitted = procfs_may_inspect(n) == 0;
	state = procfs_state_char(t);
	stat_dispositions(t, &ignored, &caught);
	strbuf_printf(out, "%d (%s) %c", t->tid, t->comm, state);
	strbuf_printf(out, " %d %d %d", p->parent ? p->parent->pid : 0, p->pgid, p->sid);
	strbuf_printf(out, " %u %d %u", tty ? (uint32_t)tty_dev(tty) : 0, tty ? tty_foreground_pgrp(tty) : -1,
		      stat_flags(t, mm));
	stat_show_times(n, t, out);
	strbuf_printf(out, " %llu %llu %llu", (ull)(mm ? mm->total_pages * PAGE_SIZE : 0),
		      (ull)(mm ? mm_rss(mm) : 0), (ull)p->rlimit[RLIMIT_RSS_LINUX].cur);
	stat_show_layout(mm, permitted, out);
	/* kstkesp and kstkeip are zero for everybody since Linux 4.11. The masks hold 31 signals here. */
	strbuf_printf(out, " 0 0 %llu %llu", (ull)(t->pending.set & STAT_SIGNALS),
		      (ull)(t->blocked & STAT_SIGNALS));
	strbuf_printf(out, " %llu %llu", (ull)(ignored & STAT_SIGNALS), (ull)(caught & STAT_SIGNALS));
	strbuf_printf(out, " %d 0 0 %d 0 %u %u 0 0 0", permitted && state != 'R', t->exit_signal,
		      t->sched_priority, t->sched_policy);
	stat_show_data(mm, permitted, out);
	strbuf_printf(out, " %d\n", permitted && state == 'Z' ? t->exit_code : 0);
	return 0;
}

int procfs_show_statm(const struct textfs_node *n, struct strbuf *out)
{
	const struct mm *mm = procfs_mm(n);

	if (!mm) {
		strbuf_printf(out, "0 0 0 0 0 0 0\n");
		return 0;
	}
	strbuf_printf(out, "%llu %llu %llu %llu 0 %llu 0\n", (ull)mm->total_pages, (ull)mm_rss(mm),
		      (ull)mm->rss_file, (ull)((mm->end_code - mm->start_code + PAGE_SIZE - 1) / PAGE_SIZE),
		      (ull)(mm->data_pages + mm->stack_pages));
	return 0;
}

/* --- status --- */
static void status_show_ids(const struct task *t, struct strbuf *out)
{
	const struct process *p = t->process;
	const struct cred *c = t->cred;

	strbuf_printf(out, "Name:\t%s\n", t->comm);
	if (t->fs)
		strbuf_printf(out, "Umask:\t%04o\n", t->fs->umask);
	strbuf_printf(out, "State:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n",
		      stat_state_name(procfs_state_char(t)), p->pid, t->tid, p->parent ? p->parent->pid : 0);
	strbuf_printf(out, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid, c->fsuid,
		      c->gid, c->egid, c->sgid, c->fsgid);
	strbuf_printf(out, "FDSize:\t%u\nGroups:\t", t->files ? fdtable_size(t->files) : 0);
	for (uint32_t i = 0; i < c->ngroups; i++)
		strbuf_printf(out, "%u ", c->groups[i]);
	strbuf_printf(out, "%s\nNStgid:\t%d\nNSpid:\t%d\n", c->ngroups ? "" : " ", p->pid, t->tid);
	strbuf_printf(out, "NSpgid:\t%d\nNSsid:\t%d\n", p->pgid, p->sid);
}

static void status_show_kb(const char *name, uint64_t pages, struct strbuf *out)
{
	strbuf_printf(out, "%s:\t%8llu kB\n", name, (ull)(pages * KB_PER_PAGE));
}

static void status_show_memory(const struct mm *mm, struct strbuf *out)
{
	uint64_t text = (mm->end_code - mm->start_code + PAGE_SIZE - 1) / PAGE_SIZE;

	text = MIN(text, mm->exec_pages);
	status_show_kb("VmPeak", mm->total_pages, out);
	status_show_kb("VmSize", mm->total_pages, out);
	status_show_kb("VmLck", mm->locked_pages, out);
	status_show_kb("VmPin", 0, out);
	status_show_kb("VmHWM", MAX(mm->hiwater_rss, mm_rss(mm)), out);
	status_show_kb("VmRSS", mm_rss(mm), out);
	status_show_kb("RssAnon", mm->rss_anon, out);
	status_show_kb("RssFile", mm->rss_file, out);
	status_show_kb("RssShmem", 0, out);
	status_show_kb("VmData", mm->data_pages, out);
	status_show_kb("VmStk", mm->stack_pages, out);
	status_show_kb("VmExe", text, out);
	status_show_kb("VmLib", mm->exec_pages - text, out);
	status_show_kb("VmPTE", mm->nr_pagetables, out);
	status_show_kb("VmSwap", 0, out);
	strbuf_printf(out, "HugetlbPages:\t%8u kB\nCoreDumping:\t0\nTHP_enabled:\t0\n", 0U);
}

static void status_show_signals(const struct task *t, struct strbuf *out)
{
	const struct process *p = t->process;
	uint64_t ignored, caught;

	stat_dispositions(t, &ignored, &caught);
	strbuf_printf(out, "Threads:\t%u\nSigQ:\t%u/%llu\n", p->nthreads, signal_queued_of(t->cred->uid),
		      (ull)p->rlimit[RLIMIT_SIGPENDING_LINUX].cur);
	strbuf_printf(
	    out, "SigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\n",
	    (ull)t->pending.set, (ull)p->pending.set, (ull)t->blocked, (ull)ignored, (ull)caught);
}

int procfs_show_status(const struct textfs_node *n, struct strbuf *out)
{
	const struct task *t = procfs_task(n);
	const struct mm *mm;
	struct rusage_count usage;

	if (!t || !t->cred)
		return -ESRCH;
	mm = t->exiting ? NULL : procfs_mm(n);
	usage = t->usage;
	status_show_ids(t, out);
	strbuf_printf(out, "Kthread:\t%d\n", !mm && !t->exiting);
	if (mm)
		status_show_memory(mm, out);
	status_show_signals(t, out);
	strbuf_printf(
	    out, "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\nCapAmb:\t%016llx\n",
	    (ull)t->cred->cap_inheritable, (ull)t->cred->cap_permitted, (ull)t->cred->cap_effective,
	    (ull)t->cred->cap_bounding, (ull)t->cred->cap_ambient);
	strbuf_printf(out, "NoNewPrivs:\t%d\nSeccomp:\t0\nSeccomp_filters:\t0\n", t->no_new_privs);
	strbuf_printf(out,
		      "Cpus_allowed:\t1\nCpus_allowed_list:\t0\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
	strbuf_printf(out, "voluntary_ctxt_switches:\t%llu\nnonvoluntary_ctxt_switches:\t%llu\n",
		      (ull)usage.nvcsw, (ull)usage.nivcsw);
	return 0;
}
