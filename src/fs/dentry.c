/* dentry.c - directory entries: the tree of names, and the hash that finds a child by name.
 * LEAVES OUT: negative entries and any limit on their number; an entry nobody uses or pinned is freed at
 * once. */
#include "fs/dentry.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "fs/file.h"

#define DENTRY_BUCKETS 4096U
#define DENTRY_FIRST_POS 2 /* positions 0 and 1 are "." and ".." */

static KMEM_CACHE(dentry_cache, dentry);
static struct list buckets[DENTRY_BUCKETS];

void dentry_init(void)
{
	for (uint32_t i = 0; i < DENTRY_BUCKETS; i++)
		list_init(&buckets[i]);
}

/* FNV-1a over the name, stirred with the parent. Used for lookups only, never for an order. */
static uint32_t dentry_hash(const struct dentry *parent, const char *name, size_t len)
{
	uint32_t h = 2166136261U ^ (uint32_t)((uintptr_t)parent >> 4);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 16777619U;
	return h ^ (h >> 15);
}

static void dentry_hash_in(struct dentry *d)
{
	d->hash = dentry_hash(d->parent, d->name, d->name_len);
	list_add_head(&buckets[d->hash % DENTRY_BUCKETS], &d->hash_node);
}

static struct dentry *dentry_alloc(const char *name, size_t len, struct inode *inode)
{
	struct dentry *d = kmem_alloc(&dentry_cache);

	if (!d)
		return NULL;
	d->name = kmalloc(len + 1);
	if (!d->name) {
		kmem_free(&dentry_cache, d);
		return NULL;
	}
	memcpy(d->name, name, len);
	d->name_len = (uint16_t)len;
	d->refs = 1;
	d->inode = inode;
	d->sb = inode->sb;
	d->parent = d;
	d->next_pos = DENTRY_FIRST_POS;
	list_init(&d->sibling);
	list_init(&d->children);
	list_init(&d->hash_node);
	list_add_tail(&inode->dentries, &d->alias_node);
	return d;
}

struct dentry *dentry_add(struct dentry *parent, const char *name, size_t len, struct inode *inode)
{
	struct dentry *d = dentry_alloc(name, len, inode);

	if (!d) {
		inode_put(inode);
		return NULL;
	}
	if (parent) {
		KASSERT(len > 0 && len <= NAME_MAX);
		d->parent = dentry_get(parent);
		d->dir_pos = parent->next_pos++;
		list_add_tail(&parent->children, &d->sibling);
		dentry_hash_in(d);
	}
	return d;
}

struct dentry *dentry_add_unlinked(struct dentry *dir, struct inode *inode)
{
	char name[24];
	int n = ksnprintf(name, sizeof(name), "#%llu", (unsigned long long)inode->ino);
	struct dentry *d = dentry_alloc(name, (size_t)n, inode);

	if (!d) {
		inode_put(inode);
		return NULL;
	}
	if (dir)
		d->parent = dentry_get(dir);
	d->unlinked = true;
	return d;
}

struct dentry *dentry_find(struct dentry *parent, const char *name, size_t len)
{
	uint32_t hash = dentry_hash(parent, name, len);
	struct list *bucket = &buckets[hash % DENTRY_BUCKETS];
	struct dentry *d;

	LIST_FOR_EACH (d, bucket, struct dentry, hash_node) {
		if (d->hash == hash && d->parent == parent && d->name_len == len &&
		    memcmp(d->name, name, len) == 0)
			return dentry_get(d);
	}
	return NULL;
}

struct dentry *dentry_get(struct dentry *d)
{
	d->refs++;
	return d;
}

void dentry_put(struct dentry *d)
{
	while (true) {
		struct dentry *parent = d->parent;
		struct inode *ino = d->inode;

		KASSERT(d->refs > 0);
		if (--d->refs > 0)
			return;
		KASSERT(list_empty(&d->children) && d->mounts == 0 && !d->pinned);
		list_del(&d->hash_node);
		list_del(&d->sibling);
		list_del(&d->alias_node);
		kfree(d->name);
		kmem_free(&dentry_cache, d);
		if (ino->nlink == 0 && list_empty(&ino->dentries))
			fsnotify_inode_gone(ino);
		inode_put(ino);
		if (parent == d)
			return;
		d = parent; /* which this entry held */
	}
}

void dentry_pin(struct dentry *d)
{
	KASSERT(!d->pinned && !d->unlinked);
	d->pinned = true;
	d->refs++;
}

void dentry_unlink(struct dentry *d)
{
	KASSERT(!d->unlinked && d->parent != d);
	list_del(&d->hash_node);
	list_del(&d->sibling);
	d->unlinked = true;
	if (d->pinned) {
		d->pinned = false;
		d->refs--;
		KASSERT(d->refs > 0);
	}
}

/* Gives d, whose name and parent are set, that position, in front of `before` in the list: the children stay
 * sorted by position, which readdir depends on. */
static void dentry_attach(struct dentry *d, int64_t pos, struct list *before)
{
	d->dir_pos = pos;
	list_add_tail(before, &d->sibling);
	dentry_hash_in(d);
}

int dentry_move(struct dentry *d, struct dentry *new_parent, const char *name, size_t len)
{
	struct dentry *old_parent = d->parent;
	struct list *before = &new_parent->children;
	char *copy = kstrndup(name, len);
	int64_t pos;

	if (!copy)
		return -ENOMEM;
	KASSERT(len <= NAME_MAX && !d->unlinked);
	if (old_parent == new_parent) {
		/* It keeps its place, so that a reader does not meet it twice. */
		before = d->sibling.next;
		pos = d->dir_pos;
	} else {
		pos = new_parent->next_pos++;
	}
	list_del(&d->hash_node);
	list_del(&d->sibling);
	kfree(d->name);
	d->name = copy;
	d->name_len = (uint16_t)len;
	d->parent = dentry_get(new_parent);
	dentry_attach(d, pos, before);
	dentry_put(old_parent);
	return 0;
}

void dentry_exchange(struct dentry *a, struct dentry *b)
{
	struct dentry *parent_a = a->parent, *parent_b = b->parent;
	struct list place_a, place_b; /* hold the places in the lists */
	int64_t pos_a = a->dir_pos, pos_b = b->dir_pos;
	char *name = a->name;
	uint16_t len = a->name_len;

	KASSERT(!a->unlinked && !b->unlinked);
	list_del(&a->hash_node);
	list_del(&b->hash_node);
	list_add_head(&a->sibling, &place_a);
	list_add_head(&b->sibling, &place_b);
	list_del(&a->sibling);
	list_del(&b->sibling);
	a->name = b->name;
	a->name_len = b->name_len;
	b->name = name;
	b->name_len = len;
	a->parent = parent_b; /* the references change owners with the places */
	b->parent = parent_a;
	dentry_attach(a, pos_b, &place_b);
	dentry_attach(b, pos_a, &place_a);
	list_del(&place_a);
	list_del(&place_b);
}

bool dentry_is_below(const struct dentry *d, const struct dentry *ancestor)
{
	while (d != ancestor) {
		if (d->parent == d)
			return false;
		d = d->parent;
	}
	return true;
}

bool dentry_has_children(const struct dentry *d)
{
	return !list_empty(&d->children);
}

/* --- reading directories whose children are all in memory --- */
int dentry_readdir(struct file *f, struct dir_ctx *ctx)
{
	struct dentry *dir = f->path.dentry, *d;

	if (ctx->pos <= 0) {
		f->dir_end = dir->next_pos; /* what appears later is for the next reader: a listing ends */
		if (!ctx->emit(ctx, ".", 1, dir->inode->ino, DT_DIR_LINUX, 1))
			return 0;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (!ctx->emit(ctx, "..", 2, dir->parent->inode->ino, DT_DIR_LINUX, DENTRY_FIRST_POS))
			return 0;
		ctx->pos = DENTRY_FIRST_POS;
	}
	LIST_FOR_EACH (d, &dir->children, struct dentry, sibling) {
		if (d->dir_pos < ctx->pos)
			continue;
		if (f->dir_end && d->dir_pos >= f->dir_end)
			break;
		if (!ctx->emit(ctx, d->name, d->name_len, d->inode->ino, dtype_of_mode_linux(d->inode->mode),
			       d->dir_pos + 1))
			return 0;
		ctx->pos = d->dir_pos + 1;
	}
	return 0;
}

int64_t dentry_dir_llseek(struct file *f, int64_t off, int whence)
{
	if (whence == SEEK_CUR_LINUX)
		off += f->pos;
	else if (whence != SEEK_SET_LINUX)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	if (off != f->pos)
		f->dir_end = f->path.dentry->next_pos;
	f->pos = off;
	return off;
}
