/* console.h - the three standard streams of kevsim and the terminal's mode. */
#ifndef KEVSIM_HOSTCPU_CONSOLE_H
#define KEVSIM_HOSTCPU_CONSOLE_H

#include "core/door.h"

/* Raw mode for a terminal on standard input, if wanted. */
void console_open(bool raw);
/* The same again after a stop: started in the background, kevsim gets its terminal with SIGCONT. Async-signal-safe. */
void console_resume(void);
/* Gives the terminal back as it was. Async-signal-safe, harmless twice. */
void console_restore(void);
/* True while the terminal is in raw mode (log lines then need a carriage return). */
bool console_is_raw(void);

void console_info(int stream, struct con_info *info);
int64_t console_read(int stream, void *buf, size_t n);
int64_t console_write(int stream, const void *buf, size_t n);
int64_t console_seek(int stream, int64_t off, int whence);
bool console_ready(int stream);
/* Descriptor to wait on for input, or -1 after end of file. */
int console_wait_fd(void);

#endif
