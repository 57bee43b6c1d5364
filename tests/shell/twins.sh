# twins - do two runs with one seed do exactly the same, also while the host is busy?
# serial
. "$SRCDIR/tests/shell/lib.sh"
script='
for i in 1 2 3 4 5 6 7 8; do (sleep 0.0$i; echo $i $$ $RANDOM; head -c 4 /dev/urandom | od -An -tx1) & done; wait
date +%s.%N; cat /proc/uptime /proc/stat; ps; ls -li /tmp /bin | md5sum
seq 1 2000 | sort -rn | awk "{s+=\$1} END {print s}"
mkfifo /tmp/f; (cat /tmp/f >/tmp/copy &) ; seq 1 500 >/tmp/f; sleep 0.1; wc -l /tmp/copy; cat /proc/self/maps'
burn() { while :; do :; done; }
for round in quiet busy; do
	pids=
	if [ $round = busy ]; then
		for i in 1 2 3 4; do burn & pids="$pids $!"; done
	fi
	"$KEVSIM" --seed 42 --clock virtual --strace=a.$round sh -c "$script" >out.a.$round 2>&1
	"$KEVSIM" --seed 42 --clock virtual --strace=b.$round sh -c "$script" >out.b.$round 2>&1
	[ -z "$pids" ] || kill $pids
	[ -z "$pids" ] || wait $pids 2>/dev/null
done
for f in out.b.quiet out.a.busy out.b.busy; do
	cmp out.a.quiet $f || failures=$((failures + 1))
done
for f in b.quiet a.busy b.busy; do
	cmp a.quiet $f || { diff a.quiet $f | head -n 10; failures=$((failures + 1)); }
done
[ -s a.quiet ] || check "a trace" "not empty" "empty"
"$KEVSIM" --seed 43 --clock virtual sh -c "$script" >out.c 2>&1
cmp -s out.a.quiet out.c && check "another seed" "another output" "the same"
finish
