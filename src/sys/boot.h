/* boot.h - from a configuration to a running first program, and its end. */
#ifndef KEVSIM_SYS_BOOT_H
#define KEVSIM_SYS_BOOT_H

#include "core/clock.h"
#include "core/types.h"

enum root_kind {
	ROOT_DEFAULT,  /* tmpfs with busybox and its applets, /etc, /dev, /proc, /sys, /tmp, /root */
	ROOT_HOSTTREE, /* host tree number 0 of the door with a copy-on-write layer in memory */
	ROOT_ARCHIVE,  /* tmpfs that the caller fills through boot_archive_entry() */
};

struct boot_bind {
	int host_root;          /* number of the tree at the door */
	const char *guest_path; /* absolute */
	bool writable;
	bool is_file; /* a single file instead of a directory */
};

/* Everything that decides a run. Strings belong to the caller and stay valid during the run. */
struct kernel_config {
	void *arena; /* kernel objects: fixed address */
	size_t arena_size;
	void *ram;          /* direct map of simulated RAM */
	uint64_t ram_bytes; /* multiple of PAGE_SIZE */
	uint64_t seed;
	enum clock_mode clock_mode;
	int64_t epoch_ns;
	const char *hostname;
	const char *command_line; /* for /proc/cmdline */

	enum root_kind root;
	/* ROOT_DEFAULT: the busybox binary's content and its applet names, "\n"-separated "bin/ls" paths */
	const void *busybox;
	size_t busybox_size;
	const char *applets;
	/* ROOT_ARCHIVE: called once the empty root exists; calls boot_archive_entry() for each member. 0 or a
	 * negative errno. */
	int (*fill_root)(void *arg);
	void *fill_root_arg;
	const struct boot_bind *binds;
	size_t nbinds;
	uint64_t tmpfs_max_bytes; /* size limit of the root tmpfs; 0: half of RAM */

	char *const *argv; /* program and arguments; a bare name is looked up in PATH of env */
	char *const *env;
	const char *cwd;
	uint32_t uid, gid;
	bool strace; /* decode system calls to door->strace_write */
};

/* Boots: memory, clock, file systems, devices, init (pid 1, a kernel task that reaps orphans), the first
 * program (pid 2). 0, or a negative errno after a one-line log of the reason: -ENOENT (program not found:
 * exit 127), -EACCES / -ENOEXEC (found but not executable: 126), others 125. */
int kernel_boot(const struct kernel_config *cfg);
/* Runs until the first program ends (then everything else is killed). Returns the exit status of kevsim:
 * its code, or 128 + signal. */
int kernel_run(void);
/* After kernel_run(): frees everything and reports what leaked, one KLOG_ERROR line each; the number of
 * leaks. */
unsigned kernel_shutdown(void);

/* For fill_root: adds one member of an archive (parents are made as needed). type: S_IF* bits in mode; hard
 * links name an earlier path in link; symlinks their target. data may be NULL when size is 0; times wall ns.
 */
int boot_archive_entry(const char *path, uint32_t mode, uint32_t uid, uint32_t gid, int64_t mtime_ns,
		       uint64_t rdev, const char *link, bool hardlink, const void *data, uint64_t size);

/* A negative errno in words, for the one-line messages of a failed boot. */
const char *boot_reason(int err);

extern const struct kernel_config *kernel_config; /* of the running kernel */

#endif
