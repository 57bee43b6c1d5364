/* script_door.c - the door without a host: streams are buffers, host files do not exist, guests are C
 * functions. */
#include "support/script_door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/errno.h"
#include "support/script_guest.h"

struct script script;
static uint8_t *ram;

bool script_logged(const char *text)
{
	return strstr(script.log, text) != NULL;
}

uint8_t *script_frame(pfn_t pfn)
{
	return ram + (uint64_t)pfn * PAGE_SIZE;
}

static void *kstack_map(pfn_t pfn, uint32_t npages)
{
	(void)npages;
	script.nkstacks++;
	return script_frame(pfn);
}

static void kstack_unmap(void *stack, uint32_t npages)
{
	(void)stack;
	(void)npages;
	script.nkstacks--;
}

static void ram_discard(pfn_t pfn, uint32_t npages)
{
	memset(script_frame(pfn), 0, npages * PAGE_SIZE);
}

static ktime_t clock_sample(void)
{
	return script.sample;
}

static uint32_t poll_events(void)
{
	uint32_t events = script.events;

	script.events = 0;
	return events;
}

static uint32_t idle(ktime_t now, ktime_t next, bool wait_live)
{
	script.nidle++;
	script.nidle_live += wait_live;
	if (script.idle)
		return script.idle(now, next, wait_live);
	return poll_events();
}

static void con_info(int stream, struct con_info *info)
{
	*info = script.stream[stream].info;
}

static int64_t con_read(int stream, void *buf, size_t n)
{
	struct script_stream *s = &script.stream[stream];

	n = MIN(n, s->input_len - s->input_pos);
	if (!n && s->starved)
		return -EAGAIN;
	if (n)
		memcpy(buf, s->input + s->input_pos, n);
	s->input_pos += n;
	return (int64_t)n;
}

static int64_t con_write(int stream, const void *buf, size_t n)
{
	struct script_stream *s = &script.stream[stream];
	size_t room = sizeof(s->output) - 1 - s->output_len;

	memcpy(s->output + s->output_len, buf, MIN(n, room));
	s->output_len += MIN(n, room);
	return (int64_t)n;
}

static int64_t con_seek(int stream, int64_t off, int whence)
{
	struct script_stream *s = &script.stream[stream];
	int64_t base = whence == 0 ? 0 : whence == 1 ? (int64_t)s->input_pos : (int64_t)s->input_len;

	if (s->info.kind != CON_FILE)
		return -ESPIPE;
	if (base + off < 0)
		return -EINVAL;
	s->input_pos = MIN((size_t)(base + off), s->input_len);
	return base + off;
}

static bool con_ready(int stream)
{
	struct script_stream *s = &script.stream[stream];

	return s->input_pos < s->input_len || !s->starved;
}

static int host_signal(void)
{
	int signal = script.signal;

	script.signal = 0;
	return signal;
}

/* --- host files: none, unless the test replaces these ----------------------------------------- */

static int no_stat(int root, const char *path, struct host_stat *st)
{
	(void)root, (void)path, (void)st;
	return -ENOENT;
}

static int no_list(int root, const char *path, int (*emit)(void *arg, const char *name, uint8_t dtype),
		   void *arg)
{
	(void)root, (void)path, (void)emit, (void)arg;
	return -ENOENT;
}

static int64_t no_readlink(int root, const char *path, char *buf, size_t n)
{
	(void)root, (void)path, (void)buf, (void)n;
	return -ENOENT;
}

static int no_open(int root, const char *path, uint32_t flags, uint32_t mode)
{
	(void)root, (void)path, (void)flags, (void)mode;
	return -ENOENT;
}

static void no_close(int handle)
{
	(void)handle;
}

static int64_t no_pread(int handle, void *buf, size_t n, uint64_t off)
{
	(void)handle, (void)buf, (void)n, (void)off;
	return -EBADF;
}

static int64_t no_pwrite(int handle, const void *buf, size_t n, uint64_t off)
{
	(void)handle, (void)buf, (void)n, (void)off;
	return -EROFS;
}

static int no_truncate(int handle, uint64_t size)
{
	(void)handle, (void)size;
	return -EROFS;
}

static int no_mkdir(int root, const char *path, uint32_t mode)
{
	(void)root, (void)path, (void)mode;
	return -EROFS;
}

static int no_remove(int root, const char *path, bool directory)
{
	(void)root, (void)path, (void)directory;
	return -EROFS;
}

static int no_rename(int root, const char *from, const char *to)
{
	(void)root, (void)from, (void)to;
	return -EROFS;
}

static void log_write(int level, const char *line, size_t n)
{
	size_t room = sizeof(script.log) - 1 - script.log_len;

	memcpy(script.log + script.log_len, line, MIN(n, room));
	script.log_len += MIN(n, room);
	if (script.echo_log || level == 0)
		fwrite(line, 1, n, stderr);
}

static void strace_write(const char *text, size_t n)
{
	(void)text, (void)n;
}

/* A test that wants to see a kernel panic declares exit code 124. */
static void terminate(int status)
{
	fflush(NULL);
	_exit(status);
}

struct door_ops script_door;

static const struct door_ops defaults = {
    .space_create = script_space_create,
    .space_destroy = script_space_destroy,
    .thread_create = script_thread_create,
    .thread_destroy = script_thread_destroy,
    .guest_run = script_guest_run,
    .xstate_get = script_xstate_get,
    .xstate_set = script_xstate_set,
    .xstate_size = script_xstate_size,
    .cpuid = script_cpuid,
    .kstack_map = kstack_map,
    .kstack_unmap = kstack_unmap,
    .ram_discard = ram_discard,
    .clock_sample = clock_sample,
    .idle = idle,
    .poll_events = poll_events,
    .con_info = con_info,
    .con_read = con_read,
    .con_write = con_write,
    .con_seek = con_seek,
    .con_ready = con_ready,
    .host_signal = host_signal,
    .hostfile_stat = no_stat,
    .hostfile_list = no_list,
    .hostfile_readlink = no_readlink,
    .hostfile_open = no_open,
    .hostfile_close = no_close,
    .hostfile_pread = no_pread,
    .hostfile_pwrite = no_pwrite,
    .hostfile_truncate = no_truncate,
    .hostfile_mkdir = no_mkdir,
    .hostfile_remove = no_remove,
    .hostfile_rename = no_rename,
    .hostfile_symlink = no_rename,
    .hostfile_chmod = no_mkdir,
    .log_write = log_write,
    .strace_write = strace_write,
    .terminate = terminate,
};

void script_door_init(void *ram_base)
{
	int i;

	memset(&script, 0, sizeof(script));
	for (i = 0; i < 3; i++)
		script.stream[i].info = (struct con_info){
		    .kind = CON_PIPE, .readable = i == 0, .writable = i != 0};
	ram = ram_base;
	script_door = defaults;
	door = &script_door;
}
