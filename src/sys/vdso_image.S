/* vdso_image.S - the built vDSO, as bytes of the kernel (see sys/vdso_image.h). */
	.section .rodata
	.balign 4096
	.globl vdso_image, vdso_image_end
	.hidden vdso_image, vdso_image_end
vdso_image:
	.incbin "src/vdso/vdso.so"
vdso_image_end:
	.section .note.GNU-stack, "", @progbits
