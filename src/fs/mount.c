/* mount.c - the mount tree and the kinds of file systems (mount(2), mount_namespaces(7)).
 * LEAVES OUT: mount namespaces and propagation: there is one namespace, and every mount in it is private. */
#include "fs/mount.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"

#define MOUNT_BUCKETS 256U
#define MOUNT_MAX 100000U /* /proc/sys/fs/mount-max */

static KMEM_CACHE(mount_cache, mount);
static struct list mounts, fs_types;
static struct list buckets[MOUNT_BUCKETS];
static uint32_t nr_mounts;
static struct mount *root_mount;
static uint32_t next_id;

struct mount *mount_anon;

void mount_init(void)
{
	list_init(&mounts);
	list_init(&fs_types);
	for (uint32_t i = 0; i < MOUNT_BUCKETS; i++)
		list_init(&buckets[i]);
	nr_mounts = 0;
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

static struct list *mount_bucket(const struct mount *parent, const struct dentry *mountpoint)
{
	uintptr_t key = ((uintptr_t)parent >> 4) * 31 + ((uintptr_t)mountpoint >> 4);

	return &buckets[(key ^ (key >> 8)) % MOUNT_BUCKETS];
}

struct mount *mount_on(const struct path *p)
{
	struct list *bucket;
	struct mount *m;

	if (p->dentry->mounts == 0)
		return NULL;
	bucket = mount_bucket(p->mnt, p->dentry);
	LIST_FOR_EACH (m, bucket, struct mount, hash_node) {
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
	return !list_empty(&m->children);
}

int mount_want_write(const struct path *p)
{
	if (p->mnt && (p->mnt->flags & MS_RDONLY_LINUX))
		return -EROFS;
	return p->dentry->sb->flags & MS_RDONLY_LINUX ? -EROFS : 0;
}

static void mount_list(struct mount *m)
{
	m->attached = true;
	list_add_tail(&mounts, &m->node);
	nr_mounts++;
}

/* Hangs m, which has no place, exactly on `at`; the tree's reference on m is the caller's. */
static void mount_attach_at(struct mount *m, const struct path *at)
{
	path_get(at);
	m->parent = at->mnt;
	m->mountpoint = at->dentry;
	m->mountpoint->mounts++;
	list_add_tail(&m->parent->children, &m->child_node);
	list_add_head(mount_bucket(m->parent, m->mountpoint), &m->hash_node);
	mount_list(m);
}

/* ... on top of whatever is mounted there. */
static void mount_attach(struct mount *m, const struct path *where)
{
	struct path at = *where;

	path_get(&at);
	mount_follow_down(&at);
	mount_attach_at(m, &at);
	path_put(&at);
}

static void mount_detach(struct mount *m)
{
	list_del(&m->node);
	nr_mounts--;
	m->attached = false;
	if (m->parent) {
		struct path at = {m->parent, m->mountpoint};

		list_del(&m->child_node);
		list_del(&m->hash_node);
		m->mountpoint->mounts--;
		m->parent = NULL;
		m->mountpoint = NULL;
		path_put(&at);
	}
}

static struct mount *mount_alloc(struct super *sb, struct dentry *root, uint32_t flags, const char *source)
{
	struct mount *m = nr_mounts < MOUNT_MAX ? kmem_alloc(&mount_cache) : NULL;

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
	list_init(&m->hash_node);
	list_init(&m->children);
	list_init(&m->child_node);
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
		return nr_mounts < MOUNT_MAX ? -ENOMEM : -ENOSPC;
	if (where) {
		mount_attach(m, where);
	} else {
		KASSERT(!root_mount);
		root_mount = m;
		mount_list(m);
	}
	if (out)
		*out = m;
	return 0;
}

/* Takes m and everything below it out of the tree, the leaves first. */
static void mount_remove_tree(struct mount *m)
{
	struct mount *at = m, *parent;

	do {
		while (!list_empty(&at->children))
			at = LIST_FIRST(&at->children, struct mount, child_node);
		parent = at == m ? NULL : at->parent;
		mount_detach(at);
		mount_put(at);
		at = parent;
	} while (at);
}

int mount_remove(struct mount *m, bool force)
{
	if (!force && (m->refs > 1 || mount_has_children(m)))
		return -EBUSY;
	if (m == root_mount)
		root_mount = NULL;
	mount_remove_tree(m);
	return 0;
}

/* --- bind --- */
/* The mount after m in the tree below top, parents first. With skip, m's own children are passed over. */
static struct mount *mount_next_below(struct mount *m, const struct mount *top, bool skip)
{
	if (!skip && !list_empty(&m->children))
		return LIST_FIRST(&m->children, struct mount, child_node);
	for (; m != top; m = m->parent) {
		if (m->child_node.next != &m->parent->children)
			return LIST_ENTRY(m->child_node.next, struct mount, child_node);
	}
	return NULL;
}

/* Copies the mounts below `from` under its copy, which is not in the tree yet. */
static int mount_copy_below(const struct path *from, struct mount *copy)
{
	struct mount *m;
	bool skip;

	from->mnt->copy = copy;
	for (m = mount_next_below(from->mnt, from->mnt, false); m; m = mount_next_below(m, from->mnt, skip)) {
		skip = m->unbindable ||
		       (m->parent == from->mnt && !dentry_is_below(m->mountpoint, from->dentry));
		if (skip)
			continue;
		struct path at = {m->parent->copy, m->mountpoint};

		m->copy = mount_alloc(m->sb, m->root, m->flags, m->source);
		if (!m->copy)
			return nr_mounts < MOUNT_MAX ? -ENOMEM : -ENOSPC;
		mount_attach_at(m->copy, &at);
	}
	return 0;
}

int mount_add_bind(const struct path *from, const struct path *where, bool recursive)
{
	struct mount *copy = mount_alloc(from->mnt->sb, from->dentry, from->mnt->flags, from->mnt->source),
		     *m;
	int err = 0;

	if (!copy)
		return nr_mounts < MOUNT_MAX ? -ENOMEM : -ENOSPC;
	if (recursive)
		err = mount_copy_below(from, copy);
	mount_attach(copy, where);
	if (err) {
		mount_remove_tree(copy);
		return err;
	}
	/* In the list a mount comes before those on it. */
	for (m = mount_next_below(copy, copy, false); m; m = mount_next_below(m, copy, false)) {
		list_del(&m->node);
		list_add_tail(&mounts, &m->node);
	}
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
		mount_list(new_root);
		list_del(&new_root->node); /* the root comes first in the list */
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

	LIST_FOR_EACH (t, &fs_types, struct fs_type, node) {
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
