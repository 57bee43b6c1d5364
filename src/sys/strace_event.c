/* strace_event.c - poll(2), select(2) and epoll(7) in traces, and the remarks behind results.
 * LEAVES OUT: nothing. */
#include "sys/strace_print.h"

#include "fs/abi_event.h"
#include "fs/abi_fs.h"
#include "fs/poll.h"
#include "sys/syscall_table.h"

/* clang-format off */
static const struct strace_name poll_names[] = {
	{POLLIN_LINUX, "POLLIN"}, {POLLPRI_LINUX, "POLLPRI"}, {POLLOUT_LINUX, "POLLOUT"}, {POLLERR_LINUX, "POLLERR"},
	{POLLHUP_LINUX, "POLLHUP"}, {POLLNVAL_LINUX, "POLLNVAL"}, {POLLRDNORM_LINUX, "POLLRDNORM"},
	{POLLRDBAND_LINUX, "POLLRDBAND"}, {POLLWRNORM_LINUX, "POLLWRNORM"}, {POLLWRBAND_LINUX, "POLLWRBAND"},
	{POLLMSG_LINUX, "POLLMSG"}, {POLLRDHUP_LINUX, "POLLRDHUP"},
};
static const struct strace_name epoll_names[] = {
	{POLLIN_LINUX, "EPOLLIN"}, {POLLPRI_LINUX, "EPOLLPRI"}, {POLLOUT_LINUX, "EPOLLOUT"}, {POLLERR_LINUX, "EPOLLERR"},
	{POLLHUP_LINUX, "EPOLLHUP"}, {POLLRDNORM_LINUX, "EPOLLRDNORM"}, {POLLRDBAND_LINUX, "EPOLLRDBAND"},
	{POLLWRNORM_LINUX, "EPOLLWRNORM"}, {POLLWRBAND_LINUX, "EPOLLWRBAND"}, {POLLMSG_LINUX, "EPOLLMSG"},
	{POLLRDHUP_LINUX, "EPOLLRDHUP"}, {EPOLLEXCLUSIVE_LINUX, "EPOLLEXCLUSIVE"}, {EPOLLWAKEUP_LINUX, "EPOLLWAKEUP"},
	{EPOLLONESHOT_LINUX, "EPOLLONESHOT"}, {EPOLLET_LINUX, "EPOLLET"},
};
/* clang-format on */

STRACE_PRINTER(pollfds)
{
	struct pollfd_linux p[STRACE_STRING_MAX];
	uint32_t n = (uint32_t)a->call->arg[a->n + 1];
	size_t shown = MIN((size_t)n, ARRAY_LEN(p));
	int state = strace_struct_in(a, v, p, shown * sizeof(p[0]));

	if (state <= 0)
		return state == 0;
	strace_out("[");
	for (size_t i = 0; i < shown; i++) {
		strace_out("%s{fd=%d", i ? ", " : "", p[i].fd);
		if (p[i].fd >= 0) {
			strace_out(", events=");
			strace_out_flags((uint16_t)p[i].events, poll_names, ARRAY_LEN(poll_names), NULL);
		}
		strace_out("}");
	}
	strace_out("%s]", n > shown ? ", ..." : "");
	return true;
}

/* The descriptors in a set of nfds; false if it cannot be read. */
static bool out_set(const struct strace_arg *a, uint64_t addr, int nfds)
{
	uint8_t set[FD_SETSIZE_LINUX / 8];
	const char *sep = "";

	nfds = MAX(0, MIN(nfds, FD_SETSIZE_LINUX));
	if (!strace_peek_all(a, set, addr, (size_t)(nfds + 7) / 8))
		return false;
	strace_out("[");
	for (int fd = 0; fd < nfds; fd++) {
		if (set[fd / 8] & (1U << (fd % 8))) {
			strace_out("%s%d", sep, fd);
			sep = " ";
		}
	}
	strace_out("]");
	return true;
}

STRACE_PRINTER(fdset)
{
	if (v && out_set(a, v, (int)(uint32_t)a->call->arg[0]))
		return true;
	if (v && !a->after)
		return false;
	strace_out_addr(v);
	return true;
}

static void out_epoll_event(const struct epoll_event_linux *e)
{
	strace_out("{events=");
	strace_out_flags(e->events, epoll_names, ARRAY_LEN(epoll_names), NULL);
	strace_out(", data={u32=%u, u64=%llu}}", (uint32_t)e->data, (unsigned long long)e->data);
}

STRACE_PRINTER(epevent)
{
	struct epoll_event_linux e;
	int state = strace_struct_in(a, v, &e, sizeof(e));

	if (state > 0)
		out_epoll_event(&e);
	return state >= 0;
}

STRACE_PRINTER(epevents)
{
	struct epoll_event_linux e[STRACE_STRING_MAX];

	if (!a->after)
		return false;
	size_t shown = a->ret > 0 ? MIN((size_t)a->ret, ARRAY_LEN(e)) : 0;
	if (a->ret < 0 || !strace_peek_all(a, e, v, shown * sizeof(e[0]))) {
		strace_out_addr(v);
		return true;
	}
	strace_out("[");
	for (size_t i = 0; i < shown; i++) {
		strace_out("%s", i ? ", " : "");
		out_epoll_event(&e[i]);
	}
	strace_out("%s]", (size_t)a->ret > shown ? ", ..." : "");
	return true;
}

static void remark_poll(const struct strace_arg *a)
{
	uint32_t n = (uint32_t)a->call->arg[1];
	const char *sep = "";

	if (a->ret == 0) {
		strace_out(" (Timeout)");
		return;
	}
	strace_out(" ([");
	for (uint32_t i = 0; i < MIN(n, (uint32_t)STRACE_STRING_MAX); i++) {
		struct pollfd_linux p;
		if (!strace_peek_all(a, &p, a->call->arg[0] + i * sizeof(p), sizeof(p)) || p.revents == 0)
			continue;
		strace_out("%s{fd=%d, revents=", sep, p.fd);
		strace_out_flags((uint16_t)p.revents, poll_names, ARRAY_LEN(poll_names), NULL);
		strace_out("}");
		sep = ", ";
	}
	strace_out("])");
}

static void remark_select(const struct strace_arg *a)
{
	static const char *const names[] = {"in ", "out ", "except "};
	const char *sep = " (";

	if (a->ret == 0) {
		strace_out(" (Timeout)");
		return;
	}
	for (unsigned i = 0; i < 3; i++) {
		uint64_t addr = a->call->arg[1 + i];
		if (!addr)
			continue;
		strace_out("%s%s", sep, names[i]);
		(void)out_set(a, addr, (int)(uint32_t)a->call->arg[0]);
		sep = ", ";
	}
	strace_out("%s", sep[0] == ',' ? ")" : "");
}

void strace_out_remark(const struct strace_arg *a)
{
	const struct syscall_row *row = a->call->row;

	if (a->ret < 0)
		return;
	if (row->kind[0] == ARG_POLLFDS) {
		remark_poll(a);
	} else if (row->kind[1] == ARG_FDSET) {
		remark_select(a);
	} else if (row->kind[1] == ARG_FCNTLCMD && (uint32_t)a->call->arg[1] == F_GETFL_LINUX) {
		strace_out(" (flags ");
		strace_out_open_flags((uint32_t)a->ret);
		strace_out(")");
	} else if (row->kind[1] == ARG_FCNTLCMD && (uint32_t)a->call->arg[1] == F_GETFD_LINUX && a->ret) {
		strace_out(" (flags FD_CLOEXEC)");
	}
}
