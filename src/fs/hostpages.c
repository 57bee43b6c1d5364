/* hostpages.c - content of host files: pages read when they are needed, through a bounded number of open
 * files.
 *
 * A page that the guest changed is dirty and stays in memory (copy-on-write trees) or is written back
 * (read-write binds). Clean pages may be dropped and read again, so a host file whose number or size changed
 * gives -EIO instead of a mixture of two contents. */
#include "fs/hostnode.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"

#define HANDLES_MAX 64U

/* Nodes with an open handle, the longest unused first; pinned ones are not in it. */
static struct list handles = LIST_INIT(handles);
static uint32_t nhandles;

void hostpages_close(struct host_node *n)
{
	if (n->handle < 0)
		return;
	if (!n->pinned)
		nhandles--;
	list_del(&n->lru);
	door->hostfile_close(n->handle);
	n->handle = -1;
}

static int hostpages_open(struct inode *ino, struct host_node *n, bool write)
{
	struct hosttree *t = hosttree_of(ino);
	struct host_stat st;

	if (!n->path || door->hostfile_stat(t->root, n->path, &st) || st.ino != n->host_ino ||
	    st.size != n->host_size)
		return -EIO;
	while (nhandles >= HANDLES_MAX)
		hostpages_close(LIST_FIRST(&handles, struct host_node, lru));
	n->handle_writable = write;
	n->handle = door->hostfile_open(t->root, n->path, write ? HOST_OPEN_WRITE : 0, 0);
	if (n->handle < 0) {
		int err = n->handle;
		n->handle = -1;
		return err == -ENOENT || err == -ELOOP || err == -ENXIO ? -EIO : err;
	}
	list_add_tail(&handles, &n->lru);
	nhandles++;
	return 0;
}

int hostpages_handle(struct inode *ino, bool write)
{
	struct host_node *n = ino->private;

	if (n->handle >= 0 && write && !n->handle_writable && !n->pinned)
		hostpages_close(n);
	if (n->handle < 0) {
		int err = hostpages_open(ino, n, write);
		if (err)
			return err;
	} else if (!n->pinned) {
		list_del(&n->lru);
		list_add_tail(&handles, &n->lru);
	}
	return n->handle;
}

void hostpages_pin(struct host_node *n)
{
	KASSERT(n->handle >= 0 && !n->pinned);
	list_del(&n->lru);
	nhandles--;
	n->pinned = true;
}

/* --- page cache operations --- */

static int hostpages_readpages(struct pagecache *pc, uint64_t index, uint32_t npages, void *pages)
{
	struct inode *ino = CONTAINER_OF(pc, struct inode, pc);
	struct host_node *n = ino->private;
	uint64_t off = index << PAGE_SHIFT;
	int handle;

	if (off >= n->limit)
		return 0; /* zeros */
	handle = hostpages_handle(ino, false);
	if (handle < 0)
		return handle;
	size_t want = MIN((uint64_t)npages * PAGE_SIZE, n->limit - off);
	int64_t got = door->hostfile_pread(handle, pages, want, off);
	if (got == (int64_t)want)
		return 0;
	memset(pages, 0, want);
	return -EIO;
}

static int hostpages_readpage(struct pagecache *pc, uint64_t index, void *page)
{
	return hostpages_readpages(pc, index, 1, page);
}

static uint64_t hostpages_size(struct pagecache *pc)
{
	return CONTAINER_OF(pc, struct inode, pc)->size;
}

/* Read-write binds: a dirty page goes to the host, as far as the file reaches. */
static int hostpages_writepage(struct pagecache *pc, uint64_t index, const void *page)
{
	struct inode *ino = CONTAINER_OF(pc, struct inode, pc);
	struct host_node *n = ino->private;
	uint64_t off = index << PAGE_SHIFT;
	int handle;

	if (off >= ino->size)
		return 0;
	handle = hostpages_handle(ino, true);
	if (handle < 0)
		return handle;
	size_t want = MIN(PAGE_SIZE, ino->size - off);
	int64_t put = door->hostfile_pwrite(handle, page, want, off);
	if (put > 0) {
		n->limit = MAX(n->limit, off + (uint64_t)put);
		n->host_size = MAX(n->host_size, off + (uint64_t)put);
	}
	if (put == (int64_t)want)
		return 0;
	return put < 0 ? (int)put : -EIO;
}

const struct pagecache_ops hostpages_cow_ops = {
    .readpage = hostpages_readpage, .readpages = hostpages_readpages, .size = hostpages_size};
const struct pagecache_ops hostpages_rw_ops = {.readpage = hostpages_readpage,
					       .readpages = hostpages_readpages,
					       .size = hostpages_size,
					       .writepage = hostpages_writepage};

int hostpages_getattr(struct inode *ino)
{
	const struct host_node *n = ino->private;

	if (ino->size != n->host_size)
		ino->blocks = round_up(ino->size, PAGE_SIZE) / 512;
	return 0;
}

int hostpages_zero(struct inode *ino, uint64_t off, uint64_t len)
{
	const struct host_node *n = ino->private;
	uint64_t end = MIN(off + len, n->limit);
	void *zeros = off < end ? kmalloc(PAGE_SIZE) : NULL;

	if (off >= end)
		return 0;
	if (!zeros)
		return -ENOMEM;
	while (off < end) {
		uint64_t part = MIN(PAGE_SIZE - (off & ~PAGE_MASK), end - off);
		int64_t put = pagecache_write(&ino->pc, zeros, part, off);
		if (put < 0) {
			kfree(zeros);
			return (int)put;
		}
		off += part;
	}
	kfree(zeros);
	return 0;
}
