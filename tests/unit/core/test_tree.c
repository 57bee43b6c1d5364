/* test_tree.c - red-black trees and lists. */
#include <criterion/criterion.h>

#include "core/choice.h"
#include "core/list.h"
#include "core/rbtree.h"
#include "support/test_kernel.h"

struct item {
	struct rbnode node;
	struct list link;
	uint64_t key;
	bool in;
};

static struct item *item_of(struct rbnode *n)
{
	return CONTAINER_OF(n, struct item, node);
}

static void insert(struct rbtree *t, struct item *it)
{
	struct rbnode **link = &t->root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = it->key < item_of(parent)->key ? &parent->left : &parent->right;
	}
	rbtree_insert(t, &it->node, parent, link);
}

/* Black height of a subtree; asserts the rules of red-black trees on the way. */
static int check(struct rbnode *n, struct rbnode *parent)
{
	int left, right;

	if (!n)
		return 1;
	cr_assert_eq(n->parent, parent);
	cr_assert_not(n->red && parent && parent->red, "red below red");
	left = check(n->left, n);
	right = check(n->right, n);
	cr_assert_eq(left, right, "black heights %d and %d", left, right);
	return left + !n->red;
}

/* Does the tree stay ordered and balanced under random insertion and removal? */
KTEST(tree, random)
{
	enum {
		N = 300
	};
	static struct item items[N];
	struct rbtree t = {0};
	size_t count = 0;

	for (int round = 0; round < 20000; round++) {
		struct item *it = &items[choose(CHOICE_ALLOC, "item", N)];
		struct rbnode *n, *prev = NULL;
		size_t seen = 0;

		if (it->in) {
			rbtree_erase(&t, &it->node);
			count--;
		} else {
			it->key = choose(CHOICE_ALLOC, "key", 100);
			insert(&t, it);
			count++;
		}
		it->in = !it->in;
		if (round % 16)
			continue;
		check(t.root, NULL);
		cr_assert_not(t.root && t.root->red);
		for (n = rbtree_first(&t); n; prev = n, n = rbtree_next(n), seen++) {
			cr_assert(!prev || item_of(prev)->key <= item_of(n)->key);
			cr_assert_eq(rbtree_prev(n), prev);
		}
		cr_assert_eq(prev, rbtree_last(&t));
		cr_assert_eq(seen, count);
	}
}

/* Do list operations keep order, and is a second removal harmless? */
KTEST(tree, lists)
{
	struct list head = LIST_INIT(head);
	struct item a = {.key = 1}, b = {.key = 2}, c = {.key = 3}, *pos, *tmp;
	uint64_t expected = 1;

	list_add_tail(&head, &b.link);
	list_add_tail(&head, &c.link);
	list_add_head(&head, &a.link);
	LIST_FOR_EACH (pos, &head, struct item, link)
		cr_expect_eq(pos->key, expected++);
	cr_expect_eq(LIST_LAST(&head, struct item, link), &c);
	LIST_FOR_EACH_SAFE (pos, tmp, &head, struct item, link) {
		list_del(&pos->link);
		list_del(&pos->link);
	}
	cr_expect(list_empty(&head));
}
