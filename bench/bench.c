/* bench.c - one operation, many times: the guest side of `make bench`.
 *
 *   bench ROW COUNT     does COUNT operations of the row and ends; the caller measures from outside, so that
 * no clock of the guest is involved bench --list        the rows
 *
 * The same static binary runs natively and under kevsim. Leaves out: anything about networks. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FUTEX_WAIT 0
#define FUTEX_WAKE 1

static char buf[65536];
static char *self;
static const char *scratch;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void row_null(long n)
{
	while (n--)
		syscall(SYS_getppid);
}

static void row_read_1(long n)
{
	int fd = open("/dev/zero", O_RDONLY);

	while (n--)
		read(fd, buf, 1);
}

static void row_write_1(long n)
{
	int fd = open("/dev/null", O_WRONLY);

	while (n--)
		write(fd, buf, 1);
}

static int big_file(void)
{
	int fd = open("bench.file", O_CREAT | O_RDWR | O_TRUNC, 0600);

	if (fd < 0 || write(fd, buf, sizeof(buf)) != sizeof(buf))
		fail("bench.file");
	return fd;
}

static void row_read_64k(long n)
{
	int fd = big_file();

	while (n--)
		pread(fd, buf, sizeof(buf), 0);
}

static void row_write_64k(long n)
{
	int fd = big_file();

	while (n--)
		pwrite(fd, buf, sizeof(buf), 0);
}

static void row_pipe(long n)
{
	int a[2], b[2];
	char c = 0;

	if (pipe(a) || pipe(b))
		fail("pipe");
	pid_t pid = fork();
	if (pid == 0) {
		for (long i = 0; i < n; i++) {
			read(a[0], &c, 1);
			write(b[1], &c, 1);
		}
		_exit(0);
	}
	for (long i = 0; i < n; i++) {
		write(a[1], &c, 1);
		read(b[0], &c, 1);
	}
	waitpid(pid, NULL, 0);
}

static void row_fork(long n)
{
	while (n--) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid < 0)
			fail("fork");
		waitpid(pid, NULL, 0);
	}
}

static void exec_child(long n, char *const argv[])
{
	int status;

	while (n--) {
		pid_t pid = fork();
		if (pid == 0) {
			execv(argv[0], argv);
			_exit(127);
		}
		if (pid < 0)
			fail("fork");
		waitpid(pid, &status, 0);
		if (status)
			exit(1);
	}
}

static void row_exec(long n)
{
	exec_child(n, (char *[]){self, "--nothing", NULL});
}

static void row_exec_busybox(long n)
{
	exec_child(n, (char *[]){getenv("BUSYBOX") ? getenv("BUSYBOX") : "/bin/busybox", "true", NULL});
}

/* Touches 64 MiB page by page; one operation is one page. */
static void row_fault(long n)
{
	const long pages = 16384;

	while (n > 0) {
		long now = n < pages ? n : pages;
		char *p = mmap(NULL, (size_t)pages * 4096, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			fail("mmap");
		madvise(p, (size_t)pages * 4096, MADV_NOHUGEPAGE);
		for (long i = 0; i < now; i++)
			p[i * 4096] = 1;
		munmap(p, (size_t)pages * 4096);
		n -= now;
	}
}

static void row_mmap(long n)
{
	while (n--) {
		void *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(p, 65536);
	}
}

static void row_open(long n)
{
	close(big_file());
	while (n--)
		close(open("bench.file", O_RDONLY));
}

static void row_stat(long n)
{
	struct stat st;

	close(big_file());
	while (n--)
		stat("bench.file", &st);
}

static void row_create(long n)
{
	while (n--) {
		close(open("bench.new", O_CREAT | O_WRONLY, 0600));
		unlink("bench.new");
	}
}

static uint32_t *words;

static void *futex_partner(void *arg)
{
	for (long n = *(long *)arg; n > 0; n--) {
		while (__atomic_load_n(&words[0], __ATOMIC_ACQUIRE) == 0)
			syscall(SYS_futex, &words[0], FUTEX_WAIT, 0, NULL, NULL, 0);
		__atomic_store_n(&words[0], 0, __ATOMIC_RELEASE);
		__atomic_store_n(&words[1], 1, __ATOMIC_RELEASE);
		syscall(SYS_futex, &words[1], FUTEX_WAKE, 1, NULL, NULL, 0);
	}
	return NULL;
}

static void row_futex(long n)
{
	static uint32_t w[2];
	pthread_t t;

	words = w;
	pthread_create(&t, NULL, futex_partner, &n);
	for (long i = 0; i < n; i++) {
		__atomic_store_n(&w[0], 1, __ATOMIC_RELEASE);
		syscall(SYS_futex, &w[0], FUTEX_WAKE, 1, NULL, NULL, 0);
		while (__atomic_load_n(&w[1], __ATOMIC_ACQUIRE) == 0)
			syscall(SYS_futex, &w[1], FUTEX_WAIT, 0, NULL, NULL, 0);
		__atomic_store_n(&w[1], 0, __ATOMIC_RELEASE);
	}
	pthread_join(t, NULL);
}

static void *nothing(void *arg)
{
	return arg;
}

static void row_thread(long n)
{
	pthread_t t;

	while (n--) {
		if (pthread_create(&t, NULL, nothing, NULL))
			fail("pthread_create");
		pthread_join(t, NULL);
	}
}

static void on_signal(int sig)
{
}

static void row_signal(long n)
{
	signal(SIGUSR1, on_signal);
	pid_t pid = getpid();
	while (n--)
		kill(pid, SIGUSR1);
}

static char *volatile fault_page;

static void on_fault(int sig, siginfo_t *si, void *ctx)
{
	mprotect(fault_page, 4096, PROT_READ | PROT_WRITE);
}

static void row_segv(long n)
{
	struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	fault_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigaction(SIGSEGV, &sa, NULL);
	while (n--) {
		mprotect(fault_page, 4096, PROT_NONE);
		*(volatile char *)fault_page = 1;
	}
}

static void row_clock(long n)
{
	struct timespec ts;

	while (n--)
		clock_gettime(CLOCK_MONOTONIC, &ts);
}

static void row_yield(long n)
{
	while (n--)
		sched_yield();
}

static void row_compute(long n)
{
	volatile uint64_t x = 1;

	while (n--)
		for (int i = 0; i < 1000; i++)
			x = x * 6364136223846793005 + 1;
}

static const struct {
	const char *name;
	void (*run)(long n);
	const char *text;
} rows[] = {
    {"null", row_null, "null system call (getppid)"},
    {"read_1", row_read_1, "read 1 byte of /dev/zero"},
    {"write_1", row_write_1, "write 1 byte to /dev/null"},
    {"read_64k", row_read_64k, "read 64 KiB of a file in memory"},
    {"write_64k", row_write_64k, "write 64 KiB to a file in memory"},
    {"pipe", row_pipe, "pipe round trip between two processes"},
    {"futex", row_futex, "futex round trip between two threads"},
    {"thread", row_thread, "thread create + join"},
    {"signal", row_signal, "signal to self, handled"},
    {"segv", row_segv, "SIGSEGV, handled, and two mprotect"},
    {"clock", row_clock, "clock_gettime"},
    {"yield", row_yield, "sched_yield, alone"},
    {"fault", row_fault, "page fault, per 4 KiB of 64 MiB touched"},
    {"mmap", row_mmap, "mmap + munmap of 64 KiB"},
    {"open", row_open, "open + close"},
    {"stat", row_stat, "stat"},
    {"create", row_create, "create + unlink"},
    {"fork", row_fork, "fork + exit + wait"},
    {"exec", row_exec, "fork + exec + wait (small static musl program)"},
    {"exec_busybox", row_exec_busybox, "fork + exec + wait (busybox true)"},
    {"compute", row_compute, "1000 multiplications, no system call"},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--nothing") == 0)
		return 0;
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (size_t i = 0; i < ROWS; i++)
			printf("%s\t%s\n", rows[i].name, rows[i].text);
		return 0;
	}
	self = argv[0];
	scratch = getenv("SCRATCH") ? getenv("SCRATCH") : "/tmp";
	if (argc != 3 || chdir(scratch)) {
		fputs("usage: bench ROW COUNT | --list\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].name, argv[1]) == 0) {
			rows[i].run(atol(argv[2]));
			unlink("bench.file");
			return 0;
		}
	}
	fprintf(stderr, "bench: no row %s\n", argv[1]);
	return 2;
}
