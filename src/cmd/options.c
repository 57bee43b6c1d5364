/* options.c - the command line of kevsim. Leaves out: option files, environment variables that act as
 * options. */
#define _GNU_SOURCE
#include "cmd/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/message.h"
#include "cmd/number.h"
#include "config.h"

#define DEFAULT_RAM (1ULL << 30)
#define MIN_RAM (16ULL << 20)
#define MAX_RAM (1ULL << 40)
#define DEFAULT_SEED 1
/* Wall clock at boot in virtual mode: 2026-01-01 00:00:00 UTC. */
#define DEFAULT_EPOCH_NS (1767225600LL * NSEC_PER_SEC)
#define HOSTNAME_MAX_LEN 64

enum option_id {
	OPT_ROOT = 256,
	OPT_BIND,
	OPT_MEM,
	OPT_SIZE,
	OPT_SEED,
	OPT_CLOCK,
	OPT_EPOCH,
	OPT_ENV,
	OPT_USER,
	OPT_CWD,
	OPT_HOSTNAME,
	OPT_STRACE,
	OPT_LIST_SYSCALLS,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option long_options[] = {
    {"root", required_argument, NULL, OPT_ROOT},
    {"bind", required_argument, NULL, OPT_BIND},
    {"mem", required_argument, NULL, OPT_MEM},
    {"size", required_argument, NULL, OPT_SIZE},
    {"seed", required_argument, NULL, OPT_SEED},
    {"clock", required_argument, NULL, OPT_CLOCK},
    {"epoch", required_argument, NULL, OPT_EPOCH},
    {"env", required_argument, NULL, OPT_ENV},
    {"user", required_argument, NULL, OPT_USER},
    {"cwd", required_argument, NULL, OPT_CWD},
    {"hostname", required_argument, NULL, OPT_HOSTNAME},
    {"strace", optional_argument, NULL, OPT_STRACE},
    {"verbose", no_argument, NULL, 'v'},
    {"list-syscalls", no_argument, NULL, OPT_LIST_SYSCALLS},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static const char help_text[] =
    "Usage: kevsim [OPTIONS] [--] PROGRAM [ARG...]\n"
    "Runs an x86-64 Linux program on a simulated kernel inside this one process.\n"
    "\n"
    "  --root DIR           the program's root is this host directory; it is never changed,\n"
    "                       what the program writes stays in memory\n"
    "  --root FILE          the root is unpacked from an archive (tar, tar.gz, tar.xz, tar.zst, cpio, zip);\n"
    "                       without --root: busybox and its applets in an empty file system\n"
    "  --bind HOST:GUEST[:rw]  show a host file or directory at GUEST, read-only unless :rw\n"
    "  --mem SIZE           simulated memory, e.g. 512M (default 1G)\n"
    "  --size SIZE          size limit of the root file system in memory (default: half of --mem)\n"
    "  --seed N|random      seed of everything that is left to chance (default 1)\n"
    "  --clock virtual|real virtual: waiting takes no time; real: paced by the host's clock\n"
    "                       (default: real when standard input is a terminal, else virtual)\n"
    "  --epoch DATE|SECONDS wall clock at boot, UTC (default: 2026-01-01 with the virtual clock,\n"
    "                       the host's time with the real one)\n"
    "  --env NAME=VALUE     set an environment variable; may be repeated\n"
    "  --user UID[:GID]|NAME  run as this user (default root)\n"
    "  --cwd DIR            start in this directory (default /)\n"
    "  --hostname NAME      name of the simulated machine (default kevsim)\n"
    "  --strace[=FILE]      print every system call to stderr or FILE\n"
    "  -v, --verbose        log what the kernel has to say; twice: more\n"
    "  --list-syscalls      print the table of system calls and end\n"
    "  --help, --version    print this or the version and end\n"
    "\n"
    "Exit status: the program's own, or 128+N when signal N ended it; 124 a bug of kevsim's,\n"
    "125 kevsim failed otherwise, 126 PROGRAM cannot be executed, 127 PROGRAM was not found.\n";

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The absolute path behind what was given, or a message about it. */
static char *resolve(const char *option, const char *path)
{
	char *real = realpath(path, NULL);

	if (!real)
		message_fail("%s %s: %s", option, path, strerror(errno));
	return real;
}

static void set_root(struct options *opt, const char *arg)
{
	free(opt->root_path);
	if (access(arg, F_OK))
		message_fail("--root %s: %s", arg, strerror(errno));
	if (is_directory(arg)) {
		opt->root = ROOT_HOSTTREE;
		opt->root_path = resolve("--root", arg);
		if (access(opt->root_path, R_OK | X_OK))
			message_fail("--root %s: %s", arg, strerror(errno));
		return;
	}
	opt->root = ROOT_ARCHIVE;
	opt->root_path = message_strdup(arg);
	if (access(arg, R_OK))
		message_fail("--root %s: %s", arg, strerror(errno));
}

/* HOST:GUEST[:ro|:rw]. The host path may hold colons, the guest path may not. */
static void add_bind(struct options *opt, const char *arg)
{
	struct options_bind b = {0};
	char *spec = message_strdup(arg);
	size_t len = strlen(spec);

	if (len > 3 && (strcmp(spec + len - 3, ":rw") == 0 || strcmp(spec + len - 3, ":ro") == 0)) {
		b.writable = spec[len - 1] == 'w';
		spec[len - 3] = '\0';
	}
	char *colon = strrchr(spec, ':');
	if (!colon || colon == spec || colon[1] != '/')
		message_fail("--bind %s: expected HOST:/GUEST or HOST:/GUEST:rw", arg);
	*colon = '\0';
	b.host = resolve("--bind", spec);
	b.guest = message_strdup(colon + 1);
	b.is_file = !is_directory(b.host);
	if (access(b.host, b.writable ? R_OK | W_OK : R_OK))
		message_fail("--bind %s: %s", arg, strerror(errno));
	free(spec);

	opt->binds = realloc(opt->binds, (opt->nbinds + 1) * sizeof(b));
	if (!opt->binds)
		message_fail("out of memory");
	opt->binds[opt->nbinds++] = b;
}

static void add_env(struct options *opt, const char *arg)
{
	const char *eq = strchr(arg, '=');

	if (!eq || eq == arg)
		message_fail("--env %s: expected NAME=VALUE", arg);
	opt->env = realloc(opt->env, (opt->nenv + 1) * sizeof(*opt->env));
	if (!opt->env)
		message_fail("out of memory");
	opt->env[opt->nenv++] = arg;
}

static uint64_t parse_seed(const char *arg)
{
	uint64_t seed;

	if (strcmp(arg, "random") == 0) {
		if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
			message_fail("--seed random: %s", strerror(errno));
		return seed;
	}
	if (!number_parse(arg, &seed))
		message_fail("--seed %s: expected a number or 'random'", arg);
	return seed;
}

static uint64_t parse_ram(const char *arg)
{
	uint64_t bytes;

	if (!number_parse_size(arg, &bytes))
		message_fail("--mem %s: expected a size such as 512M or 2G", arg);
	if (bytes < MIN_RAM || bytes > MAX_RAM)
		message_fail("--mem %s: must be between 16M and 1T", arg);
	return round_down(bytes, PAGE_SIZE);
}

static enum clock_mode parse_clock(const char *arg)
{
	if (strcmp(arg, "real") == 0)
		return CLOCK_MODE_REAL;
	if (strcmp(arg, "virtual") != 0)
		message_fail("--clock %s: expected 'virtual' or 'real'", arg);
	return CLOCK_MODE_VIRTUAL;
}

static const char *check_hostname(const char *arg)
{
	size_t n = strlen(arg);

	if (n == 0 || n > HOSTNAME_MAX_LEN)
		message_fail("--hostname %s: must have 1 to %d characters", arg, HOSTNAME_MAX_LEN);
	return arg;
}

static int64_t host_wall_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static _Noreturn void print_and_exit(const char *text)
{
	fputs(text, stdout);
	message_flush_stdout();
	exit(0);
}

/* getopt(3) was told to be quiet; says what it did not like. */
static _Noreturn void reject(int missing_argument, char **argv, int index)
{
	const char *word = argv[index] ? argv[index] : "";

	if (missing_argument)
		message_fail("option %s needs an argument", word);
	if (word[0] == '-' && word[1] != '-')
		message_fail("unknown option -%c (try --help)", optopt ? optopt : word[1]);
	message_fail("unknown or ambiguous option %s (try --help)", word);
}

/* One option. Whether the clock and the epoch were named is kept, because their defaults depend on each
 * other. */
struct given {
	bool clock, epoch;
};

static void apply(struct options *opt, struct given *given, int id, const char *arg)
{
	switch (id) {
	case OPT_ROOT: set_root(opt, arg); break;
	case OPT_BIND: add_bind(opt, arg); break;
	case OPT_MEM: opt->ram_bytes = parse_ram(arg); break;
	case OPT_SEED: opt->seed = parse_seed(arg); break;
	case OPT_ENV: add_env(opt, arg); break;
	case OPT_USER: opt->user = arg; break;
	case OPT_HOSTNAME: opt->hostname = check_hostname(arg); break;
	case OPT_LIST_SYSCALLS: opt->list_syscalls = true; break;
	case OPT_HELP: print_and_exit(help_text);
	case OPT_VERSION: print_and_exit(PACKAGE_STRING "\n");
	case 'v': opt->verbose++; break;
	case OPT_SIZE:
		if (!number_parse_size(arg, &opt->tmpfs_max_bytes) || opt->tmpfs_max_bytes < PAGE_SIZE)
			message_fail("--size %s: expected a size such as 64M", arg);
		break;
	case OPT_CLOCK:
		opt->clock_mode = parse_clock(arg);
		given->clock = true;
		break;
	case OPT_EPOCH:
		if (!number_parse_date(arg, &opt->epoch_ns))
			message_fail("--epoch %s: expected seconds since 1970 or YYYY-MM-DD[THH:MM:SS]", arg);
		given->epoch = true;
		break;
	case OPT_CWD:
		if (arg[0] != '/')
			message_fail("--cwd %s: must be an absolute path", arg);
		opt->cwd = arg;
		break;
	case OPT_STRACE:
		opt->strace = true;
		opt->strace_path = arg;
		if (arg && !*arg)
			message_fail("--strace=: the file name is empty");
		break;
	}
}

void options_parse(struct options *opt, int argc, char **argv)
{
	struct given given = {0};

	*opt = (struct options){.root = ROOT_DEFAULT,
				.ram_bytes = DEFAULT_RAM,
				.seed = DEFAULT_SEED,
				.hostname = "kevsim",
				.cwd = "/"};
	opterr = 0;
	for (;;) {
		int index = optind;
		int id = getopt_long(argc, argv, "+:v", long_options, NULL);
		if (id < 0)
			break;
		if (id == '?' || id == ':')
			reject(id == ':', argv, index);
		apply(opt, &given, id, optarg);
	}
	if (!given.clock)
		opt->clock_mode = isatty(STDIN_FILENO) ? CLOCK_MODE_REAL : CLOCK_MODE_VIRTUAL;
	if (!given.epoch)
		opt->epoch_ns = opt->clock_mode == CLOCK_MODE_REAL ? host_wall_clock() : DEFAULT_EPOCH_NS;
	opt->argv = argv + optind;
	if (!opt->list_syscalls && !opt->argv[0])
		message_fail("no program given (try --help)");
}

void options_destroy(struct options *opt)
{
	for (size_t i = 0; i < opt->nbinds; i++) {
		free(opt->binds[i].host);
		free((char *)(uintptr_t)opt->binds[i].guest);
	}
	free(opt->binds);
	free(opt->env);
	free(opt->root_path);
}
