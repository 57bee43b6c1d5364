/* busybox_suite.c - does a shell with busybox's applets work? 108 small tests as one program.
 *
 * The program is a guest like any other: it starts /bin/sh -c COMMAND in a child, captures its standard
 * output through a pipe and looks at the output, the exit status and the files. Run natively (with busybox's
 * applets first in PATH and --shell naming its sh) it is its own oracle.
 *
 *   busybox_suite [--only NAME|N[,...]] [--expect-fail N[,...]] [--skip N[,...]] [--shell PATH] [-v]
 *
 * Debian's busybox has no nice and no nohup; where PATH has none, this program stands in for them (it is
 * linked into its working directory under these names), because what they ask of the kernel is the question.
 *
 * Exit status 0 when nothing failed but what was expected to. Each command may take 5 s of the clock it sees.
 * Leaves out: what a command prints on standard error (shown with -v), and speed. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIMIT_MS 5000
#define OUTPUT_MAX (1 << 20)
#define LAST_TEST 108

static const char *shell = "/bin/sh";
static bool verbose;
static char work_dir[] = "/tmp/bb.XXXXXX";

/* --- what one command did
 * ------------------------------------------------------------------------------------- */
static char out[OUTPUT_MAX + 1]; /* its standard output */
static int status;               /* exit status, or 128 + signal, or -1 on a time-out */
static char why[512];            /* reason of a failure */

static bool failed(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return false;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void run_child(const char *cmd, int output)
{
	int null = open("/dev/null", O_RDWR);

	setpgid(0, 0);
	dup2(null, 0);
	dup2(output, 1);
	if (!verbose)
		dup2(null, 2);
	close(null);
	close(output);
	execl(shell, "sh", "-c", cmd, (char *)NULL);
	_exit(127);
}

/* Reads until end of file or the deadline. */
static bool collect(int fd, int64_t deadline)
{
	size_t len = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left = deadline - now_ms();
		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			break;
		ssize_t n = read(fd, out + len, OUTPUT_MAX - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			out[len] = '\0';
			return n == 0;
		}
		len += (size_t)n;
	}
	out[len] = '\0';
	return false;
}

static bool reap(pid_t pid, int64_t deadline)
{
	int ws;

	while (waitpid(pid, &ws, WNOHANG) == 0) {
		if (now_ms() >= deadline)
			return false;
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	status = WIFEXITED(ws) ? WEXITSTATUS(ws) : 128 + WTERMSIG(ws);
	return true;
}

/* Runs a command; fills out and status. False on a time-out or when it could not be started. */
static bool sh(const char *cmd)
{
	int fd[2];
	int64_t deadline = now_ms() + LIMIT_MS;

	status = -1;
	out[0] = '\0';
	if (pipe(fd))
		return failed("pipe: %s", strerror(errno));
	fflush(stdout);
	pid_t pid = fork();
	if (pid < 0)
		return failed("fork: %s", strerror(errno));
	if (pid == 0) {
		close(fd[0]);
		run_child(cmd, fd[1]);
	}
	close(fd[1]);
	bool done = collect(fd[0], deadline) && reap(pid, deadline);
	close(fd[0]);
	if (!done) {
		kill(-pid, SIGKILL);
		waitpid(pid, NULL, 0);
		status = -1;
		return failed("more than %d ms: %s", LIMIT_MS, cmd);
	}
	return true;
}

/* The same, and the exit status must be 0. */
static bool sh_ok(const char *cmd)
{
	if (!sh(cmd))
		return false;
	return status == 0 || failed("exit status %d: %s", status, cmd);
}

static bool has(const char *text)
{
	return strstr(out, text) || failed("no \"%s\" in: %.200s", text, out);
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static int64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : (int64_t)st.st_size;
}

static bool write_file(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	size_t n = strlen(content);

	bool ok = fd >= 0 && write(fd, content, n) == (ssize_t)n;
	if (fd >= 0)
		close(fd);
	return ok || failed("%s: %s", path, strerror(errno));
}

/* Content of a small file, in a static buffer; "" if there is none. */
static const char *content_of(const char *path)
{
	static char buf[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, sizeof(buf) - 1);

	buf[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return buf;
}

static bool file_has(const char *path, const char *text)
{
	return strstr(content_of(path), text) ||
	       failed("no \"%s\" in %s: %.200s", text, path, content_of(path));
}

static int count_of(const char *text)
{
	int n = 0;

	for (const char *p = out; (p = strstr(p, text)); p += strlen(text))
		n++;
	return n;
}

static bool in_order(const char *const words[], size_t n)
{
	const char *p = out;

	for (size_t i = 0; i < n; i++) {
		p = strstr(p, words[i]);
		if (!p)
			return failed("\"%s\" is missing or too early in: %.200s", words[i], out);
		p += strlen(words[i]);
	}
	return true;
}
#define IN_ORDER(...) \
	in_order((const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})))

/* --- tests that need more than a row of the table
 * --------------------------------------------------------------- */
static bool test_mv(void)
{
	return has("move me") && (!exists("bb_mv_src") || failed("the source is still there"));
}

static bool test_rm(void)
{
	return (!exists("bb_rm") && errno == ENOENT) || failed("bb_rm is still there");
}

static bool test_mkdir_rmdir(void)
{
	struct stat st;

	if (!sh_ok("mkdir bb_dir"))
		return false;
	if (stat("bb_dir", &st) || !S_ISDIR(st.st_mode))
		return failed("no directory");
	return sh_ok("rmdir bb_dir") && (!exists("bb_dir") || failed("the directory is still there"));
}

static bool test_ln_hard(void)
{
	struct stat a, b;

	if (stat("bb_ln_src", &a) || stat("bb_ln_dst", &b))
		return failed("stat: %s", strerror(errno));
	return (a.st_ino == b.st_ino && a.st_nlink == 2) || failed("not the same inode");
}

static bool test_ln_soft(void)
{
	char target[64];
	ssize_t n = readlink("bb_sln_dst", target, sizeof(target) - 1);

	if (n < 0)
		return failed("readlink: %s", strerror(errno));
	target[n] = '\0';
	return has("soft content") && (strstr(target, "bb_sln_src") || failed("link to %s", target));
}

static bool test_chmod(void)
{
	struct stat st;

	return (stat("bb_chmod", &st) == 0 && (st.st_mode & 0777) == 0755) ||
	       failed("mode %o", st.st_mode & 0777);
}

static bool test_sort_numeric(void)
{
	return IN_ORDER("1\n", "2\n", "10\n", "30\n");
}

static bool test_sort_reverse(void)
{
	return IN_ORDER("c\n", "b\n", "a\n");
}

static bool test_uniq(void)
{
	return has("bbb") && has("ccc") && (count_of("aaa") == 1 || failed("%d times aaa", count_of("aaa")));
}

/* No shell: does the reader of a pipe get the text of a child that has ended? */
static bool test_pipe_eof(void)
{
	int fd[2];
	char buf[32] = "";

	if (pipe(fd))
		return failed("pipe: %s", strerror(errno));
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		close(fd[0]);
		_exit(write(fd[1], "PIPE_OK", 8) == 8 ? 0 : 1);
	}
	close(fd[1]);
	ssize_t n = read(fd[0], buf, sizeof(buf) - 1);
	ssize_t end = read(fd[0], buf + 16, 1);
	close(fd[0]);
	waitpid(pid, NULL, 0);
	return (n == 8 && end == 0 && strcmp(buf, "PIPE_OK") == 0) || failed("read %zd, then %zd", n, end);
}

static bool long_enough(size_t n)
{
	size_t len = strlen(out);

	while (len > 0 && isspace((unsigned char)out[len - 1]))
		len--;
	return len >= n || failed("only \"%s\"", out);
}

static bool test_nonempty(void)
{
	return long_enough(1);
}

static bool test_more_than_2(void)
{
	return long_enough(3);
}

static bool test_more_than_5(void)
{
	return long_enough(6);
}

static bool test_ps(void)
{
	return strstr(out, "PID") || has("ps");
}

static bool test_uptime(void)
{
	return strstr(out, "up") || has("load");
}

static bool test_df(void)
{
	return strstr(out, "Filesystem") || strstr(out, "1K-blocks") || has("/");
}

static bool test_stat(void)
{
	return strstr(out, "Size") || has("bb_stat");
}

static bool test_ls_long(void)
{
	return strstr(out, "rw") || has("long_file");
}

static bool test_true_false(void)
{
	return sh_ok("true") && sh("false") && (status == 1 || failed("false: status %d", status));
}

static bool test_append_size(void)
{
	return strcmp(content_of("bb_seqw"), "AAAAABBBBB") == 0 ||
	       failed("content \"%s\"", content_of("bb_seqw"));
}

static bool test_tmpfs_read(void)
{
	return write_file("bb_tmpfs", "tmpfs content\n") && sh_ok("cat bb_tmpfs") && has("tmpfs content") &&
	       sh_ok("dd if=bb_tmpfs bs=4096 count=1") && has("tmpfs content");
}

static bool test_gzip(void)
{
	if (!sh_ok("gzip bb_gz"))
		return false;
	if (!exists("bb_gz.gz") || exists("bb_gz"))
		return failed("bb_gz.gz is missing, or bb_gz still there");
	return sh_ok("gunzip bb_gz.gz") && file_has("bb_gz", "compress me");
}

static bool test_tar_gz(void)
{
	return sh_ok("tar cf bb_tgz.tar bb_tgz") && sh_ok("gzip bb_tgz.tar") &&
	       sh_ok("gunzip bb_tgz.tar.gz && mkdir bb_tgz_out") &&
	       sh_ok("tar xf bb_tgz.tar -C bb_tgz_out") &&
	       file_has("bb_tgz_out/bb_tgz/file", "tar gz content");
}

static bool test_cpio(void)
{
	return sh_ok("echo bb_cpio | cpio -o -H newc > bb_cpio.cpio") && sh_ok("mkdir bb_cpio_out") &&
	       sh_ok("cd bb_cpio_out && cpio -i < ../bb_cpio.cpio") &&
	       file_has("bb_cpio_out/bb_cpio", "cpio content");
}

static bool test_test(void)
{
	return sh_ok("test -f /bin/sh") && sh_ok("test -d /tmp") && sh("test -f /nonexistent") &&
	       (status != 0 || failed("test -f /nonexistent: status 0"));
}

static bool test_od(void)
{
	return has("41") && has("42");
}

static bool test_nc(void)
{
	return sh_ok("echo nc_hello | nc -l -p 9999 > bb_nc_in & PID=$!; sleep 1; echo nc_data | nc -w 2 "
		     "127.0.0.1 9999; sleep 1; "
		     "kill $PID 2>/dev/null; wait $PID 2>/dev/null; cat bb_nc_in") &&
	       has("nc_hello") && has("nc_data");
}

static bool test_hostname_set(void)
{
	char old[65];

	if (gethostname(old, sizeof(old)))
		return failed("gethostname: %s", strerror(errno));
	bool ok = sh_ok("hostname test-kevlar && hostname") && has("test-kevlar");
	if (sethostname(old, strlen(old)) && ok)
		return failed("sethostname: %s", strerror(errno));
	return ok;
}

/* --- the table
 * ---------------------------------------------------------------------------------------------------- */
struct setup {
	const char *path; /* a directory when it ends with / */
	const char *content;
};

struct test {
	int nr;
	const char *name;
	struct setup setup[5];
	const char *cmd;       /* NULL: check runs the commands */
	int status;            /* wanted exit status */
	const char *want[5];   /* in the output */
	const char *avoid;     /* not in the output */
	const char *file;      /* looked at afterwards: must exist, */
	const char *file_want; /* hold this */
	int64_t size;          /* and have this size (0: any) */
	bool (*check)(void);
};

#define FIVE_LINES "line1\nline2\nline3\nline4\nline5\n"
#define FIELDS "one:two:three\nfour:five:six\n"

/* clang-format off */
static const struct test tests[] = {
	/* 1. files */
	{1, "echo_redirect", .cmd = "echo hello > bb_echo && cat bb_echo", .want = {"hello"}},
	{2, "cat_file", {{"bb_cat", "meow"}}, "cat bb_cat", .want = {"meow"}},
	{3, "cp_file", {{"bb_cp_src", "copy me"}}, "cp bb_cp_src bb_cp_dst && cat bb_cp_dst", .want = {"copy me"}},
	{4, "mv_file", {{"bb_mv_src", "move me"}}, "mv bb_mv_src bb_mv_dst && cat bb_mv_dst", .check = test_mv},
	{5, "rm_file", {{"bb_rm", "x"}}, "rm bb_rm", .check = test_rm},
	{6, "mkdir_rmdir", .check = test_mkdir_rmdir},
	{7, "ln_hard", {{"bb_ln_src", "hard"}}, "ln bb_ln_src bb_ln_dst", .check = test_ln_hard},
	{8, "ln_soft", {{"bb_sln_src", "soft content"}}, "ln -s bb_sln_src bb_sln_dst && cat bb_sln_dst", .check = test_ln_soft},
	{9, "chmod_file", {{"bb_chmod", "x"}}, "chmod 755 bb_chmod", .check = test_chmod},
	{10, "touch_file", .cmd = "touch bb_touch", .file = "bb_touch"},
	{11, "ls_basic", {{"bb_ls/", 0}, {"bb_ls/alpha", ""}, {"bb_ls/beta", ""}}, "ls bb_ls", .want = {"alpha", "beta"}},
	{12, "ls_long", {{"bb_ls_l/", 0}, {"bb_ls_l/long_file", ""}}, "ls -l bb_ls_l", .check = test_ls_long},
	{13, "head_file", {{"bb_head", FIVE_LINES}}, "head -n 2 bb_head", .want = {"line1", "line2"}, .avoid = "line3"},
	{14, "tail_file", {{"bb_tail", FIVE_LINES}}, "tail -n 2 bb_tail", .want = {"line4", "line5"}, .avoid = "line3"},
	{15, "wc_file", {{"bb_wc", "one two\nthree four five\n"}}, "wc bb_wc", .want = {"2", "5"}},
	{16, "tee_file", .cmd = "echo tee_test | tee bb_tee", .want = {"tee_test"}, .file = "bb_tee", .file_want = "tee_test"},
	{17, "dd_basic", .cmd = "dd if=/dev/zero of=bb_dd bs=512 count=4 2>&1", .file = "bb_dd", .size = 2048},
	{18, "truncate_file", .cmd = "truncate -s 5 bb_trunc", .file = "bb_trunc", .size = 5},
	{19, "du_basic", {{"bb_du/", 0}, {"bb_du/file", "x"}}, "du bb_du", .want = {"bb_du"}},
	{20, "stat_cmd", {{"bb_stat", "x"}}, "stat bb_stat", .check = test_stat},

	/* 2. text */
	{21, "grep_match", {{"bb_grep", "apple\nbanana\ncherry\napricot\n"}}, "grep ap bb_grep", .want = {"apple", "apricot"}, .avoid = "banana"},
	{22, "grep_count", {{"bb_grepc", "aaa\nbbb\naaa\nccc\naaa\n"}}, "grep -c aaa bb_grepc", .want = {"3"}},
	{23, "grep_invert", {{"bb_grepv", "yes\nno\nyes\n"}}, "grep -v yes bb_grepv", .want = {"no"}, .avoid = "yes"},
	{24, "sed_substitute", {{"bb_sed", "hello world\n"}}, "sed 's/world/kevlar/' bb_sed", .want = {"hello kevlar"}},
	{25, "sed_delete", {{"bb_sedd", "keep\ndelete\nkeep\n"}}, "sed '/delete/d' bb_sedd", .want = {"keep"}, .avoid = "delete"},
	{26, "awk_print", {{"bb_awk", "one two three\nfour five six\n"}}, "awk '{print $2}' bb_awk", .want = {"two", "five"}, .avoid = "one"},
	{27, "sort_numeric", {{"bb_sortn", "10\n2\n30\n1\n"}}, "sort -n bb_sortn", .check = test_sort_numeric},
	{28, "sort_reverse", {{"bb_sortr", "a\nc\nb\n"}}, "sort -r bb_sortr", .check = test_sort_reverse},
	{29, "uniq_basic", {{"bb_uniq", "aaa\naaa\nbbb\nccc\nccc\n"}}, "uniq bb_uniq", .check = test_uniq},
	{30, "tr_translate", .cmd = "echo 'hello' | tr 'a-z' 'A-Z'", .want = {"HELLO"}},
	{31, "cut_fields", {{"bb_cut", FIELDS}}, "cut -d: -f2 bb_cut", .want = {"two", "five"}, .avoid = "three"},
	{32, "diff_files", {{"bb_diff_a", "same\nold\n"}, {"bb_diff_b", "same\nnew\n"}}, "diff bb_diff_a bb_diff_b", .status = 1, .want = {"old", "new"}},

	/* 3. shell */
	{33, "pipe_basic", .cmd = "echo 'pipe test' | cat", .want = {"pipe test"}},
	{34, "pipe_chain", {{"bb_chain", "banana\napple\ncherry\napple\n"}}, "cat bb_chain | sort | uniq", .want = {"apple\nbanana\ncherry\n"}},
	{35, "redirect_stdout", .cmd = "echo 'redir_out' > bb_redir", .file = "bb_redir", .file_want = "redir_out"},
	{36, "redirect_append", {{"bb_append", "first\n"}}, "echo 'second' >> bb_append", .file = "bb_append", .file_want = "first\nsecond\n"},
	{37, "redirect_stdin", {{"bb_stdin", "from stdin"}}, "cat < bb_stdin", .want = {"from stdin"}},
	{38, "subshell", .cmd = "(echo sub1; echo sub2)", .want = {"sub1", "sub2"}},
	{39, "command_substitution", .cmd = "echo \"result=$(echo 42)\"", .want = {"result=42"}},
	{40, "here_doc", .cmd = "cat <<EOF\nheredoc line\nEOF\n", .want = {"heredoc line"}},
	{41, "glob_star", {{"bb_glob/", 0}, {"bb_glob/a.txt", ""}, {"bb_glob/b.txt", ""}, {"bb_glob/c.dat", ""}}, "ls bb_glob/*.txt", .want = {"a.txt", "b.txt"}, .avoid = "c.dat"},
	{42, "for_loop", .cmd = "for i in 1 2 3; do echo \"num$i\"; done", .want = {"num1", "num2", "num3"}},
	{43, "pipe_eof_basic", .check = test_pipe_eof},
	{44, "shell_pipe_eof", .cmd = "echo SHELLPIPE_OK | cat", .want = {"SHELLPIPE_OK"}},
	{45, "while_read", {{"bb_while", "a\nb\nc\n"}}, "cat bb_while | while read line; do echo \"got:$line\"; done", .want = {"got:a", "got:b", "got:c"}},
	{46, "case_stmt", .cmd = "x=hello; case $x in hello) echo matched;; *) echo nope;; esac", .want = {"matched"}, .avoid = "nope"},
	{47, "trap_signal", .cmd = "trap 'echo trapped' USR1; kill -USR1 $$; echo done", .want = {"trapped", "done"}},

	/* 4. processes */
	{48, "ps_list", .cmd = "ps", .check = test_ps},
	{49, "kill_process", .cmd = "sleep 100 & PID=$!; kill $PID; wait $PID 2>/dev/null; echo killed", .want = {"killed"}},
	{50, "env_var", .cmd = "MY_VAR=kevlar_test env | grep MY_VAR", .want = {"MY_VAR=kevlar_test"}},
	{51, "xargs_basic", .cmd = "echo 'hello world' | xargs echo 'got:'", .want = {"got:", "hello"}},
	{52, "nice_process", .cmd = "nice -n 5 echo nice_ok", .want = {"nice_ok"}},
	{53, "nohup_process", .cmd = "nohup echo nohup_ok 2>/dev/null", .want = {"nohup_ok"}},

	/* 5. the system */
	{54, "hostname_cmd", .cmd = "hostname", .check = test_nonempty},
	{55, "uname_cmd", .cmd = "uname -a", .check = test_more_than_5},
	{56, "id_cmd", .cmd = "id", .want = {"uid="}},
	{57, "whoami_cmd", .cmd = "whoami", .check = test_nonempty},
	{58, "date_cmd", .cmd = "date", .check = test_more_than_5},
	{59, "uptime_cmd", .cmd = "uptime", .check = test_uptime},
	{60, "df_cmd", .cmd = "df", .check = test_df},
	{61, "true_false", .check = test_true_false},

	/* 5b. file I/O */
	{62, "sequential_write", .cmd = "echo -n AAAAA > bb_seqw && echo -n BBBBB >> bb_seqw", .file = "bb_seqw", .size = 10, .check = test_append_size},
	{63, "multiwrite_child", .cmd = "dd if=/dev/zero bs=512 count=3 of=bb_multi", .file = "bb_multi", .size = 1536},
	{64, "tmpfs_read", .check = test_tmpfs_read},
	{65, "large_sequential", .cmd = "printf 'BLOCK1xxx' > bb_large && printf 'BLOCK2xxx' >> bb_large && printf 'BLOCK3xxx' >> bb_large && printf 'BLOCK4xxx' >> bb_large", .file = "bb_large", .file_want = "BLOCK1xxxBLOCK2xxxBLOCK3xxxBLOCK4xxx", .size = 36},

	/* 6. archives */
	{66, "tar_create_extract", {{"bb_tar/", 0}, {"bb_tar/file1", "content1"}, {"bb_tar/file2", "content2"}},
	 "stat bb_tar/file1 bb_tar/file2 > /dev/null && tar cf bb_tar.tar bb_tar && wc -c < bb_tar.tar && mkdir bb_tar_out && tar xf bb_tar.tar -C bb_tar_out && cat bb_tar_out/bb_tar/file1", .want = {"content1"}},
	{67, "gzip_decompress", {{"bb_gz", "compress me\n"}}, .check = test_gzip},
	{68, "tar_gz", {{"bb_tgz/", 0}, {"bb_tgz/file", "tar gz content"}}, .check = test_tar_gz},
	{69, "cpio_basic", {{"bb_cpio", "cpio content"}}, .check = test_cpio},

	/* 7. find */
	{70, "find_name", {{"bb_find/", 0}, {"bb_find/sub/", 0}, {"bb_find/a.txt", ""}, {"bb_find/sub/b.txt", ""}, {"bb_find/c.dat", ""}}, "find bb_find -name '*.txt'", .want = {"a.txt", "b.txt"}, .avoid = "c.dat"},
	{71, "find_type", {{"bb_findt/", 0}, {"bb_findt/dir1/", 0}, {"bb_findt/file1", ""}}, "find bb_findt -type d", .want = {"dir1"}, .avoid = "file1"},
	{72, "find_exec", {{"bb_finde/", 0}, {"bb_finde/a.txt", "hello\n"}, {"bb_finde/b.txt", "world\n"}}, "find bb_finde -name '*.txt' -exec cat {} \\;", .want = {"hello", "world"}},
	{73, "xargs_find", {{"bb_xf/", 0}, {"bb_xf/a", "content_a\n"}, {"bb_xf/b", "content_b\n"}}, "find bb_xf -type f | xargs cat", .want = {"content_a", "content_b"}},

	/* 8. arithmetic */
	{74, "expr_arithmetic", .cmd = "expr 6 '*' 7", .want = {"42"}},
	{75, "shell_arithmetic", .cmd = "echo $((17 + 25))", .want = {"42"}},
	{76, "seq_command", .cmd = "seq 1 5", .want = {"1", "3", "5"}},
	{77, "test_command", .check = test_test},
	{78, "printf_format", .cmd = "printf '%05d\\n' 42", .want = {"00042"}},

	/* 9. workloads */
	{79, "log_pipeline", {{"bb_log", "ERROR a\nINFO b\nERROR a\nERROR a\nWARN c\n"}}, "grep ERROR bb_log | sort | uniq -c | sort -rn", .want = {"3", "ERROR"}},
	{80, "config_parse", .cmd = "awk -F: '{print $1}' /etc/passwd", .want = {"root"}},
	{81, "file_batch_create", {{"bb_batch/", 0}}, "for i in $(seq 1 50); do touch bb_batch/file$i; done; ls bb_batch | wc -l", .want = {"50"}},
	{82, "multi_redirect", .cmd = "echo multi_out | tee bb_mr1 > bb_mr2 && cat bb_mr1 bb_mr2", .want = {"multi_out\nmulti_out\n"}},
	{83, "set_intersection", {{"bb_set_a", "aaa\nbbb\nccc\n"}, {"bb_set_b", "bbb\nccc\nddd\n"}}, "comm -12 bb_set_a bb_set_b 2>/dev/null || grep -Fxf bb_set_a bb_set_b", .want = {"bbb", "ccc"}, .avoid = "ddd"},
	{84, "background_jobs", .cmd = "echo bg_start > bb_bg; sleep 0 & wait; echo bg_done >> bb_bg; cat bb_bg", .want = {"bg_start", "bg_done"}},
	{85, "exit_codes", .cmd = "sh -c 'exit 42'; echo $?", .want = {"42"}},
	{86, "heredoc_multiline", .cmd = "NAME=Kevlar; cat <<EOF\nHello $NAME\nLine 2\nEOF\n", .want = {"Hello Kevlar", "Line 2"}},

	/* 10. /proc */
	{87, "proc_self_exe", .cmd = "readlink /proc/self/exe", .check = test_nonempty},
	{88, "proc_version", .cmd = "cat /proc/version || echo no_proc_version", .check = test_nonempty},
	{89, "proc_meminfo", .cmd = "cat /proc/meminfo", .want = {"MemTotal"}},
	{90, "proc_uptime", .cmd = "cat /proc/uptime", .check = test_more_than_2},
	{91, "proc_cmdline", .cmd = "cat /proc/cmdline || echo no_cmdline", .check = test_nonempty},

	/* 11. devices */
	{92, "dev_null", .cmd = "echo test > /dev/null && echo ok", .want = {"ok"}},
	{93, "dev_zero", .cmd = "dd if=/dev/zero bs=16 count=1 | wc -c", .want = {"16"}},
	{94, "dev_urandom", .cmd = "dd if=/dev/urandom bs=16 count=1 | wc -c", .want = {"16"}},
	{95, "dev_fd", .cmd = "echo test_fd | cat /dev/fd/0", .want = {"test_fd"}},

	/* 12. network and host name */
	{96, "ifconfig_cmd", .cmd = "ifconfig -a || ip -a addr", .check = test_nonempty},
	{97, "nc_loopback", .check = test_nc},
	{98, "hostname_set", .check = test_hostname_set},

	/* 13. checksums and encodings */
	{99, "md5sum", {{"bb_md5", "hello\n"}}, "md5sum bb_md5", .want = {"b1946ac92492d2347c6235b4d2611184"}},
	{100, "sha256sum", {{"bb_sha", "hello\n"}}, "sha256sum bb_sha", .want = {"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"}},
	{101, "base64_encode", .cmd = "echo -n 'hello' | base64", .want = {"aGVsbG8="}},
	{102, "od_hex", .cmd = "echo -n 'AB' | od -A x -t x1", .check = test_od},

	/* 14. edges */
	{103, "deep_directory", .cmd = "mkdir -p bb_deep/2/3/4/5/6/7/8 && echo deep > bb_deep/2/3/4/5/6/7/8/file && cat bb_deep/2/3/4/5/6/7/8/file", .want = {"deep"}},
	{104, "large_file", .cmd = "dd if=/dev/zero of=bb_1m bs=1024 count=1024 && wc -c < bb_1m", .want = {"1048576"}},
	{105, "many_pipes", .cmd = "echo start | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat", .want = {"start"}},
	{106, "empty_file", {{"bb_empty", ""}}, "wc -l < bb_empty", .want = {"0"}},
	{107, "special_chars_filename", .cmd = "echo data > 'bb file with spaces' && cat 'bb file with spaces'", .want = {"data"}},
	{108, "rapid_fork", .cmd = "for i in $(seq 1 20); do (echo $i > /dev/null) & done; wait; echo fork_done", .want = {"fork_done"}},
};
/* clang-format on */
_Static_assert(COUNT(tests) == LAST_TEST, "108 tests");

static bool prepare(const struct setup *s)
{
	for (size_t i = 0; i < COUNT(tests->setup) && s[i].path; i++) {
		size_t n = strlen(s[i].path);
		if (s[i].path[n - 1] == '/' ? mkdir(s[i].path, 0755) != 0
					    : !write_file(s[i].path, s[i].content))
			return failed("setup of %s: %s", s[i].path, strerror(errno));
	}
	return true;
}

static bool run_test(const struct test *t)
{
	why[0] = '\0';
	if (!prepare(t->setup))
		return false;
	if (t->cmd && !sh(t->cmd))
		return false;
	if (t->cmd && status != t->status)
		return failed("exit status %d: %s", status, t->cmd);
	for (size_t i = 0; i < COUNT(t->want) && t->want[i]; i++)
		if (!has(t->want[i]))
			return false;
	if (t->avoid && strstr(out, t->avoid))
		return failed("\"%s\" in: %.200s", t->avoid, out);
	if (t->file && !exists(t->file))
		return failed("no file %s", t->file);
	if (t->file_want && !file_has(t->file, t->file_want))
		return false;
	if (t->size && size_of(t->file) != t->size)
		return failed("%s has %lld bytes", t->file, (long long)size_of(t->file));
	return !t->check || t->check();
}

/* --- options
 * ------------------------------------------------------------------------------------------------------ */
static bool only[LAST_TEST + 1], skip[LAST_TEST + 1], expect_fail[LAST_TEST + 1];

/* Marks the tests of a comma-separated list of numbers and names. */
static void mark(bool *set, char *list)
{
	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		bool known = false;
		for (size_t i = 0; i < COUNT(tests); i++) {
			if (strcmp(tests[i].name, word) == 0 || tests[i].nr == atoi(word))
				known = set[tests[i].nr] = true;
		}
		if (!known) {
			fprintf(stderr, "busybox_suite: no test %s\n", word);
			exit(2);
		}
	}
}

static bool parse(int argc, char **argv)
{
	bool have_only = false;

	for (int i = 1; i < argc; i++) {
		char *value = i + 1 < argc ? argv[i + 1] : NULL;
		if (strcmp(argv[i], "-v") == 0) {
			verbose = true;
			continue;
		}
		if (!value) {
			fprintf(stderr, "busybox_suite: what is %s?\n", argv[i]);
			exit(2);
		}
		if (strcmp(argv[i], "--only") == 0) {
			have_only = true;
			mark(only, value);
		} else if (strcmp(argv[i], "--expect-fail") == 0) {
			mark(expect_fail, value);
		} else if (strcmp(argv[i], "--skip") == 0) {
			mark(skip, value);
		} else if (strcmp(argv[i], "--shell") == 0) {
			shell = value;
		} else {
			fprintf(stderr, "busybox_suite: what is %s?\n", argv[i]);
			exit(2);
		}
		i++;
	}
	return have_only;
}

/* --- nice and nohup, where busybox was built without
 * ------------------------------------------------------------- */
static int applet_nice(char **argv)
{
	if (!argv[1] || strcmp(argv[1], "-n") != 0 || !argv[2] || !argv[3])
		return 125;
	errno = 0;
	int value = nice(atoi(argv[2]));
	if (value == -1 && errno)
		return 125;
	if (value != getpriority(PRIO_PROCESS, 0))
		return 124;
	execvp(argv[3], argv + 3);
	return 127;
}

static int applet_nohup(char **argv)
{
	struct sigaction ignored = {.sa_handler = SIG_IGN};

	if (!argv[1] || sigaction(SIGHUP, &ignored, NULL))
		return 125;
	execvp(argv[1], argv + 1);
	return 127;
}

static bool in_path(const char *name)
{
	char path[1024], candidate[1200];

	snprintf(path, sizeof(path), "%s", getenv("PATH") ? getenv("PATH") : "");
	for (char *dir = strtok(path, ":"); dir; dir = strtok(NULL, ":")) {
		snprintf(candidate, sizeof(candidate), "%s/%s", dir, name);
		if (access(candidate, X_OK) == 0)
			return true;
	}
	return false;
}

/* Links the missing ones into work_dir/bin and puts that last in PATH. */
static void bring_applets(void)
{
	static const char *const names[] = {"nice", "nohup"};
	char path[1200], self[512], link[64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return;
	self[n] = '\0';
	mkdir("bin", 0755);
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(link, sizeof(link), "bin/%s", names[i]);
		if (!in_path(names[i]) && symlink(self, link))
			perror(link);
	}
	snprintf(path, sizeof(path), "%s:%s/bin", getenv("PATH") ? getenv("PATH") : "/bin", work_dir);
	setenv("PATH", path, 1);
}

static void clean_up(void)
{
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "cd / && rm -rf %s", work_dir);
	sh(cmd);
}

int main(int argc, char **argv)
{
	int passed = 0, expected = 0, bad = 0, skipped = 0;
	const char *base = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];

	if (strcmp(base, "nice") == 0)
		return applet_nice(argv);
	if (strcmp(base, "nohup") == 0)
		return applet_nohup(argv);
	bool have_only = parse(argc, argv);

	if (!mkdtemp(work_dir) || chdir(work_dir)) {
		perror("busybox_suite: /tmp");
		return 2;
	}
	bring_applets();
	for (size_t i = 0; i < COUNT(tests); i++) {
		const struct test *t = &tests[i];
		if (have_only && !only[t->nr])
			continue;
		if (skip[t->nr]) {
			printf("skip %d %s\n", t->nr, t->name);
			skipped++;
		} else if (run_test(t)) {
			printf("ok %d %s\n", t->nr, t->name);
			passed++;
		} else {
			bool was_expected = expect_fail[t->nr];
			printf("not ok %d %s%s: %s\n", t->nr, t->name, was_expected ? " (expected)" : "",
			       why);
			expected += was_expected;
			bad += !was_expected;
		}
	}
	clean_up();
	printf("busybox suite: %d passed, %d failed, %d failed as expected, %d skipped\n", passed, bad,
	       expected, skipped);
	return bad ? 1 : 0;
}
