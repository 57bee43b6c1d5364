# host_coreutils - the host's own coreutils, findutils and grep under --root /, against their native output.
. "$SRCDIR/tests/shell/lib.sh"
run() { "$KEVSIM" --root / "$@"; }
script='export LC_ALL=C; d=$(mktemp -d); cd $d; seq 1 1000 >n; sort -R --random-source=n n | sort -n | md5sum; wc n; head -c 100 n | base64; cp -a n m; cmp n m && echo same
ln -s n l; readlink l; mkdir -p a/b/c; touch a/b/c/f; find a -type f; stat -c "%s %F" n; split -l 300 n part.; ls; cat part.* | sha256sum; tac n | head -3; nl n | tail -1
chmod 640 n; ls -l n | cut -c1-10; du -a a | wc -l; expr 3 + 4; factor 360; join n m | head -2; comm -12 n m | head -2; paste n m | sed -n 5p; tr a-z A-Z <<X
text
X
date -u -d @0; printf "%s-%s\n" a b; test -f n && echo f; rm -r a; ls -d a 2>&1 | wc -l; timeout 5 sleep 0.01; echo $?; env -i A=1 env; nproc >/dev/null; dd if=n of=o bs=100 count=2 status=none; stat -c %s o; cd /; rm -rf $d'
check "a script" "$(sh -c "$script" 2>&1)" "$(run sh -c "$script" 2>&1)"
finish
