/* tmpfs_mount.c - mount(2) of tmpfs and ramfs: their options and limits (tmpfs(5)).
 * LEAVES OUT: huge=, mpol=, noswap and quota options, which are refused. */
#include "fs/tmpfs_mount.h"

#include <string.h>

#include "core/errno.h"
#include "core/kfmt.h"
#include "core/task.h"
#include "fs/tmpfs.h"
#include "mm/frame.h"

static uint64_t tmpfs_ram_pages(void)
{
	struct frame_stats st;

	frame_stats(&st);
	return st.total;
}

/* A number with a unit: k, m, g, t, or % of memory. *out in bytes (percent: of RAM). */
static int tmpfs_parse_size(const char *s, const char *end, uint64_t *out)
{
	uint64_t v;
	int err = kparse_u64(&s, &v);

	if (err)
		return -EINVAL;
	if (s < end) {
		static const char units[] = "kmgt";
		char c = *s >= 'A' && *s <= 'Z' ? (char)(*s + 'a' - 'A') : *s;
		const char *u = strchr(units, c);

		if (c == '%')
			v = tmpfs_ram_pages() * PAGE_SIZE / 100 * v;
		else if (u)
			v <<= 10 * (u - units + 1);
		else
			return -EINVAL;
		s++;
	}
	if (s != end)
		return -EINVAL;
	*out = v;
	return 0;
}

static int tmpfs_parse_number(const char *s, const char *end, unsigned base, uint32_t *out)
{
	uint64_t v = 0;

	if (s == end)
		return -EINVAL;
	for (; s < end; s++) {
		unsigned digit = (unsigned)(*s - '0');

		if (*s < '0' || digit >= base || v > UINT32_MAX)
			return -EINVAL;
		v = v * base + digit;
	}
	if (v > UINT32_MAX)
		return -EINVAL;
	*out = (uint32_t)v;
	return 0;
}

static bool tmpfs_option_is(const char *s, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(s, name, len) == 0;
}

static int tmpfs_parse_one(struct tmpfs_options *o, const char *s, const char *end)
{
	const char *eq = memchr(s, '=', (size_t)(end - s));
	size_t len = eq ? (size_t)(eq - s) : (size_t)(end - s);
	uint64_t v;
	int err;

	if (!eq)
		return -EINVAL;
	eq++;
	if (tmpfs_option_is(s, len, "mode"))
		return tmpfs_parse_number(eq, end, 8, &o->mode);
	if (tmpfs_option_is(s, len, "uid"))
		return tmpfs_parse_number(eq, end, 10, &o->uid);
	if (tmpfs_option_is(s, len, "gid"))
		return tmpfs_parse_number(eq, end, 10, &o->gid);
	err = tmpfs_parse_size(eq, end, &v);
	if (err)
		return err;
	if (tmpfs_option_is(s, len, "size"))
		o->max_pages = (v + PAGE_SIZE - 1) >> PAGE_SHIFT;
	else if (tmpfs_option_is(s, len, "nr_blocks"))
		o->max_pages = v;
	else if (tmpfs_option_is(s, len, "nr_inodes"))
		o->max_inodes = v;
	else
		return -EINVAL;
	return 0;
}

int tmpfs_options_parse(struct tmpfs_options *o, const char *data)
{
	while (data && *data != '\0') {
		const char *end = strchr(data, ',');
		int err = 0;

		if (!end)
			end = data + strlen(data);
		if (end > data)
			err = tmpfs_parse_one(o, data, end);
		if (err)
			return err;
		data = *end == ',' ? end + 1 : end;
	}
	return 0;
}

static int tmpfs_mount_with(struct tmpfs_options *o, const char *data, struct super **out)
{
	int err = tmpfs_options_parse(o, data);

	if (!err)
		err = tmpfs_super_create(o->max_pages * PAGE_SIZE, o->max_inodes, o->mode & S_IALLUGO_LINUX,
					 out);
	if (err)
		return err;
	(*out)->root->inode->uid = o->uid;
	(*out)->root->inode->gid = o->gid;
	return 0;
}

static int tmpfs_mount(const char *source, const char *data, uint32_t flags, struct super **out)
{
	struct tmpfs_options o = {.mode = S_IRWXUGO_LINUX | S_ISVTX_LINUX};

	(void)source;
	(void)flags;
	o.max_pages = o.max_inodes = tmpfs_ram_pages() / 2;
	return tmpfs_mount_with(&o, data, out);
}

/* ramfs has no limits and takes no options but mode. */
static int ramfs_mount(const char *source, const char *data, uint32_t flags, struct super **out)
{
	struct tmpfs_options o = {.mode = 0755};
	int err;

	(void)source;
	(void)flags;
	err = tmpfs_mount_with(&o, data, out);
	if (err)
		return err;
	(*out)->type = "ramfs";
	(*out)->magic = RAMFS_MAGIC_LINUX;
	(*out)->max_pages = (*out)->max_inodes = 0;
	return 0;
}

static struct fs_type tmpfs_type = {.name = "tmpfs", .nodev = true, .mount = tmpfs_mount};
static struct fs_type ramfs_type = {.name = "ramfs", .nodev = true, .mount = ramfs_mount};

void tmpfs_init(void)
{
	fs_type_register(&tmpfs_type);
	fs_type_register(&ramfs_type);
}
