/* capability.c - capget(2), capset(2): the capability sets of a thread (capabilities(7)). */
#include "core/errno.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/cred.h"
#include "sys/syscall.h"

#define CAPABILITY_VERSION_1 0x19980330U
#define CAPABILITY_VERSION_2 0x20071026U
#define CAPABILITY_VERSION_3 0x20080522U

struct cap_header_linux {
	uint32_t version;
	int32_t pid;
};

struct cap_data_linux {
	uint32_t effective, permitted, inheritable;
};

/* How many 32-bit parts the caller's version has; an unknown version is answered with ours. */
static int cap_header(uaddr_t uhdr, struct cap_header_linux *hdr, uint32_t *parts)
{
	if (get_user_u32(&hdr->version, uhdr))
		return -EFAULT;
	switch (hdr->version) {
	case CAPABILITY_VERSION_1: *parts = 1; break;
	case CAPABILITY_VERSION_2:
	case CAPABILITY_VERSION_3: *parts = 2; break;
	default: return put_user_u32(uhdr, CAPABILITY_VERSION_3) ? -EFAULT : -EINVAL;
	}
	return copy_from_user(hdr, uhdr, sizeof(*hdr));
}

int64_t sys_capget(uaddr_t uhdr, uaddr_t udata)
{
	struct cap_header_linux hdr;
	struct cap_data_linux data[2];
	uint32_t parts;
	int err = cap_header(uhdr, &hdr, &parts);
	if (uaddr_null(udata))
		return err == -EINVAL ? 0 : err; /* only the version was asked for */
	if (err)
		return err;
	if (hdr.pid < 0)
		return -EINVAL;
	const struct task *t = hdr.pid ? task_find(hdr.pid) : current;
	if (!t || !t->cred)
		return -ESRCH;
	for (uint32_t i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(t->cred->cap_effective >> (32 * i));
		data[i].permitted = (uint32_t)(t->cred->cap_permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(t->cred->cap_inheritable >> (32 * i));
	}
	return copy_to_user(udata, data, parts * sizeof(data[0]));
}

static int cap_check(const struct cred *old, uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	bool setpcap = cred_capable(old, CAP_SETPCAP);
	if (!setpcap && (inheritable & ~(old->cap_inheritable | old->cap_permitted)))
		return -EPERM;
	if (inheritable & ~(old->cap_inheritable | old->cap_bounding))
		return -EPERM;
	if (permitted & ~old->cap_permitted)
		return -EPERM;
	return effective & ~permitted ? -EPERM : 0;
}

int64_t sys_capset(uaddr_t uhdr, uaddr_t udata)
{
	struct cap_header_linux hdr;
	struct cap_data_linux data[2] = {{0}};
	uint32_t parts;
	int err = cap_header(uhdr, &hdr, &parts);
	if (err)
		return err;
	if (hdr.pid != 0 && hdr.pid != current->tid)
		return -EPERM;
	if (copy_from_user(data, udata, parts * sizeof(data[0])))
		return -EFAULT;
	uint64_t effective = (data[0].effective | (uint64_t)data[1].effective << 32) & CAP_FULL_SET;
	uint64_t permitted = (data[0].permitted | (uint64_t)data[1].permitted << 32) & CAP_FULL_SET;
	uint64_t inheritable = (data[0].inheritable | (uint64_t)data[1].inheritable << 32) & CAP_FULL_SET;
	err = cap_check(current->cred, effective, permitted, inheritable);
	if (err)
		return err;
	struct cred *new = cred_copy(current->cred);
	if (!new)
		return -ENOMEM;
	new->cap_effective = effective;
	new->cap_permitted = permitted;
	new->cap_inheritable = inheritable;
	new->cap_ambient &= permitted &inheritable;
	cred_commit(new);
	return 0;
}
