/* event_test.c - tasks with descriptors and guest memory for tests of files that wait. */
#include "event_test.h"

#include "core/kmem.h"
#include "fs/memfd.h"
#include "fs/pipe.h"
#include "mm/frame.h"
#include "mm/mm.h"

struct ev_start {
	void (*fn)(void *arg);
	void *arg;
	struct fdtable *files;
};

void ev_setup(void)
{
	fs_test_setup();
	mm_init();
	pipe_init();
	memfd_init();
}

void ev_teardown(void)
{
	struct frame_stats st;

	pipe_shutdown();
	memfd_shutdown();
	frame_stats(&st);
	cr_expect_eq(st.by_owner[FRAME_KERNEL], 0, "%u kernel frames are left", st.by_owner[FRAME_KERNEL]);
	cr_expect_eq(st.by_owner[FRAME_ANON], 0, "%u anonymous frames are left", st.by_owner[FRAME_ANON]);
	task_gc();
	mm_shutdown();
	fs_test_teardown();
}

static struct mm *ev_mm(void)
{
	struct mm_map_args a = {.addr = EV_USER,
				.len = EV_USER_SIZE,
				.prot = PROT_READ_LINUX | PROT_WRITE_LINUX,
				.flags = MAP_PRIVATE_LINUX | MAP_ANONYMOUS_LINUX | MAP_FIXED_LINUX};
	struct mm *mm = mm_create();

	cr_assert_not_null(mm);
	cr_assert_eq(mm_map(mm, &a), (int64_t)EV_USER);
	return mm;
}

static void ev_main(void *arg)
{
	struct ev_start s = *(struct ev_start *)arg;
	struct path root = {mount_root(), mount_root()->root};
	struct mm *mm;

	kfree(arg);
	for (int i = 0; i < RLIM_NLIMITS_LINUX; i++)
		current->process->rlimit[i] = (struct rlimit_linux){RLIM_INFINITY_LINUX, RLIM_INFINITY_LINUX};
	current->process->rlimit[RLIMIT_NOFILE_LINUX] = (struct rlimit_linux){1024, 4096};
	current->fs = fsctx_create(&root, &root);
	current->fs->umask = 0;
	mm = current->mm = ev_mm();
	s.fn(s.arg);
	current->mm = NULL;
	mm_put(mm);
	fdtable_put(current->files);
	current->files = NULL;
	fsctx_put(current->fs);
	current->fs = NULL;
}

static struct task *ev_start(struct fdtable *files, void (*fn)(void *arg), void *arg)
{
	struct ev_start *s = kmalloc(sizeof(*s));
	struct task *t;

	*s = (struct ev_start){.fn = fn, .arg = arg};
	t = test_task(NULL, NULL, ev_main, s);
	t->files = files;
	cr_assert_not_null(files);
	return t;
}

struct task *ev_task(void (*fn)(void *arg), void *arg)
{
	return ev_start(fdtable_create(), fn, arg);
}

struct task *ev_thread(struct task *with, void (*fn)(void *arg), void *arg)
{
	return ev_start(fdtable_get(with->files), fn, arg);
}

static void ev_call(void *arg)
{
	void (**fn)(void) = arg;

	(*fn)();
}

void ev_run(void (*fn)(void))
{
	ev_task(ev_call, &fn);
	test_run();
	cr_expect_not(sched_deadlocked(), "some task waits for ever");
}

void ev_let_run(void)
{
	for (int i = 0; i < 20; i++)
		sched_yield_cpu();
}

void ev_interrupt(struct task *t)
{
	t->sighand->action[SIGUSR1_LINUX - 1].handler =
	    0x1000; /* a handler: it is not ignored, and nobody delivers it */
	signal_kernel_task(t, SIGUSR1_LINUX);
}

int64_t ev_read(struct file *f, void *buf, size_t n)
{
	struct iov_iter it;

	iter_init_kernel(&it, buf, n);
	return file_read(f, &it, &f->pos);
}

int64_t ev_write(struct file *f, const void *buf, size_t n)
{
	struct iov_iter it;

	iter_init_kernel(&it, (void *)(uintptr_t)buf, n);
	return file_write(f, &it, &f->pos);
}

uint32_t ev_poll(struct file *f)
{
	return file_poll(f, NULL);
}

void ev_sleep(ktime_t ns)
{
	struct waitq q;

	waitq_init(&q);
	cr_expect_eq(wait_on_until(&q, clock_now() + ns), -ETIMEDOUT);
}
