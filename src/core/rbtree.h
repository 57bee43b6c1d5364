/* rbtree.h - intrusive red-black tree (Cormen et al., chapter 13; bottom-up insertion and deletion).
 * The caller walks down to find the place of a node; the tree keeps itself balanced. */
#ifndef KEVSIM_CORE_RBTREE_H
#define KEVSIM_CORE_RBTREE_H

#include "core/types.h"

struct rbnode {
	struct rbnode *parent, *left, *right;
	bool red;
};

struct rbtree {
	struct rbnode *root;
};

/* Links node under parent at *link (which the caller found) and rebalances. parent NULL: first node. */
void rbtree_insert(struct rbtree *t, struct rbnode *node, struct rbnode *parent, struct rbnode **link);
void rbtree_erase(struct rbtree *t, struct rbnode *node);
struct rbnode *rbtree_first(const struct rbtree *t);
struct rbnode *rbtree_last(const struct rbtree *t);
struct rbnode *rbtree_next(const struct rbnode *node);
struct rbnode *rbtree_prev(const struct rbnode *node);

#endif
