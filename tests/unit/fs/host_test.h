/* host_test.h - a small host file system in memory behind the scripted door, for tests of host trees. */
#ifndef KEVSIM_TESTS_HOST_TEST_H
#define KEVSIM_TESTS_HOST_TEST_H

#include "core/types.h"

/* Puts the host's operations into script_door; the tree has only its root. */
void host_test_setup(bool writable);
/* An entry: S_IF* bits and permissions in mode; text is content or the link's target. */
void host_test_add(const char *path, uint32_t mode, const char *text);
void host_test_remove(const char *path);
/* Content of a host file, NUL terminated, or NULL. */
const char *host_test_text(const char *path);
/* How often the host was asked to list, to stat; handles open now. */
extern unsigned host_lists, host_stats, host_handles, host_handles_max;

#endif
