/* sysvmsg.c - System V message queues: msgget(2), msgsnd(2), msgrcv(2), msgctl(2).
 * Left out: MSG_COPY (ENOSYS, as in a Linux without checkpointing). */
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "core/waitq.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"
#include "sys/sysvipc.h"

#define MSG_STAT 11
#define MSG_INFO 12
#define MSG_STAT_ANY 13
#define MSG_NOERROR 010000
#define MSG_EXCEPT 020000
#define MSG_COPY 040000
#define MSGMNI 32000
#define MSGMAX 8192
#define MSGMNB 16384

struct msqid_linux {
	struct ipc_perm_linux perm;
	int64_t stime, rtime, ctime;
	uint64_t cbytes, qnum, qbytes;
	int32_t lspid, lrpid;
	uint64_t unused[2];
};
_Static_assert(sizeof(struct msqid_linux) == 120, "struct msqid64_ds");

struct msginfo_linux {
	int32_t msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql;
	uint16_t msgseg, pad;
};

struct message {
	struct list node;
	int64_t type;
	uint64_t size;
	uint8_t data[];
};

struct msg_queue {
	struct ipc_object ipc;
	uint32_t users; /* tasks asleep on it: it is freed after the last of them woke */
	struct list messages;
	uint64_t cbytes, qnum, qbytes;
	int64_t stime, rtime, ctime; /* seconds */
	int32_t lspid, lrpid;
	struct waitq readers, writers;
};

static KMEM_CACHE(msg_cache, msg_queue);
static struct ipc_ids msg_ids = {.objects = LIST_INIT(msg_ids.objects), .max = MSGMNI};

static int64_t msg_now(void)
{
	return clock_wall() / NSEC_PER_SEC;
}

static struct msg_queue *msg_find(int id)
{
	return (struct msg_queue *)ipc_find(&msg_ids, id);
}

static void msg_free(struct msg_queue *q)
{
	while (!list_empty(&q->messages)) {
		struct message *m = LIST_FIRST(&q->messages, struct message, node);
		list_del(&m->node);
		kfree(m);
	}
	kmem_free(&msg_cache, q);
}

/* Sleeps until something happened to q: 0, -EIDRM (it is gone, and must not be touched) or -ERESTARTNOHAND.
 */
static int msg_sleep(struct msg_queue *q, struct waitq *wait)
{
	q->users++;
	int err = wait_on(wait);
	q->users--;
	if (q->ipc.removed) {
		if (q->users == 0)
			msg_free(q);
		return -EIDRM;
	}
	return err ? -ERESTARTNOHAND : 0;
}

static struct ipc_object *msg_create(int32_t key, uint64_t arg, int flags, int *err)
{
	(void)key;
	(void)arg;
	(void)flags;
	struct msg_queue *q = kmem_alloc(&msg_cache);
	*err = -ENOMEM;
	if (!q)
		return NULL;
	list_init(&q->messages);
	waitq_init(&q->readers);
	waitq_init(&q->writers);
	q->qbytes = MSGMNB;
	q->ctime = msg_now();
	return &q->ipc;
}

int64_t sys_msgget(uint32_t key, int flags)
{
	return ipc_get(&msg_ids, (int32_t)key, flags, 0, msg_create, NULL);
}

/* --- sending
 * ---------------------------------------------------------------------------------------------------- */

static int msg_wait_for_room(struct msg_queue *q, uint64_t size, int flags)
{
	for (;;) {
		int err = ipc_permission(&q->ipc, IPC_WRITE);
		if (err)
			return err;
		if (q->cbytes + size <= q->qbytes && q->qnum + 1 <= q->qbytes)
			return 0;
		if (flags & IPC_NOWAIT_LINUX)
			return -EAGAIN;
		err = msg_sleep(q, &q->writers);
		if (err)
			return err;
	}
}

int64_t sys_msgsnd(int id, uaddr_t umsg, uint64_t size, int flags)
{
	uint64_t type;
	if (get_user_u64(&type, umsg))
		return -EFAULT;
	if (size > MSGMAX || id < 0 || (int64_t)type < 1)
		return -EINVAL;
	struct message *m = kmalloc(sizeof(*m) + size);
	if (!m)
		return -ENOMEM;
	m->type = (int64_t)type;
	m->size = size;
	int err = copy_from_user(m->data, uaddr_add(umsg, sizeof(type)), size);
	struct msg_queue *q = msg_find(id);
	if (!err && !q)
		err = -EINVAL;
	if (!err)
		err = msg_wait_for_room(q, size, flags);
	if (err) {
		kfree(m);
		return err;
	}
	list_add_tail(&q->messages, &m->node);
	q->cbytes += size;
	q->qnum++;
	q->lspid = current->process->pid;
	q->stime = msg_now();
	waitq_wake_all(&q->readers);
	return 0;
}

/* --- receiving
 * --------------------------------------------------------------------------------------------------- */

/* The message that msgrcv(2) means by type: the first, the first of (or not of) a type, or the lowest type up
 * to one. */
static struct message *msg_choose(struct msg_queue *q, int64_t type, int flags)
{
	struct message *m, *best = NULL;
	/* the most negative number has no counterpart: up to any type */
	int64_t limit = type == INT64_MIN ? INT64_MAX : -type;
	LIST_FOR_EACH (m, &q->messages, struct message, node) {
		if (type == 0)
			return m;
		if (type > 0 && (m->type == type) != ((flags & MSG_EXCEPT) != 0))
			return m;
		if (type < 0 && m->type <= limit && (!best || m->type < best->type))
			best = m;
	}
	return best;
}

static int msg_wait_for_one(struct msg_queue *q, int64_t type, uint64_t size, int flags, struct message **out)
{
	for (;;) {
		int err = ipc_permission(&q->ipc, IPC_READ);
		if (err)
			return err;
		*out = msg_choose(q, type, flags);
		if (*out)
			return (*out)->size > size && !(flags & MSG_NOERROR) ? -E2BIG : 0;
		if (flags & IPC_NOWAIT_LINUX)
			return -ENOMSG;
		err = msg_sleep(q, &q->readers);
		if (err)
			return err;
	}
}

int64_t sys_msgrcv(int id, uaddr_t umsg, uint64_t size, int64_t type, int flags)
{
	struct message *m;
	if (id < 0 || (int64_t)size < 0)
		return -EINVAL;
	if (flags & MSG_COPY)
		return flags & MSG_EXCEPT || !(flags & IPC_NOWAIT_LINUX) ? -EINVAL : -ENOSYS;
	struct msg_queue *q = msg_find(id);
	if (!q)
		return -EINVAL;
	int err = msg_wait_for_one(q, type, size, flags, &m);
	if (err)
		return err;
	list_del(&m->node);
	q->cbytes -= m->size;
	q->qnum--;
	q->lrpid = current->process->pid;
	q->rtime = msg_now();
	waitq_wake_all(&q->writers);
	/* The message is taken, whatever the address turns out to be. */
	uint64_t n = MIN(size, m->size);
	int64_t result = (int64_t)n;
	if (put_user_u64(umsg, (uint64_t)m->type) ||
	    copy_to_user(uaddr_add(umsg, sizeof(uint64_t)), m->data, n))
		result = -EFAULT;
	kfree(m);
	return result;
}

/* --- control
 * ------------------------------------------------------------------------------------------------------- */

static void msg_destroy(struct msg_queue *q)
{
	ipc_remove(&msg_ids, &q->ipc);
	waitq_wake_all(&q->readers);
	waitq_wake_all(&q->writers);
	if (q->users == 0)
		msg_free(q);
}

static int64_t msg_ctl_stat(int id, int cmd, uaddr_t buf)
{
	struct msqid_linux out;
	struct ipc_object *o = cmd == IPC_STAT_LINUX ? ipc_find(&msg_ids, id) : ipc_find_index(&msg_ids, id);
	if (!o)
		return -EINVAL;
	if (cmd != MSG_STAT_ANY && ipc_permission(o, IPC_READ))
		return -EACCES;
	const struct msg_queue *q = (const struct msg_queue *)o;
	memset(&out, 0, sizeof(out));
	out.perm = o->perm;
	out.stime = q->stime;
	out.rtime = q->rtime;
	out.ctime = q->ctime;
	out.cbytes = q->cbytes;
	out.qnum = q->qnum;
	out.qbytes = q->qbytes;
	out.lspid = q->lspid;
	out.lrpid = q->lrpid;
	if (copy_to_user(buf, &out, sizeof(out)))
		return -EFAULT;
	return cmd == IPC_STAT_LINUX ? 0 : o->id;
}

static int64_t msg_ctl_info(int cmd, uaddr_t buf)
{
	struct msginfo_linux info = {.msgpool = MSGMNI * MSGMNB / 1024,
				     .msgmap = MSGMNB,
				     .msgmax = MSGMAX,
				     .msgmnb = MSGMNB,
				     .msgmni = MSGMNI,
				     .msgssz = 16,
				     .msgtql = MSGMNB,
				     .msgseg = 0xffff};
	if (cmd == MSG_INFO) {
		const struct msg_queue *q;
		info.msgpool = (int32_t)msg_ids.count;
		info.msgmap = 0;
		info.msgtql = 0;
		LIST_FOR_EACH (q, &msg_ids.objects, const struct msg_queue, ipc.node) {
			info.msgmap += (int32_t)q->qnum;
			info.msgtql += (int32_t)q->cbytes;
		}
	}
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : ipc_highest_index(&msg_ids);
}

static int64_t msg_ctl_change(int id, int cmd, uaddr_t buf)
{
	struct msqid_linux in;
	if (cmd == IPC_SET_LINUX && copy_from_user(&in, buf, sizeof(in)))
		return -EFAULT;
	struct msg_queue *q = msg_find(id);
	if (!q)
		return -EINVAL;
	int err = ipc_owner(&q->ipc);
	if (err)
		return err;
	if (cmd == IPC_RMID_LINUX) {
		msg_destroy(q);
		return 0;
	}
	if (in.qbytes > MSGMNB && !cred_capable(current->cred, CAP_SYS_RESOURCE))
		return -EPERM;
	err = ipc_set(&q->ipc, &in.perm);
	if (err)
		return err;
	q->qbytes = in.qbytes;
	q->ctime = msg_now();
	/* permissions and room may have changed */
	waitq_wake_all(&q->readers);
	waitq_wake_all(&q->writers);
	return 0;
}

int64_t sys_msgctl(int id, int cmd, uaddr_t buf)
{
	if (id < 0 || cmd < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO_LINUX:
	case MSG_INFO: return msg_ctl_info(cmd, buf);
	case IPC_STAT_LINUX:
	case MSG_STAT:
	case MSG_STAT_ANY: return msg_ctl_stat(id, cmd, buf);
	case IPC_SET_LINUX:
	case IPC_RMID_LINUX: return msg_ctl_change(id, cmd, buf);
	default: return -EINVAL;
	}
}

void sysvmsg_shutdown(void)
{
	while (!list_empty(&msg_ids.objects))
		msg_destroy(LIST_FIRST(&msg_ids.objects, struct msg_queue, ipc.node));
	msg_ids.next_seq = 0;
}
