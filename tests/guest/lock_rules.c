/* lock_rules.c - POSIX record locks, open file description locks and flock(2), between processes. */
#include <sys/file.h>

#include "say.h"

#ifndef F_OFD_SETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#endif

static int lock(int fd, int cmd, short type, off_t start, off_t len)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};

	return fcntl(fd, cmd, &l);
}

static int fd;

static void other_process(void)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};

	TRY(lock(fd, F_SETLK, F_WRLCK, 15, 1));
	TRY(lock(fd, F_SETLK, F_RDLCK, 15, 1));
	TRY(lock(fd, F_SETLK, F_WRLCK, 20, 5));
	TRY(fcntl(fd, F_GETLK, &l));
	SAY("in the way: type %d at %lld, %lld bytes, held by the parent: %d\n", l.l_type,
	    (long long)l.l_start, (long long)l.l_len, l.l_pid == getppid());
	TRY(lock(fd, F_SETLK, F_RDLCK, 105, 1));
}

static void flock_other(void)
{
	int mine = open("file", O_RDWR);

	TRY(flock(mine, LOCK_EX | LOCK_NB));
	TRY(flock(mine, LOCK_SH | LOCK_NB));
	TRY(flock(fd, LOCK_EX | LOCK_NB)); /* the same open file */
}

static void waits_for_lock(void)
{
	int mine = open("file", O_RDWR);

	TRY(lock(mine, F_SETLKW, F_WRLCK, 0, 10));
	SAY("child has the lock\n");
}

int main(void)
{
	int status;

	enter_scratch();
	fd = open("file", O_RDWR | O_CREAT, 0644);
	TRY(lock(fd, F_SETLK, F_WRLCK, 10, 10));
	TRY(lock(fd, F_SETLK, F_RDLCK, 100, 10));
	say_child("child", other_process);
	TRY(lock(fd, F_SETLK, F_UNLCK, 12, 3));
	say_child("child", other_process);
	TRY(lock(fd, F_SETLK, 77, 0, 0));
	TRY(lock(fd, F_SETLK, F_WRLCK, -5, 1));
	/* Closing any descriptor of the file drops the process's POSIX locks. */
	close(open("file", O_RDONLY));
	say_child("child", other_process);

	TRY(flock(fd, LOCK_SH));
	say_child("child", flock_other);
	TRY(flock(fd, LOCK_EX));
	say_child("child", flock_other);
	TRY(flock(fd, LOCK_UN));
	TRY(flock(fd, 99));

	int other = open("file", O_RDWR);
	TRY(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 10));
	TRY(lock(other, F_OFD_SETLK, F_WRLCK, 5, 10));
	TRY(lock(other, F_OFD_SETLK, F_WRLCK, 10, 10));
	TRY(lock(fd, F_SETLK, F_RDLCK, 5, 1));
	close(other);
	TRY(lock(fd, F_OFD_SETLK, F_WRLCK, 10, 10));
	lock(fd, F_OFD_SETLK, F_UNLCK, 0, 0);

	/* A waiter gets the lock when the holder lets go; a deadlock is refused. */
	TRY(lock(fd, F_SETLK, F_WRLCK, 0, 10));
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		waits_for_lock();
		fflush(stdout);
		_exit(0);
	}
	sleep_ms(30);
	TRY(waitpid(pid, &status, WNOHANG));
	fflush(stdout);
	TRY(lock(fd, F_SETLK, F_UNLCK, 0, 10));
	fflush(stdout);
	waitpid(pid, &status, 0);
	say_status("child", status);
	return 0;
}
