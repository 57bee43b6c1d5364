/* procfs.c - /proc: its root, and what all nodes of a process share (proc(5)).
 * LEAVES OUT: net (there is none yet), bus, driver, irq, sysvipc, kcore, kallsyms, modules other than none, mount
 * options (hidepid, gid), process namespaces. */
#include "fs/procfs.h"

#include <string.h>

#include "core/errno.h"
#include "fs/procfs_tables.h"
#include "mm/mm.h"

#define SELF_PID (current ? current->process->pid : 0)

static const char *procfs_command_line;

/* --- processes --- */
static ktime_t procfs_start(const struct process *p)
{
	return p->leader ? p->leader->start_time : 0;
}

struct process *procfs_process(const struct textfs_node *n)
{
	struct process *p = process_find(n->pid);

	if (!p || p->reaped || (p->leader && procfs_start(p) != n->start))
		return NULL;
	return p;
}

bool procfs_stands_for(const struct inode *ino, struct process **p)
{
	const struct textfs_node *n;

	if (ino->sb->magic != PROC_SUPER_MAGIC_LINUX)
		return false;
	n = textfs_node_of(ino);
	if (n->entry != &procfs_pid_entry)
		return false;
	*p = procfs_process(n);
	return true;
}

struct task *procfs_task(const struct textfs_node *n)
{
	struct process *p = procfs_process(n);
	struct task *t;

	if (!p)
		return NULL;
	if (n->tid == 0)
		return p->leader;
	t = task_find(n->tid);
	return t && t->process == p ? t : NULL;
}

struct mm *procfs_mm(const struct textfs_node *n)
{
	struct process *p = procfs_process(n);
	struct task *t;

	if (!p)
		return NULL;
	LIST_FOR_EACH (t, &p->threads, struct task, thread_node) {
		if (t->mm)
			return t->mm;
	}
	return NULL;
}

int procfs_may_inspect(const struct textfs_node *n)
{
	struct task *t = procfs_task(n);
	const struct cred *c, *own;

	if (!t)
		return -ESRCH;
	if (!current || current->process == t->process)
		return 0;
	own = current->cred;
	c = t->cred;
	if (cred_capable(own, CAP_SYS_PTRACE))
		return 0;
	if (!c || own->fsuid != c->euid || own->fsuid != c->suid || own->fsuid != c->uid ||
	    own->fsgid != c->egid || own->fsgid != c->sgid || own->fsgid != c->gid || !t->dumpable)
		return -EACCES;
	return (c->cap_permitted & ~own->cap_permitted) ? -EACCES : 0;
}

int procfs_open_inspect(const struct textfs_node *n, const struct file *f)
{
	(void)f;
	return procfs_may_inspect(n);
}

int procfs_parse_number(const char *name, size_t len, int32_t *out)
{
	int64_t v = 0;

	if (len == 0 || len > 9 || (name[0] == '0' && len > 1))
		return -ENOENT;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -ENOENT;
		v = v * 10 + (name[i] - '0');
	}
	*out = (int32_t)v;
	return 0;
}

/* --- the tree's hooks --- */
static bool procfs_alive(const struct textfs_node *n)
{
	if (n->pid == 0)
		return true;
	return n->tid ? procfs_task(n) != NULL : procfs_process(n) != NULL;
}

static void procfs_refresh(const struct textfs_node *n, struct inode *ino)
{
	const struct task *t;

	if (n->pid == 0)
		return;
	t = procfs_task(n);
	if (t && t->cred && (t->dumpable || n->entry == &procfs_pid_entry)) {
		ino->uid = t->cred->euid;
		ino->gid = t->cred->egid;
	} else {
		ino->uid = ino->gid = 0;
	}
	if (n->entry->follow && n->num >= 0 && S_ISLNK_LINUX(ino->mode) && n->entry->arg) {
		ino->mode = S_IFLNK_LINUX | procfs_fd_mode(n);
		ino->size = 64;
	}
}

static const struct textfs_hooks procfs_hooks = {.alive = procfs_alive, .refresh = procfs_refresh};

/* --- the root --- */
static int procfs_link_self(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	if (!current || current->process->pid == 0)
		return -ENOENT;
	strbuf_printf(out, "%d", current->process->pid);
	return 0;
}

static int procfs_link_thread_self(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	if (!current)
		return -ENOENT;
	strbuf_printf(out, "%d/task/%d", current->process->pid, current->tid);
	return 0;
}

static int procfs_link_mounts(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "self/mounts");
	return 0;
}

static int procfs_show_command_line(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "%s\n", procfs_command_line);
	return 0;
}

static int procfs_root_lookup(const struct textfs_node *dir, const char *name, size_t len,
			      struct textfs_node *out)
{
	struct process *p;
	struct task *t;
	int32_t pid;

	(void)dir;
	if (procfs_parse_number(name, len, &pid))
		return -ENOENT;
	/* A thread's own number leads there as well, though it is not listed. */
	t = task_find(pid);
	p = t ? t->process : process_find(pid);
	if (!p || p->reaped)
		return -ENOENT;
	out->entry = &procfs_pid_entry;
	out->pid = p->pid;
	out->tid = pid == p->pid ? 0 : pid;
	out->num = -1;
	out->start = procfs_start(p);
	return 0;
}

static bool procfs_root_next(const struct textfs_node *dir, uint64_t *cursor, char name[TEXTFS_NAME_MAX],
			     const struct textfs_entry **entry)
{
	int32_t after = *cursor > 0 ? (int32_t)(*cursor - 1) : 0;
	struct process *p;

	(void)dir;
	if (*cursor > PID_MAX)
		return false;
	for (p = process_next(after); p && p->reaped; p = process_next(p->pid))
		;
	if (!p)
		return false;
	(void)ksnprintf(name, TEXTFS_NAME_MAX, "%d", p->pid);
	*entry = &procfs_pid_entry;
	*cursor = (uint64_t)p->pid + 1;
	return true;
}

static const struct textfs_entry procfs_root_entries[] = {
    TEXTFS_FILE("buddyinfo", 0444, procfs_show_buddyinfo),
    TEXTFS_FILE("cmdline", 0444, procfs_show_command_line),
    TEXTFS_FILE("cpuinfo", 0444, procfs_show_cpuinfo),
    TEXTFS_FILE("devices", 0444, procfs_show_devices),
    TEXTFS_FILE("diskstats", 0444, procfs_show_empty),
    TEXTFS_FILE("filesystems", 0444, procfs_show_filesystems),
    TEXTFS_FILE("kmem", 0444, procfs_show_kmem),
    TEXTFS_FILE("loadavg", 0444, procfs_show_loadavg),
    TEXTFS_FILE("locks", 0444, procfs_show_locks),
    TEXTFS_FILE("meminfo", 0444, procfs_show_meminfo),
    TEXTFS_FILE("modules", 0444, procfs_show_empty),
    TEXTFS_LINK("mounts", procfs_link_mounts),
    TEXTFS_FILE("partitions", 0444, procfs_show_partitions),
    TEXTFS_LINK("self", procfs_link_self),
    TEXTFS_FILE("stat", 0444, procfs_show_system_stat),
    TEXTFS_FILE("swaps", 0444, procfs_show_swaps),
    TEXTFS_DIR("sys", 0555, &procfs_sys_dir),
    TEXTFS_LINK("thread-self", procfs_link_thread_self),
    TEXTFS_FILE("uptime", 0444, procfs_show_uptime),
    TEXTFS_FILE("version", 0444, procfs_show_version),
    TEXTFS_FILE("vmstat", 0444, procfs_show_vmstat),
};
static const struct textfs_dir procfs_root_dir = {
    .entries = procfs_root_entries,
    .count = ARRAY_LEN(procfs_root_entries),
    .lookup = procfs_root_lookup,
    .next = procfs_root_next,
};
static const struct textfs_entry procfs_root_entry = TEXTFS_DIR("/", 0555, &procfs_root_dir);

static int procfs_mount(const char *source, const char *data, uint32_t flags, struct super **out)
{
	(void)source;
	(void)data;
	(void)flags;
	return textfs_super_create("proc", PROC_SUPER_MAGIC_LINUX, &procfs_root_entry, &procfs_hooks, out);
}

static struct fs_type procfs_type = {.name = "proc", .nodev = true, .mount = procfs_mount};

void procfs_init(const char *command_line)
{
	procfs_command_line = command_line ? command_line : "";
	fs_type_register(&procfs_type);
}
