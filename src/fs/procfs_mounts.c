/* procfs_mounts.c - /proc/PID/{mounts,mountinfo} (proc(5)).
 * LEAVES OUT: mountstats, propagation (every mount is private), poll(2) for changes. */
#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"
#include "fs/procfs_tables.h"

/* Blanks and backslashes as octal, so that a line has its fields. */
static void mounts_escape(const char *s, struct strbuf *out)
{
	for (; *s; s++) {
		if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\\')
			strbuf_printf(out, "\\%03o", (unsigned)(uint8_t)*s);
		else
			strbuf_putc(out, *s);
	}
}

/* Where m is mounted as current sees it; NULL when that is outside its root. buf is PATH_MAX bytes. */
static const char *mounts_place(struct mount *m, char *buf)
{
	const struct path p = {m, m->root};
	const char *text;

	if (!m->attached && m->parent)
		return NULL;
	text = vfs_path_text(&p, buf, PATH_MAX);
	return text && text[0] == '/' ? text : NULL;
}

static const char *mounts_source(const struct mount *m)
{
	return m->source && m->source[0] ? m->source : "none";
}

int procfs_show_mounts(const struct textfs_node *n, struct strbuf *out)
{
	char *buf = kmalloc(PATH_MAX);
	struct mount *m;

	(void)n;
	if (!buf)
		return -ENOMEM;
	for (m = mount_next(NULL); m; m = mount_next(m)) {
		const char *where = mounts_place(m, buf);

		if (!where)
			continue;
		mounts_escape(mounts_source(m), out);
		strbuf_putc(out, ' ');
		mounts_escape(where, out);
		strbuf_printf(out, " %s ", m->sb->type);
		mount_show_options(m, out);
		strbuf_printf(out, " 0 0\n");
	}
	kfree(buf);
	return 0;
}

/* The mount's own options: mount_show_options() without what the file system adds. */
static void mounts_own_options(const struct mount *m, struct strbuf *out)
{
	struct strbuf all = {0}, super = {0};
	size_t n;

	mount_show_options(m, &all);
	if (m->sb->ops && m->sb->ops->show_options)
		m->sb->ops->show_options(m->sb, &super);
	n = all.len >= super.len ? all.len - super.len : all.len;
	strbuf_append(out, all.data ? all.data : "", n);
	strbuf_free(&all);
	strbuf_free(&super);
}

int procfs_show_mountinfo(const struct textfs_node *n, struct strbuf *out)
{
	char *buf = kmalloc(PATH_MAX);
	struct mount *m;

	(void)n;
	if (!buf)
		return -ENOMEM;
	for (m = mount_next(NULL); m; m = mount_next(m)) {
		const char *where = mounts_place(m, buf);

		if (!where)
			continue;
		strbuf_printf(out, "%u %u %u:%u ", m->id, m->parent ? m->parent->id : m->id,
			      major_linux(m->sb->dev), minor_linux(m->sb->dev));
		if (m->root == m->sb->root) {
			strbuf_putc(out, '/');
		} else {
			struct strbuf path = {0};

			/* The subtree's place in its file system, from the leaf upwards. */
			for (struct dentry *d = m->root; d != d->parent; d = d->parent) {
				struct strbuf up = {0};

				strbuf_printf(&up, "/%s%s", d->name, path.data ? path.data : "");
				strbuf_free(&path);
				path = up;
			}
			mounts_escape(path.data ? path.data : "/", out);
			strbuf_free(&path);
		}
		strbuf_putc(out, ' ');
		mounts_escape(where, out);
		strbuf_putc(out, ' ');
		mounts_own_options(m, out);
		strbuf_printf(out, " - %s ", m->sb->type);
		mounts_escape(mounts_source(m), out);
		strbuf_printf(out, " %s", m->sb->flags & MS_RDONLY_LINUX ? "ro" : "rw");
		if (m->sb->ops && m->sb->ops->show_options)
			m->sb->ops->show_options(m->sb, out);
		strbuf_putc(out, '\n');
	}
	kfree(buf);
	return 0;
}
