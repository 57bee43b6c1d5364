/* options.h - the command line of kevsim, decoded and checked. */
#ifndef KEVSIM_CMD_OPTIONS_H
#define KEVSIM_CMD_OPTIONS_H

#include "core/clock.h"
#include "core/types.h"
#include "sys/boot.h"

/* --bind HOST:GUEST[:rw] */
struct options_bind {
	char *host;        /* absolute, links resolved */
	const char *guest; /* absolute */
	bool writable;
	bool is_file;
};

struct options {
	enum root_kind root;
	char *root_path; /* ROOT_HOSTTREE: absolute; ROOT_ARCHIVE: as given */
	struct options_bind *binds;
	size_t nbinds;
	const char **env; /* K=V in the order given */
	size_t nenv;
	uint64_t ram_bytes;
	uint64_t tmpfs_max_bytes; /* 0: the kernel's default */
	uint64_t seed;
	enum clock_mode clock_mode;
	int64_t epoch_ns;
	const char *hostname;
	const char *cwd;
	const char *user; /* NULL: root */
	bool strace;
	const char *strace_path; /* NULL: stderr */
	int verbose;
	bool list_syscalls;
	char **argv; /* the guest program and its arguments, NULL terminated */
};

/* Decodes the command line. --help, --version and every mistake end kevsim here (status 0, or 125 after one
 * line on stderr). Strings point into argv unless said otherwise. */
void options_parse(struct options *opt, int argc, char **argv);
void options_destroy(struct options *opt);

#endif
