/* special.h - the vDSO and its data page in an address space; private to mm/. */
#ifndef KEVSIM_MM_SPECIAL_H
#define KEVSIM_MM_SPECIAL_H

struct mm;
struct vma;

/* Gives child a data page of its own, with the parent's content. 0 or -ENOMEM. */
int special_fork_mm(const struct mm *parent, struct mm *child);
/* Fills c, the child's copy of the special VMA v. 0 or -ENOMEM. */
int special_fork(const struct vma *v, struct vma *c);
/* Drops what mm holds besides its entries. */
void special_release(struct mm *mm);

#endif
