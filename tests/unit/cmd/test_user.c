/* test_user.c - does --user find numbers and names, and refuse what means nobody? */
#include <criterion/criterion.h>

#include "cmd/user.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "broken line\n"
			     "short:x:1\n"
			     "bad:x:abc:1::/:\n"
			     "\n"
			     "user:x:1000:100:U,,,:/home/user:/bin/sh\n"
			     "nohome:x:7:8:::\n"
			     "last:x:9:10::/last:/bin/sh";

static struct user find(const char *spec)
{
	const char *why = "";
	struct user u;

	cr_assert(user_find(spec, passwd, &u, &why), "%s: %s", spec ? spec : "(none)", why);
	return u;
}

Test(user, found)
{
	cr_assert_eq(find(NULL).uid, 0);
	cr_assert_str_eq(find(NULL).home, "/root");
	cr_assert_eq(find("user").uid, 1000);
	cr_assert_eq(find("user").gid, 100);
	cr_assert_str_eq(find("user").home, "/home/user");
	cr_assert_eq(find("1000").gid, 100);
	cr_assert_eq(find("1000:5").gid, 5);
	cr_assert_str_eq(find("1000:5").home, "/home/user");
	cr_assert_eq(find("4242").gid, 4242);
	cr_assert_str_eq(find("4242").home, "/");
	cr_assert_str_eq(find("nohome").home, "/");
	cr_assert_eq(find("last").gid, 10);
}

Test(user, refused)
{
	static const char *const bad[] = {"",    ":",      ":5", "nobody", "broken line", "short",
					  "bad", "user:5", "1:", "1:x",    "4294967295",  "-1"};
	const char *why;
	struct user u;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		why = NULL;
		cr_assert_not(user_find(bad[i], passwd, &u, &why), "%s", bad[i]);
		cr_assert_not_null(why, "%s", bad[i]);
	}
	cr_assert_not(user_find("root", NULL, &u, &why));
	cr_assert(user_find("5", NULL, &u, &why));
}
