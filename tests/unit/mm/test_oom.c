/* test_oom.c - who dies when memory is out. */
#include <criterion/criterion.h>

#include "core/errno.h"
#include "core/kstack.h"
#include "mm/mm_fixture.h"
#include "sys/oom.h"

static void setup(void)
{
	mm_setup();
	current = NULL; /* real tasks here */
	kstack_ops = mm_malloc_stacks;
}

TestSuite(oom, .init = setup, .fini = mm_teardown);

static struct mm *hog(uint64_t pages)
{
	struct mm *mm = mm_create();
	uint64_t p = mm_anon(mm, 0, pages, PROT_READ_LINUX | PROT_WRITE_LINUX, 0);

	cr_assert_eq(mm_populate(mm, p, p + pages * PAGE_SIZE), 0);
	return mm;
}

static struct waitq never;

/* Sleeps until killed, then gives its memory back. */
static void sleeper(void *arg)
{
	(void)arg;
	cr_assert_eq(wait_on(&never), -ERESTARTSYS);
	mm_put(current->mm);
	current->mm = NULL;
	test_exit(SIGKILL_LINUX);
}

static struct process *start(uint64_t pages, int32_t adj, const char *comm)
{
	struct task *t = test_task(NULL, process_find(1), sleeper, NULL);

	t->mm = hog(pages);
	t->process->oom_score_adj = adj;
	task_set_comm(t, comm);
	return t->process;
}

/* Is the largest killed, unless it is protected, and only one at a time? */
Test(oom, picks_the_largest)
{
	waitq_init(&never);
	test_init();
	start(50, 0, "small");
	struct process *large = start(500, 0, "large"), *safe = start(900, -1000, "safe");
	struct process *offered = start(20, 900, "offered");
	test_run();
	cr_assert_eq(oom_badness(safe), 0);
	cr_assert_gt(oom_badness(offered), oom_badness(large));
	cr_assert_eq(oom_kill(), 0);
	cr_assert(script_logged("Out of memory: Killed process") && script_logged("(offered)"));
	cr_assert_eq(oom_kill(), 0, "the first one is still going");
	cr_assert(!script_logged("(large) total-vm"));
	test_run();
	cr_assert_eq(oom_kill(), 0);
	cr_assert(script_logged("(large) total-vm:2000kB, anon-rss:2000kB"));
	test_run();
	cr_assert_eq(oom_kill(), 0);
	test_run();
	cr_assert(script_logged("(small) total-vm") && !script_logged("(safe) total-vm"));
	cr_assert_eq(oom_kill(), -ENOMEM, "nobody is left to kill");
	signal_kernel_task(safe->leader, SIGKILL_LINUX);
	test_run();
}
