/* mmap_random.c - a long random history of mapping calls and accesses, the same in every run: results,
 * signals with their codes, and contents must be Linux's. */
#include <setjmp.h>
#include <sys/mman.h>

#include "say.h"

#define P 4096UL
#define BASE ((char *)0x200000000UL)
#define PAGES 96
#define FILE_PAGES 24
#define STEPS 4000

static uint64_t seed = 88172645463325252ULL;
static int fd;
static sigjmp_buf back;
static volatile int fault_signal, fault_code;
static char *volatile fault_addr;

static unsigned rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 20) % n);
}

static void on_fault(int signo, siginfo_t *info, void *context)
{
	(void)context;
	fault_signal = signo;
	fault_code = info->si_code;
	fault_addr = info->si_addr;
	siglongjmp(back, 1);
}

static char *page(unsigned i)
{
	return BASE + i * P;
}

static const char *result(void *p)
{
	static char text[64];

	if (p == MAP_FAILED)
		snprintf(text, sizeof(text), "-1 (%s)", strerror(errno));
	else
		snprintf(text, sizeof(text), "page %ld", (long)((char *)p - BASE) / (long)P);
	return text;
}

static const char *outcome(int r)
{
	return r ? strerror(errno) : "ok";
}

/* Reads or writes one byte. */
static void touch(unsigned i)
{
	volatile char *p = page(i) + rnd(P);
	int write = (int)rnd(2);
	char value = (char)rnd(256);

	if (sigsetjmp(back, 1)) {
		/* A write beyond the end of a file that is mapped read-only is wrong in two ways. */
		if (write && (fault_signal == SIGBUS || fault_code == SEGV_ACCERR))
			fault_signal = fault_code = 0;
		SAY("%s %u: signal %d code %d at %s\n", write ? "write" : "read", i, fault_signal, fault_code,
		    fault_addr == p ? "its address" : "ANOTHER ADDRESS");
		return;
	}
	if (write)
		*p = value;
	else
		value = *p;
	SAY("%s %u: %d\n", write ? "write" : "read", i, value);
}

/* The kernel reads or writes. */
static void copy(unsigned i)
{
	char *p = page(i) + P - 8;
	static int zero = -1;

	if (zero < 0)
		zero = open("/dev/zero", O_RDONLY);
	if (rnd(2))
		SAY("pwrite from %u: %s\n", i, pwrite(fd, p, 16, 0) < 0 ? strerror(errno) : "ok");
	else
		SAY("read into %u: %ld\n", i, (long)read(zero, p, 16));
}

static void map_anonymous(unsigned i, unsigned n)
{
	int flags = rnd(4) ? MAP_PRIVATE : MAP_SHARED;
	int prot = (int)rnd(8);

	flags |= rnd(8) ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	SAY("anonymous %u+%u prot %d: %s\n", i, n, prot,
	    result(mmap(page(i), n * P, prot, flags | MAP_ANONYMOUS, -1, 0)));
}

static void map_file(unsigned i, unsigned n)
{
	int flags = (rnd(2) ? MAP_PRIVATE : MAP_SHARED) | MAP_FIXED;
	int prot = (int)rnd(4);
	off_t at = (off_t)rnd(FILE_PAGES) * (off_t)P;

	SAY("file %u+%u prot %d: %s\n", i, n, prot, result(mmap(page(i), n * P, prot, flags, fd, at)));
}

static void resize(void)
{
	off_t size = (off_t)rnd(FILE_PAGES + 4) * (off_t)P + (off_t)rnd(2) * 1000;

	SAY("truncate to %ld: %s\n", (long)size, outcome(ftruncate(fd, size)));
}

/* Of a range that is one mapping: what Linux does with several has changed with its versions. */
static void move(unsigned i, unsigned n)
{
	unsigned m = rnd(10), to = rnd(PAGES - 10);
	int shared = rnd(4) == 0 ? MAP_SHARED : MAP_PRIVATE;

	n++;
	mmap(page(i), n * P, PROT_READ | PROT_WRITE, shared | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	for (unsigned k = 0; k < n; k += 1 + rnd(3))
		memset(page(i + k), (int)k + 1, P);
	void *moved = mremap(page(i), n * P, m * P, MREMAP_MAYMOVE | MREMAP_FIXED, page(to));
	SAY("move %u+%u to %u+%u: %s\n", i, n, to, m, result(moved));
	if (moved != MAP_FAILED && rnd(2))
		SAY("grow %u: %s\n", to, result(mremap(page(to), m * P, (m + 2) * P, 0)));
}

static void advise(unsigned i, unsigned n)
{
	static const int advice[] = {MADV_DONTNEED, MADV_DONTNEED, MADV_DONTNEED,   MADV_WILLNEED,
				     MADV_DONTFORK, MADV_DOFORK,   MADV_WIPEONFORK, MADV_KEEPONFORK};
	unsigned a = rnd(8);

	SAY("advice %d on %u+%u: %s\n", advice[a], i, n, outcome(madvise(page(i), n * P, advice[a])));
}

/* A child sees all of it, writes, and leaves no trace in private memory. */
static void child(void)
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		for (int k = 0; k < 30; k++)
			touch(rnd(PAGES));
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	say_status("child", status);
}

static void show_permissions(void)
{
	char line[256];
	FILE *f = fopen("/proc/self/maps", "r");

	while (fgets(line, sizeof(line), f)) {
		unsigned long a, b, off;
		char perms[5];
		sscanf(line, "%lx-%lx %4s %lx", &a, &b, perms, &off);
		for (; a < b; a += P)
			if (a >= (unsigned long)BASE && a < (unsigned long)page(PAGES))
				SAY("%lu:%s ", (a - (unsigned long)BASE) / P, perms);
	}
	SAY("\n");
	fclose(f);
}

static void step(void)
{
	unsigned i = rnd(PAGES - 12), n = rnd(12);

	switch (rnd(24)) {
	case 0:
	case 1: map_anonymous(i, n); break;
	case 2:
	case 3: map_file(i, n); break;
	case 4: SAY("unmap %u+%u: %s\n", i, n, outcome(munmap(page(i), n * P))); break;
	case 5:
	case 6: SAY("protect %u+%u: %s\n", i, n, outcome(mprotect(page(i), n * P, (int)rnd(8)))); break;
	case 7: advise(i, n); break;
	case 8: move(i, n); break;
	case 9:
		if (rnd(3) == 0)
			resize();
		break;
	case 10: copy(i); break;
	case 11:
		SAY("msync %u+%u: %s\n", i, n, outcome(msync(page(i), n * P, rnd(2) ? MS_SYNC : MS_ASYNC)));
		break;
	case 12:
		if (rnd(8) == 0)
			SAY("mlock %u+%u: %s\n", i, n, outcome(mlock(page(i), n * P)));
		else
			SAY("munlock %u+%u: %s\n", i, n, outcome(munlock(page(i), n * P)));
		break;
	case 13:
		if (rnd(6) == 0)
			child();
		break;
	default: touch(rnd(PAGES));
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	if (argc > 1) /* other histories, by hand */
		seed += strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15ULL;
	enter_scratch();
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	TRY(ftruncate(fd, FILE_PAGES * P));
	for (int i = 0; i < STEPS; i++) {
		step();
		if (i % 250 == 0)
			show_permissions();
	}
	return 0;
}
