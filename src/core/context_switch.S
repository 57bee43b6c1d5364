/* context_switch.S - the two ends of a kernel stack: leaving one for another, and starting on a fresh one.
 * System V ABI: only rbx, rbp, r12-r15 and the stack pointer survive a call; the kernel never changes the control
 * words of x87 and SSE. */

	.text

/* void context_switch_stack(void **save_rsp (rdi), void *load_rsp (rsi)) */
	.globl	context_switch_stack
	.type	context_switch_stack, @function
	.p2align 4
context_switch_stack:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.size	context_switch_stack, . - context_switch_stack

/* The return address of a prepared context: rbx holds the entry function. No frame is above. */
	.globl	context_trampoline
	.type	context_trampoline, @function
	.p2align 4
context_trampoline:
	.cfi_startproc
	.cfi_undefined rip
	xorl	%ebp, %ebp
	movq	%rbx, %rdi
	call	context_enter
	ud2
	.cfi_endproc
	.size	context_trampoline, . - context_trampoline

	.section .note.GNU-stack, "", @progbits
