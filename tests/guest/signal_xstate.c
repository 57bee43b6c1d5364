/* signal_xstate.c - do floating point and vector registers survive signal handlers and context switches? */
#include <fenv.h>
#include <immintrin.h>

#include "say.h"

static volatile int runs;

__attribute__((target("avx"))) static void clobber_avx(void)
{
	__asm__ volatile(
	    "vxorps %%ymm0, %%ymm0, %%ymm0\n\tvcmpeqps %%ymm1, %%ymm1, %%ymm1\n\tvmovaps %%ymm1, %%ymm15" ::
		: "xmm0", "xmm1", "xmm15");
}

static int have_avx;

static void handler(int sig)
{
	runs++;
	if (have_avx)
		clobber_avx();
	else
		__asm__ volatile("pxor %%xmm0, %%xmm0\n\tpcmpeqd %%xmm15, %%xmm15" ::: "xmm0", "xmm15");
	fesetround(FE_DOWNWARD);
}

/* Fills xmm0, xmm15 and st(0), makes a system call that ends in the handler, and looks again. */
static int survives_sse(pid_t pid)
{
	uint64_t in[2] = {0x1122334455667788, 0x99aabbccddeeff00}, out0[2], out15[2];
	long r;
	double st = 1.25, st_out;

	__asm__ volatile("fldl %[st]\n\tmovups %[in], %%xmm0\n\tmovups %[in], %%xmm15\n\t"
			 "mov $62, %%eax\n\tmov %[pid], %%edi\n\tmov $10, %%esi\n\tsyscall\n\t"
			 "movups %%xmm0, %[out0]\n\tmovups %%xmm15, %[out15]\n\tfstpl %[sto]"
			 : "=&a"(r), [out0] "=m"(out0), [out15] "=m"(out15), [sto] "=m"(st_out)
			 : [in] "m"(in), [pid] "r"(pid), [st] "m"(st)
			 : "rcx", "r11", "rdi", "rsi", "xmm0", "xmm15", "memory");
	return r == 0 && memcmp(in, out0, 16) == 0 && memcmp(in, out15, 16) == 0 && st_out == st;
}

__attribute__((target("avx"))) static int survives_avx(pid_t pid)
{
	uint64_t in[4] = {1, 2, 3, 0xfedcba9876543210}, out[4];
	long r;

	__asm__ volatile(
	    "vmovups %[in], %%ymm15\n\tmov $62, %%eax\n\tmov %[pid], %%edi\n\tmov $10, %%esi\n\tsyscall\n\t"
	    "vmovups %%ymm15, %[out]"
	    : "=&a"(r), [out] "=m"(out)
	    : [in] "m"(in), [pid] "r"(pid)
	    : "rcx", "r11", "rdi", "rsi", "xmm15", "memory");
	return r == 0 && memcmp(in, out, 32) == 0;
}

int main(void)
{
	signal(SIGUSR1, handler);
	have_avx = __builtin_cpu_supports("avx");
	for (int i = 0; i < 3; i++)
		IS(survives_sse(getpid()));
	SAY("handler ran %d times\n", runs);
	IS(!have_avx || survives_avx(getpid()));
	IS(fegetround() == FE_TONEAREST);
	/* Two processes that switch at every step keep their own values. */
	int a[2], b[2];
	char c = 0;
	pipe(a);
	pipe(b);
	fflush(stdout);
	volatile double x = 1.0;
	pid_t pid = fork();
	for (int i = 0; i < 50; i++) {
		x = x * 1.5 + (pid ? 1 : 2);
		if (pid) {
			write(a[1], &c, 1);
			read(b[0], &c, 1);
		} else {
			read(a[0], &c, 1);
			write(b[1], &c, 1);
		}
	}
	if (pid == 0) {
		SAY("child %.17g\n", x);
		return 0;
	}
	wait(NULL);
	SAY("parent %.17g\n", x);
	return 0;
}
