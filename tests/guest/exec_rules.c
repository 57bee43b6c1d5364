/* exec_rules.c - execve(2): arguments, environment, close-on-exec, scripts, errors, what survives and what
 * does not. */
#include <signal.h>
#include <sys/syscall.h>

#include "say.h"

static char self[512];

static void again(int argc, char **argv, char **envp)
{
	struct sigaction sa;
	sigset_t mask;

	SAY("again: argc %d:", argc);
	for (int i = 0; i < argc; i++)
		SAY(" [%s]", strlen(argv[i]) > 40 ? "long" : argv[i]);
	for (char **e = envp; *e; e++)
		SAY(" {%s}", strlen(*e) > 40 ? "long" : *e);
	SAY("\n");
	TRY(fcntl(40, F_GETFD));
	TRY(fcntl(41, F_GETFD));
	sigaction(SIGUSR1, NULL, &sa);
	IS(sa.sa_handler == SIG_DFL);
	sigaction(SIGUSR2, NULL, &sa);
	IS(sa.sa_handler == SIG_IGN);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	IS(sigismember(&mask, SIGHUP) == 1);
}

static void handler(int sig)
{
}

static void run(const char *path, char *const argv[], char *const envp[])
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		execve(path, argv, envp);
		SAY("execve: %s\n", strerror(errno));
		fflush(stdout);
		_exit(42);
	}
	waitpid(pid, &status, 0);
	say_status("program", status);
}

static void write_script(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, mode);

	write(fd, text, strlen(text));
	close(fd);
}

static void scripts(void)
{
	char line[700];

	snprintf(line, sizeof(line), "#! %s   again one two  \nrest\n", self);
	write_script("script", line, 0755);
	run("./script", (char *[]){"name", "arg", NULL}, (char *[]){NULL});
	snprintf(line, sizeof(line), "#!%s", self);
	write_script("script2", line, 0755);
	run("./script2", (char *[]){"name", "again", NULL}, (char *[]){NULL});
	write_script("outer", "#!./script x\n", 0755);
	run("./outer", (char *[]){"name", NULL}, (char *[]){NULL});
	write_script("self", "#!./self\n", 0755);
	run("./self", (char *[]){"name", NULL}, (char *[]){NULL});
	write_script("missing", "#!/no/such/interpreter\n", 0755);
	run("./missing", (char *[]){"name", NULL}, (char *[]){NULL});
	write_script("empty", "", 0755);
	run("./empty", (char *[]){"name", NULL}, (char *[]){NULL});
	write_script("text", "echo hello\n", 0755);
	run("./text", (char *[]){"name", NULL}, (char *[]){NULL});
	write_script("noexec", line, 0644);
	run("./noexec", (char *[]){"name", NULL}, (char *[]){NULL});
	run("/nowhere", (char *[]){"name", NULL}, (char *[]){NULL});
	run(".", (char *[]){"name", NULL}, (char *[]){NULL});
	run("./script/x", (char *[]){"name", NULL}, (char *[]){NULL});
}

static void sizes(void)
{
	static char *many[20000];
	char *big = malloc(200000);

	memset(big, 'x', 200000);
	big[131071] = '\0';
	run(self, (char *[]){"name", "again", big, NULL}, (char *[]){NULL});
	big[131071] = 'x';
	big[131072] = '\0';
	run(self, (char *[]){"name", "again", big, NULL}, (char *[]){NULL});
	big[131072] = 'x';
	big[199999] = '\0';
	run(self, (char *[]){"name", "again", NULL}, (char *[]){big, NULL});
	for (int i = 0; i < 19999; i++)
		many[i] = i < 2 ? "again" : "0123456789";
	run(self, many, (char *[]){NULL});
}

int main(int argc, char **argv, char **envp)
{
	if (argc > 1000) {
		SAY("%d arguments\n", argc);
		return 0;
	}
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "again", 5) == 0) {
			again(argc, argv, envp);
			return 0;
		}
	}
	self[readlink("/proc/self/exe", self, sizeof(self) - 1)] = '\0';
	enter_scratch();
	/* A link with a short name keeps the printed lines the same everywhere. */
	symlink(self, "prog");
	strcpy(self, "./prog");
	int fd = open("/dev/null", O_RDONLY);
	dup2(fd, 40);
	dup3(fd, 41, O_CLOEXEC);
	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	sigset_t mask;
	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	run(self, (char *[]){"name", "again", "", "b c", NULL}, (char *[]){"A=1", "B", "=", NULL});
	scripts();
	sizes();
	/* By descriptor. */
	fd = open("prog", O_RDONLY | O_CLOEXEC);
	fflush(stdout);
	if (fork() == 0) {
		fexecve(fd, (char *[]){"fd", "again", NULL}, (char *[]){NULL});
		_exit(1);
	}
	wait(NULL);
	TRY(syscall(SYS_execveat, fd, "", (char *[]){"x", NULL}, NULL, 0));
	TRY(syscall(SYS_execveat, AT_FDCWD, "prog", (char *[]){"x", NULL}, NULL, AT_SYMLINK_NOFOLLOW));
	char *volatile nowhere = (char *)8;
	TRY(execve(nowhere, NULL, NULL));
	TRY(execve("prog", (char *[]){nowhere, NULL}, NULL));
	return 0;
}
