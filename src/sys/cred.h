/* cred.h - changing the credentials of current (credentials(7)). */
#ifndef KEVSIM_SYS_CRED_H
#define KEVSIM_SYS_CRED_H

#include "core/cred.h"

#define SECBIT_NOROOT_LINUX (1U << 0)
#define SECBIT_NO_SETUID_FIXUP_LINUX (1U << 2)
#define SECBIT_KEEP_CAPS_LINUX (1U << 4)
#define SECBIT_NO_CAP_AMBIENT_RAISE_LINUX (1U << 6)

/* Installs a changed copy (takes over the reference) with the side effects of a change of identity: the
 * process is no longer dumpable and forgets its parent-death signal. */
void cred_commit(struct cred *new);

#endif
