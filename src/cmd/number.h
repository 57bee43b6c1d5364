/* number.h - numbers on the command line: sizes, seeds, dates. */
#ifndef KEVSIM_CMD_NUMBER_H
#define KEVSIM_CMD_NUMBER_H

#include "core/types.h"

/* Each takes the whole string or returns false. */
bool number_parse(const char *s, uint64_t *out);        /* decimal, 0x hexadecimal */
bool number_parse_size(const char *s, uint64_t *bytes); /* N[K|M|G|T][iB|B], powers of 1024 */
/* Seconds since 1970, "YYYY-MM-DD" or "YYYY-MM-DD[T ]HH:MM[:SS][Z]" in UTC; nanoseconds since 1970. */
bool number_parse_date(const char *s, int64_t *wall_ns);

#endif
