/* sigpending.c - queues of pending signals and their charge to a user (RLIMIT_SIGPENDING, getrlimit(2)).
 *
 * A signal is pending when its bit is set. Its siginfo is in the queue, unless memory or the limit was out
 * when it was sent (standard signals only), or it is SIGKILL, which needs none. */
#include "core/sigpending.h"

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "core/task.h"

/* Queued signals of one user. Exists while there are any. */
struct siguser {
	struct list node;
	uint32_t uid, count;
};

static KMEM_CACHE(sigqueue_cache, sigqueue);
static KMEM_CACHE(siguser_cache, siguser);
static struct list users = LIST_INIT(users);

#define SYNCHRONOUS_SIGNALS                                                                \
	(SIGSET_BIT(SIGSEGV_LINUX) | SIGSET_BIT(SIGBUS_LINUX) | SIGSET_BIT(SIGILL_LINUX) | \
	 SIGSET_BIT(SIGTRAP_LINUX) | SIGSET_BIT(SIGFPE_LINUX) | SIGSET_BIT(SIGSYS_LINUX))

void signal_init(void)
{
	list_init(&users);
}

static struct siguser *user_find(uint32_t uid)
{
	struct siguser *u;

	LIST_FOR_EACH (u, &users, struct siguser, node)
		if (u->uid == uid)
			return u;
	return NULL;
}

uint32_t signal_queued_of(uint32_t uid)
{
	const struct siguser *u = user_find(uid);

	return u ? u->count : 0;
}

static bool user_charge(uint32_t uid)
{
	struct siguser *u = user_find(uid);

	if (!u) {
		u = kmem_alloc(&siguser_cache);
		if (!u)
			return false;
		u->uid = uid;
		list_add_tail(&users, &u->node);
	}
	u->count++;
	return true;
}

static void user_uncharge(uint32_t uid)
{
	struct siguser *u = user_find(uid);

	KASSERT(u && u->count > 0);
	if (--u->count)
		return;
	list_del(&u->node);
	kmem_free(&siguser_cache, u);
}

/* An entry charged to the receiver's user, or NULL: no memory, or over the limit (unless it must get
 * through). */
static struct sigqueue *queue_alloc(const struct task *t, bool unlimited)
{
	uint32_t uid = t->cred ? t->cred->uid : 0;
	struct sigqueue *q;

	if (!unlimited && signal_queued_of(uid) >= t->process->rlimit[RLIMIT_SIGPENDING_LINUX].cur)
		return NULL;
	if (!user_charge(uid))
		return NULL;
	q = kmem_alloc(&sigqueue_cache);
	if (!q) {
		user_uncharge(uid);
		return NULL;
	}
	list_init(&q->node);
	q->uid = uid;
	return q;
}

static void queue_free(struct sigqueue *q)
{
	list_del(&q->node);
	user_uncharge(q->uid);
	kmem_free(&sigqueue_cache, q);
}

void sigpending_init(struct sigpending *p)
{
	p->set = 0;
	list_init(&p->queue);
}

void signal_discard(struct sigpending *p, sigset_t_linux set)
{
	struct sigqueue *q, *next;

	if (!(p->set & set))
		return;
	p->set &= ~set;
	LIST_FOR_EACH_SAFE (q, next, &p->queue, struct sigqueue, node)
		if (SIGSET_BIT(q->info.si_signo) & set)
			queue_free(q);
}

void sigpending_flush(struct sigpending *p)
{
	signal_discard(p, ~0ULL);
}

int sigpending_add(struct sigpending *p, const struct task *t, const struct siginfo_linux *info)
{
	bool standard = info->si_signo < SIGRTMIN_LINUX;
	struct sigqueue *q;

	if (standard && (p->set & SIGSET_BIT(info->si_signo)))
		return 0;
	if (info->si_signo != SIGKILL_LINUX) {
		q = queue_alloc(t, standard && info->si_code >= 0);
		if (q) {
			q->info = *info;
			list_add_tail(&p->queue, &q->node);
		} else if (!standard && info->si_code != SI_USER_LINUX && info->si_code != SI_KERNEL_LINUX) {
			return -EAGAIN;
		}
	}
	p->set |= SIGSET_BIT(info->si_signo);
	return 0;
}

static bool queue_has(const struct sigpending *p, int signo)
{
	const struct sigqueue *q;

	LIST_FOR_EACH (q, &p->queue, struct sigqueue, node)
		if (q->info.si_signo == signo)
			return true;
	return false;
}

bool signal_timer_queued(const struct sigpending *p, int signo, int32_t timer_id)
{
	const struct sigqueue *q;

	LIST_FOR_EACH (q, &p->queue, struct sigqueue, node)
		if (q->info.si_signo == signo && q->info.si_code == SI_TIMER_LINUX &&
		    q->info.timer.tid == timer_id)
			return true;
	return false;
}

int sigpending_next(const struct sigpending *p, sigset_t_linux allowed)
{
	sigset_t_linux set = p->set & allowed;

	if (set & SIGSET_BIT(SIGKILL_LINUX))
		return SIGKILL_LINUX;
	if (set & SYNCHRONOUS_SIGNALS)
		set &= SYNCHRONOUS_SIGNALS;
	return set ? __builtin_ctzll(set) + 1 : 0;
}

void sigpending_take(struct sigpending *p, int signo, struct siginfo_linux *info)
{
	struct sigqueue *q, *found = NULL;

	KASSERT(p->set & SIGSET_BIT(signo));
	LIST_FOR_EACH (q, &p->queue, struct sigqueue, node) {
		if (q->info.si_signo == signo) {
			found = q;
			break;
		}
	}
	if (!found) { /* its siginfo was lost: as if from kill(2) by nobody */
		*info = (struct siginfo_linux){.si_signo = signo, .si_code = SI_USER_LINUX};
		p->set &= ~SIGSET_BIT(signo);
		return;
	}
	*info = found->info;
	queue_free(found);
	if (!queue_has(p, signo))
		p->set &= ~SIGSET_BIT(signo);
}
