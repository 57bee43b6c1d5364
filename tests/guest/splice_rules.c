/* splice_rules.c - moving bytes without a buffer: sendfile(2), splice(2), tee(2), copy_file_range(2),
 * vmsplice(2). */
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "say.h"

int main(void)
{
	char buf[64] = "";
	int p[2], q[2];
	off_t off;

	enter_scratch();
	int in = open("in", O_CREAT | O_RDWR, 0600);
	int out = open("out", O_CREAT | O_RDWR, 0600);
	write(in, "0123456789", 10);
	pipe(p);
	pipe(q);
	off = 3;
	TRY(sendfile(out, in, &off, 4));
	SAY("offset %lld\n", (long long)off);
	TRY(sendfile(out, in, NULL, 100));
	lseek(in, 8, SEEK_SET);
	TRY(sendfile(p[1], in, NULL, 100));
	TRY(read(p[0], buf, sizeof(buf)));
	TRY(sendfile(out, p[0], NULL, 1));
	pread(out, buf, 4, 0);
	SAY("%.4s\n", buf);

	off = 2;
	TRY(splice(in, &off, p[1], NULL, 5, 0));
	TRY(tee(p[0], q[1], 100, 0));
	TRY(read(q[0], buf, sizeof(buf)));
	SAY("%.5s\n", buf);
	off = 20;
	TRY(splice(p[0], NULL, out, &off, 100, 0));
	TRY(pread(out, buf, 5, 20));
	SAY("%.5s\n", buf);
	TRY(splice(in, NULL, out, NULL, 5, 0));
	TRY(splice(p[0], &off, out, NULL, 5, 0));
	TRY(splice(p[0], NULL, q[1], NULL, 5, SPLICE_F_NONBLOCK));
	TRY(tee(p[0], p[1], 5, 0));

	struct iovec iov = {"vmsplice", 8};
	TRY(vmsplice(p[1], &iov, 1, 0));
	TRY(read(p[0], buf, sizeof(buf)));

	off_t from = 0, to = 100;
	TRY(copy_file_range(in, &from, out, &to, 6, 0));
	SAY("%lld %lld\n", (long long)from, (long long)to);
	TRY(pread(out, buf, 10, 99));
	TRY(copy_file_range(in, &from, out, &to, 6, 1));
	from = 0;
	to = 3;
	TRY(copy_file_range(in, &from, in, &to, 5, 0));
	TRY(copy_file_range(in, NULL, p[1], NULL, 5, 0));
	return 0;
}
