/* strace_signals.c - signal sets, actions and siginfo in traces. LEAVES OUT: nothing that reaches a guest. */
#include "sys/strace_print.h"

#include "core/abi_signal.h"

static unsigned bits(uint64_t set)
{
	unsigned n = 0;

	for (; set; set &= set - 1)
		n++;
	return n;
}

/* Short names in brackets; a set that is nearly full is shown by what it lacks. */
static void out_sigset(uint64_t set)
{
	bool inverted = bits(set) > NSIG_LINUX * 2 / 3;
	const char *sep = "";

	if (inverted)
		set = ~set;
	strace_out("%s[", inverted ? "~" : "");
	for (int s = 1; s <= NSIG_LINUX; s++) {
		if (!(set & (1ULL << (s - 1))))
			continue;
		strace_out("%s", sep);
		strace_out_signal_short(s);
		sep = " ";
	}
	strace_out("]");
}

STRACE_PRINTER(sigset)
{
	uint64_t set;
	int state = strace_struct_in(a, v, &set, sizeof(set));

	if (state > 0)
		out_sigset(set);
	return state >= 0;
}

STRACE_PRINTER(sigset_out)
{
	uint64_t set;
	int state = strace_struct_out(a, v, &set, sizeof(set));

	if (state > 0)
		out_sigset(set);
	return state >= 0;
}

static void out_sigaction(const struct sigaction_linux *sa)
{
	static const struct strace_name names[] = {
	    {SA_RESTORER_LINUX, "SA_RESTORER"},   {SA_ONSTACK_LINUX, "SA_ONSTACK"},
	    {SA_RESTART_LINUX, "SA_RESTART"},     {SA_NODEFER_LINUX, "SA_NODEFER"},
	    {SA_RESETHAND_LINUX, "SA_RESETHAND"}, {SA_NOCLDSTOP_LINUX, "SA_NOCLDSTOP"},
	    {SA_NOCLDWAIT_LINUX, "SA_NOCLDWAIT"}, {SA_SIGINFO_LINUX, "SA_SIGINFO"},
	};

	strace_out("{sa_handler=");
	if (sa->handler == SIG_DFL_LINUX)
		strace_out("SIG_DFL");
	else if (sa->handler == SIG_IGN_LINUX)
		strace_out("SIG_IGN");
	else
		strace_out_addr(sa->handler);
	strace_out(", sa_mask=");
	out_sigset(sa->mask);
	strace_out(", sa_flags=");
	strace_out_flags(sa->flags, names, ARRAY_LEN(names), NULL);
	if (sa->flags & SA_RESTORER_LINUX) {
		strace_out(", sa_restorer=");
		strace_out_addr(sa->restorer);
	}
	strace_out("}");
}

STRACE_PRINTER(sigaction)
{
	struct sigaction_linux sa;
	int state = strace_struct_in(a, v, &sa, sizeof(sa));

	if (state > 0)
		out_sigaction(&sa);
	return state >= 0;
}

STRACE_PRINTER(sigaction_out)
{
	struct sigaction_linux sa;
	int state = strace_struct_out(a, v, &sa, sizeof(sa));

	if (state > 0)
		out_sigaction(&sa);
	return state >= 0;
}

static void out_code(const struct siginfo_linux *info)
{
	static const struct strace_name any[] = {
	    {(uint32_t)SI_USER_LINUX, "SI_USER"},   {(uint32_t)SI_KERNEL_LINUX, "SI_KERNEL"},
	    {(uint32_t)SI_QUEUE_LINUX, "SI_QUEUE"}, {(uint32_t)SI_TIMER_LINUX, "SI_TIMER"},
	    {(uint32_t)SI_MESGQ_LINUX, "SI_MESGQ"}, {(uint32_t)SI_ASYNCIO_LINUX, "SI_ASYNCIO"},
	    {(uint32_t)SI_SIGIO_LINUX, "SI_SIGIO"}, {(uint32_t)SI_TKILL_LINUX, "SI_TKILL"},
	};
	static const struct strace_name chld[] = {{1, "CLD_EXITED"},  {2, "CLD_KILLED"},
						  {3, "CLD_DUMPED"},  {4, "CLD_TRAPPED"},
						  {5, "CLD_STOPPED"}, {6, "CLD_CONTINUED"}};
	static const struct strace_name segv[] = {{1, "SEGV_MAPERR"}, {2, "SEGV_ACCERR"}};
	static const struct strace_name bus[] = {{1, "BUS_ADRALN"}, {2, "BUS_ADRERR"}};
	static const struct strace_name fpe[] = {{1, "FPE_INTDIV"}};
	static const struct strace_name trap[] = {{1, "TRAP_BRKPT"}, {2, "TRAP_TRACE"}};
	uint32_t code = (uint32_t)info->si_code;

	if (info->si_code <= 0 || info->si_code == SI_KERNEL_LINUX)
		strace_out_name(code, any, ARRAY_LEN(any), NULL);
	else if (info->si_signo == SIGCHLD_LINUX)
		strace_out_name(code, chld, ARRAY_LEN(chld), NULL);
	else if (info->si_signo == SIGSEGV_LINUX)
		strace_out_name(code, segv, ARRAY_LEN(segv), NULL);
	else if (info->si_signo == SIGBUS_LINUX)
		strace_out_name(code, bus, ARRAY_LEN(bus), NULL);
	else if (info->si_signo == SIGFPE_LINUX)
		strace_out_name(code, fpe, ARRAY_LEN(fpe), NULL);
	else if (info->si_signo == SIGTRAP_LINUX)
		strace_out_name(code, trap, ARRAY_LEN(trap), NULL);
	else
		strace_out("%d", info->si_code);
}

static void out_child(const struct siginfo_linux *info)
{
	strace_out(", si_pid=%d, si_uid=%u, si_status=", info->chld.pid, info->chld.uid);
	if (info->si_code == CLD_EXITED_LINUX)
		strace_out("%d", info->chld.status);
	else
		strace_out_signal(info->chld.status);
	strace_out(", si_utime=%lld, si_stime=%lld", (long long)info->chld.utime,
		   (long long)info->chld.stime);
}

static bool is_fault(int signo)
{
	return signo == SIGSEGV_LINUX || signo == SIGBUS_LINUX || signo == SIGILL_LINUX ||
	       signo == SIGFPE_LINUX || signo == SIGTRAP_LINUX;
}

void strace_out_siginfo(const struct siginfo_linux *info)
{
	strace_out("{si_signo=");
	strace_out_signal(info->si_signo);
	strace_out(", si_code=");
	out_code(info);
	if (info->si_errno)
		strace_out(", si_errno=%d", info->si_errno);
	if (info->si_code == SI_TIMER_LINUX) {
		strace_out(", si_timerid=%#x, si_overrun=%d, si_value={sival_int=%d, sival_ptr=%#llx}",
			   (uint32_t)info->timer.tid, info->timer.overrun, info->timer.value.sival_int,
			   (unsigned long long)info->timer.value.sival_ptr);
	} else if (info->si_code == SI_QUEUE_LINUX) {
		strace_out(", si_pid=%d, si_uid=%u, si_value={sival_int=%d, sival_ptr=%#llx}", info->rt.pid,
			   info->rt.uid, info->rt.value.sival_int,
			   (unsigned long long)info->rt.value.sival_ptr);
	} else if (info->si_code <= 0) {
		strace_out(", si_pid=%d, si_uid=%u", info->rt.pid, info->rt.uid);
	} else if (info->si_signo == SIGCHLD_LINUX) {
		out_child(info);
	} else if (is_fault(info->si_signo)) {
		strace_out(", si_addr=");
		strace_out_addr(info->fault.addr);
	}
	strace_out("}");
}

STRACE_PRINTER(siginfo_in)
{
	struct siginfo_linux info;
	int state = strace_struct_in(a, v, &info, sizeof(info));

	if (state > 0)
		strace_out_siginfo(&info);
	return state >= 0;
}

STRACE_PRINTER(siginfo_out)
{
	struct siginfo_linux info;
	int state = strace_struct_out(a, v, &info, sizeof(info));

	if (state > 0)
		strace_out_siginfo(&info);
	return state >= 0;
}

STRACE_PRINTER(sigevent)
{
	struct {
		union sigval_linux value;
		int32_t signo, notify;
	} ev;
	static const struct strace_name notify[] = {
	    {0, "SIGEV_SIGNAL"}, {1, "SIGEV_NONE"}, {2, "SIGEV_THREAD"}, {4, "SIGEV_THREAD_ID"}};
	int state = strace_struct_in(a, v, &ev, sizeof(ev));

	if (state <= 0)
		return state == 0;
	strace_out("{sigev_value={sival_int=%d, sival_ptr=%#llx}, sigev_signo=", ev.value.sival_int,
		   (unsigned long long)ev.value.sival_ptr);
	strace_out_signal(ev.signo);
	strace_out(", sigev_notify=");
	strace_out_name((uint32_t)ev.notify, notify, ARRAY_LEN(notify), "SIGEV_???");
	strace_out("}");
	return true;
}

static void out_stack(const struct stack_linux *s)
{
	static const struct strace_name names[] = {{SS_AUTODISARM_LINUX, "SS_AUTODISARM"},
						   {SS_ONSTACK_LINUX, "SS_ONSTACK"},
						   {SS_DISABLE_LINUX, "SS_DISABLE"}};

	strace_out("{ss_sp=");
	strace_out_addr(s->ss_sp);
	strace_out(", ss_flags=");
	strace_out_flags((uint32_t)s->ss_flags, names, ARRAY_LEN(names), NULL);
	strace_out(", ss_size=%llu}", (unsigned long long)s->ss_size);
}

STRACE_PRINTER(stack)
{
	struct stack_linux s;
	int state = strace_struct_in(a, v, &s, sizeof(s));

	if (state > 0)
		out_stack(&s);
	return state >= 0;
}

STRACE_PRINTER(stack_out)
{
	struct stack_linux s;
	int state = strace_struct_out(a, v, &s, sizeof(s));

	if (state > 0)
		out_stack(&s);
	return state >= 0;
}
