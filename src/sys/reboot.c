/* reboot.c - reboot(2): ends the run, which is what this machine can do instead of starting again or going
 * dark.
 *
 * The first program is ended with status 0, and with it everything else.
 * Left out: Ctrl-Alt-Del (accepted, there is no such key), kexec, suspend. */
#include "core/errno.h"
#include "core/kassert.h"
#include "core/task.h"
#include "core/waitq.h"
#include "sys/exit.h"
#include "sys/syscall.h"

#define REBOOT_MAGIC1 0xfee1deadU
#define REBOOT_CMD_RESTART 0x01234567U
#define REBOOT_CMD_HALT 0xcdef0123U
#define REBOOT_CMD_CAD_ON 0x89abcdefU
#define REBOOT_CMD_CAD_OFF 0x00000000U
#define REBOOT_CMD_POWER_OFF 0x4321fedcU
#define REBOOT_CMD_RESTART2 0xa1b2c3d4U
#define FIRST_PROGRAM_PID 2

static bool reboot_magic2(uint32_t magic)
{
	return magic == 672274793U || magic == 85072278U || magic == 369367448U || magic == 537993216U;
}

static _Noreturn void reboot_now(const char *what)
{
	klog(KLOG_INFO, "reboot: %s", what);
	struct process *first = process_find(FIRST_PROGRAM_PID);
	if (first && first != current->process) {
		process_begin_group_exit(first, 0);
		/* the run ends before anything wakes us; a SIGKILL may come first */
		while (!signal_fatal_pending(current))
			(void)task_sleep_until(SLEEP_KILLABLE, KTIME_NEVER);
	}
	do_group_exit(0);
}

int64_t sys_reboot(uint32_t magic1, uint32_t magic2, uint32_t cmd, uaddr_t arg)
{
	(void)arg;
	if (!cred_capable(current->cred, CAP_SYS_BOOT))
		return -EPERM;
	if (magic1 != REBOOT_MAGIC1 || !reboot_magic2(magic2))
		return -EINVAL;
	switch (cmd) {
	case REBOOT_CMD_RESTART:
	case REBOOT_CMD_RESTART2: reboot_now("restarting");
	case REBOOT_CMD_HALT: reboot_now("system halted");
	case REBOOT_CMD_POWER_OFF: reboot_now("power down");
	case REBOOT_CMD_CAD_ON:
	case REBOOT_CMD_CAD_OFF: return 0;
	default: return -EINVAL;
	}
}
