/* boot_fixture.h - a whole kernel, booted from an archive root made of a few files, with guests as C
 * functions. */
#ifndef KEVSIM_TESTS_BOOT_FIXTURE_H
#define KEVSIM_TESTS_BOOT_FIXTURE_H

#include "support/script_door.h"
#include "sys/boot.h"
#include "sys/elf.h"

struct boot_file {
	const char *path;
	uint32_t mode;
	const void *data;
	size_t size;
	const char *link; /* symbolic link target */
};

struct boot_fixture {
	struct boot_file files[32];
	size_t nfiles;
	int (*fill)(void *arg); /* NULL: the files above */
	char *const *argv;      /* NULL: {"/bin/prog"} */
	char *const *env;       /* NULL: PATH=/bin */
	uint32_t uid;
	bool strace;
	char trace[65536]; /* what strace wrote */
	size_t trace_len;
	int boot_err;   /* of kernel_boot() */
	unsigned leaks; /* of kernel_shutdown() */
};

/* The one fixture; reset by boot_fixture_reset(). */
extern struct boot_fixture fix;
void boot_fixture_reset(void);
void boot_fixture_add(const char *path, uint32_t mode, const void *data, size_t size);
/* Boots, runs, shuts down and asserts that nothing leaked; the exit status, or -1 when boot failed
 * (fix.boot_err). */
int boot_fixture_run(void);

/* A minimal program: one segment at 0x400000 that holds the headers; entry is a guest function (or any
 * address). */
struct elf_image {
	struct elf_header head;
	struct elf_segment seg[3];
	char rest[4096 - sizeof(struct elf_header) - 3 * sizeof(struct elf_segment)];
};
struct elf_image elf_image_make(const void *entry);
/* The same, added as /bin/prog. */
void boot_fixture_program(void (*guest)(void));

/* Shorthand for guests. */
#define CALL0(nr) guest_syscall(nr, 0, 0, 0, 0, 0, 0)
#define CALL1(nr, a) guest_syscall(nr, (uint64_t)(a), 0, 0, 0, 0, 0)
#define CALL2(nr, a, b) guest_syscall(nr, (uint64_t)(a), (uint64_t)(b), 0, 0, 0, 0)
#define CALL3(nr, a, b, c) guest_syscall(nr, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), 0, 0, 0)
#define CALL4(nr, a, b, c, d) \
	guest_syscall(nr, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), 0, 0)
/* Copies bytes to a page of the guest that is there for it; returns the guest address. n <= 4096. */
uint64_t guest_data(const void *data, size_t n);
uint64_t guest_string(const char *s);
/* exit_group(2) */
_Noreturn void guest_exit(int status);
/* Ends the guest with status 99 if the condition does not hold, after saying where. */
#define GUEST_CHECK(cond) guest_check((cond), #cond, __FILE__, __LINE__)
void guest_check(bool ok, const char *text, const char *file, int line);

#endif
