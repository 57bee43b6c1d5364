/* devices.c - the memory devices (null(4), full(4), random(4), syslog(2)).
 * LEAVES OUT: /dev/mem, /dev/kmem and /dev/port; adding entropy (accepted, no effect: what guests read comes from the
 * choice oracle). */
#include "fs/devices.h"

#include <string.h>

#include "core/choice.h"
#include "core/errno.h"
#include "core/klog.h"
#include "core/signal.h"
#include "core/task.h"
#include "fs/chrdev.h"
#include "fs/file.h"
#include "fs/noseek.h"
#include "mm/mm.h"
#include "mm/usercopy.h"

#define RANDOM_CHUNK 1024U
#define ENTROPY_BITS 256U
#define RNDGETENTCNT_LINUX 0x80045200U
#define RNDADDTOENTCNT_LINUX 0x40045201U
#define RNDADDENTROPY_LINUX 0x40085203U
#define RNDZAPENTCNT_LINUX 0x5204U
#define RNDCLEARPOOL_LINUX 0x5206U
#define RNDRESEEDCRNG_LINUX 0x5207U
#define KMSG_LINE_MAX (KLOG_TEXT_MAX + 64)
#define KMSG_USER_PRIORITY 12U /* LOG_USER, warning */

/* --- null, zero, full --- */
static int64_t devices_read_nothing(struct file *f, struct iov_iter *to, int64_t *pos)
{
	(void)f;
	(void)to;
	(void)pos;
	return 0;
}

static int64_t devices_write_all(struct file *f, struct iov_iter *from, int64_t *pos)
{
	int64_t n = (int64_t)from->count;

	(void)f;
	(void)pos;
	iter_skip(from, from->count);
	return n;
}

static int64_t devices_write_full(struct file *f, struct iov_iter *from, int64_t *pos)
{
	(void)f;
	(void)from;
	(void)pos;
	return -ENOSPC;
}

static int64_t devices_read_zeros(struct file *f, struct iov_iter *to, int64_t *pos)
{
	static const uint8_t zeros[4 * PAGE_SIZE];
	int64_t done = 0;

	(void)f;
	(void)pos;
	while (to->count > 0) {
		size_t want = MIN(to->count, sizeof(zeros)), n = iter_write(to, zeros, want);

		done += (int64_t)n;
		if (n < want)
			return done > 0 ? done : -EFAULT;
		if (to->count > 0 && current && signal_pending(current))
			break;
	}
	return done;
}

static int64_t devices_llseek_start(struct file *f, int64_t off, int whence)
{
	(void)off;
	(void)whence;
	f->pos = 0;
	return 0;
}

/* Anonymous memory, private or shared. */
static int devices_mmap_zero(struct file *f, struct mm_map_args *a)
{
	(void)f;
	a->pgoff = 0;
	a->pc = NULL;
	a->file = NULL;
	a->ops = NULL;
	return 0;
}

static const struct file_ops devices_null_fops = {
    .read = devices_read_nothing,
    .write = devices_write_all,
    .llseek = devices_llseek_start,
};
static const struct file_ops devices_zero_fops = {
    .read = devices_read_zeros,
    .write = devices_write_all,
    .llseek = devices_llseek_start,
    .mmap = devices_mmap_zero,
};
static const struct file_ops devices_full_fops = {
    .read = devices_read_zeros,
    .write = devices_write_full,
    .llseek = devices_llseek_start,
};

/* --- random, urandom --- */
static int64_t devices_read_random(struct file *f, struct iov_iter *to, int64_t *pos)
{
	uint8_t buf[RANDOM_CHUNK];
	int64_t done = 0;

	(void)f;
	(void)pos;
	while (to->count > 0) {
		size_t want = MIN(to->count, sizeof(buf)), n;

		choice_bytes(CHOICE_RNG, "dev-random", buf, want);
		n = iter_write(to, buf, want);
		done += (int64_t)n;
		if (n < want)
			return done > 0 ? done : -EFAULT;
		if (to->count > 0 && current && signal_pending(current))
			break;
	}
	return done;
}

static int64_t devices_ioctl_random(struct file *f, uint32_t cmd, uint64_t arg)
{
	(void)f;
	switch (cmd) {
	case RNDGETENTCNT_LINUX: return put_user_u32(uaddr(arg), ENTROPY_BITS);
	case RNDADDTOENTCNT_LINUX:
	case RNDADDENTROPY_LINUX:
	case RNDZAPENTCNT_LINUX:
	case RNDCLEARPOOL_LINUX:
	case RNDRESEEDCRNG_LINUX: return cred_capable(current->cred, CAP_SYS_ADMIN) ? 0 : -EPERM;
	default: return -EINVAL;
	}
}

static const struct file_ops devices_random_fops = {
    .read = devices_read_random,
    .write = devices_write_all,
    .llseek = noseek_llseek,
    .ioctl = devices_ioctl_random,
};

/* --- kmsg: f->private is the number of the next record --- */
static int devices_open_kmsg(struct inode *ino, struct file *f)
{
	(void)ino;
	f->private = (void *)(uintptr_t)klog_first_seq();
	return 0;
}

static int64_t devices_read_kmsg(struct file *f, struct iov_iter *to, int64_t *pos)
{
	uint64_t seq = (uintptr_t)f->private;
	char line[KMSG_LINE_MAX];
	int64_t n;
	int err;

	(void)pos;
	while ((n = klog_read(&seq, line, MIN(to->count, sizeof(line)))) == 0) {
		if (f->flags & O_NONBLOCK_LINUX)
			return -EAGAIN;
		err = wait_on(&klog_wait);
		if (err)
			return err;
	}
	if (n > 0 && iter_write(to, line, (size_t)n) < (size_t)n)
		return -EFAULT;
	f->private = (void *)(uintptr_t)seq;
	return n;
}

/* "<priority>text", the prefix may be missing. */
static int64_t devices_write_kmsg(struct file *f, struct iov_iter *from, int64_t *pos)
{
	int64_t all = (int64_t)from->count;
	char line[KMSG_LINE_MAX];
	size_t n = iter_read(from, line, MIN(from->count, sizeof(line))), start = 0;
	uint32_t priority = 0, facility;

	(void)f;
	(void)pos;
	if (n == 0 && all > 0)
		return -EFAULT;
	if (n > 2 && line[0] == '<') {
		for (start = 1; start < n && line[start] >= '0' && line[start] <= '9' && priority < 4096;
		     start++)
			priority = priority * 10 + (uint32_t)(line[start] - '0');
		if (start > 1 && start < n && line[start] == '>')
			start++;
		else
			start = 0;
	}
	facility = priority & ~7U;
	if (start == 0)
		priority = KMSG_USER_PRIORITY;
	else if (facility == 0) /* only the kernel itself may speak as the kernel */
		priority |= KMSG_USER_PRIORITY & ~7U;
	if (n > start && line[n - 1] == '\n')
		n--;
	klog_user(priority, line + start, n - start);
	return all;
}

static int64_t devices_llseek_kmsg(struct file *f, int64_t off, int whence)
{
	if (off != 0)
		return -ESPIPE;
	switch (whence) {
	case SEEK_SET_LINUX:
	case SEEK_DATA_LINUX: f->private = (void *)(uintptr_t)klog_first_seq(); return 0;
	case SEEK_END_LINUX: f->private = (void *)(uintptr_t)klog_next_seq(); return 0;
	default: return -EINVAL;
	}
}

static uint32_t devices_poll_kmsg(struct file *f, struct poll_table *pt)
{
	uint64_t seq = (uintptr_t)f->private;
	uint32_t events = 0;

	poll_wait(f, &klog_wait, pt);
	if (seq < klog_next_seq())
		events = POLLIN_LINUX | POLLRDNORM_LINUX;
	if (seq < klog_first_seq())
		events |= POLLERR_LINUX | POLLPRI_LINUX;
	return events;
}

static const struct file_ops devices_kmsg_fops = {
    .read = devices_read_kmsg,
    .write = devices_write_kmsg,
    .llseek = devices_llseek_kmsg,
    .poll = devices_poll_kmsg,
};

/* --- boot --- */
static struct chrdev devices_all[] = {
    {.major = MEM_MAJOR_LINUX, .minor = MEM_NULL_LINUX, .count = 1, .fops = &devices_null_fops},
    {.major = MEM_MAJOR_LINUX, .minor = MEM_ZERO_LINUX, .count = 1, .fops = &devices_zero_fops},
    {.major = MEM_MAJOR_LINUX, .minor = MEM_FULL_LINUX, .count = 1, .fops = &devices_full_fops},
    {.major = MEM_MAJOR_LINUX, .minor = MEM_RANDOM_LINUX, .count = 2, .fops = &devices_random_fops},
    {.major = MEM_MAJOR_LINUX,
     .minor = MEM_KMSG_LINUX,
     .count = 1,
     .fops = &devices_kmsg_fops,
     .open = devices_open_kmsg},
};

void devices_init(void)
{
	for (size_t i = 0; i < ARRAY_LEN(devices_all); i++)
		chrdev_register(&devices_all[i]);
}
