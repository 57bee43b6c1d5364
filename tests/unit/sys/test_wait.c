/* test_wait.c - ends, stops and inheritance of processes as wait4(2) sees them; threads; vfork; the word of a
 * tid. */
#include <criterion/criterion.h>

#include "core/errno.h"
#include "sys/guest_tasks.h"

#define WNOHANG 1
#define WUNTRACED 2
#define WCONTINUED 8
#define WCLONE ((int)0x80000000)
#define CLONE_VM 0x100
#define CLONE_VFORK 0x4000
#define CLONE_PARENT 0x8000
#define PR_SET_CHILD_SUBREAPER 36

static volatile int flag;

static void exits_5(uint64_t flags)
{
	(void)flags;
	guest_exit(5);
}

static void sleeps(uint64_t flags)
{
	(void)flags;
	for (;;)
		CALL0(NR_PAUSE);
}

GUEST_TEST(wait, ends)
{
	GUEST_CHECK(guest_wait(-1, 0) == -ECHILD);
	int64_t a = guest_fork(exits_5);
	GUEST_CHECK(guest_wait(a, 0) == 5 << 8);
	GUEST_CHECK(guest_wait(a, 0) == -ECHILD);
	a = guest_fork(sleeps);
	GUEST_CHECK(CALL4(NR_WAIT4, a, 0, WNOHANG, 0) == 0);
	CALL2(NR_KILL, a, SIGTERM_LINUX);
	GUEST_CHECK(guest_wait(a, 0) == SIGTERM_LINUX);
	GUEST_CHECK(CALL4(NR_WAIT4, -1, 0, 77, 0) == -EINVAL);
	GUEST_CHECK(CALL4(NR_WAIT4, INT32_MIN, 0, 0, 0) == -ESRCH);
	/* no signal at the end: a clone child */
	a = guest_clone(0, exits_5, 0, 0);
	GUEST_CHECK(guest_wait(-1, 0) == -ECHILD);
	GUEST_CHECK(guest_wait(-1, WCLONE) == 5 << 8);
	guest_exit(0);
}

GUEST_TEST(wait, stops)
{
	int64_t a = guest_fork(sleeps);
	CALL2(NR_KILL, a, SIGSTOP_LINUX);
	GUEST_CHECK(guest_wait(a, WUNTRACED) == (SIGSTOP_LINUX << 8 | 0x7f));
	GUEST_CHECK(CALL4(NR_WAIT4, a, 0, WUNTRACED | WNOHANG, 0) == 0);
	CALL2(NR_KILL, a, SIGTERM_LINUX); /* waits until it is continued */
	guest_sleep_ns(1000);
	GUEST_CHECK(CALL4(NR_WAIT4, a, 0, WNOHANG, 0) == 0);
	CALL2(NR_KILL, a, SIGCONT_LINUX);
	GUEST_CHECK(guest_wait(a, 0) == SIGTERM_LINUX);
	a = guest_fork(sleeps);
	CALL2(NR_KILL, a, SIGSTOP_LINUX);
	guest_wait(a, WUNTRACED);
	CALL2(NR_KILL, a, SIGCONT_LINUX);
	GUEST_CHECK(guest_wait(a, WCONTINUED) == 0xffff);
	CALL2(NR_KILL, a, SIGSTOP_LINUX);
	guest_wait(a, WUNTRACED);
	CALL2(NR_KILL, a, SIGKILL_LINUX);
	GUEST_CHECK(guest_wait(a, 0) == SIGKILL_LINUX);
	guest_exit(0);
}

static void makes_orphan(uint64_t flags)
{
	(void)flags;
	guest_fork(exits_5);
	guest_exit(6);
}

static void makes_sibling(uint64_t flags)
{
	(void)flags;
	guest_clone(CLONE_PARENT, exits_5, 0, 0);
	guest_exit(6);
}

GUEST_TEST(wait, families)
{
	/* without a subreaper init gets it, and it is gone */
	guest_fork(makes_orphan);
	GUEST_CHECK(guest_wait(-1, 0) == 6 << 8);
	guest_sleep_ns(100000);
	GUEST_CHECK(guest_wait(-1, 0) == -ECHILD);
	GUEST_CHECK(CALL2(NR_PRCTL, PR_SET_CHILD_SUBREAPER, 1) == 0);
	guest_fork(makes_orphan);
	int64_t sum = guest_wait(-1, 0) + guest_wait(-1, 0);
	GUEST_CHECK(sum == 11 << 8);
	GUEST_CHECK(guest_wait(-1, 0) == -ECHILD);
	guest_fork(makes_sibling);
	sum = guest_wait(-1, 0) + guest_wait(-1, 0);
	GUEST_CHECK(sum == 11 << 8);
	guest_exit(0);
}

/* --- threads
 * -------------------------------------------------------------------------------------------------------- */

static void thread(uint64_t flags)
{
	(void)flags;
	flag++;
	guest_thread_exit();
}

static void thread_ends_group(uint64_t flags)
{
	(void)flags;
	guest_exit(9);
}

static void has_threads(uint64_t flags)
{
	(void)flags;
	guest_thread(sleeps);
	guest_thread(thread_ends_group);
	for (;;)
		CALL0(NR_PAUSE);
}

static void leader_ends_first(uint64_t flags)
{
	(void)flags;
	guest_thread(sleeps);
	guest_thread_exit();
}

GUEST_TEST(wait, threads)
{
	uint32_t zero = 0;
	uint64_t word = guest_data(&zero, 4);

	flag = 0;
	for (int i = 0; i < 3; i++)
		guest_thread(thread);
	guest_sleep_ns(1000);
	GUEST_CHECK(flag == 3);
	/* CLONE_PARENT_SETTID and CLONE_CHILD_CLEARTID with its wake */
	int64_t tid = guest_clone(CLONE_THREAD_FLAGS | 0x100000 | 0x200000, thread, word, word);
	GUEST_CHECK(guest_u32(word) == (uint32_t)tid);
	GUEST_CHECK(guest_syscall(NR_FUTEX, word, 0, (uint64_t)tid, 0, 0, 0) == 0);
	GUEST_CHECK(guest_u32(word) == 0);
	int64_t a = guest_fork(has_threads);
	GUEST_CHECK(guest_wait(a, 0) == 9 << 8);
	/* the process lives until its last thread ends */
	a = guest_fork(leader_ends_first);
	guest_sleep_ns(10000);
	GUEST_CHECK(CALL4(NR_WAIT4, a, 0, WNOHANG, 0) == 0);
	CALL2(NR_KILL, a, SIGKILL_LINUX);
	GUEST_CHECK(guest_wait(a, 0) == SIGKILL_LINUX);
	GUEST_CHECK(guest_clone(0x10000, thread, 0, 0) == -EINVAL);
	GUEST_CHECK(guest_clone(0x800, thread, 0, 0) == -EINVAL);
	guest_exit(0);
}

static void vforked(uint64_t flags)
{
	(void)flags;
	guest_sleep_ns(1000000);
	flag = 1;
	guest_exit(3);
}

static void waits_for_vfork(uint64_t flags)
{
	(void)flags;
	guest_clone(CLONE_VM | CLONE_VFORK | SIGCHLD_LINUX, sleeps, 0, 0);
	guest_exit(1);
}

GUEST_TEST(wait, vfork)
{
	flag = 0;
	int64_t a = guest_clone(CLONE_VM | CLONE_VFORK | SIGCHLD_LINUX, vforked, 0, 0);
	GUEST_CHECK(flag == 1); /* we were not back before it ended */
	GUEST_CHECK(guest_wait(a, 0) == 3 << 8);
	/* only SIGKILL ends the wait of the parent */
	GUEST_CHECK(CALL2(NR_PRCTL, PR_SET_CHILD_SUBREAPER, 1) == 0);
	a = guest_fork(waits_for_vfork);
	guest_sleep_ns(10000);
	guest_sigaction(SIGUSR1_LINUX, NULL, 0, 0);
	CALL2(NR_KILL, a, SIGSTOP_LINUX);
	guest_sleep_ns(10000);
	GUEST_CHECK(CALL4(NR_WAIT4, a, 0, WNOHANG, 0) == 0);
	CALL2(NR_KILL, a, SIGKILL_LINUX);
	GUEST_CHECK(guest_wait(a, 0) == SIGKILL_LINUX);
	CALL2(NR_KILL, -1, SIGKILL_LINUX);
	GUEST_CHECK(guest_wait(-1, 0) == SIGKILL_LINUX);
	guest_exit(0);
}
