/* exec_cred.c - set-user-ID and set-group-ID programs and the capabilities of a new program (execve(2),
 * capabilities(7) "Transformation of capabilities during execve()").
 *
 * LEAVES OUT: file capabilities (security.capability). */
#include "sys/exec_cred.h"

#include "core/task.h"
#include "fs/file.h"

#define SECBIT_NOROOT 1U
#define SECBIT_KEEP_CAPS 16U

/* Set-id bits of the file, unless the mount or the task forbids them. Set-group-ID without group execute is a
 * mandatory-locking mark of old. */
static void apply_set_id(struct cred *c, const struct file *f)
{
	const struct inode *ino = f->inode;

	if ((f->path.mnt && (f->path.mnt->flags & MS_NOSUID_LINUX)) || current->no_new_privs)
		return;
	if (ino->mode & S_ISUID_LINUX)
		c->euid = ino->uid;
	if ((ino->mode & (S_ISGID_LINUX | S_IXGRP_LINUX)) == (S_ISGID_LINUX | S_IXGRP_LINUX))
		c->egid = ino->gid;
}

struct cred *exec_cred(const struct file *file, bool *secure)
{
	const struct cred *old = current->cred;
	struct cred *c = cred_copy(old);

	if (!c)
		return NULL;
	apply_set_id(c, file);
	bool set_id = c->euid != old->euid || c->egid != old->egid;
	if (set_id)
		c->cap_ambient = 0;
	bool root = !(c->securebits & SECBIT_NOROOT) && (c->euid == 0 || c->uid == 0);
	c->cap_permitted = root ? c->cap_bounding | c->cap_inheritable : c->cap_ambient;
	c->cap_effective = root && c->euid != 0 ? c->cap_ambient : c->cap_permitted;
	c->suid = c->fsuid = c->euid;
	c->sgid = c->fsgid = c->egid;
	c->securebits &= ~SECBIT_KEEP_CAPS;
	*secure = c->euid != c->uid || c->egid != c->gid;
	return c;
}
