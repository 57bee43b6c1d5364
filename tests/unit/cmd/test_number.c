/* test_number.c - are sizes, seeds and dates on the command line read completely, or refused? */
#include <criterion/criterion.h>

#include "cmd/number.h"

Test(number, sizes)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {{"0", 0},           {"4096", 4096},         {"1k", 1024},
		    {"1K", 1024},       {"512M", 512ULL << 20}, {"2G", 2ULL << 30},
		    {"1T", 1ULL << 40}, {"3MiB", 3 << 20},      {"3MB", 3 << 20},
		    {"7B", 7}};
	static const char *const bad[] = {"",
					  "K",
					  "-1",
					  "1.5G",
					  "1X",
					  "1KK",
					  "1iB",
					  "1 K",
					  "99999999999999999999",
					  "18446744073709551615K",
					  "0x10"};
	uint64_t v;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		cr_assert(number_parse_size(good[i].text, &v), "%s", good[i].text);
		cr_assert_eq(v, good[i].bytes, "%s", good[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_assert_not(number_parse_size(bad[i], &v), "%s", bad[i]);
}

Test(number, plain)
{
	uint64_t v;

	cr_assert(number_parse("18446744073709551615", &v) && v == UINT64_MAX);
	cr_assert(number_parse("0xff", &v) && v == 255);
	cr_assert(number_parse("010", &v) && v == 10);
	cr_assert_not(number_parse("18446744073709551616", &v));
	cr_assert_not(number_parse("", &v));
	cr_assert_not(number_parse("-1", &v));
	cr_assert_not(number_parse("+1", &v));
	cr_assert_not(number_parse(" 1", &v));
	cr_assert_not(number_parse("1 ", &v));
}

Test(number, dates)
{
	int64_t ns;

	cr_assert(number_parse_date("0", &ns) && ns == 0);
	cr_assert(number_parse_date("1000000000", &ns) && ns == 1000000000LL * NSEC_PER_SEC);
	cr_assert(number_parse_date("1970-01-02", &ns) && ns == 86400LL * NSEC_PER_SEC);
	cr_assert(number_parse_date("2000-02-29T12:34:56Z", &ns) && ns == 951827696LL * NSEC_PER_SEC);
	cr_assert(number_parse_date("2000-02-29 12:34", &ns) && ns == 951827640LL * NSEC_PER_SEC);
	cr_assert_not(number_parse_date("2001-02-29", &ns));
	cr_assert_not(number_parse_date("2001-13-01", &ns));
	cr_assert_not(number_parse_date("yesterday", &ns));
	cr_assert_not(number_parse_date("1969-12-31", &ns));
	cr_assert_not(number_parse_date("99999999999999", &ns));
	cr_assert_not(number_parse_date("2001-01-01x", &ns));
}
