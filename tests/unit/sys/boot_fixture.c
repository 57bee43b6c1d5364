/* boot_fixture.c - see boot_fixture.h. */
#define _GNU_SOURCE
#include "sys/boot_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/errno.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_BASE 0x180000000000UL
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_BASE 0x180000000000UL
#endif
#endif
#ifndef ARENA_BASE
#define ARENA_BASE 0x100000000000UL
#endif
#define ARENA_SIZE (256UL << 20)
#define RAM_BASE 0x200000000000UL
#define RAM_SIZE (64UL << 20)

#define SYS_mmap 9
#define SYS_exit_group 231

#define IMAGE_BASE 0x400000UL

struct boot_fixture fix;

static void *map_at(uintptr_t base, size_t size)
{
	void *p = mmap((void *)base, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	cr_assert_eq(p, (void *)base);
	return p;
}

static void capture_trace(const char *text, size_t n)
{
	n = n < sizeof(fix.trace) - 1 - fix.trace_len ? n : sizeof(fix.trace) - 1 - fix.trace_len;
	memcpy(fix.trace + fix.trace_len, text, n);
	fix.trace_len += n;
}

void boot_fixture_reset(void)
{
	memset(&fix, 0, sizeof(fix));
}

void boot_fixture_add(const char *path, uint32_t mode, const void *data, size_t size)
{
	fix.files[fix.nfiles++] = (struct boot_file){.path = path, .mode = mode, .data = data, .size = size};
}

static int fill_root(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < fix.nfiles; i++) {
		const struct boot_file *f = &fix.files[i];
		int err = boot_archive_entry(f->path, f->mode, 0, 0, 0, 0, f->link, false, f->data, f->size);
		if (err)
			return err;
	}
	return 0;
}

int boot_fixture_run(void)
{
	static char *const argv[] = {"/bin/prog", NULL};
	static char *const env[] = {"PATH=/bin", NULL};
	struct kernel_config cfg = {
	    .arena = map_at(ARENA_BASE, ARENA_SIZE),
	    .arena_size = ARENA_SIZE,
	    .ram = map_at(RAM_BASE, RAM_SIZE),
	    .ram_bytes = RAM_SIZE,
	    .seed = 1,
	    .clock_mode = CLOCK_MODE_VIRTUAL,
	    .epoch_ns = 1000000000LL * NSEC_PER_SEC,
	    .hostname = "test",
	    .command_line = "",
	    .root = ROOT_ARCHIVE,
	    .fill_root = fix.fill ? fix.fill : fill_root,
	    .argv = fix.argv ? fix.argv : argv,
	    .env = fix.env ? fix.env : env,
	    .uid = fix.uid,
	    .gid = fix.uid,
	    .strace = fix.strace,
	};
	int status = -1;

	script_door_init(cfg.ram);
	script_door.strace_write = capture_trace;
	fix.boot_err = kernel_boot(&cfg);
	if (fix.boot_err == 0)
		status = kernel_run();
	fix.leaks = kernel_shutdown();
	cr_expect_eq(fix.leaks, 0, "leaks:\n%s", script.log);
	cr_expect_eq(script.nspaces, 0);
	cr_expect_eq(script.nthreads, 0);
	return status;
}

struct elf_image elf_image_make(const void *entry)
{
	struct elf_image img = {
	    .head = {.ident = {0x7f, 'E', 'L', 'F', 2, 1, 1},
		     .type = 2,
		     .machine = 62,
		     .version = 1,
		     .entry = (uint64_t)(uintptr_t)entry,
		     .phoff = sizeof(struct elf_header),
		     .ehsize = sizeof(struct elf_header),
		     .phentsize = sizeof(struct elf_segment),
		     .phnum = 1},
	    .seg[0] = {.type = 1,
		       .flags = 7,
		       .vaddr = IMAGE_BASE,
		       .filesz = sizeof(struct elf_image),
		       .memsz = sizeof(struct elf_image) + 8192,
		       .align = 4096},
	};

	return img;
}

void boot_fixture_program(void (*guest)(void))
{
	static struct elf_image img;

	img = elf_image_make((const void *)(uintptr_t)guest);
	boot_fixture_add("bin/prog", 0100755, &img, sizeof(img));
}

uint64_t guest_data(const void *data, size_t n)
{
	/* PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS */
	int64_t page = guest_syscall(SYS_mmap, 0, 4096, 3, 0x22, (uint64_t)-1, 0);

	guest_store((uint64_t)page, data, n);
	return (uint64_t)page;
}

uint64_t guest_string(const char *s)
{
	return guest_data(s, strlen(s) + 1);
}

void guest_exit(int status)
{
	for (;;)
		guest_syscall(SYS_exit_group, (uint64_t)status, 0, 0, 0, 0, 0);
}

void guest_check(bool ok, const char *text, const char *file, int line)
{
	if (ok)
		return;
	fprintf(stderr, "%s:%d: guest: %s\n", file, line, text);
	guest_exit(99);
}
