/* exec_cred.h - how a new program changes the credentials of its process (private to exec.c). */
#ifndef KEVSIM_SYS_EXEC_CRED_H
#define KEVSIM_SYS_EXEC_CRED_H

#include "core/types.h"

struct cred;
struct file;

/* The credentials that current will have after executing file (the final one, not a script), with a
 * reference, and whether the program must be run in secure mode. NULL without memory. */
struct cred *exec_cred(const struct file *file, bool *secure);

#endif
