/* klog.h - the kernel log: lines for the user (through the door) and a ring that guests read (/dev/kmsg, syslog(2)). */
#ifndef KEVSIM_CORE_KLOG_H
#define KEVSIM_CORE_KLOG_H

#include "core/types.h"
#include "core/waitq.h"

enum klog_level {
	KLOG_ERROR,   /* always shown */
	KLOG_WARNING, /* always shown: e.g. the OOM kill line */
	KLOG_INFO,    /* with -v */
	KLOG_DEBUG,   /* with -vv */
};

/* One line (no newline needed) for the user and for the guest's kernel log. Longer lines are cut. */
void klog(enum klog_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A line that a guest wrote to /dev/kmsg: into the ring only. priority: facility and level as in <N>. */
void klog_user(uint32_t priority, const char *text, size_t n);

#define KLOG_TEXT_MAX 232
struct klog_record {
	uint64_t seq;
	ktime_t time;
	uint32_t priority; /* facility * 8 + level, as in syslog(2) */
	uint32_t len;
	char text[KLOG_TEXT_MAX]; /* no newline, no NUL */
};

/* Empties the ring (boot). Nothing may be waiting on klog_wait. */
void klog_init(void);
/* Numbers of the oldest record in the ring and of the one that will be written next. */
uint64_t klog_first_seq(void);
uint64_t klog_next_seq(void);
/* The record, or NULL when it was overwritten or is not written yet. Valid until the next klog(). */
const struct klog_record *klog_record(uint64_t seq);
/* /dev/kmsg: copies the record at *seq as "prio,seq,usec,-;text\n" and moves *seq behind it. Returns the bytes; 0 when
 * there is none yet; -EPIPE when it was overwritten (*seq moves to the oldest); -EINVAL when it does not fit. */
int64_t klog_read(uint64_t *seq, char *buf, size_t n);
/* syslog(2): one record as "<prio>[    s.uuuuuu] text\n"; returns the length of the whole line (ksnprintf rules). */
int klog_format(const struct klog_record *r, char *buf, size_t n);
/* Woken (EPOLLIN) at every new record. */
extern struct waitq klog_wait;

#endif
