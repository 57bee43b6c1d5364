/* clock.h - the one clock domain: virtual nanoseconds since boot, moved by the cost model.
 *
 * Virtual mode: only costs and idle jumps move it. Real mode: a host sample (recorded at the door) can pull it
 * forward; it never goes back. Observation never costs. */
#ifndef KEVSIM_CORE_CLOCK_H
#define KEVSIM_CORE_CLOCK_H

#include "core/types.h"
#include "core/waitq.h"

enum clock_mode {
	CLOCK_MODE_VIRTUAL,
	CLOCK_MODE_REAL
};

/* The deterministic cost model, part of the trace header; nanoseconds. */
struct cost_model {
	ktime_t syscall;        /* every system call */
	uint32_t bytes_per_ns;  /* payload bytes copied in one nanosecond */
	ktime_t failed_syscall; /* added when the result is an error */
	ktime_t vdso_read;      /* a time read in the vDSO */
	ktime_t rdtsc;
	ktime_t fault;
	ktime_t context_switch;
	ktime_t packet;
	ktime_t slice;            /* time slice of a nice-0 task */
	uint32_t traps_per_slice; /* forced end of the slice after so many traps */
};
extern struct cost_model cost_model;

/* epoch_ns: wall time at boot, nanoseconds since 1970. */
void clock_init(enum clock_mode mode, int64_t epoch_ns);
enum clock_mode clock_mode(void);

/* Monotonic virtual time now. */
ktime_t clock_now(void);
/* Wall clock (CLOCK_REALTIME), nanoseconds since 1970. */
int64_t clock_wall(void);
/* Moves CLOCK_REALTIME (settimeofday and relatives); wakes the timers that must know. */
void clock_set_wall(int64_t wall_ns);
/* Woken after every clock_set_wall(): waiters with a wake function of their own re-arm absolute timers. */
extern struct waitq clock_set_wait;
/* CLOCK_REALTIME minus CLOCK_MONOTONIC. */
int64_t clock_wall_offset(void);

/* Charges a cost. */
void clock_charge(ktime_t ns);
void clock_charge_bytes(uint64_t bytes);
/* Jumps forward to t (idle); earlier times are ignored. */
void clock_advance_to(ktime_t t);
/* Real mode: takes a host sample through the door and follows it. No effect in virtual mode. */
void clock_sync(void);

/* --- the vDSO data page: what the guest may read (and, reading, advance) without a trap ------- */
#define VVAR_MAGIC 0x3172617676656bULL
struct vvar {
	uint64_t now_ns;   /* monotonic; the guest adds cost_ns with every read (xadd) */
	uint64_t limit_ns; /* a read at or beyond this must make a real system call instead */
	uint64_t cost_ns;
	int64_t wall_offset_ns;
	uint64_t magic;
	uint64_t tid_cpu; /* reserved: 0 */
};
/* Before the guest runs: writes the page; limit is the next moment when something may happen. */
void clock_publish(struct vvar *v, ktime_t limit);
/* After the guest ran: takes over the time that its reads consumed; a value outside [published, limit] is refused
 * (clamped), so that a guest that scribbles on the page cannot turn time back or beyond the next event. */
void clock_collect(const struct vvar *v);

#endif
