/* abi_resource.h - guest ABI of getrlimit(2), getrusage(2) and the scheduler's policies. */
#ifndef KEVSIM_CORE_ABI_RESOURCE_H
#define KEVSIM_CORE_ABI_RESOURCE_H

#include "core/types.h"

enum {
	RLIMIT_CPU_LINUX,
	RLIMIT_FSIZE_LINUX,
	RLIMIT_DATA_LINUX,
	RLIMIT_STACK_LINUX,
	RLIMIT_CORE_LINUX,
	RLIMIT_RSS_LINUX,
	RLIMIT_NPROC_LINUX,
	RLIMIT_NOFILE_LINUX,
	RLIMIT_MEMLOCK_LINUX,
	RLIMIT_AS_LINUX,
	RLIMIT_LOCKS_LINUX,
	RLIMIT_SIGPENDING_LINUX,
	RLIMIT_MSGQUEUE_LINUX,
	RLIMIT_NICE_LINUX,
	RLIMIT_RTPRIO_LINUX,
	RLIMIT_RTTIME_LINUX,
	RLIM_NLIMITS_LINUX,
};
#define RLIM_INFINITY_LINUX UINT64_MAX

struct rlimit_linux {
	uint64_t cur, max;
};

struct timeval_linux {
	int64_t tv_sec, tv_usec;
};

struct timespec_linux {
	int64_t tv_sec, tv_nsec;
};

struct rusage_linux {
	struct timeval_linux utime, stime;
	int64_t maxrss, ixrss, idrss, isrss, minflt, majflt, nswap, inblock, oublock, msgsnd, msgrcv,
	    nsignals, nvcsw, nivcsw;
};
_Static_assert(sizeof(struct rusage_linux) == 144, "struct rusage");

enum {
	SCHED_OTHER_LINUX,
	SCHED_FIFO_LINUX,
	SCHED_RR_LINUX,
	SCHED_BATCH_LINUX,
	SCHED_IDLE_LINUX = 5
};

#endif
