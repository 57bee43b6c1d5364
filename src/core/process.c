/* process.c - processes: tables, groups and sessions, limits and usage (credentials(7), setpgid(2),
 * getrusage(2)).
 *
 * LEAVES OUT: namespaces, control groups. */
#include "core/process_impl.h"

#include <string.h>

#include "core/kassert.h"
#include "core/kmem.h"

#define PGRP_BUCKETS 256
#define INIT_PID 1

static KMEM_CACHE(process_cache, process);

static struct list pgrp_hash[PGRP_BUCKETS];
static struct list all; /* by increasing pid */
static uint32_t nprocesses;
static uint64_t forks;

/* Linux's values for its first process (include/asm-generic/resource.h), with the numbers that it derives
 * from the size of memory fixed. */
static const struct rlimit_linux default_limits[RLIM_NLIMITS_LINUX] = {
    [RLIMIT_CPU_LINUX] = {RLIM_INFINITY_LINUX, RLIM_INFINITY_LINUX},
    [RLIMIT_FSIZE_LINUX] = {RLIM_INFINITY_LINUX, RLIM_INFINITY_LINUX},
    [RLIMIT_DATA_LINUX] = {RLIM_INFINITY_LINUX, RLIM_INFINITY_LINUX},
    [RLIMIT_STACK_LINUX] = {8 << 20, RLIM_INFINITY_LINUX},
    [RLIMIT_CORE_LINUX] = {0, RLIM_INFINITY_LINUX},
    [RLIMIT_RSS_LINUX] = {RLIM_INFINITY_LINUX, RLIM_INFINITY_LINUX},
    [RLIMIT_NPROC_LINUX] = {4096, 4096},
    [RLIMIT_NOFILE_LINUX] = {1024, 4096},
    [RLIMIT_MEMLOCK_LINUX] = {8 << 20, 8 << 20},
    [RLIMIT_AS_LINUX] = {RLIM_INFINITY_LINUX, RLIM_INFINITY_LINUX},
    [RLIMIT_LOCKS_LINUX] = {RLIM_INFINITY_LINUX, RLIM_INFINITY_LINUX},
    [RLIMIT_SIGPENDING_LINUX] = {4096, 4096},
    [RLIMIT_MSGQUEUE_LINUX] = {819200, 819200},
    [RLIMIT_NICE_LINUX] = {0, 0},
    [RLIMIT_RTPRIO_LINUX] = {0, 0},
    [RLIMIT_RTTIME_LINUX] = {RLIM_INFINITY_LINUX, RLIM_INFINITY_LINUX},
};

void process_init(void)
{
	unsigned i;

	for (i = 0; i < PGRP_BUCKETS; i++)
		list_init(&pgrp_hash[i]);
	list_init(&all);
	nprocesses = 0;
	forks = 0;
}

static struct list *pgrp_bucket(int32_t pgid)
{
	return &pgrp_hash[(uint32_t)pgid % PGRP_BUCKETS];
}

/* --- life ------------------------------------------------------------------------------------- */

struct process *process_alloc(int32_t pid, struct process *parent)
{
	struct process *p = kmem_alloc(&process_cache);

	if (!p)
		return NULL;
	p->pid = pid;
	p->refs = 1;
	p->parent = parent;
	p->pgid = parent ? parent->pgid : pid;
	p->sid = parent ? parent->sid : pid;
	memcpy(p->rlimit, parent ? parent->rlimit : default_limits, sizeof(p->rlimit));
	p->oom_score_adj = parent ? parent->oom_score_adj : 0;
	list_init(&p->threads);
	list_init(&p->all_node);
	list_init(&p->children);
	list_init(&p->sibling);
	list_init(&p->pgrp_node);
	list_init(&p->posix_timers);
	waitq_init(&p->wait_chld);
	waitq_init(&p->exec_wait);
	sigpending_init(&p->pending);
	ktimer_init(&p->itimer_real, NULL);
	return p;
}

void process_publish(struct process *p)
{
	struct list *before = all.prev;

	/* Pids grow until they wrap: the place is nearly always at the end. */
	while (before != &all && LIST_ENTRY(before, struct process, all_node)->pid > p->pid)
		before = before->prev;
	list_add_head(before, &p->all_node);
	list_add_tail(pgrp_bucket(p->pgid), &p->pgrp_node);
	if (p->parent)
		list_add_tail(&p->parent->children, &p->sibling);
	nprocesses++;
	forks++;
}

struct process *process_get(struct process *p)
{
	KASSERT(p->refs > 0);
	p->refs++;
	return p;
}

void process_put(struct process *p)
{
	KASSERT(p->refs > 0);
	if (--p->refs)
		return;
	KASSERT(p->reaped && list_empty(&p->threads) && list_empty(&p->children));
	KASSERT(!waitq_active(&p->wait_chld) && !waitq_active(&p->exec_wait));
	sigpending_flush(&p->pending);
	ktimer_stop(&p->itimer_real);
	kmem_free(&process_cache, p);
}

void process_release(struct process *p)
{
	struct task *leader = p->leader;

	KASSERT(p->zombie && !p->reaped && p->nthreads == 0);
	p->reaped = true;
	p->parent = NULL;
	list_del(&p->sibling);
	list_del(&p->all_node);
	list_del(&p->pgrp_node);
	nprocesses--;
	if (leader) {
		task_unhash(leader);
		/* Still on its stack, or on the GC list: task_gc() frees it. */
		if (leader->state == TASK_DEAD && !leader->kstack)
			task_free(leader);
	}
	process_put(p);
}

/* --- looking up ------------------------------------------------------------------------------- */

struct process *process_find(int32_t pid)
{
	struct task *t = task_find(pid);

	return t && task_is_leader(t) ? t->process : NULL;
}

struct process *process_next(int32_t after_pid)
{
	struct process *p = after_pid > 0 ? process_find(after_pid) : NULL;
	struct list *n;

	if (p) {
		n = p->all_node.next;
		return n == &all ? NULL : LIST_ENTRY(n, struct process, all_node);
	}
	LIST_FOR_EACH (p, &all, struct process, all_node)
		if (p->pid > after_pid)
			return p;
	return NULL;
}

uint32_t process_count(void)
{
	return nprocesses;
}

uint64_t task_forks(void)
{
	return forks;
}

static struct process *pgrp_scan(struct list *n, int32_t pgid)
{
	struct list *head = pgrp_bucket(pgid);

	for (; n != head; n = n->next) {
		struct process *p = LIST_ENTRY(n, struct process, pgrp_node);

		if (p->pgid == pgid)
			return p;
	}
	return NULL;
}

struct process *process_pgrp_first(int32_t pgid)
{
	return pgrp_scan(pgrp_bucket(pgid)->next, pgid);
}

struct process *process_pgrp_next(struct process *p)
{
	return pgrp_scan(p->pgrp_node.next, p->pgid);
}

bool process_id_in_use(int32_t id)
{
	struct process *p;

	LIST_FOR_EACH (p, &all, struct process, all_node)
		if (p->pgid == id || p->sid == id)
			return true;
	return false;
}

/* --- groups ----------------------------------------------------------------------------------- */

void process_set_pgrp(struct process *p, int32_t pgid)
{
	list_del(&p->pgrp_node);
	p->pgid = pgid;
	list_add_tail(pgrp_bucket(pgid), &p->pgrp_node);
}

bool pgrp_exists_in_session(int32_t pgid, int32_t sid)
{
	struct process *p;

	for (p = process_pgrp_first(pgid); p; p = process_pgrp_next(p))
		if (p->sid == sid)
			return true;
	return false;
}

/* A group is not orphaned while a member has a parent in another group of the same session: that parent (a
 * shell) can continue it when it is stopped. */
bool pgrp_is_orphaned(int32_t pgid, const struct process *ignored)
{
	struct process *p;

	for (p = process_pgrp_first(pgid); p; p = process_pgrp_next(p)) {
		if (p == ignored || p->zombie || !p->parent || p->parent->pid == INIT_PID)
			continue;
		if (p->parent->pgid != pgid && p->parent->sid == p->sid)
			return false;
	}
	return true;
}

/* --- usage ------------------------------------------------------------------------------------ */

void rusage_add(struct rusage_count *sum, const struct rusage_count *add)
{
	sum->utime += add->utime;
	sum->stime += add->stime;
	sum->minflt += add->minflt;
	sum->majflt += add->majflt;
	sum->nvcsw += add->nvcsw;
	sum->nivcsw += add->nivcsw;
	sum->inblock += add->inblock;
	sum->oublock += add->oublock;
	sum->maxrss_pages = MAX(sum->maxrss_pages, add->maxrss_pages);
}

struct rusage_count process_usage(const struct process *p)
{
	struct rusage_count sum = p->usage_dead;
	const struct task *t;

	LIST_FOR_EACH (t, &p->threads, struct task, thread_node)
		rusage_add(&sum, &t->usage);
	return sum;
}
