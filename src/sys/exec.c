/* exec.c - execve(2): a process gets a new program.
 *
 * The new address space is built completely while the old one is still in force, so nearly every failure is
 * an error that the caller sees. The point of no return is process_dethread(); what Linux finds out only
 * behind it (segments that cannot be mapped) ends the process with SIGSEGV here too.
 *
 * LEAVES OUT: binfmt_misc, file capabilities, RLIMIT_NPROC at exec. */
#include "sys/exec.h"

#include <string.h>

#include "core/choice.h"
#include "core/cred.h"
#include "core/door.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "mm/mm.h"
#include "sys/binprm.h"
#include "sys/exec_cred.h"
#include "sys/exit.h"
#include "sys/time.h"
#include "sys/vdso_image.h"

/* The stack ends below CPU_GUEST_END by up to 22 random bits of pages; mmap(2) begins below the stack's limit
 * by up to 28. The heap begins up to 32 MiB behind the program. All as on Linux. */
#define STACK_RANDOM_PAGES (1ULL << 22)
#define MMAP_RANDOM_PAGES (1ULL << 28)
#define BRK_RANDOM_PAGES (1ULL << 13)
#define STACK_GUARD_GAP (256 * PAGE_SIZE)
#define STACK_GAP_MIN (128ULL << 20)
#define STACK_GAP_MAX (CPU_GUEST_END / 6 * 5)
#define STACK_EXTRA (128ULL << 10)

#define ADDR_NO_RANDOMIZE 0x0040000U /* personality(2) */

#define USER_CS 0x33
#define USER_SS 0x2b
#define EFLAGS_START 0x202 /* interrupts enabled; bit 1 is always set */
#define TIMER_SLACK_DEFAULT_NS 50000

int binprm_open(struct binprm *b, const char *name)
{
	struct file *f;
	int err = vfs_open_exec(NULL, name, WALK_FOLLOW, &f);

	if (err)
		return err;
	vfs_close_exec(b->file);
	b->file = f;
	return 0;
}

static int read_head(struct binprm *b)
{
	memset(b->head, 0, sizeof(b->head));
	int64_t n = file_read_kernel(b->file, b->head, sizeof(b->head), 0);
	if (n < 0)
		return (int)n;
	b->head_len = (size_t)n;
	return 0;
}

/* Follows scripts to a program: after success b->elf is open. */
static int find_program(struct binprm *b)
{
	for (unsigned depth = 0; depth <= SCRIPT_DEPTH_MAX; depth++) {
		int err = read_head(b);
		if (err)
			return err;
		err = script_load(b);
		if (err < 0)
			return err;
		if (err == 0)
			return elf_open(&b->elf, b->file, b->head, b->head_len);
	}
	return -ELOOP;
}

static int binprm_begin(struct binprm *b, const struct exec_request *req, const struct exec_args *args)
{
	static const char empty[] = "";
	uint32_t argc = args->argc;
	struct file *f;
	int err;

	memset(b, 0, sizeof(*b));
	b->name = b->interp = req->display;
	b->name_will_close = req->name_will_close;
	b->args = args;
	/* A program always has an argv[0], were it an empty one. */
	b->argv = kmalloc((size_t)MAX(argc, 1U) * sizeof(*b->argv));
	if (!b->argv)
		return -ENOMEM;
	b->argv[0] = empty;
	if (argc)
		memcpy(b->argv, args->argv, argc * sizeof(*b->argv));
	b->argc = MAX(argc, 1U);
	err = auxv_check_limits(b);
	if (err)
		return err;
	err = vfs_open_exec(req->start, req->name, req->walk_flags, &f);
	if (!err)
		b->file = f;
	return err;
}

static void binprm_end(struct binprm *b)
{
	elf_release(&b->elf);
	if (b->file)
		vfs_close_exec(b->file);
	if (b->mm)
		mm_put(b->mm);
	if (b->cred)
		cred_put(b->cred);
	for (unsigned i = 0; i < b->nowned; i++)
		kfree(b->owned[i]);
	kfree(b->argv);
	kfree(b);
}

/* Drawn in any case, so that a personality(2) does not shift what is drawn later. */
uint64_t binprm_random_pages(const char *label, uint64_t n)
{
	uint64_t pages = choose(CHOICE_ALLOC, label, n);

	return current->personality & ADDR_NO_RANDOMIZE ? 0 : pages * PAGE_SIZE;
}

static int map_stack(struct binprm *b, uint64_t top)
{
	uint64_t need = auxv_stack_bytes(b);
	uint64_t size = need + round_down(MIN(STACK_EXTRA, task_rlimit(RLIMIT_STACK_LINUX)), PAGE_SIZE);
	struct mm_map_args a = {
	    .addr = top - size,
	    .len = size,
	    .prot = PROT_READ_LINUX | PROT_WRITE_LINUX | (b->elf.exec_stack ? PROT_EXEC_LINUX : 0U),
	    .flags = MAP_PRIVATE_LINUX | MAP_ANONYMOUS_LINUX | MAP_FIXED_LINUX | MAP_GROWSDOWN_LINUX,
	    .vma_flags = VMA_STACK | VMA_GROWSDOWN,
	};
	int64_t got = mm_map(b->mm, &a);

	return got < 0 ? (int)got : 0;
}

static void set_heap(struct binprm *b)
{
	struct mm *mm = b->mm;

	mm->brk_start = b->layout.brk + binprm_random_pages("address of the heap", BRK_RANDOM_PAGES);
	mm->brk = mm->brk_start;
	mm->start_code = b->layout.start_code;
	mm->end_code = b->layout.end_code;
	mm->start_data = b->layout.start_data;
	mm->end_data = b->layout.end_data;
}

/* The new, still empty address space with its stack. */
static int begin_mm(struct binprm *b, uint64_t stack_top)
{
	uint64_t gap = MAX(task_rlimit(RLIMIT_STACK_LINUX), STACK_GAP_MIN);

	b->mm = mm_create();
	if (!b->mm)
		return -ENOMEM;
	gap = round_up(MIN(gap, STACK_GAP_MAX), PAGE_SIZE) + STACK_GUARD_GAP + STACK_RANDOM_PAGES * PAGE_SIZE;
	b->mm->mmap_base = CPU_GUEST_END - gap -
			   binprm_random_pages("address of mappings", MMAP_RANDOM_PAGES);
	return map_stack(b, stack_top);
}

/* Everything else that Linux does behind the point of no return: program, vDSO, arguments. */
static int fill_mm(struct binprm *b, uint64_t stack_top)
{
	int err = elf_map(&b->elf, b->mm, &b->layout);

	if (!err)
		err = mm_map_vdso(b->mm, vdso_image, (size_t)(vdso_image_end - vdso_image));
	if (err)
		return err;
	set_heap(b);
	return auxv_build_stack(b, stack_top);
}

/* Current's program is over: what belongs to it goes. From here on there is no way back. */
static void leave_old_program(void)
{
	struct process *p = current->process;
	struct mm *old = current->mm;

	exit_mm_release();
	if (current->thread)
		door->thread_destroy(current->thread);
	current->thread = NULL;
	current->mm = NULL;
	if (old) {
		current->usage.maxrss_pages = MAX(current->usage.maxrss_pages,
						  MAX(old->hiwater_rss, mm_rss(old)));
		mm_put(old);
	}
	posix_timers_delete_all(p);
	current->sigaltstack = (struct stack_linux){.ss_flags = SS_DISABLE_LINUX};
	current->restart.fn = NULL;
	current->robust_list = uaddr(0);
	current->robust_list_len = 0;
	current->set_child_tid = uaddr(0);
	current->exit_signal = SIGCHLD_LINUX;
	current->timer_slack_ns = TIMER_SLACK_DEFAULT_NS;
	p->did_exec = true;
}

/* Descriptors and dispositions become the process's own, then those that do not survive go. -ENOMEM. */
static int unshare_tables(void)
{
	if (fdtable_refs(current->files) > 1) {
		struct fdtable *own = fdtable_copy(current->files);
		if (!own)
			return -ENOMEM;
		struct fdtable *old = current->files;
		current->files = own;
		fdtable_put(old);
	}
	if (current->sighand->refs > 1) {
		struct sighand *own = sighand_copy(current->sighand);
		if (!own)
			return -ENOMEM;
		sighand_put(current->sighand);
		current->sighand = own;
	}
	fdtable_close_on_exec(current->files);
	sighand_reset_on_exec(current->sighand);
	return 0;
}

static void set_comm(const char *name)
{
	const char *slash = strrchr(name, '/');

	task_set_comm(current, slash ? slash + 1 : name);
}

static void start_program(struct binprm *b)
{
	current->mm = b->mm;
	b->mm = NULL;
	current->mm->exe_file = b->file;
	current->mm->exe_get = file_get;
	current->mm->exe_put = file_put;
	b->file = NULL;
	set_comm(b->name);
	current->dumpable = !b->secure;
	if (b->secure)
		current->pdeath_signal = 0;
	task_set_cred(current, b->cred);
	b->cred = NULL;
	current->regs = (struct cpu_regs){
	    .rip = b->layout.start,
	    .rsp = b->sp,
	    .cs = USER_CS,
	    .ss = USER_SS,
	    .eflags = EFLAGS_START,
	    .orig_rax = UINT64_MAX,
	};
	current->regs_dirty = true;
	mm_prefault(current->mm, b->layout.start, MM_EXEC);
	mm_prefault(current->mm, b->sp, MM_WRITE);
	if (current->mm->end_data > current->mm->start_data)
		mm_prefault(current->mm, current->mm->start_data, MM_WRITE);
}

/* Ends the process as Linux does when a program turns out to be impossible too late: current dies on its way back to
 * user mode, after its callers have cleaned up. */
static int die_in_exec(const struct binprm *b, int err)
{
	klog(KLOG_INFO, "task %d: %s cannot be mapped: error %d", current->tid, b->name, -err);
	process_force_group_exit(current->process, SIGSEGV_LINUX);
	return err;
}

/* What is left after a program was found: build, pass the point of no return, switch over. */
static int replace_program(struct binprm *b)
{
	uint64_t stack_top = CPU_GUEST_END - binprm_random_pages("address of the stack", STACK_RANDOM_PAGES);
	int err, fatal;

	b->cred = exec_cred(b->file, &b->secure);
	if (!b->cred)
		return -ENOMEM;
	err = begin_mm(b, stack_top);
	if (err)
		return err;
	fatal = fill_mm(b, stack_top);
	err = process_dethread();
	if (err)
		return err;
	if (fatal == 0)
		fatal = unshare_tables();
	if (fatal)
		return die_in_exec(b, fatal);
	leave_old_program();
	start_program(b);
	return 0;
}

int exec_program(const struct exec_request *req, const struct exec_args *args)
{
	struct binprm *b = kmalloc(sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	err = binprm_begin(b, req, args);
	if (err == 0)
		err = find_program(b);
	if (err == 0)
		err = replace_program(b);
	binprm_end(b);
	return err;
}

int do_execve(const struct path *start, const char *name, int walk_flags, const struct exec_args *args)
{
	struct exec_request req = {
	    .start = start, .name = name, .display = name, .walk_flags = (uint32_t)walk_flags};

	return exec_program(&req, args);
}
