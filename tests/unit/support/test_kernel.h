/* test_kernel.h - a kernel without guests for tests of core: arena, RAM, scripted door, clock, tables.
 *
 * Every test runs in a process of its own (Criterion), so the fixed addresses are free. */
#ifndef KEVSIM_TESTS_TEST_KERNEL_H
#define KEVSIM_TESTS_TEST_KERNEL_H

#include "core/sched.h"
#include "core/task.h"
#include "support/script_door.h"

#define TEST_ARENA_SIZE (1UL << 30)
#define TEST_RAM_SIZE (64UL << 20)
#define TEST_EPOCH_NS (1000000000LL * NSEC_PER_SEC)

/* Arena and RAM at their addresses, scripted door, all of core initialised, virtual clock, seed 1. Kernel
 * stacks come from malloc unless the test registers others. */
void test_kernel_setup(void);
/* Ends init if test_init() made one, and asserts that nothing is left: tasks, timers, kernel objects, stacks.
 */
void test_kernel_teardown(void);
/* A test between the two. (A failure in Criterion's .fini would not make its test fail.) */
#define KTEST(suite, name, ...)                  \
	static void suite##_##name##_body(void); \
	Test(suite, name, ##__VA_ARGS__)         \
	{                                        \
		test_kernel_setup();             \
		suite##_##name##_body();         \
		test_kernel_teardown();          \
	}                                        \
	static void suite##_##name##_body(void)

/* The direct map: TEST_RAM_SIZE bytes. */
void *test_ram(void);

/* Process 1: sleeps, ignores SIGCHLD and so reaps its children by itself. Must be the first task. */
struct process *test_init(void);
/* A started kernel task that runs fn(arg) and then exits with status 0. process NULL: in a new process, child
 * of parent (NULL: nobody's). It has dispositions (shared in a process) and root's credentials. */
struct task *test_task(struct process *process, struct process *parent, void (*fn)(void *arg), void *arg);
/* Ends current; code as wait(2) reports it. */
_Noreturn void test_exit(int32_t code);
/* sched_run() until all sleep or have ended. */
void test_run(void);

#endif
