/* sysvshm.c - System V shared memory: shmget(2), shmat(2), shmdt(2), shmctl(2).
 *
 * A segment is a file in memory that nobody can open; attaching maps it. The operations of such mappings
 * count the attachments, so that fork, exec, exit and munmap need not know about segments. A removed segment
 * goes with its last attachment; until then its id can still be used, as on Linux alone.
 *
 * Left out: huge pages (EINVAL), SHM_LOCK (accepted: nothing is ever swapped). */
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/file.h"
#include "fs/memfd.h"
#include "mm/mm.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"
#include "sys/sysvipc.h"

#define SHM_RDONLY 010000
#define SHM_RND 020000
#define SHM_REMAP 040000
#define SHM_EXEC 0100000
#define SHM_HUGETLB 04000
#define SHM_DEST 01000 /* in mode: will go with the last attachment */
#define SHM_LOCK 11
#define SHM_UNLOCK 12
#define SHM_STAT 13
#define SHM_INFO 14
#define SHM_STAT_ANY 15
#define SHMMNI 4096
#define SHMMAX (UINT64_MAX - (1ULL << 24))
#define SEGMENT_MAX (1ULL << 46) /* no address space holds more */

struct shmid_linux {
	struct ipc_perm_linux perm;
	uint64_t segsz;
	int64_t atime, dtime, ctime;
	int32_t cpid, lpid;
	uint64_t nattch, unused[2];
};
_Static_assert(sizeof(struct shmid_linux) == 112, "struct shmid64_ds");

struct shminfo_linux {
	uint64_t shmmax, shmmin, shmmni, shmseg, shmall, unused[4];
};

struct shm_info_linux {
	int32_t used_ids, pad;
	uint64_t shm_tot, shm_rss, shm_swp, swap_attempts, swap_successes;
};

struct shm_segment {
	struct ipc_object ipc;
	struct list node; /* all */
	struct file *file;
	uint64_t size;
	int64_t atime, dtime, ctime; /* seconds */
	int32_t cpid, lpid;
	uint64_t nattch;
};

static KMEM_CACHE(shm_cache, shm_segment);
static struct ipc_ids shm_ids = {.objects = LIST_INIT(shm_ids.objects), .max = SHMMNI};
static struct list shm_all = LIST_INIT(shm_all);

static int64_t shm_now(void)
{
	return clock_wall() / NSEC_PER_SEC;
}

static int32_t shm_pid(void)
{
	return current ? current->process->pid : 0;
}

static void shm_destroy(struct shm_segment *s)
{
	ipc_remove(&shm_ids, &s->ipc);
	list_del(&s->node);
	file_put(s->file);
	kmem_free(&shm_cache, s);
}

static struct shm_segment *shm_of_file(const struct file *f)
{
	struct shm_segment *s;
	LIST_FOR_EACH (s, &shm_all, struct shm_segment, node) {
		if (s->file == f)
			return s;
	}
	return NULL;
}

/* --- attachments
 * ---------------------------------------------------------------------------------------------- */

static void shm_vma_open(struct vma *v)
{
	struct shm_segment *s = shm_of_file(v->file);
	file_vma_ops.open(v);
	s->nattch++;
	s->atime = shm_now();
	s->lpid = shm_pid();
}

static void shm_vma_close(struct vma *v)
{
	struct shm_segment *s = shm_of_file(v->file);
	file_vma_ops.close(v);
	s->nattch--;
	s->dtime = shm_now();
	s->lpid = shm_pid();
	if (s->nattch == 0 && (s->ipc.perm.mode & SHM_DEST))
		shm_destroy(s);
}

static void shm_vma_name(const struct vma *v, struct strbuf *out)
{
	file_vma_ops.name(v, out);
}

static void shm_vma_ident(const struct vma *v, uint32_t *major, uint32_t *minor, uint64_t *ino)
{
	file_vma_ops.ident(v, major, minor, ino);
}

static const struct vma_ops shm_vma_ops = {
    .open = shm_vma_open,
    .close = shm_vma_close,
    .name = shm_vma_name,
    .ident = shm_vma_ident,
};

static int shm_map_args(struct shm_segment *s, int flags, struct mm_map_args *a)
{
	bool readonly = (flags & SHM_RDONLY) != 0;
	a->len = round_up(s->size, PAGE_SIZE);
	a->prot = PROT_READ_LINUX | (readonly ? 0 : PROT_WRITE_LINUX) |
		  (flags & SHM_EXEC ? PROT_EXEC_LINUX : 0);
	a->flags = MAP_SHARED_LINUX;
	int err = s->file->ops->mmap(s->file, a);
	if (err)
		return err;
	if (readonly)
		a->vma_flags &= ~(uint32_t)VMA_MAYWRITE;
	a->ops = &shm_vma_ops;
	return 0;
}

/* A chosen address must be aligned, and free unless SHM_REMAP says that it need not be. */
static int shm_place(uint64_t addr, int flags, struct mm_map_args *a)
{
	if (!addr)
		return flags & SHM_REMAP ? -EINVAL : 0;
	if (addr % PAGE_SIZE) {
		if (!(flags & SHM_RND))
			return -EINVAL;
		addr = round_down(addr, PAGE_SIZE);
		if (!addr && (flags & SHM_REMAP))
			return -EINVAL;
	}
	a->addr = addr;
	a->flags |= MAP_FIXED_LINUX;
	if (addr >= CPU_GUEST_END || a->len > CPU_GUEST_END - addr)
		return -EINVAL;
	const struct vma *v = mm_find_vma(current->mm, addr);
	if (!(flags & SHM_REMAP) && v && v->start < addr + a->len)
		return -EINVAL;
	return 0;
}

int64_t sys_shmat(int shmid, uaddr_t addr, int flags)
{
	struct shm_segment *s = (struct shm_segment *)ipc_find(&shm_ids, shmid);
	struct mm_map_args a;
	if (!s)
		return -EINVAL;
	int err = ipc_permission(&s->ipc, flags & SHM_RDONLY ? IPC_READ : IPC_READ | IPC_WRITE);
	if (err)
		return err;
	memset(&a, 0, sizeof(a));
	err = shm_map_args(s, flags, &a);
	if (!err)
		err = shm_place(addr.v, flags, &a);
	return err ? err : mm_map(current->mm, &a);
}

/* The attachment that begins at addr goes, in as many pieces as it may have been cut into. */
int64_t sys_shmdt(uaddr_t addr)
{
	struct mm *mm = current->mm;
	const struct file *f = NULL;
	uint64_t size = 0;
	if (addr.v % PAGE_SIZE)
		return -EINVAL;
	struct vma *v = mm_find_vma(mm, addr.v);
	while (v) {
		bool mine = v->ops == &shm_vma_ops && v->start - addr.v == v->pgoff * PAGE_SIZE;
		uint64_t start = v->start, end = v->end;
		if (f && start - addr.v >= size)
			break;
		if (mine && (!f || v->file == f)) {
			if (!f)
				size = round_up(shm_of_file(v->file)->size, PAGE_SIZE);
			f = v->file;
			int err = mm_unmap(mm, start, end - start);
			if (err)
				return err;
		}
		v = mm_find_vma(mm, end);
	}
	return f ? 0 : -EINVAL;
}

/* --- segments
 * -------------------------------------------------------------------------------------------------- */

static struct ipc_object *shm_create(int32_t key, uint64_t size, int flags, int *err)
{
	struct shm_segment *s;
	char name[32];
	*err = -EINVAL;
	if (size < 1 || size > SHMMAX || (flags & SHM_HUGETLB))
		return NULL;
	*err = -ENOMEM;
	if (size > SEGMENT_MAX)
		return NULL;
	s = kmem_alloc(&shm_cache);
	if (!s)
		return NULL;
	ksnprintf(name, sizeof(name), "SYSV%08x", (uint32_t)key);
	*err = memfd_shmem_create(name, round_up(size, PAGE_SIZE), &s->file);
	if (*err) {
		kmem_free(&shm_cache, s);
		return NULL;
	}
	s->size = size;
	s->ctime = shm_now();
	s->cpid = shm_pid();
	list_add_tail(&shm_all, &s->node);
	return &s->ipc;
}

static int shm_check_size(const struct ipc_object *o, uint64_t size)
{
	return size > ((const struct shm_segment *)o)->size ? -EINVAL : 0;
}

int64_t sys_shmget(uint32_t key, uint64_t size, int flags)
{
	return ipc_get(&shm_ids, (int32_t)key, flags, size, shm_create, shm_check_size);
}

static void shm_stat(const struct shm_segment *s, struct shmid_linux *out)
{
	memset(out, 0, sizeof(*out));
	out->perm = s->ipc.perm;
	out->segsz = s->size;
	out->atime = s->atime;
	out->dtime = s->dtime;
	out->ctime = s->ctime;
	out->cpid = s->cpid;
	out->lpid = s->lpid;
	out->nattch = s->nattch;
}

static int64_t shm_ctl_stat(int id, int cmd, uaddr_t buf)
{
	struct shmid_linux out;
	struct ipc_object *o = cmd == IPC_STAT_LINUX ? ipc_find(&shm_ids, id) : ipc_find_index(&shm_ids, id);
	if (!o)
		return -EINVAL;
	if (cmd != SHM_STAT_ANY && ipc_permission(o, IPC_READ))
		return -EACCES;
	shm_stat((struct shm_segment *)o, &out);
	if (copy_to_user(buf, &out, sizeof(out)))
		return -EFAULT;
	return cmd == IPC_STAT_LINUX ? 0 : o->id;
}

static int64_t shm_ctl_info(int cmd, uaddr_t buf)
{
	struct shminfo_linux limits = {
	    .shmmax = SHMMAX, .shmmin = 1, .shmmni = SHMMNI, .shmseg = SHMMNI, .shmall = SHMMAX};
	struct shm_info_linux info;
	const struct shm_segment *s;
	memset(&info, 0, sizeof(info));
	info.used_ids = (int32_t)shm_ids.count;
	LIST_FOR_EACH (s, &shm_all, const struct shm_segment, node) {
		info.shm_tot += round_up(s->size, PAGE_SIZE) / PAGE_SIZE;
		info.shm_rss += s->file->inode->pc.npages;
	}
	int err = cmd == IPC_INFO_LINUX ? copy_to_user(buf, &limits, sizeof(limits))
					: copy_to_user(buf, &info, sizeof(info));
	return err ? err : ipc_highest_index(&shm_ids);
}

static int64_t shm_ctl_change(int id, int cmd, uaddr_t buf)
{
	struct shmid_linux in;
	if (cmd == IPC_SET_LINUX && copy_from_user(&in, buf, sizeof(in)))
		return -EFAULT;
	struct shm_segment *s = (struct shm_segment *)ipc_find(&shm_ids, id);
	if (!s)
		return -EINVAL;
	int err = ipc_owner(&s->ipc);
	if (err)
		return err;
	if (cmd == IPC_SET_LINUX) {
		err = ipc_set(&s->ipc, &in.perm);
		if (!err)
			s->ctime = shm_now();
		return err;
	}
	s->ipc.perm.key = 0; /* nobody finds it by key any more */
	s->ipc.perm.mode |= SHM_DEST;
	if (s->nattch == 0)
		shm_destroy(s);
	return 0;
}

int64_t sys_shmctl(int id, int cmd, uaddr_t buf)
{
	if (cmd < 0 || id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO_LINUX:
	case SHM_INFO: return shm_ctl_info(cmd, buf);
	case IPC_STAT_LINUX:
	case SHM_STAT:
	case SHM_STAT_ANY: return shm_ctl_stat(id, cmd, buf);
	case IPC_SET_LINUX:
	case IPC_RMID_LINUX: return shm_ctl_change(id, cmd, buf);
	case SHM_LOCK:
	case SHM_UNLOCK: return ipc_find(&shm_ids, id) ? 0 : -EINVAL;
	default: return -EINVAL;
	}
}

void sysvshm_shutdown(void)
{
	while (!list_empty(&shm_all))
		shm_destroy(LIST_FIRST(&shm_all, struct shm_segment, node));
	shm_ids.next_seq = 0;
}
