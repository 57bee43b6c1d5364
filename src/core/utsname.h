/* utsname.h - the names of the simulated machine (uname(2), sethostname(2), /proc/sys/kernel/hostname...). */
#ifndef KEVSIM_CORE_UTSNAME_H
#define KEVSIM_CORE_UTSNAME_H

#include "core/types.h"

#define UTSNAME_LEN 64

/* Layout of struct new_utsname: what uname(2) copies out. */
struct utsname_linux {
	char sysname[UTSNAME_LEN + 1];
	char nodename[UTSNAME_LEN + 1];
	char release[UTSNAME_LEN + 1];
	char version[UTSNAME_LEN + 1];
	char machine[UTSNAME_LEN + 1];
	char domainname[UTSNAME_LEN + 1];
};
_Static_assert(sizeof(struct utsname_linux) == 6 * 65, "struct new_utsname");

extern struct utsname_linux utsname;

/* Boot: everything but the host name is fixed. */
void utsname_init(const char *hostname);
/* The rest of the field is zeroed; n is cut at UTSNAME_LEN. */
void utsname_set_nodename(const char *name, size_t n);
void utsname_set_domainname(const char *name, size_t n);

#endif
