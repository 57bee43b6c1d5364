/* utsname.c - the names of the simulated machine.
 * LEAVES OUT: UTS namespaces. */
#include "core/utsname.h"

#include <string.h>

/* The version of Linux whose system call interface and /proc formats are imitated. */
#define UTSNAME_RELEASE "6.1.0-kevsim"
#define UTSNAME_VERSION "#1 kevsim"

struct utsname_linux utsname;

static void utsname_copy(char *field, const char *text, size_t n)
{
	memset(field, 0, UTSNAME_LEN + 1);
	memcpy(field, text, MIN(n, UTSNAME_LEN));
}

void utsname_init(const char *hostname)
{
	utsname_copy(utsname.sysname, "Linux", strlen("Linux"));
	utsname_copy(utsname.nodename, hostname, strlen(hostname));
	utsname_copy(utsname.release, UTSNAME_RELEASE, strlen(UTSNAME_RELEASE));
	utsname_copy(utsname.version, UTSNAME_VERSION, strlen(UTSNAME_VERSION));
	utsname_copy(utsname.machine, "x86_64", strlen("x86_64"));
	utsname_copy(utsname.domainname, "(none)", strlen("(none)"));
}

void utsname_set_nodename(const char *name, size_t n)
{
	utsname_copy(utsname.nodename, name, n);
}

void utsname_set_domainname(const char *name, size_t n)
{
	utsname_copy(utsname.domainname, name, n);
}
