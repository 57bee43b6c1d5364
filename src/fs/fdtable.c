/* fdtable.c - file descriptor tables (dup(2), close(2), fcntl(2) F_DUPFD). */
#include "fs/fdtable.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/file.h"
#include "fs/locks.h"

#define FDTABLE_FIRST_SIZE 64U
#define FDTABLE_MAX_SIZE (1U << 20) /* /proc/sys/fs/nr_open */

struct fdtable {
	uint32_t refs;
	uint32_t size;       /* slots; a multiple of 64 */
	uint32_t first_free; /* no free slot lies below */
	struct file **files;
	uint64_t *cloexec; /* one bit a slot */
};

static KMEM_CACHE(fdtable_cache, fdtable);

static bool fdtable_resize(struct fdtable *t, uint32_t size)
{
	struct file **files = krealloc(t->files, size * sizeof(struct file *));
	uint64_t *cloexec;

	if (!files)
		return false;
	t->files = files;
	cloexec = krealloc(t->cloexec, size / 8);
	if (!cloexec)
		return false;
	t->cloexec = cloexec;
	t->size = size;
	return true;
}

static void fdtable_free(struct fdtable *t)
{
	kfree(t->files);
	kfree(t->cloexec);
	kmem_free(&fdtable_cache, t);
}

static struct fdtable *fdtable_alloc(uint32_t size)
{
	struct fdtable *t = kmem_alloc(&fdtable_cache);

	if (!t)
		return NULL;
	t->refs = 1;
	t->files = kmalloc(size * sizeof(struct file *));
	t->cloexec = kmalloc(size / 8);
	if (!t->files || !t->cloexec) {
		fdtable_free(t);
		return NULL;
	}
	t->size = size;
	return t;
}

struct fdtable *fdtable_create(void)
{
	return fdtable_alloc(FDTABLE_FIRST_SIZE);
}

struct fdtable *fdtable_copy(const struct fdtable *t)
{
	uint32_t size = FDTABLE_FIRST_SIZE;
	struct fdtable *c;

	for (uint32_t fd = FDTABLE_FIRST_SIZE; fd < t->size; fd++) {
		while (t->files[fd] && fd >= size)
			size *= 2;
	}
	c = fdtable_alloc(size);
	if (!c)
		return NULL;
	for (uint32_t fd = 0; fd < MIN(size, t->size); fd++) {
		if (t->files[fd])
			c->files[fd] = file_get(t->files[fd]);
	}
	memcpy(c->cloexec, t->cloexec, MIN(size, t->size) / 8);
	c->first_free = t->first_free;
	return c;
}

struct fdtable *fdtable_get(struct fdtable *t)
{
	t->refs++;
	return t;
}

uint32_t fdtable_refs(const struct fdtable *t)
{
	return t->refs;
}

uint32_t fdtable_size(const struct fdtable *t)
{
	return t->size;
}

/* --- slots --- */
static bool fdtable_cloexec(const struct fdtable *t, uint32_t fd)
{
	return t->cloexec[fd / 64] >> (fd % 64) & 1;
}

static void fdtable_set_cloexec(struct fdtable *t, uint32_t fd, bool on)
{
	uint64_t bit = 1ULL << (fd % 64);

	if (on)
		t->cloexec[fd / 64] |= bit;
	else
		t->cloexec[fd / 64] &= ~bit;
}

static struct file *fdtable_file(const struct fdtable *t, int fd)
{
	return fd >= 0 && (uint32_t)fd < t->size ? t->files[fd] : NULL;
}

/* Makes slot fd exist. */
static int fdtable_reserve(struct fdtable *t, uint32_t fd)
{
	uint32_t size = t->size;

	if (fd < size)
		return 0;
	if (fd >= FDTABLE_MAX_SIZE)
		return -EMFILE;
	while (size <= fd)
		size *= 2;
	return fdtable_resize(t, size) ? 0 : -ENOMEM;
}

static struct file *fdtable_take(struct fdtable *t, uint32_t fd)
{
	struct file *f = t->files[fd];

	t->files[fd] = NULL;
	fdtable_set_cloexec(t, fd, false);
	if (fd < t->first_free)
		t->first_free = fd;
	return f;
}

static void fdtable_store(struct fdtable *t, uint32_t fd, struct file *f, bool cloexec)
{
	t->files[fd] = f;
	fdtable_set_cloexec(t, fd, cloexec);
	if (fd == t->first_free)
		t->first_free = fd + 1;
}

/* What close(2) does to a file that left its slot: the reference goes as well. */
static int fdtable_close_file(struct fdtable *t, struct file *f)
{
	int err = 0;

	if (!(f->flags & O_PATH_LINUX)) {
		if (f->ops->flush)
			err = f->ops->flush(f);
		locks_release_posix(f->inode, t);
	}
	file_put(f);
	return err;
}

void fdtable_put(struct fdtable *t)
{
	KASSERT(t->refs > 0);
	if (t->refs > 1) {
		t->refs--;
		return;
	}
	for (uint32_t fd = 0; fd < t->size; fd++) {
		if (t->files[fd])
			fdtable_close_file(t, fdtable_take(t, fd));
	}
	fdtable_free(t);
}

void fdtable_close_on_exec(struct fdtable *t)
{
	for (uint32_t fd = 0; fd < t->size; fd++) {
		if (t->files[fd] && fdtable_cloexec(t, fd))
			fdtable_close_file(t, fdtable_take(t, fd));
	}
}

int fdtable_next(struct fdtable *t, int fd, struct file **f)
{
	for (uint32_t i = fd < 0 ? 0 : (uint32_t)fd; i < t->size; i++) {
		if (t->files[i]) {
			*f = t->files[i];
			return (int)i;
		}
	}
	return -1;
}

/* --- descriptors of current --- */
struct file *fd_file(int fd)
{
	return current->files ? fdtable_file(current->files, fd) : NULL;
}

struct file *fd_file_io(int fd)
{
	struct file *f = fd_file(fd);

	return f && !(f->flags & O_PATH_LINUX) ? f : NULL;
}

struct file *fd_get(int fd)
{
	struct file *f = fd_file(fd);

	return f ? file_get(f) : NULL;
}

struct file *fd_get_io(int fd)
{
	struct file *f = fd_file_io(fd);

	return f ? file_get(f) : NULL;
}

static uint64_t fd_limit(void)
{
	return MIN(task_rlimit(RLIMIT_NOFILE_LINUX), (uint64_t)FDTABLE_MAX_SIZE);
}

int fd_install(struct file *f, int min, bool cloexec)
{
	struct fdtable *t = current->files;
	uint32_t fd = MAX((uint32_t)min, t->first_free);
	int err;

	while (fd < t->size && t->files[fd])
		fd++;
	err = fd < fd_limit() ? fdtable_reserve(t, fd) : -EMFILE;
	if (err) {
		file_put(f);
		return err;
	}
	if ((uint32_t)min <= t->first_free)
		t->first_free = fd; /* everything below was found in use */
	fdtable_store(t, fd, f, cloexec);
	return (int)fd;
}

int fd_install_at(struct file *f, int to, bool cloexec)
{
	struct fdtable *t = current->files;
	struct file *old;
	int err;

	err = to >= 0 && (uint64_t)to < fd_limit() ? fdtable_reserve(t, (uint32_t)to) : -EBADF;
	if (err) {
		file_put(f);
		return err;
	}
	old = t->files[to];
	fdtable_store(t, (uint32_t)to, f, cloexec);
	if (old)
		fdtable_close_file(t, old); /* its errors are lost, as in Linux */
	return to;
}

int fd_close(int fd)
{
	struct fdtable *t = current->files;

	if (!fdtable_file(t, fd))
		return -EBADF;
	return fdtable_close_file(t, fdtable_take(t, (uint32_t)fd));
}

int fd_close_range(uint32_t first, uint32_t last, bool set_cloexec_only)
{
	struct fdtable *t = current->files;

	for (uint64_t fd = first; fd <= last && fd < t->size; fd++) {
		if (!t->files[fd])
			continue;
		if (set_cloexec_only)
			fdtable_set_cloexec(t, (uint32_t)fd, true);
		else
			fdtable_close_file(t, fdtable_take(t, (uint32_t)fd));
	}
	return 0;
}

bool fd_cloexec(int fd)
{
	return fd_file(fd) && fdtable_cloexec(current->files, (uint32_t)fd);
}

int fd_set_cloexec(int fd, bool on)
{
	if (!fd_file(fd))
		return -EBADF;
	fdtable_set_cloexec(current->files, (uint32_t)fd, on);
	return 0;
}
