/* personality.c - personality(2). The value is kept and reported; no execution domain but Linux exists, and
 * addresses are laid out by the seed alone, so ADDR_NO_RANDOMIZE and its kin have nothing to change. */
#include "core/task.h"
#include "sys/syscall.h"

int64_t sys_personality(uint32_t persona)
{
	uint32_t old = current->personality;
	if (persona != UINT32_MAX)
		current->personality = persona;
	return old;
}
