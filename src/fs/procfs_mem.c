/* procfs_mem.c - the memory of a process as files: maps, smaps, mem, cmdline, environ, auxv (proc(5)).
 * LEAVES OUT: titles that a program wrote beyond its arguments (setproctitle). */
#include <string.h>

#include "core/errno.h"
#include "core/kmem.h"
#include "fs/procfs_tables.h"
#include "mm/mm.h"
#include "mm/usercopy.h"

#define MEM_CHUNK 1024U
#define MEM_TEXT_MAX (1U << 21) /* arguments and environment together are not longer */

/* Another process's memory may only be shown to who may trace it. */
static int mem_may_show(const struct textfs_node *n)
{
	int err = procfs_may_inspect(n);

	return err == -EACCES ? -EACCES : err;
}

int procfs_show_maps(const struct textfs_node *n, struct strbuf *out)
{
	struct mm *mm = procfs_mm(n);
	int err = mem_may_show(n);

	if (!err && mm)
		mm_show_maps(mm, out);
	return err;
}

int procfs_show_smaps(const struct textfs_node *n, struct strbuf *out)
{
	struct mm *mm = procfs_mm(n);
	int err = mem_may_show(n);

	if (!err && mm)
		mm_show_smaps(mm, out);
	return err;
}

/* --- smaps_rollup: the sums of smaps --- */
#define ROLLUP_MAX 32

struct rollup_row {
	const char *name; /* into the text of smaps */
	size_t len;
	uint64_t kb;
};

/* "Name:   N kB"; false for the other lines. */
static bool rollup_parse(const char *line, const char *end, struct rollup_row *row)
{
	const char *colon = memchr(line, ':', (size_t)(end - line)), *s;

	if (!colon || line[0] < 'A' || line[0] > 'Z' || end - line < 4 || memcmp(end - 3, " kB", 3) != 0)
		return false;
	row->name = line;
	row->len = (size_t)(colon - line);
	for (s = colon + 1; *s == ' '; s++)
		;
	return kparse_u64(&s, &row->kb) == 0;
}

static void rollup_add(struct rollup_row *rows, size_t *n, const struct rollup_row *row)
{
	for (size_t i = 0; i < *n; i++) {
		if (rows[i].len == row->len && memcmp(rows[i].name, row->name, row->len) == 0) {
			rows[i].kb += row->kb;
			return;
		}
	}
	if (*n < ROLLUP_MAX)
		rows[(*n)++] = *row;
}

static bool rollup_hides(const struct rollup_row *row)
{
	static const char *const names[] = {"Size", "KernelPageSize", "MMUPageSize"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (row->len == strlen(names[i]) && memcmp(row->name, names[i], row->len) == 0)
			return true;
	}
	return false;
}

int procfs_show_smaps_rollup(const struct textfs_node *n, struct strbuf *out)
{
	struct rollup_row rows[ROLLUP_MAX], row;
	struct strbuf text = {0};
	struct mm *mm = procfs_mm(n);
	struct vma *v, *first;
	uint64_t end = 0;
	size_t nrows = 0;
	int err = mem_may_show(n);

	if (err || !mm)
		return err ? err : -ESRCH;
	mm_show_smaps(mm, &text);
	for (const char *line = text.data; line && *line;) {
		const char *eol = strchr(line, '\n');

		if (!eol)
			break;
		if (rollup_parse(line, eol, &row) && !rollup_hides(&row))
			rollup_add(rows, &nrows, &row);
		line = eol + 1;
	}
	first = mm_first_vma(mm);
	for (v = first; v; v = mm_next_vma(v))
		end = v->end;
	strbuf_printf(out, "%08llx-%08llx ---p 00000000 00:00 0                          [rollup]\n",
		      (unsigned long long)(first ? first->start : 0), (unsigned long long)end);
	for (size_t i = 0; i < nrows; i++) {
		strbuf_append(out, rows[i].name, rows[i].len);
		strbuf_printf(out, ":%*s%8llu kB\n", (int)(rows[i].len < 15 ? 15 - rows[i].len : 0), "",
			      (unsigned long long)rows[i].kb);
	}
	err = text.failed ? -ENOMEM : 0;
	strbuf_free(&text);
	return err;
}

/* --- what lies at the top of the stack --- */
static int mem_show_range(struct mm *mm, uint64_t from, uint64_t to, struct strbuf *out)
{
	uint8_t buf[MEM_CHUNK];

	if (to < from || to - from > MEM_TEXT_MAX)
		return 0;
	while (from < to) {
		int64_t n = mm_copy_from(mm, buf, from, MIN(to - from, sizeof(buf)));

		if (n <= 0)
			break;
		strbuf_append(out, buf, (size_t)n);
		from += (uint64_t)n;
	}
	return 0;
}

int procfs_show_cmdline(const struct textfs_node *n, struct strbuf *out)
{
	struct mm *mm = procfs_mm(n);

	return mm ? mem_show_range(mm, mm->arg_start, mm->arg_end, out) : 0;
}

int procfs_show_environ(const struct textfs_node *n, struct strbuf *out)
{
	struct mm *mm = procfs_mm(n);

	return mm ? mem_show_range(mm, mm->env_start, mm->env_end, out) : 0;
}

int procfs_show_auxv(const struct textfs_node *n, struct strbuf *out)
{
	const struct mm *mm = procfs_mm(n);
	size_t i = 0;

	if (!mm)
		return 0;
	while (i + 2 < ARRAY_LEN(mm->auxv) && mm->auxv[i] != 0)
		i += 2;
	strbuf_append(out, mm->auxv, (i + 2) * sizeof(mm->auxv[0]));
	return 0;
}

/* --- mem --- */
static int64_t mem_read(struct file *f, struct iov_iter *to, int64_t *pos)
{
	struct mm *mm = procfs_mm(textfs_node_of(f->inode));
	uint8_t buf[MEM_CHUNK];
	int64_t done = 0;

	if (!mm)
		return 0;
	while (to->count > 0) {
		int64_t n = mm_copy_from(mm, buf, (uint64_t)*pos, MIN(to->count, sizeof(buf)));
		size_t got;

		if (n <= 0)
			return done > 0 ? done : -EIO;
		got = iter_write(to, buf, (size_t)n);
		*pos += (int64_t)got;
		done += (int64_t)got;
		if (got < (size_t)n)
			return done > 0 ? done : -EFAULT;
	}
	return done;
}

static int64_t mem_write(struct file *f, struct iov_iter *from, int64_t *pos)
{
	struct mm *mm = procfs_mm(textfs_node_of(f->inode));
	uint8_t buf[MEM_CHUNK];
	int64_t done = 0;

	if (!mm)
		return 0;
	while (from->count > 0) {
		struct iov_iter saved = *from;
		size_t want = iter_read(from, buf, MIN(from->count, sizeof(buf)));
		int64_t n = want ? mm_copy_to(mm, (uint64_t)*pos, buf, want) : -EFAULT;

		if (n <= 0)
			return done > 0 ? done : (want ? -EIO : -EFAULT);
		*pos += n;
		done += n;
		if ((size_t)n < want) {
			iter_rewind(from, &saved);
			iter_skip(from, (uint64_t)n);
			break;
		}
	}
	return done;
}

static int64_t mem_llseek(struct file *f, int64_t off, int whence)
{
	if (whence == SEEK_CUR_LINUX)
		off += f->pos;
	else if (whence != SEEK_SET_LINUX)
		return -EINVAL;
	f->pos = off;
	return off;
}

const struct file_ops procfs_mem_fops = {.read = mem_read, .write = mem_write, .llseek = mem_llseek};
