/* sched.h - the scheduler: round robin with nice weights on one simulated CPU; real-time policies first.
 *
 * Tasks switch only in the kernel: when they sleep, at the end of a slice (at return to user) or on sched_yield(2). */
#ifndef KEVSIM_CORE_SCHED_H
#define KEVSIM_CORE_SCHED_H

#include "core/task.h"
#include "core/types.h"

void sched_init(void);
/* Runs tasks until no task is left or sched_stop() was called. The boot stack's main loop. When nothing is
 * runnable: collects garbage, runs due timers, idles through the door, reports a deadlock (KLOG_WARNING and return)
 * when nothing can ever wake anybody. */
void sched_run(void);
/* Did the last sched_run() return because of a deadlock? */
bool sched_deadlocked(void);
/* Says whether any task awaits input that only the host can bring (a terminal, a live socket): then the idle loop
 * waits for real instead of jumping or reporting a deadlock. Without a hook, nothing is awaited. NULL takes it out. */
void sched_set_live_hook(bool (*fn)(void));
/* Makes sched_run() return as soon as the current task gives up the CPU. */
void sched_stop(void);

/* Makes a sleeping task runnable, behind the others. Returns false if it was not sleeping. */
bool task_wake(struct task *t);
/* Ends a job control stop (process_continue, SIGKILL). */
void task_wake_stopped(struct task *t);
/* (Not called as sched_yield(2) is: the C library's own callers of that name would arrive here.)
 * Gives up the CPU; current stays runnable and goes behind the others of its priority. */
void sched_yield_cpu(void);
/* Switches away from current, whose state is no longer RUNNABLE. Returns when it was made runnable again. */
void sched_block(void);
/* At return to user: charges the slice and yields if it is used up or need_resched is set. */
void sched_tick(void);
/* Slice of a task by its nice value (weights as in Linux's sched_prio_to_weight). */
ktime_t sched_slice(const struct task *t);
/* Sets policy, real-time priority and nice value of t, and requeues it if it is runnable. */
void sched_set_policy(struct task *t, uint8_t policy, uint8_t priority, int8_t nice);
/* Runnable tasks, current included. */
uint32_t sched_nr_running(void);
uint64_t sched_nr_switches(void);
/* Idle virtual time since boot, for /proc/stat and /proc/uptime. */
ktime_t sched_idle_time(void);
/* 1-, 5- and 15-minute load averages times 65536, for getloadavg and sysinfo(2). */
void sched_loadavg(uint64_t out[3]);

/* The number of the next trap: the kernel's event count, the x axis of every trace. */
extern uint64_t event_number;

/* Work that must run at every trap boundary (timers are built in): registered once at boot by fs and net. */
void sched_add_softirq(void (*fn)(uint32_t door_events));
/* Collects garbage (task_gc), asks the door for events, runs due timers and softirqs; called by the trap loop after
 * each trap and by the idle loop. */
void sched_run_softirqs(void);

#endif
