/* epoll_rules.c - does epoll(7) do level and edge triggering, one shot, nesting and its errors like Linux? */
#include <sys/epoll.h>

#include "say.h"

static void waits(int ep, const char *when)
{
	struct epoll_event ev[8];
	int n = epoll_wait(ep, ev, 8, 0);

	SAY("%s: %d", when, n);
	for (int i = 0; i < n; i++)
		SAY(" [%d: %#x]", (int)ev[i].data.u32, ev[i].events);
	SAY("\n");
}

int main(void)
{
	int a[2], b[2];
	char c;
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = 1};

	pipe(a);
	pipe(b);
	int ep = epoll_create1(EPOLL_CLOEXEC);
	TRY(epoll_create(0));
	TRY(epoll_create1(5));
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, a[0], &ev));
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, a[0], &ev));
	TRY(epoll_ctl(ep, EPOLL_CTL_MOD, b[0], &ev));
	TRY(epoll_ctl(ep, EPOLL_CTL_DEL, b[0], &ev));
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &ev));
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, 99, &ev));
	TRY(epoll_ctl(a[0], EPOLL_CTL_ADD, b[0], &ev));
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, open("/", O_RDONLY), &ev));
	TRY(epoll_wait(ep, &ev, 0, 0));
	waits(ep, "empty");
	write(a[1], "xy", 2);
	waits(ep, "level");
	waits(ep, "level again");
	ev = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.u32 = 2};
	TRY(epoll_ctl(ep, EPOLL_CTL_MOD, a[0], &ev));
	waits(ep, "edge");
	waits(ep, "edge again");
	read(a[0], &c, 1);
	waits(ep, "edge after a partial read");
	write(a[1], "z", 1);
	waits(ep, "edge after more data");
	ev = (struct epoll_event){.events = EPOLLIN | EPOLLONESHOT, .data.u32 = 3};
	TRY(epoll_ctl(ep, EPOLL_CTL_MOD, a[0], &ev));
	waits(ep, "one shot");
	waits(ep, "one shot again");
	TRY(epoll_ctl(ep, EPOLL_CTL_MOD, a[0], &ev));
	waits(ep, "one shot armed again");

	int outer = epoll_create1(0);
	ev = (struct epoll_event){.events = EPOLLIN, .data.u32 = 4};
	TRY(epoll_ctl(outer, EPOLL_CTL_ADD, ep, &ev));
	waits(outer, "nested, nothing armed");
	ev = (struct epoll_event){.events = EPOLLIN, .data.u32 = 5};
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, b[0], &ev));
	write(b[1], "b", 1);
	waits(outer, "nested");
	waits(ep, "inner");
	ev.events = EPOLLIN;
	TRY(epoll_ctl(ep, EPOLL_CTL_ADD, outer, &ev));

	/* A closed descriptor leaves the set, but not while a duplicate is open. */
	int copy = dup(b[0]);
	close(b[0]);
	waits(ep, "closed, with a duplicate");
	close(copy);
	waits(ep, "closed for good");
	close(a[1]);
	ev = (struct epoll_event){.events = 0, .data.u32 = 6};
	TRY(epoll_ctl(ep, EPOLL_CTL_MOD, a[0], &ev));
	read(a[0], &c, 1);
	read(a[0], &c, 1);
	waits(ep, "writer gone");

	pipe(b);
	ev = (struct epoll_event){.events = EPOLLIN, .data.u32 = 7};
	int ep2 = epoll_create1(0);
	epoll_ctl(ep2, EPOLL_CTL_ADD, b[0], &ev);
	fflush(stdout);
	if (fork() == 0) {
		sleep_ms(20);
		write(b[1], "x", 1);
		_exit(0);
	}
	TRY(epoll_wait(ep2, &ev, 1, 5000));
	TRY(epoll_wait(ep2, &ev, 1, -1));
	return 0;
}
