/* epoll.h - interest lists with a ready list kept by wakeups (epoll(7)): epoll_wait costs O(ready). */
#ifndef KEVSIM_FS_EPOLL_H
#define KEVSIM_FS_EPOLL_H

#include "fs/abi_event.h"
#include "fs/file.h"

int epoll_create_file(struct file **out);
bool epoll_is_file(const struct file *f);
/* epoll_ctl(2). op is EPOLL_CTL_*; target is what fd names. */
int epoll_control(struct file *epf, int op, int fd, struct file *target, const struct epoll_event_linux *ev);
/* Waits until something is ready or the absolute deadline passes (KTIME_NEVER: none; a past one polls) and
 * stores up to max events at the guest address. The count, -EFAULT or -EINTR. */
int64_t epoll_collect(struct file *epf, uaddr_t events, int max, ktime_t deadline, bool no_wait);
/* The last reference of f goes: it leaves every interest list. Called by file_put() before release; cheap
 * when f->epoll_links is empty. */
void epoll_file_release(struct file *f);

#endif
