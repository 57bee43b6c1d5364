/* abi_time.h - guest ABI of clocks and timers (linux/time.h, linux/timex.h, asm-generic/siginfo.h). */
#ifndef KEVSIM_SYS_ABI_TIME_H
#define KEVSIM_SYS_ABI_TIME_H

#include "core/abi_resource.h"
#include "core/abi_signal.h"
#include "core/types.h"

/* clang-format off */
enum {
	CLOCK_REALTIME_LINUX, CLOCK_MONOTONIC_LINUX, CLOCK_PROCESS_CPUTIME_ID_LINUX, CLOCK_THREAD_CPUTIME_ID_LINUX,
	CLOCK_MONOTONIC_RAW_LINUX, CLOCK_REALTIME_COARSE_LINUX, CLOCK_MONOTONIC_COARSE_LINUX, CLOCK_BOOTTIME_LINUX,
	CLOCK_REALTIME_ALARM_LINUX, CLOCK_BOOTTIME_ALARM_LINUX, CLOCK_SGI_CYCLE_LINUX, CLOCK_TAI_LINUX,
};
/* clang-format on */
#define TIMER_ABSTIME_LINUX 1

/* CPU clocks of others: (~id << 3) | thread bit | kind. */
#define CPUCLOCK_PROF_LINUX 0
#define CPUCLOCK_VIRT_LINUX 1
#define CPUCLOCK_SCHED_LINUX 2
#define CPUCLOCK_PERTHREAD_LINUX 4

/* clang-format off */
enum { ITIMER_REAL_LINUX, ITIMER_VIRTUAL_LINUX, ITIMER_PROF_LINUX };
/* clang-format on */

struct itimerval_linux {
	struct timeval_linux interval, value;
};
struct itimerspec_linux {
	struct timespec_linux interval, value;
};

/* clang-format off */
enum { SIGEV_SIGNAL_LINUX, SIGEV_NONE_LINUX, SIGEV_THREAD_LINUX, SIGEV_THREAD_ID_LINUX = 4 };
/* clang-format on */
struct sigevent_linux {
	union sigval_linux value;
	int32_t signo;
	int32_t notify;
	int32_t tid;
	int32_t pad[11];
};
_Static_assert(sizeof(struct sigevent_linux) == 64, "struct sigevent");

struct timex_linux {
	uint32_t modes, pad0;
	int64_t offset, freq, maxerror, esterror;
	int32_t status, pad1;
	int64_t constant, precision, tolerance;
	struct timeval_linux time;
	int64_t tick, ppsfreq, jitter;
	int32_t shift, pad2;
	int64_t stabil, jitcnt, calcnt, errcnt, stbcnt;
	int32_t tai;
	int32_t pad3[11];
};
_Static_assert(sizeof(struct timex_linux) == 208, "struct timex");
#define STA_UNSYNC_LINUX 0x0040
#define TIME_ERROR_LINUX 5

#endif
