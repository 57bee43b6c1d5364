/* rootfs.c - the small system around busybox, and the kernel's file systems in their places (hier(7)).
 * LEAVES OUT: /boot, /media, /opt and other directories that nothing here would use; package data bases. */
#include "fs/rootfs.h"

#include <string.h>

#include "core/errno.h"
#include "core/kfmt.h"
#include "core/klog.h"
#include "core/kmem.h"
#include "fs/console.h"
#include "fs/devfs.h"
#include "fs/devices.h"
#include "fs/devpts.h"
#include "fs/procfs.h"
#include "fs/sysfs.h"
#include "fs/tty.h"
#include "fs/vfs.h"

static const struct {
	const char *path;
	uint32_t mode;
} rootfs_dirs[] = {
    {"/bin", 0755},
    {"/sbin", 0755},
    {"/usr/bin", 0755},
    {"/usr/sbin", 0755},
    {"/usr/lib", 0755},
    {"/usr/share", 0755},
    {"/usr/local/bin", 0755},
    {"/lib", 0755},
    {"/lib64", 0755},
    {"/etc", 0755},
    {"/dev", 0755},
    {"/proc", 0555},
    {"/sys", 0555},
    {"/tmp", 01777},
    {"/root", 0700},
    {"/home", 0755},
    {"/mnt", 0755},
    {"/run", 0755},
    {"/var/log", 0755},
    {"/var/lib", 0755},
    {"/var/cache", 0755},
    {"/var/tmp", 01777},
    {"/var/spool/cron/crontabs", 0755},
};

static const struct {
	const char *path;
	uint32_t mode;
	const char *text;
} rootfs_files[] = {
    {"/etc/passwd", 0644,
     "root:x:0:0:root:/root:/bin/sh\n"
     "daemon:x:1:1:daemon:/usr/sbin:/bin/false\n"
     "bin:x:2:2:bin:/bin:/bin/false\n"
     "sys:x:3:3:sys:/dev:/bin/false\n"
     "mail:x:8:8:mail:/var/mail:/bin/false\n"
     "www-data:x:33:33:www-data:/var/www:/bin/false\n"
     "user:x:1000:1000:user:/home/user:/bin/sh\n"
     "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"},
    {"/etc/group", 0644,
     "root:x:0:\n"
     "daemon:x:1:\n"
     "bin:x:2:\n"
     "sys:x:3:\n"
     "adm:x:4:\n"
     "tty:x:5:\n"
     "disk:x:6:\n"
     "mail:x:8:\n"
     "wheel:x:10:root\n"
     "utmp:x:22:\n"
     "www-data:x:33:\n"
     "users:x:100:\n"
     "user:x:1000:\n"
     "nogroup:x:65534:\n"},
    {"/etc/shadow", 0640,
     "root::19000:0:99999:7:::\n"
     "daemon:*:19000:0:99999:7:::\n"
     "user::19000:0:99999:7:::\n"
     "nobody:*:19000:0:99999:7:::\n"},
    {"/etc/resolv.conf", 0644, "nameserver 10.0.2.3\n"},
    {"/etc/nsswitch.conf", 0644,
     "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n"},
    {"/etc/profile", 0644,
     "export PATH=/bin:/sbin:/usr/bin:/usr/sbin:/usr/local/bin\n"
     "if [ \"$(id -u)\" = 0 ]; then PS1='\\w # '; else PS1='\\w $ '; fi\n"
     "export PS1\n"
     "umask 022\n"},
    {"/etc/shells", 0644, "/bin/sh\n/bin/ash\n"},
    {"/etc/fstab", 0644,
     "proc     /proc     proc     nosuid,nodev,noexec            0 0\n"
     "sysfs    /sys      sysfs    nosuid,nodev,noexec            0 0\n"
     "devtmpfs /dev      devtmpfs nosuid                         0 0\n"
     "devpts   /dev/pts  devpts   nosuid,noexec,gid=5,mode=620   0 0\n"
     "tmpfs    /dev/shm  tmpfs    nosuid,nodev                   0 0\n"},
    {"/etc/issue", 0644, "kevsim \\r \\l\n\n"},
    {"/etc/os-release", 0644, "NAME=\"kevsim\"\nID=kevsim\nPRETTY_NAME=\"kevsim\"\n"},
    {"/etc/protocols", 0644,
     "ip\t0\tIP\nicmp\t1\tICMP\nigmp\t2\tIGMP\ntcp\t6\tTCP\nudp\t17\tUDP\nipv6\t41\tIPv6\n"
     "ipv6-icmp\t58\tIPv6-ICMP\n"},
    {"/etc/services", 0644,
     "echo\t7/tcp\necho\t7/udp\ndiscard\t9/tcp\ndiscard\t9/udp\ndaytime\t13/tcp\nftp\t21/tcp\nssh\t22/tcp\n"
     "telnet\t23/tcp\nsmtp\t25/tcp\ntime\t37/tcp\ntime\t37/udp\ndomain\t53/tcp\ndomain\t53/udp\nbootps\t67/"
     "udp\n"
     "bootpc\t68/udp\ntftp\t69/udp\nhttp\t80/tcp\npop3\t110/tcp\nntp\t123/udp\nimap2\t143/tcp\nsnmp\t161/"
     "udp\n"
     "https\t443/tcp\nsyslog\t514/udp\nhttp-alt\t8080/tcp\n"},
    {"/var/log/wtmp", 0664, ""},
    {"/run/utmp", 0664, ""},
};

/* --- the default root --- */
static int rootfs_make_dirs(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rootfs_dirs); i++) {
		int err = vfs_mkdirs(rootfs_dirs[i].path, rootfs_dirs[i].mode);

		if (err)
			return err;
	}
	return 0;
}

static int rootfs_make_files(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rootfs_files); i++) {
		int err = vfs_write_file(rootfs_files[i].path, rootfs_files[i].text,
					 strlen(rootfs_files[i].text), rootfs_files[i].mode);

		if (err)
			return err;
	}
	return 0;
}

static int rootfs_write_hostname(const char *hostname)
{
	struct strbuf sb = {0};
	int err;

	strbuf_printf(&sb, "%s\n", hostname);
	err = sb.failed ? -ENOMEM : vfs_write_file("/etc/hostname", sb.data, sb.len, 0644);
	strbuf_free(&sb);
	if (err)
		return err;
	strbuf_printf(&sb, "127.0.0.1\tlocalhost\n127.0.1.1\t%s\n::1\tlocalhost\n", hostname);
	err = sb.failed ? -ENOMEM : vfs_write_file("/etc/hosts", sb.data, sb.len, 0644);
	strbuf_free(&sb);
	return err;
}

static int rootfs_symlink(const char *dir, const char *name, const char *target)
{
	struct path p;
	int err = vfs_walk(NULL, dir, WALK_DIRECTORY, &p);

	if (err)
		return err;
	err = vfs_symlink(p.dentry, p.mnt, name, strlen(name), target);
	path_put(&p);
	return err;
}

/* Links each "dir/name" line to the busybox binary. The list is sorted: a directory is walked to once. */
static int rootfs_link_applets(const struct path *busybox, const char *applets)
{
	struct path dir = {0};
	const char *dir_text = NULL, *line, *end;
	size_t dir_len = 0;
	int err = 0;

	for (line = applets; *line && !err; line = *end ? end + 1 : end) {
		const char *slash = NULL;

		end = strchr(line, '\n');
		if (!end)
			end = line + strlen(line);
		for (const char *s = line; s < end; s++)
			slash = *s == '/' ? s : slash;
		if (!slash || slash + 1 == end)
			continue; /* "linuxrc" and empty lines */
		if (!dir_text || dir_len != (size_t)(slash - line) || memcmp(dir_text, line, dir_len) != 0) {
			char *text;

			path_put(&dir);
			dir = (struct path){0};
			dir_text = line;
			dir_len = (size_t)(slash - line);
			text = kstrndup(line, dir_len);
			err = text ? vfs_walk(NULL, text, WALK_FOLLOW | WALK_DIRECTORY, &dir) : -ENOMEM;
			kfree(text);
		}
		if (!err)
			err = vfs_link(busybox, &dir, slash + 1, (size_t)(end - slash - 1));
		if (err == -EEXIST) /* busybox itself */
			err = 0;
	}
	path_put(&dir);
	return err;
}

int rootfs_populate_default(const void *busybox, size_t size, const char *applets, const char *hostname)
{
	struct path p;
	int err = rootfs_make_dirs();

	if (!err)
		err = rootfs_make_files();
	if (!err)
		err = rootfs_write_hostname(hostname);
	if (!err)
		err = rootfs_symlink("/var", "run", "/run");
	if (!err)
		err = rootfs_symlink("/etc", "mtab", "/proc/mounts");
	if (!err)
		err = vfs_write_file("/bin/busybox", busybox, size, 0755);
	if (!err)
		err = vfs_walk(NULL, "/bin/busybox", 0, &p);
	if (err)
		return err;
	err = rootfs_link_applets(&p, applets);
	path_put(&p);
	return err;
}

/* --- the kernel's file systems --- */
static const struct {
	const char *type, *where, *data;
	uint32_t flags; /* MS_RELATIME_LINUX as well */
	bool optional;  /* a root that is a single file or read-only has no place for it */
} rootfs_mounts[] = {
    {"proc", "/proc", NULL, MS_NOSUID_LINUX | MS_NODEV_LINUX | MS_NOEXEC_LINUX, false},
    {"sysfs", "/sys", NULL, MS_NOSUID_LINUX | MS_NODEV_LINUX | MS_NOEXEC_LINUX, true},
    {"devtmpfs", "/dev", NULL, MS_NOSUID_LINUX, false},
    {"devpts", "/dev/pts", "gid=5,mode=620", MS_NOSUID_LINUX | MS_NOEXEC_LINUX, false},
    {"tmpfs", "/dev/shm", NULL, MS_NOSUID_LINUX | MS_NODEV_LINUX, false},
};

static int rootfs_mount(const char *type, const char *where, const char *data, uint32_t flags)
{
	struct fs_type *fs = fs_type_find(type);
	struct super *sb;
	struct path p;
	int err;

	if (!fs)
		return -ENODEV;
	err = vfs_walk(NULL, where, WALK_FOLLOW | WALK_DIRECTORY, &p);
	if (err == -ENOENT) {
		err = vfs_mkdirs(where, 0755);
		if (!err)
			err = vfs_walk(NULL, where, WALK_FOLLOW | WALK_DIRECTORY, &p);
	}
	if (err)
		return err;
	err = fs->mount(type, data, flags, &sb);
	if (!err) {
		err = mount_add(sb, NULL, &p, flags, type, NULL);
		super_put(sb);
	}
	path_put(&p);
	return err;
}

const char *rootfs_default_text(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(rootfs_files); i++) {
		if (strcmp(rootfs_files[i].path, path) == 0)
			return rootfs_files[i].text;
	}
	return NULL;
}

int rootfs_mount_kernel(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rootfs_mounts); i++) {
		int err = rootfs_mount(rootfs_mounts[i].type, rootfs_mounts[i].where, rootfs_mounts[i].data,
				       rootfs_mounts[i].flags | MS_RELATIME_LINUX);

		if (!err)
			continue;
		klog(rootfs_mounts[i].optional ? KLOG_WARNING : KLOG_ERROR,
		     "%s cannot be mounted on %s: error %d", rootfs_mounts[i].type, rootfs_mounts[i].where,
		     -err);
		if (!rootfs_mounts[i].optional)
			return err;
	}
	return 0;
}

void rootfs_init(const char *command_line)
{
	devices_init();
	devfs_init();
	devpts_init();
	procfs_init(command_line);
	sysfs_init();
	tty_init();
}

void rootfs_shutdown(void)
{
	console_shutdown();
	devfs_shutdown();
}
