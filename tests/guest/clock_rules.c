/* clock_rules.c - the clocks: which exist, how they relate, CPU time, settimes without the right to, times(2). */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>

#include "say.h"

static long get(clockid_t c, int64_t *out)
{
	struct timespec ts;
	long r = syscall(SYS_clock_gettime, c, &ts);

	*out = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
	return r;
}

static void burn(void)
{
	int64_t t;

	for (int i = 0; i < 20000; i++)
		get(CLOCK_MONOTONIC, &t);
}

int main(void)
{
	int64_t a, b, c;
	struct timespec ts;
	struct timeval tv;
	struct tms t;

	for (int i = 0; i <= 7; i++)
		SAY("clock %d: %ld\n", i, get(i, &a));
	SAY("clock 11: %ld\n", get(11, &a));
	TRY(get(12, &a));
	TRY(get(10, &a));
	TRY(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, (void *)8));
	TRY(syscall(SYS_clock_getres, CLOCK_MONOTONIC, &ts));
	IS(ts.tv_sec == 0 && ts.tv_nsec == 1);
	TRY(syscall(SYS_clock_getres, CLOCK_MONOTONIC, NULL));
	TRY(syscall(SYS_clock_getres, 99, NULL));

	get(CLOCK_MONOTONIC, &a);
	get(CLOCK_MONOTONIC, &b);
	get(CLOCK_MONOTONIC, &c);
	IS(a <= b && b <= c);
	get(CLOCK_REALTIME, &a);
	gettimeofday(&tv, NULL);
	time_t now = time(NULL);
	IS(tv.tv_sec - a / 1000000000 <= 1 && now - a / 1000000000 <= 1);
	get(CLOCK_MONOTONIC, &a);
	get(CLOCK_BOOTTIME, &b);
	IS(b >= a);

	get(CLOCK_PROCESS_CPUTIME_ID, &a);
	sleep_ms(30);
	get(CLOCK_PROCESS_CPUTIME_ID, &b);
	IS(b - a < 20000000);
	burn();
	get(CLOCK_PROCESS_CPUTIME_ID, &c);
	IS(c - b > 500000);
	get(CLOCK_THREAD_CPUTIME_ID, &a);
	IS(a > 0 && a <= c + 1000000000);
	clockid_t mine;
	IS(clock_getcpuclockid(0, &mine) == 0 && get(mine, &a) == 0 && a >= c);
	IS(clock_getcpuclockid(getpid(), &mine) == 0 && get(mine, &a) == 0 && a >= c);
	TRY(get((~999999u) << 3 | 2, &a));
	TRY(get(-1, &a));

	struct rusage ru;
	TRY(getrusage(RUSAGE_SELF, &ru));
	IS(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec < 10 && ru.ru_maxrss > 0);
	TRY(getrusage(RUSAGE_THREAD, &ru));
	TRY(getrusage(RUSAGE_CHILDREN, &ru));
	IS(ru.ru_utime.tv_sec == 0 && ru.ru_utime.tv_usec == 0 && ru.ru_maxrss == 0);
	TRY(getrusage(77, &ru));
	TRY(getrusage(RUSAGE_SELF, (void *)8));
	clock_t before = times(&t);
	sleep_ms(50);
	clock_t after = times(&t);
	IS(after - before >= 4 && after - before < 100);
	IS(t.tms_cutime == 0);

	/* setting: the argument is looked at before the right to */
	ts = (struct timespec){0, 2000000000};
	TRY(clock_settime(CLOCK_REALTIME, &ts));
	ts = (struct timespec){-1, 0};
	TRY(clock_settime(CLOCK_REALTIME, &ts));
	TRY(clock_settime(CLOCK_MONOTONIC, &ts));
	TRY(syscall(SYS_clock_settime, CLOCK_REALTIME, (void *)8));
	ts = (struct timespec){1, 0};
	TRY(clock_settime(CLOCK_PROCESS_CPUTIME_ID, &ts));
	struct timex tx = {0};
	IS(adjtimex(&tx) >= 0 && tx.tick == 10000);
	IS(clock_adjtime(CLOCK_REALTIME, &tx) >= 0);
	TRY(clock_adjtime(CLOCK_MONOTONIC, &tx));
	setuid(65534);
	TRY(clock_settime(CLOCK_REALTIME, &ts));
	TRY(settimeofday(&tv, NULL));
	tx.modes = ADJ_OFFSET;
	TRY(adjtimex(&tx));
	return 0;
}
