/* devpts.c - the file system on /dev/pts (devpts in mount(8)). One instance, however often it is mounted.
 * LEAVES OUT: private instances (newinstance, which every mount of Linux is today); the options uid=, gid=, mode=,
 * ptmxmode= are read and apply to the one instance. */
#include "fs/devpts.h"

#include <string.h>

#include "core/errno.h"
#include "core/kfmt.h"
#include "fs/abi_tty.h"
#include "fs/file.h"

static struct super *devpts_super;
static uint32_t devpts_gid, devpts_mode;

static int devpts_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
	(void)dir;
	(void)name;
	(void)len;
	(void)out;
	return -ENOENT;
}

static int devpts_setattr(struct dentry *d, const struct iattr *a)
{
	if (a->valid & ATTR_SIZE)
		return -EINVAL;
	inode_apply_attr(d->inode, a);
	return 0;
}

static const struct inode_ops devpts_dir_iops = {.lookup = devpts_lookup, .setattr = devpts_setattr};
static const struct inode_ops devpts_node_iops = {.setattr = devpts_setattr};
static const struct file_ops devpts_dir_fops = {.readdir = dentry_readdir, .llseek = dentry_dir_llseek};

static void devpts_show_options(struct super *sb, struct strbuf *out)
{
	(void)sb;
	if (devpts_gid)
		strbuf_printf(out, ",gid=%u", devpts_gid);
	strbuf_printf(out, ",mode=%03o,ptmxmode=%03o", devpts_mode, sb->root ? 0666U : 0);
}

static void devpts_gone(struct super *sb)
{
	if (devpts_super == sb)
		devpts_super = NULL;
}

static const struct super_ops devpts_ops = {.show_options = devpts_show_options, .shutdown = devpts_gone};

/* A device node that stays until devpts_remove(). */
static int devpts_enter(const char *name, uint32_t mode, uint64_t rdev)
{
	struct inode *ino = inode_create(devpts_super, S_IFCHR_LINUX | mode);
	struct dentry *d;

	if (!ino)
		return -ENOMEM;
	inode_init_owner(ino, NULL, S_IFCHR_LINUX | mode);
	ino->ops = &devpts_node_iops;
	ino->rdev = rdev;
	d = dentry_add(devpts_super->root, name, strlen(name), ino);
	if (!d)
		return -ENOMEM;
	dentry_pin(d);
	dentry_put(d);
	return 0;
}

static int devpts_create(void)
{
	struct super *sb = super_create("devpts", DEVPTS_SUPER_MAGIC_LINUX, &devpts_ops);
	struct inode *root;

	if (!sb)
		return -ENOMEM;
	devpts_super = sb;
	root = inode_create(sb, S_IFDIR_LINUX | 0755);
	if (root) {
		root->ops = &devpts_dir_iops;
		root->fops = &devpts_dir_fops;
		root->nlink = 2;
		sb->root = dentry_add(NULL, "/", 1, root);
	}
	if (sb->root && devpts_enter("ptmx", 0666, makedev_linux(TTYAUX_MAJOR_LINUX, TTYAUX_PTMX_LINUX)) == 0)
		return 0;
	super_put(sb);
	return -ENOMEM;
}

/* "name=NUMBER" in a list of options. */
static bool devpts_option(const char *data, const char *name, uint32_t base, uint32_t *out)
{
	size_t len = strlen(name);

	for (const char *s = data; s && *s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL) {
		uint32_t v = 0;

		if (strncmp(s, name, len) != 0 || s[len] != '=')
			continue;
		for (s += len + 1; *s >= '0' && *s <= '9' && (uint32_t)(*s - '0') < base; s++)
			v = v * base + (uint32_t)(*s - '0');
		*out = v;
		return true;
	}
	return false;
}

static int devpts_mount(const char *source, const char *data, uint32_t flags, struct super **out)
{
	(void)source;
	(void)flags;
	if (!devpts_super) {
		int err = devpts_create();

		if (err)
			return err;
	} else {
		super_get(devpts_super);
	}
	(void)devpts_option(data, "gid", 10, &devpts_gid);
	(void)devpts_option(data, "mode", 8, &devpts_mode);
	devpts_mode &= 0777;
	*out = devpts_super;
	return 0;
}

static struct fs_type devpts_type = {.name = "devpts", .nodev = true, .mount = devpts_mount};

void devpts_init(void)
{
	devpts_super = NULL;
	devpts_gid = 0;
	devpts_mode = 0600;
	fs_type_register(&devpts_type);
}

int devpts_add(uint32_t index)
{
	char name[16];
	struct dentry *d;
	int err;

	if (!devpts_super) /* never mounted: the pair works without names */
		return 0;
	(void)ksnprintf(name, sizeof(name), "%u", index);
	err = devpts_enter(name, devpts_mode, makedev_linux(PTS_MAJOR_LINUX, index));
	if (err)
		return err;
	d = dentry_find(devpts_super->root, name, strlen(name));
	if (d && devpts_gid)
		d->inode->gid = devpts_gid;
	if (d)
		dentry_put(d);
	return 0;
}

static struct dentry *devpts_find(uint32_t index)
{
	char name[16];

	if (!devpts_super)
		return NULL;
	(void)ksnprintf(name, sizeof(name), "%u", index);
	return dentry_find(devpts_super->root, name, strlen(name));
}

void devpts_remove(uint32_t index)
{
	struct dentry *d = devpts_find(index);

	if (!d)
		return;
	d->inode->nlink = 0;
	dentry_unlink(d);
	dentry_put(d);
}

int devpts_path(uint32_t index, struct path *out)
{
	struct dentry *d = devpts_find(index);
	struct mount *m = mount_next(NULL);

	while (m && m->sb != devpts_super)
		m = mount_next(m);
	if (!d || !m) {
		if (d)
			dentry_put(d);
		return -ENOENT;
	}
	*out = (struct path){mount_get(m), d};
	return 0;
}
