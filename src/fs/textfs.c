/* textfs.c - trees that the kernel makes up as they are looked at (the machinery below procfs and sysfs).
 * LEAVES OUT: changing, linking, renaming or removing anything in such a tree; memory mapping its files. */
#include "fs/textfs.h"

#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"
#include "core/task.h"

#define DYNAMIC_BASE 0x10000 /* positions of the names that come and go */
#define STATIC_BASE 2
#define STORE_MAX 4096U

static KMEM_CACHE(textfs_node_cache, textfs_node);

/* The text of one open file. */
struct textfs_text {
	struct strbuf sb;
	bool made;
};
static KMEM_CACHE(textfs_text_cache, textfs_text);

const struct textfs_node *textfs_node_of(const struct inode *ino)
{
	return ino->private;
}

static const struct textfs_hooks *textfs_hooks_of(const struct super *sb)
{
	return sb->private;
}

static bool textfs_alive(const struct inode *ino)
{
	const struct textfs_hooks *h = textfs_hooks_of(ino->sb);

	return !h->alive || h->alive(textfs_node_of(ino));
}

/* FNV-1a over the parent's number and the name; small enough for 32-bit readers. */
static uint64_t textfs_ino(uint64_t parent, const char *name, size_t len)
{
	uint32_t h = 2166136261U ^ (uint32_t)parent;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 16777619U;
	return (uint64_t)(h & 0x7fffffffU) + 4096;
}

/* --- regular files --- */
static int textfs_make_text(struct file *f, struct textfs_text *t)
{
	const struct textfs_node *n = textfs_node_of(f->inode);
	int err;

	strbuf_free(&t->sb);
	t->sb = (struct strbuf){0};
	t->made = false;
	if (!textfs_alive(f->inode))
		return -ESRCH;
	err = n->entry->show(n, &t->sb);
	if (!err && t->sb.failed)
		err = -ENOMEM;
	t->made = !err;
	return err;
}

static int64_t textfs_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	const struct textfs_node *n = textfs_node_of(f->inode);
	struct textfs_text *t = f->private;
	size_t want, got;
	int err;

	if (!n->entry->show)
		return -EINVAL;
	if (!t) {
		t = f->private = kmem_alloc(&textfs_text_cache);
		if (!t)
			return -ENOMEM;
	}
	if (!t->made || *pos == 0) {
		err = textfs_make_text(f, t);
		if (err)
			return err;
	}
	if ((uint64_t)*pos >= t->sb.len)
		return 0;
	want = MIN(to->count, t->sb.len - (uint64_t)*pos);
	got = iter_write(to, t->sb.data + *pos, want);
	*pos += (int64_t)got;
	return got == 0 && want > 0 ? -EFAULT : (int64_t)got;
}

static int64_t textfs_write(struct file *f, struct iov_iter *from, int64_t *pos)
{
	const struct textfs_node *n = textfs_node_of(f->inode);
	size_t len = MIN(from->count, STORE_MAX);
	char *text;
	int err = 0;

	if (!n->entry->store)
		return -EIO;
	if (!textfs_alive(f->inode))
		return -ESRCH;
	if (len == 0)
		return 0;
	text = kmalloc(len + 1);
	if (!text)
		return -ENOMEM;
	if (iter_read(from, text, len) < len)
		err = -EFAULT;
	if (!err)
		err = n->entry->store(n, text, len);
	kfree(text);
	if (err)
		return err;
	*pos += (int64_t)len;
	return (int64_t)len;
}

static int64_t textfs_llseek(struct file *f, int64_t off, int whence)
{
	if (whence == SEEK_CUR_LINUX)
		off += f->pos;
	else if (whence != SEEK_SET_LINUX)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	f->pos = off;
	return off;
}

static void textfs_release(struct file *f)
{
	struct textfs_text *t = f->private;

	if (!t)
		return;
	strbuf_free(&t->sb);
	kmem_free(&textfs_text_cache, t);
}

static const struct file_ops textfs_file_fops = {
    .read = textfs_read,
    .write = textfs_write,
    .llseek = textfs_llseek,
    .release = textfs_release,
};

static int textfs_open(struct inode *ino, struct file *f)
{
	const struct textfs_node *n = textfs_node_of(ino);

	if (!textfs_alive(ino))
		return S_ISDIR_LINUX(ino->mode) ? -ENOENT : -ESRCH;
	return n->entry->may_open ? n->entry->may_open(n, f) : 0;
}

/* --- directories --- */
static int textfs_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out);

static int textfs_readdir(struct file *f, struct dir_ctx *ctx)
{
	struct dentry *self = f->path.dentry;
	const struct textfs_node *n = textfs_node_of(f->inode);
	const struct textfs_dir *dir = n->entry->dir;
	char name[TEXTFS_NAME_MAX];

	if (!textfs_alive(f->inode))
		return -ENOENT;
	if (ctx->pos <= 0) {
		if (!ctx->emit(ctx, ".", 1, f->inode->ino, DT_DIR_LINUX, 1))
			return 0;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (!ctx->emit(ctx, "..", 2, self->parent->inode->ino, DT_DIR_LINUX, STATIC_BASE))
			return 0;
		ctx->pos = STATIC_BASE;
	}
	while (ctx->pos < DYNAMIC_BASE && (size_t)(ctx->pos - STATIC_BASE) < dir->count) {
		const struct textfs_entry *e = &dir->entries[ctx->pos - STATIC_BASE];
		size_t len = strlen(e->name);

		if (!ctx->emit(ctx, e->name, len, textfs_ino(f->inode->ino, e->name, len),
			       dtype_of_mode_linux(e->mode), ctx->pos + 1))
			return 0;
		ctx->pos++;
	}
	if (!dir->next)
		return 0;
	ctx->pos = MAX(ctx->pos, DYNAMIC_BASE);
	for (;;) {
		uint64_t cursor = (uint64_t)ctx->pos - DYNAMIC_BASE;
		const struct textfs_entry *e;
		size_t len;

		if (!dir->next(n, &cursor, name, &e))
			return 0;
		len = strlen(name);
		if (!ctx->emit(ctx, name, len, textfs_ino(f->inode->ino, name, len),
			       dtype_of_mode_linux(e->mode), (int64_t)cursor + DYNAMIC_BASE))
			return 0;
		ctx->pos = (int64_t)cursor + DYNAMIC_BASE;
	}
}

static const struct file_ops textfs_dir_fops = {.readdir = textfs_readdir, .llseek = textfs_llseek};

/* --- inodes --- */
static bool textfs_revalidate(struct dentry *d)
{
	return textfs_alive(d->inode);
}

static int textfs_getattr(struct inode *ino)
{
	const struct textfs_hooks *h = textfs_hooks_of(ino->sb);

	if (h->refresh)
		h->refresh(textfs_node_of(ino), ino);
	return 0;
}

static int textfs_permission(struct inode *ino, uint32_t mask)
{
	const struct textfs_hooks *h = textfs_hooks_of(ino->sb);

	int err;

	(void)textfs_getattr(ino);
	err = h->permission ? h->permission(textfs_node_of(ino), mask) : 0;
	return err ? err : vfs_permission_cred(ino, mask, current ? current->cred : NULL);
}

/* O_TRUNC is harmless; nothing else can be changed. */
static int textfs_setattr(struct dentry *d, const struct iattr *a)
{
	(void)d;
	return a->valid & (ATTR_MODE | ATTR_UID | ATTR_GID) ? -EPERM : 0;
}

static int textfs_create(struct dentry *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
			 struct dentry **out)
{
	(void)dir;
	(void)name;
	(void)len;
	(void)mode;
	(void)rdev;
	(void)out;
	return -ENOENT;
}

static int64_t textfs_readlink(struct dentry *d, char *buf, size_t size)
{
	const struct textfs_node *n = textfs_node_of(d->inode);
	struct strbuf sb = {0};
	int64_t len;
	int err = textfs_alive(d->inode) ? n->entry->link(n, &sb) : -ENOENT;

	if (!err && sb.failed)
		err = -ENOMEM;
	len = (int64_t)MIN(sb.len, size);
	if (!err && len > 0)
		memcpy(buf, sb.data, (size_t)len);
	strbuf_free(&sb);
	return err ? err : len;
}

static int textfs_follow(struct dentry *d, struct path *out)
{
	const struct textfs_node *n = textfs_node_of(d->inode);

	return textfs_alive(d->inode) ? n->entry->follow(n, out) : -ENOENT;
}

static void textfs_destroy(struct inode *ino)
{
	if (ino->private)
		kmem_free(&textfs_node_cache, ino->private);
}

#define TEXTFS_COMMON                                                                                \
	.revalidate = textfs_revalidate, .getattr = textfs_getattr, .permission = textfs_permission, \
	.setattr = textfs_setattr, .open = textfs_open, .destroy = textfs_destroy

static const struct inode_ops textfs_file_iops = {TEXTFS_COMMON};
static const struct inode_ops textfs_dir_iops = {TEXTFS_COMMON, .lookup = textfs_lookup,
						 .create = textfs_create};
static const struct inode_ops textfs_link_iops = {TEXTFS_COMMON, .readlink = textfs_readlink};
static const struct inode_ops textfs_magic_iops = {TEXTFS_COMMON, .readlink = textfs_readlink,
						   .follow = textfs_follow};

static struct inode *textfs_inode(struct super *sb, const struct textfs_node *n, uint64_t number)
{
	struct inode *ino = inode_create(sb, n->entry->mode);

	if (!ino)
		return NULL;
	ino->ino = number;
	ino->private = kmem_alloc(&textfs_node_cache);
	if (!ino->private) {
		inode_put(ino);
		return NULL;
	}
	*(struct textfs_node *)ino->private = *n;
	switch (n->entry->mode & S_IFMT_LINUX) {
	case S_IFDIR_LINUX:
		ino->ops = &textfs_dir_iops;
		ino->fops = &textfs_dir_fops;
		ino->nlink = 2;
		break;
	case S_IFLNK_LINUX: ino->ops = n->entry->follow ? &textfs_magic_iops : &textfs_link_iops; break;
	default:
		ino->ops = &textfs_file_iops;
		ino->fops = n->entry->fops ? n->entry->fops : &textfs_file_fops;
		break;
	}
	(void)textfs_getattr(ino);
	return ino;
}

static int textfs_lookup(struct dentry *parent, const char *name, size_t len, struct dentry **out)
{
	const struct textfs_node *n = textfs_node_of(parent->inode);
	const struct textfs_dir *dir = n->entry->dir;
	struct textfs_node child = *n;
	struct inode *ino;
	int err = -ENOENT;

	if (!textfs_alive(parent->inode))
		return -ENOENT;
	for (size_t i = 0; i < dir->count && err; i++) {
		if (strlen(dir->entries[i].name) != len || memcmp(dir->entries[i].name, name, len) != 0)
			continue;
		child.entry = &dir->entries[i];
		err = 0;
	}
	if (err && dir->lookup)
		err = dir->lookup(n, name, len, &child);
	if (err)
		return err;
	ino = textfs_inode(parent->sb, &child, textfs_ino(parent->inode->ino, name, len));
	if (!ino)
		return -ENOMEM;
	*out = dentry_add(parent, name, len, ino);
	return *out ? 0 : -ENOMEM;
}

static const struct super_ops textfs_super_ops = {0};

int textfs_super_create(const char *type, uint32_t magic, const struct textfs_entry *root,
			const struct textfs_hooks *hooks, struct super **out)
{
	struct super *sb = super_create(type, magic, &textfs_super_ops);
	struct textfs_node n = {.entry = root};
	struct inode *ino;

	if (!sb)
		return -ENOMEM;
	sb->private = (void *)(uintptr_t)hooks;
	ino = textfs_inode(sb, &n, 1);
	if (ino)
		sb->root = dentry_add(NULL, "/", 1, ino);
	if (!sb->root) {
		super_put(sb);
		return -ENOMEM;
	}
	*out = sb;
	return 0;
}
