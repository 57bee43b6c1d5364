/* strace_print.h - what the printers of traces share (private to strace*.c).
 *
 * A printer writes the text of one argument. Before the call it may say "not yet" (false, having written
 * nothing): for what the kernel fills in, and for memory that is not present and that the call itself will
 * bring in. After the call it always writes something. */
#ifndef KEVSIM_SYS_STRACE_PRINT_H
#define KEVSIM_SYS_STRACE_PRINT_H

#include "core/types.h"
#include "sys/strace.h"

struct strace_arg {
	const struct strace_call *call;
	unsigned n;  /* which argument */
	bool after;  /* the call has returned */
	int64_t ret; /* its result then */
};

/* One printer for each kind: bool strace_print_KIND(const struct strace_arg *a, uint64_t value). */
#define STRACE_PRINTER(name) bool strace_print_##name(const struct strace_arg *a, uint64_t v)
STRACE_PRINTER(fd);
STRACE_PRINTER(dirfd);
STRACE_PRINTER(int);
STRACE_PRINTER(uint);
STRACE_PRINTER(long);
STRACE_PRINTER(ulong);
STRACE_PRINTER(hex);
STRACE_PRINTER(hex32);
STRACE_PRINTER(mode);
STRACE_PRINTER(dev);
STRACE_PRINTER(uid);
STRACE_PRINTER(ptr);
STRACE_PRINTER(path);
STRACE_PRINTER(str);
STRACE_PRINTER(inbuf);
STRACE_PRINTER(outbuf);
STRACE_PRINTER(outstr);
STRACE_PRINTER(iovin);
STRACE_PRINTER(iovout);
STRACE_PRINTER(argv);
STRACE_PRINTER(envp);
STRACE_PRINTER(intp);
STRACE_PRINTER(uintp_in);
STRACE_PRINTER(offp);
STRACE_PRINTER(intpair);
STRACE_PRINTER(stat);
STRACE_PRINTER(statx);
STRACE_PRINTER(statfs);
STRACE_PRINTER(timespec);
STRACE_PRINTER(timespec_out);
STRACE_PRINTER(timespec_rem);
STRACE_PRINTER(timespec2);
STRACE_PRINTER(timeval);
STRACE_PRINTER(timeval_out);
STRACE_PRINTER(timeval2);
STRACE_PRINTER(long_out);
STRACE_PRINTER(itimerval);
STRACE_PRINTER(itimerval_out);
STRACE_PRINTER(itimerspec);
STRACE_PRINTER(itimerspec_out);
STRACE_PRINTER(rlimit);
STRACE_PRINTER(rlimit_out);
STRACE_PRINTER(rusage);
STRACE_PRINTER(tms);
STRACE_PRINTER(wstatus);
STRACE_PRINTER(siginfo_in);
STRACE_PRINTER(siginfo_out);
STRACE_PRINTER(sigset);
STRACE_PRINTER(sigset_out);
STRACE_PRINTER(sigaction);
STRACE_PRINTER(sigaction_out);
STRACE_PRINTER(sigevent);
STRACE_PRINTER(stack);
STRACE_PRINTER(stack_out);
STRACE_PRINTER(pollfds);
STRACE_PRINTER(fdset);
STRACE_PRINTER(epevent);
STRACE_PRINTER(epevents);
STRACE_PRINTER(utsname);
STRACE_PRINTER(sysinfo);
STRACE_PRINTER(dirents);
STRACE_PRINTER(openhow);
STRACE_PRINTER(cloneargs);
STRACE_PRINTER(ioctlarg);
STRACE_PRINTER(fcntlarg);
STRACE_PRINTER(futextime);
STRACE_PRINTER(prctlarg);
STRACE_PRINTER(openflags);
STRACE_PRINTER(fdflags);
STRACE_PRINTER(atflags);
STRACE_PRINTER(statxmask);
STRACE_PRINTER(accessmode);
STRACE_PRINTER(seekwhence);
STRACE_PRINTER(mmapprot);
STRACE_PRINTER(mmapflags);
STRACE_PRINTER(mremapflags);
STRACE_PRINTER(msyncflags);
STRACE_PRINTER(madvice);
STRACE_PRINTER(cloneflags);
STRACE_PRINTER(signo);
STRACE_PRINTER(sighow);
STRACE_PRINTER(waitopts);
STRACE_PRINTER(waitidtype);
STRACE_PRINTER(ioctlcmd);
STRACE_PRINTER(fcntlcmd);
STRACE_PRINTER(flockop);
STRACE_PRINTER(futexop);
STRACE_PRINTER(epollop);
STRACE_PRINTER(clockid);
STRACE_PRINTER(timerflags);
STRACE_PRINTER(itimerwhich);
STRACE_PRINTER(resource);
STRACE_PRINTER(rusagewho);
STRACE_PRINTER(priowhich);
STRACE_PRINTER(schedpolicy);
STRACE_PRINTER(prctlopt);
STRACE_PRINTER(archprctl);
STRACE_PRINTER(renameflags);
STRACE_PRINTER(mountflags);
STRACE_PRINTER(umountflags);
STRACE_PRINTER(spliceflags);
STRACE_PRINTER(rwfflags);
STRACE_PRINTER(randflags);
STRACE_PRINTER(mfdflags);
STRACE_PRINTER(inotifymask);
STRACE_PRINTER(xattrflags);
STRACE_PRINTER(closerangeflags);
STRACE_PRINTER(fallocmode);
STRACE_PRINTER(fadvice);

/* --- text (strace_text.c) -------------------------------------------------------------------- */
#define STRACE_STRING_MAX 32 /* bytes of a string, elements of an array */

void strace_out(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Bytes as a quoted string: at most max of n bytes, then "...". */
void strace_out_bytes(const void *data, size_t n, size_t max);
/* An address, NULL for 0. */
void strace_out_addr(uint64_t addr);
/* Columns written since the last newline. */
size_t strace_column(void);
/* Hands the text to the door. */
void strace_flush(void);

/* --- guest memory (strace_memory.c) ---------------------------------------------------------- */
/* Copies what is present, without faulting anything in: the number of leading bytes. */
size_t strace_peek(const struct strace_arg *a, void *dst, uint64_t addr, size_t n);
/* All n bytes, or false. */
bool strace_peek_all(const struct strace_arg *a, void *dst, uint64_t addr, size_t n);
/* The common beginning of printers of structures. in: value known before the call; out: only after a call
 * without error. 1: dst is filled, go on; 0: printed NULL or an address, done; -1: not yet. */
int strace_struct_in(const struct strace_arg *a, uint64_t addr, void *dst, size_t n);
int strace_struct_out(const struct strace_arg *a, uint64_t addr, void *dst, size_t n);
/* Prints a NUL-terminated string of the guest; max as in strace_out_bytes(). False: not yet. */
bool strace_out_string(const struct strace_arg *a, uint64_t addr, size_t max);

/* --- names (strace_flags.c) ------------------------------------------------------------------ */
struct strace_name {
	uint64_t value;
	const char *name;
};
/* Bits joined by "|"; what has no name in hexadecimal; zero as `none` (NULL: "0"). */
void strace_out_flags(uint64_t v, const struct strace_name *t, size_t n, const char *none);
/* The one name of v, or v itself in hexadecimal with a comment. */
void strace_out_name(uint64_t v, const struct strace_name *t, size_t n, const char *comment);
void strace_out_signal(int signo);
void strace_out_signal_short(int signo); /* without SIG, as in sets */
void strace_out_open_flags(uint32_t flags);
void strace_out_mode(uint32_t mode);

/* --- after the result (strace_event.c and others) -------------------------------------------- */
/* The remark that some calls get behind their result, e.g. " (Timeout)". */
void strace_out_remark(const struct strace_arg *a);
/* siginfo in braces, as in signal lines (strace_signals.c). */
struct siginfo_linux;
void strace_out_siginfo(const struct siginfo_linux *info);

#endif
