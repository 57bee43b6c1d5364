/* stub.S - code that runs inside guest host processes. No stack, no data but the read-only operation list: a guest
 * that writes to all of its memory cannot change what happens here.
 *
 * r15: next operation. Stops tell the tracer how it went: int3 = list done (or thread ready), ud2 = an operation
 * failed (rax: negative errno). */
#include "hostcpu/stub.h"

	.section .rodata
	.balign 4096
	.globl stub_start, stub_end, stub_detach
stub_start:
	/* The mapper: executes the list, stops, executes the next one. */
mapper:
	movabs	$STUB_OPS, %r15
	int3
next:
	movq	(%r15), %rax
	testq	%rax, %rax
	js	mapper
	movq	8(%r15), %rdi
	movq	16(%r15), %rsi
	movq	24(%r15), %rdx
	movq	32(%r15), %r10
	movq	40(%r15), %r8
	movq	48(%r15), %r9
	movq	%rax, %r14
	syscall
	cmpq	$-4095, %rax
	jae	failed
	cmpl	$56, %r14d		/* clone returns 0 in the new thread or process */
	jne	done
	testq	%rax, %rax
	jz	cloned
done:
	addq	$64, %r15
	jmp	next
failed:
	ud2
	jmp	mapper

cloned:
	testl	$0x10000, %edi		/* CLONE_THREAD: a guest thread, else the mapper of a new process */
	jz	mapper
	movl	$317, %eax		/* seccomp(SECCOMP_SET_MODE_FILTER, 0, STUB_FILTER): trace every call */
	movl	$1, %edi
	xorl	%esi, %esi
	movabs	$STUB_FILTER, %rdx
	syscall
	testq	%rax, %rax
	jnz	failed
	int3
	ud2

	/* Template process, entered once from C on a stack that is about to vanish. */
stub_detach:
	movl	$11, %eax		/* munmap(0, STUB_BASE) */
	xorl	%edi, %edi
	movabs	$STUB_BASE, %rsi
	syscall
	testq	%rax, %rax
	jnz	failed
	movl	$11, %eax		/* munmap(STUB_BASE + STUB_SIZE, rest) */
	movabs	$(STUB_BASE + STUB_SIZE), %rdi
	movabs	$(STUB_USER_END - STUB_BASE - STUB_SIZE), %rsi
	syscall
	testq	%rax, %rax
	jnz	failed
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%esp, %esp
	jmp	mapper
stub_end:
	.section .note.GNU-stack,"",@progbits
