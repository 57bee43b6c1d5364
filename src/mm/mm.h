/* mm.h - address spaces: VMAs, page tables, faults and the mmap(2) family.
 *
 * Truth lies in our page tables. The host mapping of a guest page is a cache of a PTE (like a TLB entry): installed on
 * fault, and every change of an installed PTE queues an operation that the engine applies before the guest runs
 * again. The kernel itself reaches guest memory through the direct map (mm/usercopy.h). */
#ifndef KEVSIM_MM_MM_H
#define KEVSIM_MM_MM_H

#include "core/clock.h"
#include "core/cpu.h"
#include "core/list.h"
#include "core/rbtree.h"
#include "core/types.h"
#include "mm/abi_mm.h"
#include "mm/frame.h"

struct file;
struct pagecache;
struct strbuf;
struct mm;

enum vma_flag {
	VMA_READ = 1,
	VMA_WRITE = 2,
	VMA_EXEC = 4, /* == PROT_* */
	VMA_SHARED = 8,
	VMA_GROWSDOWN = 16,
	VMA_DONTFORK = 32,
	VMA_WIPEONFORK = 64,
	VMA_LOCKED = 128,
	VMA_NORESERVE = 256,
	VMA_STACK = 512, /* the main stack, for names in maps */
	VMA_HEAP = 1024,
	VMA_SPECIAL =
	    2048, /* vDSO, vvar: no fork copy of frames, no mprotect/mremap splitting effects on owner */
	VMA_MAYWRITE = 4096, /* mprotect may add PROT_WRITE (file opened read-write, or private) */
	VMA_DONTDUMP = 8192,
	VMA_LIKELY_WRITE =
	    16384, /* private file data of a program image: the first touch is taken for a write */
};

struct vma;
/* What a mapping's owner must know; all may be NULL. */
struct vma_ops {
	void (*open)(
	    struct vma *v); /* a VMA referring to v->file came to be (mmap, fork, split): take a reference */
	void (*close)(struct vma *v); /* one went away */
	/* The path shown in /proc/PID/maps. */
	void (*name)(const struct vma *v, struct strbuf *out);
	/* dev and inode for /proc/PID/maps */
	void (*ident)(const struct vma *v, uint32_t *major, uint32_t *minor, uint64_t *ino);
};

struct vma {
	struct rbnode node;
	struct mm *mm;
	uint64_t start, end;  /* [start, end), page aligned */
	uint32_t flags;       /* enum vma_flag */
	struct pagecache *pc; /* file and shared anonymous mappings; NULL: private anonymous */
	uint64_t pgoff;       /* index in pc of the page at start */
	struct file *file;    /* opaque here; owned through ops */
	const struct vma_ops *ops;
	struct list pc_node;      /* in pc->vmas */
	const char *special_name; /* "[vdso]"... static string */
	uint64_t last_fault;      /* for growing fault-around */
	uint32_t fault_run;
};

struct mm_hot;

struct mm {
	uint32_t refs;
	struct rbtree vmas;
	uint32_t nr_vmas;
	pfn_t pgd; /* root page table */
	uint64_t brk_start, brk;
	uint64_t stack_top, arg_start, arg_end, env_start, env_end, start_code, end_code, start_data,
	    end_data;
	uint64_t auxv[64];  /* pairs, for /proc/PID/auxv */
	uint64_t mmap_base; /* allocations grow down from here */
	uint64_t total_pages, locked_pages, data_pages, stack_pages, exec_pages; /* of VMAs */
	uint64_t rss_anon, rss_file;                                             /* pages present */
	uint64_t hiwater_rss;
	uint64_t nr_pagetables;
	pfn_t vvar_frame; /* this address space's vDSO data page, one frame of FRAME_VDSO */
	uint64_t vdso_base;

	struct cpu_space *space; /* created lazily at the first thread; NULL before */
	struct cpu_mapop *ops;   /* queued host operations */
	size_t nops, ops_cap;
	uint32_t host_maps;  /* upper estimate of the host mappings in the space (mm/mapops.c) */
	uint32_t host_epoch; /* counts how often the host mapping was given up as a whole */

	struct vma *vma_hint;                /* last one found, or NULL */
	uint64_t gap_top, gap_len, gap_base; /* no gap of gap_len bytes in [gap_top, gap_base) (mm/vma.c) */
	uint32_t def_flags;                  /* VMA_LOCKED: mlockall(MCL_FUTURE) */
	struct mm_hot *hot;  /* pages that are written soon after a fork (mm/hot.c), or NULL */
	uint32_t membarrier; /* commands registered by membarrier(2) */
	bool has_vdso;

	struct file *exe_file; /* /proc/PID/exe; referenced by sys/exec.c through exe_ops */
	void (*exe_put)(struct file *f);
	struct file *(*exe_get)(struct file *f);
};

void mm_init(void); /* boot, after frame_init(): caches, shrinkers, kernel stacks */
/* After everything ended: gives back what is kept for reuse, so that leaks show. */
void mm_shutdown(void);
/* A new empty address space with one reference; NULL without memory. */
struct mm *mm_create(void);
struct mm *mm_get(struct mm *mm);
/* The last reference unmaps everything (dropping file references through vma_ops), frees page tables and destroys
 * mm->space; the guest threads in it must be gone. */
void mm_put(struct mm *mm);
/* fork: copy of VMAs and page tables, private pages shared copy-on-write. The child gets its own vvar frame. */
int mm_fork(struct mm *parent, struct mm **child);

/* --- mapping ---------------------------------------------------------------------------------- */
struct mm_map_args {
	uint64_t addr; /* hint, or exact with MAP_FIXED */
	uint64_t len;
	uint32_t prot;      /* PROT_*_LINUX */
	uint32_t flags;     /* MAP_*_LINUX */
	uint32_t vma_flags; /* additional enum vma_flag, e.g. VMA_STACK, VMA_MAYWRITE for files */
	struct pagecache
	    *pc; /* NULL: anonymous. Shared anonymous memory: the caller brings a cache (memfd style) */
	uint64_t pgoff;
	struct file *file;
	const struct vma_ops *ops;
	const char *special_name;
};
#define MM_MAX_MAP_COUNT 65530
/* mmap(2): the address or a negative errno. On success the VMA's ops->open has been called once. */
int64_t mm_map(struct mm *mm, const struct mm_map_args *a);
/* munmap(2), mprotect(2), mremap(2), madvise(2) and msync(2) as their man pages have them; arguments are checked
 * here. 0 (mm_remap: the address) or a negative errno. */
int mm_unmap(struct mm *mm, uint64_t addr, uint64_t len);
int mm_protect(struct mm *mm, uint64_t addr, uint64_t len, uint32_t prot);
int64_t mm_remap(struct mm *mm, uint64_t old, uint64_t old_len, uint64_t new_len, uint32_t flags,
		 uint64_t new_addr);
int mm_advise(struct mm *mm, uint64_t addr, uint64_t len, int advice);
/* brk(2): the new (or unchanged) break. */
uint64_t mm_brk(struct mm *mm, uint64_t brk);
int mm_sync(struct mm *mm, uint64_t addr, uint64_t len, uint32_t flags);
/* mlock/munlock: the lock only; mm_populate() then brings the pages in. */
int mm_lock(struct mm *mm, uint64_t addr, uint64_t len, bool lock);
int mm_lock_all(struct mm *mm, bool lock); /* everything mapped now */
/* Faults in what is missing of [start, end), page aligned. -ENOMEM at a hole; else errors of mm_fault(). */
int mm_populate(struct mm *mm, uint64_t start, uint64_t end);
/* mincore(2): 1 byte per page into vec. */
int mm_incore(struct mm *mm, uint64_t addr, uint64_t len, uint8_t *vec);
struct vma *mm_find_vma(struct mm *mm, uint64_t addr); /* the first with end > addr, or NULL */
struct vma *mm_first_vma(struct mm *mm);
struct vma *mm_next_vma(struct vma *v);
/* Maps the vDSO image and the vvar page (sys/exec.c); sets vdso_base. 0 or a negative errno. */
int mm_map_vdso(struct mm *mm, const void *image, size_t size);
/* The kernel's view of this address space's vvar page. */
struct vvar *mm_vvar(struct mm *mm);

/* --- faults ----------------------------------------------------------------------------------- */
enum mm_access {
	MM_READ,
	MM_WRITE,
	MM_EXEC,
	MM_UNKNOWN
};
/* Resolves an access: 0 = the PTE now allows it (and, when from_guest, the host mapping with its surroundings is
 * queued). -EFAULT: SIGSEGV with *si_code SEGV_MAPERR/ACCERR; -EIO: SIGBUS BUS_ADRERR (beyond the end of file);
 * -ENOMEM: out of memory. MM_UNKNOWN: the engine cannot tell; decided from VMA and PTE (a present read-only page
 * means a write). Counts minor and major faults of current. */
int mm_fault(struct mm *mm, uint64_t addr, enum mm_access access, bool from_guest, int *si_code);
/* Resolves an access that the guest is about to make (first instruction, stack), so that the trap of its fault is saved.
 * Queues like a fault from the guest; failures and what is not mapped are ignored. */
void mm_prefault(struct mm *mm, uint64_t addr, enum mm_access access);
/* The frame behind addr for kernel access of the given kind, faulting it in; no reference is taken (valid until the
 * next call that can unmap). Errors as mm_fault. */
int mm_resolve(struct mm *mm, uint64_t addr, enum mm_access access, pfn_t *out);
/* Physical identity of an aligned word for shared futexes: (pagecache, index) or (mm, addr). 0 or -EFAULT. */
struct futex_key {
	const void *object; /* struct pagecache or struct mm */
	uint64_t index;
	uint32_t offset;
};
int mm_futex_key(struct mm *mm, uint64_t addr, bool shared, struct futex_key *key);

/* What to do when memory is out in the middle of a copy from or to a guest, which cannot wait: sys/oom.c's oom_kill(),
 * set at boot; NULL: nothing. The copy fails with -EFAULT, which the victim of the kill never sees. */
extern int (*mm_oom)(void);

/* The queued operations, for guest_run(); cleared by mm_ops_done(). */
void mm_ops_done(struct mm *mm);

/* --- accounting ------------------------------------------------------------------------------- */
/* The process that out-of-memory handling would choose is the caller's business (sys/oom.c): this is its measure. */
uint64_t mm_rss(const struct mm *mm);
/* Text of /proc/PID/maps and the numbers of smaps. */
void mm_show_maps(struct mm *mm, struct strbuf *out);
void mm_show_smaps(struct mm *mm, struct strbuf *out);
/* KPANICs unless VMAs, PTEs and frame counts agree (tests). */
void mm_check(struct mm *mm);

#endif
