/* tty_job.c - job control of terminals (credentials(7), tty_ioctl(4), POSIX General Terminal Interface).
 * LEAVES OUT: nothing but what needs several user namespaces. */
#include "fs/tty_job.h"

#include "core/errno.h"
#include "core/signal.h"
#include "core/task.h"

static bool job_signal_ignored(int signo)
{
	return (current->blocked & SIGSET_BIT(signo)) ||
	       (current->sighand && current->sighand->action[signo - 1].handler == SIG_IGN_LINUX);
}

int tty_job_check(struct tty *t, int signo)
{
	const struct process *p = current ? current->process : NULL;

	if (!p || p->ctty != t || t->pgrp == 0 || p->pgid == t->pgrp)
		return 0;
	if (job_signal_ignored(signo))
		return signo == SIGTTIN_LINUX ? -EIO : 0;
	if (pgrp_is_orphaned(p->pgid, NULL))
		return -EIO;
	signal_kernel_pgrp(p->pgid, signo);
	return -ERESTARTSYS;
}

void tty_clear_ctty(struct process *p)
{
	struct tty *t = p->ctty;

	p->ctty = NULL;
	if (t)
		tty_put(t);
}

void tty_set_ctty(struct tty *t, struct process *p)
{
	tty_get(t);
	tty_clear_ctty(p);
	p->ctty = t;
	p->tty_old_pgrp = 0;
	t->session = p->sid;
	t->pgrp = p->pgid;
}

void tty_job_clear_session(int32_t sid)
{
	struct process *p;

	if (sid == 0)
		return;
	for (p = process_next(0); p; p = process_next(p->pid)) {
		if (p->sid == sid)
			tty_clear_ctty(p);
	}
}

int tty_job_set_ctty(struct tty *t, bool steal, bool readable)
{
	struct process *p = current->process;
	bool leader = p->sid == p->pid, admin = cred_capable(current->cred, CAP_SYS_ADMIN);

	if (leader && t->session == p->sid)
		return 0;
	if (!leader || p->ctty)
		return -EPERM;
	if (t->session && !(steal && admin))
		return -EPERM;
	if (!readable && !admin)
		return -EPERM;
	tty_job_clear_session(t->session);
	tty_set_ctty(t, p);
	return 0;
}

int tty_job_set_pgrp(struct tty *t, int32_t pgrp)
{
	const struct process *p = current->process, *member;

	if (pgrp < 0)
		return -EINVAL;
	if (p->ctty != t || t->session != p->sid)
		return -ENOTTY;
	member = process_pgrp_first(pgrp);
	if (!member)
		return process_find(pgrp) ? -EPERM : -ESRCH;
	if (member->sid != p->sid)
		return -EPERM;
	t->pgrp = pgrp;
	return 0;
}

/* What happens to the session's terminal when its leader ends (on_exit) or lets go of it. */
static void job_leader_leaves(struct process *leader, bool on_exit)
{
	struct tty *t = leader->ctty;

	if (t) {
		tty_get(t);
		if (on_exit && !t->driver->pty) {
			tty_hangup(t, true);
		} else if (t->pgrp) {
			int32_t pgrp = t->pgrp;

			signal_kernel_pgrp(pgrp, SIGHUP_LINUX);
			if (!on_exit)
				signal_kernel_pgrp(pgrp, SIGCONT_LINUX);
		}
		if (leader->ctty == t)
			t->session = t->pgrp = 0;
		tty_put(t);
	} else if (on_exit && leader->tty_old_pgrp) {
		signal_kernel_pgrp(leader->tty_old_pgrp, SIGHUP_LINUX);
		signal_kernel_pgrp(leader->tty_old_pgrp, SIGCONT_LINUX);
	}
	leader->tty_old_pgrp = 0;
	tty_job_clear_session(leader->sid);
}

void tty_session_leader_exit(struct process *p)
{
	job_leader_leaves(p, true);
}

void tty_job_disassociate(void)
{
	struct process *p = current->process;

	if (p->sid == p->pid)
		job_leader_leaves(p, false);
	tty_clear_ctty(p);
}

void tty_job_hangup(struct tty *t, bool exit_session)
{
	int32_t session = t->session, pgrp = t->pgrp;
	struct process *p;

	t->session = t->pgrp = 0;
	if (session == 0)
		return;
	for (p = process_next(0); p; p = process_next(p->pid)) {
		if (p->sid != session)
			continue;
		if (p->ctty == t)
			tty_clear_ctty(p);
		if (p->pid != p->sid || p->zombie)
			continue;
		signal_kernel_process(p, SIGHUP_LINUX);
		signal_kernel_process(p, SIGCONT_LINUX);
		p->tty_old_pgrp = pgrp;
	}
	if (exit_session && pgrp)
		signal_kernel_pgrp(pgrp, SIGHUP_LINUX);
}
