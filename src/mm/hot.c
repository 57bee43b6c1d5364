/* hot.c - the pages that a family of processes writes soon after each fork.
 *
 * Parent and child go on in the same code, so they write the same few pages (stack, data of libc) at once,
 * fork after fork, and each write is a fault with a copy. fork_hot_pages() makes these copies during the
 * fork, without the fault. The list is shared by parent, children and their children until exec, because it
 * is mostly the child that finds out.
 *
 * Leaves out: forgetting; a page that is hot no more costs a copy until sixteen others have come. */
#include "mm/hot.h"

#include "core/kmem.h"
#include "mm/mm.h"

struct mm_hot {
	uint32_t refs;
	uint32_t next;
	uint64_t page[HOT_PAGES];
};

static KMEM_CACHE(hot_cache, mm_hot);

static struct mm_hot *need(struct mm *mm)
{
	if (!mm->hot) {
		mm->hot = kmem_alloc(&hot_cache);
		if (mm->hot)
			mm->hot->refs = 1;
	}
	return mm->hot;
}

void hot_add(struct mm *mm, uint64_t addr)
{
	struct mm_hot *h = need(mm);
	if (!h)
		return; /* only speed is lost */
	for (unsigned i = 0; i < HOT_PAGES; i++)
		if (h->page[i] == addr)
			return;
	h->page[h->next] = addr;
	h->next = (h->next + 1) % HOT_PAGES;
}

uint64_t hot_page(const struct mm *mm, unsigned i)
{
	return mm->hot ? mm->hot->page[i] : 0;
}

void hot_share(struct mm *parent, struct mm *child)
{
	child->hot = need(parent);
	if (child->hot)
		child->hot->refs++;
}

void hot_release(struct mm *mm)
{
	if (mm->hot && --mm->hot->refs == 0)
		kmem_free(&hot_cache, mm->hot);
	mm->hot = NULL;
}
