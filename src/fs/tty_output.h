/* tty_output.h - output processing (OPOST), echo, and flow control of terminals. */
#ifndef KEVSIM_FS_TTY_OUTPUT_H
#define KEVSIM_FS_TTY_OUTPUT_H

#include "fs/tty_struct.h"

/* Processes and writes as much of src as the hardware takes now: bytes of src used, or a negative errno. */
int64_t tty_output(struct tty *t, const uint8_t *src, size_t n);
/* The echo of one byte: controls as ^X with ECHOCTL. */
void tty_echo_char(struct tty *t, uint8_t c);
/* The echo of one byte as it is (output processing applies). */
void tty_echo_raw(struct tty *t, uint8_t c);
/* Remembers the column where the line being edited begins. */
void tty_echo_canon_column(struct tty *t);
/* Wipes a tab: columns counts the characters since the line's start or, with after_tab, since the tab before. */
void tty_echo_erase_tab(struct tty *t, uint32_t columns, bool after_tab);
/* One column back, for bytes that did not take one. */
void tty_echo_move_back(struct tty *t);
/* Ends a \.../ of ECHOPRT. */
void tty_echo_finish_erasing(struct tty *t);
/* Hands waiting echo to the hardware. */
void tty_echo_flush(struct tty *t);
/* ^S and TCOOFF; ^Q and TCOON. */
void tty_stop(struct tty *t);
void tty_start(struct tty *t);

#endif
