/* procfs_cpu.c - /proc/cpuinfo: the one simulated CPU, as CPUID describes it to guests (proc(5)).
 * LEAVES OUT: flags that Linux makes up from other sources (bugs, microcode, MSRs); leaves beyond 7 and 0x80000008. */
#include "fs/procfs_tables.h"

#include <string.h>

#include "core/door.h"

/* The time stamp counter runs at one tick a nanosecond. */
#define CPU_MHZ 1000U

enum {
	EAX,
	EBX,
	ECX,
	EDX
};

/* A bit of a CPUID answer and the name Linux gives it; in Linux's order. */
struct cpu_flag {
	uint32_t leaf;
	uint8_t reg, bit;
	const char *name;
};

/* clang-format off */
static const struct cpu_flag cpu_flags[] = {
	{1, EDX, 0, "fpu"}, {1, EDX, 1, "vme"}, {1, EDX, 2, "de"}, {1, EDX, 3, "pse"}, {1, EDX, 4, "tsc"},
	{1, EDX, 5, "msr"}, {1, EDX, 6, "pae"}, {1, EDX, 7, "mce"}, {1, EDX, 8, "cx8"}, {1, EDX, 9, "apic"},
	{1, EDX, 11, "sep"}, {1, EDX, 12, "mtrr"}, {1, EDX, 13, "pge"}, {1, EDX, 14, "mca"}, {1, EDX, 15, "cmov"},
	{1, EDX, 16, "pat"}, {1, EDX, 17, "pse36"}, {1, EDX, 19, "clflush"}, {1, EDX, 23, "mmx"}, {1, EDX, 24, "fxsr"},
	{1, EDX, 25, "sse"}, {1, EDX, 26, "sse2"}, {1, EDX, 27, "ss"}, {1, EDX, 28, "ht"},
	{0x80000001, EDX, 11, "syscall"}, {0x80000001, EDX, 20, "nx"}, {0x80000001, EDX, 22, "mmxext"},
	{0x80000001, EDX, 25, "fxsr_opt"}, {0x80000001, EDX, 26, "pdpe1gb"}, {0x80000001, EDX, 27, "rdtscp"},
	{0x80000001, EDX, 29, "lm"},
	{1, ECX, 0, "pni"}, {1, ECX, 1, "pclmulqdq"}, {1, ECX, 9, "ssse3"}, {1, ECX, 12, "fma"}, {1, ECX, 13, "cx16"},
	{1, ECX, 17, "pcid"}, {1, ECX, 19, "sse4_1"}, {1, ECX, 20, "sse4_2"}, {1, ECX, 21, "x2apic"},
	{1, ECX, 22, "movbe"}, {1, ECX, 23, "popcnt"}, {1, ECX, 24, "tsc_deadline_timer"}, {1, ECX, 25, "aes"},
	{1, ECX, 26, "xsave"}, {1, ECX, 28, "avx"}, {1, ECX, 29, "f16c"}, {1, ECX, 30, "rdrand"},
	{1, ECX, 31, "hypervisor"},
	{0x80000001, ECX, 0, "lahf_lm"}, {0x80000001, ECX, 4, "cr8_legacy"}, {0x80000001, ECX, 5, "abm"},
	{0x80000001, ECX, 6, "sse4a"}, {0x80000001, ECX, 7, "misalignsse"}, {0x80000001, ECX, 8, "3dnowprefetch"},
	{7, EBX, 0, "fsgsbase"}, {7, EBX, 3, "bmi1"}, {7, EBX, 5, "avx2"}, {7, EBX, 7, "smep"}, {7, EBX, 8, "bmi2"},
	{7, EBX, 9, "erms"}, {7, EBX, 10, "invpcid"}, {7, EBX, 16, "avx512f"}, {7, EBX, 17, "avx512dq"},
	{7, EBX, 18, "rdseed"}, {7, EBX, 19, "adx"}, {7, EBX, 20, "smap"}, {7, EBX, 21, "avx512ifma"},
	{7, EBX, 23, "clflushopt"}, {7, EBX, 24, "clwb"}, {7, EBX, 28, "avx512cd"}, {7, EBX, 29, "sha_ni"},
	{7, EBX, 30, "avx512bw"}, {7, EBX, 31, "avx512vl"},
	{7, ECX, 1, "avx512vbmi"}, {7, ECX, 2, "umip"}, {7, ECX, 3, "pku"}, {7, ECX, 6, "avx512_vbmi2"},
	{7, ECX, 8, "gfni"}, {7, ECX, 9, "vaes"}, {7, ECX, 10, "vpclmulqdq"}, {7, ECX, 11, "avx512_vnni"},
	{7, ECX, 12, "avx512_bitalg"}, {7, ECX, 14, "avx512_vpopcntdq"}, {7, ECX, 22, "rdpid"},
	{7, EDX, 4, "fsrm"}, {7, EDX, 14, "serialize"},
};
/* clang-format on */

static void cpu_show_flags(struct strbuf *out)
{
	uint32_t max[4], ext[4], v[4] = {0};
	uint32_t have = UINT32_MAX;
	bool first = true;

	door->cpuid(0, 0, max);
	door->cpuid(0x80000000U, 0, ext);
	strbuf_printf(out, "flags\t\t:");
	for (size_t i = 0; i < ARRAY_LEN(cpu_flags); i++) {
		const struct cpu_flag *f = &cpu_flags[i];

		if (f->leaf > (f->leaf & 0x80000000U ? ext[EAX] : max[EAX]))
			continue;
		if (f->leaf != have)
			door->cpuid(f->leaf, 0, v);
		have = f->leaf;
		if (!(v[f->reg] & (1U << f->bit)))
			continue;
		strbuf_printf(out, " %s", f->name);
		first = false;
	}
	strbuf_printf(out, "%s\n", first ? " " : "");
}

static void cpu_show_name(struct strbuf *out)
{
	uint32_t v[4];
	char name[49] = {0};
	const char *s = name;

	door->cpuid(0x80000000U, 0, v);
	if (v[EAX] < 0x80000004U) {
		strbuf_printf(out, "model name\t: unknown\n");
		return;
	}
	for (uint32_t i = 0; i < 3; i++) {
		door->cpuid(0x80000002U + i, 0, v);
		memcpy(name + i * sizeof(v), v, sizeof(v));
	}
	while (*s == ' ')
		s++;
	strbuf_printf(out, "model name\t: %s\n", s);
}

int procfs_show_cpuinfo(const struct textfs_node *n, struct strbuf *out)
{
	uint32_t v[4], levels, family, model, address[4] = {0};
	char vendor[13] = {0};

	(void)n;
	door->cpuid(0, 0, v);
	levels = v[EAX];
	memcpy(vendor, &v[EBX], 4);
	memcpy(vendor + 4, &v[EDX], 4);
	memcpy(vendor + 8, &v[ECX], 4);
	door->cpuid(1, 0, v);
	family = (v[EAX] >> 8) & 0xf;
	model = (v[EAX] >> 4) & 0xf;
	if (family == 15 || family == 6)
		model |= (v[EAX] >> 12) & 0xf0;
	if (family == 15)
		family += (v[EAX] >> 20) & 0xff;
	strbuf_printf(out, "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n", vendor,
		      family, model);
	cpu_show_name(out);
	strbuf_printf(out, "stepping\t: %u\ncpu MHz\t\t: %u.000\n", v[EAX] & 0xf, CPU_MHZ);
	strbuf_printf(out,
		      "physical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\n"
		      "apicid\t\t: 0\ninitial apicid\t: 0\n"
		      "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\n",
		      levels);
	cpu_show_flags(out);
	door->cpuid(0x80000000U, 0, address);
	if (address[EAX] >= 0x80000008U)
		door->cpuid(0x80000008U, 0, address);
	else
		address[EAX] = 48U << 8 | 40;
	strbuf_printf(out,
		      "bugs\t\t:\nbogomips\t: %u.00\nclflush size\t: %u\ncache_alignment\t: 64\n"
		      "address sizes\t: %u bits physical, %u bits virtual\npower management:\n\n",
		      2 * CPU_MHZ, ((v[EBX] >> 8) & 0xff) * 8, address[EAX] & 0xff,
		      (address[EAX] >> 8) & 0xff);
	return 0;
}
