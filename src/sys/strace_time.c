/* strace_time.c - times and timers in traces. LEAVES OUT: struct timex. */
#include "sys/strace_print.h"

#include "core/abi_resource.h"
#include "core/errno.h"
#include "fs/abi_fs.h"

static void out_timespec(const struct timespec_linux *t)
{
	if (t->tv_nsec == UTIME_NOW_LINUX)
		strace_out("UTIME_NOW");
	else if (t->tv_nsec == UTIME_OMIT_LINUX)
		strace_out("UTIME_OMIT");
	else
		strace_out("{tv_sec=%lld, tv_nsec=%lld}", (long long)t->tv_sec, (long long)t->tv_nsec);
}

static void out_timeval(const struct timeval_linux *t)
{
	strace_out("{tv_sec=%lld, tv_usec=%lld}", (long long)t->tv_sec, (long long)t->tv_usec);
}

STRACE_PRINTER(timespec)
{
	struct timespec_linux t;
	int state = strace_struct_in(a, v, &t, sizeof(t));

	if (state > 0)
		out_timespec(&t);
	return state >= 0;
}

STRACE_PRINTER(timespec_out)
{
	struct timespec_linux t;
	int state = strace_struct_out(a, v, &t, sizeof(t));

	if (state > 0)
		out_timespec(&t);
	return state >= 0;
}

STRACE_PRINTER(timespec_rem)
{
	struct timespec_linux t;

	if (!a->after)
		return false;
	bool interrupted = a->ret == -EINTR || a->ret == -ERESTART_RESTARTBLOCK;
	if (interrupted && v && strace_peek_all(a, &t, v, sizeof(t)))
		out_timespec(&t);
	else
		strace_out_addr(v);
	return true;
}

STRACE_PRINTER(timespec2)
{
	struct timespec_linux t[2];
	int state = strace_struct_in(a, v, t, sizeof(t));

	if (state > 0) {
		strace_out("[");
		out_timespec(&t[0]);
		strace_out(", ");
		out_timespec(&t[1]);
		strace_out("]");
	}
	return state >= 0;
}

STRACE_PRINTER(timeval)
{
	struct timeval_linux t;
	int state = strace_struct_in(a, v, &t, sizeof(t));

	if (state > 0)
		out_timeval(&t);
	return state >= 0;
}

STRACE_PRINTER(timeval_out)
{
	struct timeval_linux t;
	int state = strace_struct_out(a, v, &t, sizeof(t));

	if (state > 0)
		out_timeval(&t);
	return state >= 0;
}

STRACE_PRINTER(timeval2)
{
	struct timeval_linux t[2];
	int state = strace_struct_in(a, v, t, sizeof(t));

	if (state > 0) {
		strace_out("[");
		out_timeval(&t[0]);
		strace_out(", ");
		out_timeval(&t[1]);
		strace_out("]");
	}
	return state >= 0;
}

/* interval first, then value: the layout of both itimer structures. */
static void out_itimerval(const struct timeval_linux t[2])
{
	strace_out("{it_interval=");
	out_timeval(&t[0]);
	strace_out(", it_value=");
	out_timeval(&t[1]);
	strace_out("}");
}

static void out_itimerspec(const struct timespec_linux t[2])
{
	strace_out("{it_interval=");
	out_timespec(&t[0]);
	strace_out(", it_value=");
	out_timespec(&t[1]);
	strace_out("}");
}

STRACE_PRINTER(itimerval)
{
	struct timeval_linux t[2];
	int state = strace_struct_in(a, v, t, sizeof(t));

	if (state > 0)
		out_itimerval(t);
	return state >= 0;
}

STRACE_PRINTER(itimerval_out)
{
	struct timeval_linux t[2];
	int state = strace_struct_out(a, v, t, sizeof(t));

	if (state > 0)
		out_itimerval(t);
	return state >= 0;
}

STRACE_PRINTER(itimerspec)
{
	struct timespec_linux t[2];
	int state = strace_struct_in(a, v, t, sizeof(t));

	if (state > 0)
		out_itimerspec(t);
	return state >= 0;
}

STRACE_PRINTER(itimerspec_out)
{
	struct timespec_linux t[2];
	int state = strace_struct_out(a, v, t, sizeof(t));

	if (state > 0)
		out_itimerspec(t);
	return state >= 0;
}

STRACE_PRINTER(futextime)
{
	uint64_t op = a->call->arg[1] & 0x7f;

	/* FUTEX_WAIT, LOCK_PI, WAIT_BITSET, WAIT_REQUEUE_PI, LOCK_PI2 take a time; the others a number. */
	if (op == 0 || op == 6 || op == 9 || op == 11 || op == 13)
		return strace_print_timespec(a, v);
	return strace_print_uint(a, v);
}
