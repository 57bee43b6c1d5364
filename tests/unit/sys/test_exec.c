/* test_exec.c - programs, scripts and broken files through a whole boot. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/errno.h"
#include "sys/boot_fixture.h"

#define SYS_execve 59

static void exit_42(void)
{
	guest_exit(42);
}

/* Does a program run and its status come out? */
Test(exec, runs)
{
	boot_fixture_reset();
	boot_fixture_program(exit_42);
	cr_expect_eq(boot_fixture_run(), 42);
}

/* A bare name is looked up in PATH; what is not there is not there. */
Test(exec, path_search)
{
	boot_fixture_reset();
	boot_fixture_program(exit_42);
	fix.argv = (char *const[]){"prog", NULL};
	fix.env = (char *const[]){"PATH=/nowhere:/etc:/bin", NULL};
	cr_expect_eq(boot_fixture_run(), 42);
	fix.argv = (char *const[]){"other", NULL};
	cr_expect_eq(boot_fixture_run(), -1);
	cr_expect_eq(fix.boot_err, -ENOENT);
}

/* --- the initial stack ----------------------------------------------------------------------- */

static uint64_t stack_word(uint64_t *at)
{
	uint64_t v;

	guest_load(&v, *at, sizeof(v));
	*at += sizeof(v);
	return v;
}

static void load_string(char *buf, uint64_t addr)
{
	for (unsigned i = 0; i < 63; i++) {
		guest_load(buf + i, addr + i, 1);
		if (!buf[i])
			return;
	}
	buf[63] = '\0';
}

static void look_at_stack(void)
{
	uint64_t at = guest_regs()->rsp, auxv[64] = {0};
	char buf[64];

	GUEST_CHECK(at % 16 == 0);
	GUEST_CHECK(stack_word(&at) == 3);
	load_string(buf, stack_word(&at));
	GUEST_CHECK(strcmp(buf, "prog") == 0);
	load_string(buf, stack_word(&at));
	GUEST_CHECK(strcmp(buf, "one") == 0);
	load_string(buf, stack_word(&at));
	GUEST_CHECK(strcmp(buf, "") == 0);
	GUEST_CHECK(stack_word(&at) == 0);
	load_string(buf, stack_word(&at));
	GUEST_CHECK(strcmp(buf, "PATH=/bin") == 0);
	load_string(buf, stack_word(&at));
	GUEST_CHECK(strcmp(buf, "X=y") == 0);
	GUEST_CHECK(stack_word(&at) == 0);
	for (;;) {
		uint64_t type = stack_word(&at), value = stack_word(&at);
		if (type == 0)
			break;
		GUEST_CHECK(type < 64);
		auxv[type] = value;
	}
	GUEST_CHECK(auxv[6] == 4096);          /* AT_PAGESZ */
	GUEST_CHECK(auxv[17] == 100);          /* AT_CLKTCK */
	GUEST_CHECK(auxv[3] == 0x400000 + 64); /* AT_PHDR */
	GUEST_CHECK(auxv[4] == 56 && auxv[5] == 1);
	GUEST_CHECK(auxv[9] == (uint64_t)(uintptr_t)look_at_stack);
	GUEST_CHECK(auxv[7] == 0 && auxv[23] == 0);
	load_string(buf, auxv[31]); /* AT_EXECFN */
	GUEST_CHECK(strcmp(buf, "/bin/prog") == 0);
	load_string(buf, auxv[15]); /* AT_PLATFORM */
	GUEST_CHECK(strcmp(buf, "x86_64") == 0);
	guest_load(buf, auxv[25], 16); /* AT_RANDOM */
	guest_load(buf, auxv[33], 4);  /* AT_SYSINFO_EHDR */
	GUEST_CHECK(memcmp(buf, "\177ELF", 4) == 0);
	GUEST_CHECK(auxv[51] > 576);
	guest_exit(0);
}

/* Does the program find argc, argv, envp and the auxiliary vector as the ABI says? */
Test(exec, initial_stack)
{
	boot_fixture_reset();
	boot_fixture_program(look_at_stack);
	fix.argv = (char *const[]){"prog", "one", "", NULL};
	fix.env = (char *const[]){"PATH=/bin", "X=y", NULL};
	cr_expect_eq(boot_fixture_run(), 0);
}

static void bss_is_zero(void)
{
	uint8_t byte;

	/* The file ends inside a page; everything behind it up to the segment's end is zero and writable. */
	for (uint64_t at = 0x400000 + 2000; at < 0x400000 + 12288; at += 500) {
		guest_load(&byte, at, 1);
		GUEST_CHECK(byte == 0);
		guest_store(at, "x", 1);
	}
	guest_exit(0);
}

/* Is the part of a segment that the file does not fill zeroed, although the file goes on with something else?
 */
Test(exec, bss)
{
	static struct elf_image img;

	boot_fixture_reset();
	img = elf_image_make((const void *)(uintptr_t)bss_is_zero);
	memset(img.rest, 'R', sizeof(img.rest));
	img.seg[0].filesz = 2000;
	img.seg[0].memsz = 12288;
	boot_fixture_add("bin/prog", 0100755, &img, sizeof(img));
	cr_expect_eq(boot_fixture_run(), 0);
}

/* --- what is not a program ------------------------------------------------------------------- */

static int boot_error_of(const void *data, size_t size, uint32_t mode)
{
	boot_fixture_reset();
	boot_fixture_add("bin/prog", mode, data, size);
	int status = boot_fixture_run();
	return status == -1 ? fix.boot_err : -status;
}

Test(exec, not_programs)
{
	struct elf_image good = elf_image_make((const void *)(uintptr_t)exit_42), bad;

	cr_expect_eq(boot_error_of("", 0, 0100755), -ENOEXEC);
	cr_expect_eq(boot_error_of("hello\n", 6, 0100755), -ENOEXEC);
	cr_expect_eq(boot_error_of(&good, sizeof(good), 0100644), -EACCES);
	cr_expect_eq(boot_error_of(NULL, 0, 0040755), -EACCES);
	cr_expect_eq(boot_error_of(&good, 40, 0100755), -ENOEXEC);
	cr_expect_eq(boot_error_of(&good, 80, 0100755), -ENOEXEC); /* headers cut off */
	bad = good;
	bad.head.ident[1] = 'e';
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), -ENOEXEC);
	bad = good;
	bad.head.machine = 3;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), -ENOEXEC);
	bad = good;
	bad.head.type = 1;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), -ENOEXEC);
	bad = good;
	bad.head.phentsize = 32;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), -ENOEXEC);
	bad = good;
	bad.head.phnum = 0;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), -ENOEXEC);
	bad = good;
	bad.head.phnum = 65535;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), -ENOEXEC);
	bad = good;
	bad.head.phoff = UINT64_MAX - 10;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), -ENOEXEC);
	bad = good;
	bad.head.phoff = 1ULL << 62;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), -ENOEXEC);
}

#define KILLED_BY_SEGV (-(128 + 11))

/* Segments that cannot be mapped: Linux finds out behind the point of no return and kills. */
Test(exec, impossible_segments)
{
	struct elf_image good = elf_image_make((const void *)(uintptr_t)exit_42), bad;

	cr_expect_eq(boot_error_of(&good, sizeof(good), 0100755), -42);
	bad = good;
	bad.seg[0].filesz = bad.seg[0].memsz + 1;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), KILLED_BY_SEGV);
	bad = good;
	bad.seg[0].memsz = UINT64_MAX;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), KILLED_BY_SEGV);
	bad = good;
	bad.seg[0].vaddr = UINT64_MAX - 4095;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), KILLED_BY_SEGV);
	bad = good;
	bad.seg[0].vaddr = 0;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), KILLED_BY_SEGV);
	bad = good;
	bad.seg[0].offset = 123; /* not the same place in a page as vaddr */
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), KILLED_BY_SEGV);
	bad = good;
	bad.head.entry = 1ULL << 63;
	cr_expect_eq(boot_error_of(&bad, sizeof(bad), 0100755), KILLED_BY_SEGV);
}

/* A program that names an interpreter; each case as the host's Linux answers it. */
static int interp_error_of(const struct elf_segment *interp, const void *file, size_t size)
{
	static const char name[] = "/lib/interp";
	static struct elf_image img;

	boot_fixture_reset();
	img = elf_image_make((const void *)(uintptr_t)exit_42);
	img.head.phnum = 2;
	img.seg[1] = (struct elf_segment){
	    .type = 3, .offset = 512, .filesz = sizeof(name), .memsz = sizeof(name)};
	if (interp) {
		img.seg[1].offset = interp->offset;
		img.seg[1].filesz = interp->filesz;
	}
	memcpy((char *)&img + 512, name, sizeof(name));
	boot_fixture_add("bin/prog", 0100755, &img, sizeof(img));
	if (file)
		boot_fixture_add("lib/interp", 0100755, file, size);
	int status = boot_fixture_run();
	return status == -1 ? fix.boot_err : -status;
}

Test(exec, elf_interpreters)
{
	struct elf_image good = elf_image_make((const void *)(uintptr_t)exit_42), bad;
	struct elf_segment seg = {.offset = 512};

	/* The interpreter starts, not the program. */
	good.seg[0].vaddr = 0x10000000;
	cr_expect_eq(interp_error_of(NULL, &good, sizeof(good)), -42);
	cr_expect_eq(interp_error_of(NULL, NULL, 0), -ENOENT);
	seg.filesz = 1;
	cr_expect_eq(interp_error_of(&seg, &good, sizeof(good)), -ENOEXEC);
	seg.filesz = 5000;
	cr_expect_eq(interp_error_of(&seg, &good, sizeof(good)), -ENOEXEC);
	seg.filesz = 3; /* no NUL at its end */
	cr_expect_eq(interp_error_of(&seg, &good, sizeof(good)), -ENOEXEC);
	seg.offset = 700;
	seg.filesz = 5; /* empty */
	cr_expect_eq(interp_error_of(&seg, &good, sizeof(good)), -EACCES);
	seg.offset = 1 << 20;
	cr_expect_eq(interp_error_of(&seg, &good, sizeof(good)), -EIO);
	seg.offset = UINT64_MAX - 9;
	cr_expect_eq(interp_error_of(&seg, &good, sizeof(good)), -EINVAL);
	cr_expect_eq(interp_error_of(NULL, "x", 1), -EIO);
	cr_expect_eq(interp_error_of(NULL, good.rest, 100), -ELIBBAD);
	bad = good;
	bad.head.phnum = 0;
	cr_expect_eq(interp_error_of(NULL, &bad, sizeof(bad)), -ELIBBAD);
	bad = good;
	bad.head.type = 1;
	cr_expect_eq(interp_error_of(NULL, &bad, sizeof(bad)), KILLED_BY_SEGV);
	bad = good;
	bad.seg[0].type = 0;
	cr_expect_eq(interp_error_of(NULL, &bad, sizeof(bad)), KILLED_BY_SEGV);
	bad = good;
	bad.seg[0].vaddr = 0x400000; /* on top of the program */
	cr_expect_eq(interp_error_of(NULL, &bad, sizeof(bad)), KILLED_BY_SEGV);
}

/* --- interpreters ---------------------------------------------------------------------------- */

static void look_at_script_args(void)
{
	uint64_t at = guest_regs()->rsp, argc = stack_word(&at);
	const char *want[] = {"/bin/prog", "-a b", "/bin/script", "last"};
	char buf[64];

	GUEST_CHECK(argc == 4);
	for (unsigned i = 0; i < 4; i++) {
		load_string(buf, stack_word(&at));
		GUEST_CHECK(strcmp(buf, want[i]) == 0);
	}
	guest_exit(7);
}

/* Does "#!" run the interpreter with its one argument, the script and the rest? */
Test(exec, script)
{
	static const char text[] = "#! \t/bin/prog  -a b \t\nrest\n";

	boot_fixture_reset();
	boot_fixture_program(look_at_script_args);
	boot_fixture_add("bin/script", 0100755, text, strlen(text));
	fix.argv = (char *const[]){"/bin/script", "last", NULL};
	cr_expect_eq(boot_fixture_run(), 7);
}

static int script_error_of(const char *text)
{
	boot_fixture_reset();
	boot_fixture_program(exit_42);
	boot_fixture_add("bin/script", 0100755, text, strlen(text));
	fix.argv = (char *const[]){"/bin/script", NULL};
	int status = boot_fixture_run();
	return status == -1 ? fix.boot_err : -status;
}

Test(exec, broken_scripts)
{
	char text[400];

	cr_expect_eq(script_error_of("#!/bin/prog"), -42);
	cr_expect_eq(script_error_of("#!"), -ENOEXEC);
	cr_expect_eq(script_error_of("#!\n"), -ENOEXEC);
	cr_expect_eq(script_error_of("#!   \t\n"), -ENOEXEC);
	cr_expect_eq(script_error_of("#!/bin/missing\n"), -ENOENT);
	cr_expect_eq(script_error_of("#!/bin/script\n"), -ELOOP);
	memset(text, 'x', sizeof(text)); /* a name that does not end where the kernel stops reading */
	memcpy(text, "#!/bin/", 7);
	text[sizeof(text) - 1] = '\0';
	cr_expect_eq(script_error_of(text), -ENOEXEC);
	memset(text, ' ', sizeof(text)); /* but an argument may be cut off */
	memcpy(text, "#!/bin/prog x", 13);
	text[sizeof(text) - 1] = '\0';
	cr_expect_eq(script_error_of(text), -42);
}

/* Scripts that interpret scripts: five levels, not six. */
Test(exec, nested_scripts)
{
	static char text[7][32];
	static char path[7][16];

	for (int depth = 5; depth <= 6; depth++) {
		boot_fixture_reset();
		boot_fixture_program(exit_42);
		for (int i = 0; i < depth; i++) {
			snprintf(path[i], sizeof(path[i]), "bin/s%d", i);
			if (i == 0)
				strcpy(text[i], "#!/bin/prog\n");
			else
				snprintf(text[i], sizeof(text[i]), "#!/bin/s%d\n", i - 1);
			boot_fixture_add(path[i], 0100755, text[i], strlen(text[i]));
		}
		fix.argv = depth == 5 ? (char *const[]){"s4", NULL} : (char *const[]){"s5", NULL};
		int status = boot_fixture_run();
		if (depth == 5)
			cr_expect_eq(status, 42);
		else
			cr_expect_eq(fix.boot_err, -ELOOP);
	}
}

/* --- execve(2) itself ------------------------------------------------------------------------ */

static void exec_other(void)
{
	uint64_t vec[2] = {guest_string("other"), 0};
	uint64_t argv = guest_data(vec, sizeof(vec));

	GUEST_CHECK(CALL3(SYS_execve, guest_string("/bin/missing"), argv, 0) == -ENOENT);
	GUEST_CHECK(CALL3(SYS_execve, 1, argv, 0) == -EFAULT);
	GUEST_CHECK(CALL3(SYS_execve, guest_string(""), argv, 0) == -ENOENT);
	GUEST_CHECK(CALL3(SYS_execve, guest_string("/bin/other"), 1, 0) == -EFAULT);
	GUEST_CHECK(CALL3(SYS_execve, guest_string("/bin/other"), argv, 8) == -EFAULT);
	CALL3(SYS_execve, guest_string("/bin/other"), argv, 0);
	guest_exit(1);
}

/* Does a failed execve leave the program alone, and a good one replace it? */
Test(exec, replaces_program)
{
	static struct elf_image other;

	boot_fixture_reset();
	boot_fixture_program(exec_other);
	other = elf_image_make((const void *)(uintptr_t)exit_42);
	boot_fixture_add("bin/other", 0100755, &other, sizeof(other));
	cr_expect_eq(boot_fixture_run(), 42);
}

static void exec_impossible(void)
{
	CALL3(SYS_execve, guest_string("/bin/other"), 0, 0);
	guest_exit(1);
}

/* Does a program that cannot be mapped end the process that tried, and leave nothing of its arguments behind? */
Test(exec, death_in_exec)
{
	static struct elf_image other;

	boot_fixture_reset();
	boot_fixture_program(exec_impossible);
	other = elf_image_make((const void *)(uintptr_t)exit_42);
	other.seg[0].memsz = UINT64_MAX;
	boot_fixture_add("bin/other", 0100755, &other, sizeof(other));
	cr_expect_eq(boot_fixture_run(), 128 + 11);
}

static void exec_too_big(void)
{
	static char big[4096];
	static uint64_t vec[40];
	int64_t mem;

	/* one string of exactly 128 KiB with its NUL is too long by nothing; one byte more is */
	memset(big, 'x', sizeof(big));
	mem = guest_syscall(9, 0, 35 * 4096, 3, 0x22, (uint64_t)-1, 0);
	for (int i = 0; i < 32; i++)
		guest_store((uint64_t)mem + (uint64_t)i * 4096, big, 4096);
	vec[0] = (uint64_t)mem;
	GUEST_CHECK(CALL3(SYS_execve, guest_string("/bin/prog"), guest_data(vec, 16), 0) == -E2BIG);
	guest_store((uint64_t)mem + 32 * 4096 - 1, "", 1);
	GUEST_CHECK(CALL3(SYS_execve, guest_string("/bin/missing"), guest_data(vec, 16), 0) == -ENOENT);
	/* together more than a quarter of the stack's limit */
	for (int i = 0; i < 17; i++)
		vec[i] = (uint64_t)mem;
	GUEST_CHECK(CALL3(SYS_execve, guest_string("/bin/prog"), guest_data(vec, sizeof(vec)), 0) == -E2BIG);
	guest_exit(0);
}

/* The limits of execve(2) on strings. */
Test(exec, argument_limits)
{
	boot_fixture_reset();
	boot_fixture_program(exec_too_big);
	cr_expect_eq(boot_fixture_run(), 0);
}
