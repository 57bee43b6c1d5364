/* memfd_rules.c - memfd_create(2) and its seals. */
#include <sys/mman.h>

#include "say.h"

#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034

int main(void)
{
	char buf[64] = "";
	int fd = memfd_create("name", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	TRY(write(fd, "hello", 5));
	TRY(fcntl(fd, F_GET_SEALS));
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	SAY("mapped: %.5s\n", p);
	TRY(fcntl(fd, F_ADD_SEALS, 8));
	munmap(p, 4096);
	TRY(fcntl(fd, F_ADD_SEALS, 2 | 4));
	TRY(ftruncate(fd, 3));
	TRY(ftruncate(fd, 10));
	TRY(pwrite(fd, "J", 1, 0));
	TRY(pwrite(fd, "long text", 9, 0));
	TRY(fcntl(fd, F_ADD_SEALS, 8 | 1));
	TRY(pwrite(fd, "K", 1, 0));
	IS(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EPERM);
	IS(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
	TRY(fcntl(fd, F_GET_SEALS));
	TRY(fcntl(fd, F_ADD_SEALS, 1));
	TRY(pread(fd, buf, 10, 0));
	SAY("%s\n", buf);
	fd = memfd_create("unsealable", 0);
	TRY(fcntl(fd, F_ADD_SEALS, 1));
	TRY(fcntl(fd, F_GET_SEALS));
	TRY(memfd_create("x", 0x4000));
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, buf, sizeof(buf) - 1);
	buf[n > 0 ? n : 0] = '\0';
	SAY("%s\n", buf);
	TRY_OK(open(path, O_RDWR));
	TRY(fcntl(open("/dev/null", O_RDONLY), F_GET_SEALS));
	return 0;
}
