/* device_rules.c - the character devices every program expects in /dev. */
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sysmacros.h>

#include "say.h"

static void device(const char *path)
{
	struct stat st;
	char buf[64];

	memset(buf, 1, sizeof(buf));
	int fd = open(path, O_RDWR);
	fstat(fd, &st);
	SAY("%s: character device: %d, %u:%u, mode %o\n", path, S_ISCHR(st.st_mode), major(st.st_rdev),
	    minor(st.st_rdev), st.st_mode & 0777);
	SAY(" read %zd,", read(fd, buf, 16));
	SAY(" zero: %d,", buf[0] == 0 && buf[15] == 0);
	ssize_t w = write(fd, buf, 16);
	SAY(" write %zd%s%s,", w, w < 0 ? " " : "", w < 0 ? strerror(errno) : "");
	SAY(" lseek %lld,", (long long)lseek(fd, 5, SEEK_SET));
	SAY(" ftruncate %d", ftruncate(fd, 0));
	SAY(" (%s)\n", strerror(errno));
	close(fd);
}

int main(void)
{
	char a[300], b[300];

	device("/dev/null");
	device("/dev/zero");
	device("/dev/full");
	device("/dev/random");
	device("/dev/urandom");
	TRY(getrandom(a, 300, 0));
	TRY(getrandom(b, 300, GRND_NONBLOCK));
	IS(memcmp(a, b, 300) != 0);
	TRY(getrandom(a, 10, 0x100));
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, open("/dev/zero", O_RDWR), 0);
	IS(p[0] == 0 && p[8191] == 0);
	p[0] = 1;
	TRY_OK(open("/dev/stdin", O_RDONLY));
	int fd[2];
	pipe(fd);
	write(fd[1], "via /dev/fd", 12);
	snprintf(a, sizeof(a), "/dev/fd/%d", fd[0]);
	int in = open(a, O_RDONLY);
	TRY(read(in, b, sizeof(b)));
	SAY("%s\n", b);
	TRY(open("/dev/tty", O_RDWR));
	return 0;
}
