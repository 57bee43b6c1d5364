/* select.c - select(2), pselect(2). */
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/kmem.h"
#include "core/signal.h"
#include "core/task.h"
#include "fs/abi_event.h"
#include "fs/fdtable.h"
#include "fs/pollset.h"
#include "mm/usercopy.h"
#include "sys/polltime.h"
#include "sys/syscalls.h"
#include "sys/tempmask.h"

#define READ_EVENTS \
	(POLLRDNORM_LINUX | POLLRDBAND_LINUX | POLLIN_LINUX | POLLHUP_LINUX | POLLERR_LINUX | POLLNVAL_LINUX)
#define WRITE_EVENTS (POLLWRBAND_LINUX | POLLWRNORM_LINUX | POLLOUT_LINUX | POLLERR_LINUX | POLLNVAL_LINUX)
#define EXCEPT_EVENTS (POLLPRI_LINUX | POLLNVAL_LINUX)

enum {
	SETS = 3,
	INLINE_WORDS = 6 * (FD_SETSIZE_LINUX / 64)
};

static const uint32_t set_events[SETS] = {READ_EVENTS, WRITE_EVENTS, EXCEPT_EVENTS};

/* The three sets of the guest and the three results, as arrays of 64-bit words. */
struct fd_sets {
	uint32_t nfds, words;
	uint64_t *in[SETS], *out[SETS];
	uaddr_t user[SETS];
	uint64_t *storage;
	uint64_t small[INLINE_WORDS];
};

static void fd_sets_free(struct fd_sets *s)
{
	if (s->storage != s->small)
		kfree(s->storage);
}

static int fd_sets_get(struct fd_sets *s, uint32_t nfds, const uaddr_t user[SETS])
{
	s->nfds = nfds;
	s->words = (nfds + 63) / 64;
	s->storage = s->small;
	memset(s->small, 0, sizeof(s->small));
	if (2 * SETS * s->words > INLINE_WORDS)
		s->storage = kmalloc(2 * SETS * s->words * sizeof(uint64_t));
	if (!s->storage)
		return -ENOMEM;
	for (uint32_t i = 0; i < SETS; i++) {
		s->in[i] = s->storage + i * s->words;
		s->out[i] = s->storage + (SETS + i) * s->words;
		s->user[i] = user[i];
		if (!uaddr_null(user[i]) && copy_from_user(s->in[i], user[i], s->words * sizeof(uint64_t))) {
			fd_sets_free(s);
			return -EFAULT;
		}
	}
	return 0;
}

static int fd_sets_put(const struct fd_sets *s)
{
	for (uint32_t i = 0; i < SETS; i++)
		if (!uaddr_null(s->user[i]) &&
		    copy_to_user(s->user[i], s->out[i], s->words * sizeof(uint64_t)))
			return -EFAULT;
	return 0;
}

static bool fd_is_set(const uint64_t *set, uint32_t fd)
{
	return set[fd / 64] >> (fd % 64) & 1;
}

/* The events asked of fd in all sets together; 0: it is in none. */
static uint32_t fd_sets_wanted(const struct fd_sets *s, uint32_t fd)
{
	uint32_t wanted = 0;

	for (uint32_t i = 0; i < SETS; i++)
		if (fd_is_set(s->in[i], fd))
			wanted |= set_events[i];
	return wanted;
}

/* A set descriptor that is not open is an error of the whole call. */
static int fd_sets_check(const struct fd_sets *s)
{
	for (uint32_t fd = 0; fd < s->nfds; fd++)
		if (fd_sets_wanted(s, fd) && !fd_file_io((int)fd))
			return -EBADF;
	return 0;
}

/* One round over all descriptors: how many bits are set in the results. */
static int64_t select_scan(struct fd_sets *s, struct pollset *ps, bool enter)
{
	int64_t n = 0;

	for (uint32_t fd = 0; fd < s->nfds; fd++) {
		uint32_t wanted = fd_sets_wanted(s, fd), events = POLLNVAL_LINUX;
		if (!wanted)
			continue;
		struct file *f = fd_file_io((int)fd);
		if (f)
			events = pollset_poll(ps, f, wanted, enter && n == 0);
		for (uint32_t i = 0; i < SETS; i++) {
			if (!(events & set_events[i]) || !fd_is_set(s->in[i], fd))
				continue;
			s->out[i][fd / 64] |= 1ULL << (fd % 64);
			n++;
		}
	}
	return n;
}

static int64_t select_wait_any(struct fd_sets *s, ktime_t deadline, bool no_wait)
{
	bool enter = !no_wait, last_look = no_wait;
	struct pollset ps;
	int64_t n;

	pollset_init(&ps);
	for (;;) {
		n = select_scan(s, &ps, enter);
		enter = false;
		if (n == 0 && signal_pending(current))
			n = -ERESTARTNOHAND;
		if (n != 0 || last_look)
			break;
		int err = pollset_wait(&ps, deadline);
		if (err == -ENOMEM) {
			n = err;
			break;
		}
		last_look = err == -ETIMEDOUT;
	}
	pollset_destroy(&ps);
	return n;
}

static int64_t select_user(int nfds, const uaddr_t user[SETS], const struct polltime *t)
{
	struct fd_sets s;

	if (nfds < 0)
		return -EINVAL;
	int64_t n = fd_sets_get(&s, MIN((uint32_t)nfds, fdtable_size(current->files)), user);
	if (n)
		return n;
	n = fd_sets_check(&s);
	if (!n)
		n = select_wait_any(&s, t->deadline, t->zero);
	if (n >= 0 && fd_sets_put(&s))
		n = -EFAULT;
	fd_sets_free(&s);
	return n;
}

int64_t sys_select(int nfds, uaddr_t readfds, uaddr_t writefds, uaddr_t exceptfds, uaddr_t timeout)
{
	const uaddr_t user[SETS] = {readfds, writefds, exceptfds};
	struct polltime t;
	int err = polltime_get(&t, timeout, true);

	return err ? err : polltime_finish(&t, select_user(nfds, user, &t));
}

int64_t sys_pselect6(int nfds, uaddr_t readfds, uaddr_t writefds, uaddr_t exceptfds, uaddr_t timeout,
		     uaddr_t sigmask)
{
	const uaddr_t user[SETS] = {readfds, writefds, exceptfds};
	struct sigset_argpack_linux pack = {0};
	struct polltime t;
	int err;

	if (!uaddr_null(sigmask) && copy_from_user(&pack, sigmask, sizeof(pack)))
		return -EFAULT;
	err = polltime_get(&t, timeout, false);
	if (!err)
		err = tempmask_begin(uaddr(pack.set), pack.size);
	return err ? err : polltime_finish(&t, select_user(nfds, user, &t));
}
