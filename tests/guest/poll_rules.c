/* poll_rules.c - what do poll(2), select(2) and ppoll say about pipes, files and bad descriptors? */
#include <poll.h>
#include <sys/select.h>

#include "say.h"

static void ask(const char *what, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT | POLLPRI};
	int n = poll(&p, 1, 0);

	SAY("%s: %d, revents %#x\n", what, n, p.revents);
}

static volatile sig_atomic_t alarms;
static void on_alarm(int sig)
{
	alarms++;
}

int main(void)
{
	int fd[2];
	static char big[65536];
	struct pollfd p[3];

	pipe(fd);
	ask("empty pipe, read end", fd[0]);
	ask("empty pipe, write end", fd[1]);
	write(fd[1], big, 10);
	ask("10 bytes, read end", fd[0]);
	write(fd[1], big, 65526);
	ask("full pipe, write end", fd[1]);
	close(fd[1]);
	ask("writer gone, data left", fd[0]);
	read(fd[0], big, sizeof(big));
	ask("writer gone, empty", fd[0]);
	close(fd[0]);
	pipe(fd);
	close(fd[0]);
	ask("reader gone", fd[1]);
	close(fd[1]);
	ask("closed descriptor", fd[1]);
	ask("negative descriptor", -1);
	int file = open("/dev/null", O_RDWR);
	ask("/dev/null", file);
	int dir = open("/", O_RDONLY);
	ask("directory", dir);

	int64_t t = now_ns();
	TRY(poll(NULL, 0, 30));
	t = now_ns() - t;
	IS(t >= 30000000 && t < 3000000000);
	TRY(poll((struct pollfd *)16, 1, 0));
	TRY(poll(p, 1u << 30, 0));

	pipe(fd);
	fd_set r, w;
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(fd[0], &r);
	FD_SET(fd[1], &w);
	struct timeval tv = {0, 20000};
	TRY(select(fd[1] + 1, &r, &w, NULL, &tv));
	IS(!FD_ISSET(fd[0], &r) && FD_ISSET(fd[1], &w));
	FD_ZERO(&r);
	FD_SET(fd[0], &r);
	tv = (struct timeval){0, 20000};
	TRY(select(fd[0] + 1, &r, NULL, NULL, &tv));
	IS(!FD_ISSET(fd[0], &r));
	FD_SET(44, &r);
	TRY(select(45, &r, NULL, NULL, &tv));
	TRY(select(-1, NULL, NULL, NULL, &tv));

	/* A wake from another process. */
	fflush(stdout);
	if (fork() == 0) {
		sleep_ms(20);
		write(fd[1], "x", 1);
		_exit(0);
	}
	p[0] = (struct pollfd){.fd = fd[0], .events = POLLIN};
	TRY(poll(p, 1, 5000));
	SAY("revents %#x\n", p[0].revents);
	wait(NULL);
	read(fd[0], big, 1);

	/* Signals: poll is not restarted; ppoll opens the mask only while it waits. */
	struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	sigaction(SIGALRM, &sa, NULL);
	ualarm(20000, 0);
	TRY(poll(p, 1, 5000));
	IS(alarms == 1);
	sigset_t mask, none;
	sigemptyset(&none);
	sigemptyset(&mask);
	sigaddset(&mask, SIGALRM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	raise(SIGALRM);
	IS(alarms == 1);
	struct timespec ts = {5, 0};
	TRY(ppoll(p, 1, &ts, &none));
	IS(alarms == 2);
	return 0;
}
