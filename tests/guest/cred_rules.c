/* cred_rules.c - user and group ids, capabilities and what they allow (credentials(7), capabilities(7)).
 * needs: root */
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "say.h"

struct cap_hdr {
	uint32_t version;
	int pid;
};
struct cap_data {
	uint32_t effective, permitted, inheritable;
};
#define V3 0x20080522

static void say_ids(void)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;

	syscall(SYS_getresuid, &r, &e, &s);
	syscall(SYS_getresgid, &gr, &ge, &gs);
	SAY("uid %d %d %d fs %d gid %d %d %d\n", r, e, s, setfsuid((uid_t)-1), gr, ge, gs);
}

static void say_caps(void)
{
	struct cap_hdr h = {V3, 0};
	struct cap_data d[2];

	syscall(SYS_capget, &h, d);
	SAY("caps: chown %d setuid %d, permitted %d, inheritable %d\n", d[0].effective & 1,
	    d[0].effective >> 7 & 1, d[0].permitted != 0, d[0].inheritable != 0);
}

/* Raw calls: libc would tell other threads. */
static long setresuid_(int r, int e, int s)
{
	return syscall(SYS_setresuid, r, e, s);
}

static void drop(void)
{
	TRY(setresuid_(1000, 1000, 1000));
	say_ids();
	say_caps();
	TRY(setresuid_(0, -1, -1));
	TRY(syscall(SYS_setuid, 0));
	TRY(syscall(SYS_setgid, 5));
	TRY(syscall(SYS_setgroups, 0, NULL));
	TRY(kill(1, 0));
	TRY(kill(getppid(), 0));
	TRY(kill(getppid(), SIGCONT));
}

static void seteuid_back(void)
{
	TRY(setresuid_(-1, 1000, -1));
	say_ids();
	say_caps();
	TRY(syscall(SYS_setreuid, -1, 0));
	say_caps();
	TRY(syscall(SYS_setreuid, 1000, 0));
	say_ids();
	TRY(syscall(SYS_setuid, 1001));
	say_ids();
	TRY(syscall(SYS_setuid, -1));
}

static void fsuid(void)
{
	TRY(setfsuid(1000));
	TRY(setfsuid(1000));
	say_caps();
	TRY(setfsuid(0));
	say_caps();
	TRY(setfsgid(7));
	TRY(setfsgid(7));
	syscall(SYS_setresuid, 1000, 1000, 1000);
	TRY(setfsuid(5));
	TRY(setfsuid(5));
}

static void keepcaps(void)
{
	TRY(prctl(PR_SET_KEEPCAPS, 1));
	TRY(setresuid_(1000, 1000, 1000));
	say_caps();
	TRY(prctl(PR_SET_KEEPCAPS, 2));
	TRY(prctl(PR_GET_KEEPCAPS));
	struct cap_hdr h = {V3, 0};
	struct cap_data d[2] = {{1 << 7, 1 << 7, 0}, {0, 0, 0}};
	TRY(syscall(SYS_capset, &h, d));
	say_caps();
	TRY(setresuid_(0, 0, 0));
	d[0].permitted = 3 << 7;
	TRY(syscall(SYS_capset, &h, d));
	d[0] = (struct cap_data){1 << 7, 0, 0};
	TRY(syscall(SYS_capset, &h, d));
}

static void caps(void)
{
	struct cap_hdr h = {0, 0};
	struct cap_data d[2];

	TRY(syscall(SYS_capget, &h, NULL));
	IS(h.version == V3);
	h.version = 1;
	TRY(syscall(SYS_capget, &h, d));
	h = (struct cap_hdr){V3, -1};
	TRY(syscall(SYS_capget, &h, d));
	h.pid = 999999;
	TRY(syscall(SYS_capget, &h, d));
	h.pid = getppid();
	TRY(syscall(SYS_capset, &h, d));
	TRY(syscall(SYS_capget, (void *)8, d));
	h = (struct cap_hdr){0x19980330, 0};
	TRY(syscall(SYS_capget, &h, d));
	IS((d[0].effective & 1) == 1);
	TRY(prctl(PR_CAPBSET_READ, 0));
	TRY(prctl(PR_CAPBSET_READ, 63));
	TRY(prctl(PR_CAPBSET_DROP, 0));
	TRY(prctl(PR_CAPBSET_READ, 0));
	TRY(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5, 0, 0));
	TRY(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 5, 0, 0));
	h = (struct cap_hdr){V3, 0};
	syscall(SYS_capget, &h, d);
	d[0].inheritable = 1 << 5;
	TRY(syscall(SYS_capset, &h, d));
	TRY(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 5, 0, 0));
	TRY(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5, 0, 0));
	d[0].inheritable = 0;
	TRY(syscall(SYS_capset, &h, d));
	TRY(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5, 0, 0));
	TRY(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0));
	TRY(prctl(PR_CAP_AMBIENT, 77, 1, 0, 0));
	TRY(prctl(PR_GET_SECUREBITS));
	TRY(prctl(PR_SET_SECUREBITS, 3));
	TRY(prctl(PR_SET_SECUREBITS, 0));
	TRY(prctl(PR_GET_SECUREBITS));
}

static void groups(void)
{
	gid_t g[4] = {30, 10, 20, 0};

	TRY(setgroups(3, g));
	TRY(getgroups(0, NULL));
	TRY(getgroups(2, g));
	memset(g, 0, sizeof(g));
	TRY(getgroups(4, g));
	SAY("%d %d %d\n", g[0], g[1], g[2]);
	TRY(getgroups(-1, g));
	TRY(syscall(SYS_getgroups, 4, (void *)8));
	TRY(syscall(SYS_setgroups, 70000, g));
	TRY(syscall(SYS_setgroups, -1, g));
	TRY(syscall(SYS_setgroups, 1, (void *)8));
	TRY(syscall(SYS_setresgid, 5, 6, 7));
	say_ids();
	TRY(syscall(SYS_setregid, -1, 7));
	say_ids();
	TRY(syscall(SYS_setgid, 9));
	say_ids();
	TRY(syscall(SYS_setgid, -1));
	TRY(syscall(SYS_setresuid, 1000, 1000, 1000));
	TRY(syscall(SYS_setregid, 10, -1));
	TRY(syscall(SYS_setresgid, 10, -1, -1));
	TRY(syscall(SYS_getresuid, (void *)8, g, g));
}

static void dumpable(void)
{
	TRY(prctl(PR_GET_DUMPABLE));
	TRY(prctl(PR_SET_PDEATHSIG, SIGUSR1));
	syscall(SYS_setresuid, 1000, 1000, 1000);
	TRY(prctl(PR_GET_DUMPABLE));
	int sig = -1;
	TRY(prctl(PR_GET_PDEATHSIG, &sig));
	SAY("parent death signal %d\n", sig);
}

int main(void)
{
	say_ids();
	say_child("drop", drop);
	say_child("seteuid", seteuid_back);
	say_child("fsuid", fsuid);
	say_child("keepcaps", keepcaps);
	say_child("caps", caps);
	say_child("groups", groups);
	say_child("dumpable", dumpable);
	return 0;
}
