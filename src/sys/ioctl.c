/* ioctl.c - ioctl(2), vhangup(2) and syslog(2).
 * LEAVES OUT: FIBMAP (EPERM or EINVAL), FS_IOC_* requests of file systems on disks (ENOTTY), FIOASYNC's signals: the
 * flag is kept. */
#include "sys/syscall.h"

#include <string.h>

#include "core/errno.h"
#include "core/klog.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/abi_tty.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/tty.h"
#include "mm/usercopy.h"

/* --- ioctl(2) --- */
static int64_t ioctl_set_flag(struct file *f, uint64_t arg, uint32_t flag)
{
	uint32_t on, flags;
	int err;

	if (get_user_u32(&on, uaddr(arg)))
		return -EFAULT;
	flags = on ? f->flags | flag : f->flags & ~flag;
	if (flags == f->flags)
		return 0;
	err = f->ops->set_flags ? f->ops->set_flags(f, flags) : 0;
	if (!err)
		f->flags = flags;
	return err;
}

/* Requests that every regular file answers. -ENOTTY: not one of them. */
static int64_t ioctl_regular(struct file *f, uint32_t cmd, uint64_t arg)
{
	struct stat_linux st;

	if (!S_ISREG_LINUX(f->inode->mode))
		return -ENOTTY;
	switch (cmd) {
	case TIOCINQ_LINUX:
		inode_stat(f->inode, &st);
		return put_user_u32(uaddr(arg), (uint32_t)(st.st_size - f->pos));
	case FIBMAP_LINUX: return cred_capable(current->cred, CAP_SYS_RAWIO) ? -EINVAL : -EPERM;
	default: return -ENOTTY;
	}
}

static int64_t ioctl_generic(int fd, struct file *f, uint32_t cmd, uint64_t arg)
{
	struct stat_linux st;

	switch (cmd) {
	case FIOCLEX_LINUX: return fd_set_cloexec(fd, true);
	case FIONCLEX_LINUX: return fd_set_cloexec(fd, false);
	case FIONBIO_LINUX: return ioctl_set_flag(f, arg, O_NONBLOCK_LINUX);
	case FIOASYNC_LINUX: return ioctl_set_flag(f, arg, O_ASYNC_LINUX);
	case FIOQSIZE_LINUX:
		if (!S_ISREG_LINUX(f->inode->mode) && !S_ISDIR_LINUX(f->inode->mode) &&
		    !S_ISLNK_LINUX(f->inode->mode))
			return -ENOTTY;
		inode_stat(f->inode, &st);
		return put_user_u64(uaddr(arg), (uint64_t)st.st_blocks * 512);
	case FIGETBSZ_LINUX: return put_user_u32(uaddr(arg), PAGE_SIZE);
	default: break;
	}
	if (f->ops->ioctl)
		return f->ops->ioctl(f, cmd, arg);
	return ioctl_regular(f, cmd, arg);
}

int64_t sys_ioctl(int fd, uint32_t cmd, uint64_t arg)
{
	struct file *f = fd_get_io(fd);
	int64_t r;

	if (!f)
		return -EBADF;
	r = ioctl_generic(fd, f, cmd, arg);
	file_put(f);
	return r;
}

int64_t sys_vhangup(void)
{
	struct tty *t = current->process->ctty;

	if (!cred_capable(current->cred, CAP_SYS_TTY_CONFIG))
		return -EPERM;
	if (t)
		tty_vhangup(t);
	return 0;
}

/* --- syslog(2) --- */
enum {
	SYSLOG_CLOSE,
	SYSLOG_OPEN,
	SYSLOG_READ,
	SYSLOG_READ_ALL,
	SYSLOG_READ_CLEAR,
	SYSLOG_CLEAR,
	SYSLOG_CONSOLE_OFF,
	SYSLOG_CONSOLE_ON,
	SYSLOG_CONSOLE_LEVEL,
	SYSLOG_SIZE_UNREAD,
	SYSLOG_SIZE_BUFFER,
};
#define SYSLOG_LINE_MAX (KLOG_TEXT_MAX + 64)
#define SYSLOG_BUFFER_BYTES 65536

static uint64_t syslog_next;  /* first record that SYSLOG_READ has not given out */
static uint64_t syslog_clear; /* first record after SYSLOG_CLEAR */

/* Copies whole records from `seq` on until n bytes are full; *seq moves behind them. Bytes copied. */
static int64_t syslog_copy(uaddr_t buf, uint64_t n, uint64_t *seq)
{
	char line[SYSLOG_LINE_MAX];
	uint64_t done = 0;

	*seq = MAX(*seq, klog_first_seq());
	for (; *seq < klog_next_seq(); (*seq)++) {
		const struct klog_record *r = klog_record(*seq);
		uint64_t len = r ? (uint64_t)klog_format(r, line, sizeof(line)) : 0;

		len = MIN(len, sizeof(line) - 1);
		if (done + len > n)
			break;
		if (copy_to_user(uaddr_add(buf, done), line, len))
			return done > 0 ? (int64_t)done : -EFAULT;
		done += len;
	}
	return (int64_t)done;
}

/* The newest records that fit. */
static int64_t syslog_read_all(uaddr_t buf, uint64_t n)
{
	char line[SYSLOG_LINE_MAX];
	uint64_t first = MAX(syslog_clear, klog_first_seq()), seq = klog_next_seq(), bytes = 0;

	while (seq > first) {
		const struct klog_record *r = klog_record(seq - 1);
		uint64_t len = r ? MIN((uint64_t)klog_format(r, line, sizeof(line)), sizeof(line) - 1) : 0;

		if (bytes + len > n)
			break;
		bytes += len;
		seq--;
	}
	return syslog_copy(buf, n, &seq);
}

static int64_t syslog_read(uaddr_t buf, uint64_t n)
{
	int err;

	while (MAX(syslog_next, klog_first_seq()) >= klog_next_seq()) {
		err = wait_on(&klog_wait);
		if (err)
			return err;
	}
	return syslog_copy(buf, n, &syslog_next);
}

static int64_t syslog_unread(void)
{
	char line[SYSLOG_LINE_MAX];
	int64_t bytes = 0;

	for (uint64_t seq = MAX(syslog_next, klog_first_seq()); seq < klog_next_seq(); seq++) {
		const struct klog_record *r = klog_record(seq);

		bytes += r ? klog_format(r, line, sizeof(line)) : 0;
	}
	return bytes;
}

int64_t sys_syslog(int type, uaddr_t buf, int len)
{
	bool reads = type == SYSLOG_READ || type == SYSLOG_READ_ALL || type == SYSLOG_READ_CLEAR;
	int64_t r;

	if (type < SYSLOG_CLOSE || type > SYSLOG_SIZE_BUFFER)
		return -EINVAL;
	if (type != SYSLOG_READ_ALL && type != SYSLOG_SIZE_BUFFER &&
	    !cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (reads && (uaddr_null(buf) || len < 0))
		return -EINVAL;
	if (reads && len == 0)
		return 0;
	switch (type) {
	case SYSLOG_READ: return syslog_read(buf, (uint64_t)len);
	case SYSLOG_READ_ALL: return syslog_read_all(buf, (uint64_t)len);
	case SYSLOG_READ_CLEAR:
		r = syslog_read_all(buf, (uint64_t)len);
		syslog_clear = klog_next_seq();
		return r;
	case SYSLOG_CLEAR: syslog_clear = klog_next_seq(); return 0;
	case SYSLOG_CONSOLE_LEVEL: return len >= 1 && len <= 8 ? 0 : -EINVAL;
	case SYSLOG_SIZE_UNREAD: return syslog_unread();
	case SYSLOG_SIZE_BUFFER: return SYSLOG_BUFFER_BYTES;
	default: return 0;
	}
}
