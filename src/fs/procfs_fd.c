/* procfs_fd.c - /proc/PID/fd and /proc/PID/fdinfo (proc(5)).
 * LEAVES OUT: the close-on-exec flag of other processes' descriptors in fdinfo. */
#include <string.h>

#include "core/errno.h"
#include "fs/fdtable.h"
#include "fs/procfs_tables.h"

/* The open file behind a node's descriptor, not referenced; NULL when it was closed. */
static struct file *fd_of_node(const struct textfs_node *n)
{
	const struct task *t = procfs_task(n);
	struct file *f;

	if (!t || !t->files || fdtable_next(t->files, n->num, &f) != n->num)
		return NULL;
	return f;
}

uint32_t procfs_fd_mode(const struct textfs_node *n)
{
	const struct file *f = fd_of_node(n);
	uint32_t mode = 0;

	if (f && f->readable)
		mode |= S_IRUSR_LINUX | S_IXUSR_LINUX;
	if (f && f->writable)
		mode |= S_IWUSR_LINUX | S_IXUSR_LINUX;
	return mode;
}

static int fd_link(const struct textfs_node *n, struct strbuf *out)
{
	int err = procfs_may_inspect(n);
	struct file *f = fd_of_node(n);

	if (err)
		return err;
	if (!f)
		return -ENOENT;
	file_name(f, out);
	return 0;
}

static int fd_follow(const struct textfs_node *n, struct path *out)
{
	int err = procfs_may_inspect(n);
	struct file *f = fd_of_node(n);

	if (err)
		return err;
	return f ? file_path(f, out) : -ENOENT;
}

static int fd_show_info(const struct textfs_node *n, struct strbuf *out)
{
	const struct task *t = procfs_task(n);
	struct file *f = fd_of_node(n);
	uint32_t flags;

	if (!t || !f)
		return -ENOENT;
	flags = f->flags;
	if (current && t->files == current->files && fd_cloexec(n->num))
		flags |= O_CLOEXEC_LINUX;
	strbuf_printf(out, "pos:\t%lld\nflags:\t0%o\nmnt_id:\t%u\nino:\t%llu\n", (long long)f->pos, flags,
		      f->path.mnt ? f->path.mnt->id : 0, (unsigned long long)f->inode->ino);
	if (f->ops->fdinfo)
		f->ops->fdinfo(f, out);
	return 0;
}

/* arg tells the tree that mode and size follow the open file. */
static const struct textfs_entry fd_entry = {
    .name = "fd",
    .mode = S_IFLNK_LINUX | 0700,
    .link = fd_link,
    .follow = fd_follow,
    .arg = 1,
};
static const struct textfs_entry fd_info_entry = {
    .name = "fdinfo",
    .mode = S_IFREG_LINUX | 0444,
    .show = fd_show_info,
    .may_open = procfs_open_inspect,
};

static int fd_lookup_as(const struct textfs_entry *entry, const char *name, size_t len,
			struct textfs_node *out)
{
	if (procfs_parse_number(name, len, &out->num))
		return -ENOENT;
	out->entry = entry;
	return fd_of_node(out) ? 0 : -ENOENT;
}

static int fd_lookup(const struct textfs_node *dir, const char *name, size_t len, struct textfs_node *out)
{
	(void)dir;
	return fd_lookup_as(&fd_entry, name, len, out);
}

static int fd_info_lookup(const struct textfs_node *dir, const char *name, size_t len,
			  struct textfs_node *out)
{
	(void)dir;
	return fd_lookup_as(&fd_info_entry, name, len, out);
}

static bool fd_next_as(const struct textfs_node *dir, uint64_t *cursor, char name[TEXTFS_NAME_MAX])
{
	const struct task *t = procfs_task(dir);
	struct file *f;
	int fd;

	if (!t || !t->files || procfs_may_inspect(dir) || *cursor > INT32_MAX)
		return false;
	fd = fdtable_next(t->files, (int)*cursor, &f);
	if (fd < 0)
		return false;
	(void)ksnprintf(name, TEXTFS_NAME_MAX, "%d", fd);
	*cursor = (uint64_t)fd + 1;
	return true;
}

static bool fd_next(const struct textfs_node *dir, uint64_t *cursor, char name[TEXTFS_NAME_MAX],
		    const struct textfs_entry **entry)
{
	*entry = &fd_entry;
	return fd_next_as(dir, cursor, name);
}

static bool fd_info_next(const struct textfs_node *dir, uint64_t *cursor, char name[TEXTFS_NAME_MAX],
			 const struct textfs_entry **entry)
{
	*entry = &fd_info_entry;
	return fd_next_as(dir, cursor, name);
}

const struct textfs_dir procfs_fd_dir = {.lookup = fd_lookup, .next = fd_next};
const struct textfs_dir procfs_fdinfo_dir = {.lookup = fd_info_lookup, .next = fd_info_next};
