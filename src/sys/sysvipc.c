/* sysvipc.c - keys, ids and permissions of System V IPC objects (sysvipc(7), ipc/util.c in its effects).
 * Left out: IPC namespaces, /proc/sysvipc. */
#include "sys/sysvipc.h"

#include <string.h>

#include "core/errno.h"
#include "core/task.h"

#define IPC_PRIVATE_LINUX 0
/* An id is a place in the table and a number that differs between its users. */
#define IPC_INDEX_BITS 15
#define IPC_SEQ_MAX 0xffff

static struct ipc_object *find_key(const struct ipc_ids *ids, int32_t key)
{
	struct ipc_object *o;
	LIST_FOR_EACH (o, &ids->objects, struct ipc_object, node) {
		if (o->perm.key == key)
			return o;
	}
	return NULL;
}

/* Gives o the lowest free index. */
static void add_object(struct ipc_ids *ids, struct ipc_object *o, int32_t key, uint32_t mode)
{
	struct list *before = &ids->objects;
	uint32_t index = 0;
	while (before->next != &ids->objects &&
	       LIST_ENTRY(before->next, struct ipc_object, node)->index == index) {
		before = before->next;
		index++;
	}
	list_add_head(before, &o->node);
	ids->count++;
	o->index = index;
	o->perm.key = key;
	o->perm.mode = mode & 0777;
	o->perm.uid = o->perm.cuid = current->cred->euid;
	o->perm.gid = o->perm.cgid = current->cred->egid;
	o->perm.seq = ids->next_seq;
	ids->next_seq = ids->next_seq == IPC_SEQ_MAX ? 0 : (uint16_t)(ids->next_seq + 1);
	o->id = (int32_t)((uint32_t)o->perm.seq << IPC_INDEX_BITS | index);
}

int64_t ipc_get(struct ipc_ids *ids, int32_t key, int flags, uint64_t arg, ipc_create_fn create,
		int (*check)(const struct ipc_object *o, uint64_t arg))
{
	struct ipc_object *o = key == IPC_PRIVATE_LINUX ? NULL : find_key(ids, key);
	int err = 0;
	if (o) {
		if ((flags & IPC_CREAT_LINUX) && (flags & IPC_EXCL_LINUX))
			return -EEXIST;
		if (check)
			err = check(o, arg);
		if (!err)
			err = ipc_permission(o, (uint32_t)flags);
		return err ? err : o->id;
	}
	if (key != IPC_PRIVATE_LINUX && !(flags & IPC_CREAT_LINUX))
		return -ENOENT;
	if (ids->count >= ids->max)
		return -ENOSPC;
	o = create(key, arg, flags, &err);
	if (!o)
		return err;
	add_object(ids, o, key, (uint32_t)flags);
	return o->id;
}

struct ipc_object *ipc_find_index(const struct ipc_ids *ids, int32_t index)
{
	struct ipc_object *o;
	LIST_FOR_EACH (o, &ids->objects, struct ipc_object, node) {
		if (o->index == (uint32_t)index)
			return o;
	}
	return NULL;
}

struct ipc_object *ipc_find(const struct ipc_ids *ids, int32_t id)
{
	struct ipc_object *o = id < 0 ? NULL : ipc_find_index(ids, id & ((1 << IPC_INDEX_BITS) - 1));
	return o && o->id == id ? o : NULL;
}

int32_t ipc_highest_index(const struct ipc_ids *ids)
{
	if (list_empty(&ids->objects))
		return 0;
	return (int32_t)LIST_LAST(&ids->objects, struct ipc_object, node)->index;
}

int ipc_permission(const struct ipc_object *o, uint32_t want)
{
	const struct cred *c = current->cred;
	uint32_t granted = o->perm.mode;
	uint32_t asked = (want >> 6 | want >> 3 | want) & 07;
	if (c->euid == o->perm.cuid || c->euid == o->perm.uid)
		granted >>= 6;
	else if (cred_in_group(c, o->perm.cgid) || cred_in_group(c, o->perm.gid))
		granted >>= 3;
	return (asked & ~granted) && !cred_capable(c, CAP_IPC_OWNER) ? -EACCES : 0;
}

int ipc_owner(const struct ipc_object *o)
{
	const struct cred *c = current->cred;
	if (c->euid == o->perm.cuid || c->euid == o->perm.uid || cred_capable(c, CAP_SYS_ADMIN))
		return 0;
	return -EPERM;
}

int ipc_set(struct ipc_object *o, const struct ipc_perm_linux *perm)
{
	if (perm->uid == UINT32_MAX || perm->gid == UINT32_MAX)
		return -EINVAL;
	o->perm.uid = perm->uid;
	o->perm.gid = perm->gid;
	o->perm.mode = (o->perm.mode & ~0777U) | (perm->mode & 0777);
	return 0;
}

void ipc_remove(struct ipc_ids *ids, struct ipc_object *o)
{
	list_del(&o->node);
	ids->count--;
	o->removed = true;
}

void sysvipc_shutdown(void)
{
	sysvshm_shutdown();
	sysvsem_shutdown();
	sysvmsg_shutdown();
}
