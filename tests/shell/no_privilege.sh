# no_privilege - does an ordinary user without any capability run it, also several at a time?
. "$SRCDIR/tests/shell/lib.sh"
if [ "$(id -u)" = 0 ]; then
	command -v setpriv >/dev/null || skip "no setpriv"
	user="setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --no-new-privs"
	cp "$KEVSIM" kevsim
	chmod 755 . ..
	chmod 755 "$(dirname "$PWD")" 2>/dev/null
else
	user=
	cp "$KEVSIM" kevsim
fi
check "an ordinary user" "0 hello" "$($user ./kevsim sh -c 'echo $(id -u) hello')"
check "--root /" "hello" "$($user ./kevsim --root / bash -c 'echo hello')"
for i in 1 2 3 4 5 6; do $user ./kevsim sh -c "seq 1 300 | sort -rn | tail -n 1" >out.$i & done
wait
check "six at a time" "1 1 1 1 1 1" "$(echo $(cat out.1 out.2 out.3 out.4 out.5 out.6))"
finish
