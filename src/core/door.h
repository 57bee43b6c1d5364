/* door.h - the only way in and out of the kernel (see door.def for the table). */
#ifndef KEVSIM_CORE_DOOR_H
#define KEVSIM_CORE_DOOR_H

#include "core/cpu.h"
#include "core/types.h"

/* What idle() and poll_events() report. */
enum door_event {
	DOOR_EVENT_CONSOLE = 1, /* standard input may be readable */
	DOOR_EVENT_SIGNAL = 2,  /* host_signal() has something */
	DOOR_EVENT_WINCH = 4,   /* the window size changed: ask con_info() */
	DOOR_EVENT_FRAME = 8,   /* a frame has arrived */
};

enum con_kind {
	CON_CLOSED,
	CON_TTY,
	CON_PIPE,
	CON_FILE,
	CON_CHARDEV
};

/* A standard stream of kevsim. */
struct con_info {
	enum con_kind kind;
	bool readable, writable, append;
	uint16_t rows, cols; /* CON_TTY */
	uint64_t size;       /* CON_FILE */
};

struct host_stat {
	uint64_t ino, size, blocks;
	uint32_t mode, uid, gid, nlink;
	uint32_t rdev_major, rdev_minor;
	int64_t mtime_ns, atime_ns, ctime_ns; /* since 1970 */
};

enum host_open_flag {
	HOST_OPEN_WRITE = 1,
	HOST_OPEN_CREATE = 2,
	HOST_OPEN_EXCL = 4,
	HOST_OPEN_TRUNC = 8
};

struct door_ops {
#define DOOR(ret, name, params) ret(*name) params;
#include "core/door.def"
#undef DOOR
};

/* Set once before boot. */
extern const struct door_ops *door;

#endif
