/* debug_calls.c - calls that would let a guest look at or change other processes, the machine or the
 * real kernel: refused.
 *
 * status: 0
 * stdout: nothing was granted */
#include <sys/syscall.h>

#include "../guest/say.h"

int main(void)
{
	int granted = 0;
	static const struct {
		const char *name;
		long nr, a, b, c;
	} calls[] = {
	    {"ptrace(TRACEME)", SYS_ptrace, 0, 0, 0},
	    {"init_module", SYS_init_module, 0, 0, 0},
	    {"kexec_load", SYS_kexec_load, 0, 0, 0},
	    {"iopl", SYS_iopl, 3, 0, 0},
	    {"ioperm", SYS_ioperm, 0, 1024, 1},
	    {"modify_ldt", SYS_modify_ldt, 1, 0, 0},
	    {"bpf", 321, 0, 0, 0},
	    {"perf_event_open", SYS_perf_event_open, 0, 0, 0},
	    {"userfaultfd", 323, 0, 0, 0},
	    {"io_uring_setup", 425, 8, 0, 0},
	    {"process_vm_writev(1)", SYS_process_vm_writev, 1, 0, 0},
	    {"seccomp(strict) with bad flags", SYS_seccomp, 0, 77, 0},
	    {"reboot without magic", SYS_reboot, 0, 0, 0},
	    {"swapon", SYS_swapon, 0, 0, 0},
	    {"rseq", 334, 0, 0, 0},
	    {"unshare(everything)", SYS_unshare, 0x7e020000, 0, 0},
	    {"setns", SYS_setns, 0, 0, 0},
	    {"open_by_handle_at", SYS_open_by_handle_at, 0, 0, 0},
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		long r = syscall(calls[i].nr, calls[i].a, calls[i].b, calls[i].c, 0, 0, 0);
		printf("%s = %ld (%s)\n", calls[i].name, r, r < 0 ? strerror(errno) : "granted");
		granted += r >= 0 && calls[i].nr != SYS_process_vm_writev;
	}
	puts(granted ? "SOMETHING WAS GRANTED" : "nothing was granted");
	return granted;
}
