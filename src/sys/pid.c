/* pid.c - who one is: getpid(2), getppid(2), gettid(2), process groups and sessions (setpgid(2), setsid(2)).
 */
#include "core/errno.h"
#include "core/task.h"
#include "fs/tty.h"
#include "sys/syscall.h"

int64_t sys_getpid(void)
{
	return current->process->pid;
}

int64_t sys_gettid(void)
{
	return current->tid;
}

int64_t sys_getppid(void)
{
	const struct process *parent = current->process->parent;
	return parent ? parent->pid : 0;
}

int64_t sys_getpgrp(void)
{
	return current->process->pgid;
}

/* The process of a tid; 0: current's. */
static struct process *pid_process(int pid)
{
	if (pid == 0)
		return current->process;
	struct task *t = task_find(pid);
	return t ? t->process : NULL;
}

int64_t sys_getpgid(int pid)
{
	const struct process *p = pid_process(pid);
	return p ? p->pgid : -ESRCH;
}

int64_t sys_getsid(int pid)
{
	const struct process *p = pid_process(pid);
	return p ? p->sid : -ESRCH;
}

int64_t sys_setpgid(int pid, int pgid)
{
	struct process *me = current->process;
	if (pid == 0)
		pid = me->pid;
	if (pgid == 0)
		pgid = pid;
	if (pgid < 0)
		return -EINVAL;
	struct task *t = task_find(pid);
	if (!t)
		return -ESRCH;
	struct process *p = t->process;
	if (p->pid != pid)
		return -EINVAL; /* a thread, not a process */
	if (p != me) {
		if (p->parent != me)
			return -ESRCH;
		if (p->sid != me->sid)
			return -EPERM;
		if (p->did_exec)
			return -EACCES; /* it may rely on its group by now */
	}
	if (p->sid == p->pid)
		return -EPERM; /* a session leader stays */
	if (pgid != pid && !pgrp_exists_in_session(pgid, me->sid))
		return -EPERM;
	if (p->pgid != pgid)
		process_set_pgrp(p, pgid);
	return 0;
}

int64_t sys_setsid(void)
{
	struct process *p = current->process;
	if (p->sid == p->pid)
		return -EPERM;
	/* A group of our number may exist although we left it: its members would be in two sessions. */
	if (process_pgrp_first(p->pid))
		return -EPERM;
	process_set_pgrp(p, p->pid);
	p->sid = p->pid;
	if (p->ctty)
		tty_clear_ctty(p);
	return p->pid;
}
