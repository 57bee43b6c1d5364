/* Does a tmpfs keep what was written, count what it uses, and give everything back? */
#include "fs_test.h"

#include <stdlib.h>
#include <string.h>

#include "fs/super.h"
#include "fs/tmpfs.h"
#include "mm/frame.h"

TestSuite(tmpfs, .init = fs_test_setup, .fini = fs_test_teardown);

static struct file *open_new(const char *path)
{
	struct file *f;

	cr_assert_eq(vfs_open(NULL, path, O_RDWR_LINUX | O_CREAT_LINUX, 0644, &f), 0);
	return f;
}

static int resize(struct file *f, uint64_t size)
{
	return vfs_setattr(&f->path, &(struct iattr){.valid = ATTR_SIZE | ATTR_FORCE, .size = size});
}

Test(tmpfs, write_and_read_back)
{
	struct file *f = open_new("/f");
	char buf[32] = {0};

	cr_expect_eq(fs_write(f, "hello", 5, 0), 5);
	cr_expect_eq(fs_read(f, buf, sizeof(buf), 0), 5);
	cr_expect_str_eq(buf, "hello");
	cr_expect_eq(fs_read(f, buf, sizeof(buf), 5), 0);
	cr_expect_eq(fs_write(f, "x", 1, 10000), 1);
	cr_expect_eq(f->inode->size, 10001);
	cr_expect_eq(f->inode->blocks, 16, "two pages, the hole between them is free");
	cr_expect_eq(fs_read(f, buf, 4, 8000), 4);
	cr_expect(memcmp(buf, "\0\0\0\0", 4) == 0);
	file_put(f);
}

Test(tmpfs, append)
{
	struct file *f = open_new("/f");
	struct file *a;

	cr_assert_eq(fs_write(f, "one", 3, 0), 3);
	cr_assert_eq(vfs_open(NULL, "/f", O_WRONLY_LINUX | O_APPEND_LINUX, 0, &a), 0);
	cr_expect_eq(fs_write(a, "two", 3, 0), 3);
	cr_expect_eq(f->inode->size, 6);
	file_put(a);
	file_put(f);
}

Test(tmpfs, seek_data_and_hole)
{
	struct file *f = open_new("/f");

	cr_assert_eq(fs_write(f, "x", 1, 3 * 4096), 1);
	cr_expect_eq(generic_file_llseek(f, 0, SEEK_DATA_LINUX), 3 * 4096);
	cr_expect_eq(generic_file_llseek(f, 5, SEEK_HOLE_LINUX), 5);
	cr_expect_eq(generic_file_llseek(f, 3 * 4096, SEEK_HOLE_LINUX), 3 * 4096 + 1);
	cr_expect_eq(generic_file_llseek(f, 3 * 4096 + 1, SEEK_DATA_LINUX), -ENXIO);
	cr_expect_eq(generic_file_llseek(f, -1, SEEK_DATA_LINUX), -ENXIO);
	cr_expect_eq(generic_file_llseek(f, -1, SEEK_SET_LINUX), -EINVAL);
	cr_expect_eq(generic_file_llseek(f, -1, SEEK_END_LINUX), 3 * 4096);
	cr_expect_eq(generic_file_llseek(f, INT64_MAX, SEEK_CUR_LINUX), -EOVERFLOW);
	file_put(f);
}

/* --- the model: a file against a byte array --- */
#define MODEL_MAX 70000

struct model {
	uint8_t bytes[MODEL_MAX];
	size_t size;
};

static uint64_t model_seed;

static uint64_t model_random(uint64_t n)
{
	model_seed = model_seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (model_seed >> 33) % n;
}

static void model_resize(struct model *m, size_t size)
{
	if (size > m->size)
		memset(m->bytes + m->size, 0, size - m->size);
	m->size = size;
}

static void model_write(struct model *m, struct file *f)
{
	static uint8_t data[40000];
	size_t n = model_random(model_random(3) ? 9000 : sizeof(data)) + 1, at = model_random(MODEL_MAX - n);

	if (model_random(2))
		at &= ~(size_t)4095; /* whole pages go another way */
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)model_random(256);
	cr_assert_eq(fs_write(f, data, n, (int64_t)at), (int64_t)n);
	if (at + n > m->size)
		model_resize(m, at + n);
	memcpy(m->bytes + at, data, n);
}

static void model_read(struct model *m, struct file *f)
{
	static uint8_t data[9000];
	size_t n = model_random(sizeof(data)) + 1, at = model_random(MODEL_MAX);
	size_t want = at >= m->size ? 0 : MIN(n, m->size - at);

	cr_assert_eq(fs_read(f, data, n, (int64_t)at), (int64_t)want);
	cr_assert_eq(memcmp(data, m->bytes + at, want), 0, "at %zu, %zu bytes", at, want);
}

static void model_fallocate(struct model *m, struct file *f)
{
	static const int modes[] = {
	    0, FALLOC_FL_KEEP_SIZE_LINUX, FALLOC_FL_PUNCH_HOLE_LINUX | FALLOC_FL_KEEP_SIZE_LINUX,
	    FALLOC_FL_ZERO_RANGE_LINUX, FALLOC_FL_ZERO_RANGE_LINUX | FALLOC_FL_KEEP_SIZE_LINUX};
	int mode = modes[model_random(ARRAY_LEN(modes))];
	size_t n = model_random(12000) + 1, at = model_random(MODEL_MAX - n);

	cr_assert_eq(generic_file_fallocate(f, mode, at, n), 0);
	if (!(mode & FALLOC_FL_KEEP_SIZE_LINUX) && at + n > m->size)
		model_resize(m, at + n);
	if ((mode & (FALLOC_FL_PUNCH_HOLE_LINUX | FALLOC_FL_ZERO_RANGE_LINUX)) && at < m->size)
		memset(m->bytes + at, 0, MIN(n, m->size - at));
}

Test(tmpfs, random_model)
{
	static struct model m;
	static uint8_t all[MODEL_MAX];

	for (model_seed = 1; model_seed < 6; model_seed++) {
		uint64_t round = model_seed;
		struct file *f = open_new("/model");

		memset(&m, 0, sizeof(m));
		for (int i = 0; i < 3000; i++) {
			switch (model_random(8)) {
			case 0:
			case 1:
			case 2: model_write(&m, f); break;
			case 3:
			case 4: model_read(&m, f); break;
			case 5:
			case 6: {
				size_t size = model_random(MODEL_MAX);

				cr_assert_eq(resize(f, size), 0);
				model_resize(&m, size);
				break;
			}
			default: model_fallocate(&m, f);
			}
			cr_assert_eq(f->inode->size, m.size);
		}
		cr_assert_eq(fs_read(f, all, sizeof(all), 0), (int64_t)m.size);
		cr_assert_eq(memcmp(all, m.bytes, m.size), 0);
		cr_assert_eq(f->inode->blocks, f->inode->pc.npages * 8);
		cr_assert_eq(fs_root_super()->used_pages, f->inode->pc.npages);
		cr_assert_eq(resize(f, 0), 0);
		cr_assert_eq(fs_root_super()->used_pages, 0);
		file_put(f);
		cr_assert_eq(fs_remove("/model", false), 0);
		model_seed = round;
	}
}

Test(tmpfs, size_limit)
{
	static uint8_t data[64 * 1024];
	struct statfs_linux st;
	struct file *f;
	int64_t n;

	cr_assert_eq(vfs_mkdirs("/small", 0755), 0);
	cr_assert_eq(fs_mount_tmpfs("/small", 40000, 0), 0); /* 9 pages */
	f = open_new("/small/f");
	cr_expect_eq(fs_write(f, data, sizeof(data), 0), 9 * 4096, "a short write up to the limit");
	cr_expect_eq(fs_write(f, data, 1, 9 * 4096), -ENOSPC);
	cr_expect_eq(fs_write(f, data, 10, 0), 10, "what is there can be written again");
	cr_expect_eq(f->ops->fallocate(f, 0, 0, 100000), -ENOSPC);
	cr_expect_eq(resize(f, 3 * 4096), 0);
	cr_expect_eq(fs_write(f, data, 1, 6 * 4096), 1);
	cr_expect_eq(f->ops->fallocate(f, 0, 4 * 4096, 7 * 4096), -ENOSPC);
	cr_expect_eq(f->inode->sb->used_pages, 4, "a failed allocation leaves nothing behind");
	cr_expect_eq(f->ops->fallocate(f, 0, 3 * 4096, 6 * 4096), 0);
	super_statfs(f->inode->sb, f->path.mnt, &st);
	cr_expect_eq(st.f_blocks, 9);
	cr_expect_eq(st.f_bfree, 0);
	cr_expect_eq(resize(f, 4096), 0);
	super_statfs(f->inode->sb, f->path.mnt, &st);
	cr_expect_eq(st.f_bfree, 8);
	n = fs_write(f, data, 1, 1 << 20);
	cr_expect_eq(n, 1, "far away counts one page");
	file_put(f);
}

Test(tmpfs, unlinked_file_lives_while_open)
{
	struct file *f = open_new("/f");
	struct frame_stats before, after;
	char buf[4];

	frame_stats(&before);
	cr_assert_eq(fs_write(f, "abc", 3, 0), 3);
	cr_assert_eq(fs_remove("/f", false), 0);
	cr_expect_eq(f->inode->nlink, 0);
	cr_expect_eq(fs_open("/f", O_RDONLY_LINUX), -ENOENT);
	cr_expect_eq(fs_read(f, buf, 3, 0), 3);
	file_put(f);
	frame_stats(&after);
	cr_expect_eq(after.by_owner[FRAME_PAGECACHE], 0);
	cr_expect_eq(fs_root_super()->used_inodes, 1, "the root directory");
}

Test(tmpfs, link_counts_and_sizes)
{
	struct stat_linux st;

	cr_assert_eq(fs_make("/d", S_IFDIR_LINUX | 0755), 0);
	cr_assert_eq(fs_make("/d/sub", S_IFDIR_LINUX | 0755), 0);
	cr_assert_eq(fs_make("/d/f", 0644), 0);
	cr_assert_eq(fs_link("/d/f", "/d/g"), 0);
	cr_assert_eq(fs_stat("/d", &st), 0);
	cr_expect_eq(st.st_nlink, 3);
	cr_expect_eq(st.st_size, 100);
	cr_assert_eq(fs_stat("/d/f", &st), 0);
	cr_expect_eq(st.st_nlink, 2);
	cr_assert_eq(fs_remove("/d/f", false), 0);
	cr_assert_eq(fs_stat("/d/g", &st), 0);
	cr_expect_eq(st.st_nlink, 1);
	cr_expect_eq(fs_remove("/d", true), -ENOTEMPTY);
	cr_expect_eq(fs_remove("/d", false), -EISDIR);
	cr_expect_eq(fs_remove("/d/g", true), -ENOTDIR);
	cr_assert_eq(fs_remove("/d/sub", true), 0);
	cr_assert_eq(fs_stat("/d", &st), 0);
	cr_expect_eq(st.st_nlink, 2);
}

Test(tmpfs, tmpfile_can_be_linked)
{
	struct file *f;
	struct path dir;
	struct stat_linux st;

	cr_assert_eq(vfs_open(NULL, "/", O_RDWR_LINUX | O_TMPFILE_LINUX, 0600, &f), 0);
	cr_expect_eq(f->inode->nlink, 0);
	cr_assert_eq(vfs_walk(NULL, "/", 0, &dir), 0);
	cr_expect_eq(vfs_link(&f->path, &dir, "named", 5), 0);
	cr_assert_eq(fs_stat("/named", &st), 0);
	cr_expect_eq(st.st_nlink, 1);
	file_put(f);
	cr_assert_eq(vfs_open(NULL, "/", O_RDWR_LINUX | O_TMPFILE_LINUX | O_EXCL_LINUX, 0600, &f), 0);
	cr_expect_eq(vfs_link(&f->path, &dir, "other", 5), -ENOENT);
	file_put(f);
	path_put(&dir);
	cr_expect_eq(fs_open("/", O_RDONLY_LINUX | O_TMPFILE_LINUX), 0,
		     "the system call refuses this, not the VFS");
}

/* --- listing --- */
struct listing {
	struct dir_ctx ctx;
	char text[512];
	unsigned max; /* entries taken before the buffer is "full" */
};

static bool list_emit(struct dir_ctx *ctx, const char *name, size_t len, uint64_t ino, uint8_t dtype,
		      int64_t next_pos)
{
	struct listing *l = CONTAINER_OF(ctx, struct listing, ctx);

	(void)ino;
	(void)dtype;
	(void)next_pos;
	if (l->max-- == 0)
		return false;
	strncat(l->text, name, len);
	strcat(l->text, " ");
	return true;
}

static void list(struct file *f, struct listing *l, unsigned max)
{
	l->ctx.emit = list_emit;
	l->max = max;
	cr_assert_eq(f->ops->readdir(f, &l->ctx), 0);
}

Test(tmpfs, listing_is_stable_while_names_change)
{
	struct listing l = {0};
	struct file *f;

	cr_assert_eq(fs_make("/a", 0644), 0);
	cr_assert_eq(fs_make("/b", 0644), 0);
	cr_assert_eq(fs_make("/c", 0644), 0);
	cr_assert_eq(fs_make("/d", 0644), 0);
	cr_assert_eq(vfs_open(NULL, "/", O_RDONLY_LINUX | O_DIRECTORY_LINUX, 0, &f), 0);
	list(f, &l, 4);
	cr_expect_str_eq(l.text, ". .. a b ");
	cr_assert_eq(fs_remove("/c", false), 0);
	cr_assert_eq(fs_remove("/a", false), 0);
	cr_assert_eq(fs_rename("/d", "/e", 0), 0);
	cr_assert_eq(fs_make("/new", 0644), 0);
	list(f, &l, 99);
	cr_expect_str_eq(l.text, ". .. a b e ");
	l = (struct listing){0};
	list(f, &l, 99);
	cr_expect_str_eq(l.text, ". .. b e new ");
	file_put(f);
}

Test(tmpfs, mount_options)
{
	struct fs_type *t = fs_type_find("tmpfs");
	struct super *sb;

	cr_assert_not_null(t);
	cr_assert_eq(t->mount("x", "size=1m,mode=700,uid=5,gid=6,nr_inodes=2", 0, &sb), 0);
	cr_expect_eq(sb->max_pages, 256);
	cr_expect_eq(sb->root->inode->mode, S_IFDIR_LINUX | 0700);
	cr_expect_eq(sb->root->inode->uid, 5);
	cr_expect_eq(sb->root->inode->gid, 6);
	super_put(sb);
	cr_assert_eq(t->mount("x", NULL, 0, &sb), 0);
	cr_expect_eq(sb->max_pages, TEST_RAM_SIZE / PAGE_SIZE / 2);
	super_put(sb);
	cr_assert_eq(t->mount("x", "size=50%", 0, &sb), 0);
	cr_expect_eq(sb->max_pages, TEST_RAM_SIZE / PAGE_SIZE / 2);
	super_put(sb);
	cr_expect_eq(t->mount("x", "size=1q", 0, &sb), -EINVAL);
	cr_expect_eq(t->mount("x", "mode=9", 0, &sb), -EINVAL);
	cr_expect_eq(t->mount("x", "bogus", 0, &sb), -EINVAL);
	cr_expect_eq(t->mount("x", "huge=always", 0, &sb), -EINVAL);
}

Test(tmpfs, inode_limit)
{
	struct fs_type *t = fs_type_find("tmpfs");
	struct super *sb;
	struct path p;

	cr_assert_eq(vfs_mkdirs("/m", 0755), 0);
	cr_assert_eq(vfs_walk(NULL, "/m", 0, &p), 0);
	cr_assert_eq(t->mount("x", "nr_inodes=3", 0, &sb), 0);
	cr_assert_eq(mount_add(sb, NULL, &p, 0, "x", NULL), 0);
	super_put(sb);
	path_put(&p);
	cr_expect_eq(fs_make("/m/a", 0644), 0);
	cr_expect_eq(fs_make("/m/b", 0644), 0);
	cr_expect_eq(fs_make("/m/c", 0644), -ENOSPC);
	cr_expect_eq(fs_remove("/m/a", false), 0);
	cr_expect_eq(fs_make("/m/c", 0644), 0);
}

Test(tmpfs, seals)
{
	struct file *f = open_new("/f");
	char buf[8];

	cr_assert_eq(fs_write(f, "12345678", 8, 0), 8);
	f->inode->seals = F_SEAL_GROW_LINUX;
	cr_expect_eq(fs_write(f, "x", 1, 8), -EPERM);
	cr_expect_eq(fs_write(f, "x", 1, 7), 1);
	cr_expect_eq(resize(f, 9), -EPERM);
	cr_expect_eq(resize(f, 7), 0);
	f->inode->seals = F_SEAL_SHRINK_LINUX;
	cr_expect_eq(resize(f, 6), -EPERM);
	cr_expect_eq(resize(f, 8), 0);
	f->inode->seals = F_SEAL_WRITE_LINUX;
	cr_expect_eq(fs_write(f, "x", 1, 0), -EPERM);
	cr_expect_eq(f->ops->fallocate(f, FALLOC_FL_PUNCH_HOLE_LINUX | FALLOC_FL_KEEP_SIZE_LINUX, 0, 1),
		     -EPERM);
	cr_expect_eq(fs_read(f, buf, 8, 0), 8);
	f->inode->seals = 0;
	file_put(f);
}
