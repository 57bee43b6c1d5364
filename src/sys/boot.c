/* boot.c - from a configuration to a running first program, and its end.
 *
 * Two tasks are made: init (pid 1), a kernel task that reaps what nobody else waits for, and the user's
 * program (pid 2), which is the run: when it ends, everything else is killed and init leaves last.
 *
 * LEAVES OUT: the content of the root (fs/rootfs.h, sys/boot_root.c). */
#include "sys/boot.h"

#include <string.h>

#include "core/choice.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/klog.h"
#include "core/kmem.h"
#include "core/sched.h"
#include "core/task.h"
#include "core/utsname.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/fsctx.h"
#include "fs/memfd.h"
#include "fs/pipe.h"
#include "fs/rootfs.h"
#include "fs/tmpfs.h"
#include "fs/tty.h"
#include "mm/mm.h"
#include "sys/boot_root.h"
#include "sys/exec.h"
#include "sys/exit.h"
#include "sys/oom.h"
#include "sys/strace.h"
#include "sys/sysvipc.h"
#include "sys/trap.h"

#define STATUS_OWN_FAILURE 125
#define INIT_PID 1

const struct kernel_config *kernel_config;

/* The run as boot and init see it. */
static struct {
	int32_t first_pid;
	bool exec_returned; /* the first program was found or not: exec_result */
	int exec_result;
	bool explained; /* why has been said */
	bool ended;     /* it has ended, with this wait status */
	int32_t code;
} run;

/* --- init ------------------------------------------------------------------------------------ */

static void reap_children(void)
{
	struct process *child, *next;

	LIST_FOR_EACH_SAFE (child, next, &current->process->children, struct process, sibling) {
		if (!child->zombie)
			continue;
		if (child->pid == run.first_pid && !run.ended) {
			run.ended = true;
			run.code = child->group_exit_code;
		}
		process_reap(child);
	}
}

static void kill_everybody(void)
{
	struct process *p;

	for (p = process_next(0); p; p = process_next(p->pid)) {
		if (p->pid != INIT_PID)
			process_begin_group_exit(p, SIGKILL_LINUX);
	}
}

static _Noreturn void init_main(void)
{
	bool killing = false;

	for (;;) {
		reap_children();
		if (run.ended && !killing) {
			kill_everybody();
			killing = true;
		}
		if (run.ended && process_count() == 1)
			do_exit(0);
		if (wait_on(&current->process->wait_chld)) {
			/* Somebody sent a signal: init takes no notice. */
			sigpending_flush(&current->pending);
			sigpending_flush(&current->process->pending);
			signal_set_mask(current, current->blocked);
			sched_yield_cpu();
		}
	}
}

/* --- the first program ----------------------------------------------------------------------- */

static int count_strings(char *const *s)
{
	int n = 0;

	while (s[n])
		n++;
	return n;
}

static const char *find_env(const char *name)
{
	size_t len = strlen(name);

	for (char *const *e = kernel_config->env; *e; e++) {
		if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
			return *e + len + 1;
	}
	return NULL;
}

static int exec_first(const char *name)
{
	struct exec_args args = {
	    .argv = (char **)(uintptr_t)kernel_config->argv,
	    .envp = (char **)(uintptr_t)kernel_config->env,
	    .argc = (uint32_t)count_strings(kernel_config->argv),
	    .envc = (uint32_t)count_strings(kernel_config->env),
	};

	int err = do_execve(NULL, name, WALK_FOLLOW, &args);

	if (!err && strace_enabled)
		strace_first_exec(name, kernel_config->argv, args.envc);
	return err;
}

/* One directory of PATH: dir/name. */
static int exec_in_dir(const char *dir, size_t len, const char *name)
{
	size_t nlen = strlen(name);
	char *path = kmalloc(len + nlen + 2);
	int err;

	if (!path)
		return -ENOMEM;
	memcpy(path, dir, len);
	if (len)
		path[len++] = '/';
	memcpy(path + len, name, nlen);
	err = exec_first(path);
	kfree(path);
	return err;
}

/* As execvp(3): a bare name is looked up in PATH; a file that may not be executed is remembered while the
 * search goes on. */
static int exec_search(const char *name)
{
	const char *path = find_env("PATH");
	int err = -ENOENT;

	if (strchr(name, '/'))
		return exec_first(name);
	if (name[0] == '\0')
		return -ENOENT;
	for (const char *dir = path ? path : "/bin:/usr/bin";; dir++) {
		const char *end = strchr(dir, ':');
		size_t len = end ? (size_t)(end - dir) : strlen(dir);
		int got = exec_in_dir(dir, len, name);
		if (got != -ENOENT && got != -ENOTDIR && got != -EACCES)
			return got;
		if (got == -EACCES)
			err = -EACCES;
		if (!end)
			return err;
		dir = end;
	}
}

static void open_standard_streams(void)
{
	for (int fd = 0; fd < 3; fd++) {
		struct file *f;
		if (stdio_open(fd, &f) == 0)
			(void)fd_install_at(f, fd, false);
	}
}

/* The first program's task begins here, as a kernel task, and becomes a guest by exec. */
static _Noreturn void first_main(void)
{
	struct tty *console = tty_console();
	int err = 0;

	if (console)
		tty_set_ctty(console, current->process);
	open_standard_streams();
	if (kernel_config->cwd) {
		struct path cwd;
		err = vfs_walk(NULL, kernel_config->cwd, WALK_FOLLOW | WALK_DIRECTORY, &cwd);
		if (err) {
			klog(KLOG_ERROR, "directory %s: %s", kernel_config->cwd, boot_reason(err));
			run.explained = true;
			err = -EIO; /* not the program's fault */
		} else {
			fsctx_set_cwd(current->fs, &cwd);
			path_put(&cwd);
		}
	}
	if (!err)
		err = exec_search(kernel_config->argv[0]);
	if (current->process->group_exit)
		do_group_exit(SIGSEGV_LINUX); /* an impossible program */
	run.exec_result = err;
	run.exec_returned = true;
	if (err)
		do_group_exit(127 << 8);
	sched_stop();
	sched_yield_cpu();
	trap_loop();
}

/* --- making the two -------------------------------------------------------------------------- */

/* A task with everything but memory. NULL when out of memory. */
static struct task *make_task(struct process *parent, void (*entry)(void), const char *comm, uint32_t uid,
			      uint32_t gid)
{
	struct task *t = task_create(NULL, parent, entry);
	struct path root;

	if (!t)
		return NULL;
	root.mnt = mount_root();
	root.dentry = root.mnt->root;
	t->files = fdtable_create();
	t->fs = fsctx_create(&root, &root);
	t->sighand = sighand_create();
	t->cred = cred_create(uid, gid);
	KASSERT(t->files && t->fs && t->sighand && t->cred); /* the arena is still empty */
	task_set_comm(t, comm);
	process_set_pgrp(t->process, t->process->pid);
	t->process->sid = t->process->pid;
	return t;
}

static int start_tasks(void)
{
	struct task *init = make_task(NULL, init_main, "init", 0, 0);
	struct task *first;

	if (!init)
		return -ENOMEM;
	for (int i = 0; i < NSIG_LINUX; i++) {
		if (i != SIGCHLD_LINUX - 1)
			init->sighand->action[i].handler = SIG_IGN_LINUX;
	}
	first = make_task(init->process, first_main, "kevsim", kernel_config->uid, kernel_config->gid);
	if (!first)
		return -ENOMEM;
	first->exit_signal = SIGCHLD_LINUX;
	first->dumpable = true;
	first->timer_slack_ns = 50000;
	run.first_pid = first->tid;
	task_start(init);
	task_start(first);
	return 0;
}

static void start_subsystems(const struct kernel_config *cfg)
{
	kmem_init(cfg->arena, cfg->arena_size);
	klog_init();
	frame_init(cfg->ram, (uint32_t)(cfg->ram_bytes / PAGE_SIZE));
	choice_init(cfg->seed);
	clock_init(cfg->clock_mode, cfg->epoch_ns);
	mm_init();
	mm_oom = oom_kill;
	task_init();
	sched_init();
	utsname_init(cfg->hostname);
	vfs_init();
	tmpfs_init();
	pipe_init();
	memfd_init();
	rootfs_init(cfg->command_line);
	sched_add_softirq(tty_softirq);
	sched_set_live_hook(stdio_awaited);
}

const char *boot_reason(int err)
{
	switch (-err) {
	case EPERM: return "operation not permitted";
	case ENOENT: return "no such file or directory";
	case EIO: return "input/output error";
	case ENOMEM: return "out of memory (see --mem)";
	case EACCES: return "permission denied";
	case EEXIST: return "file exists";
	case ENOTDIR: return "not a directory";
	case EISDIR: return "is a directory";
	case EINVAL: return "invalid argument";
	case ENOSPC: return "no space left (see --size)";
	case EROFS: return "read-only file system";
	case ENAMETOOLONG: return "name too long";
	case ELOOP: return "too many symbolic links";
	case E2BIG: return "argument list too long";
	default: return "unexpected error";
	}
}

static void explain(int err)
{
	const char *name = kernel_config->argv[0];

	if (err == -ENOENT)
		klog(KLOG_ERROR, "%s: not found", name);
	else if (err == -EACCES)
		klog(KLOG_ERROR, "%s: permission denied", name);
	else if (err == -ENOEXEC)
		klog(KLOG_ERROR, "%s: not an executable format", name);
	else
		klog(KLOG_ERROR, "%s: cannot be started: %s", name, boot_reason(err));
}

int kernel_boot(const struct kernel_config *cfg)
{
	int err;

	kernel_config = cfg;
	strace_enabled = cfg->strace;
	memset(&run, 0, sizeof(run));
	start_subsystems(cfg);
	err = boot_root(cfg);
	if (err) {
		klog(KLOG_ERROR, "the root file system cannot be made: %s", boot_reason(err));
		return -EIO;
	}
	err = start_tasks();
	if (err)
		return err;
	sched_run();
	/* Killed on the way: an impossible program, whose death is the status of the run. */
	if (!run.exec_returned)
		return run.ended ? 0 : -EIO;
	if (run.exec_result && !run.explained)
		explain(run.exec_result);
	return run.exec_result;
}

int kernel_run(void)
{
	sched_run();
	if (!run.ended) {
		/* Nothing can go on: the scheduler has said so. */
		kill_everybody();
		run.ended = true;
		run.code = STATUS_OWN_FAILURE << 8;
		sched_run();
	}
	return run.code & 0x7f ? 128 + (run.code & 0x7f) : (run.code >> 8) & 0xff;
}

static unsigned leaks;

static void report_cache(const struct kmem_cache *c, void *arg)
{
	(void)arg;
	if (c->live == 0)
		return;
	leaks++;
	klog(KLOG_ERROR, "leak: %llu of %s", (unsigned long long)c->live, c->name);
}

static void report_frames(void)
{
	static const char *const owner[FRAME_OWNERS] = {
	    [FRAME_KERNEL] = "kernel",  [FRAME_KSTACK] = "kernel stack",  [FRAME_PAGETABLE] = "page table",
	    [FRAME_ANON] = "anonymous", [FRAME_PAGECACHE] = "page cache", [FRAME_VDSO] = "vDSO",
	};
	struct frame_stats st;

	frame_stats(&st);
	for (unsigned i = 0; i < FRAME_OWNERS; i++) {
		if (!owner[i] || st.by_owner[i] == 0)
			continue;
		leaks++;
		klog(KLOG_ERROR, "leak: %u %s frames", st.by_owner[i], owner[i]);
	}
}

unsigned kernel_shutdown(void)
{
	leaks = 0;
	task_gc();
	sysvipc_shutdown();
	vfs_shutdown();
	rootfs_shutdown();
	memfd_shutdown();
	pipe_shutdown();
	mm_shutdown();
	report_frames();
	frame_shutdown();
	kmem_for_each_cache(report_cache, NULL);
	return leaks;
}
