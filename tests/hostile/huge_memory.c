/* huge_memory.c - asks for more memory than there is, in every way. The greedy process is killed or
 * refused, the others live.
 *
 * options: --mem 96M
 * status: 0
 * stdout: the parent lives */
#include <sys/mman.h>

#include "../guest/say.h"

static void touch_all(void)
{
	for (;;) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			_exit(11);
		for (int i = 0; i < 1 << 20; i += 4096)
			p[i] = 1;
	}
}

static void one_huge(void)
{
	char *p = mmap(NULL, 1UL << 45, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	if (p == MAP_FAILED)
		_exit(12);
	for (uint64_t i = 0; i < 1UL << 45; i += 1UL << 30)
		p[i] = 1;
	for (uint64_t i = 0;; i += 4096)
		p[i] = 1;
}

static void fill_tmpfs(void)
{
	static char buf[65536];
	int fd = open("/tmp/big", O_CREAT | O_WRONLY, 0600);

	while (write(fd, buf, sizeof(buf)) > 0)
		continue;
	int err = errno;
	unlink("/tmp/big");
	_exit(err == ENOSPC || err == ENOMEM ? 13 : 1);
}

static void many_mappings(void)
{
	for (int i = 0; i < 200000; i++) {
		if (mmap(NULL, 4096, i & 1 ? PROT_READ : PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0) == MAP_FAILED)
			_exit(14);
	}
	_exit(15);
}

static void one_big_write(void)
{
	int fd[2];

	pipe(fd);
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	char *p = mmap(NULL, 1UL << 40, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		_exit(16);
	write(fd[1], p, 1UL << 40);
	write(open("/dev/null", O_WRONLY), p, 1UL << 40);
	_exit(17);
}

int main(void)
{
	say_child("touching everything", touch_all);
	say_child("one huge mapping", one_huge);
	say_child("filling the file system", fill_tmpfs);
	say_child("many mappings", many_mappings);
	say_child("a terabyte to write", one_big_write);
	say_child("touching everything again", touch_all);
	puts("the parent lives");
	return 0;
}
