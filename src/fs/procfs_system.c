/* procfs_system.c - files about the whole machine: /proc/{stat,uptime,loadavg,version...} (proc(5)).
 * LEAVES OUT: interrupts and softirq counts (zero), waiting for disks. */
#include "fs/procfs_tables.h"

#include "core/clock.h"
#include "core/sched.h"
#include "core/utsname.h"
#include "fs/locks.h"

typedef unsigned long long ull;

#define LOAD_SHIFT 16

/* CPU time that guests have used in user mode since boot: of the living, and of the dead by way of whoever waited for
 * them. */
static ktime_t system_user_time(void)
{
	struct rusage_count sum = {0}, one;
	struct process *p;

	for (p = process_next(0); p; p = process_next(p->pid)) {
		one = process_usage(p);
		rusage_add(&sum, &one);
		rusage_add(&sum, &p->usage_children);
	}
	return sum.utime;
}

static uint32_t system_running(void)
{
	uint32_t n = sched_nr_running();

	return n > 0 ? n : 1;
}

int procfs_show_system_stat(const struct textfs_node *n, struct strbuf *out)
{
	ktime_t idle = sched_idle_time(), busy = clock_now() - idle, user = MIN(system_user_time(), busy);
	long long ticks[3] = {user / PROCFS_TICK, (busy - user) / PROCFS_TICK, idle / PROCFS_TICK};

	(void)n;
	strbuf_printf(out, "cpu  %lld 0 %lld %lld 0 0 0 0 0 0\n", ticks[0], ticks[1], ticks[2]);
	strbuf_printf(out, "cpu0 %lld 0 %lld %lld 0 0 0 0 0 0\n", ticks[0], ticks[1], ticks[2]);
	strbuf_printf(out,
		      "intr 0\nctxt %llu\nbtime %lld\nprocesses %llu\nprocs_running %u\nprocs_blocked 0\n",
		      (ull)sched_nr_switches(), (long long)(clock_wall_offset() / NSEC_PER_SEC),
		      (ull)task_forks(), system_running());
	strbuf_printf(out, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}

static void system_show_seconds(ktime_t t, struct strbuf *out)
{
	strbuf_printf(out, "%lld.%02lld", (long long)(t / NSEC_PER_SEC),
		      (long long)(t % NSEC_PER_SEC / PROCFS_TICK));
}

int procfs_show_uptime(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	system_show_seconds(clock_now(), out);
	strbuf_putc(out, ' ');
	system_show_seconds(sched_idle_time(), out);
	strbuf_putc(out, '\n');
	return 0;
}

int procfs_show_loadavg(const struct textfs_node *n, struct strbuf *out)
{
	uint64_t load[3];

	(void)n;
	sched_loadavg(load);
	for (int i = 0; i < 3; i++) {
		uint64_t v = load[i] + (1U << LOAD_SHIFT) / 200; /* rounds to hundredths */

		strbuf_printf(out, "%llu.%02llu ", (ull)(v >> LOAD_SHIFT),
			      (ull)((v & ((1U << LOAD_SHIFT) - 1)) * 100 >> LOAD_SHIFT));
	}
	strbuf_printf(out, "%u/%u %d\n", system_running(), task_count(), task_last_pid());
	return 0;
}

int procfs_show_version(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%s version %s (kevsim@localhost) (cc) %s\n", utsname.sysname, utsname.release,
		      utsname.version);
	return 0;
}

int procfs_show_filesystems(const struct textfs_node *n, struct strbuf *out)
{
	struct fs_type *t;

	(void)n;
	for (t = fs_type_next(NULL); t; t = fs_type_next(t))
		strbuf_printf(out, "%s\t%s\n", t->nodev ? "nodev" : "", t->name);
	return 0;
}

int procfs_show_devices(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(
	    out, "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n136 pts\n\n"
		 "Block devices:\n");
	return 0;
}

int procfs_show_partitions(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "major minor  #blocks  name\n\n");
	return 0;
}

int procfs_show_swaps(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

int procfs_show_locks(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	locks_show(out);
	return 0;
}

int procfs_show_empty(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	(void)out;
	return 0;
}
