# host_untouched - after a guest that is root under --root / has changed all it could, is the host as it was?
. "$SRCDIR/tests/shell/lib.sh"
mkdir victim
echo precious >victim/file
touch -d 2020-01-01 victim victim/file
touch -a -d 2019-01-01 victim victim/file
times_of() { stat -c '%x %y' victim victim/file; }
read_at=$(times_of)
"$KEVSIM" --root / sh -c "cat $PWD/victim/file; ls $PWD/victim" >/dev/null
check "times of what was read" "$read_at" "$(times_of)"
before=$(find victim /etc /usr/bin /usr/local -xdev -printf '%p %m %s %T@ %C@ %l\n' 2>/dev/null | LC_ALL=C sort | md5sum)
out=$("$KEVSIM" --root / sh -c "echo gone >$PWD/victim/file; rm -rf $PWD/victim/file /etc/passwd /home /usr/local; chmod 777 /etc /bin/sh; mv /etc/hosts /etc/gone; ln -sf /dev/null /etc/fstab
mkdir /new; mount -t tmpfs none /mnt 2>/dev/null; touch /root/x; kill -9 -1 2>/dev/null; hostname changed; date -s '2001-01-01'; echo 1 >/proc/sys/kernel/sysrq; ls / | grep -c new" 2>/dev/null)
contains "the guest saw its changes" "$out" "1"
after=$(find victim /etc /usr/bin /usr/local -xdev -printf '%p %m %s %T@ %C@ %l\n' 2>/dev/null | LC_ALL=C sort | md5sum)
check "the host's files" "$before" "$after"
check "a file of ours" precious "$(cat victim/file)"
[ ! -e /new ] || check "/new" "not there" "there"
finish
