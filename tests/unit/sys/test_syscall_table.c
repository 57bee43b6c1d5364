/* test_syscall_table.c - the table of system calls as data. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/syscall.h>

#include "core/errno.h"
#include "sys/syscall_table.h"

/* Do numbers and names agree with the host's headers, which are generated from Linux's own table? */
Test(syscall_table, numbers)
{
#define SAME(name) cr_expect_str_eq(syscall_name(SYS_##name), #name)
	SAME(read);
	SAME(mmap);
	SAME(ioctl);
	SAME(clone);
	SAME(execve);
	SAME(getdents64);
	SAME(prctl);
	SAME(arch_prctl);
	SAME(futex);
	SAME(exit_group);
	SAME(openat);
	SAME(newfstatat);
	SAME(pselect6);
	SAME(epoll_pwait);
	SAME(prlimit64);
	SAME(renameat2);
	SAME(statx);
	SAME(clone3);
	SAME(faccessat2);
	SAME(futex_waitv);
	cr_expect_null(syscall_name(335));
	cr_expect_null(syscall_name(100000));
}

/* Is every row either served or refused with a reason and an error, and are there enough of the first kind?
 */
Test(syscall_table, complete)
{
	unsigned served = 0;

	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		const struct syscall_row *row = &syscall_table[nr];
		if (!row->name)
			continue;
		if (row->call) {
			served++;
			cr_expect_null(row->why);
			for (unsigned i = 0; i < SYSCALL_NARGS; i++) {
				cr_expect_eq(row->arg[i] != NULL, i < row->nargs, "%s", row->name);
				cr_expect_eq(row->kind[i] != ARG_NONE, i < row->nargs, "%s", row->name);
			}
		} else {
			cr_expect(row->why && strlen(row->why) > 10, "%s", row->name);
			cr_expect(row->refused_errno > 0 && row->refused_errno < 134, "%s", row->name);
		}
	}
	cr_expect(served >= 230, "%u served", served);
}

static unsigned lines;
static bool saw_read, saw_ptrace;

static void take_line(const char *line)
{
	lines++;
	saw_read |= strcmp(line, "  0  read(fd, buf, count)") == 0;
	saw_ptrace |= strncmp(line, "101  ptrace: refused: ", 22) == 0;
}

/* Does the list show the whole table, arguments and reasons? */
Test(syscall_table, list)
{
	syscall_list(take_line);
	cr_expect(lines > 350);
	cr_expect(saw_read && saw_ptrace);
}
