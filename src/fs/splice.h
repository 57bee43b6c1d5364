/* splice.h - moving bytes between files without the guest's memory (sendfile(2), splice(2), tee(2),
 * vmsplice(2), copy_file_range(2)). Files are referenced by the caller. Each returns the count or a negative
 * errno. */
#ifndef KEVSIM_FS_SPLICE_H
#define KEVSIM_FS_SPLICE_H

#include "fs/file.h"

struct pipe;

/* *pos and *out_pos are advanced by what was moved. */
int64_t splice_sendfile(struct file *in, int64_t *pos, struct file *out, int64_t *out_pos, uint64_t count);
int64_t splice_to_pipe(struct file *in, int64_t *pos, struct pipe *p, uint64_t len, uint32_t flags);
int64_t splice_from_pipe(struct pipe *p, struct file *out, int64_t *pos, uint64_t len, uint32_t flags);
int64_t splice_pipe_to_pipe(struct pipe *in, struct pipe *out, uint64_t len, bool nonblock);
int64_t splice_tee(struct pipe *in, struct pipe *out, uint64_t len, bool nonblock);
/* vmsplice(2) into a pipe. The pages are copied: gift and alias semantics are left out. */
int64_t splice_user_to_pipe(struct iov_iter *from, struct pipe *p, bool nonblock);
int64_t splice_copy_range(struct file *in, int64_t *in_pos, struct file *out, int64_t *out_pos, uint64_t len);

#endif
