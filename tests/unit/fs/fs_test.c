/* fs_test.c - a kernel with a tmpfs root for tests of src/fs. */
#include "fs_test.h"

#include <string.h>

#include "core/kmem.h"
#include "fs/fdtable.h"
#include "fs/tmpfs.h"
#include "fs/walk.h"
#include "mm/frame.h"
#include "mm/mm.h"

#define ROOT_BYTES (16UL << 20)

void fs_test_setup(void)
{
	struct super *sb;

	test_kernel_setup();
	frame_init(test_ram(), TEST_RAM_SIZE / PAGE_SIZE);
	vfs_init();
	tmpfs_init();
	cr_assert_eq(tmpfs_super_create(ROOT_BYTES, 0, 0755, &sb), 0);
	cr_assert_eq(mount_add(sb, NULL, NULL, 0, "root", NULL), 0);
	super_put(sb);
}

void fs_test_teardown(void)
{
	struct frame_stats st;

	task_gc();
	vfs_shutdown();
	frame_stats(&st);
	cr_expect_eq(st.by_owner[FRAME_PAGECACHE], 0, "%u page cache frames are left",
		     st.by_owner[FRAME_PAGECACHE]);
	cr_expect_eq(file_count(), 0, "%lu open files are left", (unsigned long)file_count());
	frame_shutdown();
	test_kernel_teardown();
}

struct fs_run {
	uint32_t uid, gid;
	void (*fn)(void);
};

static void fs_run_task(void *arg)
{
	struct fs_run *r = arg;
	struct path root = {mount_root(), mount_root()->root};

	current->fs = fsctx_create(&root, &root);
	current->files = fdtable_create();
	cr_assert(current->fs && current->files);
	current->fs->umask = 0;
	task_set_cred(current, cred_create(r->uid, r->gid));
	r->fn();
	fdtable_put(current->files);
	current->files = NULL;
	fsctx_put(current->fs);
	current->fs = NULL;
}

void fs_test_as(uint32_t uid, uint32_t gid, void (*fn)(void))
{
	struct fs_run r = {uid, gid, fn};

	test_task(NULL, NULL, fs_run_task, &r);
	test_run();
}

/* --- calls by path --- */
struct place {
	struct path dir;
	const char *last;
	size_t len;
	bool slash;
};

static int place_find(struct place *p, const char *path)
{
	return vfs_walk_parent(NULL, path, &p->dir, &p->last, &p->len, &p->slash);
}

int fs_make(const char *path, uint32_t mode)
{
	struct place p;
	struct dentry *d;
	int err = place_find(&p, path);

	if (err)
		return err;
	if (!(mode & S_IFMT_LINUX))
		mode |= S_IFREG_LINUX;
	err = vfs_create(p.dir.dentry, p.dir.mnt, p.last, p.len, mode, 0, &d);
	if (!err)
		dentry_put(d);
	path_put(&p.dir);
	return err;
}

int fs_symlink(const char *target, const char *path)
{
	struct place p;
	int err = place_find(&p, path);

	if (err)
		return err;
	err = vfs_symlink(p.dir.dentry, p.dir.mnt, p.last, p.len, target);
	path_put(&p.dir);
	return err;
}

int fs_link(const char *old, const char *path)
{
	struct place p;
	struct path from;
	int err = vfs_walk(NULL, old, 0, &from);

	if (err)
		return err;
	err = place_find(&p, path);
	if (!err) {
		err = vfs_link(&from, &p.dir, p.last, p.len);
		path_put(&p.dir);
	}
	path_put(&from);
	return err;
}

int fs_remove(const char *path, bool directory)
{
	struct place p;
	int err = place_find(&p, path);

	if (err)
		return err;
	err = vfs_unlink(&p.dir, p.last, p.len, directory);
	path_put(&p.dir);
	return err;
}

int fs_rename(const char *old, const char *new_name, uint32_t flags)
{
	struct place a, b;
	int err = place_find(&a, old);

	if (err)
		return err;
	err = place_find(&b, new_name);
	if (!err) {
		err = vfs_rename(&a.dir, a.last, a.len, &b.dir, b.last, b.len, flags);
		path_put(&b.dir);
	}
	path_put(&a.dir);
	return err;
}

static int fs_setattr(const char *path, const struct iattr *a)
{
	struct path p;
	int err = vfs_walk(NULL, path, WALK_FOLLOW, &p);

	if (err)
		return err;
	err = vfs_setattr(&p, a);
	path_put(&p);
	return err;
}

int fs_chmod(const char *path, uint32_t mode)
{
	return fs_setattr(path, &(struct iattr){.valid = ATTR_MODE, .mode = mode});
}

int fs_chown(const char *path, uint32_t uid, uint32_t gid)
{
	return fs_setattr(path, &(struct iattr){.valid = ATTR_UID | ATTR_GID, .uid = uid, .gid = gid});
}

int fs_stat(const char *path, struct stat_linux *st)
{
	struct path p;
	int err = vfs_walk(NULL, path, WALK_FOLLOW, &p);

	if (err)
		return err;
	vfs_stat(&p, st);
	path_put(&p);
	return 0;
}

int fs_open(const char *path, uint32_t flags)
{
	struct file *f;
	int err = vfs_open(NULL, path, flags, 0644, &f);

	if (!err)
		file_put(f);
	return err;
}

int fs_mount_tmpfs(const char *path, uint64_t max_bytes, uint32_t flags)
{
	struct super *sb;
	struct path p;
	int err = vfs_walk(NULL, path, WALK_FOLLOW, &p);

	if (err)
		return err;
	err = tmpfs_super_create(max_bytes, 0, 0755, &sb);
	if (!err) {
		err = mount_add(sb, NULL, &p, flags, "tmpfs", NULL);
		super_put(sb);
	}
	path_put(&p);
	return err;
}

int64_t fs_write(struct file *f, const void *data, size_t n, int64_t pos)
{
	struct iov_iter it;

	iter_init_kernel(&it, (void *)(uintptr_t)data, n);
	return file_write(f, &it, &pos);
}

int64_t fs_read(struct file *f, void *data, size_t n, int64_t pos)
{
	struct iov_iter it;

	iter_init_kernel(&it, data, n);
	return file_read(f, &it, &pos);
}

struct super *fs_root_super(void)
{
	return mount_root()->sb;
}
