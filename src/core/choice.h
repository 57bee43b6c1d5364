/* choice.h - the one oracle for everything that could go either way. Streams are independent: drawing from one
 * never moves another. Seeded (ChaCha20 keyed by seed and stream), later also replayed or driven by an explorer.
 * Observation never draws. */
#ifndef KEVSIM_CORE_CHOICE_H
#define KEVSIM_CORE_CHOICE_H

#include "core/types.h"

enum choice_stream {
	CHOICE_SCHED,
	CHOICE_NET,
	CHOICE_FAULT,
	CHOICE_RNG, /* what guests read: getrandom, /dev/urandom, AT_RANDOM */
	CHOICE_ALLOC,
	CHOICE_TIME,
	CHOICE_STREAMS,
};

void choice_init(uint64_t seed);
uint64_t choice_seed(void);
/* A number in [0, n); n > 0. label names the decision in traces. */
uint64_t choose(enum choice_stream stream, const char *label, uint64_t n);
void choice_bytes(enum choice_stream stream, const char *label, void *buf, size_t n);

#endif
