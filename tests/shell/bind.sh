# bind - host files and directories shown to the guest: read-only by default, writing through with :rw.
. "$SRCDIR/tests/shell/lib.sh"
mkdir ro rw
echo one >ro/file
echo two >rw/file
mkdir rw/sub
check "a directory" one "$("$KEVSIM" --bind "$PWD/ro:/mnt" cat /mnt/file)"
check "a relative path" one "$("$KEVSIM" --bind ro:/mnt cat /mnt/file)"
check "a file" one "$("$KEVSIM" --bind ro/file:/etc/motd cat /etc/motd)"
check "a new place" one "$("$KEVSIM" --bind ro:/a/b/c cat /a/b/c/file)"
contains "read-only" "$("$KEVSIM" --bind ro:/mnt sh -c 'echo x >/mnt/file' 2>&1)" "Read-only"
contains "read-only, new file" "$("$KEVSIM" --bind ro:/mnt sh -c 'echo x >/mnt/new' 2>&1)" "Read-only"
contains "read-only, removal" "$("$KEVSIM" --bind ro:/mnt sh -c 'rm -f /mnt/file' 2>&1)" "Read-only"
check "untouched" one "$(cat ro/file)"
"$KEVSIM" --bind rw:/mnt:rw sh -c 'echo three >/mnt/new; echo more >>/mnt/file; mkdir /mnt/dir; mv /mnt/new /mnt/dir/moved; rmdir /mnt/sub'
check "written through" "three" "$(cat rw/dir/moved)"
check "appended through" "two more" "$(echo $(cat rw/file))"
check "removed through" "no" "$([ -d rw/sub ] && echo yes || echo no)"
"$KEVSIM" --bind rw:/mnt:rw sh -c 'dd if=/dev/zero of=/mnt/big bs=1M count=3 2>/dev/null; chmod 600 /mnt/big; ln -s big /mnt/link; rm /mnt/file'
check "size" 3145728 "$(stat -c %s rw/big)"
check "mode" 600 "$(stat -c %a rw/big)"
check "link" big "$(readlink rw/link)"
check "gone" no "$([ -e rw/file ] && echo yes || echo no)"
ln -s /etc rw/escape
check "links do not lead out" "no" "$("$KEVSIM" --bind rw:/mnt:rw sh -c 'test -e /mnt/escape/hostname.of.host && echo yes || echo no')"
check "two binds" "one big" "$("$KEVSIM" --bind ro:/a --bind rw:/b sh -c 'echo $(cat /a/file) $(readlink /b/link)')"
finish
