/* task.c - tasks: the table of tids, creation, and freeing what ended ones leave.
 *
 * LEAVES OUT: pid namespaces. */
#include "core/task.h"

#include <string.h>

#include "core/clock.h"
#include "core/context.h"
#include "core/door.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "core/kstack.h"
#include "core/process_impl.h"
#include "core/sched.h"

#define TID_BUCKETS 1024
#define RESERVED_PIDS 300 /* as in Linux: not handed out again after the numbers have wrapped */
#define DEFAULT_TIMER_SLACK_NS 50000

static KMEM_CACHE(task_cache, task);
static KMEM_CACHE(context_cache, kcontext);

static struct list tid_hash[TID_BUCKETS];
static struct list all_tasks; /* in the tid table: living and zombie */
static struct list dead;      /* GC: run_node of tasks that have left the CPU for ever */
static uint32_t ntasks;
static int32_t last_pid;
static bool wrapped; /* a number may be in use, as a pid, a group or a session */

void task_init(void)
{
	unsigned i;

	for (i = 0; i < TID_BUCKETS; i++)
		list_init(&tid_hash[i]);
	list_init(&all_tasks);
	list_init(&dead);
	ntasks = 0;
	last_pid = 0;
	wrapped = false;
	process_init();
	signal_init();
}

/* --- table ------------------------------------------------------------------------------------ */

static struct list *bucket(int32_t tid)
{
	return &tid_hash[(uint32_t)tid % TID_BUCKETS];
}

void task_hash(struct task *t)
{
	list_add_tail(bucket(t->tid), &t->tid_node);
	list_add_tail(&all_tasks, &t->all_node);
	ntasks++;
}

void task_unhash(struct task *t)
{
	if (list_empty(&t->tid_node))
		return;
	list_del(&t->tid_node);
	list_del(&t->all_node);
	ntasks--;
}

struct task *task_find(int32_t tid)
{
	struct task *t;

	LIST_FOR_EACH (t, bucket(tid), struct task, tid_node)
		if (t->tid == tid)
			return t;
	return NULL;
}

uint32_t task_count(void)
{
	return ntasks;
}

uint32_t process_count_uid(uint32_t uid)
{
	const struct task *t;
	uint32_t n = 0;

	LIST_FOR_EACH (t, &all_tasks, struct task, all_node)
		if (t->cred && t->cred->uid == uid)
			n++;
	return n;
}

int32_t task_last_pid(void)
{
	return last_pid;
}

void task_set_last_pid(int32_t pid)
{
	last_pid = pid;
	wrapped = true;
}

/* The next number that nothing uses; 0: all taken. */
static int32_t pid_alloc(void)
{
	int32_t pid = last_pid, tries;

	for (tries = 0; tries < PID_MAX; tries++) {
		if (++pid >= PID_MAX) {
			pid = RESERVED_PIDS;
			wrapped = true;
		}
		if (!wrapped || (!task_find(pid) && !process_id_in_use(pid))) {
			last_pid = pid;
			return pid;
		}
	}
	return 0;
}

/* --- creation and end ------------------------------------------------------------------------- */

static bool give_stack(struct task *t, void (*entry)(void))
{
	t->context = kmem_alloc(&context_cache);
	if (!t->context)
		return false;
	t->kstack = kstack_ops->alloc(KSTACK_SIZE);
	if (!t->kstack) {
		kmem_free(&context_cache, t->context);
		t->context = NULL;
		return false;
	}
	context_prepare(t->context, t->kstack, KSTACK_SIZE, entry);
	return true;
}

static void take_stack(struct task *t)
{
	if (t->kstack) {
		context_discard(t->kstack, KSTACK_SIZE);
		kstack_ops->free(t->kstack, KSTACK_SIZE);
	}
	if (t->context)
		kmem_free(&context_cache, t->context);
	t->kstack = NULL;
	t->context = NULL;
}

static struct task *task_alloc(void (*entry)(void))
{
	struct task *t = kmem_alloc(&task_cache);

	if (!t)
		return NULL;
	list_init(&t->thread_node);
	list_init(&t->tid_node);
	list_init(&t->all_node);
	list_init(&t->run_node);
	sigpending_init(&t->pending);
	ktimer_init(&t->sleep_timer, NULL);
	t->state = TASK_NEW;
	t->affinity = 1;
	t->timer_slack_ns = DEFAULT_TIMER_SLACK_NS;
	t->dumpable = true;
	t->start_time = clock_now();
	if (!give_stack(t, entry)) {
		kmem_free(&task_cache, t);
		return NULL;
	}
	return t;
}

struct task *task_create(struct process *process, struct process *parent, void (*entry)(void))
{
	struct task *t = task_alloc(entry);
	bool leader = !process;

	if (!t)
		return NULL;
	t->tid = pid_alloc();
	if (t->tid && leader)
		process = process_alloc(t->tid, parent);
	if (!t->tid || !process) {
		take_stack(t);
		kmem_free(&task_cache, t);
		return NULL;
	}
	t->process = process_get(process);
	if (leader) {
		process->leader = t;
		t->exit_signal = SIGCHLD_LINUX;
		process_publish(process);
	}
	list_add_tail(&process->threads, &t->thread_node);
	process->nthreads++;
	task_hash(t);
	return t;
}

/* Frees a task that is off the CPU: of a leader only what the zombie does not need. */
void task_free(struct task *t)
{
	struct process *p = t->process;

	KASSERT(t != current && list_empty(&t->run_node));
	take_stack(t);
	task_unhash(t);
	list_del(&t->thread_node);
	sigpending_flush(&t->pending);
	sighand_put(t->sighand);
	cred_put(t->cred);
	if (p->leader == t)
		p->leader = NULL;
	kmem_free(&task_cache, t);
	process_put(p);
}

static void destroy_thread(struct task *t)
{
	if (t->thread)
		door->thread_destroy(t->thread);
	t->thread = NULL;
}

void task_abandon(struct task *t)
{
	struct process *p = t->process;

	KASSERT(t->state == TASK_NEW);
	destroy_thread(t);
	p->nthreads--;
	t->state = TASK_DEAD;
	t->exiting = true;
	if (task_is_leader(t)) {
		take_stack(t);
		p->zombie = true;
		process_release(p); /* frees t as well */
	} else {
		task_free(t);
	}
}

void task_exit_final(void)
{
	struct task *t = current;

	KASSERT(t->state == TASK_ZOMBIE);
	ktimer_stop(&t->sleep_timer);
	t->state = TASK_DEAD;
	list_add_tail(&dead, &t->run_node);
	sched_block();
	KPANIC("a dead task runs again");
}

unsigned task_gc(void)
{
	unsigned n = 0;

	while (__builtin_expect(!list_empty(&dead), 0)) {
		struct task *t = LIST_FIRST(&dead, struct task, run_node);

		KASSERT(t != current);
		list_del(&t->run_node);
		destroy_thread(t);
		take_stack(t);
		/* A leader's struct is what wait4(2) reads: it stays until the process is reaped. */
		if (t->process->leader != t || t->process->reaped)
			task_free(t);
		n++;
	}
	return n;
}

/* --- small things ----------------------------------------------------------------------------- */

void task_set_cred(struct task *t, struct cred *c)
{
	struct cred *old = t->cred;

	t->cred = c;
	cred_put(old);
}

void task_set_comm(struct task *t, const char *comm)
{
	size_t n = strnlen(comm, TASK_COMM_LEN - 1);

	memset(t->comm, 0, sizeof(t->comm));
	memcpy(t->comm, comm, n);
}

uint64_t task_rlimit(int resource)
{
	KASSERT(resource >= 0 && resource < RLIM_NLIMITS_LINUX);
	return current ? current->process->rlimit[resource].cur : RLIM_INFINITY_LINUX;
}
