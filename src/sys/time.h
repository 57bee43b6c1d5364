/* time.h - clocks, sleeping and timers of processes (clock_gettime(2), timer_create(2), setitimer(2)). */
#ifndef KEVSIM_SYS_TIME_H
#define KEVSIM_SYS_TIME_H

#include "core/abi_resource.h"
#include "core/types.h"

struct process;
struct task;
struct waitq;

/* 0 <= tv_nsec < 1e9 and tv_sec >= 0; saturating. */
bool timespec_valid(const struct timespec_linux *ts);
ktime_t timespec_to_ktime(const struct timespec_linux *ts);
struct timespec_linux ktime_to_timespec(ktime_t t);
/* a + b without overflow: KTIME_NEVER is the ceiling. Both >= 0. */
ktime_t ktime_add_saturating(ktime_t a, ktime_t b);
/* Reads a guest timespec as a relative timeout and turns it into an absolute monotonic deadline; a NULL
 * address gives KTIME_NEVER. -EFAULT, -EINVAL. */
int timeout_from_user(uaddr_t ts, ktime_t *deadline);
/* Value of a clock id: 0 or -EINVAL. */
int clock_read(int32_t clockid, ktime_t *out);
/* Absolute deadline of `clockid` as an absolute monotonic time. */
ktime_t clock_to_monotonic(int32_t clockid, ktime_t t);
/* Does it follow CLOCK_REALTIME, so that setting the clock moves its deadlines? */
bool clock_is_wall(int32_t clockid);

/* What a CPU-time clock id measures. */
struct cpu_clock {
	struct process *process; /* either of the two */
	struct task *task;
	int which; /* CPUCLOCK_*_LINUX */
};
/* Decodes CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID and the negative ids: 0, -EINVAL (not a CPU
 * clock, or nobody of that id). */
int cpu_clock_decode(int32_t clockid, struct cpu_clock *c);
ktime_t cpu_clock_read(const struct cpu_clock *c);
/* CPU time of a process or task: user and system together. */
ktime_t process_cpu_time(const struct process *p);

/* exec and exit: delete the POSIX timers of the process; exit also stops the interval timers. */
void posix_timers_delete_all(struct process *p);
/* The wall clock was set: arms absolute timers of p on it anew. */
void posix_timers_clock_set(struct process *p);
/* At return to user: POSIX timers of p on CPU time. */
void posix_timers_check_cpu(struct process *p);
void itimers_stop(struct process *p);
void itimers_check_cpu(struct process *p);
/* clock_nanosleep(2) on CPU clocks: wakes those that are due. */
void nanosleep_check_cpu(const struct process *p);
/* At return to user: ITIMER_VIRTUAL, ITIMER_PROF, CPU-clock timers and RLIMIT_CPU. */
void cpu_timers_check(void);
/* Installs the hook that starts periodic timers again when their signal is taken. Idempotent. */
void timer_signals_hook(void);
/* The part of the hook for ITIMER_REAL. */
void itimer_real_restart(struct process *p);

#endif
