/* fsdir.c - where a process stands: chdir(2), getcwd(2), chroot(2), pivot_root(2). */
#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/fsctx.h"
#include "fs/user_path.h"
#include "mm/usercopy.h"
#include "sys/syscalls.h"

#include <string.h>

static int fsdir_walk(uaddr_t path, struct path *out)
{
	int err = vfs_walk_at(AT_FDCWD_LINUX, path, WALK_FOLLOW | WALK_DIRECTORY, out);

	if (err)
		return err;
	err = vfs_permission(out->dentry->inode, MAY_EXEC);
	if (err)
		path_put(out);
	return err;
}

int64_t sys_chdir(uaddr_t path)
{
	struct path p;
	int64_t err = fsdir_walk(path, &p);

	if (err)
		return err;
	fsctx_set_cwd(current->fs, &p);
	path_put(&p);
	return 0;
}

int64_t sys_fchdir(int fd)
{
	struct file *f = fd_file(fd);
	int err;

	if (!f)
		return -EBADF;
	if (!S_ISDIR_LINUX(f->inode->mode))
		return -ENOTDIR;
	err = vfs_permission(f->inode, MAY_EXEC);
	if (!err)
		fsctx_set_cwd(current->fs, &f->path);
	return err;
}

int64_t sys_chroot(uaddr_t path)
{
	struct path p;
	int64_t err = fsdir_walk(path, &p);

	if (err)
		return err;
	if (vfs_capable(CAP_SYS_CHROOT))
		fsctx_set_root(current->fs, &p);
	else
		err = -EPERM;
	path_put(&p);
	return err;
}

int64_t sys_getcwd(uaddr_t buf, uint64_t size)
{
	const struct path *cwd = &current->fs->cwd;
	char *text, *name;
	int64_t n;

	if (cwd->dentry->unlinked)
		return -ENOENT;
	text = kmalloc(PATH_MAX);
	if (!text)
		return -ENOMEM;
	name = vfs_path_text(cwd, text, PATH_MAX);
	n = name ? text + PATH_MAX - name : -ENAMETOOLONG;
	if (n > 0 && (uint64_t)n > size)
		n = -ERANGE;
	if (n > 0 && copy_to_user(buf, name, (size_t)n))
		n = -EFAULT;
	kfree(text);
	return n;
}

/* --- pivot_root --- */
static bool fsdir_is_mount_root(const struct path *p)
{
	return p->dentry == p->mnt->root;
}

/* Is `below` inside the tree that hangs on `top`? */
static bool fsdir_reachable(const struct path *below, const struct path *top)
{
	struct mount *m = below->mnt;
	struct dentry *d = below->dentry;

	while (m != top->mnt) {
		if (!m->parent)
			return false;
		d = m->mountpoint;
		m = m->parent;
	}
	return dentry_is_below(d, top->dentry);
}

static int pivot_check(const struct path *new_root, const struct path *put_old)
{
	const struct path *root = &current->fs->root;

	if (!new_root->mnt->attached || !put_old->mnt->attached)
		return -EINVAL;
	if (new_root->dentry->unlinked)
		return -ENOENT;
	if (new_root->mnt == root->mnt || put_old->mnt == root->mnt)
		return -EBUSY;
	if (!fsdir_is_mount_root(root) || !fsdir_is_mount_root(new_root))
		return -EINVAL;
	if (!fsdir_reachable(put_old, new_root) || !fsdir_reachable(new_root, root))
		return -EINVAL;
	return 0;
}

/* Every task whose root or cwd was the old root moves along. */
static void pivot_move_tasks(const struct path *from, const struct path *to)
{
	struct process *p;
	struct task *t;

	for (p = process_next(0); p; p = process_next(p->pid)) {
		LIST_FOR_EACH (t, &p->threads, struct task, thread_node) {
			if (!t->fs)
				continue;
			if (t->fs->root.mnt == from->mnt && t->fs->root.dentry == from->dentry)
				fsctx_set_root(t->fs, to);
			if (t->fs->cwd.mnt == from->mnt && t->fs->cwd.dentry == from->dentry)
				fsctx_set_cwd(t->fs, to);
		}
	}
}

int64_t sys_pivot_root(uaddr_t new_root_name, uaddr_t put_old_name)
{
	struct path new_root, put_old, old_root;
	int64_t err;

	if (!vfs_capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = vfs_walk_at(AT_FDCWD_LINUX, new_root_name, WALK_FOLLOW | WALK_DIRECTORY, &new_root);
	if (err)
		return err;
	err = vfs_walk_at(AT_FDCWD_LINUX, put_old_name, WALK_FOLLOW | WALK_DIRECTORY, &put_old);
	if (err)
		goto put_new;
	err = pivot_check(&new_root, &put_old);
	if (!err) {
		old_root = current->fs->root;
		path_get(&old_root);
		mount_pivot(new_root.mnt, old_root.mnt, &put_old);
		pivot_move_tasks(&old_root, &new_root);
		path_put(&old_root);
	}
	path_put(&put_old);
put_new:
	path_put(&new_root);
	return err;
}
