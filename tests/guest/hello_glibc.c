/* hello_glibc.c - a dynamic program with the host's C library: start-up, stdio, floating point, locale,
 * allocation. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int main(int argc, char **argv)
{
	int v[1000];
	struct tm tm;
	time_t t = 86400 * 365;
	char text[64];

	printf("hello, argc %d, pi %.15f, sqrt %.15f\n", argc, 4 * atan(1), sqrt(argc + 1));
	for (int i = 0; i < 1000; i++)
		v[i] = (i * 7919) % 1000;
	qsort(v, 1000, sizeof(v[0]), compare);
	printf("%d %d %d\n", v[0], v[500], v[999]);
	printf("locale %s\n", setlocale(LC_ALL, "C"));
	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%F %T", &tm);
	puts(text);
	char *p[100];
	for (int i = 0; i < 100; i++) {
		p[i] = malloc((size_t)i * 10000 + 1);
		memset(p[i], i, (size_t)i * 10000 + 1);
	}
	long sum = 0;
	for (int i = 0; i < 100; i++) {
		sum += p[i][i * 10000];
		free(p[i]);
	}
	printf("sum %ld\n", sum);
	printf("PATH is set: %d\n", getenv("PATH") != NULL);
	return argc + 2;
}
