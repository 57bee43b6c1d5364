/* test_strace.c - the text of traces, and that tracing does not change a run. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/sched.h"
#include "sys/boot_fixture.h"

enum {
	NR_read = 0,
	NR_write = 1,
	NR_open = 2,
	NR_close = 3,
	NR_fstat = 5,
	NR_mmap = 9,
	NR_brk = 12,
	NR_rt_sigaction = 13,
	NR_pipe = 22,
	NR_nanosleep = 35,
	NR_getpid = 39,
	NR_socket = 41,
	NR_fork = 57,
	NR_wait4 = 61,
	NR_kill = 62,
	NR_uname = 63,
	NR_fcntl = 72,
	NR_umask = 95,
	NR_openat = 257,
	NR_pipe2 = 293
};

static void run_traced(void (*guest)(void))
{
	boot_fixture_reset();
	boot_fixture_program(guest);
	boot_fixture_add("etc/passwd", 0100644, "root:x:0:0:root:/root:/bin/sh\n", 30);
	fix.strace = true;
	boot_fixture_run();
}

/* Asserts that the trace has this line. */
static void expect_line(const char *line)
{
	char with_newline[512];

	snprintf(with_newline, sizeof(with_newline), "%s\n", line);
	cr_expect(strstr(fix.trace, with_newline) != NULL, "no line\n%s\nin\n%s", line, fix.trace);
}

static void calls(void)
{
	static const char utf8[] = "a\n\"\\\0011\x80z";
	uint64_t page = (uint64_t)guest_syscall(NR_mmap, 0, 8192, 3, 0x22, (uint64_t)-1, 0);
	uint64_t path = guest_string("/etc/passwd");
	int64_t fd = CALL4(NR_openat, -100, path, 02000000, 0);

	CALL4(NR_openat, -100, guest_string("/missing"), 01101, 0644);
	CALL3(NR_read, fd, page, 4096);
	CALL2(NR_fstat, fd, page);
	CALL3(NR_fcntl, fd, 1, 0);
	CALL3(NR_fcntl, fd, 3, 0);
	CALL1(NR_close, fd);
	CALL1(NR_close, fd);
	CALL3(NR_write, 77, guest_data(utf8, sizeof(utf8) - 1), sizeof(utf8) - 1);
	CALL1(NR_umask, 022);
	CALL0(NR_getpid);
	CALL3(NR_socket, 2, 1, 0);
	CALL3(400, 1, 2, 3);
	CALL1(NR_brk, 0);
	guest_exit(3);
}

/* Names, flags, strings, structures, results and errors as strace(1) prints them. */
Test(strace, calls)
{
	run_traced(calls);
	expect_line("[pid   2] openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC) = 3");
	expect_line("[pid   2] openat(AT_FDCWD, \"/missing\", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 4");
	expect_line("[pid   2] read(3, \"root:x:0:0:root:/root:/bin/sh\\n\", 4096) = 30");
	expect_line("[pid   2] fstat(3, {st_mode=S_IFREG|0644, st_size=30, ...}) = 0");
	expect_line("[pid   2] fcntl(3, F_GETFD)             = 1 (flags FD_CLOEXEC)");
	expect_line("[pid   2] close(3)                      = 0");
	expect_line("[pid   2] close(3)                      = -1 EBADF (Bad file descriptor)");
	expect_line("[pid   2] write(77, \"a\\n\\\"\\\\\\0011\\200z\", 8) = -1 EBADF (Bad file descriptor)");
	expect_line("[pid   2] umask(022)                    = 022");
	expect_line("[pid   2] getpid()                      = 2");
	expect_line("[pid   2] socket(0x2, 0x1, 0, 0, 0, 0)  = -1 EAFNOSUPPORT (Address family not supported "
		    "by protocol)");
	expect_line("[pid   2] exit_group(3)                 = ?");
	expect_line("[pid   2] +++ exited with 3 +++");
}

static void killed(void)
{
	CALL2(NR_kill, CALL0(NR_getpid), 15);
	guest_exit(0);
}

/* Signals and deaths. */
Test(strace, signals)
{
	run_traced(killed);
	expect_line("[pid   2] kill(2, SIGTERM)              = 0");
	expect_line("[pid   2] --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=2, si_uid=0} ---");
	expect_line("[pid   2] +++ killed by SIGTERM +++");
}

static uint64_t seen_event, seen_now, seen_stack;

static void look(void)
{
	uint64_t page = (uint64_t)guest_syscall(NR_mmap, 0, 8192, 3, 0x22, (uint64_t)-1, 0);

	/* memory that was never touched, bad memory, and a call that blocks */
	CALL3(NR_write, 1, page + 4096, 100);
	CALL3(NR_write, 1, 0x123, 100);
	CALL4(NR_openat, -100, page, 0, 0);
	CALL3(NR_read, 55, page, 10);
	uint64_t ts[2] = {1, 500};
	CALL2(NR_nanosleep, guest_data(ts, sizeof(ts)), 0);
	guest_store(page + 5000, "x", 1);
	seen_event = event_number;
	seen_now = (uint64_t)clock_now();
	seen_stack = guest_regs()->rsp;
	guest_exit(0);
}

/* Are the number of traps, the virtual time and the addresses the same with and without tracing? */
Test(strace, changes_nothing)
{
	uint64_t event, now, stack;

	run_traced(look);
	event = seen_event;
	now = seen_now;
	stack = seen_stack;
	cr_expect(fix.trace_len > 100);
	boot_fixture_reset();
	boot_fixture_program(look);
	boot_fixture_add("etc/passwd", 0100644, "root:x:0:0:root:/root:/bin/sh\n", 30);
	boot_fixture_run();
	cr_expect_eq(fix.trace_len, 0);
	cr_expect_eq(event, seen_event);
	cr_expect_eq(now, seen_now);
	cr_expect_eq(stack, seen_stack);
}
