/* test_no_memory.c - a guest that uses a bit of everything, again and again, while one allocation of the kernel fails: the
 * first, the second and so on. Whatever the call that is hit by it does, nothing may crash, hang or leak (the fixture looks).
 *
 * FAIL_AT=N in the environment tries one place only and shows the calls. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/kmem.h"
#include "mm/frame.h"
#include "sys/guest_tasks.h"

#define MEM 0x10000000ULL /* shared with the children of clone() only */
#define STR (MEM + 0x1000)
#define BUF (MEM + 0x2000)
#define MAP 0x11000000ULL
#define NONE ((uint64_t)-1)

struct step {
	uint16_t nr;
	uint64_t arg[6];
};

static size_t strings_len;
static uint64_t fail_at, fail_left;
static bool fail_frames, show;

/* The guest address of a string. */
static uint64_t str(const char *s)
{
	size_t at = strings_len;

	guest_store(STR + at, s, strlen(s) + 1);
	strings_len += (strlen(s) + 16) & ~7UL;
	return STR + at;
}

static void child_exits(uint64_t flags)
{
	(void)flags;
	CALL2(NR_SIGPROCMASK, 0, BUF);
	guest_exit(0);
}

static void child_executes(uint64_t flags)
{
	(void)flags;
	guest_syscall(59, STR, 0, 0, 0, 0, 0);
	guest_exit(1);
}

static void thread_exits(uint64_t flags)
{
	(void)flags;
	guest_thread_exit();
}

static void second_program(void)
{
	guest_exit(7);
}

static void handler(uint64_t signo, uint64_t info, uint64_t context)
{
	(void)signo;
	(void)info;
	(void)context;
}

static void run_steps(const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const uint64_t *a = steps[i].arg;
		guest_syscall(steps[i].nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
}

static void use_files(void)
{
	uint64_t d = str("/d"), f = str("/d/f"), g = str("/d/g"), l = str("/d/l"), tmp = str("tmpfs"),
		 attr = str("user.x"), proc = str("/proc"), m = str("/m");
	const struct step steps[] = {{83, {d, 0755}},
				     {2, {f, 0x42, 0644}} /* 3 */,
				     {1, {3, BUF, 4096}},
				     {77, {3, 1 << 20}},
				     {18, {3, BUF, 100, 500000}},
				     {285, {3, 0, 0, 65536}},
				     {9, {MAP, 65536, 3, 0x11, 3, 0}},
				     {26, {MAP, 65536, 4}},
				     {17, {3, BUF, 4096, 0}},
				     {188, {f, attr, BUF, 8, 0}},
				     {191, {f, attr, BUF, 64}},
				     {86, {f, g}},
				     {88, {f, l}},
				     {89, {l, BUF, 64}},
				     {4, {l, BUF}},
				     {332, {NONE - 99, f, 0, 0xfff, BUF}},
				     {82, {g, f}},
				     {2, {d, 0x10000}} /* 4 */,
				     {217, {4, BUF, 4096}},
				     {72, {3, 6, MEM + 512}},
				     {73, {3, 2}},
				     {133, {m, 010644, 0}},
				     {2, {m, 0x802}} /* 5 */,
				     {87, {m}},
				     {83, {m, 0755}},
				     {165, {tmp, m, tmp, 0, 0}},
				     {80, {m}},
				     {85, {tmp, 0644}},
				     {79, {BUF, 100}},
				     {80, {d}},
				     {166, {m, 2}},
				     {84, {m}},
				     {2, {proc, 0x10000}},
				     {217, {7, BUF, 4096}},
				     {137, {d, BUF}},
				     {303, {NONE - 99, f, BUF, BUF + 128, 0}},
				     {40, {3, 4, 0, 100}},
				     {326, {3, MEM + 64, 3, MEM + 72, 5000, 0}},
				     {87, {g}},
				     {87, {f}},
				     {87, {l}},
				     {11, {MAP, 65536}},
				     {3, {3}},
				     {3, {4}},
				     {3, {5}},
				     {3, {6}},
				     {3, {7}},
				     {84, {d}}};

	run_steps(steps, ARRAY_LEN(steps));
}

static void use_descriptors(void)
{
	uint64_t name = str("name"), dir = str("/n"), root = str("/"), ptmx = str("/dev/ptmx"),
		 pts = str("/dev/pts/0"), maps = str("/proc/self/maps"), status = str("/proc/self/status"),
		 nul = str("/dev/null");
	const struct step steps[] = {{293, {MEM, 0x800}} /* 3 4 */,
				     {1, {4, BUF, 6000}},
				     {276, {3, 4, 10, 2}},
				     {290, {1, 0}} /* 5 */,
				     {283, {1, 0}} /* 6 */,
				     {286, {6, 0, MEM + 128, 0}},
				     {291, {0}} /* 7 */,
				     {233, {7, 1, 3, MEM + 256}},
				     {233, {7, 1, 5, MEM + 256}},
				     {233, {7, 1, 6, MEM + 256}},
				     {232, {7, BUF, 8, 0}},
				     {289, {NONE, MEM + 128, 8, 0}} /* 8 */,
				     {294, {0}} /* 9 */,
				     {254, {9, root, 0xfff}},
				     {319, {name, 0}} /* 10 */,
				     {1, {10, BUF, 5000}},
				     {83, {dir, 0755}},
				     {84, {dir}},
				     {0, {9, BUF, 4096}},
				     {275, {3, 0, 10, 0, 4000, 0}},
				     {278, {4, MEM + 320, 1, 0}},
				     {434, {2, 0}} /* 11 */,
				     {2, {ptmx, 0x902}} /* 12 */,
				     {16, {12, 0x40045431, MEM + 8}},
				     {2, {pts, 0x902}} /* 13 */,
				     {1, {12, BUF, 100}},
				     {0, {13, BUF, 100}},
				     {16, {13, 0x5402, BUF}},
				     {2, {maps, 0}} /* 14 */,
				     {0, {14, BUF, 4096}},
				     {2, {status, 0}},
				     {0, {15, BUF, 4096}},
				     {2, {nul, 2}},
				     {33, {16, 500}},
				     {32, {16}},
				     {7, {MEM + 384, 2, 1}},
				     {270, {20, BUF, BUF + 64, 0, MEM + 128, 0}},
				     {72, {16, 1030, 100}},
				     {436, {3, NONE, 0}}};

	run_steps(steps, ARRAY_LEN(steps));
}

static void use_memory(void)
{
	const struct step steps[] = {{9, {MAP, 1 << 20, 3, 0x32, NONE, 0}},
				     {1, {99, MAP, 1 << 20}},
				     {318, {MAP, 70000, 0}},
				     {10, {MAP + 8192, 4096, 1}},
				     {10, {MAP + 32768, 4096, 0}},
				     {11, {MAP + 65536, 4096}},
				     {25, {MAP + 131072, 8192, 16384, 3, MAP + (4 << 20)}},
				     {25, {MAP + (4 << 20), 16384, 1 << 19, 1, 0}},
				     {28, {MAP, 8192, 4}},
				     {9, {MAP + (8 << 20), 65536, 3, 0x31, NONE, 0}},
				     {318, {MAP + (8 << 20), 20000, 0}},
				     {149, {MAP, 8192}},
				     {151, {1}},
				     {152, {}},
				     {12, {0}},
				     {310, {2, MEM + 320, 1, MEM + 336, 1, 0}},
				     {29, {0, 8192, 01600}},
				     {30, {0, MAP + (16 << 20), 0}},
				     {31, {0, 0, 0}},
				     {67, {MAP + (16 << 20)}},
				     {64, {0, 4, 01600}},
				     {66, {0, 0, 16, 1}},
				     {65, {0, MEM + 448, 1}},
				     {66, {0, 0, 0, 0}},
				     {68, {0, 01600}},
				     {69, {0, MEM + 64, 100, 2048}},
				     {71, {0, 0, 0}}};

	run_steps(steps, ARRAY_LEN(steps));
}

static void use_tasks(void)
{
	const struct step steps[] = {{222, {1, 0, MEM + 600}},
				     {223, {0, 0, MEM + 128, 0}},
				     {38, {0, MEM + 128, 0}},
				     {35, {MEM + 128, 0}},
				     {226, {0}},
				     {129, {2, 40, MEM + 700}},
				     {200, {2, 41}},
				     {128, {MEM + 640, BUF, MEM + 128, 8}},
				     {202, {MEM, 0, 0, MEM + 128, 0, 0}},
				     {116, {3, MEM + 640}},
				     {105, {0}},
				     {112, {}},
				     {170, {STR, 4}},
				     {272, {0x400}},
				     {157, {15, STR}},
				     {125, {MEM + 800, MEM + 808}},
				     {302, {0, 7, 0, BUF}},
				     {13, {40, 0, BUF, 8}}};

	guest_fork(child_exits);
	guest_thread(thread_exits);
	run_steps(steps, ARRAY_LEN(steps));
	guest_fork(child_executes);
	while (CALL4(NR_WAIT4, -1, 0, 0, 0) >= 0)
		continue;
}

static void set_words(void)
{
	static const struct {
		uint16_t at;
		uint64_t value;
	} words[] = {
	    {128, 0},
	    {136, 1000000},
	    {144, 0},
	    {152, 1000000}, /* an itimerspec; also a set of signals */
	    {256, 1},
	    {264, 1}, /* epoll_event */
	    {320, BUF},
	    {328, 4096},
	    {336, BUF},
	    {344, 4096}, /* iovec */
	    {384, 3 | 1ULL << 32},
	    {392, 4 | 4ULL << 32}, /* pollfd */
	    {448, 1 << 16},
	    {512, 1},
	    {520, 0},
	    {528, 100}, /* sembuf, flock */
	    {600, 0},
	    {640, ~0ULL},
	    {64, 0},
	    {72, 8192},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		guest_store(MEM + words[i].at, &words[i].value, 8);
}

static void guest(void)
{
	static const uint64_t zero;
	struct sigaction_linux sa = {
	    .handler = (uint64_t)(uintptr_t)handler, .flags = SA_RESTORER_LINUX, .restorer = 0x401100};

	guest_syscall(NR_MMAP, MEM, 16384, 3, 0x32, NONE, 0);
	strings_len = 0;
	str("/bin/second");
	set_words();
	guest_store(BUF, &sa, sizeof(sa));
	for (int sig = 14; sig <= 41; sig++)
		CALL4(NR_SIGACTION, sig, BUF, 0, 8);
	guest_store(BUF, &zero, 8);
	for (int fd = 0; fd < 16; fd++)
		CALL1(3, fd);
	/* What blocks because of a failure is interrupted. */
	static const uint64_t often[4] = {0, 10000, 0, 10000};
	guest_store(BUF, often, sizeof(often));
	guest_syscall(NR_SETITIMER, 0, BUF, 0, 0, 0, 0);
	for (int fd = 0; fd < 3; fd++) /* 0 to 2 */
		CALL1(290, 0);
	if (fail_frames)
		frame_fail_in((uint32_t)fail_at);
	else
		kmem_fail_in(fail_at);
	use_files();
	use_descriptors();
	use_memory();
	use_tasks();
	fail_left = fail_frames ? frame_fail_in(0) : kmem_fail_in(0);
	guest_exit(0);
}

static int run_once(uint64_t at)
{
	static struct elf_image second;

	fail_at = at;
	fail_left = 0;
	boot_fixture_reset();
	fix.strace = show;
	boot_fixture_program(guest);
	second = elf_image_make((const void *)(uintptr_t)second_program);
	boot_fixture_add("bin/second", 0100755, &second, sizeof(second));
	return boot_fixture_run();
}

static void try_all(bool frames)
{
	const uint64_t far = 1000000;
	const char *one = getenv("FAIL_AT");

	fail_frames = frames;
	if (one) {
		show = true;
		run_once(strtoull(one, NULL, 0));
		cr_log_warn("%s", fix.trace);
		return;
	}
	int status = run_once(far);
	cr_assert_eq(status, 0, "status %d: %s", status, script.log);
	uint64_t n = far - fail_left;
	cr_log_info("%llu allocations", (unsigned long long)n);
	cr_assert(n > 50 && n < far);
	for (uint64_t at = 1; at <= n; at++) {
		status = run_once(at);
		/* killed when its own memory could not be had */
		cr_expect(status == 0 || status > 128, "failure %llu: status %d", (unsigned long long)at,
			  status);
		cr_assert_eq(fix.leaks, 0, "failure %llu", (unsigned long long)at);
	}
}

Test(no_memory, objects, .timeout = 300)
{
	try_all(false);
}

Test(no_memory, frames, .timeout = 300)
{
	try_all(true);
}
