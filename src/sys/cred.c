/* cred.c - user and group ids: getuid(2), setuid(2), setresuid(2), setfsuid(2), getgroups(2) and relatives.
 *
 * Every change is made on a copy, which is installed as a whole. As on Linux credentials belong to the
 * thread; the C library keeps the threads of a process together. Ids are never -1. */
#include "sys/cred.h"

#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"

#define ID_NONE UINT32_MAX
/* The capabilities that fsuid 0 stands for. */
#define CAP_FS_SET                                                                                           \
	((1ULL << CAP_CHOWN) | (1ULL << CAP_DAC_OVERRIDE) | (1ULL << CAP_DAC_READ_SEARCH) |                  \
	 (1ULL << CAP_FOWNER) | (1ULL << CAP_FSETID) | (1ULL << CAP_LINUX_IMMUTABLE) | (1ULL << CAP_MKNOD) | \
	 (1ULL << 32))

static bool cap_subset(uint64_t of, uint64_t set)
{
	return (of & ~set) == 0;
}

void cred_commit(struct cred *new)
{
	const struct cred *old = current->cred;
	bool changed = old->euid != new->euid || old->egid != new->egid || old->fsuid != new->fsuid ||
		       old->fsgid != new->fsgid || !cap_subset(new->cap_permitted, old->cap_permitted);
	if (changed) {
		current->dumpable = false;
		current->pdeath_signal = 0;
	}
	task_set_cred(current, new);
}

/* capabilities(7), "Effect of user ID changes on capabilities" */
static void cred_fix_capabilities(struct cred *new, const struct cred *old)
{
	if (new->securebits & SECBIT_NO_SETUID_FIXUP_LINUX)
		return;
	bool had_root = old->uid == 0 || old->euid == 0 || old->suid == 0;
	bool has_root = new->uid == 0 || new->euid == 0 || new->suid == 0;
	if (had_root && !has_root) {
		if (!(new->securebits &SECBIT_KEEP_CAPS_LINUX)) {
			new->cap_permitted = 0;
			new->cap_effective = 0;
		}
		new->cap_ambient = 0;
	}
	if (old->euid == 0 && new->euid != 0)
		new->cap_effective = 0;
	if (old->euid != 0 && new->euid == 0)
		new->cap_effective = new->cap_permitted;
}

int64_t sys_getuid(void)
{
	return current->cred->uid;
}

int64_t sys_geteuid(void)
{
	return current->cred->euid;
}

int64_t sys_getgid(void)
{
	return current->cred->gid;
}

int64_t sys_getegid(void)
{
	return current->cred->egid;
}

/* --- users
 * ---------------------------------------------------------------------------------------------------------
 */

static int64_t cred_commit_users(struct cred *new)
{
	new->fsuid = new->euid;
	cred_fix_capabilities(new, current->cred);
	cred_commit(new);
	return 0;
}

int64_t sys_setuid(uint32_t uid)
{
	const struct cred *old = current->cred;
	if (uid == ID_NONE)
		return -EINVAL;
	bool capable = cred_capable(old, CAP_SETUID);
	if (!capable && uid != old->uid && uid != old->suid)
		return -EPERM;
	struct cred *new = cred_copy(old);
	if (!new)
		return -ENOMEM;
	if (capable) {
		new->uid = uid;
		new->suid = uid;
	}
	new->euid = uid;
	return cred_commit_users(new);
}

int64_t sys_setreuid(uint32_t ruid, uint32_t euid)
{
	const struct cred *old = current->cred;
	bool capable = cred_capable(old, CAP_SETUID);
	if (ruid != ID_NONE && ruid != old->uid && ruid != old->euid && !capable)
		return -EPERM;
	if (euid != ID_NONE && euid != old->uid && euid != old->euid && euid != old->suid && !capable)
		return -EPERM;
	struct cred *new = cred_copy(old);
	if (!new)
		return -ENOMEM;
	if (ruid != ID_NONE)
		new->uid = ruid;
	if (euid != ID_NONE)
		new->euid = euid;
	if (ruid != ID_NONE || (euid != ID_NONE && euid != old->uid))
		new->suid = new->euid;
	return cred_commit_users(new);
}

static bool id_is_one_of(uint32_t id, uint32_t a, uint32_t b, uint32_t c)
{
	return id == ID_NONE || id == a || id == b || id == c;
}

int64_t sys_setresuid(uint32_t ruid, uint32_t euid, uint32_t suid)
{
	const struct cred *old = current->cred;
	bool allowed = id_is_one_of(ruid, old->uid, old->euid, old->suid) &&
		       id_is_one_of(euid, old->uid, old->euid, old->suid) &&
		       id_is_one_of(suid, old->uid, old->euid, old->suid);
	if (!allowed && !cred_capable(old, CAP_SETUID))
		return -EPERM;
	struct cred *new = cred_copy(old);
	if (!new)
		return -ENOMEM;
	if (ruid != ID_NONE)
		new->uid = ruid;
	if (euid != ID_NONE)
		new->euid = euid;
	if (suid != ID_NONE)
		new->suid = suid;
	return cred_commit_users(new);
}

int64_t sys_getresuid(uaddr_t ruid, uaddr_t euid, uaddr_t suid)
{
	const struct cred *c = current->cred;
	if (put_user_u32(ruid, c->uid) || put_user_u32(euid, c->euid))
		return -EFAULT;
	return put_user_u32(suid, c->suid);
}

/* The result is the old value, whatever happened. */
int64_t sys_setfsuid(uint32_t fsuid)
{
	const struct cred *old = current->cred;
	uint32_t before = old->fsuid;
	bool allowed = fsuid == old->uid || fsuid == old->euid || fsuid == old->suid || fsuid == old->fsuid ||
		       cred_capable(old, CAP_SETUID);
	if (fsuid == ID_NONE || fsuid == before || !allowed)
		return before;
	struct cred *new = cred_copy(old);
	if (!new)
		return before;
	new->fsuid = fsuid;
	if (!(new->securebits &SECBIT_NO_SETUID_FIXUP_LINUX)) {
		if (before == 0)
			new->cap_effective &= ~CAP_FS_SET;
		else if (fsuid == 0)
			new->cap_effective |= new->cap_permitted &CAP_FS_SET;
	}
	cred_commit(new);
	return before;
}

/* --- groups
 * ---------------------------------------------------------------------------------------------------------
 */

static int64_t cred_commit_groups(struct cred *new)
{
	new->fsgid = new->egid;
	cred_commit(new);
	return 0;
}

int64_t sys_setgid(uint32_t gid)
{
	const struct cred *old = current->cred;
	if (gid == ID_NONE)
		return -EINVAL;
	bool capable = cred_capable(old, CAP_SETGID);
	if (!capable && gid != old->gid && gid != old->sgid)
		return -EPERM;
	struct cred *new = cred_copy(old);
	if (!new)
		return -ENOMEM;
	if (capable) {
		new->gid = gid;
		new->sgid = gid;
	}
	new->egid = gid;
	return cred_commit_groups(new);
}

int64_t sys_setregid(uint32_t rgid, uint32_t egid)
{
	const struct cred *old = current->cred;
	bool capable = cred_capable(old, CAP_SETGID);
	if (rgid != ID_NONE && rgid != old->gid && rgid != old->egid && !capable)
		return -EPERM;
	if (egid != ID_NONE && egid != old->gid && egid != old->egid && egid != old->sgid && !capable)
		return -EPERM;
	struct cred *new = cred_copy(old);
	if (!new)
		return -ENOMEM;
	if (rgid != ID_NONE)
		new->gid = rgid;
	if (egid != ID_NONE)
		new->egid = egid;
	if (rgid != ID_NONE || (egid != ID_NONE && egid != old->gid))
		new->sgid = new->egid;
	return cred_commit_groups(new);
}

int64_t sys_setresgid(uint32_t rgid, uint32_t egid, uint32_t sgid)
{
	const struct cred *old = current->cred;
	bool allowed = id_is_one_of(rgid, old->gid, old->egid, old->sgid) &&
		       id_is_one_of(egid, old->gid, old->egid, old->sgid) &&
		       id_is_one_of(sgid, old->gid, old->egid, old->sgid);
	if (!allowed && !cred_capable(old, CAP_SETGID))
		return -EPERM;
	struct cred *new = cred_copy(old);
	if (!new)
		return -ENOMEM;
	if (rgid != ID_NONE)
		new->gid = rgid;
	if (egid != ID_NONE)
		new->egid = egid;
	if (sgid != ID_NONE)
		new->sgid = sgid;
	return cred_commit_groups(new);
}

int64_t sys_getresgid(uaddr_t rgid, uaddr_t egid, uaddr_t sgid)
{
	const struct cred *c = current->cred;
	if (put_user_u32(rgid, c->gid) || put_user_u32(egid, c->egid))
		return -EFAULT;
	return put_user_u32(sgid, c->sgid);
}

int64_t sys_setfsgid(uint32_t fsgid)
{
	const struct cred *old = current->cred;
	uint32_t before = old->fsgid;
	bool allowed = fsgid == old->gid || fsgid == old->egid || fsgid == old->sgid || fsgid == old->fsgid ||
		       cred_capable(old, CAP_SETGID);
	if (fsgid == ID_NONE || fsgid == before || !allowed)
		return before;
	struct cred *new = cred_copy(old);
	if (!new)
		return before;
	new->fsgid = fsgid;
	cred_commit(new);
	return before;
}

int64_t sys_getgroups(int size, uaddr_t list)
{
	const struct cred *c = current->cred;
	if (size < 0)
		return -EINVAL;
	if (size == 0)
		return c->ngroups;
	if (c->ngroups > (uint32_t)size)
		return -EINVAL;
	if (c->ngroups && copy_to_user(list, c->groups, c->ngroups * sizeof(uint32_t)))
		return -EFAULT;
	return c->ngroups;
}

/* Linux keeps the list sorted, and getgroups(2) shows it. */
static void sort_groups(uint32_t *g, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		uint32_t v = g[i], k = i;
		for (; k > 0 && g[k - 1] > v; k--)
			g[k] = g[k - 1];
		g[k] = v;
	}
}

int64_t sys_setgroups(int size, uaddr_t list)
{
	if (!cred_capable(current->cred, CAP_SETGID))
		return -EPERM;
	if (size < 0 || size > NGROUPS_MAX)
		return -EINVAL;
	uint32_t n = (uint32_t)size, *groups = NULL;
	if (n) {
		groups = kmalloc(n * sizeof(uint32_t));
		if (!groups)
			return -ENOMEM;
		if (copy_from_user(groups, list, n * sizeof(uint32_t))) {
			kfree(groups);
			return -EFAULT;
		}
		for (uint32_t i = 0; i < n; i++) {
			if (groups[i] == ID_NONE) {
				kfree(groups);
				return -EINVAL;
			}
		}
		sort_groups(groups, n);
	}
	struct cred *new = cred_copy(current->cred);
	if (!new) {
		kfree(groups);
		return -ENOMEM;
	}
	kfree(new->groups);
	new->groups = groups;
	new->ngroups = n;
	cred_commit(new);
	return 0;
}
