# root_dir - a host directory as root: seen, writable in memory only, never changed; unreadable parts and bad roots.
. "$SRCDIR/tests/shell/lib.sh"
mkdir -p tree/bin tree/etc tree/data/deep tree/tmp
cp "$(sed -n 's/.*KEVSIM_BUSYBOX "\(.*\)"/\1/p' "$BUILDDIR/config.h")" tree/bin/busybox
for a in sh ls cat rm echo mkdir mv ln chmod touch find sort id wc stat; do ln -s busybox tree/bin/$a; done
echo original >tree/data/file
echo deep >tree/data/deep/file
ln -s ../data/file tree/etc/link
ln -s /data/file tree/etc/absolute
ln -s /etc/hostname tree/data/outside
mkfifo tree/data/fifo
echo 'u:x:1000:1000:U:/home/u:/bin/sh' >tree/etc/passwd
before=$(cd tree && find . -printf '%p %m %s %T@ %l\n' | LC_ALL=C sort; cat data/file data/deep/file)

run() { "$KEVSIM" --root tree "$@"; }
check "reading" original "$(run cat /data/file)"
check "listing" "data etc" "$(run sh -c 'cd /; echo da* e*')"
check "links stay inside" original "$(run cat /etc/link)"
check "absolute links stay inside" original "$(run cat /etc/absolute)"
check "nothing outside" 1 "$(status run cat /data/outside)"
check "dot dot at the root" "$(run ls /)" "$(run ls /../..)"
check "writing" "changed more" "$(run sh -c 'echo changed >/data/file; echo more >/data/new; rm /data/deep/file; mkdir /x; mv /data/deep /x/; echo $(cat /data/file /data/new)')"
check "appending keeps the start" "original more" "$(run sh -c 'echo more >>/data/file; echo $(cat /data/file)')"
check "removing everything" "" "$(run sh -c 'rm -rf /data /etc; ls /data 2>/dev/null')"
check "renaming over" "deep" "$(run sh -c 'mv /data/deep/file /data/file; cat /data/file')"
check "hard links" "original" "$(run sh -c 'ln /data/file /data/two; rm /data/file; cat /data/two')"
check "modes" "600" "$(run sh -c 'chmod 600 /data/file; stat -c %a /data/file')"
check "a user of the tree" "1000" "$(run --user u id -u)"
check "HOME of a user of the tree" "/home/u" "$(run --user u sh -c 'echo $HOME')"
check "a path through .." original "$("$KEVSIM" --root tree/../tree cat /data/file)"
after=$(cd tree && find . -printf '%p %m %s %T@ %l\n' | LC_ALL=C sort; cat data/file data/deep/file)
check "the host's tree afterwards" "$before" "$after"

message=$("$KEVSIM" --root /no/such/place sh 2>&1)
check "a missing root" 125 $?
one_line "a missing root" "$message"
mkdir empty
message=$("$KEVSIM" --root empty sh 2>&1)
check "an empty root" 127 $?
finish
