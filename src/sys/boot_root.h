/* boot_root.h - the root file system of a run (private to boot). */
#ifndef KEVSIM_SYS_BOOT_ROOT_H
#define KEVSIM_SYS_BOOT_ROOT_H

struct kernel_config;

/* Mounts and fills the root as the configuration says, then the kernel's own file systems and the binds. 0 or
 * a negative errno. */
int boot_root(const struct kernel_config *cfg);

#endif
