/* fd_edges.c - do eventfd, timerfd, signalfd and memfd behave like Linux in the corners?
 *
 * needs: root (a few permission checks come in another order for other users) */
#include "say.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

static volatile int got;

static void h(int s)
{
	got = s;
}

static void info(int fd)
{
	char p[64], b[2000] = {0};
	sprintf(p, "/proc/self/fdinfo/%d", fd);
	int f = open(p, O_RDONLY);
	read(f, b, 1999);
	close(f);
	char *s = b;
	while (s && *s) {
		char *e = strchr(s, '\n');
		if (e)
			*e = 0;
		if (strncmp(s, "mnt_id", 6) && strncmp(s, "ino:", 4) && strncmp(s, "it_value", 8) &&
		    strncmp(s, "eventfd-id", 10))
			SAY("  %s\n", s);
		s = e ? e + 1 : 0;
	}
	char l[100] = {0};
	sprintf(p, "/proc/self/fd/%d", fd);
	readlink(p, l, 99);
	SAY("  -> %s\n", l);
	struct stat st;
	fstat(fd, &st);
	SAY("  mode %o nlink %d size %d fl %o\n", st.st_mode, (int)st.st_nlink, (int)st.st_size,
	    fcntl(fd, F_GETFL));
}

int main(void)
{
	uint64_t v;
	signal(SIGPIPE, SIG_IGN);
	struct sigaction sa = {.sa_handler = h};
	sigaction(SIGALRM, &sa, 0);
	char b[5000];
	int e = eventfd(5, EFD_NONBLOCK | EFD_CLOEXEC);
	info(e);
	TRY(pread(e, &v, 8, 0));
	SAY("%d\n", (int)v);
	v = 3;
	TRY(pwrite(e, &v, 8, 100));
	TRY(read(e, b, 100));
	TRY(write(e, b, 100));
	TRY(lseek(e, 5, SEEK_SET));
	TRY(lseek(e, 0, SEEK_CUR));
	TRY(ftruncate(e, 0));
	TRY(ioctl(e, FIONREAD, &v));
	struct iovec iv[2] = {{b, 4}, {b + 4, 4}};
	v = 9;
	write(e, &v, 8);
	TRY(readv(e, iv, 2));
	TRY(readv(e, iv, 1));
	TRY(read(e, (void *)8, 8));
	v = 1;
	write(e, &v, 8);
	TRY(read(e, (void *)8, 8));
	TRY(read(e, b, 8));
	TRY(mmap(0, 4096, PROT_READ, MAP_SHARED, e, 0) == MAP_FAILED ? -1 : 0);
	TRY(flock(e, 1));
	TRY(fchmod(e, 0600));
	TRY(eventfd(0, 0x10));
	// timerfd
	int t = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	info(t);
	struct itimerspec s = {{0, 30000000}, {0, 50000000}}, o;
	TRY(timerfd_settime(t, 0, &s, &o));
	SAY("%ld %ld\n", o.it_value.tv_nsec, o.it_interval.tv_nsec);
	TRY(timerfd_gettime(t, &o));
	IS(o.it_value.tv_nsec > 0 && o.it_value.tv_nsec <= 50000000);
	TRY(read(t, &v, 8));
	TRY(read(t, &v, 4));
	usleep(120000);
	TRY(read(t, &v, 8));
	IS(v >= 2);
	struct pollfd pf = {t, POLLIN, 0};
	TRY(poll(&pf, 1, 1000));
	TRY(read(t, &v, 8));
	IS(v >= 1);
	s.it_interval.tv_nsec = 0;
	TRY(timerfd_settime(t, TFD_TIMER_ABSTIME, &s, &o));
	SAY("%ld\n", o.it_interval.tv_nsec);
	usleep(1000);
	TRY(read(t, &v, 8));
	SAY("%d\n", (int)v);
	s.it_value.tv_nsec = 0;
	TRY(timerfd_settime(t, 0, &s, 0));
	usleep(1000);
	TRY(read(t, &v, 8));
	info(t);
	TRY(timerfd_settime(t, 8, &s, 0));
	TRY(timerfd_settime(0, 0, &s, 0));
	TRY(timerfd_settime(99, 0, &s, 0));
	TRY(timerfd_settime(t, 0, (void *)8, 0));
	s.it_value.tv_sec = -1;
	TRY(timerfd_settime(t, 0, &s, 0));
	TRY(timerfd_gettime(0, &s));
	TRY(timerfd_gettime(t, (void *)8));
	TRY(timerfd_create(CLOCK_REALTIME, 4));
	TRY(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
	TRY(timerfd_create(CLOCK_BOOTTIME, 0) >= 0);
	TRY(timerfd_create(CLOCK_MONOTONIC_RAW, 0));
	TRY(timerfd_create(CLOCK_TAI, 0));
	TRY(timerfd_create(99, 0));
	int r = timerfd_create(CLOCK_REALTIME, 0);
	struct timeval tv;
	gettimeofday(&tv, 0);
	s = (struct itimerspec){{0, 0}, {tv.tv_sec, tv.tv_usec * 1000 + 20000000}};
	if (s.it_value.tv_nsec >= 1000000000) {
		s.it_value.tv_nsec -= 1000000000;
		s.it_value.tv_sec++;
	}
	TRY(timerfd_settime(r, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &s, 0));
	TRY(read(r, &v, 8));
	gettimeofday(&tv, 0);
	IS(tv.tv_sec * 1000000 + tv.tv_usec >= s.it_value.tv_sec * 1000000 + s.it_value.tv_nsec / 1000);
	ualarm(20000, 0);
	TRY(read(r, &v, 8));
	SAY("sig %d\n", got);
	s = (struct itimerspec){{0, 1}, {0, 1}};
	TRY(timerfd_settime(t, 0, &s, 0));
	usleep(1000);
	TRY(read(t, &v, 8));
	IS(v > 1000);
	s = (struct itimerspec){{0, 0}, {0x7fffffffffffffff, 999999999}};
	TRY(timerfd_settime(t, 0, &s, 0));
	TRY(timerfd_gettime(t, &o));
	IS(o.it_value.tv_sec > 1000000);
	// signalfd
	sigset_t m;
	sigfillset(&m);
	TRY(syscall(SYS_signalfd4, -1, &m, 4, 0));
	TRY(syscall(SYS_signalfd4, -1, &m, 8, 1));
	TRY(syscall(SYS_signalfd4, 0, &m, 8, 0));
	TRY(syscall(SYS_signalfd4, 99, &m, 8, 0));
	TRY(syscall(SYS_signalfd4, -1, 8, 8, 0));
	sigemptyset(&m);
	sigaddset(&m, SIGUSR1);
	sigaddset(&m, SIGCHLD);
	sigaddset(&m, SIGRTMIN);
	sigaddset(&m, SIGKILL);
	sigprocmask(SIG_BLOCK, &m, 0);
	int sf = signalfd(-1, &m, SFD_NONBLOCK);
	info(sf);
	struct signalfd_siginfo si[4];
	memset(si, 0xff, sizeof si);
	TRY(read(sf, si, sizeof si));
	TRY(read(sf, si, 127));
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	union sigval sv = {.sival_int = 5};
	sigqueue(getpid(), SIGRTMIN, sv);
	sv.sival_int = 6;
	sigqueue(getpid(), SIGRTMIN, sv);
	pf.fd = sf;
	TRY(poll(&pf, 1, 0));
	int n = TRY(read(sf, si, sizeof si));
	for (int i = 0; i < n / 128; i++)
		SAY("%d code %d me %d uid %d int %d ovr %d st %d\n", si[i].ssi_signo, si[i].ssi_code,
		    si[i].ssi_pid == (uint32_t)getpid(), si[i].ssi_uid, si[i].ssi_int, si[i].ssi_overrun,
		    si[i].ssi_status);
	TRY(poll(&pf, 1, 0));
	pid_t c = fork();
	if (!c)
		_exit(3);
	TRY(poll(&pf, 1, 2000));
	memset(si, 0xff, sizeof si);
	TRY(read(sf, si, 128));
	SAY("%d code %d child %d status %d errno %d fd %d tid %d band %d trap %d ptr %d addr %d\n",
	    si[0].ssi_signo, si[0].ssi_code, si[0].ssi_pid == (uint32_t)c, si[0].ssi_status, si[0].ssi_errno,
	    si[0].ssi_fd, si[0].ssi_tid, si[0].ssi_band, si[0].ssi_trapno, (int)si[0].ssi_ptr,
	    (int)si[0].ssi_addr);
	wait(0);
	sigdelset(&m, SIGUSR1);
	TRY(signalfd(sf, &m, 0) == sf);
	raise(SIGUSR1);
	TRY(read(sf, si, 128));
	fcntl(sf, F_SETFL, 0);
	ualarm(20000, 0);
	got = 0;
	TRY(read(sf, si, 128));
	SAY("sig %d\n", got);
	TRY(write(sf, si, 128));
	if (!fork()) {
		usleep(20000);
		kill(getppid(), SIGRTMIN);
		usleep(20000);
		_exit(0);
	}
	TRY(read(sf, si, 128));
	SAY("%d\n", si[0].ssi_signo);
	TRY(read(sf, si, 128));
	SAY("%d\n", si[0].ssi_signo);
	wait(0);
	// memfd
	int f = memfd_create("x/y z", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	info(f);
	TRY(fcntl(f, F_GETFD));
	TRY(fcntl(f, F_GET_SEALS));
	TRY(ftruncate(f, 10000));
	char *mp = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
	strcpy(mp + 4096, "shared");
	TRY(pread(f, b, 7, 4096));
	SAY("%s\n", b);
	TRY(pwrite(f, "PWR", 3, 4096));
	SAY("%s\n", mp + 4096);
	TRY(fcntl(f, F_ADD_SEALS, F_SEAL_WRITE));
	munmap(mp, 8192);
	TRY(fcntl(f, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	TRY(fcntl(f, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW));
	TRY(fcntl(f, F_GET_SEALS));
	TRY(write(f, "x", 1));
	TRY(ftruncate(f, 20000));
	TRY(ftruncate(f, 5000));
	TRY(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0) == MAP_FAILED ? -1 : 0);
	mp = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, f, 0);
	IS(mp != MAP_FAILED);
	mp[0] = 'q';
	mp = mmap(0, 4096, PROT_READ, MAP_SHARED, f, 0);
	IS(mp != MAP_FAILED);
	TRY(mprotect(mp, 4096, PROT_READ | PROT_WRITE));
	TRY(fallocate(f, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
	TRY(fcntl(f, F_ADD_SEALS, F_SEAL_SEAL));
	TRY(fcntl(f, F_ADD_SEALS, F_SEAL_SHRINK));
	TRY(fcntl(e, F_GET_SEALS));
	TRY(fcntl(e, F_ADD_SEALS, 1));
	TRY(memfd_create("a", 0x100));
	TRY(memfd_create((void *)8, 0));
	memset(b, 'a', 300);
	b[249] = 0;
	TRY(memfd_create(b, 0) >= 0);
	b[249] = 'a';
	b[250] = 0;
	TRY(memfd_create(b, 0));
	TRY(memfd_create("a", 0x18));
	int ne = memfd_create("ne", 0x8);
	info(ne);
	TRY(fcntl(ne, F_GET_SEALS));
	TRY(fchmod(ne, 0777));
	f = memfd_create("plain", 0);
	TRY(fcntl(f, F_GET_SEALS));
	TRY(fcntl(f, F_ADD_SEALS, 1));
	TRY(lseek(f, 0, SEEK_HOLE));
	TRY(ftruncate(f, 9000));
	TRY(lseek(f, 0, SEEK_DATA));
	pwrite(f, "a", 1, 5000);
	TRY(lseek(f, 0, SEEK_DATA));
	TRY(lseek(f, 5000, SEEK_HOLE));
	char pp[64];
	sprintf(pp, "/proc/self/fd/%d", f);
	int f2 = open(pp, O_RDONLY);
	TRY(pread(f2, b, 1, 5000));
	TRY(write(f2, "a", 1));
	info(f2);
	TRY(fcntl(f2, F_ADD_SEALS, 1));
	TRY(linkat(AT_FDCWD, pp, AT_FDCWD, "ln", AT_SYMLINK_FOLLOW));
	return 0;
}
