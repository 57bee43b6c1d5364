/* uname.c - the machine's names and figures: uname(2), sethostname(2), setdomainname(2), sysinfo(2),
 * getcpu(2). */
#include <string.h>

#include "core/clock.h"
#include "core/errno.h"
#include "core/sched.h"
#include "core/task.h"
#include "core/utsname.h"
#include "mm/frame.h"
#include "mm/pagecache.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"

struct sysinfo_linux {
	int64_t uptime;
	uint64_t loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	uint16_t procs, pad;
	uint32_t pad2;
	uint64_t totalhigh, freehigh;
	uint32_t mem_unit;
	uint32_t pad3;
};
_Static_assert(sizeof(struct sysinfo_linux) == 112, "struct sysinfo");

int64_t sys_uname(uaddr_t buf)
{
	return copy_to_user(buf, &utsname, sizeof(utsname));
}

static int64_t uname_set(uaddr_t uname, uint64_t len, void (*set)(const char *name, size_t n))
{
	char name[UTSNAME_LEN];
	if (!cred_capable(current->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (len > UTSNAME_LEN)
		return -EINVAL;
	if (copy_from_user(name, uname, len))
		return -EFAULT;
	set(name, len);
	return 0;
}

/* The length is an int for Linux: a negative one is invalid too, which the bound above covers. */
int64_t sys_sethostname(uaddr_t name, uint64_t len)
{
	return uname_set(name, len, utsname_set_nodename);
}

int64_t sys_setdomainname(uaddr_t name, uint64_t len)
{
	return uname_set(name, len, utsname_set_domainname);
}

int64_t sys_sysinfo(uaddr_t info)
{
	struct sysinfo_linux s;
	struct frame_stats mem;
	memset(&s, 0, sizeof(s));
	frame_stats(&mem);
	s.uptime = clock_now() / NSEC_PER_SEC;
	sched_loadavg(s.loads); /* already in units of 1/65536 */
	s.totalram = (uint64_t)mem.total * PAGE_SIZE;
	s.freeram = (uint64_t)mem.free * PAGE_SIZE;
	s.procs = (uint16_t)task_count();
	s.mem_unit = 1;
	return copy_to_user(info, &s, sizeof(s));
}

int64_t sys_getcpu(uaddr_t cpu, uaddr_t node, uaddr_t unused)
{
	(void)unused;
	if (!uaddr_null(cpu) && put_user_u32(cpu, 0))
		return -EFAULT;
	return uaddr_null(node) ? 0 : put_user_u32(node, 0);
}
