/* prctl_rules.c - prctl(2) and arch_prctl(2): attributes that are set and read back, inheritance, refusals. */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "say.h"

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004
#define ARCH_GET_CPUID 0x1011

static void inherited(void)
{
	char name[16];
	int v = -1;

	prctl(PR_GET_NAME, name);
	SAY("name %s\n", name);
	TRY(prctl(PR_GET_PDEATHSIG, &v));
	SAY("pdeathsig %d\n", v);
	TRY(prctl(PR_GET_CHILD_SUBREAPER, &v));
	SAY("subreaper %d\n", v);
	TRY(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	SAY("timer slack %d\n", prctl(PR_GET_TIMERSLACK));
	TRY(prctl(PR_GET_DUMPABLE));
}

int main(void)
{
	char name[17] = "";
	int v = -1;
	uint64_t base = 1, old_fs = 0;

	TRY(prctl(PR_SET_NAME, "a name that is too long to keep"));
	TRY(prctl(PR_GET_NAME, name));
	SAY("%s\n", name);
	FILE *f = fopen("/proc/self/comm", "r");
	if (f && fgets(name, sizeof(name), f))
		SAY("%s", name);
	TRY(prctl(PR_SET_NAME, 8));
	TRY(prctl(PR_GET_NAME, 8));

	TRY(prctl(PR_SET_PDEATHSIG, 65));
	TRY(prctl(PR_SET_PDEATHSIG, SIGHUP));
	TRY(prctl(PR_GET_PDEATHSIG, &v));
	SAY("%d\n", v);
	TRY(prctl(PR_GET_PDEATHSIG, 8));
	TRY(prctl(PR_GET_DUMPABLE));
	TRY(prctl(PR_SET_DUMPABLE, 0));
	TRY(prctl(PR_GET_DUMPABLE));
	TRY(prctl(PR_SET_DUMPABLE, 2));
	TRY(prctl(PR_SET_DUMPABLE, 3));
	TRY(prctl(PR_SET_CHILD_SUBREAPER, 5));
	TRY(prctl(PR_GET_CHILD_SUBREAPER, &v));
	SAY("%d\n", v);
	TRY(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	TRY(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	TRY(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
	TRY(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	TRY(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	TRY(prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
	SAY("timer slack %d\n", prctl(PR_GET_TIMERSLACK));
	TRY(prctl(PR_SET_TIMERSLACK, 1000));
	SAY("timer slack %d\n", prctl(PR_GET_TIMERSLACK));
	TRY(prctl(PR_GET_TIMING));
	TRY(prctl(PR_SET_TIMING, 1));
	TRY(prctl(PR_GET_TSC, &v));
	SAY("%d\n", v);
	TRY(prctl(PR_GET_SECCOMP));
	TRY(prctl(PR_GET_KEEPCAPS));
	TRY(prctl(PR_GET_UNALIGN, &v));
	TRY(prctl(PR_GET_ENDIAN, &v));
	TRY(prctl(4711, 0, 0, 0, 0));
	say_child("child", inherited);

	TRY(syscall(SYS_arch_prctl, ARCH_GET_FS, &old_fs));
	IS(old_fs != 0);
	TRY(syscall(SYS_arch_prctl, ARCH_GET_GS, &base));
	SAY("gs %d\n", (int)base);
	TRY(syscall(SYS_arch_prctl, ARCH_SET_GS, &base));
	uint64_t through_gs;
	base = 4242;
	__asm__ volatile("mov %%gs:0, %0" : "=r"(through_gs));
	SAY("through gs: %d\n", (int)through_gs);
	if (fork() == 0) {
		__asm__ volatile("mov %%gs:0, %0" : "=r"(through_gs));
		_exit(through_gs == 4242 ? 0 : 1);
	}
	int status;
	wait(&status);
	say_status("child's gs", status);
	TRY(syscall(SYS_arch_prctl, ARCH_SET_FS, 0x800000000000));
	TRY(syscall(SYS_arch_prctl, ARCH_GET_FS, 8));
	TRY(syscall(SYS_arch_prctl, ARCH_GET_CPUID, 0));
	TRY(syscall(SYS_arch_prctl, 0x9999, 0));
	TRY(syscall(SYS_personality, 0xffffffff));
	TRY(syscall(SYS_personality, 0x0040000));
	TRY(syscall(SYS_personality, 0));
	TRY(syscall(SYS_personality, 0xffffffff));
	return 0;
}
