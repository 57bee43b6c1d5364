/* futex_rules.c - futex(2) itself: values, time-outs on both clocks, bitsets, requeue, wake-op, private and
 * shared keys. */
#include <sys/mman.h>
#include <sys/syscall.h>

#include "say.h"

enum {
	FUTEX_WAIT,
	FUTEX_WAKE,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAKE_OP = 5,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
	FUTEX_WAIT_PRIVATE = 128,
	FUTEX_WAKE_PRIVATE = 129,
	FUTEX_CLOCK_REALTIME = 256,
};
#define FUTEX_BITSET_MATCH_ANY 0xffffffff
#define FUTEX_OP_ADD 1
#define FUTEX_OP_CMP_GT 4
#define FUTEX_OP(op, arg, cmp, cmp_arg) ((op) << 28 | (cmp) << 24 | (arg) << 12 | (cmp_arg))

static long futex(uint32_t *word, int op, uint32_t val, const void *ts, uint32_t *word2, uint32_t val3)
{
	return syscall(SYS_futex, word, op, val, ts, word2, val3);
}

static uint32_t *w;

static pid_t waiter(uint32_t *word, uint32_t bits)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(futex(word, FUTEX_WAIT_BITSET, *word, NULL, NULL, bits) == 0 ? 0 : 1);
	sleep_ms(10);
	return pid;
}

int main(void)
{
	struct timespec ts = {0, 20000000};
	int status;

	w = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	TRY(futex(w, FUTEX_WAIT, 1, NULL, NULL, 0));
	TRY(futex(w, FUTEX_WAIT, 0, &ts, NULL, 0));
	TRY(futex(w, FUTEX_WAIT_PRIVATE, 0, &ts, NULL, 0));
	clock_gettime(CLOCK_MONOTONIC, &ts);
	TRY(futex(w, FUTEX_WAIT_BITSET, 0, &ts, NULL, FUTEX_BITSET_MATCH_ANY));
	clock_gettime(CLOCK_REALTIME, &ts);
	TRY(futex(w, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &ts, NULL, FUTEX_BITSET_MATCH_ANY));
	TRY(futex(w, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	ts.tv_nsec = 1000000000;
	TRY(futex(w, FUTEX_WAIT, 0, &ts, NULL, 0));
	TRY(futex((uint32_t *)((char *)w + 1), FUTEX_WAIT, 0, NULL, NULL, 0));
	TRY(futex((uint32_t *)4096, FUTEX_WAIT, 0, NULL, NULL, 0));
	TRY(futex((uint32_t *)4096, FUTEX_WAKE, 1, NULL, NULL, 0));
	TRY(futex(w, 77, 0, NULL, NULL, 0));
	TRY(futex(w, FUTEX_WAKE, 10, NULL, NULL, 0));

	waiter(w, 1);
	waiter(w, 2);
	waiter(w, 4);
	TRY(futex(w, FUTEX_WAKE_BITSET, 10, NULL, NULL, 2));
	TRY(futex(w, FUTEX_WAKE_BITSET, 10, NULL, NULL, 2));
	TRY(futex(w, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
	TRY(futex(w, FUTEX_WAKE, 1, NULL, NULL, 0));
	TRY(futex(w, FUTEX_WAKE, 10, NULL, NULL, 0));
	for (int i = 0; i < 3; i++) {
		wait(&status);
		say_status("waiter", status);
	}
	for (int i = 0; i < 4; i++)
		waiter(w, FUTEX_BITSET_MATCH_ANY);
	TRY(futex(w, FUTEX_CMP_REQUEUE, 1, (void *)2, w + 1, 5));
	TRY(futex(w, FUTEX_CMP_REQUEUE, 1, (void *)2, w + 1, 0));
	TRY(futex(w + 1, FUTEX_WAKE, 10, NULL, NULL, 0));
	TRY(futex(w, FUTEX_WAKE, 10, NULL, NULL, 0));
	for (int i = 0; i < 4; i++)
		wait(NULL);
	waiter(w, FUTEX_BITSET_MATCH_ANY);
	waiter(w + 1, FUTEX_BITSET_MATCH_ANY);
	w[1] = 5;
	/* w[1] += 3; wakes at w, and at w[1] because the old value was above 4. */
	TRY(futex(w, FUTEX_WAKE_OP, 1, (void *)1, w + 1, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_GT, 4)));
	SAY("word %u\n", w[1]);
	for (int i = 0; i < 2; i++)
		wait(NULL);
	return 0;
}
