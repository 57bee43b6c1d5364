/* noseek.c - Linux's noop_llseek: lseek(2) on an anonymous file reports the position, always 0, and moves
 * nothing. */
#include "fs/noseek.h"

int64_t noseek_llseek(struct file *f, int64_t off, int whence)
{
	(void)off;
	(void)whence;
	return f->pos;
}
