/* threads_glibc.c - threads of the host's C library: creation, TLS, mutexes, conditions, and a system(3)
 * among them. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int turn;
static long total;
static __thread long mine;

static void *work(void *arg)
{
	int me = (int)(long)arg;

	for (int i = 0; i < 2000; i++) {
		pthread_mutex_lock(&mutex);
		total++;
		pthread_mutex_unlock(&mutex);
		mine++;
		free(malloc(100 + (size_t)i));
	}
	pthread_mutex_lock(&mutex);
	while (turn != me)
		pthread_cond_wait(&cond, &mutex);
	printf("thread %d: %ld\n", me, mine);
	turn++;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int main(void)
{
	pthread_t t[6];

	for (long i = 0; i < 6; i++)
		pthread_create(&t[i], NULL, work, (void *)i);
	for (int i = 0; i < 6; i++)
		pthread_join(t[i], NULL);
	printf("total %ld\n", total);
	fflush(stdout);
	int status = system("echo from a shell; exit 3");
	printf("status %d\n", status >> 8);
	FILE *p = popen("echo through a pipe", "r");
	char line[64] = "";
	if (!fgets(line, sizeof(line), p))
		puts("nothing");
	printf("%sclosed with %d\n", line, pclose(p));
	return 0;
}
