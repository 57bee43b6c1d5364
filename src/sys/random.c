/* random.c - getrandom(2): bytes from the choice oracle, so that they follow from the seed. They never run
 * out and never have to be waited for. */
#include "core/choice.h"
#include "core/errno.h"
#include "core/types.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"

#define GRND_NONBLOCK_LINUX 1U
#define GRND_RANDOM_LINUX 2U
#define GRND_INSECURE_LINUX 4U
#define RANDOM_CHUNK 256U
#define MAX_RW_COUNT 0x7ffff000ULL

int64_t sys_getrandom(uaddr_t buf, uint64_t len, uint32_t flags)
{
	uint8_t chunk[RANDOM_CHUNK];
	if (flags & ~(GRND_NONBLOCK_LINUX | GRND_RANDOM_LINUX | GRND_INSECURE_LINUX))
		return -EINVAL;
	if ((flags & GRND_RANDOM_LINUX) && (flags & GRND_INSECURE_LINUX))
		return -EINVAL;
	len = MIN(len, MAX_RW_COUNT);
	uint64_t done = 0;
	while (done < len) {
		size_t n = (size_t)MIN(len - done, (uint64_t)RANDOM_CHUNK);
		choice_bytes(CHOICE_RNG, "getrandom", chunk, n);
		size_t copied = copy_to_user_partial(uaddr_add(buf, done), chunk, n);
		done += copied;
		if (copied < n)
			return done ? (int64_t)done : -EFAULT;
	}
	return (int64_t)done;
}
