/* churn.c - fork+exec+wait, thousands of times: does the accounting end where it started? With numbers as
 * arguments runs that many cycles each; without, a hundred. The first round warms up caches; the later ones
 * may not cost anything lasting. */
#include "say.h"

static long field(const char *path, const char *name)
{
	static char text[65536];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -1;
	text[n] = '\0';
	char *p = strstr(text, name);
	return p ? atol(p + strlen(name)) : -1;
}

static void cycles(long n, const char *self)
{
	int status;

	for (long i = 0; i < n; i++) {
		pid_t pid = fork();
		if (pid < 0) {
			printf("fork %ld: %s\n", i, strerror(errno));
			exit(1);
		}
		if (pid == 0) {
			execl(self, self, "child", (char *)NULL);
			_exit(127);
		}
		if (waitpid(pid, &status, 0) != pid || status != 0) {
			printf("cycle %ld: status %#x\n", i, status);
			exit(1);
		}
	}
}

/* Live kernel objects of all kinds, where the kernel tells: lines "kind live total size" (kevsim has them,
 * Linux has not). */
static long objects(void)
{
	char line[256];
	long live, sum = 0;
	FILE *f = fopen("/proc/kmem", "r");

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %ld", &live) == 1)
			sum += live;
	}
	fclose(f);
	return sum;
}

int main(int argc, char **argv)
{
	bool leaked = false;

	if (argc > 1 && strcmp(argv[1], "child") == 0)
		return 0;
	cycles(100, argv[0]);
	for (int i = 1; i < argc; i++) {
		long mem = field("/proc/meminfo", "MemFree:"), live = objects();
		cycles(atol(argv[i]), argv[0]);
		long mem_after = field("/proc/meminfo", "MemFree:"), live_after = objects();
		printf("%s cycles: MemFree %ld -> %ld kB, kernel objects %ld -> %ld\n", argv[i], mem,
		       mem_after, live, live_after);
		leaked |= mem_after < mem - 16 ||
			  live_after > live; /* a cache may grow by a page or two, once */
	}
	puts(leaked ? "LEAKED" : "nothing leaked");
	return leaked;
}
