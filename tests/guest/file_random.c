/* file_random.c - thirty thousand random operations on files and directories: does every one of them have the
 * result that Linux gives, down to sizes, block counts, link counts and content? */
#include <dirent.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "say.h"

static uint64_t seed = 42;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)((seed >> 33) % n);
}

/* --- names: up to three components from a small set, sometimes odd --- */
static const char *const words[] = {"a", "b", "c", "d", "l", "m", ".", "..", "a/", "lx"};

static const char *name(void)
{
	static char names[4][64];
	static unsigned next;
	char *s = names[next++ % 4];

	s[0] = '\0';
	for (unsigned i = 0, n = pick(3) + 1; i < n; i++) {
		if (i)
			strcat(s, "/");
		strcat(s, words[pick(pick(4) ? 6 : 10)]);
	}
	/* never out of the scratch directory */
	if (strncmp(s, "..", 2) == 0 || strstr(s, "/..") || strncmp(s, "./..", 4) == 0)
		strcpy(s, "a/..");
	return s;
}

#define NFDS 8
static int fds[NFDS];

static int *slot(void)
{
	return &fds[pick(NFDS)];
}

static unsigned hash_bytes(const unsigned char *p, long n)
{
	unsigned h = 2166136261U;

	for (long i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619U;
	return h;
}

static long result;

static void say(const char *op, const char *a, const char *b)
{
	SAY("%s %s %s = %ld %d\n", op, a, b, result, result == -1 ? errno : 0);
}

static void say_stat(const struct stat *st)
{
	SAY("  mode %o nlink %d size %ld blocks %ld\n", st->st_mode, (int)st->st_nlink, (long)st->st_size,
	    (long)st->st_blocks);
}

static void op_open(void)
{
	static const int flags[] = {O_RDONLY,
				    O_RDWR | O_CREAT,
				    O_RDWR | O_CREAT | O_EXCL,
				    O_WRONLY | O_TRUNC | O_CREAT,
				    O_RDWR | O_APPEND | O_CREAT,
				    O_RDONLY | O_DIRECTORY,
				    O_PATH,
				    O_RDWR | O_NOFOLLOW,
				    O_WRONLY | O_CREAT | O_NOFOLLOW,
				    O_RDWR | O_TMPFILE,
				    O_RDONLY | O_CREAT | O_DIRECTORY};
	int f = flags[pick(sizeof(flags) / sizeof(flags[0]))], *to = slot(), fd;
	const char *n = name();

	result = fd = (int)syscall(SYS_openat, AT_FDCWD, n, f | O_NONBLOCK, 0666);
	if (fd >= 0) { /* a failure keeps the old one: most descriptors shall be good */
		result = 0;
		if (*to >= 0)
			close(*to);
		*to = fd;
	}
	SAY("%o ", f);
	say("open", n, "");
}

static unsigned char data[70000];

static void op_write(void)
{
	unsigned n = pick(4) ? pick(300) : pick(9000);

	for (unsigned i = 0; i < n; i++)
		data[i] = (unsigned char)pick(256);
	if (pick(2))
		result = write(*slot(), data, n);
	else
		result = pwrite(*slot(), data, n, pick(40000));
	say("write", "", "");
}

static void op_read(void)
{
	unsigned n = pick(9000);

	if (pick(2))
		result = read(*slot(), data, n);
	else
		result = pread(*slot(), data, n, pick(40000));
	say("read", "", "");
	if (result > 0)
		SAY("  %08x\n", hash_bytes(data, result));
}

static void op_vector(void)
{
	struct iovec v[3] = {{data, pick(5000)}, {data + 10000, pick(10)}, {data + 20000, pick(5000)}};
	int fd = *slot();

	switch (pick(4)) {
	case 0: result = readv(fd, v, 3); break;
	case 1: result = writev(fd, v, (int)pick(4)); break;
	case 2: result = preadv(fd, v, 2, pick(20000)); break;
	default: result = syscall(SYS_pwritev2, fd, v, 3, (long)pick(20000) - 1, 0, pick(2) ? 0x10 : 0);
	}
	say("vector", "", "");
}

static void op_seek(void)
{
	/* Not SEEK_DATA and SEEK_HOLE: allocated pages that were never written are holes to some systems. */
	result = lseek(*slot(), (long)pick(50000) - 5000, (int)pick(4) == 3 ? 5 : (int)pick(3));
	say("lseek", "", "");
}

static void op_truncate(void)
{
	const char *n = name();

	if (pick(2))
		result = ftruncate(*slot(), (long)pick(40000) - 10);
	else
		result = truncate(n, pick(40000));
	say("truncate", n, "");
}

static void op_fallocate(void)
{
	static const int modes[] = {0, 1, 2, 3, 0x10, 0x11, 0x08, 0x20, 0x400};

	result = syscall(SYS_fallocate, *slot(), modes[pick(9)], (long)pick(30000) - 5, (long)pick(20000));
	say("fallocate", "", "");
}

static void op_stat(void)
{
	struct stat st;
	const char *n = name();

	switch (pick(3)) {
	case 0: result = stat(n, &st); break;
	case 1: result = lstat(n, &st); break;
	default: result = fstat(*slot(), &st);
	}
	say("stat", n, "");
	if (result == 0)
		say_stat(&st);
}

static void op_name(void)
{
	const char *a = name(), *b = name();

	switch (pick(7)) {
	case 0: result = mkdir(a, 0700 | pick(0100)); return say("mkdir", a, "");
	case 1: result = rmdir(a); return say("rmdir", a, "");
	case 2: result = unlink(a); return say("unlink", a, "");
	case 3: result = symlink(b, a); return say("symlink", b, a);
	case 4: result = link(a, b); return say("link", a, b);
	case 5:
		result = syscall(SYS_linkat, AT_FDCWD, a, AT_FDCWD, b, 0x400);
		return say("link follow", a, b);
	default:
		result = mknod(a, (pick(2) ? S_IFREG : S_IFIFO) | pick(01000), 0);
		return say("mknod", a, "");
	}
}

static void op_rename(void)
{
	const char *a = name(), *b = name();
	unsigned flags = pick(3) ? 0 : pick(4);

	result = syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, flags);
	SAY("%u ", flags);
	say("rename", a, b);
}

static void op_attr(void)
{
	const char *n = name();

	switch (pick(4)) {
	case 0: result = chmod(n, pick(010000) | 0700); return say("chmod", n, "");
	case 1: result = fchmod(*slot(), pick(01000) | 0600); return say("fchmod", "", "");
	case 2: result = access(n, (int)pick(8)); return say("access", n, "");
	default: result = readlink(n, (char *)data, sizeof(data)); return say("readlink", n, "");
	}
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void op_list(void)
{
	struct dirent **list;
	const char *n = name();
	int count = scandir(n, &list, NULL, by_name);

	result = count;
	say("list", n, "");
	for (int i = 0; i < count; i++) {
		SAY(" %s(%d)", list[i]->d_name, list[i]->d_type);
		free(list[i]);
	}
	if (count >= 0) {
		SAY("\n");
		free(list);
	}
}

static void op_descriptor(void)
{
	int *a = slot(), *b = slot();

	switch (pick(5)) {
	case 0:
		result = close(*a);
		*a = -1;
		return say("close", "", "");
	case 1:
		if (a == b)
			return;
		if (*b >= 0)
			close(*b);
		*b = dup(*a);
		result = *b < 0 ? -1 : 0;
		return say("dup", "", "");
	case 2:
		result = fcntl(*a, F_GETFL);
		if (result >= 0)
			result &= ~0100000; /* O_LARGEFILE */
		return say("getfl", "", "");
	case 3:
		result = fcntl(*a, F_SETFL, O_NONBLOCK | (pick(2) ? O_APPEND : 0));
		return say("setfl", "", "");
	default: result = fsync(*a); return say("fsync", "", "");
	}
}

int main(void)
{
	static void (*const ops[])(void) = {
	    op_open, op_open, op_write, op_write, op_read,   op_vector, op_seek, op_truncate, op_fallocate,
	    op_stat, op_name, op_name,  op_name,  op_rename, op_rename, op_attr, op_list,     op_descriptor};

	enter_scratch();
	umask(0);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < NFDS; i++)
		fds[i] = -1;
	for (int i = 0; i < 30000; i++)
		ops[pick(sizeof(ops) / sizeof(ops[0]))]();
	return 0;
}
