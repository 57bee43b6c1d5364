/* mount.c - the mount tree and the kinds of file systems (mount(2), mount_namespaces(7)).
 * LEAVES OUT: mount namespaces and propagation: there is one namespace, and every mount in it is private. */
#include "fs/mount.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"

static KMEM_CACHE(mount_cache, mount);
static struct list mounts, fs_types;
static struct mount *root_mount;
static uint32_t next_id;

struct mount *mount_anon;

void mount_init(void)
{
	list_init(&mounts);
	list_init(&fs_types);
	root_mount = NULL;
	next_id = 1;
}

struct mount *mount_get(struct mount *m)
{
	m->refs++;
	return m;
}

void mount_put(struct mount *m)
{
	KASSERT(m->refs > 0);
	if (--m->refs > 0)
		return;
	KASSERT(!m->attached);
	dentry_put(m->root);
	super_put(m->sb);
	kfree(m->source);
	kmem_free(&mount_cache, m);
}

void path_get(const struct path *p)
{
	if (p->mnt)
		mount_get(p->mnt);
	if (p->dentry)
		dentry_get(p->dentry);
}

void path_put(const struct path *p)
{
	if (p->dentry)
		dentry_put(p->dentry);
	if (p->mnt)
		mount_put(p->mnt);
}

struct mount *mount_root(void)
{
	return root_mount;
}

struct mount *mount_next(struct mount *m)
{
	struct list *n = m ? m->node.next : mounts.next;

	return n == &mounts ? NULL : LIST_ENTRY(n, struct mount, node);
}

struct mount *mount_on(const struct path *p)
{
	struct mount *m;

	if (p->dentry->mounts == 0)
		return NULL;
	LIST_FOR_EACH(m, &mounts, struct mount, node)
	{
		if (m->parent == p->mnt && m->mountpoint == p->dentry)
			return m;
	}
	return NULL;
}

bool mount_follow_down(struct path *p)
{
	struct mount *m;
	bool moved = false;

	while ((m = mount_on(p)) != NULL) {
		struct path in = {m, m->root};

		path_get(&in);
		path_put(p);
		*p = in;
		moved = true;
	}
	return moved;
}

bool mount_has_children(const struct mount *m)
{
	struct mount *c;

	LIST_FOR_EACH(c, &mounts, struct mount, node)
	{
		if (c->parent == m)
			return true;
	}
	return false;
}

int mount_want_write(const struct path *p)
{
	if (p->mnt && (p->mnt->flags & MS_RDONLY_LINUX))
		return -EROFS;
	return p->dentry->sb->flags & MS_RDONLY_LINUX ? -EROFS : 0;
}

/* Hangs m, which has no place, on `where`; the tree's reference on m is the caller's. */
static void mount_attach(struct mount *m, const struct path *where)
{
	struct path at = *where;

	path_get(&at);
	mount_follow_down(&at);
	m->parent = at.mnt; /* takes the references over */
	m->mountpoint = at.dentry;
	m->mountpoint->mounts++;
	m->attached = true;
	list_add_tail(&mounts, &m->node);
}

static void mount_detach(struct mount *m)
{
	list_del(&m->node);
	m->attached = false;
	if (m->parent) {
		struct path at = {m->parent, m->mountpoint};

		m->mountpoint->mounts--;
		m->parent = NULL;
		m->mountpoint = NULL;
		path_put(&at);
	}
}

static struct mount *mount_alloc(struct super *sb, struct dentry *root, uint32_t flags, const char *source)
{
	struct mount *m = kmem_alloc(&mount_cache);

	if (!m)
		return NULL;
	m->source = kstrdup(source ? source : "none");
	if (!m->source) {
		kmem_free(&mount_cache, m);
		return NULL;
	}
	m->refs = 1;
	m->id = next_id++;
	m->sb = super_get(sb);
	m->root = dentry_get(root ? root : sb->root);
	m->flags = flags & MOUNT_FLAGS;
	list_init(&m->node);
	return m;
}

struct mount *mount_create_hidden(struct super *sb)
{
	return mount_alloc(sb, NULL, 0, NULL);
}

int mount_add(struct super *sb, struct dentry *root, const struct path *where, uint32_t flags,
	      const char *source, struct mount **out)
{
	struct mount *m = mount_alloc(sb, root, flags, source);

	if (!m)
		return -ENOMEM;
	if (where) {
		mount_attach(m, where);
	} else {
		KASSERT(!root_mount);
		root_mount = m;
		m->attached = true;
		list_add_tail(&mounts, &m->node);
	}
	if (out)
		*out = m;
	return 0;
}

int mount_remove(struct mount *m, bool force)
{
	struct mount *c;

	if (!force && (m->refs > 1 || mount_has_children(m)))
		return -EBUSY;
	/* Children go first; each removal may change the list, so it is searched again. */
	do {
		LIST_FOR_EACH(c, &mounts, struct mount, node)
		{
			if (c->parent == m)
				break;
		}
		if (&c->node != &mounts)
			mount_remove(c, true);
	} while (&c->node != &mounts);
	if (m == root_mount)
		root_mount = NULL;
	mount_detach(m);
	mount_put(m);
	return 0;
}

void mount_move(struct mount *m, const struct path *where)
{
	mount_detach(m);
	mount_attach(m, where);
}

void mount_pivot(struct mount *new_root, struct mount *old_root, const struct path *put_old)
{
	struct path at = *put_old;

	path_get(&at);
	if (old_root->parent) {
		struct path place = {old_root->parent, old_root->mountpoint};

		path_get(&place);
		mount_detach(old_root);
		mount_move(new_root, &place);
		path_put(&place);
	} else {
		mount_detach(old_root);
		mount_detach(new_root);
		new_root->attached = true;
		list_add_head(&mounts, &new_root->node);
		root_mount = new_root;
	}
	mount_attach(old_root, &at);
	path_put(&at);
}

void mount_show_options(const struct mount *m, struct strbuf *out)
{
	static const struct {
		uint32_t flag;
		const char *text;
	} names[] = {
	    {MS_NOSUID_LINUX, ",nosuid"},         {MS_NODEV_LINUX, ",nodev"},
	    {MS_NOEXEC_LINUX, ",noexec"},         {MS_NOATIME_LINUX, ",noatime"},
	    {MS_NODIRATIME_LINUX, ",nodiratime"}, {MS_NOSYMFOLLOW_LINUX, ",nosymfollow"},
	};

	strbuf_printf(out, "%s", (m->flags | m->sb->flags) & MS_RDONLY_LINUX ? "ro" : "rw");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (m->flags & names[i].flag)
			strbuf_printf(out, "%s", names[i].text);
	}
	if (!(m->flags & (MS_NOATIME_LINUX | MS_STRICTATIME_LINUX)))
		strbuf_printf(out, ",relatime");
	if (m->sb->ops && m->sb->ops->show_options)
		m->sb->ops->show_options(m->sb, out);
}

void mount_shutdown(void)
{
	if (root_mount)
		mount_remove(root_mount, true);
}

/* --- kinds of file systems --- */
void fs_type_register(struct fs_type *t)
{
	list_add_tail(&fs_types, &t->node);
}

struct fs_type *fs_type_find(const char *name)
{
	struct fs_type *t;

	LIST_FOR_EACH(t, &fs_types, struct fs_type, node)
	{
		if (strcmp(t->name, name) == 0)
			return t;
	}
	return NULL;
}

struct fs_type *fs_type_next(struct fs_type *t)
{
	struct list *n = t ? t->node.next : fs_types.next;

	return n == &fs_types ? NULL : LIST_ENTRY(n, struct fs_type, node);
}
