/* procfs_sys.c - /proc/sys: what programs look up, and the few things that can be set (proc(5), sysctl(8)).
 * LEAVES OUT: every variable that nothing here would obey; net. A variable that is only read is read-only here even
 * where Linux lets root change it. */
#include <string.h>

#include "core/choice.h"
#include "core/errno.h"
#include "core/utsname.h"
#include "fs/inotify.h"
#include "fs/pipe.h"
#include "fs/procfs_tables.h"
#include "fs/pty.h"
#include "mm/frame.h"
#include "mm/mm.h"

typedef unsigned long long ull;

#define UUID_BYTES 16
#define NR_OPEN 1048576U
#define OVERFLOW_ID 65534U
#define ENTROPY_BITS 256U

/* --- numbers and texts that never change: arg is the number --- */
static int sys_show_number(const struct textfs_node *n, struct strbuf *out)
{
	strbuf_printf(out, "%llu\n", (ull)n->entry->arg);
	return 0;
}

#define SYS_NUMBER(name_, value_)                                                                       \
	{                                                                                               \
		.name = (name_), .mode = S_IFREG_LINUX | 0444, .show = sys_show_number, .arg = (value_) \
	}

/* --- kernel --- */
static int sys_show_nodename(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%s\n", utsname.nodename);
	return 0;
}

static int sys_show_domainname(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%s\n", utsname.domainname);
	return 0;
}

/* A line up to its newline, cut at what the field holds. */
static size_t sys_line_length(const char *text, size_t len)
{
	const char *nl = memchr(text, '\n', len);

	return MIN(nl ? (size_t)(nl - text) : strnlen(text, len), UTSNAME_LEN);
}

static int sys_store_nodename(const struct textfs_node *n, char *text, size_t len)
{
	(void)n;
	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	utsname_set_nodename(text, sys_line_length(text, len));
	return 0;
}

static int sys_store_domainname(const struct textfs_node *n, char *text, size_t len)
{
	(void)n;
	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	utsname_set_domainname(text, sys_line_length(text, len));
	return 0;
}

static int sys_show_ostype(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%s\n", utsname.sysname);
	return 0;
}

static int sys_show_osrelease(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%s\n", utsname.release);
	return 0;
}

static int sys_show_version(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%s\n", utsname.version);
	return 0;
}

static int sys_show_printk(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "4\t4\t1\t7\n");
	return 0;
}

static int sys_show_core_pattern(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "core\n");
	return 0;
}

static int sys_show_last_pid(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%d\n", task_last_pid());
	return 0;
}

static int sys_store_last_pid(const struct textfs_node *n, char *text, size_t len)
{
	const char *s = text;
	uint64_t v;

	(void)n;
	(void)len;
	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (kparse_u64(&s, &v) || v >= PID_MAX)
		return -EINVAL;
	task_set_last_pid((int32_t)v);
	return 0;
}

static int sys_show_threads_max(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	/* As Linux: kernel stacks may take an eighth of memory. */
	strbuf_printf(out, "%u\n", MAX(frame_total() / (8 * KSTACK_FRAMES), 20U));
	return 0;
}

static int sys_show_pty_nr(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%u\n", pty_count());
	return 0;
}

/* --- kernel/random --- */
static void sys_show_uuid_bytes(uint8_t b[UUID_BYTES], struct strbuf *out)
{
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* version 4, RFC 4122 */
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	for (int i = 0; i < UUID_BYTES; i++)
		strbuf_printf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
	strbuf_putc(out, '\n');
}

static int sys_show_uuid(const struct textfs_node *n, struct strbuf *out)
{
	uint8_t b[UUID_BYTES];

	(void)n;
	choice_bytes(CHOICE_RNG, "uuid", b, sizeof(b));
	sys_show_uuid_bytes(b, out);
	return 0;
}

/* The same during one run: made from the seed, not drawn, so that looking does not move the stream. */
static int sys_show_boot_id(const struct textfs_node *n, struct strbuf *out)
{
	uint64_t x = choice_seed();
	uint8_t b[UUID_BYTES];

	(void)n;
	for (int i = 0; i < UUID_BYTES; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL; /* Knuth's MMIX generator */
		b[i] = (uint8_t)(x >> 56);
	}
	sys_show_uuid_bytes(b, out);
	return 0;
}

static const struct textfs_entry sys_random_entries[] = {
    TEXTFS_FILE("boot_id", 0444, sys_show_boot_id),
    SYS_NUMBER("entropy_avail", ENTROPY_BITS),
    SYS_NUMBER("poolsize", ENTROPY_BITS),
    TEXTFS_FILE("uuid", 0444, sys_show_uuid),
};
static const struct textfs_dir sys_random_dir = {.entries = sys_random_entries,
						 .count = ARRAY_LEN(sys_random_entries)};

static const struct textfs_entry sys_pty_entries[] = {
    SYS_NUMBER("max", PTY_MAX),
    TEXTFS_FILE("nr", 0444, sys_show_pty_nr),
    SYS_NUMBER("reserve", 0),
};
static const struct textfs_dir sys_pty_dir = {.entries = sys_pty_entries,
					      .count = ARRAY_LEN(sys_pty_entries)};

static const struct textfs_entry sys_kernel_entries[] = {
    SYS_NUMBER("cap_last_cap", CAP_LAST),
    TEXTFS_FILE("core_pattern", 0444, sys_show_core_pattern),
    SYS_NUMBER("core_uses_pid", 0),
    SYS_NUMBER("ctrl-alt-del", 0),
    SYS_NUMBER("dmesg_restrict", 0),
    TEXTFS_FILE_RW("domainname", 0644, sys_show_domainname, sys_store_domainname),
    TEXTFS_FILE_RW("hostname", 0644, sys_show_nodename, sys_store_nodename),
    SYS_NUMBER("kptr_restrict", 0),
    SYS_NUMBER("ngroups_max", 65536),
    TEXTFS_FILE_RW("ns_last_pid", 0644, sys_show_last_pid, sys_store_last_pid),
    TEXTFS_FILE("osrelease", 0444, sys_show_osrelease),
    TEXTFS_FILE("ostype", 0444, sys_show_ostype),
    SYS_NUMBER("overflowgid", OVERFLOW_ID),
    SYS_NUMBER("overflowuid", OVERFLOW_ID),
    SYS_NUMBER("panic", 0),
    SYS_NUMBER("pid_max", PID_MAX),
    TEXTFS_FILE("printk", 0444, sys_show_printk),
    TEXTFS_DIR("pty", 0555, &sys_pty_dir),
    TEXTFS_DIR("random", 0555, &sys_random_dir),
    SYS_NUMBER("randomize_va_space", 2),
    SYS_NUMBER("sched_child_runs_first", 0),
    SYS_NUMBER("sysrq", 0),
    TEXTFS_FILE("threads-max", 0444, sys_show_threads_max),
    TEXTFS_FILE("version", 0444, sys_show_version),
};
static const struct textfs_dir sys_kernel_dir = {.entries = sys_kernel_entries,
						 .count = ARRAY_LEN(sys_kernel_entries)};

/* --- vm --- */
static const struct textfs_entry sys_vm_entries[] = {
    SYS_NUMBER("max_map_count", MM_MAX_MAP_COUNT),
    SYS_NUMBER("mmap_min_addr", 65536),
    SYS_NUMBER("nr_hugepages", 0),
    SYS_NUMBER("overcommit_memory", 1),
    SYS_NUMBER("overcommit_ratio", 50),
    SYS_NUMBER("page-cluster", 3),
    SYS_NUMBER("panic_on_oom", 0),
    SYS_NUMBER("swappiness", 60),
};
static const struct textfs_dir sys_vm_dir = {.entries = sys_vm_entries, .count = ARRAY_LEN(sys_vm_entries)};

/* --- fs --- */
static int sys_show_file_nr(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%llu\t0\t%llu\n", (ull)file_count(), (ull)INT64_MAX);
	return 0;
}

static const struct textfs_entry sys_inotify_entries[] = {
    SYS_NUMBER("max_queued_events", INOTIFY_MAX_QUEUED_EVENTS),
    SYS_NUMBER("max_user_instances", INOTIFY_MAX_USER_INSTANCES),
    SYS_NUMBER("max_user_watches", INOTIFY_MAX_USER_WATCHES),
};
static const struct textfs_dir sys_inotify_dir = {
    .entries = sys_inotify_entries,
    .count = ARRAY_LEN(sys_inotify_entries),
};
static const struct textfs_entry sys_fs_entries[] = {
    SYS_NUMBER("file-max", INT64_MAX),
    TEXTFS_FILE("file-nr", 0444, sys_show_file_nr),
    TEXTFS_DIR("inotify", 0555, &sys_inotify_dir),
    SYS_NUMBER("lease-break-time", 45),
    SYS_NUMBER("nr_open", NR_OPEN),
    SYS_NUMBER("overflowgid", OVERFLOW_ID),
    SYS_NUMBER("overflowuid", OVERFLOW_ID),
    SYS_NUMBER("pipe-max-size", PIPE_MAX_BYTES),
    SYS_NUMBER("protected_fifos", 0),
    SYS_NUMBER("protected_hardlinks", 1),
    SYS_NUMBER("protected_regular", 0),
    SYS_NUMBER("protected_symlinks", 0),
    SYS_NUMBER("suid_dumpable", 0),
};
static const struct textfs_dir sys_fs_dir = {.entries = sys_fs_entries, .count = ARRAY_LEN(sys_fs_entries)};

/* --- /proc/sys --- */
static const struct textfs_entry sys_entries[] = {
    TEXTFS_DIR("fs", 0555, &sys_fs_dir),
    TEXTFS_DIR("kernel", 0555, &sys_kernel_dir),
    TEXTFS_DIR("vm", 0555, &sys_vm_dir),
};
const struct textfs_dir procfs_sys_dir = {.entries = sys_entries, .count = ARRAY_LEN(sys_entries)};
