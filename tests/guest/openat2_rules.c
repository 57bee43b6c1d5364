/* openat2_rules.c - openat2(2): its structure, its flags, and the restrictions on where a walk may go. */
#include <sys/syscall.h>

#include "say.h"

#define SYS_openat2_ 437

struct how {
	uint64_t flags, mode, resolve;
};

static int jail;

static long open2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct how how = {flags, mode, resolve};
	long fd = syscall(SYS_openat2_, dirfd, path, &how, sizeof(how));

	if (fd >= 0) {
		close((int)fd);
		return 0;
	}
	return fd;
}

#define O2(...) TRY(open2(__VA_ARGS__))
#define NO_XDEV 1
#define NO_MAGIC 2
#define NO_SYM 4
#define BENEATH 8
#define IN_ROOT 16
#define CACHED 32

static void structure(void)
{
	struct {
		struct how how;
		uint64_t more;
	} big = {{O_RDONLY, 0, 0}, 0};

	TRY(syscall(SYS_openat2_, AT_FDCWD, "f", &big, 8));
	TRY_OK(syscall(SYS_openat2_, AT_FDCWD, "f", &big, sizeof(big)));
	big.more = 1;
	TRY(syscall(SYS_openat2_, AT_FDCWD, "f", &big, sizeof(big)));
	TRY(syscall(SYS_openat2_, AT_FDCWD, "f", &big, 5000));
	TRY(syscall(SYS_openat2_, AT_FDCWD, "f", NULL, sizeof(struct how)));
	O2(AT_FDCWD, "f", 1ULL << 40, 0, 0);
	O2(AT_FDCWD, "f", 1ULL << 30, 0, 0);
	O2(AT_FDCWD, "f", O_RDONLY, 0644, 0);
	O2(AT_FDCWD, "f", O_RDWR | O_CREAT, 0200000, 0);
	O2(AT_FDCWD, "f", O_RDWR | O_CREAT, 07777, 0);
	O2(AT_FDCWD, "f", O_PATH | O_RDWR, 0, 0);
	O2(AT_FDCWD, "f", O_PATH | O_APPEND, 0, 0);
	O2(AT_FDCWD, "f", O_RDONLY, 0, 0x1000);
	O2(AT_FDCWD, "f", O_RDONLY, 0, BENEATH | IN_ROOT);
	O2(AT_FDCWD, "f", O_RDWR | O_CREAT, 0644, CACHED);
	O2(AT_FDCWD, "d", O_RDONLY | O_DIRECTORY | O_CREAT, 0644, 0);
	O2(AT_FDCWD, "d", O_RDONLY | O_TMPFILE, 0600, 0);
	O2(AT_FDCWD, "d", O_RDWR | 020000000, 0600, 0);
	O2(AT_FDCWD, "d", O_RDWR | O_TMPFILE, 0600, 0);
}

static void restrictions(void)
{
	static const char *const names[] = {"in/f", "in/../in/f", "../out",         "/in/f", "abs", "rel",
					    "up",   "updown",     "in/self",        "..",    ".",   "/",
					    "loop", "in/none",    "/proc/self/exe", "new"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		SAY("%s:", names[i]);
		for (uint64_t resolve = 0; resolve < 32; resolve++) {
			if ((resolve & BENEATH) && (resolve & IN_ROOT))
				continue;
			if ((resolve & NO_XDEV) && strcmp(names[i], "abs") == 0)
				continue; /* is the root another mount? */
			errno = 0;
			long r = open2(jail, names[i], O_RDONLY, 0, resolve);
			SAY(" %d", r < 0 ? errno : 0);
		}
		SAY("\n");
	}
	O2(jail, "up", O_RDWR | O_CREAT, 0644, BENEATH);
	O2(jail, "made", O_RDWR | O_CREAT, 0644, BENEATH);
	O2(jail, "abs", O_PATH | O_NOFOLLOW, 0, NO_SYM);
	O2(jail, "abs", O_PATH | O_NOFOLLOW, 0, BENEATH);
	O2(jail, "abs/x", O_PATH | O_NOFOLLOW, 0, BENEATH);
	O2(99, "f", O_RDONLY, 0, BENEATH);
	O2(99, "/in/f", O_RDONLY, 0, IN_ROOT);
	O2(99, "/", O_RDONLY, 0, 0);
}

int main(void)
{
	enter_scratch();
	close(open("f", O_CREAT | O_WRONLY, 0644));
	close(open("out", O_CREAT | O_WRONLY, 0644));
	mkdir("d", 0755);
	mkdir("jail", 0755);
	mkdir("jail/in", 0755);
	close(open("jail/in/f", O_CREAT | O_WRONLY, 0644));
	symlink("/in/f", "jail/abs");
	symlink("in/f", "jail/rel");
	symlink("../out", "jail/up");
	symlink("../jail/in/f", "jail/updown");
	symlink("../in", "jail/in/self");
	symlink("loop", "jail/loop");
	jail = open("jail", O_RDONLY | O_DIRECTORY);
	structure();
	restrictions();
	return 0;
}
