/* abi_event.h - guest ABI of epoll(7), eventfd(2), timerfd_create(2), signalfd(2), memfd_create(2),
 * splice(2), poll(2) and select(2) as x86-64 Linux lays them out. inotify, fcntl and xattr are in abi_fs.h,
 * poll events in poll.h. */
#ifndef KEVSIM_FS_ABI_EVENT_H
#define KEVSIM_FS_ABI_EVENT_H

#include "core/types.h"
#include "fs/abi_fs.h"

/* --- epoll(7) --- */
struct epoll_event_linux {
	uint32_t events;
	uint64_t data;
} __attribute__((packed));
_Static_assert(sizeof(struct epoll_event_linux) == 12, "struct epoll_event");

#define EPOLL_CTL_ADD_LINUX 1
#define EPOLL_CTL_DEL_LINUX 2
#define EPOLL_CTL_MOD_LINUX 3
#define EPOLL_CLOEXEC_LINUX O_CLOEXEC_LINUX
#define EPOLLEXCLUSIVE_LINUX (1U << 28)
#define EPOLLWAKEUP_LINUX (1U << 29)
#define EPOLLONESHOT_LINUX (1U << 30)
#define EPOLLET_LINUX (1U << 31)

/* --- eventfd(2) --- */
#define EFD_SEMAPHORE_LINUX 1U
#define EFD_CLOEXEC_LINUX O_CLOEXEC_LINUX
#define EFD_NONBLOCK_LINUX O_NONBLOCK_LINUX

/* --- timerfd_create(2) --- */
struct timerfd_spec_linux { /* struct itimerspec */
	struct timespec_linux it_interval, it_value;
};
_Static_assert(sizeof(struct timerfd_spec_linux) == 32, "struct itimerspec");
#define TFD_TIMER_ABSTIME_LINUX 1
#define TFD_TIMER_CANCEL_ON_SET_LINUX 2
#define TFD_CLOEXEC_LINUX O_CLOEXEC_LINUX
#define TFD_NONBLOCK_LINUX O_NONBLOCK_LINUX

/* The clocks that can be used, numbered as for clock_gettime(2). */
#define TFD_CLOCK_REALTIME_LINUX 0
#define TFD_CLOCK_MONOTONIC_LINUX 1
#define TFD_CLOCK_BOOTTIME_LINUX 7
#define TFD_CLOCK_REALTIME_ALARM_LINUX 8
#define TFD_CLOCK_BOOTTIME_ALARM_LINUX 9

/* --- signalfd(2) --- */
#define SFD_CLOEXEC_LINUX O_CLOEXEC_LINUX
#define SFD_NONBLOCK_LINUX O_NONBLOCK_LINUX

struct signalfd_siginfo_linux {
	uint32_t ssi_signo;
	int32_t ssi_errno, ssi_code;
	uint32_t ssi_pid, ssi_uid;
	int32_t ssi_fd;
	uint32_t ssi_tid, ssi_band, ssi_overrun, ssi_trapno;
	int32_t ssi_status, ssi_int;
	uint64_t ssi_ptr, ssi_utime, ssi_stime, ssi_addr;
	uint16_t ssi_addr_lsb, pad2_;
	int32_t ssi_syscall;
	uint64_t ssi_call_addr;
	uint32_t ssi_arch;
	uint8_t pad_[28];
};
_Static_assert(sizeof(struct signalfd_siginfo_linux) == 128, "struct signalfd_siginfo");

/* --- memfd_create(2) --- */
#define MFD_CLOEXEC_LINUX 0x0001U
#define MFD_ALLOW_SEALING_LINUX 0x0002U
#define MFD_HUGETLB_LINUX 0x0004U
#define MFD_NOEXEC_SEAL_LINUX 0x0008U
#define MFD_EXEC_LINUX 0x0010U
#define MFD_NAME_MAX_LINUX 249 /* NAME_MAX without the prefix "memfd:" */

/* --- splice(2) --- */
#define SPLICE_F_MOVE_LINUX 1U
#define SPLICE_F_NONBLOCK_LINUX 2U
#define SPLICE_F_MORE_LINUX 4U
#define SPLICE_F_GIFT_LINUX 8U
#define SPLICE_F_ALL_LINUX 15U

/* --- poll(2), select(2) --- */
struct pollfd_linux {
	int32_t fd;
	int16_t events, revents;
};
_Static_assert(sizeof(struct pollfd_linux) == 8, "struct pollfd");
#define FD_SETSIZE_LINUX 1024

/* The sixth argument of pselect6(2). */
struct sigset_argpack_linux {
	uint64_t set, size;
};

/* ioctl(2) requests answered here. */
#define FIONREAD_LINUX 0x541BU

#endif
