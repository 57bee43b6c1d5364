/* robust_mutex.c - does the next owner of a process-shared robust mutex learn that the last one died? */
#include <pthread.h>
#include <sys/mman.h>

#include "say.h"

static pthread_mutex_t *m;

static void dies_with_it(void)
{
	pthread_mutex_lock(m);
	kill(getpid(), SIGKILL);
}

static void waits_for_it(void)
{
	int err = pthread_mutex_lock(m);

	SAY("waiter: %s\n", strerror(err));
	if (err == EOWNERDEAD)
		pthread_mutex_consistent(m);
	pthread_mutex_unlock(m);
}

int main(void)
{
	pthread_mutexattr_t attr;

	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(m, &attr);
	say_child("owner", dies_with_it);
	say_child("next", waits_for_it);
	say_child("after it", waits_for_it);
	say_child("owner", dies_with_it);
	SAY("lock: %s\n", strerror(pthread_mutex_lock(m)));
	SAY("unlock without repair: %s\n", strerror(pthread_mutex_unlock(m)));
	SAY("lock: %s\n", strerror(pthread_mutex_lock(m)));
	return 0;
}
