/* exec_threads.c - execve(2) from a thread, from vfork, with shared tables, and by descriptor; what the new
 * program finds. */
#include <pthread.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "say.h"

static char self[512];
static int thread_tid;

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

static void *spinner(void *arg)
{
	for (;;)
		sched_yield();
	return NULL;
}

static void *exec_from_thread(void *arg)
{
	char pid[16];

	thread_tid = (int)syscall(SYS_gettid);
	snprintf(pid, sizeof(pid), "%d", getpid());
	execl(self, self, "threads", pid, NULL);
	_exit(1);
}

/* A thread that is not the leader executes: it becomes the leader, with the pid, and everybody else is gone.
 */
static void from_thread(void)
{
	pthread_t t;

	for (int i = 0; i < 5; i++)
		pthread_create(&t, NULL, i % 2 ? sleeper : spinner, NULL);
	pthread_create(&t, NULL, exec_from_thread, NULL);
	for (;;)
		pause();
}

static int count_threads(void)
{
	char line[256];
	int n = -1;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Threads: %d", &n);
	if (f)
		fclose(f);
	return n;
}

static void threads(const char *pid)
{
	IS(atoi(pid) == getpid());
	IS(syscall(SYS_gettid) == getpid());
	SAY("%d threads\n", count_threads());
	exit(3);
}

/* The leader executes while others run. */
static void from_leader(void)
{
	pthread_t t;
	char pid[16];

	for (int i = 0; i < 5; i++)
		pthread_create(&t, NULL, i % 2 ? sleeper : spinner, NULL);
	snprintf(pid, sizeof(pid), "%d", getpid());
	execl(self, self, "threads", pid, NULL);
}

/* A leader that has ended already: its zombie gives the pid away. */
static void *exec_after_leader(void *arg)
{
	sleep_ms(20);
	return exec_from_thread(arg);
}

static void from_orphan_thread(void)
{
	pthread_t t;

	pthread_create(&t, NULL, exec_after_leader, NULL);
	pthread_exit(NULL);
}

static void state(void)
{
	struct itimerval it;
	sigset_t set;
	stack_t ss;
	char name[17] = "";
	struct sigaction sa;

	sigpending(&set);
	IS(sigismember(&set, SIGUSR1) == 1);
	sigaltstack(NULL, &ss);
	IS(ss.ss_flags == SS_DISABLE);
	getitimer(ITIMER_REAL, &it);
	IS(it.it_value.tv_sec > 90);
	IS(syscall(SYS_timer_delete, 0) == -1);
	TRY(prctl(PR_GET_KEEPCAPS));
	prctl(PR_GET_NAME, name);
	SAY("name %s\n", name);
	int sig = 0;
	prctl(PR_GET_PDEATHSIG, &sig);
	SAY("death signal %d\n", sig);
	TRY(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	TRY(prctl(PR_GET_DUMPABLE));
	TRY(getpriority(PRIO_PROCESS, 0));
	sigaction(SIGCHLD, NULL, &sa);
	IS(sa.sa_handler == SIG_IGN);
	IS(umask(0) == 027);
	IS(getauxval(AT_SECURE) == 0);
	IS(getauxval(AT_PAGESZ) == 4096);
	IS(strcmp((char *)getauxval(AT_EXECFN), self) == 0 || strlen((char *)getauxval(AT_EXECFN)) > 0);
	IS(getauxval(AT_RANDOM) != 0);
	exit(4);
}

/* What a program inherits across execve(2) and what it does not. */
static void keep_state(void)
{
	static char stack[8192];
	struct itimerval it = {{0, 0}, {100, 0}};
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof(stack)};
	timer_t timer;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	sigaltstack(&ss, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	timer_create(CLOCK_MONOTONIC, NULL, &timer);
	prctl(PR_SET_KEEPCAPS, 1);
	prctl(PR_SET_NAME, "other");
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0);
	setpriority(PRIO_PROCESS, 0, 5);
	signal(SIGCHLD, SIG_IGN);
	umask(027);
	execl(self, self, "state", NULL);
}

static int shared_child(void *arg)
{
	/* The table is shared with the parent; execve must not close the parent's descriptors. */
	execl(self, self, "fds", NULL);
	_exit(1);
}

static void fds(void)
{
	TRY(fcntl(50, F_GETFD));
	TRY(fcntl(51, F_GETFD));
	close(50);
	exit(5);
}

static void shared_tables(void)
{
	static char stack[65536];
	int status, fd = open("/dev/null", O_RDONLY);

	dup3(fd, 51, O_CLOEXEC);
	dup2(fd, 50);
	fflush(stdout);
	int pid = clone(shared_child, stack + sizeof(stack), CLONE_FILES | SIGCHLD, NULL);
	waitpid(pid, &status, 0);
	say_status("sharer", status);
	TRY(fcntl(50, F_GETFD));
	TRY(fcntl(51, F_GETFD));
}

static void by_vfork(void)
{
	int status;
	volatile int here = 0;

	fflush(stdout);
	int pid = vfork();
	if (pid == 0) {
		here = 1;
		execl(self, self, "fds", NULL);
		_exit(1);
	}
	SAY("the child wrote %d\n", here);
	waitpid(pid, &status, 0);
	say_status("vfork child", status);
	pid = vfork();
	if (pid == 0) {
		execl("/no/such/program", "x", NULL);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	say_status("vfork child that found nothing", status);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0700);

	if (write(fd, text, strlen(text)) < 0)
		perror(name);
	fchmod(fd, mode);
	close(fd);
}

static void exec_fd(const char *who, int fd, const char *path, int flags)
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		syscall(SYS_execveat, fd, path, (char *[]){"x", "args", NULL}, (char *[]){NULL}, flags);
		SAY("execveat: %s\n", strerror(errno));
		fflush(stdout);
		_exit(1);
	}
	wait(&status);
	say_status(who, status);
}

static void by_descriptor(void)
{
	char line[600];
	int dir = open(".", O_RDONLY | O_DIRECTORY), fd;

	snprintf(line, sizeof(line), "#!%s\n", self);
	write_file("script", line, 0755);
	exec_fd("name in a directory", dir, "prog", 0);
	exec_fd("script in a directory", dir, "script", 0);
	fd = open("prog", O_RDONLY);
	exec_fd("descriptor", fd, "", AT_EMPTY_PATH);
	exec_fd("no flag", fd, "", 0);
	exec_fd("not a directory", fd, "x", 0);
	exec_fd("bad descriptor", 77, "x", 0);
	exec_fd("bad flags", fd, "", 0x8000);
	fd = open("script", O_RDONLY);
	exec_fd("script", fd, "", AT_EMPTY_PATH);
	fd = open("script", O_RDONLY | O_CLOEXEC);
	exec_fd("script that will be closed", fd, "", AT_EMPTY_PATH);
	fd = open("prog", O_PATH | O_CLOEXEC);
	exec_fd("path descriptor", fd, "", AT_EMPTY_PATH);
	exec_fd("link, not followed", AT_FDCWD, "prog", AT_SYMLINK_NOFOLLOW);
}

static void copy_file(const char *from, const char *to)
{
	static char buf[65536];
	int in = open(from, O_RDONLY), out = open(to, O_CREAT | O_WRONLY, 0755);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0) {
		if (write(out, buf, (size_t)n) != n)
			perror(to);
	}
	close(in);
	close(out);
}

/* A file that is being written cannot be executed. */
static void busy(void)
{
	int fd;

	write_file("busy", "#!/bin/sh\n", 0755);
	fd = open("busy", O_WRONLY);
	TRY(execl("./busy", "busy", NULL));
	close(fd);
	/* And a program that runs cannot be written. */
	copy_file("/proc/self/exe", "copy");
	int pid = vfork();
	if (pid == 0) {
		execl("./copy", "copy", "nap", NULL);
		_exit(1);
	}
	TRY(open("copy", O_WRONLY));
	TRY(truncate("copy", 0));
	TRY_OK(rename("copy", "other"));
	waitpid(pid, NULL, 0);
	TRY_OK(open("other", O_WRONLY | O_TRUNC));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		if (strcmp(argv[1], "threads") == 0)
			threads(argv[2]);
		if (strcmp(argv[1], "state") == 0)
			state();
		if (strcmp(argv[1], "fds") == 0)
			fds();
		if (strcmp(argv[1], "nap") == 0) {
			sleep_ms(100);
			return 0;
		}
		SAY("%d arguments\n", argc - 1);
		return 6;
	}
	self[readlink("/proc/self/exe", self, sizeof(self) - 1)] = '\0';
	enter_scratch();
	symlink(self, "prog");
	strcpy(self, "./prog");
	say_child("from a thread", from_thread);
	say_child("from the leader", from_leader);
	say_child("from a thread without a leader", from_orphan_thread);
	say_child("state", keep_state);
	shared_tables();
	by_vfork();
	by_descriptor();
	busy();
	return 0;
}
