/* exec.h - program loading (execve(2), elf(5)). */
#ifndef KEVSIM_SYS_EXEC_H
#define KEVSIM_SYS_EXEC_H

#include "core/types.h"

struct path;
struct file;

/* Strings of argv and envp in kernel memory (kmalloc), counted together against the limits of execve(2). */
struct exec_args {
	char **argv, **envp;
	uint32_t argc, envc;
};
void exec_args_free(struct exec_args *a);

/* Which program. */
struct exec_request {
	const struct path *start; /* where name is looked up; NULL: cwd */
	const char *name;
	const char *display;  /* AT_EXECFN, and what a script's interpreter is given; outlives the call */
	uint32_t walk_flags;  /* enum walk_flag */
	bool name_will_close; /* display leads through a close-on-exec descriptor */
};

/* Replaces current's program. On success current->regs and mm are the new program's and the caller returns to
 * user; on error nothing has changed (beyond the point of no return current is killed, as Linux does). Takes
 * care of threads (de_thread), close-on-exec, signals, vfork, comm, credentials (set-uid bits), auxv. args
 * stays the caller's. May sleep. */
int exec_program(const struct exec_request *req, const struct exec_args *args);
/* The same for a name that is shown as it is. */
int do_execve(const struct path *start, const char *name, int walk_flags, const struct exec_args *args);

#endif
