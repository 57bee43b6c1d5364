/* arch_prctl.c - arch_prctl(2): segment bases and extended-state permissions of x86-64.
 * Left out: control-flow enforcement (EINVAL: the codes are unknown to this version of Linux), CPUID faulting
 * under the guest's control (ENODEV), extra vDSO mappings. */
#include "core/cpu.h"
#include "core/door.h"
#include "core/errno.h"
#include "core/task.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"

/* clang-format off */
enum {
	ARCH_SET_GS = 0x1001, ARCH_SET_FS = 0x1002, ARCH_GET_FS = 0x1003, ARCH_GET_GS = 0x1004, ARCH_GET_CPUID = 0x1011,
	ARCH_SET_CPUID = 0x1012, ARCH_GET_XCOMP_SUPP = 0x1021, ARCH_GET_XCOMP_PERM = 0x1022,
	ARCH_REQ_XCOMP_PERM = 0x1023,
};
/* clang-format on */
#define XFEATURE_LIMIT 64

static int64_t arch_set_base(uint64_t *base, uint64_t addr)
{
	if (addr >= CPU_SEGMENT_BASE_END)
		return -EPERM;
	*base = addr;
	current->regs_dirty = true;
	return 0;
}

/* Everything the processor offers here is permitted from the start. */
static int64_t arch_request_feature(uint64_t feature)
{
	uint64_t features;
	(void)door->xstate_size(&features);
	if (feature >= XFEATURE_LIMIT)
		return -EINVAL;
	return features >> feature & 1 ? 0 : -EOPNOTSUPP;
}

int64_t sys_arch_prctl(int code, uaddr_t addr)
{
	uint64_t features;
	switch (code) {
	case ARCH_SET_GS: return arch_set_base(&current->regs.gs_base, addr.v);
	case ARCH_SET_FS: return arch_set_base(&current->regs.fs_base, addr.v);
	case ARCH_GET_FS: return put_user_u64(addr, current->regs.fs_base);
	case ARCH_GET_GS: return put_user_u64(addr, current->regs.gs_base);
	case ARCH_GET_CPUID: return 1;
	case ARCH_SET_CPUID: return -ENODEV;
	case ARCH_GET_XCOMP_SUPP:
	case ARCH_GET_XCOMP_PERM: (void)door->xstate_size(&features); return put_user_u64(addr, features);
	case ARCH_REQ_XCOMP_PERM: return arch_request_feature(addr.v);
	default: return -EINVAL;
	}
}
