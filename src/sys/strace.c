/* strace.c - the lines of a trace: calls with unfinished and resumed parts, signals, stops and ends
 * (strace(1)).
 *
 * Text is written when it is known, as strace does: the beginning of a call at its entry, the rest at its
 * return. When another task writes in between, the open line is closed with "<unfinished ...>".
 *
 * LEAVES OUT: filters and options of strace; timestamps (a trace decoder's business). */
#include "sys/strace.h"

#include <string.h>

#include "core/abi_signal.h"
#include "core/errno.h"
#include "core/kfmt.h"
#include "core/task.h"
#include "sys/strace_print.h"
#include "sys/syscall_table.h"

#define RESULT_COLUMN 40
#define ERRNO_MAX 4095

bool strace_enabled;

/* The task whose call stands on the open line; 0: the line is closed. */
static int32_t open_line;

typedef bool printer_fn(const struct strace_arg *a, uint64_t v);
static printer_fn *const printers[ARG_KINDS] = {
#define KIND(name, ctype, printer) [ARG_##name] = strace_print_##printer,
#include "sys/syscall_kinds.def"
#undef KIND
};

static const char *const errno_name[] = {
#define ERRNO(name, text) [name] = #name,
#include "sys/errno_names.def"
#undef ERRNO
};

static const char *const errno_text[] = {
#define ERRNO(name, text) [name] = text,
#include "sys/errno_names.def"
#undef ERRNO
};

/* Begins a line of current's: closes the one that is open. */
static void begin_line(void)
{
	if (open_line)
		strace_out(" <unfinished ...>\n");
	open_line = 0;
	strace_out("[pid %3d] ", current->tid);
}

/* How many arguments are shown: calls whose later arguments only count with certain earlier ones. */
static unsigned shown_args(const struct strace_call *c)
{
	const struct syscall_row *row = c->row;

	for (unsigned i = 0; i < row->nargs; i++) {
		uint32_t v = (uint32_t)c->arg[i];
		switch (row->kind[i]) {
		case ARG_OPENFLAGS: /* the mode only when something may be created */
			if (!(v & (0100U | 020000000U)))
				return i + 1;
			break;
		case ARG_MREMAPFLAGS: /* the new address only when it is given */
			return v & 2 ? row->nargs : i + 1;
		case ARG_FCNTLCMD: /* F_GETFD, F_GETFL, F_GETOWN, F_GETSIG, F_GETLEASE, F_GETPIPE_SZ,
				      F_GET_SEALS */
			if (v == 1 || v == 3 || v == 9 || v == 11 || v == 1025 || v == 1032 || v == 1034)
				return i + 1;
			break;
		case ARG_FUTEXOP:
			switch (v & 0x7f) {
			case 1: /* FUTEX_WAKE */ return 3;
			case 0: /* FUTEX_WAIT */
			case 6: /* FUTEX_LOCK_PI */
			case 13: return 4;
			case 3: /* FUTEX_REQUEUE */ return 5;
			case 7: /* FUTEX_UNLOCK_PI, FUTEX_TRYLOCK_PI */
			case 8: return 2;
			default: return 6;
			}
		case ARG_PRCTLOPT:
			/* PR_GET_DUMPABLE, PR_GET_KEEPCAPS, PR_GET_TIMERSLACK take none; the options with
			 * more than one argument are rare */
			if (v == 3 || v == 7 || v == 30)
				return i + 1;
			if (v < 35)
				return i + 2;
			break;
		default: break;
		}
	}
	return row->nargs;
}

/* Writes arguments until one is not known yet. The separator in front of that one is written already. */
static void print_args(struct strace_call *c, bool after, int64_t ret)
{
	unsigned n = shown_args(c);

	for (; c->printed < n; c->printed++) {
		struct strace_arg a = {.call = c, .n = c->printed, .after = after, .ret = ret};
		uint8_t kind = c->row->kind[c->printed];
		uint64_t v = c->arg[c->printed];
		if (c->printed && !c->separated)
			strace_out(", ");
		c->separated = true;
		if (kind == ARG_NONE)
			(void)strace_print_hex(&a, v);
		else if (!printers[kind](&a, v))
			return;
		c->separated = false;
	}
}

/* The closing parenthesis and, in a column of its own if there is room, the sign of equality. */
static void out_end_of_call(void)
{
	strace_out(") ");
	while (strace_column() < RESULT_COLUMN)
		strace_out(" ");
	strace_out("= ");
}

void strace_enter(struct strace_call *c, const struct syscall_row *row, uint64_t nr)
{
	static const struct syscall_row unknown = {.nargs = SYSCALL_NARGS};

	*c = (struct strace_call){.row = row && row->name ? row : &unknown, .nr = nr, .mm = current->mm};
	for (unsigned i = 0; i < SYSCALL_NARGS; i++)
		c->arg[i] = syscall_arg(&current->regs, i);
	begin_line();
	if (c->row->name)
		strace_out("%s(", c->row->name);
	else
		strace_out("syscall_0x%llx(", (unsigned long long)nr);
	print_args(c, false, 0);
	if (c->row->result == RESULT_VOID) {
		out_end_of_call();
		strace_out("?\n");
	} else {
		open_line = current->tid;
	}
	strace_flush();
}

static void out_errno(int64_t err)
{
	const char *name = err < (int64_t)ARRAY_LEN(errno_name) ? errno_name[err] : NULL;

	if (name)
		strace_out("-1 %s (%s)", name, errno_text[err]);
	else
		strace_out("-1 (errno %lld)", (long long)err);
}

static void out_result(const struct syscall_row *row, int64_t ret)
{
	switch (-ret) {
	case ERESTARTSYS: strace_out("? ERESTARTSYS (To be restarted if SA_RESTART is set)"); return;
	case ERESTARTNOINTR: strace_out("? ERESTARTNOINTR (To be restarted)"); return;
	case ERESTARTNOHAND: strace_out("? ERESTARTNOHAND (To be restarted if no handler)"); return;
	case ERESTART_RESTARTBLOCK: strace_out("? ERESTART_RESTARTBLOCK (Interrupted by signal)"); return;
	default: break;
	}
	if (ret < 0 && ret >= -ERRNO_MAX) {
		out_errno(-ret);
		return;
	}
	switch ((enum result_kind)row->result) {
	case RESULT_HEX: strace_out("0x%llx", (unsigned long long)ret); return;
	case RESULT_OCT: strace_out("%#llo", (unsigned long long)ret); return;
	case RESULT_INT:
	case RESULT_COUNT:
	case RESULT_VOID: strace_out("%lld", (long long)ret); return;
	}
}

void strace_leave(struct strace_call *c, int64_t ret)
{
	struct strace_arg a = {.call = c, .after = true, .ret = ret};

	if (open_line != current->tid) {
		begin_line();
		strace_out("<... %s resumed>", c->row->name ? c->row->name : "syscall");
	}
	open_line = 0;
	print_args(c, true, ret);
	out_end_of_call();
	out_result(c->row, ret);
	strace_out_remark(&a);
	strace_out("\n");
	strace_flush();
}

void strace_first_exec(const char *path, char *const *argv, unsigned envc)
{
	begin_line();
	strace_out("execve(");
	strace_out_bytes(path, strlen(path), SIZE_MAX);
	for (unsigned i = 0; argv[i]; i++) {
		strace_out("%s", i ? ", " : ", [");
		strace_out_bytes(argv[i], strlen(argv[i]), STRACE_STRING_MAX);
	}
	/* No process made the vector: there is no address to show. */
	strace_out("], [/* %u vars */]", envc);
	out_end_of_call();
	strace_out("0\n");
	strace_flush();
}

void strace_signal(const struct siginfo_linux *info)
{
	begin_line();
	strace_out("--- ");
	strace_out_signal(info->si_signo);
	strace_out(" ");
	strace_out_siginfo(info);
	strace_out(" ---\n");
	strace_flush();
}

void strace_stop(int signo)
{
	begin_line();
	strace_out("--- stopped by ");
	strace_out_signal(signo);
	strace_out(" ---\n");
	strace_flush();
}

/* The signal that ends current. It may have ended the whole process the moment it was sent, before anybody
 * took it from its queue. */
static const struct siginfo_linux *find_fatal(int signo)
{
	const struct sigpending *queues[] = {&current->pending, &current->process->pending};
	const struct sigqueue *q;

	for (unsigned i = 0; i < (task_is_leader(current) ? 2 : 1); i++) {
		LIST_FOR_EACH (q, &queues[i]->queue, struct sigqueue, node) {
			if (q->info.si_signo == signo)
				return &q->info;
		}
	}
	return NULL;
}

void strace_exit(int32_t code)
{
	const struct siginfo_linux *info = find_fatal(code & 0x7f);

	if (info && info->si_signo != SIGKILL_LINUX)
		strace_signal(info);
	begin_line();
	if (code & 0x7f) {
		strace_out("+++ killed by ");
		strace_out_signal(code & 0x7f);
		strace_out("%s +++\n", code & 0x80 ? " (core dumped)" : "");
	} else {
		strace_out("+++ exited with %d +++\n", (code >> 8) & 0xff);
	}
	strace_flush();
}
