/* sysfs.c - /sys: the one CPU, and the version of what is simulated (sysfs(5)). Only what is true.
 * LEAVES OUT: devices, drivers, buses and classes (their directories are empty), modules, control groups,
 * transparent huge pages. */
#include "fs/sysfs.h"

#include "core/kfmt.h"
#include "fs/textfs.h"
#include "mm/frame.h"

static int sysfs_show_cpu_list(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "0\n");
	return 0;
}

/* A set of CPUs in hexadecimal. */
static int sysfs_show_cpu_mask(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_printf(out, "1\n");
	return 0;
}

/* All memory is on the one node. */
static int sysfs_show_meminfo(const struct textfs_node *n, struct strbuf *out)
{
	struct frame_stats st;
	uint64_t kb = PAGE_SIZE / 1024;

	(void)n;
	frame_stats(&st);
	strbuf_printf(out, "Node 0 MemTotal:       %8llu kB\n", (unsigned long long)(st.total * kb));
	strbuf_printf(out, "Node 0 MemFree:        %8llu kB\n", (unsigned long long)(st.free * kb));
	strbuf_printf(out, "Node 0 MemUsed:        %8llu kB\n",
		      (unsigned long long)((st.total - st.free) * kb));
	return 0;
}

/* A number that never changes: arg. */
static int sysfs_show_number(const struct textfs_node *n, struct strbuf *out)
{
	strbuf_printf(out, "%llu\n", (unsigned long long)n->entry->arg);
	return 0;
}

/* No CPU is offline: an empty line. */
static int sysfs_show_offline(const struct textfs_node *n, struct strbuf *out)
{
	(void)n;
	strbuf_putc(out, '\n');
	return 0;
}

#define SYSFS_NUMBER(name_, value_)                                                                       \
	{                                                                                                 \
		.name = (name_), .mode = S_IFREG_LINUX | 0444, .show = sysfs_show_number, .arg = (value_) \
	}
#define SYSFS_TABLE(name_)                                                        \
	static const struct textfs_dir name_##_dir = {.entries = name_##_entries, \
						      .count = ARRAY_LEN(name_##_entries)}

static const struct textfs_entry sysfs_topology_entries[] = {
    TEXTFS_FILE("core_cpus", 0444, sysfs_show_cpu_mask),
    TEXTFS_FILE("core_cpus_list", 0444, sysfs_show_cpu_list),
    SYSFS_NUMBER("core_id", 0),
    TEXTFS_FILE("core_siblings", 0444, sysfs_show_cpu_mask),
    TEXTFS_FILE("core_siblings_list", 0444, sysfs_show_cpu_list),
    TEXTFS_FILE("package_cpus", 0444, sysfs_show_cpu_mask),
    TEXTFS_FILE("package_cpus_list", 0444, sysfs_show_cpu_list),
    SYSFS_NUMBER("physical_package_id", 0),
    TEXTFS_FILE("thread_siblings", 0444, sysfs_show_cpu_mask),
    TEXTFS_FILE("thread_siblings_list", 0444, sysfs_show_cpu_list),
};
SYSFS_TABLE(sysfs_topology);
static const struct textfs_entry sysfs_cpu0_entries[] = {TEXTFS_DIR("topology", 0755, &sysfs_topology_dir)};
SYSFS_TABLE(sysfs_cpu0);
static const struct textfs_entry sysfs_cpu_entries[] = {
    TEXTFS_DIR("cpu0", 0755, &sysfs_cpu0_dir),          SYSFS_NUMBER("kernel_max", 0),
    TEXTFS_FILE("offline", 0444, sysfs_show_offline),   TEXTFS_FILE("online", 0444, sysfs_show_cpu_list),
    TEXTFS_FILE("possible", 0444, sysfs_show_cpu_list), TEXTFS_FILE("present", 0444, sysfs_show_cpu_list),
};
SYSFS_TABLE(sysfs_cpu);
static const struct textfs_entry sysfs_node0_entries[] = {
    TEXTFS_FILE("cpulist", 0444, sysfs_show_cpu_list),
    TEXTFS_FILE("cpumap", 0444, sysfs_show_cpu_mask),
    SYSFS_NUMBER("distance", 10),
    TEXTFS_FILE("meminfo", 0444, sysfs_show_meminfo),
};
SYSFS_TABLE(sysfs_node0);
static const struct textfs_entry sysfs_nodes_entries[] = {
    TEXTFS_FILE("has_cpu", 0444, sysfs_show_cpu_list),  TEXTFS_FILE("has_memory", 0444, sysfs_show_cpu_list),
    TEXTFS_DIR("node0", 0755, &sysfs_node0_dir),        TEXTFS_FILE("online", 0444, sysfs_show_cpu_list),
    TEXTFS_FILE("possible", 0444, sysfs_show_cpu_list),
};
SYSFS_TABLE(sysfs_nodes);
static const struct textfs_entry sysfs_system_entries[] = {
    TEXTFS_DIR("cpu", 0755, &sysfs_cpu_dir),
    TEXTFS_DIR("node", 0755, &sysfs_nodes_dir),
};
SYSFS_TABLE(sysfs_system);
static const struct textfs_entry sysfs_devices_entries[] = {TEXTFS_DIR("system", 0755, &sysfs_system_dir)};
SYSFS_TABLE(sysfs_devices);
static const struct textfs_dir sysfs_empty_dir;
static const struct textfs_entry sysfs_dev_entries[] = {
    TEXTFS_DIR("block", 0755, &sysfs_empty_dir),
    TEXTFS_DIR("char", 0755, &sysfs_empty_dir),
};
SYSFS_TABLE(sysfs_dev);
static const struct textfs_entry sysfs_root_entries[] = {
    TEXTFS_DIR("block", 0755, &sysfs_empty_dir),     TEXTFS_DIR("bus", 0755, &sysfs_empty_dir),
    TEXTFS_DIR("class", 0755, &sysfs_empty_dir),     TEXTFS_DIR("dev", 0755, &sysfs_dev_dir),
    TEXTFS_DIR("devices", 0755, &sysfs_devices_dir), TEXTFS_DIR("fs", 0755, &sysfs_empty_dir),
    TEXTFS_DIR("kernel", 0755, &sysfs_empty_dir),
};
SYSFS_TABLE(sysfs_root);
static const struct textfs_entry sysfs_root_entry = TEXTFS_DIR("/", 0555, &sysfs_root_dir);
static const struct textfs_hooks sysfs_hooks = {0};

static int sysfs_mount(const char *source, const char *data, uint32_t flags, struct super **out)
{
	(void)source;
	(void)data;
	(void)flags;
	return textfs_super_create("sysfs", SYSFS_MAGIC_LINUX, &sysfs_root_entry, &sysfs_hooks, out);
}

static struct fs_type sysfs_type = {.name = "sysfs", .nodev = true, .mount = sysfs_mount};

void sysfs_init(void)
{
	fs_type_register(&sysfs_type);
}
