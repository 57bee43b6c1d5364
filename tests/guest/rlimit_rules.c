/* rlimit_rules.c - resource limits: the rules of setting them, and the effects of the ones that processes feel. */
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "say.h"

static volatile sig_atomic_t xcpu, xfsz;

static void on_signal(int sig)
{
	if (sig == SIGXCPU)
		xcpu++;
	else
		xfsz++;
}

/* CPU time that costs few system calls: the kernel fills a large buffer. */
static void burn(void)
{
	static char buf[4 << 20];
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/zero", O_RDONLY);
	read(fd, buf, sizeof(buf));
}

static void cpu_limit(void)
{
	struct rlimit rl = {1, RLIM_INFINITY};
	struct rusage ru;

	signal(SIGXCPU, on_signal);
	setrlimit(RLIMIT_CPU, &rl);
	while (xcpu < 1)
		burn();
	getrusage(RUSAGE_SELF, &ru);
	long ms = (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000 +
		  (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1000;
	SAY("SIGXCPU after about a second: %d\n", ms >= 500 && ms < 3000);
	getrlimit(RLIMIT_CPU, &rl);
	SAY("the next comes at %d\n", (int)rl.rlim_cur);
}

static void nproc_limit(void)
{
	struct rlimit rl = {3, 3};

	setrlimit(RLIMIT_NPROC, &rl);
	if (setuid(4242))
		return;
	pid_t a = fork();
	if (a == 0)
		pause();
	pid_t b = fork();
	if (b == 0)
		pause();
	TRY(fork());
	kill(a, SIGKILL);
	waitpid(a, NULL, 0);
	a = fork();
	if (a == 0)
		_exit(0);
	IS(a > 0);
	waitpid(a, NULL, 0);
	kill(b, SIGKILL);
	waitpid(b, NULL, 0);
}

static void file_limits(void)
{
	struct rlimit rl = {16, 16};
	char page[100] = {0};

	enter_scratch();
	setrlimit(RLIMIT_NOFILE, &rl);
	TRY(dup2(1, 16));
	TRY(dup2(1, 15));
	while (dup(1) >= 0)
		;
	SAY("%s\n", strerror(errno));
	close(15);
	fflush(stdout);
	rl = (struct rlimit){50, RLIM_INFINITY}; /* counts for our own output as well */
	setrlimit(RLIMIT_FSIZE, &rl);
	signal(SIGXFSZ, on_signal);
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	TRY(write(fd, page, sizeof(page)));
	TRY(write(fd, page, 1));
	SAY("SIGXFSZ: %d\n", xfsz);
	TRY(ftruncate(fd, 51));
	rl.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &rl);
}

static void memory_limits(void)
{
	struct rlimit rl = {64 << 20, 64 << 20};

	setrlimit(RLIMIT_AS, &rl);
	IS(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
	   errno == ENOMEM);
	IS(mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static void unprivileged(void)
{
	struct rlimit rl;

	if (setuid(4242))
		return;
	getrlimit(RLIMIT_CORE, &rl);
	rl.rlim_cur = rl.rlim_max = 100;
	TRY(setrlimit(RLIMIT_CORE, &rl));
	rl.rlim_cur = 50;
	TRY(setrlimit(RLIMIT_CORE, &rl));
	rl.rlim_cur = 100;
	TRY(setrlimit(RLIMIT_CORE, &rl));
	rl.rlim_max = 200;
	TRY(setrlimit(RLIMIT_CORE, &rl));
	struct rlimit old;
	TRY(prlimit(1, RLIMIT_CORE, NULL, &old));
}

int main(void)
{
	struct rlimit rl, old;
	int status;

	rl = (struct rlimit){2, 1};
	TRY(setrlimit(RLIMIT_CORE, &rl));
	TRY(setrlimit(99, &rl));
	TRY(getrlimit(99, &rl));
	TRY(syscall(SYS_getrlimit, RLIMIT_CORE, (void *)8));
	TRY(syscall(SYS_setrlimit, RLIMIT_CORE, (void *)8));
	rl = (struct rlimit){1 << 30, 1 << 30};
	TRY(prlimit(0, RLIMIT_NOFILE, &rl, NULL));
	rl = (struct rlimit){0, RLIM_INFINITY};
	TRY(prlimit(0, RLIMIT_CORE, &rl, &old));
	TRY(prlimit(0, RLIMIT_CORE, NULL, &old));
	IS(old.rlim_cur == 0);
	TRY(prlimit(999999, RLIMIT_CORE, NULL, &old));
	/* another process, and inheritance */
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		do {
			getrlimit(RLIMIT_CORE, &rl);
			sched_yield();
		} while (rl.rlim_cur != 77);
		_exit(0);
	}
	rl = (struct rlimit){77, RLIM_INFINITY};
	TRY(prlimit(pid, RLIMIT_CORE, &rl, NULL));
	waitpid(pid, &status, 0);
	say_status("limited from outside", status);

	say_child("RLIMIT_CPU", cpu_limit);
	say_child("RLIMIT_NPROC", nproc_limit);
	say_child("files", file_limits);
	say_child("memory", memory_limits);
	say_child("unprivileged", unprivileged);
	return 0;
}
