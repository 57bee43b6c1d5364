/* exec_args.c - execve(2) and execveat(2): the guest's arguments, copied and counted.
 *
 * LEAVES OUT: nothing; the work is in sys/exec.c. */
#include "sys/exec.h"

#include <string.h>

#include "core/errno.h"
#include "core/kfmt.h"
#include "core/kmem.h"
#include "core/task.h"
#include "fs/fdtable.h"
#include "fs/user_path.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"

#define ARG_STRING_MAX 131072UL /* MAX_ARG_STRLEN, with the NUL */
/* Strings and pointers together never need more than this; the exact limit is checked in auxv.c. */
#define ARG_TOTAL_MAX (8UL << 20)

static void free_strings(char **s, uint32_t n)
{
	for (uint32_t i = 0; s && i < n; i++)
		kfree(s[i]);
	kfree(s);
}

void exec_args_free(struct exec_args *a)
{
	free_strings(a->argv, a->argc);
	free_strings(a->envp, a->envc);
	*a = (struct exec_args){NULL, NULL, 0, 0};
}

static int copy_string(uaddr_t src, char **out, uint64_t *total)
{
	int64_t n = strnlen_user(src, ARG_STRING_MAX);

	if (n < 0)
		return (int)n;
	*total += (uint64_t)n + sizeof(char *);
	if ((uint64_t)n > ARG_STRING_MAX || *total > ARG_TOTAL_MAX)
		return -E2BIG;
	*out = kmalloc((size_t)n);
	if (!*out)
		return -ENOMEM;
	if (copy_from_user(*out, src, (size_t)n)) {
		kfree(*out);
		return -EFAULT;
	}
	(*out)[n - 1] = '\0';
	return 0;
}

/* A NULL-terminated array of strings; a NULL array is an empty one. *n counts what must be freed, also on
 * error. */
static int copy_vector(uaddr_t vec, char ***out, uint32_t *n, uint64_t *total)
{
	uint32_t cap = 16;

	*n = 0;
	*out = kmalloc(cap * sizeof(char *));
	if (!*out)
		return -ENOMEM;
	for (; !uaddr_null(vec); (*n)++) {
		uint64_t p;
		int err;
		if (get_user_u64(&p, uaddr_add(vec, *n * sizeof(uint64_t))))
			return -EFAULT;
		if (p == 0)
			break;
		if (*n == cap) {
			char **bigger = krealloc(*out, 2UL * cap * sizeof(char *));
			if (!bigger)
				return -ENOMEM;
			*out = bigger;
			cap *= 2;
		}
		err = copy_string(uaddr(p), &(*out)[*n], total);
		if (err)
			return err;
	}
	return 0;
}

static int args_from_user(struct exec_args *a, uaddr_t argv, uaddr_t envp)
{
	uint64_t total = 0;
	int err;

	*a = (struct exec_args){NULL, NULL, 0, 0};
	err = copy_vector(argv, &a->argv, &a->argc, &total);
	if (!err)
		err = copy_vector(envp, &a->envp, &a->envc, &total);
	if (err)
		exec_args_free(a);
	return err;
}

static int64_t exec_user(const struct exec_request *req, uaddr_t argv, uaddr_t envp)
{
	struct exec_args args;
	int err = args_from_user(&args, argv, envp);

	if (err)
		return err;
	err = exec_program(req, &args);
	exec_args_free(&args);
	if (err == 0)
		syscall_no_result();
	return err;
}

int64_t sys_execve(uaddr_t path, uaddr_t argv, uaddr_t envp)
{
	struct user_path name;
	int64_t ret = user_path_get(&name, path);

	if (ret)
		return ret;
	if (name.text[0] == '\0') {
		ret = -ENOENT;
	} else {
		struct exec_request req = {
		    .name = name.text, .display = name.text, .walk_flags = WALK_FOLLOW};
		ret = exec_user(&req, argv, envp);
	}
	user_path_put(&name);
	return ret;
}

/* What the program is called when a descriptor names it: a path that leads there as long as it stays open. */
static char *fd_display(int dirfd, const char *name)
{
	size_t size = strlen(name) + sizeof("/dev/fd/2147483647/");
	char *text = kmalloc(size);

	if (text)
		ksnprintf(text, size, name[0] ? "/dev/fd/%d/%s" : "/dev/fd/%d%s", dirfd, name);
	return text;
}

static int64_t exec_at(int dirfd, const char *name, uaddr_t argv, uaddr_t envp, uint32_t flags)
{
	struct exec_request req = {.name = name, .display = name};
	struct path start;
	char *display = NULL;
	int64_t ret;

	if (name[0] == '\0' && !(flags & AT_EMPTY_PATH_LINUX))
		return -ENOENT;
	if (flags & ~(uint32_t)(AT_SYMLINK_NOFOLLOW_LINUX | AT_EMPTY_PATH_LINUX))
		return -EINVAL;
	req.walk_flags = (flags & AT_SYMLINK_NOFOLLOW_LINUX ? 0U : WALK_FOLLOW) |
			 (flags & AT_EMPTY_PATH_LINUX ? WALK_EMPTY : 0U);
	ret = user_path_start(dirfd, name, &start);
	if (ret)
		return ret;
	req.start = &start;
	if (dirfd != AT_FDCWD_LINUX && name[0] != '/') {
		display = fd_display(dirfd, name);
		req.display = display;
		req.name_will_close = fd_cloexec(dirfd);
	}
	ret = req.display ? exec_user(&req, argv, envp) : -ENOMEM;
	kfree(display);
	path_put(&start);
	return ret;
}

int64_t sys_execveat(int dirfd, uaddr_t path, uaddr_t argv, uaddr_t envp, int flags)
{
	struct user_path name;
	int64_t ret = user_path_get(&name, path);

	if (ret)
		return ret;
	ret = exec_at(dirfd, name.text, argv, envp, (uint32_t)flags);
	user_path_put(&name);
	return ret;
}
