/* signal.c - generating signals and choosing who takes them (signal(7), kill(2), sigaction(2)).
 *
 * A signal to a process goes to one thread that does not block it; that thread is woken. If all block it, it
 * stays with the process until somebody unblocks it, waits for it or reads it from a signalfd. As in Linux, a
 * signal whose action is to end the process starts the end of the whole group at once, so that no thread
 * sleeps through it.
 *
 * LEAVES OUT: ptrace(2) by guests, core dump files, user namespaces. */
#include "core/signal.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "core/sched.h"
#include "core/sigpending.h"
#include "core/task.h"

#define POLLIN_LINUX 1U
#define INIT_PID 1
#define UNBLOCKABLE (SIGSET_BIT(SIGKILL_LINUX) | SIGSET_BIT(SIGSTOP_LINUX))
#define STOP_SIGNALS                                                                         \
	(SIGSET_BIT(SIGSTOP_LINUX) | SIGSET_BIT(SIGTSTP_LINUX) | SIGSET_BIT(SIGTTIN_LINUX) | \
	 SIGSET_BIT(SIGTTOU_LINUX))

static KMEM_CACHE(sighand_cache, sighand);
void (*signal_on_dequeue)(struct process *p, struct siginfo_linux *info);

/* --- dispositions ----------------------------------------------------------------------------- */

struct sighand *sighand_create(void)
{
	struct sighand *s = kmem_alloc(&sighand_cache);

	if (!s)
		return NULL;
	s->refs = 1;
	waitq_init(&s->signalfd_wait);
	return s;
}

struct sighand *sighand_copy(const struct sighand *old)
{
	struct sighand *s = sighand_create();

	if (s)
		memcpy(s->action, old->action, sizeof(s->action));
	return s;
}

struct sighand *sighand_get(struct sighand *s)
{
	KASSERT(s->refs > 0);
	s->refs++;
	return s;
}

void sighand_put(struct sighand *s)
{
	if (!s)
		return;
	KASSERT(s->refs > 0);
	if (--s->refs)
		return;
	/* Who still polls a signalfd of these dispositions (epoll may) is told to go. */
	while (waitq_active(&s->signalfd_wait))
		waitq_remove(LIST_FIRST(&s->signalfd_wait.waiters, struct waiter, node));
	kmem_free(&sighand_cache, s);
}

void sighand_reset_on_exec(struct sighand *s)
{
	size_t i;

	KASSERT(s->refs == 1);
	for (i = 0; i < NSIG_LINUX; i++) {
		uint64_t handler = s->action[i].handler;

		s->action[i] = (struct sigaction_linux){.handler = handler == SIG_IGN_LINUX ? handler
											    : SIG_DFL_LINUX};
	}
}

enum sig_default signal_default_action(int signo)
{
	switch (signo) {
	case SIGCHLD_LINUX:
	case SIGURG_LINUX:
	case SIGWINCH_LINUX: return SIG_DEFAULT_IGNORE;
	case SIGCONT_LINUX: return SIG_DEFAULT_CONT;
	case SIGSTOP_LINUX:
	case SIGTSTP_LINUX:
	case SIGTTIN_LINUX:
	case SIGTTOU_LINUX: return SIG_DEFAULT_STOP;
	case SIGQUIT_LINUX:
	case SIGILL_LINUX:
	case SIGTRAP_LINUX:
	case SIGABRT_LINUX:
	case SIGBUS_LINUX:
	case SIGFPE_LINUX:
	case SIGSEGV_LINUX:
	case SIGXCPU_LINUX:
	case SIGXFSZ_LINUX:
	case SIGSYS_LINUX: return SIG_DEFAULT_CORE;
	default: return SIG_DEFAULT_TERM;
	}
}

bool signal_is_ignored(const struct task *t, int signo)
{
	enum sig_default action = signal_default_action(signo);
	uint64_t handler;

	if (!t->sighand)
		return true; /* a kernel task without dispositions */
	handler = t->sighand->action[signo - 1].handler;
	if (handler != SIG_DFL_LINUX)
		return handler == SIG_IGN_LINUX;
	/* Nothing that init does not handle can end or stop it, not even SIGKILL (kill(2)). */
	return t->process->pid == INIT_PID || action == SIG_DEFAULT_IGNORE || action == SIG_DEFAULT_CONT;
}

/* Does signo, taken now, end the process without a core dump? */
static bool is_fatal(const struct task *t, int signo)
{
	return t->sighand->action[signo - 1].handler == SIG_DFL_LINUX &&
	       signal_default_action(signo) == SIG_DEFAULT_TERM;
}

/* --- who sees it ------------------------------------------------------------------------------ */

static bool must_see(const struct task *t)
{
	const struct process *p = t->process;

	return ((t->pending.set | p->pending.set) & ~t->blocked) != 0 ||
	       (p->stopped && t->state != TASK_STOPPED && !t->exiting);
}

bool signal_pending(const struct task *t)
{
	return t->signal_pending_flag;
}

bool signal_fatal_pending(const struct task *t)
{
	return t->pending.set & SIGSET_BIT(SIGKILL_LINUX);
}

static void flag_and_wake(struct task *t)
{
	bool fatal = signal_fatal_pending(t);

	t->signal_pending_flag = true;
	if (fatal || t->sleep_mode == SLEEP_INTERRUPTIBLE)
		task_wake(t);
	if (fatal)
		task_wake_stopped(t);
}

void signal_recalc(struct task *t)
{
	if (must_see(t))
		flag_and_wake(t);
	else
		t->signal_pending_flag = false;
}

void signal_kill_task(struct task *t)
{
	t->pending.set |= SIGSET_BIT(SIGKILL_LINUX);
	flag_and_wake(t);
}

static void recalc_flagged(struct process *p)
{
	struct task *t;

	LIST_FOR_EACH (t, &p->threads, struct task, thread_node)
		if (t->signal_pending_flag)
			signal_recalc(t);
}

void signal_retarget(struct task *t, sigset_t_linux set)
{
	struct process *p = t->process;
	struct task *other;

	set &= p->pending.set;
	if (!set)
		return;
	LIST_FOR_EACH (other, &p->threads, struct task, thread_node) {
		if (other == t || other->exiting || !(set & ~other->blocked))
			continue;
		set &= other->blocked;
		if (!other->signal_pending_flag)
			flag_and_wake(other);
		if (!set)
			return;
	}
}

static bool wants(const struct task *t, int signo)
{
	if (t->exiting || (t->blocked & SIGSET_BIT(signo)))
		return false;
	if (signo == SIGKILL_LINUX)
		return true;
	if (t->state == TASK_STOPPED)
		return false;
	return t == current || !t->signal_pending_flag;
}

/* The thread to take a signal of the process: the leader if it can, else the first that can. */
static struct task *choose_thread(struct process *p, int signo)
{
	struct task *t;

	if (p->leader && wants(p->leader, signo))
		return p->leader;
	LIST_FOR_EACH (t, &p->threads, struct task, thread_node)
		if (wants(t, signo))
			return t;
	return NULL;
}

/* signo was made pending, for t or (NULL) for the process. */
static void complete(struct process *p, struct task *t, int signo)
{
	struct task *chosen = t ? (wants(t, signo) ? t : NULL) : choose_thread(p, signo);

	if (!chosen)
		return;
	if (is_fatal(chosen, signo))
		process_force_group_exit(p, signo);
	else
		flag_and_wake(chosen);
}

/* --- sending ---------------------------------------------------------------------------------- */

static void discard_everywhere(struct process *p, sigset_t_linux set)
{
	struct task *t;

	signal_discard(&p->pending, set);
	LIST_FOR_EACH (t, &p->threads, struct task, thread_node)
		signal_discard(&t->pending, set);
	recalc_flagged(p);
}

/* The side effects of stop and continue signals, which happen even if they are blocked or ignored; then: is
 * the signal to be queued? */
static bool prepare(struct process *p, const struct task *t, int signo)
{
	if (p->group_exit || p->zombie)
		return false; /* it dies already */
	if (SIGSET_BIT(signo) & STOP_SIGNALS) {
		discard_everywhere(p, SIGSET_BIT(SIGCONT_LINUX));
	} else if (signo == SIGCONT_LINUX) {
		discard_everywhere(p, STOP_SIGNALS);
		process_continue(p);
	}
	/* A blocked signal is kept even if ignored: the action may change before it is unblocked. */
	return t->sighand && ((t->blocked & SIGSET_BIT(signo)) || !signal_is_ignored(t, signo));
}

/* t: the thread meant, or NULL for the whole process. */
static int send(struct process *p, struct task *t, const struct siginfo_linux *info)
{
	struct task *receiver = t ? t : p->leader;
	int signo = info->si_signo, err;

	KASSERT(signo >= 0 && signo <= NSIG_LINUX);
	if (signo == 0 || !receiver || !prepare(p, receiver, signo))
		return 0;
	err = sigpending_add(t ? &t->pending : &p->pending, receiver, info);
	if (err)
		return err;
	waitq_wake(&receiver->sighand->signalfd_wait, INT32_MAX, POLLIN_LINUX);
	complete(p, t, signo);
	return 0;
}

int signal_send_task(struct task *t, const struct siginfo_linux *info)
{
	return t->exiting ? 0 : send(t->process, t, info);
}

int signal_send_process(struct process *p, const struct siginfo_linux *info)
{
	return send(p, NULL, info);
}

int signal_send_pgrp(int32_t pgid, const struct siginfo_linux *info)
{
	struct process *p;
	bool sent = false;
	int err = -ESRCH;

	for (p = process_pgrp_first(pgid); p; p = process_pgrp_next(p)) {
		err = signal_send_process(p, info);
		sent |= err == 0;
	}
	return sent ? 0 : err;
}

static struct siginfo_linux kernel_info(int signo)
{
	return (struct siginfo_linux){.si_signo = signo, .si_code = SI_KERNEL_LINUX};
}

void signal_kernel_task(struct task *t, int signo)
{
	struct siginfo_linux info = kernel_info(signo);

	signal_send_task(t, &info);
}

void signal_kernel_process(struct process *p, int signo)
{
	struct siginfo_linux info = kernel_info(signo);

	signal_send_process(p, &info);
}

void signal_kernel_pgrp(int32_t pgid, int signo)
{
	struct siginfo_linux info = kernel_info(signo);

	signal_send_pgrp(pgid, &info);
}

void signal_force(struct task *t, const struct siginfo_linux *info)
{
	struct sigaction_linux *action = &t->sighand->action[info->si_signo - 1];
	sigset_t_linux bit = SIGSET_BIT(info->si_signo);

	/* A program that blocks or ignores its own fault would fault for ever. */
	if ((t->blocked & bit) || action->handler == SIG_IGN_LINUX) {
		action->handler = SIG_DFL_LINUX;
		t->blocked &= ~bit;
		signal_recalc(t);
	}
	signal_send_task(t, info);
}

int signal_may_send(const struct task *target, int signo)
{
	const struct cred *me, *you = target->cred;

	if (!current || !current->cred || !you || current->process == target->process)
		return 0;
	me = current->cred;
	if (me->euid == you->suid || me->euid == you->uid || me->uid == you->suid || me->uid == you->uid ||
	    cred_capable(me, CAP_KILL))
		return 0;
	if (signo == SIGCONT_LINUX && current->process->sid == target->process->sid)
		return 0;
	return -EPERM;
}

/* --- taking ----------------------------------------------------------------------------------- */

sigset_t_linux signal_pending_set(const struct task *t)
{
	return t->pending.set | t->process->pending.set;
}

int signal_dequeue(struct task *t, sigset_t_linux allowed, struct siginfo_linux *info)
{
	struct process *p = t->process;
	int signo = sigpending_next(&t->pending, allowed);

	if (signo) {
		sigpending_take(&t->pending, signo, info);
	} else {
		signo = sigpending_next(&p->pending, allowed);
		if (signo) {
			sigpending_take(&p->pending, signo, info);
			recalc_flagged(p); /* another thread may have been meant to take it */
		}
	}
	signal_recalc(t);
	if (signo && signal_on_dequeue)
		signal_on_dequeue(p, info);
	return signo;
}

void signal_set_mask(struct task *t, sigset_t_linux mask)
{
	mask &= ~UNBLOCKABLE;
	if (t->signal_pending_flag && t->process->nthreads > 1)
		signal_retarget(t, mask & ~t->blocked);
	t->blocked = mask;
	signal_recalc(t);
}

void signal_set_temporary_mask(struct task *t, sigset_t_linux mask)
{
	if (!t->has_saved_mask) {
		t->saved_mask = t->blocked;
		t->has_saved_mask = true;
	}
	signal_set_mask(t, mask);
}
