/* Do files without a name keep content, seals and size? */
#include <string.h>

#include "core/kfmt.h"
#include "event_test.h"
#include "fs/memfd.h"
#include "mm/mm.h"

EVTEST(memfd, content_and_name)
{
	struct strbuf name = {0};
	struct file *f;
	char buf[8];

	cr_assert_eq(memfd_open("test", 0, &f), 0);
	cr_expect_eq(fs_write(f, "abc", 3, 4096), 3);
	cr_expect_eq(f->inode->size, 4099);
	cr_expect_eq(fs_read(f, buf, 8, 4096), 3);
	cr_expect_eq(f->inode->nlink, 0);
	f->ops->name(f, &name);
	cr_expect_str_eq(name.data, "/memfd:test (deleted)");
	strbuf_free(&name);
	cr_expect_eq(memfd_get_seals(f), F_SEAL_SEAL_LINUX);
	cr_expect_eq(memfd_add_seals(f, F_SEAL_GROW_LINUX), -EPERM);
	file_put(f);
}

EVTEST(memfd, seals)
{
	struct file *f;

	cr_assert_eq(memfd_open("", MFD_ALLOW_SEALING_LINUX, &f), 0);
	cr_expect_eq(memfd_get_seals(f), 0);
	cr_expect_eq(fs_write(f, "abc", 3, 0), 3);
	cr_expect_eq(memfd_add_seals(f, 0x1000), -EINVAL);
	cr_expect_eq(memfd_add_seals(f, F_SEAL_GROW_LINUX | F_SEAL_SHRINK_LINUX), 0);
	cr_expect_eq(fs_write(f, "abcd", 4, 0), -EPERM);
	cr_expect_eq(fs_write(f, "xyz", 3, 0), 3);
	cr_expect_eq(generic_truncate(f->inode, 1), -EPERM);
	cr_expect_eq(memfd_add_seals(f, F_SEAL_WRITE_LINUX), 0);
	cr_expect_eq(fs_write(f, "x", 1, 0), -EPERM);
	cr_expect_eq(memfd_add_seals(f, F_SEAL_SEAL_LINUX), 0);
	cr_expect_eq(memfd_add_seals(f, F_SEAL_FUTURE_WRITE_LINUX), -EPERM);
	cr_expect_eq(memfd_get_seals(f),
		     F_SEAL_GROW_LINUX | F_SEAL_SHRINK_LINUX | F_SEAL_WRITE_LINUX | F_SEAL_SEAL_LINUX);
	file_put(f);
}

/* A writable shared mapping stands against F_SEAL_WRITE; the seal stands against new ones. */
EVTEST(memfd, sealed_against_mapping)
{
	struct mm_map_args a = {
	    .len = PAGE_SIZE, .prot = PROT_READ_LINUX | PROT_WRITE_LINUX, .flags = MAP_SHARED_LINUX};
	struct mm_map_args again = a;
	struct file *f;
	int64_t addr;

	cr_assert_eq(memfd_open("", MFD_ALLOW_SEALING_LINUX, &f), 0);
	cr_expect_eq(fs_write(f, "abc", 3, 0), 3);
	cr_assert_eq(f->ops->mmap(f, &a), 0);
	addr = mm_map(current->mm, &a);
	cr_assert(addr > 0);
	cr_expect_eq(memfd_add_seals(f, F_SEAL_WRITE_LINUX), -EBUSY);
	cr_expect_eq(mm_unmap(current->mm, (uint64_t)addr, PAGE_SIZE), 0);
	cr_expect_eq(memfd_add_seals(f, F_SEAL_WRITE_LINUX), 0);
	cr_expect_eq(f->ops->mmap(f, &again), -EPERM);
	file_put(f);
}

EVTEST(memfd, exec_seal)
{
	struct file *f;

	cr_assert_eq(memfd_open("", MFD_NOEXEC_SEAL_LINUX, &f), 0);
	cr_expect_eq(memfd_get_seals(f), F_SEAL_EXEC_LINUX);
	cr_expect_eq(f->inode->mode & 0777, 0666);
	file_put(f);
	cr_expect_eq(memfd_open("", MFD_HUGETLB_LINUX, &f), -ENOSYS);
}
