/* signal_rules.c - handlers, masks, queues and restarts of signals (signal(7), sigaction(2)). */
#include "say.h"

static volatile sig_atomic_t count, depth, deepest, last;
static int order[16];
static volatile int n_order;

static void on_signal(int sig)
{
	count++;
	last = sig;
	if (n_order < 16)
		order[n_order++] = sig;
}

static void on_info(int sig, siginfo_t *si, void *ctx)
{
	if (n_order < 16)
		order[n_order++] = si->si_value.sival_int;
	last = si->si_code;
	count++;
}

static void on_nested(int sig)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (++count < 3)
		raise(sig);
	depth--;
}

static void set(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa = {.sa_handler = fn, .sa_flags = flags};

	sigaction(sig, &sa, NULL);
}

static void nesting(void)
{
	set(SIGUSR1, on_nested, 0);
	raise(SIGUSR1);
	SAY("without SA_NODEFER: %d runs, %d deep\n", count, deepest);
	count = deepest = 0;
	set(SIGUSR1, on_nested, SA_NODEFER);
	raise(SIGUSR1);
	SAY("with SA_NODEFER: %d runs, %d deep\n", count, deepest);
}

static void masks(void)
{
	sigset_t mask, old, pending;

	count = 0;
	set(SIGUSR1, on_signal, 0);
	set(SIGUSR2, on_signal, SA_RESETHAND);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	TRY(sigprocmask(SIG_BLOCK, &mask, &old));
	raise(SIGUSR1);
	raise(SIGUSR1);
	SAY("blocked: %d runs\n", count);
	sigpending(&pending);
	IS(sigismember(&pending, SIGUSR1) == 1 && sigismember(&pending, SIGUSR2) == 0);
	TRY(sigsuspend(&old));
	SAY("after sigsuspend: %d runs\n", count);
	sigprocmask(SIG_SETMASK, NULL, &old);
	IS(sigismember(&old, SIGUSR1) == 1);
	raise(SIGUSR1);
	struct timespec ts = {0, 0};
	siginfo_t si;
	TRY(sigtimedwait(&mask, &si, &ts));
	IS(si.si_pid == getpid() && si.si_code == SI_TKILL);
	TRY(sigtimedwait(&mask, &si, &ts));
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	raise(SIGUSR2);
	struct sigaction now;
	sigaction(SIGUSR2, NULL, &now);
	IS(now.sa_handler == SIG_DFL);
	/* SIGKILL and SIGSTOP cannot be caught or blocked. */
	struct sigaction sa = {.sa_handler = on_signal};
	TRY(sigaction(SIGKILL, &sa, NULL));
	TRY(sigaction(SIGSTOP, &sa, NULL));
	TRY(sigaction(65, &sa, NULL));
	sigfillset(&mask);
	sigprocmask(SIG_BLOCK, &mask, &old);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	IS(!sigismember(&mask, SIGKILL) && !sigismember(&mask, SIGSTOP) && sigismember(&mask, SIGTERM));
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void queues(void)
{
	sigset_t mask;
	struct sigaction sa = {.sa_sigaction = on_info, .sa_flags = SA_SIGINFO};

	for (int s = SIGRTMIN; s <= SIGRTMIN + 2; s++)
		sigaction(s, &sa, NULL);
	sigfillset(&mask);
	sa.sa_mask = mask; /* so that the handlers run in the order of delivery */
	for (int s = SIGRTMIN; s <= SIGRTMIN + 2; s++)
		sigaction(s, &sa, NULL);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	n_order = 0;
	TRY(sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = 5}));
	TRY(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 1}));
	TRY(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 2}));
	TRY(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 3}));
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	SAY("real-time order:");
	for (int i = 0; i < n_order; i++)
		SAY(" %d", order[i]);
	SAY("\n");
	IS(last == SI_QUEUE);
	TRY(kill(getpid(), 0));
	TRY(kill(getpid(), 65));
	TRY(kill(999999, SIGTERM));
	TRY(sigqueue(999999, SIGTERM, (union sigval){0}));
}

static void restarts(void)
{
	int fd[2];
	char c;

	pipe(fd);
	set(SIGALRM, on_signal, 0);
	ualarm(10000, 0);
	TRY(read(fd[0], &c, 1));
	set(SIGALRM, on_signal, SA_RESTART);
	ualarm(10000, 0);
	fflush(stdout);
	if (fork() == 0) {
		sleep_ms(60);
		write(fd[1], "x", 1);
		_exit(0);
	}
	TRY(read(fd[0], &c, 1));
	wait(NULL);
	ualarm(10000, 0);
	struct timespec ts = {1, 0}, left = {0};
	TRY(nanosleep(&ts, &left));
	IS(left.tv_sec == 0 && left.tv_nsec > 0);
	ualarm(10000, 0);
	TRY(pause());
}

int main(void)
{
	nesting();
	masks();
	queues();
	restarts();
	signal(SIGTERM, SIG_IGN);
	raise(SIGTERM);
	SAY("SIGTERM ignored\n");
	return 0;
}
