/* sched_rules.c - scheduling calls: policies, priorities, nice values, affinity, attributes, who may change them.
 * needs: root */
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "say.h"

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
	uint64_t more;
};

static long policy(int pid, int p, int prio)
{
	return syscall(SYS_sched_setscheduler, pid, p, &prio);
}

static void unprivileged(void)
{
	TRY(setpriority(PRIO_PROCESS, 0, 5));
	if (setuid(4242))
		return;
	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(PRIO_PROCESS, 0, 7));
	TRY(setpriority(PRIO_PROCESS, 0, 6));
	TRY(setpriority(PRIO_PROCESS, getppid(), 6));
	TRY(setpriority(PRIO_USER, 4242, 9));
	TRY(getpriority(PRIO_USER, 4242));
	TRY(policy(0, SCHED_FIFO, 1));
	TRY(policy(0, SCHED_BATCH, 0));
	TRY(policy(0, SCHED_OTHER, 0));
	TRY(policy(getppid(), SCHED_OTHER, 0));
	TRY(syscall(SYS_ioprio_set, 1, 0, 1 << 13));
	TRY(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 7));
	TRY(syscall(SYS_ioprio_get, 1, 0));
}

int main(void)
{
	struct attr a = {0};
	uint64_t mask[20];
	struct timespec ts;
	int prio = -1, status;

	for (int p = 0; p <= 6; p++)
		SAY("policy %d: %d to %d\n", p, sched_get_priority_min(p), sched_get_priority_max(p));
	TRY(syscall(SYS_sched_getscheduler, 0));
	TRY(syscall(SYS_sched_getscheduler, -1));
	TRY(syscall(SYS_sched_getscheduler, 999999));
	TRY(policy(0, SCHED_OTHER, 1));
	TRY(policy(0, SCHED_FIFO, 0));
	TRY(policy(0, SCHED_FIFO, 100));
	TRY(policy(0, 77, 0));
	TRY(policy(0, -1, 0));
	TRY(policy(-5, SCHED_OTHER, 0));
	TRY(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL));
	TRY(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, (void *)8));
	TRY(policy(0, SCHED_RR, 10));
	TRY(syscall(SYS_sched_getscheduler, 0));
	TRY(syscall(SYS_sched_getparam, 0, &prio));
	SAY("priority %d\n", prio);
	TRY(syscall(SYS_sched_rr_get_interval, 0, &ts));
	SAY("slice %ld ms\n", ts.tv_nsec / 1000000);
	prio = 20;
	TRY(syscall(SYS_sched_setparam, 0, &prio));
	TRY(syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0));
	SAY("size %u policy %u priority %u nice %d\n", a.size >= 48, a.policy, a.priority, a.nice);
	if (fork() == 0)
		_exit((int)syscall(SYS_sched_getscheduler, 0));
	wait(&status);
	say_status("child's policy", status);
	TRY(policy(0, SCHED_RR | 0x40000000, 10)); /* SCHED_RESET_ON_FORK */
	TRY(syscall(SYS_sched_getscheduler, 0));
	if (fork() == 0)
		_exit((int)syscall(SYS_sched_getscheduler, 0));
	wait(&status);
	say_status("child's policy", status);
	TRY(policy(0, SCHED_BATCH, 0));
	a = (struct attr){.size = 48, .policy = SCHED_IDLE, .nice = 3};
	TRY(syscall(SYS_sched_setattr, 0, &a, 0));
	TRY(syscall(SYS_sched_getscheduler, 0));
	a.policy = SCHED_OTHER;
	TRY(syscall(SYS_sched_setattr, 0, &a, 0));
	TRY(getpriority(PRIO_PROCESS, 0));
	a.size = 40;
	TRY(syscall(SYS_sched_setattr, 0, &a, 0));
	IS(a.size >= 48);
	a.size = sizeof(a);
	a.more = 1;
	TRY(syscall(SYS_sched_setattr, 0, &a, 0));
	a.size = 48;
	a.policy = 77;
	TRY(syscall(SYS_sched_setattr, 0, &a, 0));
	TRY(syscall(SYS_sched_setattr, 0, &a, 1));
	TRY(syscall(SYS_sched_getattr, 0, &a, 47, 0));

	TRY(setpriority(PRIO_PROCESS, 0, 0));
	TRY(setpriority(PRIO_PROCESS, 0, 100));
	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(PRIO_PROCESS, 0, -100));
	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(PRIO_PGRP, 0, 1));
	TRY(getpriority(PRIO_PGRP, getpgrp()));
	TRY(setpriority(3, 0, 0));
	TRY(getpriority(PRIO_PROCESS, 999999));
	TRY(setpriority(PRIO_PROCESS, 0, 0));

	memset(mask, 0, sizeof(mask));
	IS(syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask) > 0 && mask[0] != 0);
	TRY(syscall(SYS_sched_getaffinity, 0, 4, mask));
	TRY(syscall(SYS_sched_getaffinity, 999999, sizeof(mask), mask));
	mask[0] = 1;
	TRY(syscall(SYS_sched_setaffinity, 0, 8, mask));
	mask[0] = 0;
	TRY(syscall(SYS_sched_setaffinity, 0, 8, mask));
	TRY(syscall(SYS_sched_setaffinity, 0, 8, (void *)8));
	unsigned cpu = 99, node = 99;
	TRY(syscall(SYS_getcpu, &cpu, &node, NULL));
	IS(cpu == 0 && node == 0);
	TRY(syscall(SYS_getcpu, NULL, NULL, NULL));
	TRY(sched_yield());

	TRY(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 3));
	TRY(syscall(SYS_ioprio_get, 1, 0));
	TRY(syscall(SYS_ioprio_set, 1, 0, 5 << 13));
	TRY(syscall(SYS_ioprio_set, 4, 0, 2 << 13));
	TRY(syscall(SYS_ioprio_get, 4, 0));
	TRY(syscall(SYS_ioprio_get, 1, 999999));
	say_child("unprivileged", unprivileged);
	return 0;
}
