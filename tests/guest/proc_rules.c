/* proc_rules.c - what programs read of themselves in /proc (proc(5)). */
#include <dirent.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "say.h"

static char text[65536];

static char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = 0, r;

	if (fd < 0) {
		SAY("%s: %s\n", path, strerror(errno));
		text[0] = '\0';
		return text;
	}
	/* In small pieces: the content must not depend on how it is read. */
	while ((r = read(fd, text + n, 100)) > 0)
		n += r;
	text[n] = '\0';
	close(fd);
	return text;
}

static void field(const char *path, const char *name)
{
	char *p = strstr(slurp(path), name);

	if (p)
		p[strcspn(p, "\n")] = '\0';
	SAY("%s: %s\n", path, p ? p : "(missing)");
}

static void has(const char *path, const char *what)
{
	SAY("%s has %s: %s\n", path, what, strstr(slurp(path), what) ? "yes" : "NO");
}

static void target(const char *path)
{
	char buf[300], *p;
	ssize_t n = readlink(path, buf, sizeof(buf) - 1);

	buf[n > 0 ? n : 0] = '\0';
	p = strrchr(buf, '/');
	SAY("%s -> .../%s\n", path, p ? p + 1 : buf);
}

int main(void)
{
	struct stat st;

	enter_scratch();
	prctl(PR_SET_NAME, "my name");
	field("/proc/self/status", "Name:");
	field("/proc/self/status", "Threads:");
	field("/proc/self/status", "SigBlk:");
	field("/proc/self/comm", "my");
	IS(strstr(slurp("/proc/self/stat"), "(my name) R ") != NULL);
	IS(atoi(slurp("/proc/self/stat")) == getpid());
	mkdir("here", 0755);
	chdir("here");
	target("/proc/self/cwd");
	target("/proc/self/exe");
	target("/proc/self/root");
	close(open("file", O_CREAT | O_WRONLY, 0600));
	dup2(open("file", O_RDONLY), 50);
	target("/proc/self/fd/50");
	unlink("file");
	target("/proc/self/fd/50");
	TRY_OK(open("/proc/self/fd/50", O_RDONLY));
	target("/proc/self/fd/51");
	IS(lstat("/proc/self/fd/50", &st) == 0 && S_ISLNK(st.st_mode));
	int n = 0;
	DIR *d = opendir("/proc/self/fd");
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.' && atoi(e->d_name) != dirfd(d) && atoi(e->d_name) >= 50;
	closedir(d);
	SAY("%d descriptors from 50 on\n", n);
	char *a = mmap(NULL, 3 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char line[64];
	snprintf(line, sizeof(line), "%lx-", (unsigned long)a);
	has("/proc/self/maps", "[stack]");
	has("/proc/self/maps", "r-xp");
	mprotect(a + 4096, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
	snprintf(line, sizeof(line), "%lx-%lx rwxp 00000000 00:00 0", (unsigned long)a + 4096,
		 (unsigned long)a + 8192);
	IS(strstr(slurp("/proc/self/maps"), line) != NULL);
	has("/proc/self/smaps", "Rss:");
	field("/proc/self/limits", "Max file locks");
	IS(slurp("/proc/self/cmdline")[0] != '\0');
	has("/proc/meminfo", "MemTotal:");
	has("/proc/meminfo", "MemAvailable:");
	has("/proc/stat", "cpu0 ");
	has("/proc/stat", "btime ");
	has("/proc/cpuinfo", "processor");
	has("/proc/filesystems", "tmpfs");
	has("/proc/mounts", " proc ");
	has("/proc/version", "Linux version");
	sleep_ms(20);
	IS(atof(slurp("/proc/uptime")) > 0);
	IS(atoi(slurp("/proc/sys/kernel/pid_max")) > 1000);
	has("/proc/self/mountinfo", " / ");
	IS(open("/proc/self/nothing", O_RDONLY) == -1 && errno == ENOENT);
	IS(open("/proc/999999", O_RDONLY) == -1 && errno == ENOENT);
	IS(mkdir("/proc/x", 0755) == -1);
	/* A zombie is seen, a reaped process is not. */
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	sleep_ms(20);
	snprintf(line, sizeof(line), "/proc/%d/stat", pid);
	IS(strstr(slurp(line), ") Z ") != NULL);
	waitpid(pid, NULL, 0);
	IS(access(line, F_OK) == -1);
	snprintf(line, sizeof(line), "/proc/self/task/%d/comm", getpid());
	IS(strcmp(slurp(line), "my name\n") == 0);
	return 0;
}
