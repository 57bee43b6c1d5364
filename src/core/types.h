/* types.h - the scalar types and small helpers every kernel file uses. */
#ifndef KEVSIM_CORE_TYPES_H
#define KEVSIM_CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A guest virtual address. A struct, so that memcpy() on one does not compile: guest memory is
 * reached through mm/usercopy.h only. */
typedef struct {
	uint64_t v;
} uaddr_t;

static inline uaddr_t uaddr(uint64_t v)
{
	return (uaddr_t){v};
}

static inline uaddr_t uaddr_add(uaddr_t a, uint64_t n)
{
	return (uaddr_t){a.v + n};
}

static inline bool uaddr_null(uaddr_t a)
{
	return a.v == 0;
}

/* Virtual time, integer nanoseconds since boot (or a duration). */
typedef int64_t ktime_t;
#define KTIME_NEVER INT64_MAX
#define NSEC_PER_USEC 1000LL
#define NSEC_PER_MSEC 1000000LL
#define NSEC_PER_SEC 1000000000LL

/* A page frame number of simulated RAM. */
typedef uint32_t pfn_t;
#define PFN_NONE UINT32_MAX

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096UL
#define PAGE_MASK (~(PAGE_SIZE - 1))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static inline uint64_t round_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

static inline uint64_t round_down(uint64_t v, uint64_t align)
{
	return v & ~(align - 1);
}

#define PRINTF_LIKE(fmt_index, first) __attribute__((format(printf, fmt_index, first)))

#endif
