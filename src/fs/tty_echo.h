/* tty_echo.h - echo of terminals: operations that wait until the hardware has room. */
#ifndef KEVSIM_FS_TTY_ECHO_H
#define KEVSIM_FS_TTY_ECHO_H

#include "fs/tty_struct.h"

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
/* Carries out what waits, as far as the hardware has room. */
void tty_echo_flush(struct tty *t);

#endif
