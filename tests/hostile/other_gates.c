/* other_gates.c - the other ways into a kernel: int 0x80, sysenter, call gates, software interrupts,
 * far jumps.
 *
 * status: 0
 * stdout: no way in */
#include "../guest/say.h"

#define GATE(name, code)                \
	static void name(void)          \
	{                               \
		__asm__ volatile(code); \
		_exit(42);              \
	}

GATE(int80_exit, "mov $1, %eax\n\tmov $7, %ebx\n\tint $0x80")
GATE(int80_getpid, "mov $20, %eax\n\tint $0x80")
GATE(sysenter, "mov $1, %eax\n\tmov $7, %ebx\n\tsysenter")
GATE(int3, "int $3")
GATE(int4, "int $4")
GATE(int_f0, "int $0xf0")
GATE(far_return, "push $0x23\n\tlea 1f(%rip), %rax\n\tpush %rax\n\tlretq\n1:")
GATE(bad_selector, "mov $0x1b, %eax\n\tmov %eax, %ds\n\tmov $0x7777, %eax\n\tmov %eax, %ss")
GATE(in_port, "in $0x80, %al")
GATE(cli, "cli")
GATE(wrmsr, "xor %ecx, %ecx\n\twrmsr")
GATE(lgdt, "sub $16, %rsp\n\tlgdt (%rsp)")
GATE(mov_cr3, "mov %cr3, %rax")
GATE(iret, "push $0x2b\n\tpush $0\n\tpush $0x200\n\tpush $0x33\n\tpush $0\n\tiretq")

int main(void)
{
	static const struct {
		const char *name;
		void (*fn)(void);
	} gates[] = {{"int $0x80, exit", int80_exit},
		     {"int $0x80, getpid", int80_getpid},
		     {"sysenter", sysenter},
		     {"int3", int3},
		     {"int $4", int4},
		     {"int $0xf0", int_f0},
		     {"far return", far_return},
		     {"bad selector", bad_selector},
		     {"in", in_port},
		     {"cli", cli},
		     {"wrmsr", wrmsr},
		     {"lgdt", lgdt},
		     {"mov cr3", mov_cr3},
		     {"iret", iret}};

	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++)
		say_child(gates[i].name, gates[i].fn);
	puts("no way in");
	return 0;
}
