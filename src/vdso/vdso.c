/* vdso.c - the code that every guest can call to read a clock without entering the kernel (vdso(7)).
 *
 * It runs in the guest. The kernel writes the data page before it lets the guest run; each read moves the
 * virtual clock by its cost, so a program that waits by looking at the clock gets there. At the limit (the
 * next timer, the end of the slice; always in real clock mode) and for every other clock, the real system
 * call answers.
 *
 * LEAVES OUT: CPU-time clocks, getrandom. */
#include <stdint.h>

#include "core/clock.h"

#define SYS_gettimeofday 96
#define SYS_time 201
#define SYS_clock_gettime 228
#define SYS_clock_getres 229

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_MONOTONIC_RAW 4
#define CLOCK_BOOTTIME 7

#define EXPORT __attribute__((visibility("default")))
#define ALIAS_OF(name) __attribute__((visibility("default"), weak, alias(#name)))

struct guest_timespec {
	int64_t sec, nsec;
};

struct guest_timeval {
	int64_t sec, usec;
};

struct guest_timezone {
	int32_t minutes_west, dst;
};

extern struct vvar vdso_data __attribute__((visibility("hidden")));

int64_t __vdso_clock_gettime(int32_t id, struct guest_timespec *ts);
int64_t __vdso_gettimeofday(struct guest_timeval *tv, struct guest_timezone *tz);
int64_t __vdso_time(int64_t *out);
int64_t __vdso_getcpu(uint32_t *cpu, uint32_t *node, void *unused);
int64_t __vdso_clock_getres(int32_t id, struct guest_timespec *res);
int64_t clock_gettime(int32_t id, struct guest_timespec *ts) ALIAS_OF(__vdso_clock_gettime);
int64_t gettimeofday(struct guest_timeval *tv, struct guest_timezone *tz) ALIAS_OF(__vdso_gettimeofday);
int64_t time(int64_t *out) ALIAS_OF(__vdso_time);
int64_t getcpu(uint32_t *cpu, uint32_t *node, void *unused) ALIAS_OF(__vdso_getcpu);
int64_t clock_getres(int32_t id, struct guest_timespec *res) ALIAS_OF(__vdso_clock_getres);

static inline int64_t system_call(int64_t nr, int64_t a, void *b)
{
	int64_t ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b) : "rcx", "r11", "memory");
	return ret;
}

/* Takes a moment of the monotonic clock. False: the kernel must be asked. One instruction adds, so that
 * threads that are switched anywhere never see time stand still or go back. */
static inline int read_clock(uint64_t *now)
{
	uint64_t cost = vdso_data.cost_ns, t = cost;

	if (vdso_data.now_ns + cost >= vdso_data.limit_ns)
		return 0;
	__asm__ volatile("xaddq %0, %1" : "+r"(t), "+m"(vdso_data.now_ns) : : "memory");
	*now = t + cost;
	return 1;
}

EXPORT int64_t __vdso_clock_gettime(int32_t id, struct guest_timespec *ts)
{
	uint64_t now;

	if ((id != CLOCK_REALTIME && id != CLOCK_MONOTONIC && id != CLOCK_MONOTONIC_RAW &&
	     id != CLOCK_BOOTTIME) ||
	    !read_clock(&now))
		return system_call(SYS_clock_gettime, id, ts);
	if (id == CLOCK_REALTIME)
		now += (uint64_t)vdso_data.wall_offset_ns;
	ts->sec = (int64_t)(now / 1000000000);
	ts->nsec = (int64_t)(now % 1000000000);
	return 0;
}

EXPORT int64_t __vdso_gettimeofday(struct guest_timeval *tv, struct guest_timezone *tz)
{
	uint64_t now;

	if (!tv || !read_clock(&now))
		return system_call(SYS_gettimeofday, (int64_t)(uintptr_t)tv, tz);
	now += (uint64_t)vdso_data.wall_offset_ns;
	tv->sec = (int64_t)(now / 1000000000);
	tv->usec = (int64_t)(now % 1000000000 / 1000);
	if (tz)
		*tz = (struct guest_timezone){0, 0};
	return 0;
}

EXPORT int64_t __vdso_time(int64_t *out)
{
	uint64_t now;

	if (!read_clock(&now))
		return system_call(SYS_time, (int64_t)(uintptr_t)out, 0);
	int64_t sec = (int64_t)((now + (uint64_t)vdso_data.wall_offset_ns) / 1000000000);
	if (out)
		*out = sec;
	return sec;
}

EXPORT int64_t __vdso_getcpu(uint32_t *cpu, uint32_t *node, void *unused)
{
	(void)unused;
	if (cpu)
		*cpu = 0;
	if (node)
		*node = 0;
	return 0;
}

EXPORT int64_t __vdso_clock_getres(int32_t id, struct guest_timespec *res)
{
	return system_call(SYS_clock_getres, id, res);
}
