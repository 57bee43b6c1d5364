/* user_path.c - path strings and directory descriptors of system calls (openat(2)). */
#include "fs/user_path.h"

#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/fsctx.h"
#include "fs/walk.h"
#include "mm/usercopy.h"

int user_path_get(struct user_path *up, uaddr_t name)
{
	int64_t n = strncpy_from_user(up->small, name, sizeof(up->small));

	up->text = up->small;
	if (n >= 0)
		return 0;
	if (n != -ENAMETOOLONG)
		return (int)n;
	up->text = kmalloc(PATH_MAX);
	if (!up->text)
		return -ENOMEM;
	n = strncpy_from_user(up->text, name, PATH_MAX);
	if (n >= 0)
		return 0;
	kfree(up->text);
	up->text = up->small;
	return (int)n;
}

void user_path_put(struct user_path *up)
{
	if (up->text != up->small)
		kfree(up->text);
}

int user_path_start(int dirfd, const char *name, struct path *start)
{
	struct file *f;

	if (name[0] == '/' || dirfd == AT_FDCWD_LINUX) {
		*start = current && current->fs ? current->fs->cwd : walk_root();
		path_get(start);
		return 0;
	}
	f = fd_file(dirfd);
	if (!f)
		return -EBADF;
	if (name[0] != '\0' && !S_ISDIR_LINUX(f->inode->mode))
		return -ENOTDIR;
	return file_path(f, start);
}

int user_path_walk(int dirfd, const char *name, uint32_t walk_flags, struct path *out)
{
	struct path start;
	int err;

	if (name[0] == '\0' && !(walk_flags & WALK_EMPTY))
		return -ENOENT;
	err = user_path_start(dirfd, name, &start);
	if (err)
		return err;
	err = vfs_walk(&start, name, walk_flags, out);
	path_put(&start);
	return err;
}

int vfs_walk_at(int dirfd, uaddr_t name, uint32_t walk_flags, struct path *out)
{
	struct user_path up;
	int err = user_path_get(&up, name);

	if (err)
		return err;
	err = user_path_walk(dirfd, up.text, walk_flags, out);
	user_path_put(&up);
	return err;
}

int user_parent_get(struct user_parent *p, int dirfd, uaddr_t name)
{
	struct path start;
	int err = user_path_get(&p->name, name);

	if (err)
		return err;
	err = p->name.text[0] == '\0' ? -ENOENT : user_path_start(dirfd, p->name.text, &start);
	if (!err) {
		err = vfs_walk_parent(&start, p->name.text, &p->dir, &p->last, &p->last_len, &p->slash);
		path_put(&start);
	}
	if (err)
		user_path_put(&p->name);
	return err;
}

void user_parent_put(struct user_parent *p)
{
	path_put(&p->dir);
	user_path_put(&p->name);
}

bool user_parent_is_dot(const struct user_parent *p)
{
	return walk_is_dot(p->last, p->last_len);
}

bool user_parent_is_dotdot(const struct user_parent *p)
{
	return walk_is_dotdot(p->last, p->last_len);
}

bool user_parent_is_normal(const struct user_parent *p)
{
	return p->last_len > 0 && !user_parent_is_dot(p) && !user_parent_is_dotdot(p);
}
