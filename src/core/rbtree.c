/* rbtree.c - intrusive red-black tree: Cormen, Leiserson, Rivest, Stein, "Introduction to Algorithms",
 * chapter 13.
 *
 * A missing child counts as black. LEAVES OUT: augmentation, searching (the caller knows his order). */
#include "core/rbtree.h"

static bool is_red(const struct rbnode *n)
{
	return n && n->red;
}

/* Puts `n` (may be NULL) in the place of `old` below old's parent. */
static void replace_child(struct rbtree *t, struct rbnode *old, struct rbnode *n)
{
	struct rbnode *parent = old->parent;

	if (!parent)
		t->root = n;
	else if (parent->left == old)
		parent->left = n;
	else
		parent->right = n;
	if (n)
		n->parent = parent;
}

static void rotate_left(struct rbtree *t, struct rbnode *x)
{
	struct rbnode *y = x->right;

	replace_child(t, x, y);
	x->right = y->left;
	if (x->right)
		x->right->parent = x;
	y->left = x;
	x->parent = y;
}

static void rotate_right(struct rbtree *t, struct rbnode *x)
{
	struct rbnode *y = x->left;

	replace_child(t, x, y);
	x->left = y->right;
	if (x->left)
		x->left->parent = x;
	y->right = x;
	x->parent = y;
}

void rbtree_insert(struct rbtree *t, struct rbnode *n, struct rbnode *parent, struct rbnode **link)
{
	n->parent = parent;
	n->left = NULL;
	n->right = NULL;
	n->red = true;
	*link = n;

	while ((parent = n->parent) && parent->red) {
		struct rbnode *grand = parent->parent; /* exists: a red node is not the root */
		bool left = parent == grand->left;
		struct rbnode *uncle = left ? grand->right : grand->left;

		if (is_red(uncle)) {
			parent->red = false;
			uncle->red = false;
			grand->red = true;
			n = grand;
			continue;
		}
		if (left && n == parent->right) {
			rotate_left(t, parent);
			parent = n;
		} else if (!left && n == parent->left) {
			rotate_right(t, parent);
			parent = n;
		}
		parent->red = false;
		grand->red = true;
		if (left)
			rotate_right(t, grand);
		else
			rotate_left(t, grand);
		break;
	}
	t->root->red = false;
}

/* The subtree n below parent lacks one black node. */
static void erase_fixup(struct rbtree *t, struct rbnode *n, struct rbnode *parent)
{
	while (n != t->root && !is_red(n)) {
		bool left = n == parent->left;
		struct rbnode *sibling = left ? parent->right
					      : parent->left; /* exists: it has the black node */

		if (sibling->red) {
			sibling->red = false;
			parent->red = true;
			if (left)
				rotate_left(t, parent);
			else
				rotate_right(t, parent);
			sibling = left ? parent->right : parent->left;
		}
		if (!is_red(sibling->left) && !is_red(sibling->right)) {
			sibling->red = true;
			n = parent;
			parent = n->parent;
			continue;
		}
		if (left && !is_red(sibling->right)) {
			sibling->left->red = false;
			sibling->red = true;
			rotate_right(t, sibling);
			sibling = parent->right;
		} else if (!left && !is_red(sibling->left)) {
			sibling->right->red = false;
			sibling->red = true;
			rotate_left(t, sibling);
			sibling = parent->left;
		}
		sibling->red = parent->red;
		parent->red = false;
		if (left) {
			sibling->right->red = false;
			rotate_left(t, parent);
		} else {
			sibling->left->red = false;
			rotate_right(t, parent);
		}
		n = t->root;
		break;
	}
	if (n)
		n->red = false;
}

void rbtree_erase(struct rbtree *t, struct rbnode *z)
{
	struct rbnode *child, *parent;
	bool lost_black;

	if (z->left && z->right) {
		struct rbnode *y = z->right; /* the successor takes z's place and colour */

		while (y->left)
			y = y->left;
		child = y->right;
		lost_black = !y->red;
		if (y->parent == z) {
			parent = y;
		} else {
			parent = y->parent;
			replace_child(t, y, child);
			y->right = z->right;
			y->right->parent = y;
		}
		replace_child(t, z, y);
		y->left = z->left;
		y->left->parent = y;
		y->red = z->red;
	} else {
		child = z->left ? z->left : z->right;
		parent = z->parent;
		lost_black = !z->red;
		replace_child(t, z, child);
	}
	if (lost_black)
		erase_fixup(t, child, parent);
	z->parent = NULL;
	z->left = NULL;
	z->right = NULL;
}

struct rbnode *rbtree_first(const struct rbtree *t)
{
	struct rbnode *n = t->root;

	while (n && n->left)
		n = n->left;
	return n;
}

struct rbnode *rbtree_last(const struct rbtree *t)
{
	struct rbnode *n = t->root;

	while (n && n->right)
		n = n->right;
	return n;
}

struct rbnode *rbtree_next(const struct rbnode *node)
{
	struct rbnode *n = node->right;

	if (n) {
		while (n->left)
			n = n->left;
		return n;
	}
	while ((n = node->parent) && node == n->right)
		node = n;
	return n;
}

struct rbnode *rbtree_prev(const struct rbnode *node)
{
	struct rbnode *n = node->left;

	if (n) {
		while (n->right)
			n = n->right;
		return n;
	}
	while ((n = node->parent) && node == n->left)
		node = n;
	return n;
}
