/* list.h - intrusive doubly linked lists: the head is a node of its own. */
#ifndef KEVSIM_CORE_LIST_H
#define KEVSIM_CORE_LIST_H

#include "core/types.h"

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name)          \
	{                        \
		&(name), &(name) \
	}

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_insert_between_(struct list *n, struct list *prev, struct list *next)
{
	n->next = next;
	n->prev = prev;
	prev->next = n;
	next->prev = n;
}

/* Adds n right after head. */
static inline void list_add_head(struct list *head, struct list *n)
{
	list_insert_between_(n, head, head->next);
}

/* Adds n right before head, that is, last. */
static inline void list_add_tail(struct list *head, struct list *n)
{
	list_insert_between_(n, head->prev, head);
}

/* Takes n out and leaves it empty, so that a second list_del() is harmless. n must be initialised. */
static inline void list_del(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

#define LIST_ENTRY(node, type, member) CONTAINER_OF(node, type, member)
#define LIST_FIRST(head, type, member) LIST_ENTRY((head)->next, type, member)
#define LIST_LAST(head, type, member) LIST_ENTRY((head)->prev, type, member)

/* pos: the loop variable (struct type *). Removal inside the loop needs the _SAFE form. */
#define LIST_FOR_EACH(pos, head, type, member)                             \
	for (pos = LIST_FIRST(head, type, member); &pos->member != (head); \
	     pos = LIST_ENTRY(pos->member.next, type, member))

#define LIST_FOR_EACH_SAFE(pos, tmp, head, type, member)                                             \
	for (pos = LIST_FIRST(head, type, member), tmp = LIST_ENTRY(pos->member.next, type, member); \
	     &pos->member != (head); pos = tmp, tmp = LIST_ENTRY(tmp->member.next, type, member))

#endif
