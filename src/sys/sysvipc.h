/* sysvipc.h - what the three kinds of System V IPC objects share (sysvipc(7)): keys, ids, permissions. */
#ifndef KEVSIM_SYS_SYSVIPC_H
#define KEVSIM_SYS_SYSVIPC_H

#include "core/list.h"
#include "core/types.h"

#define IPC_CREAT_LINUX 01000
#define IPC_EXCL_LINUX 02000
#define IPC_NOWAIT_LINUX 04000
#define IPC_RMID_LINUX 0
#define IPC_SET_LINUX 1
#define IPC_STAT_LINUX 2
#define IPC_INFO_LINUX 3
/* Permission bits to ask for. */
#define IPC_READ 0444
#define IPC_WRITE 0222

/* struct ipc64_perm */
struct ipc_perm_linux {
	int32_t key;
	uint32_t uid, gid, cuid, cgid;
	uint32_t mode;
	uint16_t seq;
	uint16_t pad2;
	uint64_t unused[2];
};
_Static_assert(sizeof(struct ipc_perm_linux) == 48, "struct ipc64_perm");

/* The first member of every object. */
struct ipc_object {
	struct list node; /* in ipc_ids.objects, by index */
	struct ipc_perm_linux perm;
	int32_t id;
	uint32_t index;
	bool removed; /* IPC_RMID: no id leads to it any more, but it may still be in use */
};

/* All objects of a kind. */
struct ipc_ids {
	struct list objects;
	uint32_t count, max;
	uint16_t next_seq;
};

/* Makes a new object (perm and id are filled in afterwards); NULL with *err. */
typedef struct ipc_object *(*ipc_create_fn)(int32_t key, uint64_t arg, int flags, int *err);

/* shmget and relatives: the id of key, by flags made anew. check (may be NULL) looks at an existing object.
 */
int64_t ipc_get(struct ipc_ids *ids, int32_t key, int flags, uint64_t arg, ipc_create_fn create,
		int (*check)(const struct ipc_object *o, uint64_t arg));
/* The object of an id, or of an index (the *_STAT commands); NULL: -EINVAL. */
struct ipc_object *ipc_find(const struct ipc_ids *ids, int32_t id);
struct ipc_object *ipc_find_index(const struct ipc_ids *ids, int32_t index);
/* The highest index in use, 0 if there is none: what the *_INFO commands return. */
int32_t ipc_highest_index(const struct ipc_ids *ids);
/* Current's access: 0 or -EACCES. want: IPC_READ, IPC_WRITE or an octal mode. */
int ipc_permission(const struct ipc_object *o, uint32_t want);
/* IPC_RMID and IPC_SET: 0 or -EPERM. */
int ipc_owner(const struct ipc_object *o);
/* IPC_SET: takes over uid, gid and mode. 0 or -EINVAL. */
int ipc_set(struct ipc_object *o, const struct ipc_perm_linux *perm);
/* Takes it out of the table. */
void ipc_remove(struct ipc_ids *ids, struct ipc_object *o);

/* The last thread of current's process is ending: its SEM_UNDO operations are undone. */
void sysvsem_exit(void);
/* End of the run: what was never removed goes. */
void sysvipc_shutdown(void);
void sysvshm_shutdown(void);
void sysvsem_shutdown(void);
void sysvmsg_shutdown(void);

#endif
