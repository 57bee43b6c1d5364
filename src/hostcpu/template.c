/* template.c - the template process: a host process with nothing in it but the engine's stub pages, of which every
 * guest address space is a copy (clone without CLONE_VM, made by its own mapper).
 *
 * What holds for every guest process, because the template has it: all pages but the stub are gone (vDSO included),
 * only the frame file is open, a seccomp filter lets the mapper map frames and make threads and nothing else, RDTSC
 * traps, CPUID faults where the CPU can do it, and the tracer's end is its end (PTRACE_O_EXITKILL). See seccomp(2),
 * ptrace(2), prctl(2).
 *
 * Left out: a seccomp filter against the mapper mapping frames of another guest; the mapper only executes what kevsim
 * wrote. */
#define _GNU_SOURCE
#include "hostcpu/engine_host.h"

#include <asm/prctl.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct stub_op *stub_ops;
const uint64_t engine_ptrace_options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE |
				       PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;

/* Instructions of one libseccomp filter, exported. */
static int filter_export(scmp_filter_ctx ctx, struct sock_filter *out, size_t max)
{
	int fd = memfd_create("kevsim-filter", MFD_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0 && seccomp_export_bpf(ctx, fd) == 0)
		n = pread(fd, out, max * sizeof(*out), 0);
	if (fd >= 0)
		close(fd);
	return n <= 0 ? -1 : (int)((size_t)n / sizeof(*out));
}

/* Guest threads: every call is a trap; calls of other architectures (int 0x80, x32) are SIGSYS, so that the two can be
 * told apart without asking. */
static int guest_filter(struct sock_filter *out, size_t max)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRACE(0));
	int n = -1;

	if (!ctx)
		return -1;
	if (seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_TRAP) == 0)
		n = filter_export(ctx, out, max);
	seccomp_release(ctx);
	return n;
}

/* The mapper: frames may be mapped, ranges unmapped and protected, threads and copies made. */
static int mapper_filter(struct sock_filter *out, size_t max)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRACE(1));
	int err, n = -1;

	if (!ctx)
		return -1;
	err = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_TRAP);
	err = err ? err
		  : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				     SCMP_A4(SCMP_CMP_EQ, STUB_RAM_FD, 0));
	err = err ? err : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(munmap), 0);
	err = err ? err : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 0);
	err = err ? err : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 0);
	err = err ? err
		  : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(seccomp), 1,
				     SCMP_A0(SCMP_CMP_EQ, SECCOMP_SET_MODE_FILTER, 0));
	if (!err)
		n = filter_export(ctx, out, max);
	seccomp_release(ctx);
	return n;
}

int template_make_stub(char *err, size_t errlen)
{
	int fd = memfd_create("kevsim-stub", MFD_CLOEXEC);
	uint8_t *map;
	struct sock_fprog *prog;
	int n;

	if (fd < 0 || ftruncate(fd, STUB_SIZE) < 0)
		goto fail;
	map = mmap(NULL, STUB_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		goto fail;
	memcpy(map, stub_start, (size_t)(stub_end - stub_start));
	prog = (struct sock_fprog *)(map + (STUB_FILTER - STUB_BASE));
	n = guest_filter((struct sock_filter *)(prog + 1),
			 (4096 - sizeof(*prog)) / sizeof(struct sock_filter));
	if (n < 0) {
		snprintf(err, errlen, "cannot build the seccomp filter of guests");
		munmap(map, STUB_SIZE);
		close(fd);
		return -1;
	}
	prog->len = (unsigned short)n;
	prog->filter = (struct sock_filter *)(STUB_FILTER + sizeof(*prog));
	stub_ops = (struct stub_op *)(map + (STUB_OPS - STUB_BASE));
	stub_ops[0].nr = -1;
	return fd;
fail:
	snprintf(err, errlen, "cannot create the stub pages: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The C library registers a restartable-sequence area for every thread; the host would write to it after it was
 * unmapped, and kill us. */
static bool rseq_unregister(void)
{
	void *area = (char *)__builtin_thread_pointer() + __rseq_offset;

	return __rseq_size == 0 ||
	       syscall(SYS_rseq, area, MAX(__rseq_size, 32U), RSEQ_FLAG_UNREGISTER, RSEQ_SIG) == 0;
}

/* The child's side; never returns to the caller. Exit codes 1..9 name the step that failed. */
static _Noreturn void template_child(int ram_fd, int stub_fd, int go_fd, int status_fd,
				     const struct sock_fprog *filter)
{
	struct rlimit no_core = {0, 0};
	char faulting;
	char c;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &no_core);
	for (int s = 1; s < 32; s++)
		signal(s, SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (mmap((void *)STUB_CODE, 0x1000, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED_NOREPLACE, stub_fd,
		 0) == MAP_FAILED)
		_exit(1);
	if (mmap((void *)STUB_FILTER, STUB_SIZE - 0x1000, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE,
		 stub_fd, 0x1000) == MAP_FAILED)
		_exit(2);
	faulting = syscall(SYS_arch_prctl, 0x1012 /* ARCH_SET_CPUID */, 0UL) == 0;
	if (write(status_fd, &faulting, 1) != 1)
		_exit(3);
	if (read(go_fd, &c, 1) != 1) /* the tracer is attached now */
		_exit(4);
	if (!rseq_unregister())
		_exit(5);
	if (dup2(ram_fd, STUB_RAM_FD) < 0)
		_exit(6);
	if (close_range(0, STUB_RAM_FD - 1, 0) < 0 || close_range(STUB_RAM_FD + 1, ~0U, 0) < 0)
		_exit(7);
	/* Nothing but plain calls from here on: what a library does may read the clock, and that traps now. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_TSC, PR_TSC_SIGSEGV) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter) < 0)
		_exit(8);
	((void (*)(void))(STUB_CODE + (uint64_t)(stub_detach - stub_start)))();
	_exit(9);
}

int template_start(int ram_fd, int stub_fd, bool *cpuid_faulting, char *err, size_t errlen)
{
	struct sock_filter insns[128];
	struct sock_fprog filter = {.filter = insns};
	int go[2], status[2], st, n;
	char faulting = 0;
	pid_t pid;

	n = mapper_filter(insns, ARRAY_LEN(insns));
	if (n < 0) {
		snprintf(err, errlen, "cannot build the seccomp filter of the mapper");
		return -1;
	}
	filter.len = (unsigned short)n;
	if (pipe(go) < 0 || pipe(status) < 0 || (pid = fork()) < 0) {
		snprintf(err, errlen, "cannot start a guest process: %s", strerror(errno));
		return -1;
	}
	if (pid == 0)
		template_child(ram_fd, stub_fd, go[0], status[1], &filter);
	close(go[0]);
	close(status[1]);
	if (read(status[0], &faulting, 1) != 1)
		goto died;
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)engine_ptrace_options) < 0) {
		snprintf(err, errlen, "cannot trace guest processes: %s (is ptrace forbidden here?)",
			 strerror(errno));
		goto kill;
	}
	if (write(go[1], "g", 1) != 1)
		goto died;
	close(go[1]);
	close(status[0]);
	*cpuid_faulting = faulting;
	if (waitpid(pid, &st, __WALL) != pid || !WIFSTOPPED(st) || WSTOPSIG(st) != SIGTRAP || st >> 16) {
		snprintf(err, errlen, "the guest template process failed at its start (status 0x%x)",
			 (unsigned)st);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, __WALL);
		return -1;
	}
	return pid;
died:
	snprintf(err, errlen, "the guest template process ended at its start");
kill:
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
	close(go[1]);
	close(status[0]);
	return -1;
}
