/* sysvsem.c - System V semaphores: semget(2), semop(2), semtimedop(2), semctl(2).
 *
 * A set of operations happens as a whole or not at all. Who cannot go on waits in the queue of the array;
 * whoever changes a value goes through the queue from the front and completes what has become possible on
 * behalf of the sleepers, so that they are served in order.
 *
 * SEM_UNDO adjustments belong to the process (a child begins without). Left out: sharing them between
 * processes with CLONE_SYSVSEM. */
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/kmem.h"
#include "core/sched.h"
#include "core/task.h"
#include "core/waitq.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"
#include "sys/sysvipc.h"
#include "sys/time.h"

#define GETPID 11
#define GETVAL 12
#define GETALL 13
#define GETNCNT 14
#define GETZCNT 15
#define SETVAL 16
#define SETALL 17
#define SEM_STAT 18
#define SEM_INFO 19
#define SEM_STAT_ANY 20
#define SEM_UNDO 0x1000
#define SEMMNI 32000
#define SEMMSL 32000
#define SEMMNS 1024000000
#define SEMOPM 500
#define SEMVMX 32767

struct sembuf_linux {
	uint16_t num;
	int16_t op;
	int16_t flags;
};

struct semid_linux {
	struct ipc_perm_linux perm;
	int64_t otime, unused1, ctime, unused2;
	uint64_t nsems, unused[2];
};
_Static_assert(sizeof(struct semid_linux) == 104, "struct semid64_ds");

struct seminfo_linux {
	int32_t semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz, semvmx, semaem;
};

struct sem {
	int32_t value;
	int32_t pid; /* of the last operation */
};

struct sem_array {
	struct ipc_object ipc;
	uint32_t nsems;
	int64_t otime, ctime; /* seconds */
	struct list waiters;  /* struct sem_waiter, in order of arrival */
	struct list undos;    /* struct sem_undo */
	struct sem *sems;
};

/* A semop(2) that has to wait; on its task's stack. */
struct sem_waiter {
	struct list node;
	struct task *task;
	const struct sembuf_linux *ops;
	uint32_t nops;
	uint32_t blocking; /* the operation that could not be done */
	bool done;
	int result;
};

/* What a process's operations with SEM_UNDO add up to, with the sign turned. */
struct sem_undo {
	struct list node;
	const struct process *process;
	int32_t adjust[]; /* one a semaphore */
};

static KMEM_CACHE(sem_cache, sem_array);
static struct ipc_ids sem_ids = {.objects = LIST_INIT(sem_ids.objects), .max = SEMMNI};
static uint32_t sems_in_use;

static int64_t sem_now(void)
{
	return clock_wall() / NSEC_PER_SEC;
}

/* --- undo
 * ------------------------------------------------------------------------------------------------------ */

static struct sem_undo *undo_find(struct sem_array *a, const struct process *p)
{
	struct sem_undo *u;
	LIST_FOR_EACH (u, &a->undos, struct sem_undo, node) {
		if (u->process == p)
			return u;
	}
	return NULL;
}

static struct sem_undo *undo_need(struct sem_array *a)
{
	struct sem_undo *u = undo_find(a, current->process);
	if (u)
		return u;
	u = kmalloc(sizeof(*u) + a->nsems * sizeof(u->adjust[0]));
	if (!u)
		return NULL;
	u->process = current->process;
	list_add_tail(&a->undos, &u->node);
	return u;
}

static void undo_free(struct sem_undo *u)
{
	list_del(&u->node);
	kfree(u);
}

/* --- operations
 * --------------------------------------------------------------------------------------------------- */

/* Tries to do all of ops for process p: 0 done, 1 must wait (*blocking), or -ERANGE. On anything but success
 * the values are as before. */
static int ops_try(struct sem_array *a, const struct sembuf_linux *ops, uint32_t nops,
		   const struct process *p, uint32_t *blocking)
{
	struct sem_undo *u = undo_find(a, p);
	int result = 0;
	uint32_t i;
	for (i = 0; i < nops; i++) {
		struct sem *s = &a->sems[ops[i].num];
		if (ops[i].op == 0 ? s->value != 0 : s->value + ops[i].op < 0) {
			result = 1;
			*blocking = i;
			break;
		}
		if (s->value + ops[i].op > SEMVMX) {
			result = -ERANGE;
			break;
		}
		s->value += ops[i].op;
		if (ops[i].flags & SEM_UNDO) {
			u->adjust[ops[i].num] -= ops[i].op;
			if (u->adjust[ops[i].num] < -SEMVMX - 1 || u->adjust[ops[i].num] > SEMVMX) {
				result = -ERANGE;
				i++; /* this one is to be taken back as well */
				break;
			}
		}
	}
	if (result == 0) {
		for (i = 0; i < nops; i++)
			a->sems[ops[i].num].pid = p->pid;
		a->otime = sem_now();
		return 0;
	}
	while (i-- > 0) {
		a->sems[ops[i].num].value -= ops[i].op;
		if (ops[i].flags & SEM_UNDO)
			u->adjust[ops[i].num] += ops[i].op;
	}
	return result;
}

static void waiter_finish(struct sem_waiter *w, int result)
{
	list_del(&w->node);
	w->done = true;
	w->result = result;
	(void)task_wake(w->task);
}

/* Values changed: completes sleeping operations until no more is possible. */
static void array_update(struct sem_array *a)
{
	bool again = true;
	while (again) {
		struct sem_waiter *w, *next;
		again = false;
		LIST_FOR_EACH_SAFE (w, next, &a->waiters, struct sem_waiter, node) {
			int result = ops_try(a, w->ops, w->nops, w->task->process, &w->blocking);
			if (result == 1)
				continue;
			waiter_finish(w, result);
			again = true;
			break;
		}
	}
}

static bool ops_alter(const struct sembuf_linux *ops, uint32_t nops)
{
	for (uint32_t i = 0; i < nops; i++) {
		if (ops[i].op)
			return true;
	}
	return false;
}

static int ops_check(struct sem_array *a, const struct sembuf_linux *ops, uint32_t nops)
{
	bool undo = false;
	for (uint32_t i = 0; i < nops; i++) {
		if (ops[i].num >= a->nsems)
			return -EFBIG;
		undo |= (ops[i].flags & SEM_UNDO) != 0;
	}
	int err = ipc_permission(&a->ipc, ops_alter(ops, nops) ? IPC_WRITE : IPC_READ);
	if (!err && undo && !undo_need(a))
		err = -ENOMEM;
	return err;
}

static int ops_sleep(struct sem_array *a, const struct sembuf_linux *ops, uint32_t nops, uint32_t blocking,
		     ktime_t deadline)
{
	struct sem_waiter w = {.task = current, .ops = ops, .nops = nops, .blocking = blocking};
	list_add_tail(&a->waiters, &w.node);
	while (!w.done) {
		int err = task_sleep_until(SLEEP_INTERRUPTIBLE, deadline);
		if (w.done)
			break;
		if (err) {
			list_del(&w.node);
			/* never restarted: the time-out would begin anew */
			return err == -ETIMEDOUT ? -EAGAIN : -EINTR;
		}
	}
	return w.result;
}

static int64_t ops_run(int semid, const struct sembuf_linux *ops, uint32_t nops, ktime_t deadline)
{
	struct sem_array *a = (struct sem_array *)ipc_find(&sem_ids, semid);
	uint32_t blocking = 0;
	if (!a)
		return -EINVAL;
	int err = ops_check(a, ops, nops);
	if (err)
		return err;
	int result = ops_try(a, ops, nops, current->process, &blocking);
	if (result == 0) {
		if (ops_alter(ops, nops))
			array_update(a);
		return 0;
	}
	if (result < 0)
		return result;
	if (ops[blocking].flags & IPC_NOWAIT_LINUX)
		return -EAGAIN;
	return ops_sleep(a, ops, nops, blocking, deadline);
}

static int64_t ops_from_user(int semid, uaddr_t usops, uint32_t nops, ktime_t deadline)
{
	if (nops < 1 || semid < 0)
		return -EINVAL;
	if (nops > SEMOPM)
		return -E2BIG;
	struct sembuf_linux *ops = kmalloc(nops * sizeof(*ops));
	if (!ops)
		return -ENOMEM;
	int64_t result = copy_from_user(ops, usops, nops * sizeof(*ops));
	if (result == 0)
		result = ops_run(semid, ops, nops, deadline);
	kfree(ops);
	return result;
}

int64_t sys_semop(int semid, uaddr_t sops, uint32_t nsops)
{
	return ops_from_user(semid, sops, nsops, KTIME_NEVER);
}

int64_t sys_semtimedop(int semid, uaddr_t sops, uint32_t nsops, uaddr_t timeout)
{
	ktime_t deadline;
	int err = timeout_from_user(timeout, &deadline);
	return err ? err : ops_from_user(semid, sops, nsops, deadline);
}

/* --- arrays
 * ----------------------------------------------------------------------------------------------------------
 */

static struct ipc_object *sem_create(int32_t key, uint64_t nsems, int flags, int *err)
{
	(void)key;
	(void)flags;
	*err = -EINVAL;
	if (nsems < 1)
		return NULL;
	*err = -ENOSPC;
	if (sems_in_use + nsems > SEMMNS)
		return NULL;
	*err = -ENOMEM;
	struct sem_array *a = kmem_alloc(&sem_cache);
	if (!a)
		return NULL;
	a->sems = kmalloc(nsems * sizeof(*a->sems));
	if (!a->sems) {
		kmem_free(&sem_cache, a);
		return NULL;
	}
	a->nsems = (uint32_t)nsems;
	a->ctime = sem_now();
	list_init(&a->waiters);
	list_init(&a->undos);
	sems_in_use += a->nsems;
	return &a->ipc;
}

static int sem_check_size(const struct ipc_object *o, uint64_t nsems)
{
	return nsems > ((const struct sem_array *)o)->nsems ? -EINVAL : 0;
}

int64_t sys_semget(uint32_t key, int nsems, int flags)
{
	if (nsems < 0 || nsems > SEMMSL)
		return -EINVAL;
	return ipc_get(&sem_ids, (int32_t)key, flags, (uint64_t)nsems, sem_create, sem_check_size);
}

static void sem_destroy(struct sem_array *a)
{
	while (!list_empty(&a->waiters))
		waiter_finish(LIST_FIRST(&a->waiters, struct sem_waiter, node), -EIDRM);
	while (!list_empty(&a->undos))
		undo_free(LIST_FIRST(&a->undos, struct sem_undo, node));
	ipc_remove(&sem_ids, &a->ipc);
	sems_in_use -= a->nsems;
	kfree(a->sems);
	kmem_free(&sem_cache, a);
}

static int64_t sem_ctl_stat(int id, int cmd, uaddr_t buf)
{
	struct semid_linux out;
	struct ipc_object *o = cmd == IPC_STAT_LINUX ? ipc_find(&sem_ids, id) : ipc_find_index(&sem_ids, id);
	if (!o)
		return -EINVAL;
	if (cmd != SEM_STAT_ANY && ipc_permission(o, IPC_READ))
		return -EACCES;
	const struct sem_array *a = (const struct sem_array *)o;
	memset(&out, 0, sizeof(out));
	out.perm = o->perm;
	out.otime = a->otime;
	out.ctime = a->ctime;
	out.nsems = a->nsems;
	if (copy_to_user(buf, &out, sizeof(out)))
		return -EFAULT;
	return cmd == IPC_STAT_LINUX ? 0 : o->id;
}

static int64_t sem_ctl_info(int cmd, uaddr_t buf)
{
	struct seminfo_linux info = {.semmap = SEMMNS,
				     .semmni = SEMMNI,
				     .semmns = SEMMNS,
				     .semmnu = SEMMNS,
				     .semmsl = SEMMSL,
				     .semopm = SEMOPM,
				     .semume = SEMOPM,
				     .semusz = 20,
				     .semvmx = SEMVMX,
				     .semaem = SEMVMX};
	if (cmd == SEM_INFO) {
		info.semusz = (int32_t)sem_ids.count;
		info.semaem = (int32_t)sems_in_use;
	}
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : ipc_highest_index(&sem_ids);
}

/* How many wait for semaphore n to grow, or to become zero. */
static int64_t sem_count_waiters(const struct sem_array *a, uint32_t n, bool zero)
{
	int64_t count = 0;
	const struct sem_waiter *w;
	LIST_FOR_EACH (w, &a->waiters, const struct sem_waiter, node) {
		const struct sembuf_linux *op = &w->ops[w->blocking];
		count += op->num == n && (op->op == 0) == zero;
	}
	return count;
}

static int64_t sem_ctl_get(struct sem_array *a, uint32_t n, int cmd)
{
	int err = ipc_permission(&a->ipc, IPC_READ);
	if (err)
		return err;
	if (n >= a->nsems)
		return -EINVAL;
	switch (cmd) {
	case GETVAL: return a->sems[n].value;
	case GETPID: return a->sems[n].pid;
	default: return sem_count_waiters(a, n, cmd == GETZCNT);
	}
}

static void sem_clear_undo(struct sem_array *a, uint32_t n)
{
	struct sem_undo *u;
	LIST_FOR_EACH (u, &a->undos, struct sem_undo, node)
		u->adjust[n] = 0;
}

static int64_t sem_ctl_setval(struct sem_array *a, uint32_t n, int32_t value)
{
	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	int err = ipc_permission(&a->ipc, IPC_WRITE);
	if (err)
		return err;
	if (n >= a->nsems)
		return -EINVAL;
	sem_clear_undo(a, n);
	a->sems[n].value = value;
	a->sems[n].pid = current->process->pid;
	a->ctime = sem_now();
	array_update(a);
	return 0;
}

static int64_t sem_ctl_all(struct sem_array *a, int cmd, uaddr_t buf)
{
	int err = ipc_permission(&a->ipc, cmd == GETALL ? IPC_READ : IPC_WRITE);
	if (err)
		return err;
	uint16_t *v = kmalloc(a->nsems * sizeof(*v));
	if (!v)
		return -ENOMEM;
	if (cmd == GETALL) {
		for (uint32_t i = 0; i < a->nsems; i++)
			v[i] = (uint16_t)a->sems[i].value;
		err = copy_to_user(buf, v, a->nsems * sizeof(*v));
		kfree(v);
		return err;
	}
	err = copy_from_user(v, buf, a->nsems * sizeof(*v));
	for (uint32_t i = 0; !err && i < a->nsems; i++) {
		if (v[i] > SEMVMX)
			err = -ERANGE;
	}
	for (uint32_t i = 0; !err && i < a->nsems; i++) {
		sem_clear_undo(a, i);
		a->sems[i].value = v[i];
		a->sems[i].pid = current->process->pid;
	}
	kfree(v);
	if (err)
		return err;
	a->ctime = sem_now();
	array_update(a);
	return 0;
}

static int64_t sem_ctl_change(int id, int cmd, uaddr_t buf)
{
	struct semid_linux in;
	if (cmd == IPC_SET_LINUX && copy_from_user(&in, buf, sizeof(in)))
		return -EFAULT;
	struct sem_array *a = (struct sem_array *)ipc_find(&sem_ids, id);
	if (!a)
		return -EINVAL;
	int err = ipc_owner(&a->ipc);
	if (err)
		return err;
	if (cmd == IPC_RMID_LINUX) {
		sem_destroy(a);
		return 0;
	}
	err = ipc_set(&a->ipc, &in.perm);
	if (!err)
		a->ctime = sem_now();
	return err;
}

int64_t sys_semctl(int id, int semnum, int cmd, uint64_t arg)
{
	struct sem_array *a;
	if (id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO_LINUX:
	case SEM_INFO: return sem_ctl_info(cmd, uaddr(arg));
	case IPC_STAT_LINUX:
	case SEM_STAT:
	case SEM_STAT_ANY: return sem_ctl_stat(id, cmd, uaddr(arg));
	case IPC_SET_LINUX:
	case IPC_RMID_LINUX: return sem_ctl_change(id, cmd, uaddr(arg));
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
	case SETVAL:
	case GETALL:
	case SETALL:
		a = (struct sem_array *)ipc_find(&sem_ids, id);
		if (!a)
			return -EINVAL;
		if (cmd == GETALL || cmd == SETALL)
			return sem_ctl_all(a, cmd, uaddr(arg));
		if (cmd == SETVAL)
			return sem_ctl_setval(a, (uint32_t)semnum, (int32_t)arg);
		return sem_ctl_get(a, (uint32_t)semnum, cmd);
	default: return -EINVAL;
	}
}

/* --- ends
 * ------------------------------------------------------------------------------------------------------------
 */

void sysvsem_exit(void)
{
	struct sem_array *a;
	LIST_FOR_EACH (a, &sem_ids.objects, struct sem_array, ipc.node) {
		struct sem_undo *u = undo_find(a, current->process);
		if (!u)
			continue;
		for (uint32_t i = 0; i < a->nsems; i++) {
			if (!u->adjust[i])
				continue;
			struct sem *s = &a->sems[i];
			s->value = MIN(MAX(s->value + u->adjust[i], 0), SEMVMX);
			s->pid = current->process->pid;
		}
		undo_free(u);
		a->otime = sem_now();
		array_update(a);
	}
}

void sysvsem_shutdown(void)
{
	while (!list_empty(&sem_ids.objects))
		sem_destroy(LIST_FIRST(&sem_ids.objects, struct sem_array, ipc.node));
	sem_ids.next_seq = 0;
}
