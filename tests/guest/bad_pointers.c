/* bad_pointers.c - does every call that takes a pointer answer EFAULT for a bad one, and change nothing? */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "say.h"

#define BAD 8L
#define CALL(name, ...) say_result(#name "(" #__VA_ARGS__ ")", syscall(SYS_##name, ##__VA_ARGS__))

int main(void)
{
	int fd[2], file;

	enter_scratch();
	file = open("f", O_CREAT | O_RDWR, 0600);
	write(file, "data", 4);
	pipe(fd);
	CALL(read, file, BAD, 4L);
	CALL(pread64, file, BAD, 4L, 0L);
	CALL(write, file, BAD, 4L);
	CALL(write, fd[1], BAD, 4L);
	CALL(read, fd[0], BAD, 0L);
	CALL(open, BAD, 0L);
	CALL(stat, "f", BAD);
	CALL(fstat, file, BAD);
	CALL(pipe, BAD);
	CALL(pipe2, BAD, 0L);
	CALL(getcwd, BAD, 100L);
	CALL(uname, BAD);
	CALL(nanosleep, BAD, 0L);
	CALL(clock_gettime, 1L, BAD);
	CALL(gettimeofday, BAD, 0L);
	CALL(rt_sigaction, 10L, BAD, 0L, 8L);
	CALL(rt_sigaction, 10L, 0L, BAD, 8L);
	CALL(rt_sigaction, 10L, 0L, 0L, 4L);
	CALL(rt_sigprocmask, 0L, BAD, 0L, 8L);
	CALL(rt_sigpending, BAD, 8L);
	CALL(sigaltstack, BAD, 0L);
	CALL(wait4, -1L, 0L, 0L, BAD);
	CALL(poll, BAD, 1L, 0L);
	CALL(select, 1L, BAD, 0L, 0L, 0L);
	CALL(epoll_ctl, epoll_create1(0), 1L, fd[0], BAD);
	CALL(readv, file, BAD, 1L);
	CALL(writev, file, BAD, 1L);
	CALL(getdents64, open(".", O_RDONLY), BAD, 1000L);
	CALL(readlink, "/proc/self/exe", BAD, 100L);
	CALL(getrlimit, 7L, BAD);
	CALL(setrlimit, 7L, BAD);
	CALL(getrusage, 0L, BAD);
	CALL(sysinfo, BAD);
	CALL(times, BAD);
	CALL(getgroups, 10L, BAD);
	CALL(getresuid, BAD, BAD, BAD);
	CALL(prctl, 15L, BAD, 0L, 0L, 0L);
	CALL(statfs, ".", BAD);
	CALL(utimensat, -100L, "f", BAD, 0L);
	CALL(mkdir, BAD, 0755L);
	CALL(rename, "f", BAD);
	CALL(chdir, BAD);
	CALL(getrandom, BAD, 16L, 0L);
	CALL(timer_create, 1L, BAD, BAD);
	CALL(setitimer, 0L, BAD, 0L);
	CALL(getitimer, 0L, BAD);
	CALL(futex, BAD, 0L, 0L, 0L, 0L, 0L);
	CALL(ioctl, fd[0], 0x541bL, BAD);
	CALL(fcntl, file, 6L, BAD);
	CALL(sendfile, fd[1], file, BAD, 10L);
	CALL(memfd_create, BAD, 0L);
	CALL(inotify_add_watch, 5L, BAD, 1L);
	CALL(set_robust_list, BAD, 7L);
	CALL(clone3, BAD, 88L);
	CALL(execve, BAD, 0L, 0L);
	CALL(mincore, 0x10000L, 4096L, BAD);
	CALL(mmap, 0L, 0L, 1L, 0x22L, -1L, 0L);
	/* Half of the buffer is there: what fits is moved. */
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(p + 4096, 4096);
	memset(p, 'x', 4096);
	int big = open("big", O_CREAT | O_RDWR, 0600);
	ftruncate(big, 8192);
	TRY(pread(big, p + 4000, 1000, 0));
	TRY(write(fd[1], p + 4000, 1000));
	TRY(pread(big, p + 4090, 6, 0));
	IS(lseek(file, 0, SEEK_CUR) == 4);
	CALL(read, -1L, BAD, 4L);
	return 0;
}
