/* generic_file.c - read, write, seek, truncate, fallocate and mmap of files that live in the page cache.
 * LEAVES OUT: O_DIRECT as a way around the cache (it is accepted and means nothing), read-ahead. */
#include "fs/file.h"

#include <string.h>

#include "core/abi_resource.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/task.h"
#include "mm/frame.h"
#include "mm/mm.h"

#define WRITE_WINDOW (16 * PAGE_SIZE)
#define FALLOC_SUPPORTED (FALLOC_FL_KEEP_SIZE_LINUX | FALLOC_FL_PUNCH_HOLE_LINUX | FALLOC_FL_ZERO_RANGE_LINUX)

static void generic_refresh(struct inode *ino)
{
	if (ino->ops && ino->ops->getattr)
		ino->ops->getattr(ino);
}

/* --- read --- */
/* One page's share of a read; fewer bytes than n only when guest memory faults. */
static int64_t generic_read_page(struct inode *ino, struct iov_iter *to, uint64_t pos, size_t n)
{
	pfn_t pfn;
	size_t got;
	int err = pagecache_get(&ino->pc, pos >> PAGE_SHIFT, false, &pfn);

	if (err == -ENODATA)
		return (int64_t)iter_zero(to, n);
	if (err)
		return err;
	got = iter_write(to, (uint8_t *)frame_ptr(pfn) + (pos & ~PAGE_MASK), n);
	frame_put(pfn);
	return (int64_t)got;
}

int64_t generic_file_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	struct inode *ino = f->inode;
	int64_t done = 0, got = 0;

	generic_refresh(ino);
	while (to->count > 0 && (uint64_t)*pos < ino->size) {
		uint64_t at = (uint64_t)*pos;
		size_t n = PAGE_SIZE - (at & ~PAGE_MASK);

		n = MIN(n, to->count);
		n = MIN(n, ino->size - at);
		got = generic_read_page(ino, to, at, n);
		if (got > 0) {
			done += got;
			*pos += got;
		}
		if (got != (int64_t)n)
			break;
	}
	file_accessed(f);
	if (done > 0)
		return done;
	if (got < 0)
		return got;
	return to->count > 0 && (uint64_t)*pos < ino->size ? -EFAULT : 0;
}

/* --- write --- */
int64_t generic_write_limit(uint64_t pos, uint64_t n)
{
	uint64_t limit = current ? task_rlimit(RLIMIT_FSIZE_LINUX) : RLIM_INFINITY_LINUX;

	if (limit != RLIM_INFINITY_LINUX) {
		if (pos >= limit) {
			struct siginfo_linux info = {.si_signo = SIGXFSZ_LINUX, .si_code = SI_USER_LINUX};

			info.rt.pid = current->process->pid;
			info.rt.uid = current->cred->uid;
			signal_send_task(current, &info);
			return -EFBIG;
		}
		n = MIN(n, limit - pos);
	}
	if (pos >= FILE_SIZE_MAX_LINUX)
		return -EFBIG;
	return (int64_t)MIN(n, FILE_SIZE_MAX_LINUX - pos);
}

/* Before the file grows beyond its last page's used part: what a mapping scribbled there must read as zeros.
 */
static void generic_zero_tail(struct inode *ino)
{
	uint64_t part = ino->size & ~PAGE_MASK;

	if (part)
		pagecache_zero_range(&ino->pc, ino->size, PAGE_SIZE - part);
}

static int64_t generic_write_page(struct inode *ino, struct iov_iter *from, uint64_t pos, size_t n)
{
	uint64_t index = pos >> PAGE_SHIFT;
	bool fresh;
	size_t got;
	pfn_t pfn;
	int err;

	if ((ino->seals & F_SEAL_GROW_LINUX) && pos + n > ino->size)
		return -EPERM;
	fresh = !pagecache_present(&ino->pc, index);
	err = pagecache_get(&ino->pc, index, true, &pfn);
	if (err)
		return err;
	err = pagecache_set_dirty(&ino->pc, index);
	got = err ? 0 : iter_read(from, (uint8_t *)frame_ptr(pfn) + (pos & ~PAGE_MASK), n);
	frame_put(pfn);
	if (err)
		return err;
	if (got == 0 && fresh && !ino->pc.reclaimable)
		pagecache_truncate(&ino->pc, index, index + 1, false); /* a hole stays a hole */
	return (int64_t)got;
}

/* Several whole new pages at once, up to the end of an aligned window, so that their frames lie side by side
 * and can be mapped together. 0: not here, or out of room; the pages then go one by one. */
static int64_t generic_write_block(struct inode *ino, struct iov_iter *from, uint64_t pos, uint64_t n)
{
	static uint8_t bounce[WRITE_WINDOW]; /* nothing sleeps while it is in use */
	struct iov_iter saved = *from;
	size_t got;

	n = round_down(MIN(n, WRITE_WINDOW - (pos & (WRITE_WINDOW - 1))), PAGE_SIZE);
	if ((pos & ~PAGE_MASK) || n < 2 * PAGE_SIZE || ino->seals ||
	    pagecache_present(&ino->pc, pos >> PAGE_SHIFT))
		return 0;
	got = iter_read(from, bounce, n);
	if (got > 0 && pagecache_write(&ino->pc, bounce, got, pos) == (int64_t)got)
		return (int64_t)got;
	iter_rewind(from, &saved);
	return 0;
}

int64_t generic_file_write(struct file *f, struct iov_iter *from, int64_t *pos)
{
	struct inode *ino = f->inode;
	int64_t done = 0, room, got = 0;

	if (from->count == 0)
		return 0;
	generic_refresh(ino);
	if (f->flags & O_APPEND_LINUX)
		*pos = (int64_t)ino->size;
	if (ino->seals & (F_SEAL_WRITE_LINUX | F_SEAL_FUTURE_WRITE_LINUX))
		return -EPERM;
	room = generic_write_limit((uint64_t)*pos, from->count);
	if (room < 0)
		return room;
	inode_drop_privileges(ino);
	if ((uint64_t)*pos > ino->size)
		generic_zero_tail(ino);
	while (room > 0) {
		uint64_t at = (uint64_t)*pos;
		int64_t n = (int64_t)(PAGE_SIZE - (at & ~PAGE_MASK));

		n = MIN(n, room);
		got = generic_write_block(ino, from, at, (uint64_t)room);
		if (got > 0)
			n = got;
		else
			got = generic_write_page(ino, from, at, (size_t)n);
		if (got > 0) {
			done += got;
			room -= got;
			*pos += got;
			if ((uint64_t)*pos > ino->size)
				ino->size = (uint64_t)*pos;
		}
		if (got != n)
			break;
	}
	inode_touch(ino, ATTR_MTIME | ATTR_CTIME);
	if (done > 0)
		return done;
	return got < 0 ? got : -EFAULT;
}

/* --- seek --- */
/* lseek(2) SEEK_DATA and SEEK_HOLE: pages in the cache are data, the end of file is a hole. */
static int64_t generic_seek_data_hole(struct inode *ino, int64_t off, int whence)
{
	uint64_t at = (uint64_t)off, index, next;

	if (off < 0 || at >= ino->size)
		return -ENXIO;
	index = at >> PAGE_SHIFT;
	/* Content that comes from elsewhere on demand has no known holes. */
	if (ino->pc.ops && (ino->pc.ops->readpage || ino->pc.ops->readpages))
		return whence == SEEK_DATA_LINUX ? off : (int64_t)ino->size;
	if (whence == SEEK_DATA_LINUX) {
		next = pagecache_next_present(&ino->pc, index);
		if (next == UINT64_MAX || next << PAGE_SHIFT >= ino->size)
			return -ENXIO;
		return (int64_t)MAX(at, next << PAGE_SHIFT);
	}
	while (index << PAGE_SHIFT < ino->size && pagecache_present(&ino->pc, index))
		index++;
	return (int64_t)MIN(MAX(at, index << PAGE_SHIFT), ino->size);
}

int64_t generic_file_llseek(struct file *f, int64_t off, int whence)
{
	struct inode *ino = f->inode;
	int64_t base = 0;

	generic_refresh(ino);
	switch (whence) {
	case SEEK_SET_LINUX: break;
	case SEEK_CUR_LINUX: base = f->pos; break;
	case SEEK_END_LINUX: base = (int64_t)ino->size; break;
	case SEEK_DATA_LINUX:
	case SEEK_HOLE_LINUX:
		off = generic_seek_data_hole(ino, off, whence);
		if (off < 0)
			return off;
		break;
	default: return -EINVAL;
	}
	if (__builtin_add_overflow(off, base, &off))
		return -EOVERFLOW;
	if (off < 0)
		return -EINVAL;
	f->pos = off;
	return off;
}

/* --- size --- */
int generic_truncate(struct inode *ino, uint64_t size)
{
	if (size < ino->size && (ino->seals & F_SEAL_SHRINK_LINUX))
		return -EPERM;
	if (size > ino->size && (ino->seals & F_SEAL_GROW_LINUX))
		return -EPERM;
	if (size > ino->size) {
		generic_zero_tail(ino);
		ino->size = size;
	} else if (size < ino->size) {
		ino->size = size;
		generic_zero_tail(ino);
		pagecache_truncate(&ino->pc, (size + PAGE_SIZE - 1) >> PAGE_SHIFT, UINT64_MAX, true);
	}
	return 0;
}

/* Makes [off, end) read as zeros; whole pages become holes. */
static void generic_punch(struct inode *ino, uint64_t off, uint64_t end)
{
	uint64_t first = (off + PAGE_SIZE - 1) >> PAGE_SHIFT, last = end >> PAGE_SHIFT;

	if (first < last)
		pagecache_truncate(&ino->pc, first, last, true);
	if (first > last) { /* within one page */
		pagecache_zero_range(&ino->pc, off, end - off);
		return;
	}
	if (off & ~PAGE_MASK)
		pagecache_zero_range(&ino->pc, off, PAGE_SIZE - (off & ~PAGE_MASK));
	if (end & ~PAGE_MASK)
		pagecache_zero_range(&ino->pc, round_down(end, PAGE_SIZE), end & ~PAGE_MASK);
}

static int generic_allocate_page(struct inode *ino, uint64_t index)
{
	pfn_t pfn;
	int err = pagecache_get(&ino->pc, index, true, &pfn);

	if (err)
		return err;
	err = pagecache_set_dirty(&ino->pc, index);
	frame_put(pfn);
	if (!err && current && signal_fatal_pending(current))
		err = -EINTR;
	return err;
}

/* Adds the missing pages of [first, end); all, or after an error none. */
static int generic_allocate(struct inode *ino, uint64_t first, uint64_t end)
{
	struct frame_stats st;
	uint8_t *added; /* one bit a page */
	uint64_t i;
	int err = 0;

	frame_stats(&st);
	if (end - first > st.total)
		return -ENOSPC;
	added = kmalloc((end - first) / 8 + 1);
	if (!added)
		return -ENOMEM;
	for (i = first; i < end && !err; i++) {
		if (pagecache_present(&ino->pc, i))
			continue;
		added[(i - first) / 8] |= (uint8_t)(1U << ((i - first) % 8));
		err = generic_allocate_page(ino, i);
	}
	while (err && i-- > first) {
		if (added[(i - first) / 8] >> ((i - first) % 8) & 1)
			pagecache_truncate(&ino->pc, i, i + 1, false);
	}
	kfree(added);
	return err;
}

int generic_file_fallocate(struct file *f, int mode, uint64_t off, uint64_t len)
{
	struct inode *ino = f->inode;
	uint64_t end = off + len;
	int err = 0;

	if (mode & ~FALLOC_SUPPORTED)
		return -EOPNOTSUPP;
	if ((mode & FALLOC_FL_PUNCH_HOLE_LINUX) &&
	    (ino->seals & (F_SEAL_WRITE_LINUX | F_SEAL_FUTURE_WRITE_LINUX)))
		return -EPERM;
	if (!(mode & FALLOC_FL_KEEP_SIZE_LINUX) && end > ino->size) {
		int64_t room = generic_write_limit(end - 1, 1);

		if (room < 0)
			return (int)room;
		if (ino->seals & F_SEAL_GROW_LINUX)
			return -EPERM;
	}
	if (mode & (FALLOC_FL_PUNCH_HOLE_LINUX | FALLOC_FL_ZERO_RANGE_LINUX))
		generic_punch(ino, off, end);
	if (!(mode & FALLOC_FL_PUNCH_HOLE_LINUX)) {
		if (end > ino->size)
			generic_zero_tail(ino);
		err = generic_allocate(ino, off >> PAGE_SHIFT, (end + PAGE_SIZE - 1) >> PAGE_SHIFT);
	}
	if (err)
		return err;
	if (!(mode & FALLOC_FL_KEEP_SIZE_LINUX) && end > ino->size)
		ino->size = end;
	inode_drop_privileges(ino);
	inode_touch(ino, ATTR_MTIME | ATTR_CTIME);
	return 0;
}

int generic_file_fsync(struct file *f, bool data_only)
{
	(void)data_only;
	return pagecache_writeback(&f->inode->pc);
}

/* --- mmap --- */
int generic_file_mmap(struct file *f, struct mm_map_args *a)
{
	bool shared = (a->flags & MAP_TYPE_LINUX) != MAP_PRIVATE_LINUX;
	bool sealed = f->inode->seals & (F_SEAL_WRITE_LINUX | F_SEAL_FUTURE_WRITE_LINUX);

	if (!f->readable || (shared && (a->prot & PROT_WRITE_LINUX) && !f->writable))
		return -EACCES;
	if (f->path.mnt && (f->path.mnt->flags & MS_NOEXEC_LINUX) && (a->prot & PROT_EXEC_LINUX))
		return -EPERM;
	if (shared && sealed && (a->prot & PROT_WRITE_LINUX))
		return -EPERM;
	if (!shared || (f->writable && !sealed))
		a->vma_flags |= VMA_MAYWRITE;
	a->pc = &f->inode->pc;
	a->file = f;
	a->ops = &file_vma_ops;
	file_accessed(f);
	return 0;
}

static void file_vma_open(struct vma *v)
{
	file_get(v->file);
}

static void file_vma_close(struct vma *v)
{
	file_put(v->file);
}

static void file_vma_name(const struct vma *v, struct strbuf *out)
{
	file_name(v->file, out);
}

static void file_vma_ident(const struct vma *v, uint32_t *major, uint32_t *minor, uint64_t *ino)
{
	const struct inode *i = v->file->inode;

	*major = major_linux(i->sb->dev);
	*minor = minor_linux(i->sb->dev);
	*ino = i->ino;
}

const struct vma_ops file_vma_ops = {
    .open = file_vma_open,
    .close = file_vma_close,
    .name = file_vma_name,
    .ident = file_vma_ident,
};
