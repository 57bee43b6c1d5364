/* corrupt_elf.c - programs with damaged headers, truncated files and absurd segments: execve refuses
 * them or they die; the kernel does not.
 *
 * status: 0
 * stdout: all 400 are over */
#include <elf.h>

#include "../guest/say.h"

static unsigned char image[1 << 20];
static ssize_t size;
static uint64_t seed = 4711;

static uint64_t next(void)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return seed >> 16;
}

static uint64_t odd_value(void)
{
	static const uint64_t values[] = {0,
					  1,
					  2,
					  0xff,
					  0xffff,
					  0x7fffffff,
					  0x80000000,
					  0xffffffff,
					  0x7ffffffff000,
					  0x800000000000,
					  0x8000000000000000,
					  0xffffffffffffffff,
					  4095,
					  4097,
					  0x7ffff0000000};

	return next() % 3 ? values[next() % (sizeof(values) / sizeof(values[0]))] : next();
}

static void damage(unsigned char *copy)
{
	Elf64_Ehdr *eh = (Elf64_Ehdr *)copy;
	Elf64_Phdr *ph = (Elf64_Phdr *)(copy + sizeof(*eh));
	Elf64_Phdr *p = &ph[next() % 6];

	switch (next() % 14) {
	case 0: eh->e_phnum = (uint16_t)odd_value(); break;
	case 1: eh->e_phoff = odd_value(); break;
	case 2: eh->e_phentsize = (uint16_t)odd_value(); break;
	case 3: eh->e_entry = odd_value(); break;
	case 4: eh->e_type = (uint16_t)(odd_value() % 6); break;
	case 5: eh->e_machine = (uint16_t)odd_value(); break;
	case 6: p->p_vaddr = odd_value(); break;
	case 7: p->p_filesz = odd_value(); break;
	case 8: p->p_memsz = odd_value(); break;
	case 9: p->p_offset = odd_value(); break;
	case 10: p->p_type = (uint32_t)(next() % 8); break;
	case 11: p->p_flags = (uint32_t)next(); break;
	case 12: p->p_align = odd_value(); break;
	default: copy[next() % 64] ^= (unsigned char)(1U << next() % 8); break;
	}
}

int main(int argc, char **argv)
{
	static unsigned char copy[1 << 20];
	int refused = 0, killed = 0, ran = 0, status;

	if (argc > 1)
		return 7;
	enter_scratch();
	size = read(open("/proc/self/exe", O_RDONLY), image, sizeof(image));
	for (int i = 0; i < 400; i++) {
		memcpy(copy, image, (size_t)size);
		for (uint64_t n = 1 + next() % 3; n > 0; n--)
			damage(copy);
		size_t len = next() % 4 ? (size_t)size : next() % (size_t)size;
		int fd = open("prog", O_CREAT | O_TRUNC | O_WRONLY, 0755);
		write(fd, copy, len);
		close(fd);
		pid_t pid = fork();
		if (pid == 0) {
			alarm(2);
			execl("./prog", "prog", "child", (char *)NULL);
			_exit(100);
		}
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status))
			killed++;
		else if (WEXITSTATUS(status) == 100)
			refused++;
		else
			ran++;
		unlink("prog");
	}
	IS(refused > 50 && killed > 10);
	printf("all %d are over\n", refused + killed + ran);
	return 0;
}
