/* run.c - one run of a guest: opens the live door, boots the kernel behind it, reports how it ended.
 * Leaves out: recording and replaying. */
#define _GNU_SOURCE
#include "cmd/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/archive.h"
#include "cmd/busybox.h"
#include "cmd/guestenv.h"
#include "cmd/message.h"
#include "cmd/user.h"
#include "fs/rootfs.h"
#include "hostcpu/live.h"
#include "sys/boot.h"
#include "sys/syscall.h"

/* Kernel objects: a fixed part and a share of RAM. Only what is touched costs host memory. */
#define ARENA_BASE_BYTES (256ULL << 20)
#define ARENA_RAM_SHARE 4

#define PASSWD_MAX (1 << 20)

/* What the kernel's configuration points to, and what must be given back. */
struct run {
	const struct options *opt;
	struct user user;
	char **env;
	char command_line[256];
	struct boot_bind *binds;
	const char **host_roots;
	bool *host_root_writable;
	size_t nhost_roots;
	struct archive_root *archive;
};

/* DIR/etc/passwd. A link that leads out of DIR is not followed: the guest would see another file. */
static char *read_host_passwd(const char *root)
{
	char *text = NULL;

	int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int etc = dir < 0 ? -1 : openat(dir, "etc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int fd = etc < 0 ? -1 : openat(etc, "passwd", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		text = message_alloc(PASSWD_MAX + 1);
		ssize_t n = read(fd, text, PASSWD_MAX);
		text[n > 0 ? n : 0] = '\0';
		close(fd);
	}
	if (etc >= 0)
		close(etc);
	if (dir >= 0)
		close(dir);
	return text;
}

static void find_user(struct run *run)
{
	const struct options *opt = run->opt;
	const char *why = "";
	char *passwd = NULL;

	if (opt->user) {
		switch (opt->root) {
		case ROOT_DEFAULT: passwd = message_strdup(rootfs_default_text("/etc/passwd")); break;
		case ROOT_HOSTTREE: passwd = read_host_passwd(opt->root_path); break;
		case ROOT_ARCHIVE: passwd = archive_root_read(opt->root_path, "etc/passwd"); break;
		}
	}
	if (!user_find(opt->user, passwd, &run->user, &why))
		message_fail("--user %s: %s", opt->user, why);
	free(passwd);
}

/* Numbers the host trees: the root first, then the binds. */
static void collect_host_roots(struct run *run)
{
	const struct options *opt = run->opt;
	size_t max = opt->nbinds + 1;

	run->binds = message_alloc(opt->nbinds * sizeof(*run->binds));
	run->host_roots = message_alloc(max * sizeof(*run->host_roots));
	run->host_root_writable = message_alloc(max * sizeof(*run->host_root_writable));
	if (opt->root == ROOT_HOSTTREE)
		run->host_roots[run->nhost_roots++] = opt->root_path;
	for (size_t i = 0; i < opt->nbinds; i++) {
		const struct options_bind *b = &opt->binds[i];
		run->binds[i] = (struct boot_bind){.host_root = (int)run->nhost_roots,
						   .guest_path = b->guest,
						   .writable = b->writable,
						   .is_file = b->is_file};
		run->host_roots[run->nhost_roots] = b->host;
		run->host_root_writable[run->nhost_roots++] = b->writable;
	}
}

static void open_door(const struct run *run, struct kernel_config *cfg)
{
	const struct options *opt = run->opt;
	char err[256] = "";

	cfg->arena_size = round_up(ARENA_BASE_BYTES + opt->ram_bytes / ARENA_RAM_SHARE, PAGE_SIZE);
	cfg->ram_bytes = opt->ram_bytes;
	struct live_config live = {
	    .ram_bytes = cfg->ram_bytes,
	    .arena_size = cfg->arena_size,
	    .verbose = opt->verbose,
	    .strace = opt->strace,
	    .strace_path = opt->strace_path,
	    .host_roots = run->host_roots,
	    .nhost_roots = run->nhost_roots,
	    .host_root_writable = run->host_root_writable,
	    .console_raw = isatty(STDIN_FILENO) != 0,
	    .clock_mode = opt->clock_mode,
	};
	if (live_open(&live, &cfg->arena, &cfg->ram, err, sizeof(err)))
		message_fail("%s", err);
}

/* Ends kevsim when the archive turns out to be damaged: the kernel could only say that less clearly. */
static int fill_root(void *arg)
{
	struct archive_root *ar = arg;
	int err = archive_root_fill(ar);

	if (err) {
		live_close();
		message_fail("--root %s", archive_root_error(ar));
	}
	return 0;
}

static void configure(struct run *run, struct kernel_config *cfg)
{
	const struct options *opt = run->opt;

	snprintf(run->command_line, sizeof(run->command_line), "mem=%llu seed=%llu clock=%s",
		 (unsigned long long)opt->ram_bytes, (unsigned long long)opt->seed,
		 opt->clock_mode == CLOCK_MODE_REAL ? "real" : "virtual");
	*cfg = (struct kernel_config){
	    .seed = opt->seed,
	    .clock_mode = opt->clock_mode,
	    .epoch_ns = opt->epoch_ns,
	    .hostname = opt->hostname,
	    .command_line = run->command_line,
	    .root = opt->root,
	    .binds = run->binds,
	    .nbinds = opt->nbinds,
	    .tmpfs_max_bytes = opt->tmpfs_max_bytes,
	    .argv = opt->argv,
	    .env = run->env,
	    .cwd = opt->cwd,
	    .uid = run->user.uid,
	    .gid = run->user.gid,
	    .strace = opt->strace,
	};
	if (opt->root == ROOT_DEFAULT) {
		cfg->busybox = busybox_map(&cfg->busybox_size);
		cfg->applets = busybox_applets;
	}
	if (opt->root == ROOT_ARCHIVE) {
		cfg->fill_root = fill_root;
		cfg->fill_root_arg = run->archive;
	}
}

static int boot_status(int err)
{
	if (err == -ENOENT)
		return EXIT_NOT_FOUND;
	if (err == -EACCES || err == -ENOEXEC)
		return EXIT_NOT_EXECUTABLE;
	return EXIT_OWN_FAILURE;
}

/* A standard stream that is closed must not become some file of ours. The guest gets EBADF as if it were
 * closed: the stream is opened the wrong way round. */
static void reserve_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

int run_program(const struct options *opt)
{
	struct run run = {.opt = opt};
	struct kernel_config cfg;

	reserve_streams();
	find_user(&run);
	collect_host_roots(&run);
	run.env = guestenv_create(opt, run.user.home);
	if (opt->root == ROOT_ARCHIVE)
		run.archive = archive_root_open(opt->root_path);
	configure(&run, &cfg);
	open_door(&run, &cfg);
	if (opt->verbose)
		message_warn("seed %llu", (unsigned long long)opt->seed);

	int err = kernel_boot(&cfg);
	int status = err ? boot_status(err) : kernel_run();
	if (!err)
		kernel_shutdown();
	if (live_close()) /* it has said why */
		status = EXIT_OWN_FAILURE;

	if (run.archive)
		archive_root_close(run.archive);
	guestenv_free(run.env);
	free(run.binds);
	free(run.host_roots);
	free(run.host_root_writable);
	return status;
}

static void print_line(const char *line)
{
	puts(line);
}

int run_list_syscalls(void)
{
	syscall_list(print_line);
	message_flush_stdout();
	return 0;
}
