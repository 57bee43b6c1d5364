/* tty_output.h - output processing (OPOST) and flow control of terminals. */
#ifndef KEVSIM_FS_TTY_OUTPUT_H
#define KEVSIM_FS_TTY_OUTPUT_H

#include "fs/tty_struct.h"

/* The most bytes that output processing makes of one. */
#define TTY_OUTPUT_MAX 8U

/* Processes and writes as much of src as the hardware takes now, after the echo that waits: bytes of src used, or a
 * negative errno. */
int64_t tty_output(struct tty *t, const uint8_t *src, size_t n);
/* Output processing of one byte: up to TTY_OUTPUT_MAX bytes into out; how many. */
uint32_t tty_output_char(struct tty *t, uint8_t c, uint8_t *out);
/* ^S and TCOOFF; ^Q and TCOON. Echo that waits is not carried out by tty_start(). */
void tty_stop(struct tty *t);
void tty_start(struct tty *t);

#endif
