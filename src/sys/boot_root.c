/* boot_root.c - the root file system of a run: busybox in memory, a host tree with changes in memory, or an
 * archive's members; then the kernel's own file systems and the binds.
 *
 * LEAVES OUT: reading archives (the caller does and hands over members one by one). */
#include "sys/boot_root.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "fs/hosttree.h"
#include "fs/rootfs.h"
#include "fs/tmpfs.h"
#include "fs/vfs.h"
#include "sys/boot.h"

/* Mounts sb as the root or on an existing place; takes over the reference. */
static int mount_super(struct super *sb, const struct path *where, uint32_t flags, const char *source)
{
	int err = mount_add(sb, NULL, where, flags, source, NULL);

	super_put(sb);
	return err;
}

static int mount_memory_root(const struct kernel_config *cfg)
{
	uint64_t max = cfg->tmpfs_max_bytes ? cfg->tmpfs_max_bytes : cfg->ram_bytes / 2;
	struct super *sb;
	int err = tmpfs_super_create(max, 0, 0755, &sb);

	return err ? err : mount_super(sb, NULL, 0, "tmpfs");
}

static int mount_host_root(void)
{
	struct super *sb;
	int err = hosttree_super_create(0, HOSTTREE_COW, &sb);

	return err ? err : mount_super(sb, NULL, 0, "hostroot");
}

/* Makes the place of a bind if it is not there. */
static int make_place(const struct boot_bind *bind)
{
	const char *slash = strrchr(bind->guest_path, '/');

	if (!bind->is_file)
		return vfs_mkdirs(bind->guest_path, 0755);
	if (slash && slash != bind->guest_path) {
		char *parent = kstrndup(bind->guest_path, (size_t)(slash - bind->guest_path));
		int err = parent ? vfs_mkdirs(parent, 0755) : -ENOMEM;
		kfree(parent);
		if (err)
			return err;
	}
	return vfs_write_file(bind->guest_path, "", 0, 0644);
}

static int mount_bind(const struct boot_bind *bind)
{
	struct super *sb;
	struct path where;
	int err = vfs_walk(NULL, bind->guest_path, WALK_FOLLOW, &where);

	if (err == -ENOENT) {
		err = make_place(bind);
		if (!err)
			err = vfs_walk(NULL, bind->guest_path, WALK_FOLLOW, &where);
	}
	if (err)
		return err;
	err = hosttree_super_create(bind->host_root, bind->writable ? HOSTTREE_RW : HOSTTREE_RO, &sb);
	if (!err)
		err = mount_super(sb, &where, bind->writable ? 0 : MS_RDONLY_LINUX, "hostdir");
	path_put(&where);
	return err;
}

int boot_root(const struct kernel_config *cfg)
{
	int err = -EINVAL;

	switch (cfg->root) {
	case ROOT_DEFAULT:
		err = mount_memory_root(cfg);
		if (!err)
			err = rootfs_populate_default(cfg->busybox, cfg->busybox_size, cfg->applets,
						      cfg->hostname);
		break;
	case ROOT_HOSTTREE: err = mount_host_root(); break;
	case ROOT_ARCHIVE:
		err = mount_memory_root(cfg);
		if (!err)
			err = cfg->fill_root(cfg->fill_root_arg);
		break;
	}
	if (!err)
		err = rootfs_mount_kernel();
	for (size_t i = 0; !err && i < cfg->nbinds; i++) {
		err = mount_bind(&cfg->binds[i]);
		if (err)
			klog(KLOG_ERROR, "bind on %s: %s", cfg->binds[i].guest_path, boot_reason(err));
	}
	return err;
}

/* --- members of an archive ------------------------------------------------------------------- */

/* Without leading "/" and "./"; NULL when the name would leave the tree. "" is the root itself. */
static const char *member_name(const char *path)
{
	while (*path == '/' || (path[0] == '.' && (path[1] == '/' || path[1] == '\0')))
		path++;
	for (const char *p = path; *p; p++) {
		bool start = p == path || p[-1] == '/';
		if (start && p[0] == '.' && p[1] == '.' && (p[2] == '/' || p[2] == '\0'))
			return NULL;
	}
	return path;
}

static int make_hardlink(const struct path *dir, const char *name, size_t len, const char *target)
{
	const char *old_name = target ? member_name(target) : NULL;
	struct path old;

	if (!old_name)
		return -EINVAL;
	int err = vfs_walk(NULL, old_name, 0, &old);
	if (err)
		return err;
	err = vfs_link(&old, dir, name, len);
	path_put(&old);
	return err;
}

static int make_special(const struct path *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev)
{
	struct dentry *d;
	int err = vfs_create(dir->dentry, dir->mnt, name, len, mode, rdev, &d);

	if (!err)
		dentry_put(d);
	return err;
}

/* A later member of the same name replaces an earlier one that is not a directory. */
static void remove_old(const struct path *dir, const char *name, size_t len)
{
	(void)vfs_unlink(dir, name, len, false);
}

static int set_attributes(const char *path, uint32_t mode, uint32_t uid, uint32_t gid, int64_t mtime_ns)
{
	struct iattr a = {
	    .valid = ATTR_UID | ATTR_GID | ATTR_ATIME | ATTR_MTIME,
	    .uid = uid,
	    .gid = gid,
	    .atime = mtime_ns,
	    .mtime = mtime_ns,
	};
	struct path p;
	int err = vfs_walk(NULL, path[0] ? path : "/", 0, &p);

	if (err)
		return err;
	err = vfs_setattr(&p, &a);
	/* Afterwards, because a change of owner takes the set-id bits off. */
	a = (struct iattr){.valid = ATTR_MODE, .mode = mode & S_IALLUGO_LINUX};
	if (!err && !S_ISLNK_LINUX(mode))
		err = vfs_setattr(&p, &a);
	path_put(&p);
	return err;
}

/* Everything but directories. */
static int make_member(const char *name, uint32_t mode, uint64_t rdev, const char *link, bool hardlink,
		       const void *data, uint64_t size)
{
	const char *slash = strrchr(name, '/');
	char *parent = slash ? kstrndup(name, (size_t)(slash - name)) : kstrdup("/");
	const char *last = slash ? slash + 1 : name;
	size_t len = strlen(last);
	struct path dir;

	if (!parent)
		return -ENOMEM;
	int err = vfs_mkdirs(parent, 0755);
	if (!err)
		err = vfs_walk(NULL, parent, WALK_FOLLOW | WALK_DIRECTORY, &dir);
	kfree(parent);
	if (err)
		return err;
	remove_old(&dir, last, len);
	if (hardlink)
		err = make_hardlink(&dir, last, len, link);
	else if (S_ISLNK_LINUX(mode))
		err = link ? vfs_symlink(dir.dentry, dir.mnt, last, len, link) : -EINVAL;
	else if (S_ISREG_LINUX(mode))
		err = vfs_write_file(name, data ? data : "", size, mode & 0777);
	else
		err = make_special(&dir, last, len, mode, rdev);
	path_put(&dir);
	return err;
}

int boot_archive_entry(const char *path, uint32_t mode, uint32_t uid, uint32_t gid, int64_t mtime_ns,
		       uint64_t rdev, const char *link, bool hardlink, const void *data, uint64_t size)
{
	const char *name = member_name(path);
	size_t len = name ? strlen(name) : 0;
	char *clean;
	int err;

	if (!name)
		return -EINVAL;
	while (len && name[len - 1] == '/')
		len--;
	clean = kstrndup(name, len);
	if (!clean)
		return -ENOMEM;
	if (S_ISDIR_LINUX(mode) && !hardlink)
		err = len ? vfs_mkdirs(clean, 0755) : 0;
	else
		err = len ? make_member(clean, mode, rdev, link, hardlink, data, size) : -EINVAL;
	if (!err && !hardlink)
		err = set_attributes(clean, mode, uid, gid, mtime_ns);
	kfree(clean);
	return err;
}
