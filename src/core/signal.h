/* signal.h - signals: generation, queues, masks and the choice of the next one (signal(7), sigaction(2)).
 * Delivery to user mode (frames on the guest's stack) is in sys/sigframe.h. */
#ifndef KEVSIM_CORE_SIGNAL_H
#define KEVSIM_CORE_SIGNAL_H

#include "core/abi_signal.h"
#include "core/list.h"
#include "core/types.h"
#include "core/waitq.h"

struct task;
struct process;

/* Set of signals: bit (signo - 1). */
typedef uint64_t sigset_t_linux;
#define SIGSET_BIT(signo) (1ULL << ((signo)-1))

/* Dispositions: shared by CLONE_SIGHAND. */
struct sighand {
	uint32_t refs;
	struct sigaction_linux action[NSIG_LINUX]; /* [signo - 1] */
	struct waitq signalfd_wait;                /* signalfd and rt_sigtimedwait style waiters */
};

/* A queued signal. */
struct sigqueue {
	struct list node;
	struct siginfo_linux info;
	uint32_t uid; /* charged to this user's RLIMIT_SIGPENDING */
};

struct sigpending {
	sigset_t_linux set;
	struct list queue; /* struct sigqueue; standard signals at most once each */
};

void sigpending_init(struct sigpending *p);
void sigpending_flush(struct sigpending *p);

struct sighand *sighand_create(void); /* all SIG_DFL */
struct sighand *sighand_copy(const struct sighand *s);
struct sighand *sighand_get(struct sighand *s);
void sighand_put(struct sighand *s);
/* boot: forgets the per-user counts */
void signal_init(void);
/* Queued signals of a user, for RLIMIT_SIGPENDING (/proc/PID/status SigQ). */
uint32_t signal_queued_of(uint32_t uid);
/* exec: handlers become SIG_DFL, SIG_IGN stays (execve(2)); current's sighand must not be shared. */
void sighand_reset_on_exec(struct sighand *s);

/* Sends to one thread / to a whole process / to each process of a group. info->si_signo is the signal (0: only
 * permission). 0, -EAGAIN (RLIMIT_SIGPENDING, real-time signals only), -ESRCH (empty group). No permission check:
 * see signal_may_send(). */
int signal_send_task(struct task *t, const struct siginfo_linux *info);
int signal_send_process(struct process *p, const struct siginfo_linux *info);
int signal_send_pgrp(int32_t pgid, const struct siginfo_linux *info);
/* Throws away what a queue holds of `set`. The caller recomputes who has something pending (signal_recalc). */
void signal_discard(struct sigpending *q, sigset_t_linux set);
/* Does the queue hold a SI_TIMER signal signo of timer timer_id? */
bool signal_timer_queued(const struct sigpending *q, int signo, int32_t timer_id);
/* Called when a task of p takes a signal, before it sees *info: POSIX and interval timers fill in the overrun count and
 * go on. Set once at boot; may be NULL. */
extern void (*signal_on_dequeue)(struct process *p, struct siginfo_linux *info);
/* SIGKILL pending for this thread alone, which is woken from any sleep or stop: the end of a group, or exec. */
void signal_kill_task(struct task *t);
/* Recomputes signal_pending_flag of t and wakes it if it sleeps and must see a signal. */
void signal_recalc(struct task *t);
/* t is about to stop looking at signals (exit) or to block `set`: hands its share of the process's pending signals to
 * other threads. */
void signal_retarget(struct task *t, sigset_t_linux set);
/* Is info's signal ignored by the process now (SIG_IGN, or by default)? */
bool signal_is_ignored(const struct task *t, int signo);
/* Kernel-made signal without further data: SI_KERNEL. */
void signal_kernel_task(struct task *t, int signo);
void signal_kernel_process(struct process *p, int signo);
void signal_kernel_pgrp(int32_t pgid, int signo);
/* A synchronous fault of t: cannot be ignored or blocked (then the default action is taken). */
void signal_force(struct task *t, const struct siginfo_linux *info);
/* kill(2) permission of current towards target: 0 or -EPERM. */
int signal_may_send(const struct task *target, int signo);

/* Is an unblocked signal (or a stop, an exit of the group) pending for t? Exact after every change of mask. */
bool signal_pending(const struct task *t);
bool signal_fatal_pending(const struct task *t);
/* Takes the next signal in `allowed` (bits set = may be taken), thread queue first, synchronous signals first,
 * then lowest number. 0: none. */
int signal_dequeue(struct task *t, sigset_t_linux allowed, struct siginfo_linux *info);
/* Signals pending for t, thread and process queues together. */
sigset_t_linux signal_pending_set(const struct task *t);
/* Changes t's mask (SIGKILL and SIGSTOP are never blocked) and re-routes what the process has pending. */
void signal_set_mask(struct task *t, sigset_t_linux mask);
/* For sigsuspend, ppoll, pselect...: the mask until the call ends; the saved one comes back at return to user,
 * inside the signal frame if a handler runs. */
void signal_set_temporary_mask(struct task *t, sigset_t_linux mask);

enum sig_default {
	SIG_DEFAULT_TERM,
	SIG_DEFAULT_IGNORE,
	SIG_DEFAULT_CORE,
	SIG_DEFAULT_STOP,
	SIG_DEFAULT_CONT
};
enum sig_default signal_default_action(int signo);

#endif
