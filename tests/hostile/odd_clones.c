/* odd_clones.c - once each stopped the kernel or its host side: a child whose end is told by a number that is no signal, thread
 * pointers outside of the address space, a lock relative to a position that is no offset, a terminal fed from an endless hole.
 * status: 0
 * stdout: still here */
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>

#include "../guest/say.h"

#define CLONE_SETTLS 0x80000

static void exit_signals(void)
{
	static const int numbers[] = {0, 64, 65, 100, 255};

	signal(64, SIG_IGN);
	for (int i = 0; i < 5; i++) {
		long pid = syscall(SYS_clone, numbers[i], 0, 0, 0, 0);
		if (pid == 0)
			_exit(numbers[i]);
		int status;
		if (waitpid((pid_t)pid, &status, 0x40000000 /* __WALL */) != pid ||
		    WEXITSTATUS(status) != numbers[i])
			_exit(1);
	}
	_exit(20);
}

static void thread_pointers(void)
{
	static const uint64_t pointers[] = {0x7ffffffff000, 1ULL << 47, 1ULL << 63, UINT64_MAX};

	for (int i = 0; i < 4; i++) {
		uint64_t args[8] = {CLONE_SETTLS, 0, 0, 0, SIGCHLD, 0, 0, pointers[i]};
		if (syscall(SYS_clone, CLONE_SETTLS | SIGCHLD, 0, 0, 0, pointers[i]) != -1 || errno != EPERM)
			_exit(1);
		if (syscall(435, args, sizeof(args)) != -1 || errno != EPERM)
			_exit(2);
	}
	_exit(21);
}

static void lock_anywhere(void)
{
	int fd = open("/proc/self/mem", O_RDWR);
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_CUR};

	for (int i = 0; i < 64; i++) {
		lseek(fd, (off_t)(UINT64_MAX << i), SEEK_SET);
		for (fl.l_start = INT64_MIN; fl.l_start < INT64_MAX - 1; fl.l_start += INT64_MAX)
			fcntl(fd, F_SETLK, &fl);
	}
	_exit(22);
}

static void endless_input(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK),
	    fd = open("/tmp/hole", O_CREAT | O_RDWR, 0600), zero = 0;

	ioctl(master, 0x40045431 /* TIOCSPTLCK */, &zero);
	open("/dev/pts/0", O_RDWR | O_NOCTTY);
	ftruncate(fd, 1L << 40);
	for (int i = 0; i < 3; i++)
		sendfile(master, fd, NULL, 1L << 40);
	_exit(23);
}

int main(void)
{
	say_child("exit signals", exit_signals);
	say_child("thread pointers", thread_pointers);
	say_child("locks", lock_anywhere);
	say_child("endless input", endless_input);
	puts("still here");
	return 0;
}
