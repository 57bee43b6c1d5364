/* special.c - the vDSO in an address space: one copy of the image for all, a data page (vvar) for each.
 *
 * The image's frames exist while an address space has it. The data page is written by clock.c before the
 * guest runs and by the guest as it reads the time, so fork gives the child its own. Entries of both are made
 * when they are mapped; they are PTE_FILE, so nothing takes them for memory that could be reused in place.
 *
 * Leaves out: several images at once. */
#include "mm/special.h"

#include <string.h>

#include "core/errno.h"
#include "core/kassert.h"
#include "core/kmem.h"
#include "mm/fault.h"
#include "mm/pagetable.h"
#include "mm/vma.h"

static const char name_vvar[] = "[vvar]";
static const char name_vdso[] = "[vdso]";

#define IMAGE_PAGES_MAX 16

static struct {
	const void *source;
	size_t size;
	uint32_t npages;
	uint32_t users;
	pfn_t pfn[IMAGE_PAGES_MAX];
} image;

static void image_put(void)
{
	if (--image.users)
		return;
	for (uint32_t i = 0; i < image.npages; i++)
		frame_put(image.pfn[i]);
	image.npages = 0;
}

static int image_get(const void *source, size_t size)
{
	KASSERT(size > 0 && size <= IMAGE_PAGES_MAX * PAGE_SIZE);
	if (image.users) {
		KASSERT(image.source == source && image.size == size);
		image.users++;
		return 0;
	}
	uint32_t n = (uint32_t)(round_up(size, PAGE_SIZE) >> PAGE_SHIFT);
	image.npages = 0;
	for (uint32_t i = 0; i < n; i++) {
		pfn_t pfn = frame_alloc(FRAME_VDSO, 0, true);
		if (pfn == PFN_NONE) {
			image.users = 1;
			image_put();
			return -ENOMEM;
		}
		memcpy(frame_ptr(pfn), (const uint8_t *)source + i * PAGE_SIZE,
		       MIN(size - i * PAGE_SIZE, PAGE_SIZE));
		image.pfn[image.npages++] = pfn;
	}
	image.source = source;
	image.size = size;
	image.users = 1;
	return 0;
}

void special_release(struct mm *mm)
{
	if (mm->vvar_frame != PFN_NONE)
		frame_put(mm->vvar_frame);
	mm->vvar_frame = PFN_NONE;
	if (mm->has_vdso)
		image_put();
	mm->has_vdso = false;
}

int special_fork_mm(const struct mm *parent, struct mm *child)
{
	if (parent->has_vdso) {
		image.users++;
		child->has_vdso = true;
	}
	if (parent->vvar_frame == PFN_NONE)
		return 0;
	child->vvar_frame = frame_alloc(FRAME_VDSO, 0, false);
	if (child->vvar_frame == PFN_NONE)
		return -ENOMEM;
	memcpy(frame_ptr(child->vvar_frame), frame_ptr(parent->vvar_frame), PAGE_SIZE);
	return 0;
}

int special_fork(const struct vma *v, struct vma *c)
{
	for (struct pt_iter it = pt_iter(v->mm, v->start, v->end); pt_next(&it);) {
		uint64_t *to = pt_alloc(c->mm, it.at);
		if (!to)
			return -ENOMEM;
		pfn_t pfn = pte_pfn(*it.pte);
		if (pfn == v->mm->vvar_frame)
			pfn = c->mm->vvar_frame;
		frame_get(pfn);
		fault_fill(c->mm, to, pte_make(pfn, *it.pte & (PTE_PERMS | PTE_FILE)));
	}
	return 0;
}

static int map_frames(struct mm *mm, uint64_t addr, const pfn_t *pfn, uint32_t n, uint32_t flags,
		      const char *name)
{
	struct vma *v = vma_alloc();
	if (!v)
		return -ENOMEM;
	v->start = addr;
	v->end = addr + n * PAGE_SIZE;
	v->flags = flags | VMA_SPECIAL | VMA_DONTDUMP;
	v->special_name = name;
	vma_insert(mm, v);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t *pte = pt_alloc(mm, addr + i * PAGE_SIZE);
		if (!pte) {
			mm_unmap_range(mm, v->start, v->end);
			return -ENOMEM;
		}
		frame_get(pfn[i]);
		fault_fill(mm, pte, pte_make(pfn[i], vma_perms(flags) | PTE_FILE));
	}
	return 0;
}

int mm_map_vdso(struct mm *mm, const void *vdso, size_t size)
{
	KASSERT(!mm->has_vdso && mm->vvar_frame == PFN_NONE);
	uint64_t len = round_up(size, PAGE_SIZE);
	uint64_t addr = vma_find_gap(mm, PAGE_SIZE + len);
	if (!addr)
		return -ENOMEM;
	int err = image_get(vdso, size);
	if (err)
		return err;
	mm->has_vdso = true;
	mm->vvar_frame = frame_alloc(FRAME_VDSO, 0, true);
	err = mm->vvar_frame == PFN_NONE ? -ENOMEM : 0;
	if (!err)
		err = map_frames(mm, addr, &mm->vvar_frame, 1, VMA_READ | VMA_WRITE, name_vvar);
	if (!err) {
		err = map_frames(mm, addr + PAGE_SIZE, image.pfn, image.npages, VMA_READ | VMA_EXEC,
				 name_vdso);
		if (err)
			mm_unmap_range(mm, addr, addr + PAGE_SIZE);
	}
	if (err) {
		special_release(mm);
		return err;
	}
	mm->vdso_base = addr + PAGE_SIZE;
	return 0;
}

struct vvar *mm_vvar(struct mm *mm)
{
	return mm->vvar_frame == PFN_NONE ? NULL : frame_ptr(mm->vvar_frame);
}
