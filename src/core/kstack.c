/* kstack.c - where kernel stacks come from: mm or a test sets this before the first task is made. */
#include "core/kstack.h"

const struct kstack_ops *kstack_ops;
