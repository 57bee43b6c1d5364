/* script.c - programs that begin with "#!" (execve(2), "Interpreter scripts").
 *
 * The rules are Linux's: only the first 256 bytes count, one optional argument, which runs to the end of the
 * line; an interpreter may itself be a script. LEAVES OUT: binfmt_misc. */
#include "sys/binprm.h"

#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* The interpreter's name and argument in [start, end), which is the first line after "#!". */
struct script_line {
	const uint8_t *name, *name_end;
	const uint8_t *arg, *arg_end; /* equal: none */
};

static int parse(const uint8_t *p, const uint8_t *head_end, struct script_line *line)
{
	const uint8_t *end = memchr(p, '\n', (size_t)(head_end - p));
	bool whole = end != NULL;

	if (!whole) {
		/* The line goes on beyond what was read: fine as long as the name is complete. A short file
		 * ends in zeros, which end a line as well. */
		const uint8_t *q = p;
		while (q < head_end && is_blank(*q))
			q++;
		while (q < head_end && !is_blank(*q) && *q)
			q++;
		if (q == head_end)
			return -ENOEXEC;
		end = head_end;
	}
	while (end > p && is_blank(end[-1]))
		end--;
	while (p < end && is_blank(*p))
		p++;
	if (p == end || *p == '\0')
		return -ENOEXEC;
	line->name = p;
	while (p < end && !is_blank(*p) && *p)
		p++;
	line->name_end = p;
	while (p < end && is_blank(*p))
		p++;
	line->arg = p;
	while (p < end && *p)
		p++;
	line->arg_end = p;
	return 0;
}

/* A copy that lives as long as b. */
static char *own(struct binprm *b, const void *s, size_t n)
{
	char *copy = b->nowned < BINPRM_OWNED_MAX ? kstrndup(s, n) : NULL;

	if (copy)
		b->owned[b->nowned++] = copy;
	return copy;
}

/* argv becomes: interpreter, its argument, the script, and what followed argv[0]. */
static int rewrite_argv(struct binprm *b, const char *name, const char *arg, const char *script)
{
	uint32_t front = arg ? 3 : 2, rest = b->argc ? b->argc - 1 : 0;
	const char **argv = kmalloc((size_t)(front + rest + 1) * sizeof(*argv));

	if (!argv)
		return -ENOMEM;
	argv[0] = name;
	if (arg)
		argv[1] = arg;
	argv[front - 1] = script;
	if (rest)
		memcpy(argv + front, b->argv + 1, rest * sizeof(*argv));
	kfree(b->argv);
	b->argv = argv;
	b->argc = front + rest;
	return 0;
}

int script_load(struct binprm *b)
{
	struct script_line line;
	const char *arg = NULL;

	if (b->head_len < 2 || b->head[0] != '#' || b->head[1] != '!')
		return 0;
	int err = parse(b->head + 2, b->head + sizeof(b->head), &line);
	if (err)
		return err;
	/* The interpreter could not open the script any more. */
	if (b->name_will_close)
		return -ENOENT;
	char *name = own(b, line.name, (size_t)(line.name_end - line.name));
	if (!name)
		return -ENOMEM;
	if (line.arg_end > line.arg) {
		arg = own(b, line.arg, (size_t)(line.arg_end - line.arg));
		if (!arg)
			return -ENOMEM;
	}
	err = rewrite_argv(b, name, arg, b->interp);
	if (err)
		return err;
	b->interp = name;
	err = binprm_open(b, name);
	return err ? err : 1;
}
