/* guest_tasks.h - tasks and signal handlers for guests that are C functions. */
#ifndef KEVSIM_TESTS_GUEST_TASKS_H
#define KEVSIM_TESTS_GUEST_TASKS_H

#include "core/abi_signal.h"
#include "sys/boot_fixture.h"

/* Call numbers. */
/* clang-format off */
enum {
	NR_READ = 0, NR_WRITE = 1, NR_MMAP = 9, NR_MUNMAP = 11, NR_SIGACTION = 13, NR_SIGPROCMASK = 14, NR_PIPE = 22,
	NR_PAUSE = 34, NR_NANOSLEEP = 35, NR_ALARM = 37, NR_SETITIMER = 38, NR_GETPID = 39, NR_CLONE = 56, NR_EXIT = 60,
	NR_WAIT4 = 61, NR_KILL = 62, NR_GETPPID = 110, NR_SIGSUSPEND = 130, NR_SIGALTSTACK = 131, NR_GETTID = 186,
	NR_TKILL = 200, NR_FUTEX = 202, NR_SCHED_YIELD = 24, NR_SET_TID_ADDRESS = 218, NR_TIMER_CREATE = 222,
	NR_TIMER_SETTIME = 223, NR_TIMER_GETTIME = 224, NR_TIMER_GETOVERRUN = 225, NR_TIMER_DELETE = 226,
	NR_CLOCK_GETTIME = 228, NR_WAITID = 247, NR_SET_ROBUST_LIST = 273, NR_PRCTL = 157, NR_SETPGID = 109,
};
/* clang-format on */

#define CLONE_THREAD_FLAGS 0x10f00 /* VM, FS, FILES, SIGHAND, THREAD */

/* A new task that starts in fn(flags); the others' registers go on as usual. The tid or -errno. */
int64_t guest_clone(uint64_t flags, void (*fn)(uint64_t flags), uint64_t parent_tid, uint64_t child_tid);
/* fork(2): fn runs in a process with a copy of the memory. It must end with an exit. */
int64_t guest_fork(void (*fn)(uint64_t flags));
/* A thread of the same process, ended by guest_thread_exit(). */
int64_t guest_thread(void (*fn)(uint64_t flags));
_Noreturn void guest_thread_exit(void);

/* Installs a handler; flags gets SA_RESTORER added. */
void guest_sigaction(int signo, void (*fn)(uint64_t signo, uint64_t info, uint64_t context), uint64_t flags,
		     uint64_t mask);
uint64_t guest_u64(uint64_t addr);
uint32_t guest_u32(uint64_t addr);
void guest_set_u32(uint64_t addr, uint32_t v);
/* Nanoseconds of CLOCK_MONOTONIC by a system call. */
int64_t guest_now(void);
void guest_sleep_ns(int64_t ns);
/* Waits for pid: its status as wait4(2) gives it, or -errno. */
int64_t guest_wait(int64_t pid, int options);

/* Boots `fn` as the program and expects status 0. */
#define GUEST_TEST(suite, name)                                              \
	static void suite##_##name##_guest(void);                            \
	Test(suite, name)                                                    \
	{                                                                    \
		boot_fixture_reset();                                        \
		boot_fixture_program(suite##_##name##_guest);                \
		cr_expect_eq(boot_fixture_run(), 0, "log:\n%s", script.log); \
	}                                                                    \
	static void suite##_##name##_guest(void)

#endif
