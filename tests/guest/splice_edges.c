/* splice_edges.c - do sendfile(2), splice(2), tee(2), vmsplice(2) and copy_file_range(2) count and refuse
 * like Linux? */
#include "say.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static char b[300000], c[300000];
int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	for (unsigned i = 0; i < sizeof b; i++)
		b[i] = i * 7 + i / 253;
	int f = open("a", O_CREAT | O_TRUNC | O_RDWR, 0600), g = open("b", O_CREAT | O_TRUNC | O_RDWR, 0600),
	    ro = open("a", O_RDONLY), ap = open("b", O_WRONLY | O_APPEND), d = open(".", O_RDONLY), p[2],
	    q[2];
	write(f, b, 200000);
	pipe(p);
	pipe(q);
	off_t o, o2;
	struct stat st;
	lseek(f, 0, 0);
	TRY(sendfile(g, f, 0, 100));
	TRY(lseek(f, 0, 1));
	TRY(lseek(g, 0, 1));
	o = 5;
	TRY(sendfile(g, f, &o, 1000000));
	SAY("%ld\n", (long)o);
	TRY(lseek(f, 0, 1));
	TRY(sendfile(g, f, &o, 10));
	o = -1;
	TRY(sendfile(g, f, &o, 10));
	o = 0;
	TRY(sendfile(ro, f, &o, 10));
	TRY(sendfile(g, ap, &o, 10));
	TRY(sendfile(ap, f, &o, 10));
	TRY(sendfile(g, p[0], 0, 10));
	TRY(sendfile(g, p[0], &o, 10));
	TRY(sendfile(g, d, &o, 10));
	TRY(sendfile(d, f, &o, 10));
	TRY(sendfile(99, f, &o, 10));
	TRY(sendfile(g, 99, &o, 10));
	TRY(sendfile(g, f, (void *)8, 10));
	TRY(sendfile(g, f, &o, 0));
	TRY(sendfile(f, f, &o, 10));
	lseek(f, 0, 0);
	write(f, b, 100);
	int op = open("a", O_PATH);
	TRY(sendfile(g, op, &o, 10));
	TRY(sendfile(open("/dev/null", O_WRONLY), f, &o, 10));
	TRY(sendfile(g, open("/dev/zero", O_RDONLY), 0, 10));
	TRY(sendfile(g, eventfd(1, 0), 0, 10));
	lseek(f, 0, 0);
	ftruncate(g, 0);
	lseek(g, 0, 0);
	TRY(sendfile(p[1], f, 0, 3000));
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	TRY(sendfile(p[1], f, 0, 200000));
	TRY(lseek(f, 0, 1));
	TRY(sendfile(p[1], f, 0, 10));
	TRY(splice(p[0], 0, g, 0, 2000, 0));
	TRY(splice(p[0], 0, g, 0, 1000000, SPLICE_F_MOVE));
	TRY(lseek(g, 0, 1));
	fstat(g, &st);
	SAY("size %ld\n", (long)st.st_size);
	pread(g, c, sizeof c, 0);
	IS(!memcmp(b, c, st.st_size));
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	TRY(splice(p[0], 0, g, 0, 10, 0));
	fcntl(p[0], F_SETFL, 0);
	TRY(splice(p[0], 0, g, 0, 10, SPLICE_F_NONBLOCK));
	o = 10;
	TRY(splice(f, &o, p[1], 0, 5000, 0));
	SAY("%ld\n", (long)o);
	o = 7;
	TRY(splice(p[0], 0, g, &o, 5000, 0));
	SAY("%ld\n", (long)o);
	TRY(splice(f, &o, p[1], &o, 5, 0));
	TRY(splice(p[0], &o, g, 0, 5, 0));
	TRY(splice(f, 0, g, 0, 5, 0));
	TRY(splice(p[0], 0, p[1], 0, 5, 0));
	TRY(splice(p[1], 0, g, 0, 5, 0));
	TRY(splice(f, 0, p[0], 0, 5, 0));
	TRY(splice(f, 0, p[1], 0, 0, 0));
	TRY(splice(f, 0, p[1], 0, 5, 0x100));
	TRY(splice(99, 0, p[1], 0, 5, 0));
	TRY(splice(f, (void *)8, p[1], 0, 5, 0));
	TRY(splice(p[0], 0, ap, 0, 5, SPLICE_F_NONBLOCK));
	TRY(splice(d, 0, p[1], 0, 5, 0));
	lseek(f, 0, SEEK_END);
	TRY(splice(f, 0, p[1], 0, 5, 0));
	o = -1;
	TRY(splice(f, &o, p[1], 0, 5, 0));
	write(p[1], "hello", 5);
	write(p[1], b, 5000);
	TRY(tee(p[0], q[1], 3, 0));
	TRY(tee(p[0], q[1], 100000, 0));
	TRY(read(q[0], c, 100000));
	SAY("%.8s\n", c);
	TRY(tee(p[0], p[1], 5, 0));
	TRY(tee(f, q[1], 5, 0));
	TRY(tee(p[0], q[1], 5, 99));
	TRY(tee(q[0], p[1], 5, SPLICE_F_NONBLOCK));
	TRY(splice(p[0], 0, q[1], 0, 7, 0));
	TRY(splice(p[0], 0, q[1], 0, 100000, 0));
	TRY(splice(p[0], 0, q[1], 0, 5, SPLICE_F_NONBLOCK));
	TRY(read(q[0], c, 100000));
	IS(!memcmp(c, "hello", 5) && !memcmp(c + 5, b, 5000));
	TRY(tee(q[1], p[0], 5, 0));
	struct iovec v[3] = {{b, 10}, {b + 20, 5000}, {b, 0}};
	TRY(vmsplice(q[1], v, 3, 0));
	TRY(vmsplice(q[0], v, 1, 0));
	IS(b[0] == b[0]);
	v[0].iov_base = (void *)8;
	TRY(vmsplice(q[1], v, 1, 0));
	TRY(vmsplice(q[1], v, 2000, 0));
	TRY(vmsplice(q[1], (void *)8, 1, 0));
	TRY(vmsplice(q[1], v, 0, 0));
	TRY(vmsplice(f, v, 1, 0));
	TRY(vmsplice(q[1], v, 1, 77));
	v[0].iov_base = c;
	v[0].iov_len = sizeof c;
	TRY(vmsplice(q[0], v, 1, 0));
	IS(!memcmp(c, b + 20, 5000));
	TRY(vmsplice(q[0], v, 1, SPLICE_F_NONBLOCK));
	v[0].iov_base = b;
	v[0].iov_len = 200000;
	TRY(vmsplice(q[1], v, 1, SPLICE_F_NONBLOCK));
	TRY(vmsplice(q[1], v, 1, SPLICE_F_NONBLOCK));
	TRY(read(q[0], c, sizeof c));
	IS(!memcmp(c, b, 65536));
	close(q[0]);
	TRY(vmsplice(q[1], v, 1, 0));
	TRY(splice(f, 0, q[1], 0, 5, 0));
	o = 0;
	TRY(splice(f, &o, q[1], 0, 5, 0));
	TRY(sendfile(q[1], f, &o, 5));
	// copy_file_range
	ftruncate(g, 0);
	o = 100;
	o2 = 50;
	TRY(copy_file_range(f, &o, g, &o2, 1000, 0));
	SAY("%ld %ld\n", (long)o, (long)o2);
	lseek(f, 0, 0);
	lseek(g, 0, 0);
	TRY(copy_file_range(f, 0, g, 0, 1 << 20, 0));
	TRY(lseek(f, 0, 1));
	TRY(lseek(g, 0, 1));
	TRY(copy_file_range(f, 0, g, 0, 10, 0));
	TRY(copy_file_range(f, 0, g, 0, 10, 1));
	o = 0;
	o2 = 5;
	TRY(copy_file_range(f, &o, f, &o2, 10, 0));
	o2 = 10;
	TRY(copy_file_range(f, &o, f, &o2, 10, 0));
	TRY(copy_file_range(d, 0, g, 0, 10, 0));
	TRY(copy_file_range(p[0], 0, g, 0, 10, 0));
	TRY(copy_file_range(f, 0, ap, 0, 10, 0));
	TRY(copy_file_range(f, 0, ro, 0, 10, 0));
	TRY(copy_file_range(99, 0, g, 0, 10, 0));
	o = -5;
	TRY(copy_file_range(f, &o, g, 0, 10, 0));
	TRY(copy_file_range(f, (void *)8, g, 0, 10, 0));
	TRY(copy_file_range(f, 0, g, 0, 0, 0));
	o = 0x7ffffffffffffff0;
	TRY(copy_file_range(f, &o, g, 0, 100, 0));
	return 0;
}
