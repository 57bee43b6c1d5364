/* test_kernel.c - setting up and taking down a kernel without guests. */
#define _GNU_SOURCE
#include "support/test_kernel.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/choice.h"
#include "core/clock.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "core/kstack.h"

/* AddressSanitizer's shadow memory lies at the usual address of the arena. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_BASE 0x180000000000UL
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_BASE 0x180000000000UL
#endif
#endif
#ifndef ARENA_BASE
#define ARENA_BASE 0x100000000000UL
#endif
#define RAM_BASE 0x200000000000UL

struct start {
	void (*fn)(void *arg);
	void *arg;
};

/* By tid; a test makes only a few tasks. */
static struct start starts[4096];
static uint64_t nstacks;
static struct process *init_process;
static bool init_must_end;
static struct waitq init_wait;

static void *stack_alloc(size_t size)
{
	nstacks++;
	return aligned_alloc(4096, size);
}

static void stack_free(void *stack, size_t size)
{
	(void)size;
	nstacks--;
	free(stack);
}

static const struct kstack_ops malloc_stacks = {stack_alloc, stack_free};

static void *map_at(uintptr_t base, size_t size)
{
	void *p = mmap((void *)base, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	cr_assert(p == (void *)base, "cannot map %zu bytes at %#lx", size, (unsigned long)base);
	return p;
}

void *test_ram(void)
{
	return (void *)RAM_BASE;
}

void test_kernel_setup(void)
{
	map_at(RAM_BASE, TEST_RAM_SIZE);
	script_door_init(test_ram());
	kmem_init(map_at(ARENA_BASE, TEST_ARENA_SIZE), TEST_ARENA_SIZE);
	klog_init();
	clock_init(CLOCK_MODE_VIRTUAL, TEST_EPOCH_NS);
	choice_init(1);
	sched_init();
	task_init();
	kstack_ops = &malloc_stacks;
	nstacks = 0;
	init_process = NULL;
	init_must_end = false;
	waitq_init(&init_wait);
}

static void print_leak(const struct kmem_cache *c, void *arg)
{
	(void)arg;
	if (c->live)
		fprintf(stderr, "leaked: %llu x %s\n", (unsigned long long)c->live, c->name);
}

void test_kernel_teardown(void)
{
	if (init_process) {
		init_must_end = true;
		waitq_wake_all(&init_wait);
		sched_run();
	}
	task_gc();
	cr_expect_eq(task_count(), 0, "%u tasks are left", task_count());
	cr_expect_eq(process_count(), 0, "%u processes are left", process_count());
	cr_expect_eq(ktimer_count(), 0, "%llu timers are left", (unsigned long long)ktimer_count());
	kmem_for_each_cache(print_leak, NULL);
	cr_expect_eq(kmem_live_objects(), 0, "%llu kernel objects are left",
		     (unsigned long long)kmem_live_objects());
	cr_expect_eq(nstacks, 0, "%llu kernel stacks are left", (unsigned long long)nstacks);
	cr_expect_eq(script.nthreads, 0, "%llu guest threads are left", (unsigned long long)script.nthreads);
	cr_expect_eq(script.nspaces, 0, "%llu address spaces are left", (unsigned long long)script.nspaces);
}

_Noreturn void test_exit(int32_t code)
{
	current->exit_code = code;
	task_exit_notify();
	task_exit_final();
}

static void run_start(void)
{
	struct start s = starts[(size_t)current->tid % ARRAY_LEN(starts)];

	s.fn(s.arg);
	test_exit(0);
}

struct task *test_task(struct process *process, struct process *parent, void (*fn)(void *arg), void *arg)
{
	struct task *t = task_create(process, parent, run_start);

	cr_assert_not_null(t);
	if (process)
		t->sighand = sighand_get(process->leader->sighand);
	else
		t->sighand = sighand_create();
	t->cred = cred_create(0, 0);
	cr_assert(t->sighand && t->cred);
	task_set_comm(t, "test");
	starts[(size_t)t->tid % ARRAY_LEN(starts)] = (struct start){fn, arg};
	task_start(t);
	return t;
}

static void init_main(void *arg)
{
	(void)arg;
	while (!init_must_end)
		cr_assert_eq(wait_on(&init_wait), 0, "init was interrupted");
}

struct process *test_init(void)
{
	struct task *t = test_task(NULL, NULL, init_main, NULL);

	cr_assert_eq(t->tid, 1, "init must be the first task");
	task_set_comm(t, "init");
	t->sighand->action[SIGCHLD_LINUX - 1].handler = SIG_IGN_LINUX;
	init_process = t->process;
	return init_process;
}

void test_run(void)
{
	sched_run();
}
