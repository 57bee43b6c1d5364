/* exhaustion.c - takes all there is of what has no limit of its own: threads, locks, mounts, terminals, shared segments, watches on
 * watches, arguments, holes of impossible files. Each ends with an error or a kill, and the next one finds everything back.
 * options: --mem 64M
 * status: 0
 * stdout: still here */
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "../guest/say.h"

static char buf[65536];

static int sleeps(void *arg)
{
	for (;;)
		pause();
	return 0;
}

static void threads(void)
{
	char *stacks = mmap(NULL, 1UL << 32, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (int i = 1; i < 100000; i++) {
		if (clone(sleeps, stacks + i * 8192UL,
			  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, NULL) < 0)
			_exit(errno == EAGAIN || errno == ENOMEM ? 20 : errno);
	}
	_exit(21);
}

static void locks(void)
{
	enter_scratch();
	int fd = open("f", O_CREAT | O_RDWR, 0600);

	for (int i = 0; i < 4000; i++) {
		struct flock fl = {.l_type = i & 1 ? F_WRLCK : F_RDLCK, .l_start = i * 3, .l_len = 1};
		if (fcntl(fd, F_SETLK, &fl))
			_exit(errno == ENOLCK || errno == ENOMEM ? 22 : errno);
	}
	_exit(22);
}

static void mounts(void)
{
	enter_scratch();
	mkdir("m", 0755);
	int n = 0;
	while (n < 1000 && mount("t", "m", "tmpfs", 0, NULL) == 0)
		n++;
	while (n-- > 0)
		umount2("m", MNT_DETACH);
	_exit(23);
}

static void terminals(void)
{
	struct rlimit r = {4096, 4096};

	setrlimit(RLIMIT_NOFILE, &r);
	while (open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0)
		continue;
	_exit(errno == ENOSPC || errno == EMFILE || errno == ENOMEM ? 24 : errno);
}

static void segments(void)
{
	for (int i = 0; i < 100000; i++) {
		int id = shmget(IPC_PRIVATE, 1 << 20, IPC_CREAT | 0600);
		if (id < 0)
			break;
		char *p = shmat(id, NULL, 0);
		if (p == (char *)-1)
			break;
		shmctl(id, IPC_RMID, NULL);
		memset(p, 1, 1 << 20);
	}
	_exit(25);
}

static void messages(void)
{
	int ids[200], n = 0;

	for (; n < 200 && (ids[n] = msgget(IPC_PRIVATE, 0600)) >= 0; n++)
		for (*(long *)buf = 1; msgsnd(ids[n], buf, 8000, IPC_NOWAIT) == 0;)
			continue;
	while (--n >= 0)
		msgctl(ids[n], IPC_RMID, NULL);
	_exit(26);
}

/* epoll(7) in epoll, as deep as it goes, and in a circle. */
static void watchers(void)
{
	struct rlimit r = {4096, 4096};
	struct epoll_event ev = {.events = EPOLLIN};
	int last = -1, first = -1;

	setrlimit(RLIMIT_NOFILE, &r);
	for (int i = 0; i < 2000; i++) {
		int ep = epoll_create1(0);
		if (ep < 0)
			break;
		if (last >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, last, &ev) && errno != ELOOP)
			_exit(errno);
		if (first < 0)
			first = ep;
		last = ep;
	}
	epoll_ctl(first, EPOLL_CTL_ADD, last, &ev);
	for (int i = 0; i < 20; i++) {
		int ep = epoll_create1(0), fd = syscall(SYS_eventfd2, 1, 0);
		for (int k = 3; k < 1000; k++)
			epoll_ctl(ep, EPOLL_CTL_ADD, k, &ev);
		epoll_wait(ep, (struct epoll_event *)buf, 100, 0);
		close(fd);
	}
	_exit(27);
}

static void arguments(void)
{
	static char *argv[200001];

	memset(buf, 'x', sizeof(buf) - 1);
	for (int i = 0; i < 200000; i++)
		argv[i] = buf + 65000;
	execv("/bin/true", argv);
	argv[1000] = NULL;
	for (int i = 0; i < 1000; i++)
		argv[i] = buf;
	execv("/bin/true", argv);
	_exit(errno == E2BIG ? 28 : errno);
}

static void holes(void)
{
	enter_scratch();
	int fd = open("f", O_CREAT | O_RDWR, 0600), null = open("/dev/null", O_WRONLY),
	    out = open("g", O_CREAT | O_RDWR, 0600);

	alarm(3600);
	if (ftruncate(fd, INT64_MAX) && ftruncate(fd, 1L << 43))
		_exit(errno);
	pwrite(fd, "x", 1, (1L << 43) - 2);
	lseek(fd, 0, SEEK_DATA);
	lseek(fd, 0, SEEK_HOLE);
	syscall(SYS_sendfile, null, fd, NULL, 1L << 32);
	loff_t from = 0, to = 1L << 40;
	syscall(SYS_copy_file_range, fd, &from, out, &to, 1L << 28, 0);
	fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1L << 43);
	if (fallocate(out, 0, 0, 1L << 42) == 0)
		_exit(1);
	ftruncate(fd, 0);
	unlink("f");
	unlink("g");
	_exit(29);
}

static void links(void)
{
	char name[32], target[32];

	enter_scratch();
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(target, sizeof(target), "l%d/.", i + 1);
		symlink(target, name);
	}
	symlink("self/self/self/self", "self");
	if (open("l0", O_RDONLY) >= 0 || errno != ELOOP || open("self", O_RDONLY) >= 0 || errno != ELOOP)
		_exit(1);
	memset(buf, '/', 4000);
	for (int i = 0; i < 2000; i++)
		buf[2 * i] = '.';
	buf[4000] = 0;
	IS(open(buf, O_RDONLY) >= 0);
	_exit(30);
}

static void attributes(void)
{
	char name[300] = "user.";

	enter_scratch();
	close(open("f", O_CREAT | O_RDWR, 0600));
	for (int i = 0; i < 20000; i++) {
		snprintf(name + 5, 20, "%d", i);
		if (setxattr("f", name, buf, 60000, 0))
			break;
	}
	listxattr("f", buf, sizeof(buf));
	unlink("f");
	_exit(errno == ENOSPC || errno == ERANGE || errno == ENOMEM || errno == E2BIG ? 31 : errno);
}

static void undo(void)
{
	for (int i = 0; i < 3000; i++) {
		int id = semget(IPC_PRIVATE, 250, 0600);
		struct sembuf op = {0, 1, SEM_UNDO};
		if (id < 0)
			break;
		semop(id, &op, 1);
	}
	_exit(32);
}

static void remove_semaphores(void)
{
	struct seminfo info;
	int max = semctl(0, 0, SEM_INFO, &info);

	for (int i = 0; i <= max; i++) {
		struct semid_ds ds;
		int id = semctl(i, 0, SEM_STAT, &ds);
		if (id >= 0)
			semctl(id, 0, IPC_RMID);
	}
	_exit(33);
}

int main(void)
{
	say_child("threads", threads);
	say_child("locks", locks);
	say_child("mounts", mounts);
	say_child("terminals", terminals);
	say_child("shared segments", segments);
	say_child("messages", messages);
	say_child("watchers", watchers);
	say_child("arguments", arguments);
	say_child("holes", holes);
	say_child("links", links);
	say_child("attributes", attributes);
	say_child("semaphores", undo);
	say_child("their end", remove_semaphores);
	say_child("threads again", threads);
	puts("still here");
	return 0;
}
