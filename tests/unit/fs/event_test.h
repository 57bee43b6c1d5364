/* event_test.h - the kernel of fs_test.h with pipes, memory files and guest memory, for tests of files that
 * wait. */
#ifndef KEVSIM_TESTS_EVENT_TEST_H
#define KEVSIM_TESTS_EVENT_TEST_H

#include "core/clock.h"
#include "fs/abi_event.h"
#include "fs/fdtable.h"
#include "fs_test.h"
#include "mm/usercopy.h"

/* Guest memory of every task made here: read-write, zero at first; what follows is unmapped. */
#define EV_USER 0x10000000UL
#define EV_USER_SIZE (64 * PAGE_SIZE)

void ev_setup(void);
void ev_teardown(void);

/* A task with descriptors, root, guest memory and a process of its own that runs fn(arg) when the scheduler
 * runs. */
struct task *ev_task(void (*fn)(void *arg), void *arg);
/* The same, sharing the descriptors of `with`. */
struct task *ev_thread(struct task *with, void (*fn)(void *arg), void *arg);
/* Runs one task to the end. */
void ev_run(void (*fn)(void));
/* Lets the others run; returns when they all wait. */
void ev_let_run(void);
/* A signal for t: ignored by default handling in tests, but it interrupts. */
void ev_interrupt(struct task *t);

/* Kernel buffers through a file's own position. */
int64_t ev_read(struct file *f, void *buf, size_t n);
int64_t ev_write(struct file *f, const void *buf, size_t n);
uint32_t ev_poll(struct file *f);
/* Sleeps in virtual time. */
void ev_sleep(ktime_t ns);

/* A test between set-up and leak check, whose body runs in a task. */
#define EVTEST(suite, name)                      \
	static void suite##_##name##_body(void); \
	Test(suite, name)                        \
	{                                        \
		ev_setup();                      \
		ev_run(suite##_##name##_body);   \
		ev_teardown();                   \
	}                                        \
	static void suite##_##name##_body(void)

#endif
