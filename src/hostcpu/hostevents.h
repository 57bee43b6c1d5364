/* hostevents.h - host signals and the watchdog, as flags that the engine and the idle loop look at. */
#ifndef KEVSIM_HOSTCPU_HOSTEVENTS_H
#define KEVSIM_HOSTCPU_HOSTEVENTS_H

#include "core/clock.h"

/* Installs the handlers and starts the watchdog timer. */
int hostevents_open(void);
void hostevents_close(void);

/* From here on RDTSC traps in kevsim too. The host writes a control register at every switch between a task that may read
 * the time-stamp counter and one that may not; in a virtual machine that can leave the VM and double the cost of a
 * trap. A handler serves the reads that libraries still make (the host's vDSO). */
void hostevents_trap_tsc(void);

/* Events noted since the last call, as enum door_event bits; no host call. */
uint32_t hostevents_take(void);
/* True when a guest that is running now should be stopped for a signal or a window change. */
bool hostevents_kick_wanted(void);
/* Start of a burst: the watchdog counts its ticks (20 ms of host time each) from here. */
void hostevents_burst_begin(void);
unsigned hostevents_burst_ticks(void);
/* The next host signal for the guest, or 0. */
int hostevents_signal(void);
/* Waits for input on fd (-1: none), a signal or the timeout (ns, < 0: for ever). Returns door events. */
uint32_t hostevents_wait(int fd, int64_t timeout_ns);

#endif
