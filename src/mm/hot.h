/* hot.h - the pages that a family of processes writes soon after each fork; private to mm/. */
#ifndef KEVSIM_MM_HOT_H
#define KEVSIM_MM_HOT_H

#include "core/types.h"

struct mm;

#define HOT_PAGES 16

/* A write to the private page at addr found it shared. */
void hot_add(struct mm *mm, uint64_t addr);
/* Page i < HOT_PAGES, 0 for none. */
uint64_t hot_page(const struct mm *mm, unsigned i);
/* fork: the child joins the family. */
void hot_share(struct mm *parent, struct mm *child);
void hot_release(struct mm *mm);

#endif
