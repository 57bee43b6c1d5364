/* number.c - numbers on the command line. Leaves out: fractions, time zones other than UTC, leap seconds. */
#define _GNU_SOURCE
#include "cmd/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool number_parse(const char *s, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)s[0]))
		return false;
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	errno = 0;
	unsigned long long v = strtoull(s, &end, hex ? 16 : 10);
	if (errno || *end)
		return false;
	*out = v;
	return true;
}

bool number_parse_size(const char *s, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	char digits[32];
	size_t n = strspn(s, "0123456789");
	unsigned shift = 0;

	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, s, n);
	digits[n] = '\0';
	if (!number_parse(digits, bytes))
		return false;
	s += n;
	if (*s) {
		const char *unit = strchr(units, toupper((unsigned char)*s));
		if (unit) {
			shift = 10 * (unsigned)(unit - units + 1);
			s++;
		}
		if (*s && strcmp(s, "B") != 0 && (!unit || strcmp(s, "iB") != 0))
			return false;
	}
	if (*bytes > UINT64_MAX >> shift)
		return false;
	*bytes <<= shift;
	return true;
}

bool number_parse_date(const char *s, int64_t *wall_ns)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
					    "%Y-%m-%d %H:%M", "%Y-%m-%d"};
	const int64_t max_seconds = INT64_MAX / NSEC_PER_SEC / 2; /* leaves room for the run itself */
	uint64_t seconds;

	if (number_parse(s, &seconds)) {
		if (seconds > (uint64_t)max_seconds)
			return false;
		*wall_ns = (int64_t)seconds * NSEC_PER_SEC;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct tm tm = {0};
		const char *end = strptime(s, forms[i], &tm);
		if (!end || !(*end == '\0' || strcmp(end, "Z") == 0))
			continue;
		struct tm given = tm;
		time_t t = timegm(&tm);
		/* timegm() accepts the 31st of February: the date must survive the way there and back. */
		if (t < 0 || t > max_seconds || tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon)
			return false;
		*wall_ns = (int64_t)t * NSEC_PER_SEC;
		return true;
	}
	return false;
}
