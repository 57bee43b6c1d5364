/* pagecache_tree.c - the index of a page cache: a radix tree from page index to entry.
 *
 * Nodes have 32 slots; the tree is as high as its largest index needs and grows at the root. A node counts
 * its used slots and goes when it is empty. Most files are small: one node.
 *
 * Leaves out: shrinking the height again before the tree is empty; tags (dirty pages are found by looking).
 */
#include "mm/pagecache_tree.h"

#include "core/kassert.h"
#include "core/kmem.h"

#define NODE_BITS 5
#define NODE_SLOTS (1U << NODE_BITS)
#define INDEX_BITS 64

struct pc_node {
	uint64_t slot[NODE_SLOTS]; /* entries (shift 0) or addresses of nodes */
	uint16_t used;
	uint8_t shift; /* bits of the index below this node */
};

static KMEM_CACHE(node_cache, pc_node);

static inline struct pc_node *child(const struct pc_node *n, unsigned i)
{
	return (struct pc_node *)(uintptr_t)n->slot[i];
}

static inline bool node_covers(const struct pc_node *n, uint64_t index)
{
	unsigned bits = n->shift + NODE_BITS;
	return bits >= INDEX_BITS || index >> bits == 0;
}

static inline unsigned slot_of(const struct pc_node *n, uint64_t index)
{
	return (unsigned)(index >> n->shift) & (NODE_SLOTS - 1);
}

uint64_t *pc_tree_find(void *tree, uint64_t index)
{
	struct pc_node *n = tree;
	if (!n || !node_covers(n, index))
		return NULL;
	while (n->shift) {
		n = child(n, slot_of(n, index));
		if (!n)
			return NULL;
	}
	return &n->slot[slot_of(n, index)];
}

static struct pc_node *node_new(unsigned shift)
{
	struct pc_node *n = kmem_alloc(&node_cache);
	if (n)
		n->shift = (uint8_t)shift;
	return n;
}

/* Frees the empty nodes on the way to index (left by a failed pc_tree_make); true if n itself is empty. */
static bool prune(struct pc_node *n, uint64_t index)
{
	if (n->shift) {
		unsigned i = slot_of(n, index);
		struct pc_node *c = child(n, i);
		if (c && prune(c, index)) {
			kmem_free(&node_cache, c);
			n->slot[i] = 0;
			n->used--;
		}
	}
	return n->used == 0;
}

static void prune_tree(void **tree, uint64_t index)
{
	if (*tree && prune(*tree, index)) {
		kmem_free(&node_cache, *tree);
		*tree = NULL;
	}
}

uint64_t *pc_tree_make(void **tree, uint64_t index)
{
	struct pc_node *n = *tree;
	if (!n) {
		n = node_new(0);
		if (!n)
			return NULL;
		*tree = n;
	}
	while (!node_covers(n, index)) {
		if (n->used == 0) { /* new or emptied by nobody else: just make it higher */
			n->shift += NODE_BITS;
			continue;
		}
		struct pc_node *root = node_new(n->shift + NODE_BITS);
		if (!root)
			return NULL;
		root->slot[0] = (uintptr_t)n;
		root->used = 1;
		*tree = n = root;
	}
	while (n->shift) {
		unsigned i = slot_of(n, index);
		struct pc_node *c = child(n, i);
		if (!c) {
			c = node_new(n->shift - NODE_BITS);
			if (!c) {
				prune_tree(tree, index);
				return NULL;
			}
			n->slot[i] = (uintptr_t)c;
			n->used++;
		}
		n = c;
	}
	uint64_t *place = &n->slot[slot_of(n, index)];
	if (!*place)
		n->used++; /* the caller keeps its promise */
	return place;
}

/* Clears the entry; true if n became empty. */
static bool remove_below(struct pc_node *n, uint64_t index, uint64_t *entry)
{
	unsigned i = slot_of(n, index);
	if (n->shift == 0) {
		*entry = n->slot[i];
		KASSERT(*entry & PC_PRESENT);
		n->slot[i] = 0;
		n->used--;
	} else {
		struct pc_node *c = child(n, i);
		KASSERT(c);
		if (remove_below(c, index, entry)) {
			kmem_free(&node_cache, c);
			n->slot[i] = 0;
			n->used--;
		}
	}
	return n->used == 0;
}

uint64_t pc_tree_remove(void **tree, uint64_t index)
{
	uint64_t entry = 0;
	struct pc_node *root = *tree;
	KASSERT(root && node_covers(root, index));
	if (remove_below(root, index, &entry)) {
		kmem_free(&node_cache, root);
		*tree = NULL;
	}
	return entry;
}

static uint64_t next_below(struct pc_node *n, uint64_t from, uint64_t base, uint64_t **place)
{
	unsigned first = from > base ? (unsigned)((from - base) >> n->shift) : 0;
	for (unsigned i = first; i < NODE_SLOTS; i++) {
		if (!n->slot[i])
			continue;
		uint64_t at = base + ((uint64_t)i << n->shift);
		if (n->shift == 0) {
			if (place)
				*place = &n->slot[i];
			return at;
		}
		uint64_t found = next_below(child(n, i), MAX(from, at), at, place);
		if (found != UINT64_MAX)
			return found;
	}
	return UINT64_MAX;
}

uint64_t pc_tree_next(void *tree, uint64_t from, uint64_t **place)
{
	struct pc_node *n = tree;
	if (!n || !node_covers(n, from))
		return UINT64_MAX;
	return next_below(n, from, 0, place);
}
