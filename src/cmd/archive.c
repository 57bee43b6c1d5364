/* archive.c - roots from tar, cpio and zip archives with any compression libarchive knows.
 * Leaves out: extended attributes, ACLs, sparse maps (a sparse member is read as a plain one). */
#include "cmd/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/message.h"
#include "sys/boot.h"

#define BLOCK_SIZE 65536
#define SMALL_MEMBER_MAX (1 << 20)
#define ERROR_MAX 512

struct archive_root {
	struct archive *a;
	struct archive_entry *entry; /* header already read, not yet added; NULL at the end */
	const char *path;
	char error[ERROR_MAX];
};

static struct archive *open_archive(const char *path)
{
	struct archive *a = archive_read_new();

	if (!a)
		message_fail("out of memory");
	archive_read_support_filter_all(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_cpio(a);
	archive_read_support_format_zip(a);
	if (archive_read_open_filename(a, path, BLOCK_SIZE) != ARCHIVE_OK)
		message_fail("--root %s: %s", path, archive_error_string(a));
	return a;
}

/* libarchive's word, or ours when it has none. */
static const char *reason(struct archive *a)
{
	const char *s = archive_error_string(a);

	return s ? s : "damaged archive";
}

struct archive_root *archive_root_open(const char *path)
{
	struct archive_root *ar = message_alloc(sizeof(*ar));

	ar->path = path;
	ar->a = open_archive(path);
	int err = archive_read_next_header(ar->a, &ar->entry);
	if (err == ARCHIVE_EOF)
		message_fail("--root %s: the archive is empty", path);
	if (err != ARCHIVE_OK && err != ARCHIVE_WARN)
		message_fail("--root %s: %s", path, reason(ar->a));
	return ar;
}

/* The member's content in one piece; *data is NULL when it is empty. */
static int read_content(struct archive_root *ar, void **data, uint64_t *size)
{
	int64_t want = archive_entry_size(ar->entry);
	size_t have = 0;

	*data = NULL;
	*size = 0;
	if (want <= 0)
		return 0;
	char *buf = malloc((size_t)want);
	if (!buf)
		return -ENOMEM;
	while (have < (size_t)want) {
		la_ssize_t n = archive_read_data(ar->a, buf + have, (size_t)want - have);
		if (n <= 0) {
			snprintf(ar->error, sizeof(ar->error), "%s: %s: %s", ar->path,
				 archive_entry_pathname(ar->entry),
				 n < 0 ? reason(ar->a) : "the archive ends early");
			free(buf);
			return -EIO;
		}
		have += (size_t)n;
	}
	*data = buf;
	*size = (uint64_t)want;
	return 0;
}

static int add_member(struct archive_root *ar)
{
	struct archive_entry *e = ar->entry;
	const char *path = archive_entry_pathname(e);
	const char *hardlink = archive_entry_hardlink(e);
	const char *link = hardlink ? hardlink : archive_entry_symlink(e);
	uint32_t mode = (uint32_t)archive_entry_mode(e);
	uint64_t rdev = (uint64_t)archive_entry_rdev(e);
	int64_t mtime_ns = (int64_t)archive_entry_mtime(e) * NSEC_PER_SEC + archive_entry_mtime_nsec(e);
	void *data = NULL;
	uint64_t size = 0;
	int err = 0;

	if (!path) {
		snprintf(ar->error, sizeof(ar->error), "%s: a member has no usable name", ar->path);
		return -EINVAL;
	}
	if (!link && archive_entry_filetype(e) == AE_IFREG)
		err = read_content(ar, &data, &size);
	if (!err)
		err = boot_archive_entry(path, mode, (uint32_t)archive_entry_uid(e),
					 (uint32_t)archive_entry_gid(e), mtime_ns, rdev, link,
					 hardlink != NULL, data, size);
	free(data);
	if (err && !ar->error[0])
		snprintf(ar->error, sizeof(ar->error), "%s: %s: %s", ar->path, path, strerror(-err));
	return err;
}

int archive_root_fill(void *arg)
{
	struct archive_root *ar = arg;

	while (ar->entry) {
		int err = add_member(ar);
		if (err)
			return err;
		err = archive_read_next_header(ar->a, &ar->entry);
		if (err == ARCHIVE_EOF) {
			ar->entry = NULL;
		} else if (err != ARCHIVE_OK && err != ARCHIVE_WARN) {
			snprintf(ar->error, sizeof(ar->error), "%s: %s", ar->path, reason(ar->a));
			return -EIO;
		}
	}
	return 0;
}

const char *archive_root_error(const struct archive_root *ar)
{
	return ar->error[0] ? ar->error : NULL;
}

/* "./etc/passwd", "/etc/passwd" and "etc/passwd" are one name. */
static const char *plain_name(const char *name)
{
	while (name[0] == '/' || (name[0] == '.' && name[1] == '/'))
		name += name[0] == '/' ? 1 : 2;
	return name;
}

char *archive_root_read(const char *path, const char *member)
{
	struct archive_root ar = {.a = open_archive(path), .path = path};
	void *content = NULL;
	char *text = NULL;
	uint64_t size;

	while (archive_read_next_header(ar.a, &ar.entry) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(ar.entry);
		if (!name || strcmp(plain_name(name), member) != 0 ||
		    archive_entry_size(ar.entry) > SMALL_MEMBER_MAX)
			continue;
		if (read_content(&ar, &content, &size) == 0) {
			text = message_alloc(size + 1);
			if (size)
				memcpy(text, content, size);
		}
		free(content);
		break;
	}
	archive_read_free(ar.a);
	return text;
}

void archive_root_close(struct archive_root *ar)
{
	archive_read_free(ar->a);
	free(ar);
}
