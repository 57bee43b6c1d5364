/* process_vm.c - process_vm_readv(2) and process_vm_writev(2).
 *
 * Both vectors are walked together, through a bounce buffer of one page; a transfer ends at the first byte
 * that cannot be reached and tells how far it came.
 *
 * Leaves out: transfers beyond one page per step (no guest notices). */
#include "core/cred.h"
#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/abi_fs.h"
#include "fs/iter.h"
#include "mm/mm.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

/* An iovec array and the place in it. */
struct vec {
	struct iovec_linux *iov;
	uint64_t count, at, skip;
};

static int vec_read(struct vec *v, uaddr_t iov, uint64_t count)
{
	*v = (struct vec){.count = count};
	if (count > IOV_MAX_LINUX)
		return -EINVAL;
	if (count == 0)
		return 0;
	v->iov = kmalloc(count * sizeof(v->iov[0]));
	if (!v->iov)
		return -ENOMEM;
	if (copy_from_user(v->iov, iov, count * sizeof(v->iov[0])))
		return -EFAULT;
	uint64_t total = 0;
	for (uint64_t i = 0; i < count; i++) {
		if ((int64_t)v->iov[i].len < 0)
			return -EINVAL;
		v->iov[i].len = MIN(v->iov[i].len, MAX_RW_COUNT_LINUX - total);
		total += v->iov[i].len;
	}
	return 0;
}

/* Bytes left in the current segment, empty ones skipped; 0 at the end. */
static uint64_t vec_left(struct vec *v)
{
	while (v->at < v->count && v->skip == v->iov[v->at].len) {
		v->at++;
		v->skip = 0;
	}
	return v->at < v->count ? v->iov[v->at].len - v->skip : 0;
}

static uint64_t vec_addr(const struct vec *v)
{
	return v->iov[v->at].base + v->skip;
}

/* May current look into t's memory (ptrace(2), access mode checking)? */
static bool may_access(const struct task *t)
{
	const struct cred *c = current->cred, *o = t->cred;
	if (t->process == current->process || cred_capable(c, CAP_SYS_PTRACE))
		return true;
	return t->dumpable && c->uid == o->euid && c->uid == o->suid && c->uid == o->uid &&
	       c->gid == o->egid && c->gid == o->sgid && c->gid == o->gid;
}

static int64_t transfer(struct mm *remote, struct vec *local, struct vec *far, bool write, uint8_t *page)
{
	struct mm *mine = current->mm;
	int64_t done = 0;
	for (;;) {
		uint64_t a = vec_left(local), b = vec_left(far);
		uint64_t n = MIN(MIN(a, b), PAGE_SIZE);
		if (n == 0)
			return done;
		uint64_t from = write ? vec_addr(local) : vec_addr(far);
		uint64_t to = write ? vec_addr(far) : vec_addr(local);
		/* Not over the end of a page of the other side: the count must be exact. */
		uint64_t far_addr = vec_addr(far);
		n = MIN(n, PAGE_SIZE - (far_addr & (PAGE_SIZE - 1)));
		int64_t got = mm_copy_from(write ? mine : remote, page, from, n);
		int64_t put = got > 0 ? mm_copy_to(write ? remote : mine, to, page, (size_t)got) : got;
		if (put <= 0)
			return done ? done : -EFAULT;
		done += put;
		if ((uint64_t)put < n)
			return done;
		local->skip += n;
		far->skip += n;
	}
}

static int64_t process_vm(int pid, uaddr_t lvec, uint64_t lcount, uaddr_t rvec, uint64_t rcount,
			  uint64_t flags, bool write)
{
	if (flags)
		return -EINVAL;
	struct vec local, far = {0};
	struct mm *remote = NULL;
	uint8_t *page = NULL;
	int64_t res = vec_read(&local, lvec, lcount);
	if (!res)
		res = vec_read(&far, rvec, rcount);
	if (res || !vec_left(&local) || !vec_left(&far))
		goto out;
	const struct task *t = task_find(pid);
	res = -ESRCH;
	if (!t || !t->mm)
		goto out;
	res = -EPERM;
	if (!may_access(t))
		goto out;
	res = -ENOMEM;
	page = kmalloc(PAGE_SIZE);
	if (!page)
		goto out;
	remote = mm_get(t->mm);
	res = transfer(remote, &local, &far, write, page);
	mm_put(remote);
out:
	kfree(page);
	kfree(far.iov);
	kfree(local.iov);
	return res;
}

int64_t sys_process_vm_readv(int pid, uaddr_t local_iov, uint64_t liovcnt, uaddr_t remote_iov,
			     uint64_t riovcnt, uint64_t flags)
{
	return process_vm(pid, local_iov, liovcnt, remote_iov, riovcnt, flags, false);
}

int64_t sys_process_vm_writev(int pid, uaddr_t local_iov, uint64_t liovcnt, uaddr_t remote_iov,
			      uint64_t riovcnt, uint64_t flags)
{
	return process_vm(pid, local_iov, liovcnt, remote_iov, riovcnt, flags, true);
}
