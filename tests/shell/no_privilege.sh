# no_privilege - does an ordinary user without any capability run it, also several at a time?
. "$SRCDIR/tests/shell/lib.sh"
prepare_unprivileged
check "an ordinary user" "0 hello" "$(unprivileged ./kevsim sh -c 'echo $(id -u) hello')"
check "--root /" "hello" "$(unprivileged ./kevsim --root / bash -c 'echo hello')"
for i in 1 2 3 4 5 6; do unprivileged ./kevsim sh -c "seq 1 300 | sort -rn | tail -n 1" >out.$i & done
wait
check "six at a time" "1 1 1 1 1 1" "$(echo $(cat out.1 out.2 out.3 out.4 out.5 out.6))"

# What this user cannot read, the guest cannot either, root or not.
mkdir closed tree
cp "$(sed -n 's/.*KEVSIM_BUSYBOX "\(.*\)"/\1/p' "$BUILDDIR/config.h")" tree/busybox
echo secret >tree/secret
mkdir tree/private
echo x >tree/private/x
chmod 0 closed tree/secret tree/private
message=$(unprivileged ./kevsim --root closed sh 2>&1)
check "an unreadable root" 125 $?
one_line "an unreadable root" "$message"
check "an unreadable file" 1 "$(status unprivileged ./kevsim --root tree /busybox cat /secret)"
check "an unreadable directory" "" "$(unprivileged ./kevsim --root tree /busybox ls /private 2>/dev/null)"
message=$(unprivileged ./kevsim --bind tree/secret:/x sh 2>&1)
check "an unreadable bind" 125 $?
one_line "an unreadable bind" "$message"
tar -cf root.tar -C tree busybox
chmod 0 root.tar
message=$(unprivileged ./kevsim --root root.tar /busybox true 2>&1)
check "an unreadable archive" 125 $?
one_line "an unreadable archive" "$message"
finish
