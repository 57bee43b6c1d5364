/* console.h - the console: the terminal behind kevsim's own standard streams, and the host's signals. */
#ifndef KEVSIM_FS_CONSOLE_H
#define KEVSIM_FS_CONSOLE_H

#include "core/types.h"

/* Boot: /dev/console and /dev/tty; looks through the door whether a standard stream is a terminal. */
void console_init(void);
void console_shutdown(void);
/* Input, window changes and host signals that came in. */
void console_softirq(uint32_t door_events);
/* Does anybody wait for what only the terminal's user can bring? */
bool console_awaited(void);

#endif
