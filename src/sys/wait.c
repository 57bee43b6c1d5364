/* wait.c - waiting for children: wait4(2), waitid(2).
 *
 * Children belong to the process here, not to the thread that made them, so __WNOTHREAD has nothing to leave
 * out. Left out: stops of traced children (there is no tracing from inside). */
#include <string.h>

#include "core/errno.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/pidfd.h"
#include "sys/rusage.h"
#include "sys/syscall.h"

#define WNOHANG_LINUX 1
#define WUNTRACED_LINUX 2
#define WSTOPPED_LINUX 2
#define WEXITED_LINUX 4
#define WCONTINUED_LINUX 8
#define WNOWAIT_LINUX 0x01000000
#define WNOTHREAD_LINUX 0x20000000
#define WALL_LINUX 0x40000000
#define WCLONE_LINUX INT32_MIN

/* clang-format off */
enum wait_type { WAIT_P_ALL, WAIT_P_PID, WAIT_P_PGID, WAIT_P_PIDFD };
/* clang-format on */

/* Who is waited for, and what was found. */
struct wait_request {
	enum wait_type type;
	int32_t id;
	const struct process *process; /* P_PIDFD */
	int options;

	int32_t pid; /* 0: nothing was found */
	uint32_t uid;
	int32_t status; /* as wait4 reports */
	int32_t si_code, si_status;
	struct rusage_linux usage;
};

static uint8_t wait_exit_signal(const struct process *p)
{
	return p->leader ? p->leader->exit_signal : SIGCHLD_LINUX;
}

static bool wait_eligible(const struct wait_request *w, const struct process *p)
{
	if (w->type == WAIT_P_PID && p->pid != w->id)
		return false;
	if (w->type == WAIT_P_PGID && p->pgid != w->id)
		return false;
	if (w->type == WAIT_P_PIDFD && p != w->process)
		return false;
	if (w->options & WALL_LINUX)
		return true;
	bool clone_child = wait_exit_signal(p) != SIGCHLD_LINUX;
	return clone_child == ((w->options & WCLONE_LINUX) != 0);
}

static void wait_report(struct wait_request *w, const struct process *p, int32_t status, int32_t si_code,
			int32_t si_status)
{
	w->pid = p->pid;
	w->uid = p->leader && p->leader->cred ? p->leader->cred->uid : 0;
	w->status = status;
	w->si_code = si_code;
	w->si_status = si_status;
	rusage_both(p, &w->usage);
}

static void wait_report_exit(struct wait_request *w, const struct process *p)
{
	int32_t si_code, si_status;
	exit_code_to_child_info(p->group_exit_code, &si_code, &si_status);
	wait_report(w, p, p->group_exit_code, si_code, si_status);
}

/* Takes what p has to tell, if it is asked for. */
static bool wait_take(struct wait_request *w, struct process *p)
{
	bool keep = (w->options & WNOWAIT_LINUX) != 0;
	if (p->zombie) {
		if (!(w->options & WEXITED_LINUX))
			return false;
		wait_report_exit(w, p);
		if (!keep)
			process_reap(p);
		return true;
	}
	if (p->stopped && !p->stop_reported && (w->options & WSTOPPED_LINUX)) {
		wait_report(w, p, (p->stop_signal << 8) | 0x7f, CLD_STOPPED_LINUX, p->stop_signal);
		if (!keep)
			p->stop_reported = true;
		return true;
	}
	if (p->continued && (w->options & WCONTINUED_LINUX)) {
		wait_report(w, p, 0xffff, CLD_CONTINUED_LINUX, SIGCONT_LINUX);
		if (!keep)
			p->continued = false;
		return true;
	}
	return false;
}

/* One look at all children: 1 if something was taken, 0 if there is nothing yet, -ECHILD. */
static int wait_scan(struct wait_request *w)
{
	struct process *p;
	bool eligible = false;
	LIST_FOR_EACH (p, &current->process->children, struct process, sibling) {
		if (!wait_eligible(w, p))
			continue;
		/* A zombie that is not asked for does not become anything else, but others may wait for it.
		 */
		eligible = true;
		if (wait_take(w, p))
			return 1;
	}
	return eligible ? 0 : -ECHILD;
}

static int wait_for(struct wait_request *w)
{
	for (;;) {
		int found = wait_scan(w);
		if (found < 0)
			return found;
		if (found || (w->options & WNOHANG_LINUX))
			return 0;
		int err = wait_on(&current->process->wait_chld);
		if (err)
			return err;
	}
}

int64_t sys_wait4(int pid, uaddr_t wstatus, int options, uaddr_t rusage)
{
	const int known = WNOHANG_LINUX | WUNTRACED_LINUX | WCONTINUED_LINUX | WNOTHREAD_LINUX |
			  WCLONE_LINUX | WALL_LINUX;
	struct wait_request w;
	memset(&w, 0, sizeof(w));
	if (options & ~known)
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	w.options = options | WEXITED_LINUX;
	if (pid < -1) {
		w.type = WAIT_P_PGID;
		w.id = -pid;
	} else if (pid == 0) {
		w.type = WAIT_P_PGID;
		w.id = current->process->pgid;
	} else if (pid > 0) {
		w.type = WAIT_P_PID;
		w.id = pid;
	}
	int err = wait_for(&w);
	if (err || !w.pid)
		return err;
	/* The child is gone by now, whatever the addresses turn out to be. */
	if (!uaddr_null(wstatus) && put_user_u32(wstatus, (uint32_t)w.status))
		return -EFAULT;
	if (!uaddr_null(rusage) && copy_to_user(rusage, &w.usage, sizeof(w.usage)))
		return -EFAULT;
	return w.pid;
}

static int waitid_decode(struct wait_request *w, int idtype, int id, struct process **held)
{
	bool nonblock = false;
	struct process *p;
	int err;
	w->id = id;
	switch (idtype) {
	case WAIT_P_ALL: w->type = WAIT_P_ALL; return 0;
	case WAIT_P_PID: w->type = WAIT_P_PID; return id <= 0 ? -EINVAL : 0;
	case WAIT_P_PGID:
		w->type = WAIT_P_PGID;
		if (id == 0)
			w->id = current->process->pgid;
		return id < 0 ? -EINVAL : 0;
	case WAIT_P_PIDFD:
		if (id < 0)
			return -EINVAL;
		err = pidfd_process(id, &p, &nonblock);
		if (err)
			return err;
		w->type = WAIT_P_PIDFD;
		w->process = p;
		*held = process_get(p);
		/* a non-blocking descriptor means WNOHANG, told apart by EAGAIN */
		if (nonblock)
			w->options |= WNOHANG_LINUX;
		return nonblock ? 1 : 0;
	default: return -EINVAL;
	}
}

/* struct siginfo as Linux fills it here: only the fields of SIGCHLD, the rest of the guest's memory stays. */
static int waitid_put_info(uaddr_t infop, const struct wait_request *w)
{
	int32_t head[3] = {w->pid ? SIGCHLD_LINUX : 0, 0, w->si_code};
	int32_t body[3] = {w->pid, (int32_t)w->uid, w->si_status};
	if (copy_to_user(infop, head, sizeof(head)))
		return -EFAULT;
	return copy_to_user(uaddr_add(infop, 16), body, sizeof(body));
}

int64_t sys_waitid(int idtype, int id, uaddr_t infop, int options, uaddr_t rusage)
{
	const int known = WNOHANG_LINUX | WNOWAIT_LINUX | WEXITED_LINUX | WSTOPPED_LINUX | WCONTINUED_LINUX |
			  WNOTHREAD_LINUX | WCLONE_LINUX | WALL_LINUX;
	struct wait_request w;
	struct process *held = NULL;
	memset(&w, 0, sizeof(w));
	int err = 0;
	if ((options & ~known) || !(options & (WEXITED_LINUX | WSTOPPED_LINUX | WCONTINUED_LINUX)))
		err = -EINVAL;
	if (!err) {
		w.options = options;
		int mode = waitid_decode(&w, idtype, id, &held);
		err = mode < 0 ? mode : wait_for(&w);
		if (mode == 1 && !err && !w.pid && !(options & WNOHANG_LINUX))
			err = -EAGAIN;
	}
	if (held)
		process_put(held);
	if (!err && w.pid && !uaddr_null(rusage) && copy_to_user(rusage, &w.usage, sizeof(w.usage)))
		return -EFAULT;
	/* As in Linux, an error leaves zeros behind as well. */
	if (!uaddr_null(infop) && waitid_put_info(infop, &w))
		return -EFAULT;
	return err;
}
