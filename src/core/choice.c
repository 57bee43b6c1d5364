/* choice.c - the choice oracle: one ChaCha20 key stream (RFC 8439, libsodium) for each named stream, keyed by
 * the seed and the stream's number.
 *
 * LEAVES OUT: replaying recorded choices and exploring them; the labels are for those. */
#include "core/choice.h"

#include <sodium/crypto_stream_chacha20.h>
#include <string.h>

#include "core/kassert.h"

#define BLOCK_BYTES 64
#define BUFFER_BLOCKS 8

struct stream {
	uint8_t key[crypto_stream_chacha20_KEYBYTES];
	uint64_t block; /* the next one to generate */
	size_t used;    /* bytes of buffer handed out */
	uint8_t buffer[BUFFER_BLOCKS * BLOCK_BYTES];
};

static struct stream streams[CHOICE_STREAMS];
static uint64_t seed;

static void put_le64(uint8_t *p, uint64_t v)
{
	unsigned i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void choice_init(uint64_t new_seed)
{
	unsigned i;

	seed = new_seed;
	memset(streams, 0, sizeof(streams));
	for (i = 0; i < CHOICE_STREAMS; i++) {
		memcpy(streams[i].key, "kevsim choices 1", 16);
		put_le64(streams[i].key + 16, new_seed);
		put_le64(streams[i].key + 24, i);
		streams[i].used = sizeof(streams[i].buffer);
	}
}

uint64_t choice_seed(void)
{
	return seed;
}

static void refill(struct stream *s)
{
	static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];

	memset(s->buffer, 0, sizeof(s->buffer));
	crypto_stream_chacha20_xor_ic(s->buffer, s->buffer, sizeof(s->buffer), nonce, s->block, s->key);
	s->block += BUFFER_BLOCKS;
	s->used = 0;
}

void choice_bytes(enum choice_stream stream, const char *label, void *buf, size_t n)
{
	struct stream *s = &streams[stream];
	uint8_t *out = buf;

	(void)label;
	KASSERT(stream < CHOICE_STREAMS);
	while (n) {
		size_t chunk;

		if (s->used == sizeof(s->buffer))
			refill(s);
		chunk = MIN(n, sizeof(s->buffer) - s->used);
		memcpy(out, s->buffer + s->used, chunk);
		memset(s->buffer + s->used, 0, chunk); /* what a guest got is nowhere else */
		s->used += chunk;
		out += chunk;
		n -= chunk;
	}
}

uint64_t choose(enum choice_stream stream, const char *label, uint64_t n)
{
	uint64_t v, limit;

	KASSERT(n > 0);
	if (n == 1)
		return 0; /* no choice, nothing drawn */
	/* Rejection keeps every answer equally likely: limit is the number of usable values, a multiple of n.
	 */
	limit = UINT64_MAX - (UINT64_MAX % n + 1) % n;
	do
		choice_bytes(stream, label, &v, sizeof(v));
	while (v > limit);
	return v % n;
}
