/* mount.c - mount(2) and umount2(2).
 * LEAVES OUT: shared and slave propagation (there is one namespace: MS_SHARED gives -EINVAL, MS_PRIVATE and
 * MS_SLAVE change nothing because every mount is private), block devices as sources, the descriptor-based
 * mount calls. */
#include "fs/mount.h"

#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/fsctx.h"
#include "fs/user_path.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

#define PROPAGATION_FLAGS (MS_SHARED_LINUX | MS_PRIVATE_LINUX | MS_SLAVE_LINUX | MS_UNBINDABLE_LINUX)
#define UMOUNT_VALID (MNT_FORCE_LINUX | MNT_DETACH_LINUX | MNT_EXPIRE_LINUX | UMOUNT_NOFOLLOW_LINUX)

static bool mount_is_root(const struct path *p)
{
	return p->mnt->attached && p->dentry == p->mnt->root;
}

/* The flags a mount(2) asks its mount to keep. */
static uint32_t mount_keep_flags(uint32_t flags)
{
	flags &= MOUNT_FLAGS;
	if (!(flags & (MS_NOATIME_LINUX | MS_STRICTATIME_LINUX)))
		flags |= MS_RELATIME_LINUX;
	return flags;
}

/* Directories cover directories, files cover files. */
static int mount_check_kind(const struct dentry *root, const struct path *where)
{
	bool dir = S_ISDIR_LINUX(where->dentry->inode->mode);

	if (where->dentry->unlinked)
		return -ENOENT;
	return S_ISDIR_LINUX(root->inode->mode) == dir ? 0 : -ENOTDIR;
}

static int mount_new(const struct path *where, const char *type, const char *source, const char *data,
		     uint32_t flags)
{
	struct fs_type *t = type ? fs_type_find(type) : NULL;
	struct super *sb;
	int err;

	if (!type)
		return -EINVAL;
	if (!t)
		return -ENODEV;
	err = t->mount(source, data, flags, &sb);
	if (err)
		return err;
	if (flags & MS_RDONLY_LINUX)
		sb->flags |= MS_RDONLY_LINUX;
	err = mount_check_kind(sb->root, where);
	if (!err)
		err = mount_add(sb, NULL, where, mount_keep_flags(flags), source, NULL);
	super_put(sb);
	return err;
}

static int mount_remount(const struct path *where, const char *data, uint32_t flags)
{
	struct super *sb = where->mnt->sb;
	int err = 0;

	if (!mount_is_root(where))
		return -EINVAL;
	if (!(flags & MS_BIND_LINUX)) {
		if (sb->ops && sb->ops->remount)
			err = sb->ops->remount(sb, flags, data);
		if (err)
			return err;
		sb->flags = (sb->flags & ~MS_RDONLY_LINUX) | (flags & MS_RDONLY_LINUX);
	}
	where->mnt->flags = mount_keep_flags(flags);
	return 0;
}

static int mount_bind_at(const struct path *where, const char *source, uint32_t flags)
{
	struct path from;
	int err;

	if (!source || source[0] == '\0')
		return -EINVAL;
	err = user_path_walk(AT_FDCWD_LINUX, source, WALK_FOLLOW, &from);
	if (err)
		return err;
	if (!from.mnt->attached || from.mnt->unbindable)
		err = -EINVAL;
	else
		err = mount_check_kind(from.dentry, where);
	if (!err)
		err = mount_add_bind(&from, where, flags & MS_REC_LINUX);
	path_put(&from);
	return err;
}

static bool mount_is_below(const struct mount *m, const struct mount *top)
{
	while (m && m != top)
		m = m->parent;
	return m != NULL;
}

static int mount_move_to(const struct path *where, const char *source)
{
	struct path from;
	int err;

	if (!source || source[0] == '\0')
		return -EINVAL;
	err = user_path_walk(AT_FDCWD_LINUX, source, WALK_FOLLOW, &from);
	if (err)
		return err;
	if (!mount_is_root(&from) || !from.mnt->parent)
		err = -EINVAL;
	else
		err = mount_check_kind(from.dentry, where);
	if (!err && mount_is_below(where->mnt, from.mnt))
		err = -ELOOP;
	if (!err)
		mount_move(from.mnt, where);
	path_put(&from);
	return err;
}

static int mount_propagation(const struct path *where, uint32_t flags)
{
	uint32_t kind = flags & PROPAGATION_FLAGS;

	if ((flags & ~(PROPAGATION_FLAGS | MS_REC_LINUX | MS_SILENT_LINUX)) || (kind & (kind - 1)))
		return -EINVAL;
	if (!mount_is_root(where) || kind == MS_SHARED_LINUX)
		return -EINVAL;
	where->mnt->unbindable = kind == MS_UNBINDABLE_LINUX;
	return 0;
}

/* The strings of one mount(2). */
struct mount_args {
	struct user_path source, type;
	bool has_source, has_type;
	char *data; /* NULL, or a page */
};

static int mount_do(uaddr_t target, const struct mount_args *a, uint32_t flags)
{
	const char *source = a->has_source ? a->source.text : NULL;
	struct path where;
	int err = vfs_walk_at(AT_FDCWD_LINUX, target, WALK_FOLLOW, &where);

	if (err)
		return err;
	if (!vfs_capable(CAP_SYS_ADMIN))
		err = -EPERM;
	else if (!where.mnt->attached)
		err = -EINVAL; /* unmounted lazily, or a file without a name */
	else if (flags & MS_REMOUNT_LINUX)
		err = mount_remount(&where, a->data, flags);
	else if (flags & MS_BIND_LINUX)
		err = mount_bind_at(&where, source, flags);
	else if (flags & PROPAGATION_FLAGS)
		err = mount_propagation(&where, flags);
	else if (flags & MS_MOVE_LINUX)
		err = mount_move_to(&where, source);
	else
		err = mount_new(&where, a->has_type ? a->type.text : NULL, source, a->data, flags);
	path_put(&where);
	return err;
}

/* The option string may be anything up to a page; a page that ends earlier is as good. */
static int mount_copy_data(uaddr_t data, char **out)
{
	char *page;

	*out = NULL;
	if (uaddr_null(data))
		return 0;
	page = kmalloc(PAGE_SIZE);
	if (!page)
		return -ENOMEM;
	if (copy_from_user_partial(page, data, PAGE_SIZE - 1) == 0) {
		kfree(page);
		return -EFAULT;
	}
	*out = page;
	return 0;
}

int64_t sys_mount(uaddr_t source, uaddr_t target, uaddr_t type, uint64_t flags, uaddr_t data)
{
	struct mount_args a = {.has_source = !uaddr_null(source), .has_type = !uaddr_null(type)};
	uint32_t f = (uint32_t)flags;
	int err = a.has_type ? user_path_get(&a.type, type) : 0;

	if (err)
		return err;
	err = a.has_source ? user_path_get(&a.source, source) : 0;
	if (err)
		goto put_type;
	err = mount_copy_data(data, &a.data);
	if (err)
		goto put_source;
	if ((f & MS_MGC_MSK_LINUX) == MS_MGC_VAL_LINUX)
		f &= ~MS_MGC_MSK_LINUX;
	err = mount_do(target, &a, f);
	kfree(a.data);
put_source:
	if (a.has_source)
		user_path_put(&a.source);
put_type:
	if (a.has_type)
		user_path_put(&a.type);
	return err;
}

/* --- umount --- */
static int umount_do(struct mount *m, int flags)
{
	bool is_root = m == current->fs->root.mnt;

	if (is_root && !(flags & MNT_DETACH_LINUX)) {
		m->sb->flags |= MS_RDONLY_LINUX; /* as good as it gets: the root becomes read-only */
		return 0;
	}
	if (!m->parent)
		return -EINVAL;
	if (flags & MNT_EXPIRE_LINUX) {
		if (is_root || (flags & (MNT_FORCE_LINUX | MNT_DETACH_LINUX)))
			return -EINVAL;
		if (m->refs > 3 || mount_has_children(m)) /* tree, walk and caller */
			return -EBUSY;
		if (!m->expiring) {
			m->expiring = true;
			return -EAGAIN;
		}
	}
	return 1;
}

int64_t sys_umount2(uaddr_t target, int flags)
{
	struct path p;
	struct mount *m;
	int64_t err;

	if (flags & ~UMOUNT_VALID)
		return -EINVAL;
	err = vfs_walk_at(AT_FDCWD_LINUX, target, flags & UMOUNT_NOFOLLOW_LINUX ? 0 : WALK_FOLLOW, &p);
	if (err)
		return err;
	m = mount_get(p.mnt);
	if (!vfs_capable(CAP_SYS_ADMIN))
		err = -EPERM;
	else if (!mount_is_root(&p))
		err = -EINVAL;
	else
		err = umount_do(m, flags);
	path_put(&p);
	if (err == 1) {
		/* Only the tree's reference may be left, or it is in use. */
		mount_put(m);
		return mount_remove(m, flags & MNT_DETACH_LINUX);
	}
	mount_put(m);
	return err;
}
