# root_archive - roots from archives in every compression, with links, modes and devices; damaged archives are refused.
. "$SRCDIR/tests/shell/lib.sh"
mkdir -p tree/bin tree/data tree/home/u tree/tmp
cp "$(sed -n 's/.*KEVSIM_BUSYBOX "\(.*\)"/\1/p' "$BUILDDIR/config.h")" tree/bin/busybox
for a in sh ls cat echo stat id; do ln -s busybox tree/bin/$a; done
echo content >tree/data/file
ln tree/data/file tree/data/hard
mkdir tree/etc
echo 'u:x:1000:1001:U:/home/u:/bin/sh' >tree/etc/passwd
chmod 4750 tree/data/file
: >tree/data/empty
touch -d '2001-02-03 04:05:06 UTC' tree/data/empty
tar -C tree --owner=7 --group=8 -cf root.tar .
gzip -k root.tar
xz -k root.tar
zstd -q -k root.tar 2>/dev/null

for archive in root.tar root.tar.gz root.tar.xz root.tar.zst; do
	[ -f $archive ] || continue
	check "$archive" content "$("$KEVSIM" --root $archive cat /data/file)"
done
run() { "$KEVSIM" --root root.tar "$@"; }
check "mode and owner" "4750 7 8" "$(run stat -c '%a %u %g' /data/file)"
check "hard links" "2" "$(run stat -c %h /data/hard)"
check "symbolic links" "busybox" "$(run sh -c 'ls -l /bin/sh | sed "s/.*-> //"' 2>/dev/null || run busybox readlink /bin/sh)"
check "times" "981173106" "$(run stat -c %Y /data/empty)"
check "a user of the archive" "1000 1001" "$(run --user u sh -c 'echo $(id -u) $(id -g)')"
check "writing" "new" "$(run sh -c 'echo new >/data/file; cat /data/file')"
check "nothing stays" "content" "$(run cat /data/file)"
check "/proc is there" "yes" "$(run sh -c 'test -d /proc/self && echo yes')"

bad() {
	message=$("$KEVSIM" --root "$1" sh -c 'echo ran' 2>&1 </dev/null)
	check "$2" 125 $?
	one_line "$2" "$message"
}
head -c 100000 root.tar.gz >cut.tar.gz
bad cut.tar.gz "a truncated archive"
{ head -c 50000 root.tar.gz; head -c 1000 /dev/zero; tail -c +51001 root.tar.gz; } >damaged.tar.gz
bad damaged.tar.gz "a damaged archive"
echo "this is no archive" >text
bad text "a text file"
: >nothing
bad nothing "an empty file"
finish
