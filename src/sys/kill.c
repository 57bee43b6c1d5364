/* kill.c - sending signals: kill(2), tkill(2), tgkill(2), rt_sigqueueinfo(2), rt_tgsigqueueinfo(2). */
#include "sys/kill.h"

#include <string.h>

#include "core/errno.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"

void kill_info(struct siginfo_linux *info, int sig, int code)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = code;
	info->rt.pid = current->process->pid;
	info->rt.uid = current->cred->uid;
}

/* A task that stands for the process in the permission check. A zombie without any left belongs to the same
 * user as before, but nothing can happen to it any more. */
static struct task *kill_target(struct process *p)
{
	if (p->leader)
		return p->leader;
	return list_empty(&p->threads) ? NULL : LIST_FIRST(&p->threads, struct task, thread_node);
}

int kill_process(struct process *p, const struct siginfo_linux *info)
{
	int sig = info->si_signo;
	if (sig < 0 || sig > NSIG_LINUX)
		return -EINVAL;
	struct task *target = kill_target(p);
	if (p->reaped)
		return -ESRCH;
	if (target && signal_may_send(target, sig))
		return -EPERM;
	if (sig == 0 || p->zombie || !target)
		return 0;
	return signal_send_process(p, info);
}

/* Every process of a group: success if at least one was reached, else the last error. */
static int kill_pgrp(int32_t pgid, const struct siginfo_linux *info)
{
	int result = -ESRCH;
	bool reached = false;
	for (struct process *p = process_next(0); p; p = process_next(p->pid)) {
		if (p->pgid != pgid)
			continue;
		result = kill_process(p, info);
		reached |= result == 0;
	}
	return reached ? 0 : result;
}

/* Everybody but init and the sender's own process; a lack of permission for some of them is not an error. */
static int kill_everybody(const struct siginfo_linux *info)
{
	int result = 0;
	bool any = false;
	for (struct process *p = process_next(0); p; p = process_next(p->pid)) {
		if (p->pid <= 1 || p == current->process)
			continue;
		any = true;
		int err = kill_process(p, info);
		if (err != -EPERM)
			result = err;
	}
	return any ? result : -ESRCH;
}

int64_t sys_kill(int pid, int sig)
{
	struct siginfo_linux info;
	kill_info(&info, sig, SI_USER_LINUX);
	if (pid > 0) {
		struct process *p = process_find(pid);
		if (!p) {
			/* the tid of any thread names its process */
			const struct task *t = task_find(pid);
			p = t ? t->process : NULL;
		}
		return p ? kill_process(p, &info) : -ESRCH;
	}
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid == -1)
		return kill_everybody(&info);
	return kill_pgrp(pid == 0 ? current->process->pgid : -pid, &info);
}

static int kill_thread(int tgid, int tid, const struct siginfo_linux *info)
{
	int sig = info->si_signo;
	struct task *t = task_find(tid);
	if (!t || t->state == TASK_DEAD || (tgid > 0 && t->process->pid != tgid))
		return -ESRCH;
	if (sig < 0 || sig > NSIG_LINUX)
		return -EINVAL;
	int err = signal_may_send(t, sig);
	if (err || sig == 0 || t->state == TASK_ZOMBIE)
		return err;
	return signal_send_task(t, info);
}

int64_t sys_tkill(int tid, int sig)
{
	struct siginfo_linux info;
	if (tid <= 0)
		return -EINVAL;
	kill_info(&info, sig, SI_TKILL_LINUX);
	return kill_thread(0, tid, &info);
}

int64_t sys_tgkill(int tgid, int tid, int sig)
{
	struct siginfo_linux info;
	if (tid <= 0 || tgid <= 0)
		return -EINVAL;
	kill_info(&info, sig, SI_TKILL_LINUX);
	return kill_thread(tgid, tid, &info);
}

static int kill_info_from_user(struct siginfo_linux *info, int sig, uaddr_t uinfo)
{
	if (copy_from_user(info, uinfo, sizeof(*info)))
		return -EFAULT;
	info->si_signo = sig;
	return 0;
}

int64_t sys_rt_sigqueueinfo(int pid, int sig, uaddr_t uinfo)
{
	struct siginfo_linux info;
	int err = kill_info_from_user(&info, sig, uinfo);
	if (err)
		return err;
	/* Not even root may impersonate the kernel or kill(2), except towards itself. */
	if ((info.si_code >= 0 || info.si_code == SI_TKILL_LINUX) && current->tid != pid)
		return -EPERM;
	struct process *p = process_find(pid);
	if (!p) {
		const struct task *t = task_find(pid);
		p = t ? t->process : NULL;
	}
	return p ? kill_process(p, &info) : -ESRCH;
}

int64_t sys_rt_tgsigqueueinfo(int tgid, int tid, int sig, uaddr_t uinfo)
{
	struct siginfo_linux info;
	int err = kill_info_from_user(&info, sig, uinfo);
	if (err)
		return err;
	if (tid <= 0 || tgid <= 0)
		return -EINVAL;
	if ((info.si_code >= 0 || info.si_code == SI_TKILL_LINUX) && current->tid != tid)
		return -EPERM;
	return kill_thread(tgid, tid, &info);
}
