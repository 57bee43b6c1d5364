/* procfs_tables.h - the parts of procfs, each in a file of its own, as procfs.c puts them together. */
#ifndef KEVSIM_FS_PROCFS_TABLES_H
#define KEVSIM_FS_PROCFS_TABLES_H

#include "core/task.h"
#include "fs/textfs.h"

/* Ticks of 1/100 second, the unit of times in /proc. */
#define PROCFS_TICK (10 * NSEC_PER_MSEC)

/* procfs.c: the process of a node, or NULL when it is gone. */
struct process *procfs_process(const struct textfs_node *n);
/* procfs.c: its thread: the leader, unless the node is below task/. NULL when it is gone. */
struct task *procfs_task(const struct textfs_node *n);
/* procfs.c: its address space, or NULL: a zombie or a kernel task. Not referenced: valid until current sleeps. */
struct mm *procfs_mm(const struct textfs_node *n);
/* procfs.c: may current look into the process (ptrace(2), PTRACE_MODE_READ)? 0, -EACCES or -ESRCH. */
int procfs_may_inspect(const struct textfs_node *n);
int procfs_open_inspect(const struct textfs_node *n, const struct file *f); /* as a may_open */
/* procfs.c: a decimal number without leading zeros. -ENOENT. */
int procfs_parse_number(const char *name, size_t len, int32_t *out);

/* procfs_pid.c: /proc/PID and /proc/PID/task/TID; the entry of each directory there. */
extern const struct textfs_dir procfs_pid_dir;
extern const struct textfs_entry procfs_pid_entry;
/* procfs_stat.c: stat, statm, status. */
int procfs_show_stat(const struct textfs_node *n, struct strbuf *out);
int procfs_show_statm(const struct textfs_node *n, struct strbuf *out);
int procfs_show_status(const struct textfs_node *n, struct strbuf *out);
char procfs_state_char(const struct task *t);
/* procfs_fd.c */
extern const struct textfs_dir procfs_fd_dir, procfs_fdinfo_dir;
uint32_t procfs_fd_mode(const struct textfs_node *n); /* of a link below fd/ */
/* procfs_mounts.c */
int procfs_show_mounts(const struct textfs_node *n, struct strbuf *out);
int procfs_show_mountinfo(const struct textfs_node *n, struct strbuf *out);
/* procfs_mem.c: maps and the memory itself. */
int procfs_show_maps(const struct textfs_node *n, struct strbuf *out);
int procfs_show_smaps(const struct textfs_node *n, struct strbuf *out);
int procfs_show_smaps_rollup(const struct textfs_node *n, struct strbuf *out);
int procfs_show_cmdline(const struct textfs_node *n, struct strbuf *out);
int procfs_show_environ(const struct textfs_node *n, struct strbuf *out);
int procfs_show_auxv(const struct textfs_node *n, struct strbuf *out);
extern const struct file_ops procfs_mem_fops;
/* procfs_memory.c: of the machine. */
int procfs_show_meminfo(const struct textfs_node *n, struct strbuf *out);
int procfs_show_vmstat(const struct textfs_node *n, struct strbuf *out);
int procfs_show_buddyinfo(const struct textfs_node *n, struct strbuf *out);
int procfs_show_kmem(const struct textfs_node *n, struct strbuf *out);
/* procfs_cpu.c */
int procfs_show_cpuinfo(const struct textfs_node *n, struct strbuf *out);
/* procfs_system.c */
int procfs_show_system_stat(const struct textfs_node *n, struct strbuf *out);
int procfs_show_uptime(const struct textfs_node *n, struct strbuf *out);
int procfs_show_loadavg(const struct textfs_node *n, struct strbuf *out);
int procfs_show_version(const struct textfs_node *n, struct strbuf *out);
int procfs_show_filesystems(const struct textfs_node *n, struct strbuf *out);
int procfs_show_devices(const struct textfs_node *n, struct strbuf *out);
int procfs_show_partitions(const struct textfs_node *n, struct strbuf *out);
int procfs_show_swaps(const struct textfs_node *n, struct strbuf *out);
int procfs_show_locks(const struct textfs_node *n, struct strbuf *out);
int procfs_show_empty(const struct textfs_node *n, struct strbuf *out);
/* procfs_sys.c: /proc/sys */
extern const struct textfs_dir procfs_sys_dir;

#endif
