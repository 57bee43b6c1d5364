/* prctl.c - prctl(2): attributes of a task that have no call of their own.
 *
 * Left out (EINVAL, as in a Linux built without them): seccomp, names of anonymous mappings, THP control, the
 * speculation and pointer-masking controls, PR_SET_TSC to PR_TSC_SIGSEGV, Yama's PR_SET_PTRACER, scheduling
 * cores. */
#include <string.h>

#include "core/errno.h"
#include "core/task.h"
#include "mm/mm.h"
#include "mm/usercopy.h"
#include "sys/cred.h"
#include "sys/syscall.h"

/* clang-format off */
enum {
	PR_SET_PDEATHSIG = 1, PR_GET_PDEATHSIG = 2, PR_GET_DUMPABLE = 3, PR_SET_DUMPABLE = 4, PR_GET_KEEPCAPS = 7,
	PR_SET_KEEPCAPS = 8, PR_GET_TIMING = 13, PR_SET_TIMING = 14, PR_SET_NAME = 15, PR_GET_NAME = 16,
	PR_GET_SECCOMP = 21, PR_CAPBSET_READ = 23, PR_CAPBSET_DROP = 24, PR_GET_TSC = 25, PR_SET_TSC = 26,
	PR_GET_SECUREBITS = 27, PR_SET_SECUREBITS = 28, PR_SET_TIMERSLACK = 29, PR_GET_TIMERSLACK = 30,
	PR_SET_MM = 35, PR_SET_CHILD_SUBREAPER = 36, PR_GET_CHILD_SUBREAPER = 37, PR_SET_NO_NEW_PRIVS = 38,
	PR_GET_NO_NEW_PRIVS = 39, PR_GET_TID_ADDRESS = 40, PR_GET_THP_DISABLE = 42, PR_CAP_AMBIENT = 47,
};

enum {
	PR_SET_MM_START_CODE = 1, PR_SET_MM_END_CODE, PR_SET_MM_START_DATA, PR_SET_MM_END_DATA, PR_SET_MM_START_STACK,
	PR_SET_MM_START_BRK, PR_SET_MM_BRK, PR_SET_MM_ARG_START, PR_SET_MM_ARG_END,
	PR_SET_MM_ENV_START, PR_SET_MM_ENV_END,
};

enum { PR_CAP_AMBIENT_IS_SET = 1, PR_CAP_AMBIENT_RAISE, PR_CAP_AMBIENT_LOWER, PR_CAP_AMBIENT_CLEAR_ALL };
/* clang-format on */

#define PR_TSC_ENABLE 1
#define DEFAULT_TIMER_SLACK_NS 50000
#define SECBITS_ALL 0xffU
#define SECBITS_LOCKS 0xaaU
#define SECBIT_KEEP_CAPS_LOCKED (1U << 5)

static int64_t prctl_set_name(uaddr_t uname)
{
	char name[TASK_COMM_LEN];
	memset(name, 0, sizeof(name));
	for (uint64_t i = 0; i < TASK_COMM_LEN - 1; i++) {
		if (copy_from_user(&name[i], uaddr_add(uname, i), 1))
			return -EFAULT;
		if (!name[i])
			break;
	}
	memset(current->comm, 0, sizeof(current->comm));
	task_set_comm(current, name);
	return 0;
}

static int64_t prctl_get_name(uaddr_t uname)
{
	char name[TASK_COMM_LEN];
	memset(name, 0, sizeof(name));
	memcpy(name, current->comm, strnlen(current->comm, sizeof(name) - 1));
	return copy_to_user(uname, name, sizeof(name));
}

/* --- capabilities
 * --------------------------------------------------------------------------------------------------- */

static int64_t prctl_set_keepcaps(uint64_t on)
{
	const struct cred *old = current->cred;
	if (on > 1)
		return -EINVAL;
	if (old->securebits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	struct cred *new = cred_copy(old);
	if (!new)
		return -ENOMEM;
	new->securebits &= ~SECBIT_KEEP_CAPS_LINUX;
	if (on)
		new->securebits |= SECBIT_KEEP_CAPS_LINUX;
	cred_commit(new);
	return 0;
}

static int64_t prctl_set_securebits(uint64_t bits)
{
	const struct cred *old = current->cred;
	uint32_t locked = (old->securebits & SECBITS_LOCKS) >> 1;
	bool breaks_lock = (locked & (old->securebits ^ (uint32_t)bits)) ||
			   (old->securebits & SECBITS_LOCKS & ~(uint32_t)bits);
	if (breaks_lock || (bits & ~(uint64_t)SECBITS_ALL) || !cred_capable(old, CAP_SETPCAP))
		return -EPERM;
	struct cred *new = cred_copy(old);
	if (!new)
		return -ENOMEM;
	new->securebits = (uint32_t)bits;
	cred_commit(new);
	return 0;
}

static int64_t prctl_bounding_drop(uint64_t cap)
{
	if (!cred_capable(current->cred, CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST)
		return -EINVAL;
	struct cred *new = cred_copy(current->cred);
	if (!new)
		return -ENOMEM;
	new->cap_bounding &= ~(1ULL << cap);
	cred_commit(new);
	return 0;
}

static int64_t prctl_ambient(uint64_t what, uint64_t cap, uint64_t arg4, uint64_t arg5)
{
	const struct cred *old = current->cred;
	if (what == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (cap | arg4 | arg5)
			return -EINVAL;
	} else if (cap > CAP_LAST || (arg4 | arg5)) {
		return -EINVAL;
	}
	uint64_t bit = what == PR_CAP_AMBIENT_CLEAR_ALL ? 0 : 1ULL << cap;
	if (what == PR_CAP_AMBIENT_IS_SET)
		return (old->cap_ambient & bit) != 0;
	if (what < PR_CAP_AMBIENT_RAISE || what > PR_CAP_AMBIENT_CLEAR_ALL)
		return -EINVAL;
	if (what == PR_CAP_AMBIENT_RAISE && (!(old->cap_permitted & old->cap_inheritable & bit) ||
					     (old->securebits & SECBIT_NO_CAP_AMBIENT_RAISE_LINUX)))
		return -EPERM;
	struct cred *new = cred_copy(old);
	if (!new)
		return -ENOMEM;
	if (what == PR_CAP_AMBIENT_CLEAR_ALL)
		new->cap_ambient = 0;
	else if (what == PR_CAP_AMBIENT_RAISE)
		new->cap_ambient |= bit;
	else
		new->cap_ambient &= ~bit;
	cred_commit(new);
	return 0;
}

/* --- memory
 * ----------------------------------------------------------------------------------------------------------
 */

static uint64_t *prctl_mm_field(struct mm *mm, uint64_t what)
{
	switch (what) {
	case PR_SET_MM_START_CODE: return &mm->start_code;
	case PR_SET_MM_END_CODE: return &mm->end_code;
	case PR_SET_MM_START_DATA: return &mm->start_data;
	case PR_SET_MM_END_DATA: return &mm->end_data;
	case PR_SET_MM_START_STACK: return &mm->stack_top;
	case PR_SET_MM_ARG_START: return &mm->arg_start;
	case PR_SET_MM_ARG_END: return &mm->arg_end;
	case PR_SET_MM_ENV_START: return &mm->env_start;
	case PR_SET_MM_ENV_END: return &mm->env_end;
	default: return NULL; /* moving the heap is for checkpointers, which need more than this */
	}
}

/* Only numbers that /proc shows change; they must lie in mapped memory. */
static int64_t prctl_set_mm(uint64_t what, uint64_t addr, uint64_t arg4, uint64_t arg5)
{
	struct mm *mm = current->mm;
	if (arg5 || arg4)
		return -EINVAL;
	if (!cred_capable(current->cred, CAP_SYS_RESOURCE))
		return -EPERM;
	uint64_t *field = prctl_mm_field(mm, what);
	if (!field || addr >= CPU_GUEST_END || addr < CPU_GUEST_START)
		return -EINVAL;
	const struct vma *v = mm_find_vma(mm, addr);
	if (!v || v->start > addr)
		return -EINVAL;
	*field = addr;
	return 0;
}

/* --- the call
 * ----------------------------------------------------------------------------------------------------------
 */

static int64_t prctl_set_dumpable(uint64_t v)
{
	if (v > 1)
		return -EINVAL;
	current->dumpable = v == 1;
	return 0;
}

static int64_t prctl_set_timer_slack(uint64_t ns)
{
	current->timer_slack_ns = ns ? ns : DEFAULT_TIMER_SLACK_NS;
	return 0;
}

static int64_t prctl_set_pdeathsig(uint64_t sig)
{
	if (sig > NSIG_LINUX)
		return -EINVAL;
	current->pdeath_signal = (int32_t)sig;
	return 0;
}

static int64_t prctl_set_no_new_privs(uint64_t on, uint64_t rest)
{
	if (on != 1 || rest)
		return -EINVAL;
	current->no_new_privs = true;
	return 0;
}

int64_t sys_prctl(int option, uint64_t arg2, uint64_t arg3, uint64_t arg4, uint64_t arg5)
{
	switch (option) {
	case PR_SET_PDEATHSIG: return prctl_set_pdeathsig(arg2);
	case PR_GET_PDEATHSIG: return put_user_u32(uaddr(arg2), (uint32_t)current->pdeath_signal);
	case PR_GET_DUMPABLE: return current->dumpable;
	case PR_SET_DUMPABLE: return prctl_set_dumpable(arg2);
	case PR_GET_KEEPCAPS: return (current->cred->securebits & SECBIT_KEEP_CAPS_LINUX) != 0;
	case PR_SET_KEEPCAPS: return prctl_set_keepcaps(arg2);
	case PR_GET_TIMING:
	case PR_GET_SECCOMP: /* always off */ return 0;
	case PR_SET_TIMING: return arg2 ? -EINVAL : 0;
	case PR_SET_NAME: return prctl_set_name(uaddr(arg2));
	case PR_GET_NAME: return prctl_get_name(uaddr(arg2));
	case PR_CAPBSET_READ:
		return arg2 > CAP_LAST ? -EINVAL : (int64_t)(current->cred->cap_bounding >> arg2 & 1);
	case PR_CAPBSET_DROP: return prctl_bounding_drop(arg2);
	case PR_GET_TSC: return put_user_u32(uaddr(arg2), PR_TSC_ENABLE);
	case PR_SET_TSC: return arg2 == PR_TSC_ENABLE ? 0 : -EINVAL;
	case PR_GET_SECUREBITS: return current->cred->securebits;
	case PR_SET_SECUREBITS: return prctl_set_securebits(arg2);
	case PR_SET_TIMERSLACK: return prctl_set_timer_slack(arg2);
	case PR_GET_TIMERSLACK: return (int64_t)current->timer_slack_ns;
	case PR_SET_MM: return prctl_set_mm(arg2, arg3, arg4, arg5);
	case PR_SET_CHILD_SUBREAPER: current->process->child_subreaper = arg2 != 0; return 0;
	case PR_GET_CHILD_SUBREAPER: return put_user_u32(uaddr(arg2), current->process->child_subreaper);
	case PR_SET_NO_NEW_PRIVS: return prctl_set_no_new_privs(arg2, arg3 | arg4 | arg5);
	case PR_GET_NO_NEW_PRIVS: return arg2 | arg3 | arg4 | arg5 ? -EINVAL : current->no_new_privs;
	case PR_GET_TID_ADDRESS: return put_user_u64(uaddr(arg2), current->clear_child_tid.v);
	case PR_GET_THP_DISABLE: return arg2 | arg3 | arg4 | arg5 ? -EINVAL : 0;
	case PR_CAP_AMBIENT: return prctl_ambient(arg2, arg3, arg4, arg5);
	default: return -EINVAL;
	}
}
