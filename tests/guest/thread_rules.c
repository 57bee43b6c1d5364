/* thread_rules.c - POSIX threads on clone(2) and futex(2): joins, mutexes, conditions, barriers, TLS,
 * cancellation. */
#include <pthread.h>
#include <semaphore.h>

#include "say.h"

#define THREADS 8
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t sem;
static long counter;
static int turn;
static __thread int tls = 7;

static void *count_up(void *arg)
{
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	tls += (int)(intptr_t)arg;
	return (void *)(intptr_t)tls;
}

static void *take_turns(void *arg)
{
	int me = (int)(intptr_t)arg;

	for (int i = 0; i < 5; i++) {
		pthread_mutex_lock(&mutex);
		while (turn % THREADS != me)
			pthread_cond_wait(&cond, &mutex);
		turn++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *meet(void *arg)
{
	int serial = 0;

	for (int i = 0; i < 10; i++)
		serial += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
	sem_post(&sem);
	return (void *)(intptr_t)serial;
}

static void all(const char *what, void *(*fn)(void *))
{
	pthread_t t[THREADS];
	long sum = 0;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, fn, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++) {
		void *r;
		pthread_join(t[i], &r);
		sum += (long)(intptr_t)r;
	}
	SAY("%s: results sum to %ld\n", what, sum);
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *exits_process(void *arg)
{
	sleep_ms(10);
	exit(5);
	return arg;
}

static void group_exit(void)
{
	pthread_t t;

	pthread_create(&t, NULL, sleeper, NULL);
	pthread_create(&t, NULL, exits_process, NULL);
	pause();
}

static void leader_leaves(void)
{
	pthread_t t;

	pthread_create(&t, NULL, exits_process, NULL);
	pthread_exit(NULL);
}

static volatile pthread_t who;
static void on_usr1(int sig)
{
	who = pthread_self();
}

int main(void)
{
	pthread_t t;
	void *r;
	struct timespec ts;

	all("counting", count_up);
	SAY("counter %ld, my tls %d\n", counter, tls);
	all("turns", take_turns);
	SAY("turn %d\n", turn);
	pthread_barrier_init(&barrier, NULL, THREADS);
	sem_init(&sem, 0, 0);
	all("barrier", meet);
	for (int i = 0; i < THREADS; i++)
		sem_wait(&sem);
	TRY(sem_trywait(&sem));

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += 20000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&mutex);
	SAY("timed wait: %s\n", strerror(pthread_cond_timedwait(&cond, &mutex, &ts)));
	pthread_mutex_unlock(&mutex);
	TRY(sem_timedwait(&sem, &ts));

	pthread_create(&t, NULL, sleeper, NULL);
	pthread_cancel(t);
	pthread_join(t, &r);
	IS(r == PTHREAD_CANCELED);

	signal(SIGUSR1, on_usr1);
	pthread_create(&t, NULL, sleeper, NULL);
	pthread_kill(t, SIGUSR1);
	while (!who)
		sleep_ms(1);
	IS(pthread_equal(who, t));
	pthread_cancel(t);
	pthread_join(t, NULL);
	say_child("a thread that calls exit", group_exit);
	say_child("a leader that leaves first", leader_leaves);

	/* Priority inheritance and robust mutexes. */
	pthread_mutexattr_t attr;
	pthread_mutex_t m;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	SAY("init: %s\n", strerror(pthread_mutex_init(&m, &attr)));
	SAY("lock: %s\n", strerror(pthread_mutex_lock(&m)));
	SAY("unlock: %s\n", strerror(pthread_mutex_unlock(&m)));
	return 0;
}
