/* kstack_frames.h - kernel stacks made of frames (kstack_frames.c); part of mm_init() and mm_shutdown(). */
#ifndef KEVSIM_MM_KSTACK_FRAMES_H
#define KEVSIM_MM_KSTACK_FRAMES_H

/* Registers itself as kstack_ops. */
void kstack_frames_init(void);
/* Unmaps the stacks kept for reuse. */
void kstack_frames_shutdown(void);

#endif
