/* strace_structs.c - structures of files, processes and the system in traces.
 * LEAVES OUT: fields that strace abbreviates as well. */
#include "sys/strace_print.h"

#include "core/abi_resource.h"
#include "fs/abi_fs.h"

typedef unsigned long long ull;

static void out_dev(const char *name, uint64_t dev)
{
	strace_out("%s=makedev(%#x, %#x)", name, major_linux(dev), minor_linux(dev));
}

STRACE_PRINTER(stat)
{
	struct stat_linux st;
	int state = strace_struct_out(a, v, &st, sizeof(st));

	if (state <= 0)
		return state == 0;
	strace_out("{st_mode=");
	strace_out_mode(st.st_mode);
	if (S_ISCHR_LINUX(st.st_mode) || S_ISBLK_LINUX(st.st_mode))
		out_dev(", st_rdev", st.st_rdev);
	else
		strace_out(", st_size=%lld", (long long)st.st_size);
	strace_out(", ...}");
	return true;
}

STRACE_PRINTER(statx)
{
	struct statx_linux st;
	int state = strace_struct_out(a, v, &st, sizeof(st));

	if (state <= 0)
		return state == 0;
	strace_out("{stx_mask=");
	(void)strace_print_statxmask(a, st.stx_mask);
	strace_out(", stx_attributes=%#llx, stx_mode=", (ull)st.stx_attributes);
	strace_out_mode(st.stx_mode);
	strace_out(", stx_size=%llu, ...}", (ull)st.stx_size);
	return true;
}

STRACE_PRINTER(statfs)
{
	static const struct strace_name types[] = {
	    {TMPFS_MAGIC_LINUX, "TMPFS_MAGIC"},
	    {PROC_SUPER_MAGIC_LINUX, "PROC_SUPER_MAGIC"},
	    {SYSFS_MAGIC_LINUX, "SYSFS_MAGIC"},
	    {DEVPTS_SUPER_MAGIC_LINUX, "DEVPTS_SUPER_MAGIC"},
	    {PIPEFS_MAGIC_LINUX, "PIPEFS_MAGIC"},
	    {OVERLAYFS_SUPER_MAGIC_LINUX, "OVERLAYFS_SUPER_MAGIC"},
	    {EXT4_SUPER_MAGIC_LINUX, "EXT2_SUPER_MAGIC"},
	};
	struct statfs_linux st;
	int state = strace_struct_out(a, v, &st, sizeof(st));

	if (state <= 0)
		return state == 0;
	strace_out("{f_type=");
	strace_out_name((uint64_t)st.f_type, types, ARRAY_LEN(types), NULL);
	strace_out(", f_bsize=%lld, f_blocks=%llu, f_bfree=%llu, f_bavail=%llu, f_files=%llu, f_ffree=%llu, ",
		   (long long)st.f_bsize, (ull)st.f_blocks, (ull)st.f_bfree, (ull)st.f_bavail,
		   (ull)st.f_files, (ull)st.f_ffree);
	strace_out("f_namelen=%lld, f_frsize=%lld, f_flags=%#llx}", (long long)st.f_namelen,
		   (long long)st.f_frsize, (ull)st.f_flags);
	return true;
}

static void out_limit(uint64_t v)
{
	if (v == RLIM_INFINITY_LINUX)
		strace_out("RLIM64_INFINITY");
	else if (v > 1024 && v % 1024 == 0)
		strace_out("%llu*1024", (ull)v / 1024);
	else
		strace_out("%llu", (ull)v);
}

static void out_rlimit(const struct rlimit_linux *r)
{
	strace_out("{rlim_cur=");
	out_limit(r->cur);
	strace_out(", rlim_max=");
	out_limit(r->max);
	strace_out("}");
}

STRACE_PRINTER(rlimit)
{
	struct rlimit_linux r;
	int state = strace_struct_in(a, v, &r, sizeof(r));

	if (state > 0)
		out_rlimit(&r);
	return state >= 0;
}

STRACE_PRINTER(rlimit_out)
{
	struct rlimit_linux r;
	int state = strace_struct_out(a, v, &r, sizeof(r));

	if (state > 0)
		out_rlimit(&r);
	return state >= 0;
}

STRACE_PRINTER(rusage)
{
	struct rusage_linux r;
	int state = strace_struct_out(a, v, &r, sizeof(r));

	if (state <= 0)
		return state == 0;
	strace_out("{ru_utime={tv_sec=%lld, tv_usec=%lld}, ru_stime={tv_sec=%lld, tv_usec=%lld}, ...}",
		   (long long)r.utime.tv_sec, (long long)r.utime.tv_usec, (long long)r.stime.tv_sec,
		   (long long)r.stime.tv_usec);
	return true;
}

STRACE_PRINTER(tms)
{
	int64_t t[4];
	int state = strace_struct_out(a, v, t, sizeof(t));

	if (state > 0)
		strace_out("{tms_utime=%lld, tms_stime=%lld, tms_cutime=%lld, tms_cstime=%lld}",
			   (long long)t[0], (long long)t[1], (long long)t[2], (long long)t[3]);
	return state >= 0;
}

static void out_wait_status(uint32_t s)
{
	if ((s & 0x7f) == 0) {
		strace_out("[{WIFEXITED(s) && WEXITSTATUS(s) == %u}]", s >> 8 & 0xff);
	} else if (s == 0xffff) {
		strace_out("[{WIFCONTINUED(s)}]");
	} else if ((s & 0xff) == 0x7f) {
		strace_out("[{WIFSTOPPED(s) && WSTOPSIG(s) == ");
		strace_out_signal((int)(s >> 8 & 0xff));
		strace_out("}]");
	} else {
		strace_out("[{WIFSIGNALED(s) && WTERMSIG(s) == ");
		strace_out_signal((int)(s & 0x7f));
		strace_out("%s}]", s & 0x80 ? " && WCOREDUMP(s)" : "");
	}
}

STRACE_PRINTER(wstatus)
{
	uint32_t s;

	/* Nothing was written when no child was found. */
	if (a->after && a->ret == 0) {
		strace_out_addr(v);
		return true;
	}
	int state = strace_struct_out(a, v, &s, sizeof(s));
	if (state > 0)
		out_wait_status(s);
	return state >= 0;
}

STRACE_PRINTER(utsname)
{
	char u[6][65];
	int state = strace_struct_out(a, v, u, sizeof(u));

	if (state <= 0)
		return state == 0;
	for (unsigned i = 0; i < 6; i++)
		u[i][64] = '\0';
	strace_out("{sysname=\"%s\", nodename=\"%s\", ...}", u[0], u[1]);
	return true;
}

STRACE_PRINTER(sysinfo)
{
	struct {
		int64_t uptime;
		uint64_t loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
		uint16_t procs, pad;
		uint64_t totalhigh, freehigh;
		uint32_t unit;
	} s;
	int state = strace_struct_out(a, v, &s, 112);

	if (state <= 0)
		return state == 0;
	strace_out("{uptime=%lld, loads=[%llu, %llu, %llu], totalram=%llu, freeram=%llu, ",
		   (long long)s.uptime, (ull)s.loads[0], (ull)s.loads[1], (ull)s.loads[2], (ull)s.totalram,
		   (ull)s.freeram);
	strace_out("sharedram=%llu, bufferram=%llu, totalswap=%llu, freeswap=%llu, procs=%u, mem_unit=%u}",
		   (ull)s.sharedram, (ull)s.bufferram, (ull)s.totalswap, (ull)s.freeswap, s.procs, s.unit);
	return true;
}

STRACE_PRINTER(dirents)
{
	unsigned n = 0;
	uint64_t at = 0;

	if (!a->after)
		return false;
	strace_out_addr(v);
	if (a->ret < 0)
		return true;
	while (at < (uint64_t)a->ret) {
		uint16_t reclen;
		if (!strace_peek_all(a, &reclen, v + at + offsetof(struct dirent64_linux, d_reclen),
				     sizeof(reclen)) ||
		    reclen == 0)
			return true;
		at += reclen;
		n++;
	}
	strace_out(" /* %u entries */", n);
	return true;
}

STRACE_PRINTER(openhow)
{
	struct open_how_linux h = {0, 0, 0};
	int state = strace_struct_in(a, v, &h, sizeof(h));

	if (state <= 0)
		return state == 0;
	strace_out("{flags=");
	strace_out_open_flags((uint32_t)h.flags);
	if (h.flags & (O_CREAT_LINUX | O_TMPFILE_BIT_LINUX))
		strace_out(", mode=%#llo", (ull)h.mode);
	strace_out(", resolve=%#llx}", (ull)h.resolve);
	return true;
}

STRACE_PRINTER(cloneargs)
{
	uint64_t c[8];
	int state = strace_struct_in(a, v, c, sizeof(c));

	if (state <= 0)
		return state == 0;
	strace_out("{flags=");
	(void)strace_print_cloneflags(a, c[0]);
	strace_out(", child_tid=%#llx, parent_tid=%#llx, exit_signal=", (ull)c[2], (ull)c[3]);
	strace_out_signal((int)c[4]);
	strace_out(", stack=%#llx, stack_size=%#llx, tls=%#llx}", (ull)c[5], (ull)c[6], (ull)c[7]);
	return true;
}
