/* say.h - how guest tests report: each call with its result, by name, so that two runs can be compared line
 * by line. Nothing that may differ between two correct systems is printed: no pids, addresses, inode numbers
 * or times. */
#ifndef KEVSIM_TESTS_GUEST_SAY_H
#define KEVSIM_TESTS_GUEST_SAY_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Evaluates a call and prints "CALL = RESULT" or "CALL = -1 (reason)"; gives the result back. */
#define TRY(call) say_result(#call, (long)(call))
/* Prints whether a condition holds. */
#define IS(condition) printf("%s: %s\n", #condition, (condition) ? "yes" : "NO")
#define SAY(...) printf(__VA_ARGS__)

static inline long say_result(const char *what, long result)
{
	if (result == -1)
		printf("%s = -1 (%s)\n", what, strerror(errno));
	else
		printf("%s = %ld\n", what, result);
	return result;
}

/* As TRY for calls whose good result is not the same everywhere: prints ok or the error. */
#define TRY_OK(call) say_ok(#call, (long)(call))
static inline long say_ok(const char *what, long result)
{
	if (result == -1)
		printf("%s = -1 (%s)\n", what, strerror(errno));
	else
		printf("%s: ok\n", what);
	return result;
}

static inline void say_status(const char *who, int status)
{
	if (WIFEXITED(status))
		printf("%s exited %d\n", who, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("%s killed by %d\n", who, WTERMSIG(status));
	else if (WIFSTOPPED(status))
		printf("%s stopped by %d\n", who, WSTOPSIG(status));
	else if (WIFCONTINUED(status))
		printf("%s continued\n", who);
}

/* Runs fn in a child with nothing buffered, waits for it and reports how it ended. */
static inline void say_child(const char *who, void (*fn)(void))
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		fn();
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	say_status(who, status);
}

/* A fresh directory, made the working directory. The native run is given one on a tmpfs, because file systems
 * differ. */
static inline void enter_scratch(void)
{
	const char *where = getenv("SCRATCH");
	char dir[256];

	snprintf(dir, sizeof(dir), "%s/guest.XXXXXX", where ? where : "/tmp");
	if (!mkdtemp(dir) || chdir(dir)) {
		perror("scratch directory");
		exit(99);
	}
}

static inline void sleep_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		continue;
}

static inline int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

#endif
