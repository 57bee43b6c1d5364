/* abi_signal.h - guest ABI of signals (x86-64 Linux; asm/signal.h, asm/siginfo.h). */
#ifndef KEVSIM_CORE_ABI_SIGNAL_H
#define KEVSIM_CORE_ABI_SIGNAL_H

#include "core/types.h"

#define NSIG_LINUX 64
enum {
	SIGHUP_LINUX = 1,
	SIGINT_LINUX = 2,
	SIGQUIT_LINUX = 3,
	SIGILL_LINUX = 4,
	SIGTRAP_LINUX = 5,
	SIGABRT_LINUX = 6,
	SIGBUS_LINUX = 7,
	SIGFPE_LINUX = 8,
	SIGKILL_LINUX = 9,
	SIGUSR1_LINUX = 10,
	SIGSEGV_LINUX = 11,
	SIGUSR2_LINUX = 12,
	SIGPIPE_LINUX = 13,
	SIGALRM_LINUX = 14,
	SIGTERM_LINUX = 15,
	SIGSTKFLT_LINUX = 16,
	SIGCHLD_LINUX = 17,
	SIGCONT_LINUX = 18,
	SIGSTOP_LINUX = 19,
	SIGTSTP_LINUX = 20,
	SIGTTIN_LINUX = 21,
	SIGTTOU_LINUX = 22,
	SIGURG_LINUX = 23,
	SIGXCPU_LINUX = 24,
	SIGXFSZ_LINUX = 25,
	SIGVTALRM_LINUX = 26,
	SIGPROF_LINUX = 27,
	SIGWINCH_LINUX = 28,
	SIGIO_LINUX = 29,
	SIGPWR_LINUX = 30,
	SIGSYS_LINUX = 31,
	SIGRTMIN_LINUX = 32,
	SIGRTMAX_LINUX = 64,
};

#define SIG_DFL_LINUX 0ULL
#define SIG_IGN_LINUX 1ULL

#define SA_NOCLDSTOP_LINUX 0x00000001UL
#define SA_NOCLDWAIT_LINUX 0x00000002UL
#define SA_SIGINFO_LINUX 0x00000004UL
#define SA_RESTORER_LINUX 0x04000000UL
#define SA_ONSTACK_LINUX 0x08000000UL
#define SA_RESTART_LINUX 0x10000000UL
#define SA_NODEFER_LINUX 0x40000000UL
#define SA_RESETHAND_LINUX 0x80000000UL

struct sigaction_linux {
	uint64_t handler; /* SIG_DFL, SIG_IGN or a guest address */
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};
_Static_assert(sizeof(struct sigaction_linux) == 32, "struct kernel_sigaction");

enum {
	SI_USER_LINUX = 0,
	SI_KERNEL_LINUX = 0x80,
	SI_QUEUE_LINUX = -1,
	SI_TIMER_LINUX = -2,
	SI_MESGQ_LINUX = -3,
	SI_ASYNCIO_LINUX = -4,
	SI_SIGIO_LINUX = -5,
	SI_TKILL_LINUX = -6,
	SEGV_MAPERR_LINUX = 1,
	SEGV_ACCERR_LINUX = 2,
	BUS_ADRALN_LINUX = 1,
	BUS_ADRERR_LINUX = 2,
	TRAP_BRKPT_LINUX = 1,
	TRAP_TRACE_LINUX = 2,
	ILL_ILLOPN_LINUX = 2,
	FPE_INTDIV_LINUX = 1,
	CLD_EXITED_LINUX = 1,
	CLD_KILLED_LINUX = 2,
	CLD_DUMPED_LINUX = 3,
	CLD_TRAPPED_LINUX = 4,
	CLD_STOPPED_LINUX = 5,
	CLD_CONTINUED_LINUX = 6,
	SYS_SECCOMP_LINUX = 1,
};

union sigval_linux {
	int32_t sival_int;
	uint64_t sival_ptr;
};

struct siginfo_linux {
	int32_t si_signo;
	int32_t si_errno;
	int32_t si_code;
	int32_t pad_;
	union {
		struct {
			int32_t pid;
			uint32_t uid;
			union sigval_linux value;
		} rt; /* kill, sigqueue, tkill */
		struct {
			int32_t tid;
			int32_t overrun;
			union sigval_linux value;
			int32_t sys_private;
		} timer;
		struct {
			int32_t pid;
			uint32_t uid;
			int32_t status;
			int32_t pad;
			int64_t utime, stime;
		} chld;
		struct {
			uint64_t addr;
			int16_t addr_lsb;
		} fault;
		struct {
			int64_t band;
			int32_t fd;
		} poll;
		struct {
			uint64_t call_addr;
			int32_t syscall;
			uint32_t arch;
		} sys;
		uint8_t bytes[112];
	};
};
_Static_assert(sizeof(struct siginfo_linux) == 128, "siginfo_t");

struct stack_linux {
	uint64_t ss_sp;
	int32_t ss_flags;
	int32_t pad_;
	uint64_t ss_size;
};
#define SS_ONSTACK_LINUX 1
#define SS_DISABLE_LINUX 2
#define SS_AUTODISARM_LINUX (1U << 31)
#define MINSIGSTKSZ_LINUX 2048

#define SIG_BLOCK_LINUX 0
#define SIG_UNBLOCK_LINUX 1
#define SIG_SETMASK_LINUX 2

#endif
