/* task.h - tasks (threads) and processes (thread groups), their states, tables and relations.
 *
 *   TASK_NEW -> TASK_RUNNABLE <-> TASK_SLEEPING
 *                    |  ^            |
 *                    v  |            v
 *               TASK_STOPPED     (woken, stays in the kernel until it returns to user)
 *   TASK_RUNNABLE -> TASK_ZOMBIE -> TASK_DEAD (on the GC list, freed at the next trap exit)
 *
 * A task owns a kernel stack (KSTACK_FRAMES frames of RAM) and a guest thread behind the door. A process owns what
 * its threads share. Ownership: a process is freed when it was reaped and its last task is dead; the leader's tid is
 * the pid and stays taken until then. */
#ifndef KEVSIM_CORE_TASK_H
#define KEVSIM_CORE_TASK_H

#include "core/abi_resource.h"
#include "core/cpu.h"
#include "core/cred.h"
#include "core/list.h"
#include "core/signal.h"
#include "core/timer.h"
#include "core/types.h"
#include "core/waitq.h"

struct mm;       /* mm/mm.h */
struct fdtable;  /* fs/fdtable.h */
struct fsctx;    /* fs/fsctx.h: root, cwd, umask */
struct tty;      /* fs/tty.h */
struct kcontext; /* core/context.h */

#define KSTACK_FRAMES 4
#define TASK_COMM_LEN 16
#define PID_MAX 4194304

enum task_state {
	TASK_NEW,
	TASK_RUNNABLE,
	TASK_SLEEPING,
	TASK_STOPPED,
	TASK_ZOMBIE,
	TASK_DEAD
};

/* Why a system call that was interrupted goes on, for restart_syscall(2). fn is called in place of the call. */
struct restart_block {
	int64_t (*fn)(struct restart_block *rb);
	uint64_t arg[6];
};

struct rusage_count {
	ktime_t utime, stime; /* utime: vDSO, rdtsc and fault time; stime: system calls */
	uint64_t minflt, majflt, nvcsw, nivcsw, inblock, oublock;
	uint64_t maxrss_pages;
};

struct task {
	/* identity */
	int32_t tid;
	char comm[TASK_COMM_LEN];
	struct process *process;
	struct list thread_node; /* in process->threads */
	struct list tid_node;    /* hash chain of tids */
	struct list all_node;    /* all tasks, in order of creation */

	/* scheduling; owned by sched.c */
	enum task_state state;
	struct list run_node;
	int8_t nice;              /* -20..19 */
	uint8_t sched_policy;     /* SCHED_*_LINUX */
	uint8_t sched_priority;   /* real-time priority, 0 for normal policies */
	bool sched_reset_on_fork; /* children start with an ordinary policy */
	ktime_t slice_left;
	uint32_t slice_traps; /* left in this slice */
	bool need_resched;
	uint8_t *kstack; /* KSTACK_FRAMES frames, mapped with a guard page below */
	struct kcontext *context;
	struct ktimer sleep_timer;
	bool sleep_timed_out;
	enum sleep_mode sleep_mode;
	uint64_t affinity; /* sched_setaffinity(2): bit 0 is the only CPU */

	/* guest CPU */
	struct cpu_thread *thread;
	struct cpu_regs regs;
	bool regs_dirty;
	bool in_syscall;  /* regs.orig_rax holds the number of the call being served */
	bool never_again; /* its result is a value, even if it looks like -ERESTARTSYS */

	/* shared or own, by clone flags */
	struct mm *mm;
	struct fdtable *files;
	struct fsctx *fs;
	struct sighand *sighand;
	struct cred *cred;

	/* signals */
	sigset_t_linux blocked;
	sigset_t_linux saved_mask; /* see signal_set_temporary_mask() */
	bool has_saved_mask;
	struct sigpending pending;
	struct stack_linux sigaltstack;
	bool signal_pending_flag; /* kept by signal.c */
	struct restart_block restart;

	/* threads (set_tid_address(2), set_robust_list(2)) */
	uaddr_t clear_child_tid;
	uaddr_t robust_list;
	uint64_t robust_list_len;
	uaddr_t set_child_tid;

	/* fork and exit */
	struct waitq *vfork_done; /* the parent's; woken at exec or exit of this task */
	bool *vfork_flag;         /* set when vfork_done is woken */
	int32_t exit_code;        /* as wait(2) reports: status << 8, or signal | 0x80 if core */
	bool exiting;             /* do_exit has begun */
	uint8_t exit_signal;      /* clone(2): what the parent gets when the leader ends; 0: nothing */
	int32_t pdeath_signal;
	ktime_t start_time;
	struct rusage_count usage;
	bool no_new_privs;
	bool dumpable;
	uint64_t timer_slack_ns;

	uint32_t personality; /* personality(2) */
	uint16_t ioprio;      /* ioprio_set(2): class << 13 | level; kept, there is no I/O scheduler */

	/* what the last exception told, for the sigcontext of a frame: x86 vector, error code, CR2 (sys/trap.c) */
	uint64_t fault_trapno, fault_error, fault_addr;

	/* the call being traced (sys/strace.c) */
	void *strace;
};

struct process {
	int32_t pid; /* == tid of the leader */
	uint32_t refs;
	struct task *leader; /* NULL once the leader was freed */
	struct list threads;
	uint32_t nthreads; /* living ones */
	struct list all_node;

	struct process *parent; /* real parent; init has none */
	struct list children;   /* of process.sibling */
	struct list sibling;
	bool child_subreaper;
	struct waitq wait_chld; /* wait4(2) of this process's threads */

	int32_t pgid, sid;
	struct list pgrp_node; /* hash chain by pgid */
	struct tty *ctty;      /* controlling terminal (referenced) */
	int32_t tty_old_pgrp;  /* its foreground group when it was hung up, for the leader's exit */

	struct sigpending pending; /* process-directed signals */

	/* exit and stop state of the group */
	bool group_exit;
	int32_t group_exit_code; /* once zombie: the wait status in any case */
	bool zombie;             /* all threads ended, waiting to be reaped */
	bool reaped;
	bool stopped;       /* job control stop in force */
	bool stop_reported; /* wait4(WUNTRACED) has taken it, or the stop is not complete yet */
	bool stop_complete; /* every thread has stopped and the parent was told */
	bool continued;     /* for WCONTINUED */
	int32_t stop_signal;
	struct task *exec_thread; /* thread in de_thread() of exec, or NULL */
	struct waitq exec_wait;

	struct rlimit_linux rlimit[RLIM_NLIMITS_LINUX];
	struct rusage_count usage_dead;     /* threads that ended */
	struct rusage_count usage_children; /* waited-for children */

	/* timers of the process */
	struct ktimer itimer_real; /* fn is set by sys/itimer.c */
	ktime_t itimer_real_interval;
	struct {
		ktime_t value, interval;
	} itimer_virtual, itimer_prof;
	struct list posix_timers; /* timer_create(2) */
	int32_t next_timer_id;
	uint32_t cpu_timers; /* armed timers on CPU time: cpu_timers_check() returns at once when 0 */

	int32_t oom_score_adj;
	bool did_exec;
};

/* The task whose kernel stack we are on; NULL on the boot stack (idle loop, tests outside a task). */
extern struct task *current;

void task_init(void); /* boot: tables, caches */

/* A new task in state TASK_NEW with a tid, kernel stack and entry function. `process` NULL: a new process with
 * it as leader, child of parent (NULL: none). mm, files, fs, sighand, cred, thread are left NULL for the caller to
 * fill before task_start(). A new process inherits pgid, sid, rlimits and oom_score_adj from parent (no parent: a
 * session and group of its own, default limits); everything else (comm, nice, mask, ctty...) is the caller's to copy.
 * exit_signal is SIGCHLD for a leader. Returns NULL when out of memory; -EAGAIN limits are the caller's to check.
 *
 * Ownership: the task's references in sighand and cred are dropped by core when the task is freed (a zombie still
 * has both); thread is destroyed by task_gc() unless exit did so (and set it to NULL); mm, files and fs are the
 * caller's: exit drops them and sets them to NULL. */
struct task *task_create(struct process *process, struct process *parent, void (*entry)(void));
/* Undoes task_create() for a task that never started. Drops sighand and cred and destroys thread when they are set;
 * mm, files and fs are the caller's. */
void task_abandon(struct task *t);
/* Makes it runnable, behind the others. */
void task_start(struct task *t);

struct task *task_find(int32_t tid);
struct process *process_find(int32_t pid);
/* First process of the group with an entry, NULL if the group is empty; iterate with process_pgrp_next(). */
struct process *process_pgrp_first(int32_t pgid);
struct process *process_pgrp_next(struct process *p);
/* Iteration over everything, by increasing pid. NULL starts. */
struct process *process_next(int32_t after_pid);
/* Living and zombie tasks / processes. */
uint32_t task_count(void);
uint32_t process_count(void);
uint32_t process_count_uid(uint32_t uid); /* for RLIMIT_NPROC: tasks of a real uid */
int32_t task_last_pid(void);
uint64_t task_forks(void); /* processes ever created, for /proc/stat */
/* The next pid handed out is above this (for /proc/sys/kernel/ns_last_pid and tests). */
void task_set_last_pid(int32_t pid);

struct process *process_get(struct process *p);
void process_put(struct process *p);
static inline bool task_is_leader(const struct task *t)
{
	return t->tid == t->process->pid;
}

/* Process groups and sessions (credentials(7), setpgid(2), setsid(2)). No checks: the system calls make them. */
void process_set_pgrp(struct process *p, int32_t pgid);
bool pgrp_exists_in_session(int32_t pgid, int32_t sid);
/* Orphaned in the sense of POSIX 3.264, as if `ignored` (may be NULL) had already left. */
bool pgrp_is_orphaned(int32_t pgid, const struct process *ignored);

/* Ends of life, called by sys/exit.c in this order:
 * task_exit_notify() - current becomes a zombie: reparents children (to a subreaper or init), tells the parent
 *   (SIGCHLD rules, SA_NOCLDWAIT, exit_signal), SIGHUP+SIGCONT to newly orphaned stopped groups; the last thread
 *   makes the process a zombie (or reaped at once when nobody waits).
 * task_exit_final() - leaves the CPU for ever; the stack goes to the GC list. Does not return. */
void task_exit_notify(void);
_Noreturn void task_exit_final(void);
/* Frees what ended tasks left (kernel stacks, guest threads, task structs). Run at every trap exit by the next
 * task, never only when idle. Returns how many it freed. */
unsigned task_gc(void);
/* Begins the end of the whole group: every thread gets SIGKILL pending and is woken. code as exit_code. No effect when
 * the group already ends, or when current is a thread that an exec of its process is getting rid of (it alone ends).
 * The wait status of a zombie process is group_exit_code, in whichever way it ended. */
void process_begin_group_exit(struct process *p, int32_t code);
/* The same whoever is current, and current included when it is of p (a fatal signal). */
void process_force_group_exit(struct process *p, int32_t code);
/* Reaps a zombie child of current's process: adds up the usage and releases it. */
void process_reap(struct process *child);

/* exec: ends every other thread of current's process and waits for it, then makes current the leader: it takes over
 * the pid. 0, or -EAGAIN when the whole group is ending or another thread was first (current then dies). */
int process_dethread(void);
/* wait(2) status word to CLD_* code and si_status. */
void exit_code_to_child_info(int32_t code, int32_t *si_code, int32_t *si_status);
/* CPU time and counters of all threads, living and dead, without waited-for children. */
struct rusage_count process_usage(const struct process *p);
void rusage_add(struct rusage_count *sum, const struct rusage_count *add);

/* Job control stops: stop every thread of p (state TASK_STOPPED as each returns to user), or continue it. Both tell
 * the parent (SIGCHLD with CLD_STOPPED / CLD_CONTINUED unless SA_NOCLDSTOP). */
/* (A stop other than SIGSTOP of a process in an orphaned group does nothing. stop_reported is true from here until
 * the last thread has stopped: `stopped && !stop_reported` is what wait4(WUNTRACED) looks for.) */
void process_stop(struct process *p, int signo);
void process_continue(struct process *p);
/* Called at return to user while p is stopped: sleeps as TASK_STOPPED until continued or killed. */
void task_stop_here(void);

void task_set_cred(struct task *t, struct cred *c); /* takes over the reference */
void task_set_comm(struct task *t, const char *comm);
/* Soft limit of current's process. */
uint64_t task_rlimit(int resource);

#endif
