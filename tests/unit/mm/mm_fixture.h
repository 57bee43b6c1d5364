/* mm_fixture.h - memory management without guests: frames, a current task with limits, and a model of the
 * host. */
#ifndef KEVSIM_TESTS_MM_FIXTURE_H
#define KEVSIM_TESTS_MM_FIXTURE_H

#include "core/task.h"
#include "mm/mm.h"
#include "support/test_kernel.h"

/* test_kernel_setup() with frames and mm; current is a task without stack, whose limits are infinite. */
void mm_setup(void);
/* Asserts that every frame came back. */
void mm_teardown(void);
extern struct process mm_process;
/* The stacks of test_kernel_setup(), for tests with tasks that outlive mm_teardown()'s count of frames. */
extern const struct kstack_ops *mm_malloc_stacks;
/* Makes mm the address space of current. */
void mm_use(struct mm *mm);

/* Pseudo-random numbers for tests, the same in every run. */
extern uint64_t mm_seed;
uint64_t mm_random(uint64_t n);

/* What the host would have mapped for an address space after the operations queued so far. */
struct host_page {
	uint64_t addr;
	pfn_t pfn;
	uint8_t prot;
};
struct host_model {
	struct host_page *pages;
	size_t n, cap;
	uint64_t nops; /* applied in all */
};
/* Applies and clears mm's queue, then asserts that the model equals the INSTALLED entries of mm's page
 * tables: never more permissive, never another frame, nothing missing. */
void host_apply(struct host_model *h, struct mm *mm);
void host_free(struct host_model *h);
/* What a guest does: touches addr through the model, faulting as often as needed. 0, or the error of
 * mm_fault(). */
int host_touch(struct host_model *h, struct mm *mm, uint64_t addr, bool write, uint8_t *value);
extern uint64_t host_faults; /* faults taken by host_touch() */

/* mm_map() of anonymous memory; asserts success. */
uint64_t mm_anon(struct mm *mm, uint64_t addr, uint64_t pages, uint32_t prot, uint32_t flags);

#endif
