/* live.c - the live door: puts engine, console, host files, clock and log together.
 *
 * Left out: libslirp (frames), which comes with the network. */
#define _GNU_SOURCE
#include "hostcpu/live.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/door.h"
#include "core/kassert.h"
#include "hostcpu/console.h"
#include "hostcpu/engine.h"
#include "hostcpu/hostevents.h"
#include "hostcpu/hostfile.h"

#define STRACE_BUFFER 65536

static struct {
	int ram_fd;
	uint64_t ram_bytes;
	size_t arena_size;
	int verbose;
	int strace_fd;
	bool strace_buffered;
	char *strace_buf;
	size_t strace_len;
	bool strace_failed;
	struct timespec start;
	bool open;
	uint64_t kstack_slots;
} live = {.ram_fd = -1, .strace_fd = -1};

/* --- kernel stacks -------------------------------------------------------------------------------------------------- */

/* Slots of a guard page and the stack; a free slot keeps nothing mapped but is remembered in a stack of indices. */
#define KSTACK_SLOTS_MAX 65536
static uint32_t *kstack_free_slots;
static uint32_t kstack_nfree;

static void *live_kstack_map(pfn_t pfn, uint32_t npages)
{
	uint64_t stride = (npages + 1) * PAGE_SIZE;
	uint64_t slot = kstack_nfree ? kstack_free_slots[--kstack_nfree] : live.kstack_slots++;
	char *at = (char *)(LIVE_KSTACK_BASE + slot * stride);

	if (slot >= KSTACK_SLOTS_MAX)
		return NULL;
	if (mmap(at, PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) ==
	    MAP_FAILED)
		return NULL;
	if (mmap(at + PAGE_SIZE, npages * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 live.ram_fd, (off_t)((uint64_t)pfn * PAGE_SIZE)) == MAP_FAILED)
		return NULL;
	return at + PAGE_SIZE;
}

static void live_kstack_unmap(void *stack, uint32_t npages)
{
	uint64_t stride = (npages + 1) * PAGE_SIZE;
	uint64_t slot = ((uint64_t)stack - LIVE_KSTACK_BASE) / stride;

	munmap((char *)stack - PAGE_SIZE, stride);
	kstack_free_slots[kstack_nfree++] = (uint32_t)slot;
}

static void live_ram_discard(pfn_t pfn, uint32_t npages)
{
	/* A host that cannot punch holes just keeps the memory. */
	(void)!fallocate(live.ram_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 (off_t)((uint64_t)pfn * PAGE_SIZE), (off_t)(npages * PAGE_SIZE));
}

/* --- time ----------------------------------------------------------------------------------------------------------- */

static ktime_t live_clock_sample(void)
{
	struct timespec now;

	/* Not through the vDSO: RDTSC traps in this process too (see hostevents_trap_tsc). */
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return (now.tv_sec - live.start.tv_sec) * NSEC_PER_SEC + (now.tv_nsec - live.start.tv_nsec);
}

static uint32_t live_idle(ktime_t now, ktime_t next, bool wait_live)
{
	int64_t timeout = -1;

	if (!wait_live)
		return hostevents_take();
	if (next != KTIME_NEVER)
		timeout = next > now ? next - now : 0;
	return hostevents_wait(console_wait_fd(), timeout);
}

/* --- log and strace ------------------------------------------------------------------------------------------------- */

static void live_log(int level, const char *line, size_t n)
{
	static const char prefix[] = "kevsim: ";
	char *text;
	size_t len = sizeof(prefix) - 1 + n;

	if (level > KLOG_WARNING + live.verbose)
		return;
	text = malloc(len + 1);
	if (!text)
		return;
	memcpy(text, prefix, sizeof(prefix) - 1);
	memcpy(text + sizeof(prefix) - 1, line, n);
	if (console_is_raw() && len && text[len - 1] == '\n') {
		text[len - 1] = '\r';
		text[len++] = '\n';
	}
	console_write(2, text, len);
	free(text);
}

static void strace_flush(void)
{
	size_t done = 0;

	while (done < live.strace_len && !live.strace_failed) {
		ssize_t w = write(live.strace_fd, live.strace_buf + done, live.strace_len - done);
		if (w > 0)
			done += (size_t)w;
		else if (errno != EINTR) {
			live.strace_failed = true;
			fprintf(stderr, "kevsim: cannot write the strace file: %s\n", strerror(errno));
		}
	}
	live.strace_len = 0;
}

static void live_strace(const char *text, size_t n)
{
	if (live.strace_fd < 0)
		return;
	if (!live.strace_buffered) {
		console_write(2, text, n);
		return;
	}
	while (n) {
		size_t k = MIN(n, STRACE_BUFFER - live.strace_len);
		memcpy(live.strace_buf + live.strace_len, text, k);
		live.strace_len += k;
		text += k;
		n -= k;
		if (live.strace_len == STRACE_BUFFER)
			strace_flush();
	}
}

static void live_terminate(int status)
{
	live_close();
	exit(status);
}

/* --- set-up --------------------------------------------------------------------------------------------------------- */

static const struct door_ops live_ops = {
    .space_create = engine_space_create,
    .space_destroy = engine_space_destroy,
    .thread_create = engine_thread_create,
    .thread_destroy = engine_thread_destroy,
    .guest_run = engine_run,
    .xstate_get = engine_xstate_get,
    .xstate_set = engine_xstate_set,
    .xstate_size = engine_xstate_size,
    .cpuid = engine_cpuid,
    .kstack_map = live_kstack_map,
    .kstack_unmap = live_kstack_unmap,
    .ram_discard = live_ram_discard,
    .clock_sample = live_clock_sample,
    .idle = live_idle,
    .poll_events = hostevents_take,
    .con_info = console_info,
    .con_read = console_read,
    .con_write = console_write,
    .con_seek = console_seek,
    .con_ready = console_ready,
    .host_signal = hostevents_signal,
    .hostfile_stat = hostfile_stat,
    .hostfile_list = hostfile_list,
    .hostfile_readlink = hostfile_readlink,
    .hostfile_open = hostfile_open,
    .hostfile_close = hostfile_close,
    .hostfile_pread = hostfile_pread,
    .hostfile_pwrite = hostfile_pwrite,
    .hostfile_truncate = hostfile_truncate,
    .hostfile_mkdir = hostfile_mkdir,
    .hostfile_remove = hostfile_remove,
    .hostfile_rename = hostfile_rename,
    .hostfile_symlink = hostfile_symlink,
    .hostfile_chmod = hostfile_chmod,
    .log_write = live_log,
    .strace_write = live_strace,
    .terminate = live_terminate,
};

/* Kernel and guests on one CPU: a trap is then a context switch and not a wake-up of another CPU (ten times dearer in
 * a virtual machine). The CPU is the one where the host's scheduler has put us. */
static void pin_to_one_cpu(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static int map_memory(const struct live_config *cfg, void **arena, void **ram, char *err, size_t errlen)
{
	live.ram_fd = memfd_create("kevsim-ram", MFD_CLOEXEC);
	if (live.ram_fd < 0 || ftruncate(live.ram_fd, (off_t)cfg->ram_bytes) < 0) {
		snprintf(err, errlen, "cannot create %llu MiB of simulated RAM: %s",
			 (unsigned long long)(cfg->ram_bytes >> 20), strerror(errno));
		return -1;
	}
	*ram = mmap((void *)LIVE_RAM_BASE, cfg->ram_bytes, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_NORESERVE, live.ram_fd, 0);
	*arena = mmap((void *)LIVE_ARENA_BASE, cfg->arena_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);
	if (*ram != (void *)LIVE_RAM_BASE || *arena != (void *)LIVE_ARENA_BASE) {
		snprintf(err, errlen, "cannot map simulated memory: %s", strerror(errno));
		return -1;
	}
	/* Not for guest processes: they inherit only what they are given. */
	madvise(*arena, cfg->arena_size, MADV_DONTFORK);
	madvise(*ram, cfg->ram_bytes, MADV_DONTFORK);
	live.ram_bytes = cfg->ram_bytes;
	live.arena_size = cfg->arena_size;
	kstack_free_slots = calloc(KSTACK_SLOTS_MAX, sizeof(*kstack_free_slots));
	return kstack_free_slots ? 0 : -1;
}

static int strace_open(const struct live_config *cfg, char *err, size_t errlen)
{
	if (!cfg->strace)
		return 0;
	if (!cfg->strace_path) {
		live.strace_fd = 2;
		return 0;
	}
	live.strace_fd = open(cfg->strace_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	live.strace_buf = malloc(STRACE_BUFFER);
	live.strace_buffered = true;
	if (live.strace_fd < 0 || !live.strace_buf) {
		snprintf(err, errlen, "cannot write %s: %s", cfg->strace_path, strerror(errno));
		return -1;
	}
	return 0;
}

int live_open(const struct live_config *cfg, void **arena, void **ram, char *err, size_t errlen)
{
	live.verbose = cfg->verbose;
	live.open = true;
	pin_to_one_cpu();
	if (map_memory(cfg, arena, ram, err, errlen) < 0 ||
	    hostfile_roots_open(cfg->host_roots, cfg->host_root_writable, cfg->nhost_roots, err, errlen) <
		0 ||
	    strace_open(cfg, err, errlen) < 0 || engine_open(live.ram_fd, cfg->clock_mode, err, errlen) < 0) {
		live_close();
		return -1;
	}
	if (hostevents_open() < 0) {
		snprintf(err, errlen, "cannot start the watchdog timer: %s", strerror(errno));
		live_close();
		return -1;
	}
	console_open(cfg->console_raw);
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &live.start);
	hostevents_trap_tsc();
	door = &live_ops;
	return 0;
}

int live_close(void)
{
	int result;

	if (!live.open)
		return 0;
	live.open = false;
	hostevents_close();
	console_restore();
	engine_close();
	if (live.strace_buffered)
		strace_flush();
	result = live.strace_failed ? -1 : 0;
	hostfile_roots_close();
	return result;
}

bool live_cpuid_faulting(void)
{
	return engine_cpuid_faulting();
}
