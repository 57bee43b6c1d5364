/* futex_pi.c - locks with an owner: FUTEX_LOCK_PI and relatives, hand-over, time-outs, dead owners, requeueing from a
 * condition. Threads by clone(2), so that the words hold their tids. */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "say.h"

enum {
	LOCK_PI = 6,
	UNLOCK_PI = 7,
	TRYLOCK_PI = 8,
	WAIT_REQUEUE_PI = 11,
	CMP_REQUEUE_PI = 12,
	LOCK_PI2 = 13,
	WAKE = 1,
	REALTIME = 256,
};
#define WAITERS 0x80000000u
#define DIED 0x40000000u

static uint32_t *w;
static volatile int order[8], n_order;

static long futex(uint32_t *word, int op, uint32_t val, const void *ts, uint32_t *word2, uint32_t val3)
{
	return syscall(SYS_futex, word, op, val, ts, word2, val3);
}

static uint32_t tid(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

static void say_word(const char *when)
{
	uint32_t v = *w;

	SAY("%s: %s%s%s\n", when, v & WAITERS ? "waiters " : "", v & DIED ? "died " : "",
	    (v & 0x3fffffff) == 0       ? "free"
	    : (v & 0x3fffffff) == tid() ? "mine"
					: "another's");
}

static void *locker(void *arg)
{
	long r = futex(w, LOCK_PI, 0, NULL, NULL, 0);

	order[n_order++] = r == 0 && (*w & 0x3fffffff) == tid() ? (int)(intptr_t)arg : -1;
	futex(w, UNLOCK_PI, 0, NULL, NULL, 0);
	return NULL;
}

static void *dies_as_owner(void *arg)
{
	static struct {
		void *next;
		long offset;
		void *pending;
	} head;
	struct {
		void *next;
	} *entry = (void *)(w + 16);

	/* the word is in a robust list, as that of a PI mutex would be */
	head.next = (char *)entry + 1;
	head.offset = (char *)w - (char *)entry;
	entry->next = &head;
	syscall(SYS_set_robust_list, &head, sizeof(head));
	*w = tid();
	while (!(*w & WAITERS))
		sched_yield();
	sleep_ms(5);
	syscall(SYS_exit, 0);
	return NULL;
}

static void *cond_waiter(void *arg)
{
	long r = futex(w + 8, WAIT_REQUEUE_PI, 0, NULL, w, 0);

	order[n_order++] = r == 0 && (*w & 0x3fffffff) == tid() ? 1 : -1;
	futex(w, UNLOCK_PI, 0, NULL, NULL, 0);
	return NULL;
}

int main(void)
{
	pthread_t t[3];
	struct timespec ts;

	w = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	TRY(futex(w, LOCK_PI, 0, NULL, NULL, 0));
	say_word("locked");
	TRY(futex(w, LOCK_PI, 0, NULL, NULL, 0));
	TRY(futex(w, TRYLOCK_PI, 0, NULL, NULL, 0));
	TRY(futex(w, UNLOCK_PI, 0, NULL, NULL, 0));
	say_word("unlocked");
	TRY(futex(w, UNLOCK_PI, 0, NULL, NULL, 0));
	TRY(futex(w, TRYLOCK_PI, 0, NULL, NULL, 0));
	say_word("trylock");
	TRY(futex(w, LOCK_PI | REALTIME, 0, NULL, NULL, 0));

	for (intptr_t i = 0; i < 3; i++) {
		pthread_create(&t[i], NULL, locker, (void *)(i + 1));
		sleep_ms(5);
	}
	say_word("three wait");
	TRY(futex(w, WAKE, 1, NULL, NULL, 0));
	TRY(futex(w, UNLOCK_PI, 0, NULL, NULL, 0));
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	SAY("order %d %d %d\n", order[0], order[1], order[2]);
	say_word("all done");

	*w = 999999;
	TRY(futex(w, LOCK_PI, 0, NULL, NULL, 0));
	*w = DIED;
	TRY(futex(w, LOCK_PI, 0, NULL, NULL, 0));
	say_word("taken from the dead");
	TRY(futex(w, UNLOCK_PI, 0, NULL, NULL, 0));

	/* time-outs: LOCK_PI on the wall clock, LOCK_PI2 on either */
	pid_t owner = fork();
	if (owner == 0) {
		*w = tid();
		for (;;)
			pause();
	}
	while (*w == 0)
		sched_yield();
	TRY(futex(w, TRYLOCK_PI, 0, NULL, NULL, 0));
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += ts.tv_nsec >= 990000000;
	ts.tv_nsec = (ts.tv_nsec + 10000000) % 1000000000;
	TRY(futex(w, LOCK_PI, 0, &ts, NULL, 0));
	clock_gettime(CLOCK_MONOTONIC, &ts);
	TRY(futex(w, LOCK_PI2, 0, &ts, NULL, 0));
	clock_gettime(CLOCK_REALTIME, &ts);
	TRY(futex(w, LOCK_PI2 | REALTIME, 0, &ts, NULL, 0));
	ts.tv_nsec = -1;
	TRY(futex(w, LOCK_PI, 0, &ts, NULL, 0));
	say_word("still");
	kill(owner, SIGKILL);
	waitpid(owner, NULL, 0);
	TRY(futex(w, LOCK_PI, 0, NULL, NULL, 0));

	*w = 0;
	pthread_create(&t[0], NULL, dies_as_owner, NULL);
	while (*w == 0)
		sched_yield();
	TRY(futex(w, LOCK_PI, 0, NULL, NULL, 0));
	say_word("inherited");
	TRY(futex(w, UNLOCK_PI, 0, NULL, NULL, 0));
	say_word("released");

	/* from a condition to the lock */
	*w = tid();
	n_order = 0;
	for (int i = 0; i < 3; i++) {
		pthread_create(&t[i], NULL, cond_waiter, NULL);
		sleep_ms(5);
	}
	TRY(futex(w + 8, CMP_REQUEUE_PI, 1, (void *)2, w, 1));
	TRY(futex(w + 8, CMP_REQUEUE_PI, 2, (void *)2, w, 0));
	TRY(futex(w + 8, CMP_REQUEUE_PI, 1, (void *)2, w + 9, 0));
	TRY(futex(w + 8, WAKE, 1, NULL, NULL, 0));
	TRY(futex(w + 8, CMP_REQUEUE_PI, 1, (void *)10, w, 0));
	TRY(futex(w + 8, CMP_REQUEUE_PI, 1, (void *)10, w, 0));
	TRY(futex(w, UNLOCK_PI, 0, NULL, NULL, 0));
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	SAY("owners %d %d %d\n", order[0], order[1], order[2]);
	say_word("after");
	ts = (struct timespec){0, 0};
	TRY(futex(w + 8, WAIT_REQUEUE_PI, 1, &ts, w, 0));
	TRY(futex(w + 8, WAIT_REQUEUE_PI, 0, &ts, w, 0));
	TRY(futex(w + 8, WAIT_REQUEUE_PI, 0, &ts, w + 8, 0));
	return 0;
}
