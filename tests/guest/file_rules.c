/* file_rules.c - open flags, offsets, sparse files, truncation, links: do regular files keep their rules? */
#include <sys/uio.h>

#include "say.h"

static void open_flags(void)
{
	TRY(open("missing", O_RDONLY));
	TRY_OK(open("new", O_WRONLY | O_CREAT | O_EXCL, 0644));
	TRY(open("new", O_WRONLY | O_CREAT | O_EXCL, 0644));
	TRY(open("new/x", O_RDONLY));
	TRY(open(".", O_WRONLY));
	TRY(open("new", O_RDONLY | O_DIRECTORY));
	TRY(open("", O_RDONLY));
	TRY(open("dir/", O_CREAT | O_WRONLY, 0644));
	int fd = open("new", O_WRONLY);
	char c;
	TRY(read(fd, &c, 1));
	fd = open("new", O_RDONLY);
	TRY(write(fd, "x", 1));
	TRY(ftruncate(fd, 0));
	TRY(fcntl(fd, F_GETFL) & O_ACCMODE);
	fd = open("new", O_PATH);
	TRY(read(fd, &c, 1));
	TRY(fchmod(fd, 0600));
	struct stat st;
	TRY(fstat(fd, &st));
	TRY(close(fd));
	TRY(close(fd));
	TRY(open("x", O_RDONLY | O_TMPFILE));
	fd = open(".", O_RDWR | O_TMPFILE, 0600);
	TRY(write(fd, "tmp", 3));
	fstat(fd, &st);
	SAY("nlink %d\n", (int)st.st_nlink);
	TRY(linkat(fd, "", AT_FDCWD, "linked", AT_EMPTY_PATH));
}

static void offsets(void)
{
	char buf[32] = "";
	int fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0644);

	TRY(write(fd, "0123456789", 10));
	TRY(lseek(fd, -3, SEEK_END));
	TRY(read(fd, buf, 10));
	TRY(read(fd, buf, 10));
	TRY(lseek(fd, -11, SEEK_CUR));
	TRY(lseek(fd, 5, 99));
	TRY(pread(fd, buf, 3, 2));
	TRY(pread(fd, buf, 3, -1));
	TRY(pwrite(fd, "ab", 2, 20));
	TRY(lseek(fd, 0, SEEK_END));
	TRY(lseek(fd, 0, SEEK_DATA));
	TRY(lseek(fd, 0, SEEK_HOLE));
	TRY(lseek(fd, 22, SEEK_DATA));
	pread(fd, buf, 22, 0);
	SAY("gap is zero: %d\n", buf[10] == 0 && buf[19] == 0 && buf[20] == 'a');
	int dup_fd = dup(fd);
	lseek(dup_fd, 4, SEEK_SET);
	TRY(lseek(fd, 0, SEEK_CUR));
	int a = open("data", O_WRONLY | O_APPEND);
	TRY(lseek(a, 0, SEEK_SET));
	TRY(write(a, "APP", 3));
	TRY(lseek(a, 0, SEEK_CUR));
	struct iovec iov[3] = {{"one", 3}, {"", 0}, {"three", 5}};
	TRY(writev(a, iov, 3));
	TRY(writev(a, iov, -1));
	TRY(writev(a, iov, 1025));
	char x[4], y[100];
	struct iovec in[2] = {{x, 4}, {y, 100}};
	TRY(preadv(fd, in, 2, 8));
	TRY(fcntl(a, F_SETFL, 0));
	lseek(a, 0, SEEK_SET);
	TRY(write(a, "Z", 1));
	TRY(pread(fd, buf, 2, 0));
	SAY("%.2s\n", buf);
}

static void sizes(void)
{
	struct stat st;
	int fd = open("sparse", O_RDWR | O_CREAT | O_TRUNC, 0644);
	char c = 1;

	TRY(ftruncate(fd, 1 << 20));
	TRY(pwrite(fd, "x", 1, 3 << 20));
	fstat(fd, &st);
	SAY("size %lld, sparse: %d\n", (long long)st.st_size, st.st_blocks * 512 < st.st_size);
	TRY(pread(fd, &c, 1, 2 << 20));
	IS(c == 0);
	TRY(lseek(fd, 0, SEEK_DATA));
	TRY(ftruncate(fd, 5));
	TRY(ftruncate(fd, 100));
	c = 1;
	pread(fd, &c, 1, 50);
	IS(c == 0);
	TRY(ftruncate(fd, -1));
	TRY(truncate("missing", 0));
	TRY(truncate(".", 0));
	TRY(posix_fallocate(fd, 0, 8192));
	fstat(fd, &st);
	SAY("size %lld blocks %lld\n", (long long)st.st_size, (long long)st.st_blocks);
	TRY(fallocate(fd, FALLOC_FL_KEEP_SIZE, 8192, 4096));
	TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
	fstat(fd, &st);
	SAY("size %lld\n", (long long)st.st_size);
	TRY(fallocate(fd, 0, 0, 0));
	TRY(fsync(fd));
	TRY(fdatasync(fd));
}

static void links(void)
{
	struct stat st;
	char buf[8];

	int fd = open("a", O_RDWR | O_CREAT, 0600);
	write(fd, "content", 7);
	TRY(link("a", "b"));
	TRY(link("a", "b"));
	TRY(link(".", "c"));
	stat("b", &st);
	SAY("nlink %d\n", (int)st.st_nlink);
	TRY(unlink("a"));
	TRY(unlink("a"));
	TRY(unlink("b"));
	fstat(fd, &st);
	SAY("nlink %d\n", (int)st.st_nlink);
	TRY(pread(fd, buf, 7, 0));
	TRY(unlink("."));
	TRY(mkdir("d", 0755));
	TRY(unlink("d"));
	TRY(rmdir("d"));
}

int main(void)
{
	enter_scratch();
	open_flags();
	offsets();
	sizes();
	links();
	return 0;
}
