/* procfs_pid.c - the directory of a process or thread: its table, and the small files (proc(5)).
 * LEAVES OUT: attr, clear_refs, coredump_filter, io (bytes are not counted), map_files, net, ns, pagemap, sched, stack,
 * syscall, timers. */
#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"
#include "fs/fsctx.h"
#include "fs/procfs_tables.h"
#include "mm/mm.h"

typedef unsigned long long ull;

#define OOM_SCORE_ADJ_MAX 1000
#define OOM_SCORE_ADJ_MIN (-1000)
#define UID_UNSET 4294967295U

/* --- links --- */
/* A referenced copy of what the link leads to: 0, -ENOENT when the process has none (a zombie), -EACCES. */
static int pid_exe(const struct textfs_node *n, struct path *out)
{
	int err = procfs_may_inspect(n);
	struct mm *mm = procfs_mm(n);

	if (err)
		return err;
	if (!mm || !mm->exe_file)
		return -ENOENT;
	return file_path(mm->exe_file, out);
}

static int pid_cwd(const struct textfs_node *n, struct path *out)
{
	int err = procfs_may_inspect(n);
	const struct task *t = procfs_task(n);

	if (err)
		return err;
	if (!t || !t->fs)
		return -ENOENT;
	*out = t->fs->cwd;
	path_get(out);
	return 0;
}

static int pid_root(const struct textfs_node *n, struct path *out)
{
	int err = procfs_may_inspect(n);
	const struct task *t = procfs_task(n);

	if (err)
		return err;
	if (!t || !t->fs)
		return -ENOENT;
	*out = t->fs->root;
	path_get(out);
	return 0;
}

static int pid_path_text(const struct path *p, struct strbuf *out)
{
	char *buf = kmalloc(PATH_MAX), *text;
	int err = 0;

	if (!buf)
		return -ENOMEM;
	text = vfs_path_text(p, buf, PATH_MAX);
	if (text)
		strbuf_printf(out, "%s", text);
	else
		err = -ENAMETOOLONG;
	kfree(buf);
	return err;
}

static int pid_link_text(int (*find)(const struct textfs_node *n, struct path *out),
			 const struct textfs_node *n, struct strbuf *out)
{
	struct path p;
	int err = find(n, &p);

	if (err)
		return err;
	err = pid_path_text(&p, out);
	path_put(&p);
	return err;
}

static int pid_link_exe(const struct textfs_node *n, struct strbuf *out)
{
	return pid_link_text(pid_exe, n, out);
}

static int pid_link_cwd(const struct textfs_node *n, struct strbuf *out)
{
	return pid_link_text(pid_cwd, n, out);
}

static int pid_link_root(const struct textfs_node *n, struct strbuf *out)
{
	return pid_link_text(pid_root, n, out);
}

/* --- small files --- */
static int pid_show_comm(const struct textfs_node *n, struct strbuf *out)
{
	const struct task *t = procfs_task(n);

	if (!t)
		return -ESRCH;
	strbuf_printf(out, "%s\n", t->comm);
	return 0;
}

static int pid_store_comm(const struct textfs_node *n, char *text, size_t len)
{
	struct task *t = procfs_task(n);

	if (!t)
		return -ESRCH;
	if (!current || t->process != current->process)
		return -EINVAL;
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	task_set_comm(t, text);
	return 0;
}

static int pid_show_limits(const struct textfs_node *n, struct strbuf *out)
{
	static const struct {
		const char *name, *unit;
	} rows[RLIM_NLIMITS_LINUX] = {
	    [RLIMIT_CPU_LINUX] = {"Max cpu time", "seconds"},
	    [RLIMIT_FSIZE_LINUX] = {"Max file size", "bytes"},
	    [RLIMIT_DATA_LINUX] = {"Max data size", "bytes"},
	    [RLIMIT_STACK_LINUX] = {"Max stack size", "bytes"},
	    [RLIMIT_CORE_LINUX] = {"Max core file size", "bytes"},
	    [RLIMIT_RSS_LINUX] = {"Max resident set", "bytes"},
	    [RLIMIT_NPROC_LINUX] = {"Max processes", "processes"},
	    [RLIMIT_NOFILE_LINUX] = {"Max open files", "files"},
	    [RLIMIT_MEMLOCK_LINUX] = {"Max locked memory", "bytes"},
	    [RLIMIT_AS_LINUX] = {"Max address space", "bytes"},
	    [RLIMIT_LOCKS_LINUX] = {"Max file locks", "locks"},
	    [RLIMIT_SIGPENDING_LINUX] = {"Max pending signals", "signals"},
	    [RLIMIT_MSGQUEUE_LINUX] = {"Max msgqueue size", "bytes"},
	    [RLIMIT_NICE_LINUX] = {"Max nice priority", NULL},
	    [RLIMIT_RTPRIO_LINUX] = {"Max realtime priority", NULL},
	    [RLIMIT_RTTIME_LINUX] = {"Max realtime timeout", "us"},
	};
	const struct process *p = procfs_process(n);

	if (!p)
		return -ESRCH;
	strbuf_printf(out, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t v[2] = {p->rlimit[i].cur, p->rlimit[i].max};

		strbuf_printf(out, "%-25s", rows[i].name);
		for (int k = 0; k < 2; k++) {
			if (v[k] == RLIM_INFINITY_LINUX)
				strbuf_printf(out, " %-20s", "unlimited");
			else
				strbuf_printf(out, " %-20llu", (ull)v[k]);
		}
		if (rows[i].unit)
			strbuf_printf(out, " %-10s\n", rows[i].unit);
		else
			strbuf_printf(out, " \n");
	}
	return 0;
}

static int pid_show_oom_score(const struct textfs_node *n, struct strbuf *out)
{
	const struct process *p = procfs_process(n);
	const struct mm *mm = procfs_mm(n);
	int64_t points = 0;

	if (!p)
		return -ESRCH;
	if (mm && p->oom_score_adj > OOM_SCORE_ADJ_MIN) {
		int64_t total = frame_total(), used = (int64_t)(mm_rss(mm) + mm->nr_pagetables);

		/* As Linux: between 0 and 2000, 666 for a process that uses nothing. */
		points = (1000 + used * 1000 / total + p->oom_score_adj) * 2 / 3;
	}
	strbuf_printf(out, "%lld\n", (long long)MAX(points, 0));
	return 0;
}

static int pid_show_oom_adj(const struct textfs_node *n, struct strbuf *out)
{
	const struct process *p = procfs_process(n);

	if (!p)
		return -ESRCH;
	strbuf_printf(out, "%d\n", p->oom_score_adj);
	return 0;
}

static int pid_store_oom_adj(const struct textfs_node *n, char *text, size_t len)
{
	struct process *p = procfs_process(n);
	const char *s = text;
	bool negative;
	uint64_t v;
	int32_t adj;

	if (!p)
		return -ESRCH;
	while (*s == ' ' || *s == '\t')
		s++;
	negative = *s == '-';
	if (negative)
		s++;
	if (kparse_u64(&s, &v) || v > OOM_SCORE_ADJ_MAX || (*s != '\0' && *s != '\n') || s > text + len)
		return -EINVAL;
	adj = negative ? -(int32_t)v : (int32_t)v;
	if (adj < p->oom_score_adj && !cred_capable(current->cred, CAP_SYS_RESOURCE))
		return -EACCES;
	p->oom_score_adj = adj;
	return 0;
}

static int pid_show_wchan(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "0");
	return 0;
}

static int pid_show_cgroup(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "0::/\n");
	return 0;
}

static int pid_show_unset_id(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%u", UID_UNSET);
	return 0;
}

static int pid_show_personality(const struct textfs_node *n, struct strbuf *out)
{
	const struct task *t = procfs_task(n);

	if (!t)
		return -ESRCH;
	strbuf_printf(out, "%08x\n", t->personality);
	return 0;
}

static int pid_show_timerslack(const struct textfs_node *n, struct strbuf *out)
{
	const struct task *t = procfs_task(n);

	if (!t)
		return -ESRCH;
	strbuf_printf(out, "%llu\n", (ull)t->timer_slack_ns);
	return 0;
}

/* Children belong to the process here; they are shown with its leader. */
static int pid_show_children(const struct textfs_node *n, struct strbuf *out)
{
	const struct task *t = procfs_task(n);
	const struct process *child;

	if (!t)
		return -ESRCH;
	if (t != t->process->leader)
		return 0;
	LIST_FOR_EACH (child, &t->process->children, struct process, sibling)
		strbuf_printf(out, "%d ", child->pid);
	return 0;
}

static int pid_show_id_map(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%10u %10u %10u\n", 0U, 0U, UID_UNSET);
	return 0;
}

static int pid_show_setgroups(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "allow\n");
	return 0;
}

/* --- task/ --- */
static const struct textfs_dir pid_thread_dir;
static const struct textfs_entry pid_thread_entry = TEXTFS_DIR("thread", 0555, &pid_thread_dir);

static int pid_task_lookup(const struct textfs_node *dir, const char *name, size_t len,
			   struct textfs_node *out)
{
	const struct task *t;
	int32_t tid;

	if (procfs_parse_number(name, len, &tid))
		return -ENOENT;
	t = task_find(tid);
	if (!t || t->process->pid != dir->pid)
		return -ENOENT;
	out->entry = &pid_thread_entry;
	out->tid = tid;
	return 0;
}

static bool pid_task_next(const struct textfs_node *dir, uint64_t *cursor, char name[TEXTFS_NAME_MAX],
			  const struct textfs_entry **entry)
{
	const struct process *p = procfs_process(dir);
	const struct task *t;
	int32_t best = 0;

	if (!p)
		return false;
	LIST_FOR_EACH (t, &p->threads, struct task, thread_node) {
		if ((uint64_t)t->tid >= *cursor && (best == 0 || t->tid < best))
			best = t->tid;
	}
	if (best == 0)
		return false;
	(void)ksnprintf(name, TEXTFS_NAME_MAX, "%d", best);
	*entry = &pid_thread_entry;
	*cursor = (uint64_t)best + 1;
	return true;
}

static const struct textfs_dir pid_task_dir = {.lookup = pid_task_lookup, .next = pid_task_next};

/* --- the tables --- */
#define PID_MAGIC_LINK(name_, link_, follow_)                                                       \
	{                                                                                           \
		.name = (name_), .mode = S_IFLNK_LINUX | 0777, .link = (link_), .follow = (follow_) \
	}
#define PID_PRIVATE(name_, mode_, show_)                                           \
	{                                                                          \
		.name = (name_), .mode = S_IFREG_LINUX | (mode_), .show = (show_), \
		.may_open = procfs_open_inspect                                    \
	}

/* What processes and threads have alike. */
#define PID_COMMON                                                                                           \
	PID_PRIVATE("auxv", 0400, procfs_show_auxv), TEXTFS_FILE("cgroup", 0444, pid_show_cgroup),           \
	    TEXTFS_FILE("cmdline", 0444, procfs_show_cmdline),                                               \
	    TEXTFS_FILE_RW("comm", 0644, pid_show_comm, pid_store_comm),                                     \
	    PID_MAGIC_LINK("cwd", pid_link_cwd, pid_cwd), PID_PRIVATE("environ", 0400, procfs_show_environ), \
	    PID_MAGIC_LINK("exe", pid_link_exe, pid_exe), TEXTFS_DIR("fd", 0500, &procfs_fd_dir),            \
	    TEXTFS_DIR("fdinfo", 0555, &procfs_fdinfo_dir), TEXTFS_FILE("gid_map", 0644, pid_show_id_map),   \
	    TEXTFS_FILE("limits", 0444, pid_show_limits), TEXTFS_FILE("loginuid", 0644, pid_show_unset_id),  \
	    PID_PRIVATE("maps", 0444, procfs_show_maps),                                                     \
	    {.name = "mem",                                                                                  \
	     .mode = S_IFREG_LINUX | 0600,                                                                   \
	     .fops = &procfs_mem_fops,                                                                       \
	     .may_open = procfs_open_inspect},                                                               \
	    TEXTFS_FILE("mountinfo", 0444, procfs_show_mountinfo),                                           \
	    TEXTFS_FILE("mounts", 0444, procfs_show_mounts),                                                 \
	    TEXTFS_FILE("oom_score", 0444, pid_show_oom_score),                                              \
	    TEXTFS_FILE_RW("oom_score_adj", 0644, pid_show_oom_adj, pid_store_oom_adj),                      \
	    PID_PRIVATE("personality", 0400, pid_show_personality),                                          \
	    PID_MAGIC_LINK("root", pid_link_root, pid_root),                                                 \
	    TEXTFS_FILE("sessionid", 0444, pid_show_unset_id),                                               \
	    TEXTFS_FILE("setgroups", 0644, pid_show_setgroups),                                              \
	    PID_PRIVATE("smaps", 0444, procfs_show_smaps),                                                   \
	    PID_PRIVATE("smaps_rollup", 0444, procfs_show_smaps_rollup),                                     \
	    TEXTFS_FILE("stat", 0444, procfs_show_stat), TEXTFS_FILE("statm", 0444, procfs_show_statm),      \
	    TEXTFS_FILE("status", 0444, procfs_show_status), TEXTFS_FILE("uid_map", 0644, pid_show_id_map),  \
	    TEXTFS_FILE("wchan", 0444, pid_show_wchan)

static const struct textfs_entry pid_thread_entries[] = {
    PID_COMMON,
    TEXTFS_FILE("children", 0444, pid_show_children),
};
static const struct textfs_dir pid_thread_dir = {.entries = pid_thread_entries,
						 .count = ARRAY_LEN(pid_thread_entries)};

static const struct textfs_entry pid_entries[] = {
    TEXTFS_DIR("task", 0555, &pid_task_dir),
    PID_COMMON,
    TEXTFS_FILE("timerslack_ns", 0666, pid_show_timerslack),
};
const struct textfs_dir procfs_pid_dir = {.entries = pid_entries, .count = ARRAY_LEN(pid_entries)};
const struct textfs_entry procfs_pid_entry = TEXTFS_DIR("pid", 0555, &procfs_pid_dir);
