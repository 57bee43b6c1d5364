/* tempmask.c - signal masks for the time of one call: ppoll(2), pselect(2), epoll_pwait(2). */
#include "sys/tempmask.h"

#include "core/errno.h"
#include "core/signal.h"
#include "core/task.h"
#include "mm/usercopy.h"

int tempmask_begin(uaddr_t set, uint64_t size)
{
	sigset_t_linux mask;

	if (uaddr_null(set))
		return 0;
	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user_u64(&mask, set))
		return -EFAULT;
	signal_set_temporary_mask(current, mask);
	return 0;
}

void tempmask_end(bool interrupted)
{
	if (interrupted || !current->has_saved_mask)
		return;
	current->has_saved_mask = false;
	signal_set_mask(current, current->saved_mask);
}
