/* shmem.c - shared anonymous memory: a page cache without a file, alive while a VMA refers to it.
 *
 * /proc/PID/maps shows it as Linux does: "/dev/zero (deleted)", with a number of its own for an inode.
 *
 * Leaves out: a size limit of its own (RAM is the limit), swapping. */
#include "mm/shmem.h"

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "mm/pagecache.h"

struct shmem {
	uint32_t refs;
	uint64_t ino;
	uint64_t size;
	struct pagecache pc;
};

static KMEM_CACHE(shmem_cache, shmem);
static uint64_t next_ino;

static struct shmem *shmem_of(const struct pagecache *pc)
{
	return CONTAINER_OF(pc, struct shmem, pc);
}

void shmem_put(struct pagecache *pc)
{
	struct shmem *s = shmem_of(pc);
	KASSERT(s->refs > 0);
	if (--s->refs)
		return;
	pagecache_destroy(&s->pc);
	kmem_free(&shmem_cache, s);
}

static void shmem_open(struct vma *v)
{
	shmem_of(v->pc)->refs++;
}

static void shmem_close(struct vma *v)
{
	shmem_put(v->pc);
}

static void shmem_name(const struct vma *v, struct strbuf *out)
{
	(void)v;
	strbuf_printf(out, "/dev/zero (deleted)");
}

static void shmem_ident(const struct vma *v, uint32_t *major, uint32_t *minor, uint64_t *ino)
{
	*major = 0;
	*minor = 1;
	*ino = shmem_of(v->pc)->ino;
}

static uint64_t shmem_size(struct pagecache *pc)
{
	return shmem_of(pc)->size;
}

static const struct vma_ops shmem_vma_ops = {
    .open = shmem_open, .close = shmem_close, .name = shmem_name, .ident = shmem_ident};
static const struct pagecache_ops shmem_pc_ops = {.size = shmem_size};

void shmem_boot(void)
{
	next_ino = 1;
}

int shmem_create(uint64_t len, struct mm_map_args *a)
{
	struct shmem *s = kmem_alloc(&shmem_cache);
	if (!s)
		return -ENOMEM;
	s->refs = 1;
	s->ino = next_ino++;
	s->size = len;
	pagecache_init(&s->pc, &shmem_pc_ops, false);
	a->pc = &s->pc;
	a->pgoff = 0;
	a->ops = &shmem_vma_ops;
	return 0;
}
