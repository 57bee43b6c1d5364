/* klog.c - the kernel log: each line goes through the door to the user and into a ring of records for guests.
 *
 * The format that guests read is that of /dev/kmsg (Documentation/ABI/testing/dev-kmsg) and syslog(2).
 * LEAVES OUT: continuation lines, dictionary properties, console log levels (the door filters). */
#include "core/klog.h"

#include <stdarg.h>
#include <string.h>

#include "core/clock.h"
#include "core/door.h"
#include "core/errno.h"
#include "core/kfmt.h"

#define KLOG_RECORDS 512U
#define POLLIN_LINUX 1U

static struct klog_record ring[KLOG_RECORDS];
static uint64_t next_seq;
static bool writing;
struct waitq klog_wait = WAITQ_INIT(klog_wait);

void klog_init(void)
{
	memset(ring, 0, sizeof(ring));
	next_seq = 0;
	writing = false;
	waitq_init(&klog_wait);
}

uint64_t klog_first_seq(void)
{
	return next_seq > KLOG_RECORDS ? next_seq - KLOG_RECORDS : 0;
}

uint64_t klog_next_seq(void)
{
	return next_seq;
}

const struct klog_record *klog_record(uint64_t seq)
{
	if (seq < klog_first_seq() || seq >= next_seq)
		return NULL;
	return &ring[seq % KLOG_RECORDS];
}

static void store(uint32_t priority, const char *text, size_t n)
{
	struct klog_record *r = &ring[next_seq % KLOG_RECORDS];

	memset(r, 0, sizeof(*r));
	r->seq = next_seq++;
	r->time = clock_now();
	r->priority = priority;
	r->len = (uint32_t)MIN(n, sizeof(r->text));
	memcpy(r->text, text, r->len);
	waitq_wake(&klog_wait, INT32_MAX, POLLIN_LINUX);
}

void klog(enum klog_level level, const char *fmt, ...)
{
	static const uint8_t priorities[] = {
	    [KLOG_ERROR] = 3, [KLOG_WARNING] = 4, [KLOG_INFO] = 6, [KLOG_DEBUG] = 7};
	char line[KLOG_TEXT_MAX + 2];
	va_list ap;
	size_t len;
	int n;

	va_start(ap, fmt);
	n = kvsnprintf(line, KLOG_TEXT_MAX + 1, fmt, ap);
	va_end(ap);
	len = MIN((size_t)n, (size_t)KLOG_TEXT_MAX);
	while (len && line[len - 1] == '\n')
		len--;
	store(priorities[level], line, len);
	line[len++] = '\n';
	/* A door that logs while it logs would come back here. */
	if (door && door->log_write && !writing) {
		writing = true;
		door->log_write((int)level, line, len);
		writing = false;
	}
}

void klog_user(uint32_t priority, const char *text, size_t n)
{
	while (n && text[n - 1] == '\n')
		n--;
	store(priority, text, n);
}

/* Control characters and backslashes are written as \xNN, as /dev/kmsg does. */
static size_t escape(const struct klog_record *r, char *out, size_t size)
{
	size_t len = 0;
	uint32_t i;

	for (i = 0; i < r->len; i++) {
		uint8_t c = (uint8_t)r->text[i];
		bool plain = c >= 32 && c < 127 && c != '\\';
		size_t need = plain ? 1 : 4;

		if (len + need < size) {
			if (plain)
				out[len] = (char)c;
			else
				ksnprintf(out + len, size - len, "\\x%02x", c);
		}
		len += need;
	}
	return len;
}

int64_t klog_read(uint64_t *seq, char *buf, size_t n)
{
	const struct klog_record *r;
	char head[64];
	size_t head_len, len;

	if (*seq < klog_first_seq()) {
		*seq = klog_first_seq();
		return -EPIPE;
	}
	r = klog_record(*seq);
	if (!r)
		return 0;
	head_len = (size_t)ksnprintf(head, sizeof(head), "%u,%llu,%lld,-;", r->priority,
				     (unsigned long long)r->seq, (long long)(r->time / NSEC_PER_USEC));
	len = head_len + escape(r, NULL, 0) + 1;
	if (len > n)
		return -EINVAL;
	memcpy(buf, head, head_len);
	/* The newline takes the place that escape() would keep for a NUL. */
	escape(r, buf + head_len, n - head_len + 1);
	buf[len - 1] = '\n';
	(*seq)++;
	return (int64_t)len;
}

int klog_format(const struct klog_record *r, char *buf, size_t n)
{
	return ksnprintf(buf, n, "<%u>[%5lld.%06lld] %.*s\n", r->priority,
			 (long long)(r->time / NSEC_PER_SEC),
			 (long long)(r->time % NSEC_PER_SEC / NSEC_PER_USEC), (int)r->len, r->text);
}
