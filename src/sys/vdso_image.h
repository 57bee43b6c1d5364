/* vdso_image.h - the vDSO that every program gets, embedded in the kernel (built from src/vdso/). */
#ifndef KEVSIM_SYS_VDSO_IMAGE_H
#define KEVSIM_SYS_VDSO_IMAGE_H

#include "core/types.h"

extern const uint8_t vdso_image[], vdso_image_end[];

#endif
