/* clock.c - virtual time: moved by costs and idle jumps, in real mode also by samples of the host's clock.
 *
 * LEAVES OUT: slewing (adjtimex changes nothing here), leap seconds. */
#include "core/clock.h"

#include "core/door.h"

struct cost_model cost_model = {
    .syscall = 1000,
    .bytes_per_ns = 8,
    .failed_syscall = 1000,
    .vdso_read = 256,
    .rdtsc = 25,
    .fault = 500,
    .context_switch = 1000,
    .packet = 2000,
    .slice = 4 * NSEC_PER_MSEC,
    .traps_per_slice = 8192,
};

struct waitq clock_set_wait = WAITQ_INIT(clock_set_wait);

static struct {
	ktime_t now;
	int64_t wall_offset; /* CLOCK_REALTIME minus now */
	enum clock_mode mode;
	ktime_t published; /* what the vDSO page said when the guest began to run */
	ktime_t limit;
} state;

void clock_init(enum clock_mode mode, int64_t epoch_ns)
{
	state.now = 0;
	state.mode = mode;
	state.wall_offset = epoch_ns;
	state.published = 0;
	state.limit = 0;
	waitq_init(&clock_set_wait);
}

enum clock_mode clock_mode(void)
{
	return state.mode;
}

ktime_t clock_now(void)
{
	return state.now;
}

int64_t clock_wall(void)
{
	return state.now + state.wall_offset;
}

void clock_set_wall(int64_t wall_ns)
{
	state.wall_offset = wall_ns - state.now;
	waitq_wake_all(&clock_set_wait);
}

int64_t clock_wall_offset(void)
{
	return state.wall_offset;
}

void clock_charge(ktime_t ns)
{
	state.now += ns;
}

void clock_charge_bytes(uint64_t bytes)
{
	state.now += (ktime_t)(bytes / cost_model.bytes_per_ns);
}

void clock_advance_to(ktime_t t)
{
	if (t > state.now && t != KTIME_NEVER)
		state.now = t;
}

void clock_sync(void)
{
	if (state.mode == CLOCK_MODE_REAL)
		clock_advance_to(door->clock_sample());
}

void clock_publish(struct vvar *v, ktime_t limit)
{
	state.published = state.now;
	state.limit = MAX(limit, state.now);
	v->now_ns = (uint64_t)state.now;
	v->limit_ns = (uint64_t)state.limit;
	v->cost_ns = (uint64_t)cost_model.vdso_read;
	v->wall_offset_ns = state.wall_offset;
	v->magic = VVAR_MAGIC;
	v->tid_cpu = 0;
}

void clock_collect(const struct vvar *v)
{
	ktime_t t = (ktime_t)v->now_ns;

	if (t > state.published)
		clock_advance_to(MIN(t, state.limit));
}
