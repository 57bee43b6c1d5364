/* mmap_rules.c - private and shared, file and anonymous mappings; splits, protections, moves (mmap(2),
 * mremap(2)...). */
#include <sys/mman.h>
#include <sys/syscall.h>

#include "say.h"

#define P 4096UL

static char *map(size_t pages, int prot, int flags, int fd)
{
	return mmap(NULL, pages * P, prot, flags, fd, 0);
}

static void errors(void)
{
	char *p = map(1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	IS(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
	IS(mmap(NULL, P, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EINVAL);
	IS(mmap(NULL, P, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
	IS(mmap(NULL, P, PROT_READ, MAP_PRIVATE, 0, 5) == MAP_FAILED && errno == EINVAL);
	IS(mmap((void *)(1UL << 47), P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	       MAP_FAILED &&
	   errno == ENOMEM);
	IS(mmap(NULL, 1UL << 47, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
	   errno == ENOMEM);
	IS(mmap(p, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED &&
	   errno == EEXIST);
	TRY(munmap(p + 1, P));
	TRY(munmap(p, 0));
	TRY(munmap(p, P));
	TRY(munmap(p, P));
	TRY(mprotect(p, P, PROT_READ));
	TRY(msync(p, P, MS_SYNC));
	TRY(madvise(p, P, MADV_DONTNEED));
	TRY(madvise(p, P, 12345));
}

static void splits(void)
{
	char *p = map(8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	memset(p, 'a', 8 * P);
	TRY(mprotect(p + 2 * P, 2 * P, PROT_READ));
	TRY(munmap(p + 5 * P, P));
	IS(p[4 * P] == 'a' && p[6 * P] == 'a' && p[2 * P] == 'a');
	IS(mmap(p + 3 * P, P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	   p + 3 * P);
	IS(p[3 * P] == 0 && p[2 * P] == 'a' && p[4 * P] == 'a');
	TRY(mprotect(p, 8 * P, PROT_READ));
	TRY(mprotect(p, 4 * P, PROT_READ | PROT_WRITE));
	p[0] = 'b';
	unsigned char vec[8];
	TRY(mincore(p, 5 * P, vec));
	TRY(mincore(p, 6 * P, vec));
	TRY(madvise(p, 2 * P, MADV_DONTNEED));
	IS(p[0] == 0 && p[2 * P] == 'a');
}

static void moves(void)
{
	char *p = map(4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	memset(p, 'm', 4 * P);
	char *q = mremap(p, 4 * P, 64 * P, MREMAP_MAYMOVE);
	IS(q != MAP_FAILED && q[0] == 'm' && q[4 * P - 1] == 'm' && q[4 * P] == 0 && q[64 * P - 1] == 0);
	q = mremap(q, 64 * P, 2 * P, 0);
	IS(q != MAP_FAILED && q[2 * P - 1] == 'm');
	char *hole = map(4, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	IS(mremap(q, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, hole) == hole && hole[0] == 'm');
	IS(mremap(hole + 1, P, P, 0) == MAP_FAILED && errno == EINVAL);
	IS(mremap(hole, P, 0, 0) == MAP_FAILED && errno == EINVAL);
	IS(mremap((void *)P, P, 2 * P, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
}

static void files(void)
{
	char buf[16] = "";
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);

	ftruncate(fd, 3 * (off_t)P);
	char *s = map(3, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	char *v = map(3, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	strcpy(s, "shared");
	pread(fd, buf, 6, 0);
	SAY("the file has \"%s\", the private mapping \"%s\"\n", buf, v);
	strcpy(v, "private");
	pwrite(fd, "FILE", 4, 0);
	SAY("shared \"%s\", private \"%s\"\n", s, v);
	pwrite(fd, "second", 6, (off_t)P);
	SAY("untouched private page: \"%s\"\n", v + P);
	TRY(msync(s, 3 * P, MS_SYNC));
	fflush(stdout);
	if (fork() == 0) {
		strcpy(s + 2 * P, "child");
		strcpy(v + 2 * P, "child");
		_exit(0);
	}
	wait(NULL);
	SAY("after the child wrote: shared \"%s\", private \"%s\"\n", s + 2 * P, v + 2 * P);
	close(fd);
	unlink("file");
	SAY("after close and unlink: \"%s\"\n", s);
	fd = open("ro", O_RDONLY | O_CREAT, 0600);
	IS(map(1, PROT_READ | PROT_WRITE, MAP_SHARED, fd) == MAP_FAILED && errno == EACCES);
	char *r = map(1, PROT_READ, MAP_SHARED, fd);
	TRY(mprotect(r, P, PROT_READ | PROT_WRITE));
	close(fd);
	fd = open("wo", O_WRONLY | O_CREAT, 0600);
	IS(map(1, PROT_READ, MAP_PRIVATE, fd) == MAP_FAILED && errno == EACCES);
}

static void anonymous(void)
{
	char *s = map(2, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	char *v = map(2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *z = map(1, PROT_READ | PROT_WRITE, MAP_PRIVATE, open("/dev/zero", O_RDWR));

	strcpy(s, "before");
	strcpy(v, "before");
	IS(z[0] == 0);
	fflush(stdout);
	if (fork() == 0) {
		strcpy(s, "child");
		strcpy(v, "child");
		_exit(strcmp(v, "child"));
	}
	wait(NULL);
	SAY("shared \"%s\", private \"%s\"\n", s, v);
}

static void execution(void)
{
	static const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */
	unsigned char *p = (unsigned char *)map(1, PROT_READ | PROT_WRITE | PROT_EXEC,
						MAP_PRIVATE | MAP_ANONYMOUS, -1);

	memcpy(p, code, sizeof(code));
	SAY("generated code returns %d\n", ((int (*)(void))p)());
	p[1] = 43;
	SAY("changed code returns %d\n", ((int (*)(void))p)());
	TRY(mprotect(p, P, PROT_READ | PROT_EXEC));
	SAY("protected code returns %d\n", ((int (*)(void))p)());
}

static char *brk_to(char *to)
{
	return (char *)syscall(SYS_brk, to);
}

static void heap(void)
{
	char *a = brk_to(NULL);

	a = brk_to((char *)(((uintptr_t)a + P - 1) & ~(P - 1)));
	IS(brk_to(a + 3 * P) == a + 3 * P);
	a[3 * P - 1] = 1;
	IS(a[0] == 0);
	a[0] = 1;
	IS(brk_to(a) == a);
	IS(brk_to(a + P) == a + P && a[0] == 0);
	IS(brk_to((char *)16) == a + P);
	IS(brk_to(a + (1UL << 46)) == a + P);
}

int main(void)
{
	enter_scratch();
	errors();
	splits();
	moves();
	files();
	anonymous();
	execution();
	heap();
	return 0;
}
