/* locks.c - advisory locks: fcntl(2) record locks (POSIX: owned by the process's descriptor table; open file
 * description locks: owned by the file), and flock(2).
 *
 * Locks hang on the inode, record locks of one owner together and sorted by range. A task that must wait
 * sleeps on the inode's lock queue and tries again whenever a lock there goes away; while it sleeps it is on
 * the list of waits, by which a POSIX lock that would close a circle of waiting processes is refused
 * (EDEADLK).
 *
 * Leaves out: leases (F_SETLEASE), mandatory locking, RLIMIT_LOCKS. */
#include "fs/locks.h"

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/abi_event.h"
#include "fs/fdtable.h"
#include "mm/usercopy.h"

#define OFFSET_MAX INT64_MAX
#define DEADLOCK_STEPS_MAX 10

enum lock_kind {
	LOCK_POSIX,
	LOCK_OFD,
	LOCK_FLOCK
};

struct file_lock {
	struct list node;     /* in inode->locks */
	struct list all_node; /* in all_locks, the newest first */
	enum lock_kind kind;
	bool write;
	const void *owner;  /* struct fdtable or struct file */
	int64_t start, end; /* last byte; OFFSET_MAX: to the end of the file, wherever that will be */
	int32_t pid;
	struct inode *ino;
};

/* A task that sleeps for a POSIX lock. Lives on its stack. */
struct lock_wait {
	struct list node;
	const void *owner, *blocker; /* descriptor tables */
};

static KMEM_CACHE(file_lock_cache, file_lock);
static struct list all_locks = LIST_INIT(all_locks);
static struct list lock_waits = LIST_INIT(lock_waits);

static bool is_record(const struct file_lock *l)
{
	return l->kind != LOCK_FLOCK;
}

static bool same_owner(const struct file_lock *a, const struct file_lock *b)
{
	return a->kind == b->kind && a->owner == b->owner;
}

static bool overlap(const struct file_lock *a, const struct file_lock *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static struct file_lock *lock_alloc(const struct file_lock *from)
{
	struct file_lock *l = kmem_alloc(&file_lock_cache);

	if (!l)
		return NULL;
	*l = *from;
	list_init(&l->node);
	list_init(&l->all_node);
	return l;
}

static void lock_free(struct file_lock *l)
{
	if (!l)
		return;
	list_del(&l->node);
	list_del(&l->all_node);
	kmem_free(&file_lock_cache, l);
}

/* Puts l on its inode: record locks of one owner stay sorted by start. */
static void lock_insert(struct file_lock *l)
{
	struct file_lock *other;
	struct list *before = &l->ino->locks;
	bool seen = false;

	LIST_FOR_EACH (other, &l->ino->locks, struct file_lock, node) {
		bool same = is_record(l) && same_owner(l, other);
		if ((same && other->start > l->start) || (seen && !same)) {
			before = &other->node;
			break;
		}
		seen |= same;
	}
	list_add_tail(before, &l->node);
	list_add_head(&all_locks, &l->all_node);
}

/* The first lock that stands in the way of `want`. */
static struct file_lock *lock_conflict(const struct file_lock *want)
{
	struct file_lock *l;

	LIST_FOR_EACH (l, &want->ino->locks, struct file_lock, node) {
		if (is_record(l) != is_record(want) || same_owner(l, want))
			continue;
		if ((l->write || want->write) && overlap(l, want))
			return l;
	}
	return NULL;
}

static void locks_wake(struct inode *ino)
{
	if (waitq_active(&ino->lock_wait))
		waitq_wake_all(&ino->lock_wait);
}

/* --- record locks --- */

/* Would `owner` waiting for `blocker` close a circle? Each owner waits for one lock at a time per task; the
 * chain is followed a few steps, as Linux does. */
static bool lock_deadlock(const void *owner, const void *blocker)
{
	for (int i = 0; i < DEADLOCK_STEPS_MAX; i++) {
		const struct lock_wait *w, *next = NULL;
		if (blocker == owner)
			return true;
		LIST_FOR_EACH (w, &lock_waits, struct lock_wait, node)
			if (w->owner == blocker)
				next = w;
		if (!next)
			return false;
		blocker = next->blocker;
	}
	return false;
}

static bool adjacent(const struct file_lock *a, const struct file_lock *b)
{
	return (a->end != OFFSET_MAX && a->end + 1 == b->start) ||
	       (b->end != OFFSET_MAX && b->end + 1 == a->start);
}

/* Cuts [start, end] out of l, which belongs to the same owner. spare is used (and cleared) for a second half.
 */
static void lock_cut(struct file_lock *l, int64_t start, int64_t end, struct file_lock **spare)
{
	bool keeps_left = l->start<start, keeps_right = l->end> end;

	if (keeps_left && keeps_right) {
		struct file_lock *right = *spare;
		KASSERT(right);
		*spare = NULL;
		*right = *l;
		list_init(&right->node);
		list_init(&right->all_node);
		right->start = end + 1;
		l->end = start - 1;
		list_add_head(&l->node, &right->node);
		list_add_head(&all_locks, &right->all_node);
	} else if (keeps_left) {
		l->end = start - 1;
	} else if (keeps_right) {
		l->start = end + 1;
	} else {
		lock_free(l);
	}
}

/* Sets (or, unlock, clears) the range of `want`, which nothing conflicts with: locks of the same owner are
 * merged, cut and split. 0 or -ENOLCK, and then nothing has changed. */
static int record_apply(const struct file_lock *want, bool unlock)
{
	struct file_lock *new = unlock ? NULL : lock_alloc(want), *spare = lock_alloc(want);
	struct file_lock *l, *tmp;
	struct inode *ino = want->ino;

	if (!spare || (!unlock && !new)) {
		lock_free(new);
		lock_free(spare);
		return -ENOLCK;
	}
	LIST_FOR_EACH_SAFE (l, tmp, &ino->locks, struct file_lock, node) {
		if (!is_record(l) || !same_owner(l, want))
			continue;
		if (new && l->write == new->write && (overlap(l, new) || adjacent(l, new))) {
			new->start = MIN(new->start, l->start);
			new->end = MAX(new->end, l->end);
			lock_free(l);
		} else if (overlap(l, want)) {
			lock_cut(l, want->start, want->end, &spare);
		}
	}
	if (new)
		lock_insert(new);
	lock_free(spare);
	locks_wake(ino); /* something may have been released or downgraded */
	return 0;
}

/* Sleeps until `want` has no conflict. */
static int record_wait(const struct file_lock *want)
{
	struct inode *ino = want->ino;
	struct file_lock *c;

	while ((c = lock_conflict(want))) {
		struct lock_wait w = {.owner = want->owner, .blocker = c->owner};
		bool posix = want->kind == LOCK_POSIX && c->kind == LOCK_POSIX;
		if (posix && lock_deadlock(want->owner, c->owner))
			return -EDEADLK;
		list_init(&w.node);
		if (posix)
			list_add_tail(&lock_waits, &w.node);
		int err = wait_on(&ino->lock_wait);
		list_del(&w.node);
		if (err)
			return err;
	}
	return 0;
}

/* Decodes struct flock (fcntl(2)): a range relative to the start, the position or the end. */
static int record_decode(struct file *f, const struct flock_linux *fl, struct file_lock *want)
{
	int64_t start = 0;

	if (fl->l_whence == SEEK_CUR_LINUX)
		start = f->pos;
	else if (fl->l_whence == SEEK_END_LINUX)
		start = (int64_t)f->inode->size;
	else if (fl->l_whence != SEEK_SET_LINUX)
		return -EINVAL;
	/* Some files' positions are any 64 bits (/proc/PID/mem). */
	if (__builtin_add_overflow(start, fl->l_start, &start))
		return -EOVERFLOW;
	if (start < 0)
		return -EINVAL;
	want->start = start;
	want->end = OFFSET_MAX;
	if (fl->l_len > 0) {
		if (fl->l_len - 1 > OFFSET_MAX - start)
			return -EOVERFLOW;
		want->end = start + (fl->l_len - 1);
	} else if (fl->l_len < 0) {
		if (start + fl->l_len < 0)
			return -EINVAL;
		want->end = start - 1;
		want->start = start + fl->l_len;
	}
	if (fl->l_type != F_RDLCK_LINUX && fl->l_type != F_WRLCK_LINUX && fl->l_type != F_UNLCK_LINUX)
		return -EINVAL;
	want->write = fl->l_type == F_WRLCK_LINUX;
	return 0;
}

/* F_OFD_GETLK with F_UNLCK asks for the file's own locks in the range. */
static struct file_lock *record_own(const struct file_lock *want)
{
	struct file_lock *l;

	LIST_FOR_EACH (l, &want->ino->locks, struct file_lock, node)
		if (is_record(l) && same_owner(l, want) && overlap(l, want))
			return l;
	return NULL;
}

static int64_t record_get(const struct file_lock *want, struct flock_linux *fl, uaddr_t arg)
{
	const struct file_lock *l = fl->l_type == F_UNLCK_LINUX ? record_own(want) : lock_conflict(want);

	fl->l_type = F_UNLCK_LINUX;
	if (l) {
		fl->l_type = l->write ? F_WRLCK_LINUX : F_RDLCK_LINUX;
		fl->l_whence = SEEK_SET_LINUX;
		fl->l_start = l->start;
		fl->l_len = l->end == OFFSET_MAX ? 0 : l->end - l->start + 1;
		fl->l_pid = l->kind == LOCK_OFD ? -1 : l->pid;
	}
	return copy_to_user(arg, fl, sizeof(*fl));
}

static int64_t record_set(struct file *f, int fd, struct file_lock *want, const struct flock_linux *fl,
			  bool wait)
{
	bool unlock = fl->l_type == F_UNLCK_LINUX;
	int err = 0;

	if ((fl->l_type == F_RDLCK_LINUX && !f->readable) || (fl->l_type == F_WRLCK_LINUX && !f->writable))
		return -EBADF;
	if (!unlock && lock_conflict(want))
		err = wait ? record_wait(want) : -EAGAIN;
	if (!err)
		err = record_apply(want, unlock);
	/* Another thread may have closed fd while we slept, and with it released locks that were not yet
	 * there. */
	if (!err && !unlock && wait && want->kind == LOCK_POSIX && fd_file(fd) != f) {
		want->start = 0;
		want->end = OFFSET_MAX;
		record_apply(want, true);
		return -EBADF;
	}
	return err;
}

int64_t locks_fcntl(struct file *f, int fd, int cmd, uaddr_t arg)
{
	bool ofd = cmd == F_OFD_GETLK_LINUX || cmd == F_OFD_SETLK_LINUX || cmd == F_OFD_SETLKW_LINUX;
	bool get = cmd == F_GETLK_LINUX || cmd == F_OFD_GETLK_LINUX;
	struct file_lock want = {.kind = ofd ? LOCK_OFD : LOCK_POSIX, .ino = f->inode};
	struct flock_linux fl;

	if (copy_from_user(&fl, arg, sizeof(fl)))
		return -EFAULT;
	want.owner = ofd ? (const void *)f : (const void *)current->files;
	want.pid = current->process->pid;
	if (cmd == F_GETLK_LINUX && fl.l_type != F_RDLCK_LINUX && fl.l_type != F_WRLCK_LINUX)
		return -EINVAL;
	int err = record_decode(f, &fl, &want);
	if (err)
		return err;
	if (ofd && fl.l_pid != 0)
		return -EINVAL;
	if (get)
		return record_get(&want, &fl, arg);
	return record_set(f, fd, &want, &fl, cmd == F_SETLKW_LINUX || cmd == F_OFD_SETLKW_LINUX);
}

void locks_release_posix(struct inode *ino, struct fdtable *owner)
{
	struct file_lock *l, *tmp;
	bool any = false;

	LIST_FOR_EACH_SAFE (l, tmp, &ino->locks, struct file_lock, node) {
		if (l->kind == LOCK_POSIX && l->owner == owner) {
			lock_free(l);
			any = true;
		}
	}
	if (any)
		locks_wake(ino);
}

/* --- flock(2) --- */

static struct file_lock *flock_of(const struct file *f)
{
	struct file_lock *l;

	LIST_FOR_EACH (l, &f->inode->locks, struct file_lock, node)
		if (l->kind == LOCK_FLOCK && l->owner == f)
			return l;
	return NULL;
}

int locks_flock(struct file *f, int op)
{
	struct file_lock want = {.kind = LOCK_FLOCK,
				 .write = (op & LOCK_EX_LINUX) != 0,
				 .owner = f,
				 .end = OFFSET_MAX,
				 .pid = current->process->pid,
				 .ino = f->inode};
	struct file_lock *own = flock_of(f);

	if (own && !(op & LOCK_UN_LINUX) && own->write == want.write)
		return 0;
	/* A conversion is not atomic: the old lock is gone even if the new one is not to be had (flock(2)).
	 */
	if (own) {
		lock_free(own);
		locks_wake(f->inode);
	}
	if (op & LOCK_UN_LINUX)
		return 0;
	while (lock_conflict(&want)) {
		if (op & LOCK_NB_LINUX)
			return -EAGAIN;
		int err = wait_on(&f->inode->lock_wait);
		if (err)
			return err;
	}
	if (flock_of(f)) /* another task with the same file was faster */
		return locks_flock(f, op);
	own = lock_alloc(&want);
	if (!own)
		return -ENOLCK;
	lock_insert(own);
	return 0;
}

void locks_release_file(struct file *f)
{
	struct file_lock *l, *tmp;
	bool any = false;

	if (!f->inode || list_empty(&f->inode->locks))
		return;
	LIST_FOR_EACH_SAFE (l, tmp, &f->inode->locks, struct file_lock, node) {
		if (l->kind != LOCK_POSIX && l->owner == f) {
			lock_free(l);
			any = true;
		}
	}
	if (any)
		locks_wake(f->inode);
}

/* --- /proc/locks --- */

void locks_show(struct strbuf *out)
{
	static const char *const kind_names[] = {"POSIX ", "OFDLCK", "FLOCK "};
	const struct file_lock *l;
	unsigned n = 0;

	LIST_FOR_EACH (l, &all_locks, struct file_lock, all_node) {
		uint64_t dev = l->ino->sb->dev;
		strbuf_printf(out, "%u: %s ADVISORY  %s %d %02x:%02x:%llu %lld ", ++n, kind_names[l->kind],
			      l->write ? "WRITE" : "READ", l->kind == LOCK_OFD ? -1 : l->pid,
			      major_linux(dev), minor_linux(dev), (unsigned long long)l->ino->ino,
			      (long long)l->start);
		if (l->end == OFFSET_MAX)
			strbuf_printf(out, "EOF\n");
		else
			strbuf_printf(out, "%lld\n", (long long)l->end);
	}
}
