/* busybox.c - maps the host's static busybox for the default root. The list of applets is in the generated
 * busybox_applets.c. */
#define _GNU_SOURCE
#include "cmd/busybox.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/message.h"
#include "config.h"

const void *busybox_map(size_t *size)
{
	struct stat st;

	int fd = open(KEVSIM_BUSYBOX, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		message_fail("%s: %s (it was there when kevsim was configured)", KEVSIM_BUSYBOX,
			     strerror(errno));
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		message_fail("%s: %s", KEVSIM_BUSYBOX, strerror(errno));
	close(fd);
	*size = (size_t)st.st_size;
	return p;
}
