/* test_klog.c - the kernel log and its ring. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "support/test_kernel.h"

/* Does a line reach the user once, and guests in the format of /dev/kmsg and syslog(2)? */
KTEST(klog, formats)
{
	char buf[300];
	uint64_t seq = 0;
	int64_t n;

	clock_charge(1234567890);
	klog(KLOG_WARNING, "answer %d\n", 42);
	cr_expect_str_eq(script.log, "answer 42\n");
	n = klog_read(&seq, buf, sizeof(buf));
	cr_assert_eq(n, (int64_t)strlen("4,0,1234567,-;answer 42\n"));
	buf[n] = 0;
	cr_expect_str_eq(buf, "4,0,1234567,-;answer 42\n");
	cr_expect_eq(seq, 1);
	cr_expect_eq(klog_read(&seq, buf, sizeof(buf)), 0);
	klog_format(klog_record(0), buf, sizeof(buf));
	cr_expect_str_eq(buf, "<4>[    1.234567] answer 42\n");
}

/* Are a guest's lines escaped and kept from the user? Is a short buffer refused? */
KTEST(klog, guest_lines)
{
	char buf[300];
	uint64_t seq = 0;
	int64_t n;

	klog_user(14, "a\tb\\c\n", 6);
	cr_expect_eq(script.log_len, 0);
	cr_expect_eq(klog_read(&seq, buf, 10), -EINVAL);
	n = klog_read(&seq, buf, sizeof(buf));
	buf[n] = 0;
	cr_expect_str_eq(buf, "14,0,0,-;a\\x09b\\x5cc\n");
}

/* Is a reader told that records were overwritten, and goes on with the oldest? */
KTEST(klog, overrun)
{
	char buf[300];
	uint64_t seq = 0;

	for (int i = 0; i < 2000; i++)
		klog(KLOG_INFO, "line %d", i);
	cr_expect_eq(klog_read(&seq, buf, sizeof(buf)), -EPIPE);
	cr_expect_eq(seq, klog_first_seq());
	cr_expect(klog_read(&seq, buf, sizeof(buf)) > 0);
	cr_expect_null(klog_record(0));
	cr_expect_null(klog_record(2000));
	cr_expect_not_null(klog_record(1999));
}

/* Does a violated assertion end the run with 124? */
KTEST(klog, assertion, .exit_code = 124)
{
	KASSERT(clock_now() == 1);
}
