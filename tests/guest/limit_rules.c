/* limit_rules.c - resource limits (setrlimit(2)) that must bite: descriptors, file size, address space,
 * stack, processes. */
#include <sys/mman.h>
#include <sys/resource.h>

#include "say.h"

static void set(int what, rlim_t soft)
{
	struct rlimit r;

	getrlimit(what, &r);
	r.rlim_cur = soft;
	TRY(setrlimit(what, &r));
}

static void descriptors(void)
{
	set(RLIMIT_NOFILE, 10);
	int n = 0;
	while (open("/dev/null", O_RDONLY) >= 0)
		n++;
	SAY("%d opened: %s\n", n, strerror(errno));
	TRY(dup2(0, 10));
	TRY(fcntl(0, F_DUPFD, 10));
	TRY(fcntl(0, F_DUPFD, 9));
	int fd[2];
	TRY(pipe(fd));
}

static volatile sig_atomic_t xfsz;
static void on_xfsz(int sig)
{
	xfsz++;
}

static void file_size(void)
{
	static char buf[5000];

	signal(SIGXFSZ, on_xfsz);
	set(RLIMIT_FSIZE, 4096);
	int fd = open("file", O_CREAT | O_RDWR, 0600);
	TRY(write(fd, buf, 5000));
	TRY(write(fd, buf, 1));
	TRY(ftruncate(fd, 5000));
	SAY("SIGXFSZ: %d\n", xfsz);
	signal(SIGXFSZ, SIG_DFL);
	write(fd, buf, 1);
}

static void address_space(void)
{
	set(RLIMIT_AS, 64 << 20);
	IS(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
	   errno == ENOMEM);
	IS(mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static int deep(int n)
{
	volatile char frame[1024];

	frame[0] = (char)n;
	return n == 0 ? frame[0] : deep(n - 1) + frame[0];
}

static void small_stack(void)
{
	set(RLIMIT_STACK, 256 << 10);
	deep(100);
	SAY("100 KiB of stack are fine\n");
	fflush(stdout);
	deep(400);
	SAY("400 KiB too\n");
}

static void deep_stack(void)
{
	deep(5000);
	SAY("5 MiB of stack are fine\n");
}

static void cpu_time(void)
{
	set(RLIMIT_CPU, 1);
	for (;;)
		now_ns();
}

int main(void)
{
	struct rlimit r = {10, 5};

	enter_scratch();
	TRY(setrlimit(RLIMIT_NOFILE, &r));
	TRY(getrlimit(99, &r));
	set(RLIMIT_CORE, 0);
	say_child("descriptors", descriptors);
	say_child("file size", file_size);
	say_child("address space", address_space);
	say_child("deep stack", deep_stack);
	say_child("small stack", small_stack);
	say_child("CPU time", cpu_time);
	struct rusage ru;
	TRY(getrusage(RUSAGE_CHILDREN, &ru));
	IS(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec >= 0 && ru.ru_maxrss > 0);
	TRY(getrusage(55, &ru));
	TRY(prlimit(999999, RLIMIT_CORE, NULL, &r));
	return 0;
}
